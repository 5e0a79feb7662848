/** The table of a program's layers. */
import type { ProgramView, ViewColumn } from '../ir/trace/program-view.js';
import { html, type Html } from './html.js';
import { type LayerColours, layersOf } from './layer-colours.js';

/**
 * A row per layer, with its colour where a plan shows it. Headings break into lines, numbers do not; on a narrow page details are shown on demand.
 * `id` is unique in the page.
 */
export function layerTable(
  program: ProgramView,
  { id, colours }: { readonly id: string; readonly colours: LayerColours },
): Html {
  const { columns, rows, note } = program.layers;
  const drawn = new Set(layersOf(program));
  const hasDetails = columns.some(({ isDetail }) => isDetail === true);
  return html`<div class="columns">
      ${hasDetails ? html`<input type="checkbox" id="${id}-all" /><label for="${id}-all">all columns</label>` : undefined}
      <div class="wide">
        <table class="layers">
          <thead>
            <tr>
              ${columns.map(heading)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ([name = '', ...cells]) =>
                html`<tr>
                  ${rowName(name, drawn.has(name) ? colours(name) : undefined)}
                  ${cells.map((cell, c) => tableCell(cell, columns[c + 1]))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>
    <p class="small">${note}</p>`;
}

/** Attribute of a cell. */
const classOf = (column: ViewColumn | undefined, text = ''): Html | undefined => {
  const names = [
    ...(column?.align === 'number' ? ['number'] : text.length > IN_ONE_LINE ? ['words'] : []),
    ...(column?.isDetail === true ? ['detail'] : []),
  ];
  return names.length === 0 ? undefined : html`class="${names.join(' ')}"`;
};

const heading = (column: ViewColumn): Html => {
  const { title, short } = column;
  return html`<th scope="col" ${classOf(column)}>
    ${short === undefined ? title : html`<abbr title="${title}">${short}</abbr>`}
  </th>`;
};

const rowName = (name: string, colour: string | undefined): Html =>
  html`<th scope="row" ${classOf(undefined, name)}>
    ${colour === undefined ? undefined : html`<span class="swatch" style="background:${colour}"></span>`}${name}
  </th>`;

/** Characters up to which a cell stays in one line. */
const IN_ONE_LINE = 13;

const tableCell = (text: string, column: ViewColumn | undefined): Html =>
  html`<td ${classOf(column, text)}>${text}</td>`;
