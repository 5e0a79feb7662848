/** A comparison of layers as a page of its own: the table, and figures of the errors and of what is equal. */
import { integer, percent, significant } from '../common/format.js';
import {
  COMPARED_STEPS,
  type ComparedStep,
  isSeen,
  type LayerComparison,
  type NetworkComparison,
  type Parting,
} from '../ir/trace/layer-comparison.js';
import { comparisonFigure } from './comparison-figure.js';
import { accuracyForms, comparedSteps, differenceText, isCompared } from './comparison-words.js';
import { html, type Html } from './html.js';
import { STYLE } from './style.js';

/** What a page shows. */
export type ComparedNetwork = NetworkComparison & {
  readonly name: string;
  /** Kind of chip, the chip, the data set. */
  readonly target: string;
  readonly chip: string;
  readonly data: string;
};

/** What each step compares. */
const STEP_NAMES: Readonly<Record<ComparedStep, string>> = {
  float: 'network of the file, from the file',
  integer: 'integer network, from the float network',
  chip: 'chip, from the integer network',
};

/** The page as one self-contained HTML file, as all reports are. The same input gives the same bytes. */
export async function renderComparison(found: ComparedNetwork): Promise<string> {
  const title = `${found.name} layer by layer`;
  const steps = comparedSteps(found.layers);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p class="lead">
              ${found.data}, ${integer(found.samples)} samples, ${found.chip}. Every element of every layer of one form
              of the network is compared with the form before it.
            </p>
          </header>
          ${accuracySection(found)}
          <section aria-labelledby="errors">
            <h2 id="errors">Errors of the layers</h2>
            ${await comparisonFigure(found.layers, steps, STEP_NAMES)}
          </section>
          ${tableSection(found, steps)}
        </main>
      </body>
    </html>`;
  return `${page.text}\n`;
}

function accuracySection(found: ComparedNetwork): Html {
  const { layers, samples, mismatches, first, file } = found;
  const tiles = accuracyForms(found).map(([label, share]) =>
    tile(`accuracy, ${label}`, share === null ? '-' : percent(share)),
  );
  return html`<section aria-labelledby="forms">
    <h2 id="forms">Forms of the network</h2>
    <div class="tiles">
      ${tiles}
      ${tile('samples whose scores differ', mismatches === null ? '-' : integer(mismatches), `of ${integer(samples)}, on the chip`)}
    </div>
    <p>File: ${file}</p>
    <ul>
      ${COMPARED_STEPS.map((step) => html`<li>${STEP_NAMES[step]}: ${isCompared(layers, step) ? partingText(first[step]) : 'not compared'}</li>`)}
    </ul>
  </section>`;
}

const tile = (label: string, value: string, note = ''): Html =>
  html`<div class="tile">
    <div class="label">${label}</div>
    <div class="value">${value}</div>
    <div class="note">${note}</div>
  </div>`;

const partingText = (found: Parting | null): string =>
  found === null
    ? 'no element that was compared differs'
    : `parts first at layer ${found.layer}, channel ${integer(found.channel)}, element ${integer(found.element)} of sample ${integer(found.sample)}: ` +
      differenceText(found);

function tableSection({ layers }: ComparedNetwork, steps: readonly ComparedStep[]): Html {
  return html`<section aria-labelledby="layers">
    <h2 id="layers">Layers</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">layer</th>
            <th scope="col">kind</th>
            <th scope="col" class="number">elements</th>
            ${steps.map(
              (step) =>
                html`<th scope="col" class="number">${STEP_NAMES[step]}: largest error</th>
                  <th scope="col" class="number">mean</th>
                  <th scope="col" class="number">equal</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${layers.map((layer) => row(layer, steps))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(layer: LayerComparison, steps: readonly ComparedStep[]): Html {
  const cells = steps.map((step) => {
    const found = layer[step];
    if (!isSeen(found)) return html`<td class="small" colspan="3">${found.unseen}</td>`;
    return html`<td class="number">${significant(found.largest)}</td>
      <td class="number">${significant(found.mean)}</td>
      <td class="number">${percent(found.equal)}</td>`;
  });
  return html`<tr>
    <th scope="row">${layer.layer}</th>
    <td>${layer.kind}</td>
    <td class="number">${integer(layer.elements)}</td>
    ${cells}
  </tr>`;
}
