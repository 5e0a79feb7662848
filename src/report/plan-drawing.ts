/** What all floor plans share: the mesh of the chip, its cores as squares, the scale of a load. */
import { html, type Html } from './html.js';
import { RAMP } from './palette.js';

/** Side of a core in drawing units, and the gap between cores. */
export const CELL = 20;
export const GAP = 2;

/** The part of a mesh that is drawn, in cores. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly columns: number;
  readonly rows: number;
}

/** A floor plan to be drawn. */
export interface Drawing {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly region: Region;
  /** Side of a core, as a length of style sheets; plans beside each other share it. */
  readonly coreSide: string;
}

/** Few cores are drawn large enough to read, a full chip as wide as the page. */
export const corePixelsOf = ({ columns }: Region): number => Math.min(560, Math.max(220, columns * 44)) / columns;

/** The mesh with `cells` on it, whose coordinates are those of the chip. */
export function drawPlan({ id, title, description, region, coreSide }: Drawing, cells: readonly Html[]): Html {
  const width = region.columns * CELL;
  const height = region.rows * CELL;
  return html`<svg
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    viewBox="0 0 ${width} ${height}"
    style="width:calc(${region.columns} * ${coreSide})"
    class="plan"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description} Every core names itself when pointed at.</desc>
    <defs>
      <pattern id="${id}-mesh" width="${CELL}" height="${CELL}" patternUnits="userSpaceOnUse">
        <rect x="${GAP / 2}" y="${GAP / 2}" width="${CELL - GAP}" height="${CELL - GAP}" rx="3" fill="var(--mesh)" />
      </pattern>
    </defs>
    <rect width="${width}" height="${height}" fill="url(#${id}-mesh)" />
    <g transform="translate(${-region.x0 * CELL} ${-region.y0 * CELL})">${cells}</g>
  </svg>`;
}

/** A core at (x, y) of the chip; `look` is its fill, as attributes. */
export const coreSquare = (x: number, y: number, look: Html): Html =>
  html`<rect
    x="${x * CELL + GAP / 2}"
    y="${y * CELL + GAP / 2}"
    width="${CELL - GAP}"
    height="${CELL - GAP}"
    rx="3"
    ${look}
  />`;

/** The ramp from 0 to the largest value. */
export function rampLegend(id: string, top: string): Html {
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
    <span>${top}</span>
    <span class="muted"><span class="swatch" style="background:var(--idle)"></span>idle</span>
  </div>`;
}
