/** Neurons of the float dialect, one step at a time: the definition of `NeuronNode`, in float64. */
import type { NeuronNode } from '../../ir/network/types.js';

/** State between two steps: both arrays [nNeurons], 0 at the beginning. */
export interface FloatNeuronState {
  readonly current: Float64Array;
  readonly potential: Float64Array;
}

/** One step of `dt` seconds of all neurons of a layer: reads `input`, changes `state`, writes spikes or potentials to `out`; all [nNeurons]. */
export function stepNeurons(
  node: NeuronNode,
  dt: number,
  { current, potential }: FloatNeuronState,
  input: Float64Array,
  out: Float64Array,
): void {
  const { membrane, synapse, spike } = node;
  for (let n = 0; n < out.length; n++) {
    let i = input[n]!;
    if (synapse !== undefined) {
      const tau = of(synapse.tau, n);
      i = current[n]! + (dt / tau) * (of(synapse.weight, n) * i - current[n]!);
      current[n] = i;
    }
    let v = potential[n]!;
    switch (membrane.kind) {
      case 'none':
        v = i;
        break;
      case 'integrate':
        v += dt * of(membrane.r, n) * i;
        break;
      case 'leaky':
        v += (dt / of(membrane.tau, n)) * (of(membrane.leak, n) - v + of(membrane.r, n) * i);
        break;
    }
    if (spike === undefined) {
      out[n] = v;
    } else {
      const threshold = of(spike.threshold, n);
      const fires = spike.compare === 'above' ? v > threshold : v >= threshold;
      out[n] = fires ? 1 : 0;
      if (fires && spike.reset !== undefined) {
        v = spike.reset.kind === 'value' ? of(spike.reset.value, n) : v - threshold;
      }
    }
    potential[n] = v;
  }
}

/** The parameter of a neuron: one for all, or one each. */
const of = (values: Float64Array, n: number): number => values[values.length === 1 ? 0 : n]!;
