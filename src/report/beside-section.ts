/** Mappings of one network side by side: chips, specs, objectives. */
import type { ProgramView } from '../ir/trace/program-view.js';
import type { RunResult } from '../ir/trace/run-result.js';
import { integer } from '../common/format.js';
import { changesOf } from './diff/change.js';
import { changeText } from './diff/diff-words.js';
import { otherSamples } from './diff/paired-accuracy.js';
import { mappingReadings, type Reading, readingsOf } from './diff/reading.js';
import { html, type Html } from './html.js';
import { type LayerColours, layerColours } from './layer-colours.js';
import { plansBeside } from './plans-beside.js';
import { runOf } from './run-of.js';

/** One mapping: a program, with a run of it where there is one. */
interface Mapping {
  readonly program: ProgramView;
  readonly run: RunResult | undefined;
  readonly readings: readonly Reading[];
}

/** A table and plans for each network of which the input has several mappings; nothing without one. */
export function besideSections(programs: readonly ProgramView[], results: readonly RunResult[]): readonly Html[] {
  const colours = layerColours(programs);
  const names = [...new Set(programs.map(({ name }) => name))];
  return names.flatMap((name, i) => {
    const mappings = programs
      .filter((program) => program.name === name)
      .map((program): Mapping => {
        const run = runOf(program, results);
        return { program, run, readings: run === undefined ? mappingReadings(program) : readingsOf(run) };
      });
    return mappings.length < 2 ? [] : [besideSection(name, mappings, { id: `beside-${i}`, colours: colours(name) })];
  });
}

function besideSection(
  name: string,
  mappings: readonly Mapping[],
  { id, colours }: { readonly id: string; readonly colours: LayerColours },
): Html {
  const titles = mappings.map(({ program }) => program.chip);
  const isTold = new Set(titles).size === titles.length;
  const headings = mappings.map(({ program }, i) =>
    isTold ? program.chip : `${program.chip}, mapping ${i + 1}, ${integer(program.cores)} cores`,
  );
  // Numbers that one mapping alone has are in its own section.
  const keys = [...new Set(mappings.flatMap(({ readings }) => readings.map(({ key }) => key)))].filter(
    (key) => mappings.filter(({ readings }) => readings.some((reading) => reading.key === key)).length > 1,
  );
  const layers = [...new Set(mappings.flatMap(({ program }) => program.layers.rows.map(([layer = '']) => layer)))];
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${name}: ${mappings.length} mappings side by side</h2>
    <p class="lead">Small: the change against the first one.</p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col"></th>
            ${mappings.map(
              ({ program }, i) =>
                html`<th scope="col" class="number">
                  ${titles[i]}${isTold ? undefined : html`<div class="small">mapping ${i + 1}, ${program.cores} cores</div>`}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${keys.map((key) => numberRow(key, mappings))}${layers.flatMap((layer) => layerRow(layer, mappings))}
        </tbody>
      </table>
    </div>
    ${plansBeside(
      mappings.map(({ program }, i) => ({ program, title: headings[i]! })),
      { id, colours },
    )}
  </section>`;
}

function numberRow(key: string, mappings: readonly Mapping[]): Html {
  const found = mappings.map(({ readings }) => readings.find((reading) => reading.key === key));
  const label = found.find((reading) => reading !== undefined)?.label ?? key;
  const cells = found.map(
    (reading, i) =>
      html`<td class="number">
        ${reading?.text ?? '\u2013'}
        <div class="small">${changeFrom(mappings[0], mappings[i], key)}</div>
      </td>`,
  );
  return html`<tr>
    <th scope="row">${label}</th>
    ${cells}
  </tr>`;
}

/** What a number of a mapping is against that of the first one; nothing where that says nothing. */
function changeFrom(first: Mapping | undefined, other: Mapping | undefined, key: string): string {
  if (first === undefined || other === undefined || first === other) return '';
  const samples = first.run === undefined || other.run === undefined ? undefined : otherSamples(first.run, other.run);
  const change = changesOf(first.readings, other.readings, samples).find((row) => row.key === key);
  return change === undefined || 'unknown' in change.difference ? '' : changeText(change);
}

/** Cores of a layer, where the tables of the mappings have that column. */
function layerRow(layer: string, mappings: readonly Mapping[]): readonly Html[] {
  const cells = mappings.map(({ program: { layers } }) => {
    const column = layers.columns.findIndex(({ title }) => title === 'cores');
    return column < 0 ? undefined : layers.rows.find(([name]) => name === layer)?.[column];
  });
  if (cells.every((cell) => cell === undefined)) return [];
  return [
    html`<tr>
      <th scope="row">cores of ${layer}</th>
      ${cells.map((cell) => html`<td class="number">${cell ?? '\u2013'}</td>`)}
    </tr>`,
  ];
}
