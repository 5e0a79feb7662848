import type { CoreLoad } from '../ir/trace/measures.js';
import type { FloorPlan } from '../ir/trace/program-view.js';
import { integer, significant } from '../common/format.js';
import { html, type Html } from './html.js';
import { categoryColour, RAMP, rampColour } from './palette.js';

/** Side of a core in drawing units, and the gap between cores. */
const CELL = 20;
const GAP = 2;

/** The used part of the mesh with one free row and column around it, clipped to the chip. */
interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly columns: number;
  readonly rows: number;
}

/** The floor plan with cores coloured by layer and marked by role, with its legend. `id` is unique in the page. */
export function layerPlan(name: string, program: FloorPlan, id: string): Html {
  const cells = program.x.map((_, core) => {
    const layer = program.layer[core]!;
    const role = program.role[core]!;
    return html`<g>
      <title>${describe(program, core)}</title>
      ${square(program, core, layer < 0 ? 'var(--timer)' : categoryColour(layer))}${roleMark(program, core, role)}
    </g>`;
  });
  const title = `Floor plan of ${name} by layer`;
  return html`<figure>
    ${drawing(program, id, title, cells)}
    <figcaption>${caption(program)}</figcaption>
    ${layerLegend(program)}
  </figure>`;
}

/** The floor plan with cores coloured by a load, with its scale. */
export function loadPlan(name: string, program: FloorPlan, load: CoreLoad, id: string): Html {
  const top = load.values.reduce((max, value) => Math.max(max, value), 0);
  const cells = program.x.map((_, core) => {
    const value = load.values[core] ?? 0;
    const fill = value === 0 ? 'var(--idle)' : rampColour(value / top);
    return html`<g>
      <title>${describe(program, core)}: ${significant(value)} ${load.unit}</title>
      ${square(program, core, fill)}
    </g>`;
  });
  const title = `Floor plan of ${name} by load: ${load.label}`;
  return html`<figure>
    ${drawing(program, id, title, cells)}
    <figcaption>${load.label}: ${load.unit}, mean over the run</figcaption>
    ${rampLegend(id, top, load.unit)}
  </figure>`;
}

function drawing(program: FloorPlan, id: string, title: string, cells: readonly Html[]): Html {
  const region = usedRegion(program);
  const width = region.columns * CELL;
  const height = region.rows * CELL;
  const faulty = program.faultyCores.filter(
    ([x, y]) => x >= region.x0 && y >= region.y0 && x < region.x0 + region.columns && y < region.y0 + region.rows,
  );
  // Few cores are drawn large enough to read, a full chip as wide as the page.
  const pixels = Math.min(560, Math.max(220, region.columns * 44));
  const shifted = `translate(${-region.x0 * CELL} ${-region.y0 * CELL})`;
  return html`<svg
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${width} ${height}"
    style="width:${pixels}px"
    class="plan"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${caption(program)} Every core names itself when pointed at.</desc>
    <defs>
      <pattern id="${id}-mesh" width="${CELL}" height="${CELL}" patternUnits="userSpaceOnUse">
        <rect x="${GAP / 2}" y="${GAP / 2}" width="${CELL - GAP}" height="${CELL - GAP}" rx="3" fill="var(--mesh)" />
      </pattern>
    </defs>
    <rect width="${width}" height="${height}" fill="url(#${id}-mesh)" />
    <g transform="${shifted}">${faulty.map(([x, y]) => cross(x, y))}${cells}</g>
  </svg>`;
}

function usedRegion(program: FloorPlan): Region {
  const span = (values: readonly number[], limit: number): readonly [number, number] => {
    const low = values.reduce((a, b) => Math.min(a, b), limit - 1);
    const high = values.reduce((a, b) => Math.max(a, b), 0);
    return [Math.max(0, low - 1), Math.min(limit - 1, high + 1)];
  };
  const [x0, x1] = span(program.x, program.gridWidth);
  const [y0, y1] = span(program.y, program.gridHeight);
  return { x0, y0, columns: x1 - x0 + 1, rows: y1 - y0 + 1 };
}

function caption(program: FloorPlan): string {
  const region = usedRegion(program);
  const total = program.gridWidth * program.gridHeight;
  const faulty = program.faultyCores.length > 0 ? `, ${integer(program.faultyCores.length)} faulty` : '';
  return (
    `${integer(program.x.length)} of ${integer(total)} cores used${faulty}; columns ${region.x0} to ` +
    `${region.x0 + region.columns - 1}, rows ${region.y0} to ${region.y0 + region.rows - 1} of the ` +
    `${program.gridWidth} x ${program.gridHeight} mesh.`
  );
}

