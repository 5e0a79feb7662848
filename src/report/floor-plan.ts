import type { CoreLoad } from '../ir/trace/measures.js';
import type { FloorPlan } from '../ir/trace/program-view.js';
import { integer, significant } from '../common/format.js';
import { html, type Html } from './html.js';
import { type LayerColours, NO_LAYER } from './layer-colours.js';
import { rampColour } from './palette.js';
import { CELL, corePixelsOf, coreSquare, drawPlan, rampLegend, type Region } from './plan-drawing.js';

/** How a plan is drawn. */
export interface PlanLook {
  /** Unique in the page. */
  readonly id: string;
  readonly colours: LayerColours;
  /** Side of a core, as a length of style sheets; as large as suits the plan without it. */
  readonly coreSide?: string;
}

/** The floor plan with cores coloured by layer and marked by role, with its legend. */
export function layerPlan(name: string, program: FloorPlan, { id, colours, coreSide }: PlanLook): Html {
  const cells = program.x.map((_, core) => {
    const layer = program.layer[core]!;
    const role = program.role[core]!;
    return html`<g>
      <title>${describe(program, core)}</title>
      ${square(program, core, colourOf(program, layer, colours))}${roleMark(program, core, role)}
    </g>`;
  });
  const title = `Floor plan of ${name} by layer`;
  return html`<figure>
    ${drawing(program, { id, title, coreSide }, cells)}
    <figcaption>${caption(program)}</figcaption>
    ${layerLegend(program, colours)}
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
    ${drawing(program, { id, title }, cells)}
    <figcaption>${load.label}: ${load.unit}, mean over the run</figcaption>
    ${rampLegend(id, `${significant(top)} ${load.unit}`)}
  </figure>`;
}

const colourOf = (program: FloorPlan, layer: number, colours: LayerColours): string =>
  layer < 0 ? NO_LAYER : colours(program.layers[layer] ?? '');

interface Heading {
  readonly id: string;
  readonly title: string;
  readonly coreSide?: string | undefined;
}

function drawing(program: FloorPlan, { id, title, coreSide }: Heading, cells: readonly Html[]): Html {
  const region = usedRegion(program);
  const faulty = program.faultyCores.filter(
    ([x, y]) => x >= region.x0 && y >= region.y0 && x < region.x0 + region.columns && y < region.y0 + region.rows,
  );
  const heading = { id, title, description: caption(program), region };
  return drawPlan({ ...heading, coreSide: coreSide ?? `${corePixelsOf(region)}px` }, [
    ...faulty.map(([x, y]) => cross(x, y)),
    ...cells,
  ]);
}

/** The used part of the mesh with one free row and column around it, clipped to the chip. */
export function usedRegion(program: FloorPlan): Region {
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

const square = (program: FloorPlan, core: number, fill: string): Html =>
  coreSquare(program.x[core]!, program.y[core]!, html`fill="${fill}"`);

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

function layerLegend(program: FloorPlan, colours: LayerColours): Html {
  const layers = program.layers.flatMap((layer, index) =>
    program.layer.includes(index)
      ? [
          html`<li>
            <span class="swatch" style="background:${colours(layer)}"></span>${layer}
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
