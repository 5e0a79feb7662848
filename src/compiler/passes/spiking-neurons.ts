/** Neurons of the float dialect at their time step as integer neurons, and how far thresholds and decays are from what they were. */
import { roundHalfAwayFromZero } from '../../common/fixed-point.js';
import type { IntegerDecay, IntegerNeuronNode, IntegerReset, NeuronNode, NodeId } from '../../ir/network/types.js';

/** How far an integer neuron is from the real one, of all neurons of a layer. */
export interface NeuronRounding {
  readonly layer: NodeId;
  /** Bits of the potential. */
  readonly bits: number;
  /** Real potential of one integer step, of the first neuron. */
  readonly unit: number;
  /** |integer threshold - real threshold| / real threshold, the largest; 0 without a threshold, and where that is 0. */
  readonly thresholdError: number;
  /** The same on average over the thresholds of the layer; one that is 0 counts as exact. */
  readonly meanThresholdError: number;
  /** |integer decay - real decay| per step, the largest. */
  readonly decayError: number;
}

/** A neuron in integers: the layer, the real value of one step of what it gives ([1] or [nNeurons]), and the rounding. */
export interface RoundedNeurons {
  readonly node: IntegerNeuronNode;
  readonly scale: Float64Array;
  readonly rounding: NeuronRounding;
}

/** What keeps a neuron from being one of integers, and what would help. */
export interface NeuronProblem {
  readonly message: string;
  readonly remedy: string;
}

/** Bits behind the point of a decay. */
const SHIFT = 16;

/**
 * The integer form of neurons that read integers of the real value `scale` ([1] or [n]), in steps of `dt` seconds.
 *
 * A potential v of the float dialect is unit * u with unit = gain * scale, gain = dt r (integrate), dt / tau r (leaky), times dt / tau_syn weight behind
 * a synapse: whatever is read is added to u as it is, and thresholds, leaks and resets are divided by the unit. v > threshold of reals is
 * u >= floor(threshold / unit) + 1 of integers.
 */
export function roundNeurons(
  node: NeuronNode,
  {
    dt,
    scale,
    n,
    bits,
  }: { readonly dt: number; readonly scale: Float64Array; readonly n: number; readonly bits: number },
): RoundedNeurons | NeuronProblem {
  const { id, input, membrane, synapse, spike } = node;
  const decay = membrane.kind === 'leaky' ? membrane.tau.map((tau) => dt / tau) : undefined;
  const synapticDecay = synapse?.tau.map((tau) => dt / tau);
  if ([decay, synapticDecay].some((rates) => rates?.some((rate) => rate > 1) === true)) {
    return { message: 'a time constant is shorter than the time step', remedy: 'use a shorter time step' };
  }
  const gain = product(
    [
      ...(membrane.kind === 'none' ? [] : [membrane.r]),
      ...(membrane.kind === 'integrate' ? [Float64Array.of(dt)] : []),
      ...(decay === undefined ? [] : [decay]),
      ...(synapse === undefined || synapticDecay === undefined ? [] : [synapticDecay, synapse.weight]),
    ],
    n,
  );
  const unit = product([gain, scale], n);
  if (unit.some((u) => !(u > 0) || !Number.isFinite(u))) {
    return {
      message: 'what it reads does not raise its potential: r or w_in is 0 or negative',
      remedy: 'put the sign into the weights',
    };
  }
  const inUnits = (values: Float64Array): Float64Array => spread(values, unit, n, (v, u) => v / u);
  const toIntegers = (values: Float64Array): Int32Array => Int32Array.from(inUnits(values), roundHalfAwayFromZero);
  const limit = 2 ** (bits - 1) - 1;
  const leaks = membrane.kind === 'leaky' && decay !== undefined ? product([decay, membrane.leak], n) : undefined;
  const beyond = [spike?.threshold, spike?.reset?.kind === 'value' ? spike.reset.value : undefined, leaks]
    .flatMap((values) => (values === undefined ? [] : [...inUnits(values)]))
    .find((v) => Math.abs(v) + 1 > limit);
  if (beyond !== undefined) {
    const message = `a threshold, reset or leak of ${Math.round(Math.abs(beyond))} units is beyond the ${bits} bits of its potential`;
    return { message, remedy: 'use weights of fewer bits, or potentials of more' };
  }
  const leak = leaks?.some((v) => v !== 0) === true ? toIntegers(leaks) : undefined;
  const shapedDecay = decay === undefined ? undefined : decayOf(decay);
  const shapedSynapse = synapticDecay === undefined ? undefined : decayOf(synapticDecay);
  const threshold = spike === undefined ? undefined : inUnits(spike.threshold);
  const integerThreshold = threshold?.map((v) => (spike?.compare === 'above' ? Math.floor(v) + 1 : Math.ceil(v)));
  return {
    node: {
      ...{ kind: 'integerNeuron', id, input, bits },
      ...(shapedSynapse === undefined ? {} : { synapse: shapedSynapse }),
      // Without a membrane nothing is left of the step before.
      ...(membrane.kind === 'none' ? { decay: { multiplier: Int32Array.of(1), shift: 0 } } : {}),
      ...(shapedDecay === undefined ? {} : { decay: shapedDecay }),
      ...(leak === undefined ? {} : { leak }),
      ...(integerThreshold === undefined || spike === undefined
        ? {}
        : { spike: { threshold: Int32Array.from(integerThreshold), reset: resetOf(spike, toIntegers) } }),
    },
    scale: spike === undefined ? unit : Float64Array.of(1),
    rounding: {
      ...{ layer: id, bits, unit: unit[0] ?? 1 },
      ...thresholdErrors(threshold, integerThreshold, spike?.compare === 'above' ? 0.5 : 0),
      decayError: Math.max(decayError(decay, shapedDecay), decayError(synapticDecay, shapedSynapse)),
    },
  };
}

