/**
 * The floor plan of a chip whose cores change their work from step to step: one array of cores and a choice of what its colours show, without a
 * script. Every core has its colour for each choice as a variable, and the style sheet takes the one that is chosen.
 */
import { hasBit, textToBits } from '../common/bit-text.js';
import { integer, percent, significant } from '../common/format.js';
import type { ViewSteps, ViewUse } from '../ir/trace/program-view.js';
import { html, type Html, trusted } from './html.js';
import type { PlanLook } from './floor-plan.js';
import { rampColour } from './palette.js';
import { CELL, corePixelsOf, coreSquare, drawPlan, GAP, rampLegend, type Region } from './plan-drawing.js';

/** Choices before those of the steps: how busy each core is, and the layers of each core along time. */
const OVERVIEWS = 2;

/** Choices of the plan of `steps`. */
export const choicesOf = ({ steps }: ViewSteps): number => OVERVIEWS + steps.length;

/** Style rules for plans of at most `n` choices. */
export function choiceRules(n: number): Html {
  const rules = Array.from({ length: n }, (_, i) => {
    const chosen = `.choice > input:nth-of-type(${i + 1}):checked ~ div`;
    return (
      `${chosen} .does { fill: var(--d${i}, var(--idle)); }\n${chosen} .holds { fill: var(--h${i}, var(--idle)); }\n` +
      `${chosen} .said > :nth-child(${i + 1}) { display: block; }`
    );
  });
  return trusted(rules.join('\n'));
}

/** Colours of a core, by choice. */
type Colours = readonly (readonly [choice: number, colour: string])[];

/** A core that has work. */
interface Core {
  readonly index: number;
  readonly x: number;
  readonly y: number;
  /** Steps it works in. */
  readonly steps: readonly number[];
}

/** The cores in use, in their order. */
function coresOf({ gridWidth, gridHeight, steps }: ViewSteps): readonly Core[] {
  const bits = steps.map(({ cores }) => textToBits(cores, gridWidth * gridHeight) ?? new Uint8Array(0));
  return Array.from({ length: gridWidth * gridHeight }, (_, index) => ({
    ...{ index, x: index % gridWidth, y: Math.floor(index / gridWidth) },
    steps: bits.flatMap((own, s) => (hasBit(own, index) ? [s] : [])),
  })).filter((core) => core.steps.length > 0);
}

/** The whole chip: its array is what is shown. */
export const wholeGrid = ({ gridWidth, gridHeight }: ViewSteps): Region => ({
  ...{ x0: 0, y0: 0, columns: gridWidth, rows: gridHeight },
});

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Share of all the time in which the part of a core works. */
const busyShare = ({ busy, lengths }: ViewUse, core: number): number =>
  share(total(busy.map((own) => own[core] ?? 0)), total(lengths));