function describe(program: FloorPlan, core: number): string {
  const layer = program.layer[core]!;
  const name = layer < 0 ? 'no layer' : `layer ${program.layers[layer] ?? layer}`;
  return `core ${core} at (${program.x[core]!}, ${program.y[core]!}), ${name}, ${program.roles[program.role[core]!] ?? ''}`;
}

function square(program: FloorPlan, core: number, fill: string): Html {
  const x = program.x[core]! * CELL + GAP / 2;
  const y = program.y[core]! * CELL + GAP / 2;
  return html`<rect x="${x}" y="${y}" width="${CELL - GAP}" height="${CELL - GAP}" rx="3" fill="${fill}" />`;
}

const roleMark = (program: FloorPlan, core: number, role: number): Html | undefined =>
  mark(program.x[core]! * CELL, program.y[core]! * CELL, role);

/** Signs of roles after the first one, which has none, inside the cell whose corner is (x, y); roles beyond them share the last one. */
const MARKS: readonly ((x: number, y: number) => Html)[] = [
  (x, y) => {
    const path = `M${x + 5} ${y + 15}L${x + 15} ${y + 5}M${x + 5} ${y + 9}L${x + 9} ${y + 5}M${x + 11} ${y + 15}L${x + 15} ${y + 11}`;
    return html`<path d="${path}" class="mark" />`;
  },
  (x, y) => {
    const path = `M${x + 5} ${y + 10}H${x + 9}L${x + 15} ${y + 5}M${x + 9} ${y + 10}L${x + 15} ${y + 15}`;
    return html`<path d="${path}" class="mark" />`;
  },
  (x, y) =>
    html`<circle cx="${x + 10}" cy="${y + 10}" r="5" class="mark" /><path
        d="M${x + 10} ${y + 7}V${y + 10}H${x + 12.5}"
        class="mark"
      />`,
];

const mark = (x: number, y: number, role: number): Html | undefined =>
  role === 0 ? undefined : MARKS[Math.min(role, MARKS.length) - 1]?.(x, y);

function cross(x: number, y: number): Html {
  const left = x * CELL + 5;
  const top = y * CELL + 5;
  return html`<g>
    <title>faulty core at (${x}, ${y})</title>
    <path d="M${left} ${top}l10 10M${left + 10} ${top}l-10 10" stroke="var(--bad)" stroke-width="1.6" fill="none" />
  </g>`;
}

function layerLegend(program: FloorPlan): Html {
  const layers = program.layers.flatMap((layer, index) =>
    program.layer.includes(index)
      ? [
          html`<li>
            <span class="swatch" style="background:${categoryColour(index)}"></span>${layer}
            <span class="muted">${integer(countOf(program.layer, index))}</span>
          </li>`,
        ]
      : [],
  );
  const roles = program.roles.flatMap((text, role) =>
    program.role.includes(role)
      ? [
          html`<li>
            <svg viewBox="0 0 20 20" class="key" aria-hidden="true">
              <rect x="1" y="1" width="18" height="18" rx="3" fill="var(--timer)" />
              ${mark(0, 0, role)}</svg
            >${text} <span class="muted">${integer(countOf(program.role, role))}</span>
          </li>`,
        ]
      : [],
  );
  return html`<ul class="legend" aria-label="cores by layer">
      ${layers}
    </ul>
    <ul class="legend" aria-label="cores by role">
      ${roles}
    </ul>`;
}

const countOf = (values: readonly number[], wanted: number): number =>
  values.reduce((count, value) => count + (value === wanted ? 1 : 0), 0);

function rampLegend(id: string, top: number, unit: string): Html {
  const stops = RAMP.map(
    (colour, i) => html`<stop offset="${(i * 100) / (RAMP.length - 1)}%" stop-color="${colour}" />`,
  );
  return html`<div class="scale">
    <span>0</span>
    <svg viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">
      <defs>
        <linearGradient id="${id}-ramp">${stops}</linearGradient>
      </defs>
      <rect width="200" height="10" rx="3" fill="url(#${id}-ramp)" />
    </svg>
    <span>${significant(top)} ${unit}</span>
    <span class="muted"><span class="swatch" style="background:var(--idle)"></span>idle</span>
  </div>`;
}
