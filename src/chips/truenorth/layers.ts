/** What a TrueNorth-style chip sends between its layers: spikes of single neurons, counted. */
import { sizeOf } from '../../ir/network/shapes.js';
import type { HeldValue } from '../../compiler/targets/truenorth/chip-layers.js';
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
  probes,
}: Pick<TrueNorthCompilation, 'program' | 'held' | 'probes'>): LayerReader {
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
      return new Map(held.map((value) => [value.node, valuesOf(value, outputs[value.layer] ?? new Float64Array(0))]));
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

/** The elements of a node: maxima of outputs, or what is left of 1 where the chip holds the complement. */
function valuesOf({ view: { start, output }, complemented }: HeldValue, outputs: Float64Array): Float64Array {
  return Float64Array.from(complemented, (c, e) => {
    let most = -Infinity;
    for (let k = start[e]!; k < start[e + 1]!; k++) most = Math.max(most, outputs[output[k]!]!);
    return c === 1 ? 1 - most : most;
  });
}