/** The plan with its choice. */
export function stepPlan(name: string, view: ViewSteps, { id, colours }: PlanLook): Html {
  const { steps, use, gridWidth, gridHeight } = view;
  const cores = coresOf(view);
  const region = wholeGrid(view);
  const shares = cores.map(({ index }) => busyShare(use, index));
  const peaks = cores.map(({ index }) => most(use.memory.map((own) => own[index] ?? 0)));
  const topShare = most(shares);
  const topBytes = most(peaks);
  const does = cores.map((core, c): Colours => [
    [0, ramp(shares[c]!, topShare)],
    ...core.steps.map((s) => [OVERVIEWS + s, colours(steps[s]!.label)] as const),
  ]);
  const holds = cores.map(({ index }, c): Colours => [
    [0, ramp(peaks[c]!, topBytes)],
    [1, ramp(peaks[c]!, topBytes)],
    ...use.memory.map((own, s) => [OVERVIEWS + s, ramp(own[index] ?? 0, topBytes)] as const),
  ]);
  const cells = (kind: 'does' | 'holds', looks: readonly Colours[]) =>
    cores.map((core, c) => {
      const style = looks[c]!.flatMap(([i, colour]) => (colour === '' ? [] : `--${kind[0]!}${i}:${colour}`)).join(';');
      return html`<g>
        <title>${coreText(view, core)}</title>
        ${coreSquare(core.x, core.y, html`class="${kind}" style="${style}"`)}
      </g>`;
    });
  const description = `${integer(cores.length)} of ${integer(gridWidth * gridHeight)} cores used, ${gridWidth} x ${gridHeight}.`;
  const drawing = { description, region, coreSide: `${Math.min(corePixelsOf(region), 26)}px` };
  const labels = [`busy ${use.part}`, 'layers along time', ...steps.map(({ label }) => label)];
  return html`<h3>${view.title}</h3>
    <div class="choice" role="radiogroup" aria-label="what the colours of the floor plan show">
      ${labels.map(
        (label, i) =>
          html`<input type="radio" name="${id}-choice" id="${id}-choice-${i}" ${i === 0 ? html`checked` : undefined} />
            <label for="${id}-choice-${i}">${i < OVERVIEWS ? undefined : swatch(colours(label))}${label}</label>`,
      )}
      <div class="plans">
        <figure>
          ${drawPlan({ ...drawing, id: `${id}-does`, title: `Floor plan of ${name}: work` }, [
            ...cells('does', does),
            html`<g class="bars">${timeBars(view, cores, { id, colours })}</g>`,
          ])}
          <figcaption class="said">
            ${doesTexts(view, cores, shares).map(
              (text, i) =>
                html`<div>
                  ${text} ${i === 0 ? rampLegend(`${id}-does`, `${percent(topShare, 1)} of the time busy`) : undefined}
                </div>`,
            )}
          </figcaption>
        </figure>
        <figure>
          ${drawPlan({ ...drawing, id: `${id}-holds`, title: `Floor plan of ${name}: memory in use` }, cells('holds', holds))}
          <figcaption class="said">${holdsTexts(view, cores).map((text) => html`<p>${text}</p>`)}</figcaption>
          ${rampLegend(`${id}-holds`, `${integer(topBytes)} bytes, ${percent(share(topBytes, use.memoryBytes), 1)} of a core's`)}
        </figure>
      </div>
    </div>
    <p class="small">${description} ${view.note}</p>`;
}

const ramp = (value: number, top: number): string => (value === 0 ? '' : rampColour(value / top));

const swatch = (colour: string): Html => html`<span class="swatch" style="background:${colour}"></span>`;

/** Every core along time, from left to right: its layers in their colours, as wide as they take time. */
export function timeBars(view: ViewSteps, cores: readonly Core[], { colours }: Pick<PlanLook, 'colours' | 'id'>): Html {
  const { steps, use } = view;
  const whole = total(use.lengths);
  let before = 0;
  const paths = steps.map(({ label }, s) => {
    const [from, length] = [before, use.lengths[s] ?? 0].map((part) => share(part, whole) * (CELL - GAP));
    before += use.lengths[s] ?? 0;
    const d = cores
      .filter((core) => core.steps.includes(s))
      .map(
        ({ x, y }) =>
          `M${short(x * CELL + GAP / 2 + from!)} ${y * CELL + GAP / 2}h${short(length!)}v18h-${short(length!)}z`,
      );
    return html`<path d="${d.join('')}" fill="${colours(label)}" />`;
  });
  return html`${paths}`;
}

const short = (value: number): string => String(Number(value.toFixed(2)));

/** Lines of a title; more than browsers show are left out. */
const LINES = 12;

/** What a core says when pointed at. */
function coreText({ steps, use }: ViewSteps, { index, x, y, steps: own }: Core): string {
  const bytes = (value: number): string => `${integer(value)} bytes`;
  const peak = most(use.memory.map((at) => at[index] ?? 0));
  const lines = own.map((s) => {
    const busy = use.busy[s]?.[index] ?? 0;
    const time = `${integer(busy)} ${use.timeUnit}, ${percent(share(busy, use.lengths[s] ?? 0), 1)}`;
    return `${steps[s]!.label}: ${use.part} ${time}; memory ${bytes(use.memory[s]?.[index] ?? 0)}`;
  });
  const more = lines.length > LINES ? [`and ${lines.length - LINES} more`] : [];
  return [
    `core ${index} at (${x}, ${y}), ${own.length} of ${steps.length} layers; ${use.part} busy ${percent(busyShare(use, index), 1)}; memory at most ` +
      `${bytes(peak)}, ${percent(share(peak, use.memoryBytes), 1)}`,
    ...lines.slice(0, LINES),
    ...more,
  ].join('\n');
}

/** What the colours of the first plan show, for each choice. */
function doesTexts({ steps, use }: ViewSteps, cores: readonly Core[], shares: readonly number[]): readonly string[] {
  const mean = share(total(shares), cores.length);
  return [
    `How long the ${use.part} of a core works: ${percent(mean, 1)} of the time on average over the cores in use, ${percent(most(shares), 1)} at most.`,
    'What each core works for: in every square the time runs from left to right, in the colours of the layers.',
    ...steps.map(({ label, text }, s) => {
      const own = cores.filter((core) => core.steps.includes(s));
      const busy = own.map(({ index }) => share(use.busy[s]?.[index] ?? 0, use.lengths[s] ?? 0));
      return `${label}: ${text}; ${use.part} busy ${percent(share(total(busy), own.length), 1)} of it on average, ${percent(most(busy), 1)} at most.`;
    }),
  ];
}

/** What the colours of the second plan show, for each choice. */
function holdsTexts({ steps, use }: ViewSteps, cores: readonly Core[]): readonly string[] {
  const said = (values: readonly number[]): string =>
    `${significant(Math.round(share(total(values), cores.length)))} bytes on average, ${integer(most(values))} in the fullest core`;
  const peaks = cores.map(({ index }) => most(use.memory.map((own) => own[index] ?? 0)));
  const overview = `Memory in use, the most of each core: ${said(peaks)}.`;
  return [
    ...[overview, overview],
    ...steps.map(
      ({ label }, s) =>
        `Memory in use during ${label}: ${said(cores.map(({ index }) => use.memory[s]?.[index] ?? 0))}.`,
    ),
  ];
}

/** The plan by layers along time alone, with the layers below it: for plans beside each other. */
export function layersAlongTime(name: string, view: ViewSteps, look: PlanLook): Html {
  const { id, colours, coreSide } = look;
  const cores = coresOf(view);
  const region = wholeGrid(view);
  const cells = cores.map(
    (core) =>
      html`<g>
        <title>${coreText(view, core)}</title>
        ${coreSquare(core.x, core.y, html`fill="var(--idle)"`)}
      </g>`,
  );
  const caption = `${integer(cores.length)} of ${integer(view.gridWidth * view.gridHeight)} cores used; in every square the time runs from left to right.`;
  return html`<figure>
    ${drawPlan(
      {
        ...{ id, title: `Floor plan of ${name} by layer along time`, description: caption, region },
        coreSide: coreSide ?? `${corePixelsOf(region)}px`,
      },
      [...cells, html`<g class="along">${timeBars(view, cores, look)}</g>`],
    )}
    <figcaption>${caption}</figcaption>
    <ul class="legend" aria-label="cores by layer">
      ${view.steps.map(
        ({ label }, s) =>
          html`<li>
            ${swatch(colours(label))}${label}
            <span class="muted">${integer(cores.filter((core) => core.steps.includes(s)).length)}</span>
          </li>`,
      )}
    </ul>
  </figure>`;
}
