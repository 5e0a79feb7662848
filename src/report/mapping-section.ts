import type { LayerMapping } from '../ir/program/truenorth.js';
import type { TrueNorthRunResult } from '../ir/trace/run-result.js';
import { layerPlan, loadPlan } from './floor-plan.js';
import { integer, percent } from '../common/format.js';
import { html, type Html } from './html.js';
import type { TrueNorthView } from './program-view.js';

/** Mapping table and floor plans of one program; `result` is a run of it, for the load. `id` is unique in the page. */
export function mappingSection(program: TrueNorthView, result: TrueNorthRunResult | undefined, id: string): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${program.name} on ${program.chip}</h2>
    <p class="lead">
      ${integer(program.x.length)} cores; a sample every ${integer(program.periodTicks)}
      ${program.periodTicks === 1 ? 'tick' : 'ticks'}, its decision after ${integer(program.latencyTicks)}.
    </p>
    ${layerTable(program.layers)}
    <h3>Floor plan</h3>
    <div class="plans">${layerPlan(program, `${id}-layers`)}${loads(program, result, id)}</div>
  </section>`;
}

function loads(program: TrueNorthView, result: TrueNorthRunResult | undefined, id: string): readonly Html[] {
  if (result === undefined || result.coreSpikes.length !== program.x.length) {
    return [html`<p class="muted">No run of this program in the report: its load is not known.</p>`];
  }
  const perTick = (sums: readonly number[]): readonly number[] =>
    sums.map((sum) => sum / Math.max(1, result.counters.ticks));
  return [
    loadPlan(
      program,
      { label: 'Spikes fired', unit: 'spikes per tick', values: perTick(result.coreSpikes) },
      `${id}-spikes`,
    ),
    loadPlan(
      program,
      {
        label: 'Synaptic operations',
        unit: 'operations per tick',
        values: perTick(result.coreSynapticOperations),
      },
      `${id}-operations`,
    ),
  ];
}

function layerTable(layers: readonly LayerMapping[]): Html {
  return html`<div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">layer</th>
            <th scope="col">scheme</th>
            <th scope="col" class="number">fan-in</th>
            <th scope="col" class="number">inputs</th>
            <th scope="col" class="number">outputs</th>
            <th scope="col" class="number">cores</th>
            <th scope="col" class="number">partial</th>
            <th scope="col" class="number">splitter</th>
            <th scope="col" class="number">copies</th>
            <th scope="col" class="number">window</th>
            <th scope="col" class="number">ticks</th>
            <th scope="col" class="number">axons</th>
            <th scope="col" class="number">neurons</th>
            <th scope="col">limited by</th>
          </tr>
        </thead>
        <tbody>
          ${layers.map(layerRow)}
        </tbody>
      </table>
    </div>
    <p class="small">
      Schemes: direct, in one tick; gated, accumulates over a window and fires at a gate tick; partial, partial sums
      travel as spike counts; count, emits its sum as spikes; merge, maxima merge on the axons without cores. Axons and
      neurons are the used share of the layer's cores; ticks run from the layer's first input spike to the next layer's.
    </p>`;
}

const layerRow = (layer: LayerMapping): Html =>
  html`<tr>
    <th scope="row">${layer.name}</th>
    <td>${layer.scheme}</td>
    <td class="number">${integer(layer.fanIn)}</td>
    <td class="number">${integer(layer.nIn)}</td>
    <td class="number">${integer(layer.nOut)}</td>
    <td class="number">${integer(layer.cores)}</td>
    <td class="number">${integer(layer.partialCores)}</td>
    <td class="number">${integer(layer.splitterCores)}</td>
    <td class="number">${integer(layer.copies)}</td>
    <td class="number">${integer(layer.window)}</td>
    <td class="number">${integer(layer.ticks)}</td>
    <td class="number">${percent(layer.axonUse, 0)}</td>
    <td class="number">${percent(layer.neuronUse, 0)}</td>
    <td>${layer.limitedBy}</td>
  </tr>`;
