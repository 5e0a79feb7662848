/** The mapping of one program: its layers, their time where they follow each other, its floor plans. */
import type { CoreLoad } from '../ir/trace/measures.js';
import type { ProgramView, ViewBar, ViewTable } from '../ir/trace/program-view.js';
import type { RunResult } from '../ir/trace/run-result.js';
import { integer, percent } from '../common/format.js';
import { layerPlan, loadPlan } from './floor-plan.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';

/** Mapping table, time bar and floor plans of one program; `result` is a run of it, for the load. `id` is unique in the page. */
export function mappingSection(program: ProgramView, result: RunResult | undefined, id: string): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${program.name} on ${program.chip}</h2>
    <p class="lead">${program.lead}</p>
    ${program.timeBar === undefined ? undefined : timeBar(program, program.timeBar, id)} ${layerTable(program.layers)}
    ${program.floorPlan === undefined ? undefined : floorPlans(program, result?.loads ?? [], id)}
  </section>`;
}

function floorPlans(program: ProgramView, loads: readonly CoreLoad[], id: string): Html {
  const { floorPlan } = program;
  if (floorPlan === undefined) return html``;
  const own = loads.filter(({ values }) => values.length === floorPlan.x.length);
  const drawn =
    own.length === 0
      ? html`<p class="muted">No run of this program in the report: its load is not known.</p>`
      : own.map((load, i) => loadPlan(program.name, floorPlan, load, `${id}-load-${i}`));
  return html`<h3>Floor plan</h3>
    <div class="plans">${layerPlan(program.name, floorPlan, `${id}-layers`)}${drawn}</div>`;
}

const layerTable = ({ columns, rows, note }: ViewTable): Html =>
  html`<div class="wide">
      <table>
        <thead>
          <tr>
            ${columns.map(({ title, align }) =>
              align === 'number'
                ? html`<th scope="col" class="number">${title}</th>`
                : html`<th scope="col">${title}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell, c) => tableCell(cell, c, columns[c]?.align ?? 'text'))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="small">${note}</p>`;

const tableCell = (text: string, column: number, align: 'text' | 'number'): Html =>
  column === 0
    ? html`<th scope="row">${text}</th>`
    : align === 'number'
      ? html`<td class="number">${text}</td>`
      : html`<td>${text}</td>`;

/** Pieces along time, coloured by their group. */
function timeBar(program: ProgramView, bar: ViewBar, id: string): Html {
  const width = 1000;
  const total = bar.pieces.reduce((sum, { value }) => sum + value, 0);
  const colourOf = (group: string): string => categoryColour(Math.max(0, bar.groups.indexOf(group)));
  let at = 0;
  const pieces = bar.pieces.map(({ label, value, group }) => {
    const length = (value / total) * width;
    const piece = html`<g>
      <title>${label}: ${integer(value)} ${bar.unit}, ${group}</title>
      <rect
        x="${at.toFixed(2)}"
        y="0"
        width="${Math.max(0.5, length - 1).toFixed(2)}"
        height="26"
        fill="${colourOf(group)}"
      />
    </g>`;
    at += length;
    return piece;
  });
  const seen = bar.groups.filter((group) => bar.pieces.some((piece) => piece.group === group));
  return html`<svg
      role="img"
      aria-labelledby="${id}-time-title ${id}-time-desc"
      viewBox="0 0 ${width} 26"
      preserveAspectRatio="none"
      style="width:100%;height:26px;border-radius:5px"
    >
      <title id="${id}-time-title">${program.name}: ${bar.title}</title>
      <desc id="${id}-time-desc">
        ${bar.pieces.map(({ label, value }) => `${label} ${percent(value / total, 1)}`).join(', ')}
      </desc>
      ${pieces}
    </svg>
    <p class="small">
      ${bar.title}:
      ${seen.map((group) => html`<span class="swatch" style="background:${colourOf(group)}"></span>${group} `)}
      ${bar.note}
    </p>`;
}
