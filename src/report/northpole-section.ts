import type { NorthPoleLayerRow } from '../ir/trace/northpole-layer-row.js';
import { integer, percent, significant } from '../common/format.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';
import type { NorthPoleView } from './program-view.js';

/** The layers of a program on a NorthPole-style chip: how they are spread, how long they take and why. `id` is unique in the page. */
export function northPoleSection(program: NorthPoleView, id: string): Html {
  const us = program.cycles / program.clockMhz;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${program.name} on ${program.chip}</h2>
    <p class="lead">
      ${integer(program.gridWidth * program.gridHeight)} cores, layer by layer over the whole array; a batch of
      ${integer(program.batch)} ${program.batch === 1 ? 'frame' : 'frames'} takes ${integer(program.cycles)} cycles,
      ${significant(us)} µs at ${significant(program.clockMhz)} MHz.
    </p>
    ${timeBar(program, id)}
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">layer</th>
            <th scope="col">kind</th>
            <th scope="col">output</th>
            <th scope="col">bits, weights x activations</th>
            <th scope="col" class="number">cores</th>
            <th scope="col">split</th>
            <th scope="col" class="number">cycles</th>
            <th scope="col" class="number">utilisation</th>
            <th scope="col">bound by</th>
            <th scope="col" class="number">weights</th>
            <th scope="col" class="number">partial sums</th>
            <th scope="col" class="number">activations</th>
            <th scope="col" class="number">programs</th>
          </tr>
        </thead>
        <tbody>
          ${program.layers.map(layerRow)}
        </tbody>
      </table>
    </div>
    <p class="small">
      Split: rows x columns of the image, groups of output channels, groups of input channels. Utilisation is of the
      whole array at the layer's precision. The last four columns are bytes over the four networks, per batch.
    </p>
  </section>`;
}

const layerRow = (layer: NorthPoleLayerRow): Html =>
  html`<tr>
    <th scope="row">${layer.name}</th>
    <td>${layer.kind}</td>
    <td>${layer.shape.join(' x ')}</td>
    <td>${layer.kind === 'vmm' ? `${layer.weightBits} x ${layer.activationBits}` : `${layer.activationBits}`}</td>
    <td class="number">${integer(layer.cores)}</td>
    <td>${layer.rows} x ${layer.columns}, ${layer.outGroups}, ${layer.inGroups}</td>
    <td class="number">${integer(layer.cycles)}</td>
    <td class="number">${layer.macs === 0 ? '' : percent(layer.utilisation, 1)}</td>
    <td>${layer.bound}</td>
    <td class="number">${integer(layer.modelBytes)}</td>
    <td class="number">${integer(layer.partialSumBytes)}</td>
    <td class="number">${integer(layer.activationBytes)}</td>
    <td class="number">${integer(layer.instructionBytes)}</td>
  </tr>`;

/** What a layer is bound by, as the colour of its piece of the bar. */
const BOUND_COLOUR: Readonly<Record<NorthPoleLayerRow['bound'], string>> = {
  compute: categoryColour(0),
  'weights in': categoryColour(1),
  'activations in': categoryColour(2),
  'partial sums': categoryColour(3),
  'vector unit': categoryColour(4),
  latency: 'var(--timer)',
};

/** Layers along the time of a batch. */
function timeBar(program: NorthPoleView, id: string): Html {
  const width = 1000;
  const total = program.layers.reduce((sum, { cycles }) => sum + cycles, 0);
  let at = 0;
  const pieces = program.layers.map((layer) => {
    const length = (layer.cycles / total) * width;
    const piece = html`<g>
      <title>${layer.name}: ${integer(layer.cycles)} cycles, ${layer.bound}</title>
      <rect
        x="${at.toFixed(2)}"
        y="0"
        width="${Math.max(0.5, length - 1).toFixed(2)}"
        height="26"
        fill="${BOUND_COLOUR[layer.bound]}"
      />
    </g>`;
    at += length;
    return piece;
  });
  const seen = [...new Set(program.layers.map(({ bound }) => bound))];
  return html`<svg
      role="img"
      aria-labelledby="${id}-time-title ${id}-time-desc"
      viewBox="0 0 ${width} 26"
      preserveAspectRatio="none"
      style="width:100%;height:26px;border-radius:5px"
    >
      <title id="${id}-time-title">Layers of ${program.name} along time</title>
      <desc id="${id}-time-desc">
        ${program.layers.map((l) => `${l.name} ${percent(l.cycles / total, 1)}`).join(', ')}
      </desc>
      ${pieces}
    </svg>
    <p class="small">
      Layers along the time of a batch, by what bounds them:
      ${seen.map((bound) => html`<span class="swatch" style="background:${BOUND_COLOUR[bound]}"></span>${bound} `)}
    </p>`;
}
