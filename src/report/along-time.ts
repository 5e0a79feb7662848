/** How much of something is in use or under way while a program runs. */
import { duration, integer, percent, significant } from '../common/format.js';
import type { ProgramView, ViewTracks } from '../ir/trace/program-view.js';
import { html, type Html } from './html.js';

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
