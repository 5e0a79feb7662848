/** Neurons of the integer dialect, one step at a time: the definition of `IntegerNeuronNode`. Every number is an integer, exact in float64. */
import { divideRoundHalfAway } from '../../common/fixed-point.js';
import type { IntegerDecay, IntegerNeuronNode } from '../../ir/network/types.js';

/** State between two steps: both arrays [nNeurons], 0 at the beginning. */
export interface IntegerNeuronState {
  readonly current: Int32Array;
  readonly potential: Int32Array;
}

/** One step of all neurons of a layer: reads `input`, changes `state`, writes spikes or potentials to `out`; all [nNeurons]. */
export function stepIntegerNeurons(
  node: IntegerNeuronNode,
  { current, potential }: IntegerNeuronState,
  input: Float64Array,
  out: Float64Array,
): void {
  const { bits, synapse, decay, leak, spike } = node;
  for (let n = 0; n < out.length; n++) {
    let i = input[n]!;
    if (synapse !== undefined) {
      i = saturate(current[n]! - decayed(current[n]!, synapse, n) + i, bits);
      current[n] = i;
    }
    let v = potential[n]!;
    const lost = decay === undefined ? 0 : decayed(v, decay, n);
    v = saturate(v - lost + i + (leak === undefined ? 0 : of(leak, n)), bits);
    if (spike === undefined) {
      out[n] = v;
    } else {
      const fires = v >= of(spike.threshold, n);
      out[n] = fires ? 1 : 0;
      if (fires) {
        const { reset } = spike;
        v = reset.kind === 'value' ? of(reset.value, n) : saturate(v - of(reset.amount, n), bits);
      }
    }
    potential[n] = v;
  }
}

/** What a state loses in a step. */
function decayed(state: number, { multiplier, shift }: IntegerDecay, n: number): number {
  return divideRoundHalfAway(state * of(multiplier, n), 2 ** shift);
}

/** The nearest integer of so many bits, two's complement. */
export function saturate(v: number, bits: number): number {
  const limit = 2 ** (bits - 1);
  return Math.min(Math.max(v, -limit), limit - 1);
}

const of = (values: Int32Array, n: number): number => values[values.length === 1 ? 0 : n]!;
