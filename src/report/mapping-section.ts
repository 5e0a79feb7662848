/** The mapping of one program: its layers, their time where they follow each other, its floor plans. */
import type { CoreLoad } from '../ir/trace/measures.js';
import type { ProgramView, ViewBar } from '../ir/trace/program-view.js';
import type { RunResult } from '../ir/trace/run-result.js';
import { duration, integer, percent } from '../common/format.js';
import { trackRows } from './along-time.js';
import { layerPlan, loadPlan } from './floor-plan.js';
import { html, type Html } from './html.js';
import type { LayerColours } from './layer-colours.js';
import { layerTable } from './layer-table.js';
import { stepPlan } from './step-plan.js';
import { texture, textureFill, textureKey } from './texture.js';

/** What is shown with a program. */
export interface MappingLook {
  /** A run of it, for the load. */
  readonly result: RunResult | undefined;
  readonly colours: LayerColours;
  /** Unique in the page. */
  readonly id: string;
}

/** Mapping table, time bar and floor plans of one program. */
export function mappingSection(program: ProgramView, { result, colours, id }: MappingLook): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${program.name} on ${program.chip}</h2>
    <p class="lead">${program.lead}</p>
    ${program.timeBar === undefined ? undefined : timeBar(program, program.timeBar, id)}
    ${layerTable(program, { id, colours })}
    ${program.steps === undefined ? undefined : stepPlan(program.name, program.steps, { id: `${id}-steps`, colours })}
    ${(program.tracks ?? []).map((tracks, i) => trackRows(program, tracks, `${id}-tracks-${i}`))}
    ${program.floorPlan === undefined ? undefined : floorPlans(program, result?.loads ?? [], { id, colours })}
  </section>`;
}

function floorPlans(
  program: ProgramView,
  loads: readonly CoreLoad[],
  { id, colours }: Pick<MappingLook, 'id' | 'colours'>,
): Html {
  const { floorPlan } = program;
  if (floorPlan === undefined) return html``;
  const own = loads.filter(({ values }) => values.length === floorPlan.x.length);
  const drawn =
    own.length === 0
      ? html`<p class="muted">No run of this program in the report: its load is not known.</p>`
      : own.map((load, i) => loadPlan(program.name, floorPlan, load, `${id}-load-${i}`));
  return html`<h3>Floor plan</h3>
    <div class="plans">${layerPlan(program.name, floorPlan, { id: `${id}-layers`, colours })}${drawn}</div>`;
}

/** Pieces along time, each with the texture of its group: colours are for layers. */
function timeBar(program: ProgramView, bar: ViewBar, id: string): Html {
  const total = bar.pieces.reduce((sum, { value }) => sum + value, 0);
  const share = (value: number): string => `${((value / Math.max(total, Number.MIN_VALUE)) * 100).toFixed(3)}%`;
  const fillOf = (group: string): string => textureFill(id, bar.groups.indexOf(group));
  let at = 0;
  const pieces = bar.pieces.map(({ label, value, group }) => {
    const piece = html`<g>
      <title>${label}: ${inUnits(program, value, bar.unit)}, ${group}</title>
      <rect x="${share(at)}" y="0" width="${share(value)}" height="26" fill="${fillOf(group)}" class="piece" />
    </g>`;
    at += value;
    return piece;
  });
  const seen = bar.groups.filter((group) => bar.pieces.some((piece) => piece.group === group));
  return html`<svg
      role="img"
      aria-labelledby="${id}-time-title ${id}-time-desc"
      style="width:100%;height:26px;border-radius:5px"
    >
      <title id="${id}-time-title">${program.name}: ${bar.title}</title>
      <desc id="${id}-time-desc">
        ${bar.pieces.map(({ label, value }) => `${label} ${percent(value / total, 1)}`).join(', ')}
      </desc>
      <defs>${bar.groups.map((_, group) => texture(id, group))}</defs>
      ${pieces}
    </svg>
    <p class="small legend">
      ${bar.title}:
      ${seen.map((group) => html`<span class="entry">${textureKey(id, bar.groups.indexOf(group))} ${group}</span>`)}
      ${bar.note}
    </p>`;
}

/** "122 cycles, 305 ns": in seconds too where the unit is that of the chip's clock. */
function inUnits({ time }: ProgramView, value: number, unit: string): string {
  const seconds = unit === `${time.unit}s` ? `, ${duration(value * time.unitSeconds.value)}` : '';
  return `${integer(value)} ${unit}${seconds}`;
}
