// Draws of crossbar bits; the definitions are src/hw-models/faults/{bit-errors,core-faults}.ts.
import {
  drawEight,
  lanes0,
  lanes1,
  lanes2,
  lanes3,
  lanes4,
  lanes5,
  lanes6,
  lanes7,
  upTo,
  upToOf,
} from './philox-lanes';

/** The words drawn for 64 neurons of row `axon` and of the next: bit i is set iff the word of neuron i is at most `last`. */
export let row0: u64 = 0;
export let row1: u64 = 0;
/** The same of the words with all bits changed. */
export let otherRow0: u64 = 0;
export let otherRow1: u64 = 0;

/** Draws the words (core, axon, neuron / 4) and (core, axon + 1, neuron / 4) of 64 neurons, from a multiple of 64 on. */
export function drawRows(
  core: u32,
  axon: u32,
  neuron: u32,
  purpose: u32,
  seedLow: u32,
  seedHigh: u32,
  last: v128,
  otherLast: v128,
  withOther: bool,
): void {
  const first = i32x4.splat(core);
  const second = i32x4.splat(axon);
  const next = i32x4.splat(axon + 1);
  const changed = i32x4.splat(-1);
  let third = i32x4.add(i32x4.splat(neuron >> 2), i32x4(0, 1, 2, 3));
  row0 = 0;
  row1 = 0;
  otherRow0 = 0;
  otherRow1 = 0;
  for (let shift: u64 = 0; shift < 64; shift += 16) {
    drawEight(first, second, first, next, third, purpose, seedLow, seedHigh);
    third = i32x4.add(third, i32x4.splat(4));
    row0 |= upTo(lanes0, lanes1, lanes2, lanes3, last) << shift;
    row1 |= upTo(lanes4, lanes5, lanes6, lanes7, last) << shift;
    if (!withOther) continue;
    otherRow0 |= upToOf(lanes0, lanes1, lanes2, lanes3, changed, otherLast) << shift;
    otherRow1 |= upToOf(lanes4, lanes5, lanes6, lanes7, changed, otherLast) << shift;
  }
}

/** The neurons that are stored, of the 64 from `neuron` on. */
export function stored(neuron: u32, nNeurons: u32): u64 {
  const left = nNeurons - neuron;
  const all = ~(<u64>0);
  return left >= 64 ? all : ~(all << (<u64>left));
}