function resetOf(
  { threshold, reset }: NonNullable<NeuronNode['spike']>,
  toIntegers: (values: Float64Array) => Int32Array,
): IntegerReset {
  if (reset === undefined) return { kind: 'value', value: Int32Array.of(0) };
  return reset.kind === 'value'
    ? { kind: 'value', value: toIntegers(reset.value) }
    : { kind: 'subtract', amount: toIntegers(threshold) };
}

const decayOf = (rates: Float64Array): IntegerDecay => ({
  multiplier: Int32Array.from(rates, (rate) => Math.round(rate * 2 ** SHIFT)),
  shift: SHIFT,
});

function decayError(rates: Float64Array | undefined, decay: IntegerDecay | undefined): number {
  if (rates === undefined || decay === undefined) return 0;
  return rates.reduce((most, rate, k) => Math.max(most, Math.abs(rate - decay.multiplier[k]! / 2 ** decay.shift)), 0);
}

/** A threshold T of integers stands for T - 1/2 where it replaces "above": both ends of what rounding may have moved are half a unit away. */
function thresholdErrors(
  real: Float64Array | undefined,
  integer: Float64Array | undefined,
  half: number,
): Pick<NeuronRounding, 'thresholdError' | 'meanThresholdError'> {
  if (real === undefined || integer === undefined) return { thresholdError: 0, meanThresholdError: 0 };
  const errors = real.map((v, k) => (v === 0 ? 0 : Math.abs(integer[k]! - half - v) / Math.abs(v)));
  return {
    thresholdError: errors.reduce((most, error) => Math.max(most, error), 0),
    meanThresholdError: errors.length === 0 ? 0 : errors.reduce((sum, error) => sum + error, 0) / errors.length,
  };
}

/** Products of parameters that are [1] or [n] each: [1] if all are. */
function product(factors: readonly Float64Array[], n: number): Float64Array {
  return factors.reduce((a, b) => spread(a, b, n, (x, y) => x * y), Float64Array.of(1));
}

function spread(a: Float64Array, b: Float64Array, n: number, f: (x: number, y: number) => number): Float64Array {
  const length = a.length === 1 && b.length === 1 ? 1 : n;
  return Float64Array.from({ length }, (_, k) => f(a[a.length === 1 ? 0 : k]!, b[b.length === 1 ? 0 : k]!));
}
