/** What changes while a program runs: which cores work, and how much of something is in use or under way. */
import { hasBit, textToBits } from '../common/bit-text.js';
import { duration, integer, percent, significant } from '../common/format.js';
import type { ProgramView, ViewSteps, ViewTracks } from '../ir/trace/program-view.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';

/** A small floor plan per step; steps have the colours of layers. */
export function stepPlans({ title, gridWidth, gridHeight, steps, note }: ViewSteps): Html {
  const plans = steps.map(
    ({ label, text, cores }, i) =>
      html`<li>
        <svg role="img" aria-label="${label}: ${text}" viewBox="0 0 ${gridWidth} ${gridHeight}">
          <rect width="${gridWidth}" height="${gridHeight}" fill="var(--mesh)" />
          <path d="${cellsPath(cores, gridWidth, gridHeight)}" fill="${categoryColour(i)}" />
        </svg>
        <div><b>${label}</b></div>
        <div class="small">${text}</div>
      </li>`,
  );
  return html`<h3>${title}</h3>
    <ol class="steps">
      ${plans}
    </ol>
    <p class="small">${gridWidth} x ${gridHeight} cores. ${note}</p>`;
}

/** Runs of set bits along the rows, with a little room between cores. */
function cellsPath(text: string, width: number, height: number): string {
  const bits = textToBits(text, width * height) ?? new Uint8Array(0);
  const cells: string[] = [];
  for (let core = 0; core < width * height; core++) {
    if (hasBit(bits, core)) cells.push(`M${core % width}.1 ${Math.floor(core / width)}.1h.8v.8h-.8z`);
  }
  return cells.join('');
}

/** Rows of columns along time. `id` is unique in the page. */
export function trackRows(
  program: ProgramView,
  { title, timeUnit, steps, tracks, note }: ViewTracks,
  id: string,
): Html {
  const total = steps.reduce((sum, { length }) => sum + length, 0);
  const share = (part: number, whole: number): string =>
    `${((100 * part) / Math.max(whole, Number.MIN_VALUE)).toFixed(3)}%`;
  const seconds = timeUnit === `${program.time.unit}s` ? program.time.unitSeconds.value : undefined;
  const lengthText = (length: number): string =>
    `${integer(length)} ${timeUnit}${seconds === undefined ? '' : `, ${duration(length * seconds)}`}`;
  const rows = tracks.map(({ label, unit, values, limit }, t) => {
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    // What is far below its limit is drawn larger, and the text says so.
    const top = limit !== undefined && most >= limit / 10 ? limit : most;
    let at = 0;
    const columns = steps.map((step, s) => {
      const value = values[s] ?? 0;
      const column = html`<g>
        <title>${step.label}, ${lengthText(step.length)}: ${significant(value)} ${unit}</title>
        <rect x="${share(at, total)}" y="0" width="${share(step.length, total)}" height="100%" fill="var(--mesh)" />
        <rect
          x="${share(at, total)}"
          y="${share(top - Math.min(value, top), top)}"
          width="${share(step.length, total)}"
          height="${share(Math.min(value, top), top)}"
          fill="var(--accent)"
          stroke="var(--card)"
          stroke-width="0.7"
        />
      </g>`;
      at += step.length;
      return column;
    });
    const ofLimit = limit === undefined ? '' : ` of ${significant(limit)}, ${percent(most / limit, 1)}`;
    const height = top === most ? '' : ` (height: ${significant(top)})`;
    return html`<div class="track">
      <div class="small">${label}: at most ${significant(most)} ${unit}${ofLimit}${height}</div>
      <svg role="img" aria-labelledby="${id}-${t}-title" width="100%" height="40">
        <title id="${id}-${t}-title">${program.name}: ${title}, ${label}</title>
        ${columns}
      </svg>
    </div>`;
  });
  return html`<h3>${title}</h3>
    ${rows}
    <p class="small">
      From left to right the layers, as wide as they take time (${lengthText(total)} from the start of the first one).
      ${note}
    </p>`;
}
