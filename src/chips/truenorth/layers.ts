/** What a TrueNorth-style chip sends between its layers: spikes of single neurons, counted. */
import { sizeOf } from '../../ir/network/shapes.js';
import type { Form } from '../../compiler/targets/truenorth/forms.js';
import type { WireTable } from '../../compiler/targets/truenorth/wires.js';
import type { TrueNorthCompilation } from '../../compiler/targets/truenorth/compile.js';
import type { LayerProbe } from '../../compiler/targets/truenorth/emit.js';
import { frameInputs } from '../../simulator/frame-inputs.js';
import { replay } from '../../simulator/replay.js';
import type { LayerReader } from '../chip.js';

/**
 * Reads outputs of layers, and what host or axons make of them: class scores and maxima. Each sample runs alone from a reset chip, on the
 * tick-by-tick engine, with every neuron watched that has a value. Sums inside a neuron are never seen.
 */
export function readTrueNorthLayers({
  program,
  held,
  wires,
  probes,
}: Pick<TrueNorthCompilation, 'program' | 'held' | 'wires' | 'probes'>): LayerReader {
  const watched = Int32Array.from(new Set(probes.flatMap(({ neuron }) => [...neuron]))).sort();
  const nPixels = sizeOf(program.inputShape);
  return {
    read: ({ images, index, seed }) => {
      const through = images.subarray(0, (index + 1) * nPixels);
      const input = frameInputs(program, { images: through, nSamples: 1, firstSample: index, seed });
      const run = replay(program, { engine: 'fast', seed, nTicks: input.nTicks, inputs: input.spikes, watched });
      let step = run.next();
      while (step.done !== true) step = run.next();
      const { tick, index: neuron } = step.value.spikes;
      const outputs = probes.map((probe) => outputsOf(probe, (from, to) => countSpikes(tick, neuron, from, to)));
      return new Map(held.map(({ node, form }) => [node, valuesOf(form, wires, outputs)]));
    },
  };
}

/** Spikes by neuron in ticks from..to - 1. */
function countSpikes(tick: Int32Array, neuron: Int32Array, from: number, to: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  tick.forEach((t, i) => {
    if (t >= from && t < to) counts.set(neuron[i]!, (counts.get(neuron[i]!) ?? 0) + 1);
  });
  return counts;
}

/** [nOut] of a chip layer; NaN for outputs without a neuron. */
function outputsOf(
  { isScore, constant, output, coefficient, neuron, from, ticks }: LayerProbe,
  spikesIn: (from: number, to: number) => ReadonlyMap<number, number>,
): Float64Array {
  const counts = spikesIn(from, from + ticks);
  const isRead = new Uint8Array(constant.length).fill(isScore ? 1 : 0);
  const values = Float64Array.from(constant);
  output.forEach((o, k) => {
    isRead[o] = 1;
    values[o]! += coefficient[k]! * (counts.get(neuron[k]!) ?? 0);
  });
  return values.map((v, o) => (isRead[o] === 1 ? v : NaN));
}

/** The elements of a value: what its wires count. Outputs of one lag merge into one spike a tick, those of different lags add up. */
function valuesOf(
  { rowStart, wire, weight, constant }: Form,
  wires: WireTable,
  outputs: readonly Float64Array[],
): Float64Array {
  const countOf = (w: number): number => {
    const byLag = new Map<number, number>();
    for (const { layer, output, lag } of wires.drivers(w)) {
      byLag.set(lag, Math.max(byLag.get(lag) ?? -Infinity, outputs[layer]?.[output] ?? NaN));
    }
    return [...byLag.values()].reduce((sum, count) => sum + count, 0);
  };
  return constant.map((c, e) => {
    let value = c;
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) value += weight[k]! * countOf(wire[k]!);
    return value;
  });
}
