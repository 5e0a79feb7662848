/**
 * Integer neurons as neurons of the chip, exactly: the same potential at the end of every step. What has no such form is reported; where a
 * register would run over after many steps, it is said after how many.
 *
 * | integer neuron | on the chip |
 * |---|---|
 * | v += i + leak, spike at v >= threshold | integrate, leak, alpha = threshold |
 * | reset to a value, or by the threshold | normal reset to R, or linear reset |
 * | saturates at -2^(bits - 1) | saturates at -beta (kappa 1), where beta holds that much |
 * | forgets its potential in every step | leak 1 - threshold with alpha 1, beta 0: below the threshold 0 is left |
 */
import { type Diagnostic, errorAt } from '../../../../common/diagnostics.js';
import type { IntegerDecay } from '../../../../ir/network/types.js';
import { NEGATIVE, RESET, type TrueNorthSpec } from '../../../../ir/program/truenorth.js';
import type { Population } from './connections.js';

/** Neurons of a population, an element each; R of the neurons on the chip is `resetPotential`. */
export interface PlannedNeurons {
  /** [n] added in every tick, whatever the network does. */
  readonly leak: Int32Array;
  /** [n] the network's constant input, where it comes on an axon of its own instead of the leak; else absent. */
  readonly biasAxon?: Int32Array;
  readonly threshold: Int32Array;
  readonly negativeThreshold: number;
  readonly resetMode: number;
  readonly negativeMode: number;
  readonly resetPotential: Int32Array;
  /** [n] taken off the potential for every tick before the first step: what the leak adds until then. */
  readonly perTickBefore: Int32Array;
  /** Steps of a sample up to which no register runs over; Infinity where none ever does. */
  readonly maxSteps: number;
}

/** What is asked of the neurons of a chip. */
export interface NeuronRequest {
  readonly network: string;
  readonly spec: TrueNorthSpec;
  /** No population starts later than in this tick. */
  readonly latestStart: number;
}

type Report = (code: string, message: string, remedy: string) => void;

/** Plans one population. @returns nothing, with at least one finding, where there is no exact form */
export function planNeurons(
  population: Population,
  request: NeuronRequest,
): { readonly neurons?: PlannedNeurons; readonly diagnostics: readonly Diagnostic[] } {
  const { node, name, rows } = population;
  const { spec } = request;
  const diagnostics: Diagnostic[] = [];
  const report: Report = (code, message, remedy) => {
    diagnostics.push(errorAt(code, `${request.network}: layer "${name}" (${node.kind})`, message, remedy));
  };
  if (node.synapse !== undefined && !decaysAtOnce(node.synapse)) {
    report(
      'decaying-current',
      `the current of its synapses decays by factors (up to ${percentKept(node.synapse)} stay from step to step); a core adds spikes and keeps nothing of them but the potential`,
      'take neurons without a synaptic time constant (IF)',
    );
  }
  const forgets = node.decay !== undefined && decaysAtOnce(node.decay);
  if (node.decay !== undefined && !forgets && !neverDecays(node.decay)) {
    report(
      'decaying-potential',
      `its potential decays by factors (up to ${percentKept(node.decay)} stay from step to step), the leak of a core adds a constant`,
      'take neurons without leak (IF), or with a time constant of many time steps, for which IF is close',
    );
  }
  const { spike } = node;
  if (spike === undefined) {
    report('no-spikes', 'its values are potentials, a core sends spikes', 'give it a threshold, count its spikes');
    return { diagnostics };
  }
  const n = rows.nOut;
  const at = (array: Int32Array, o: number): number => array[array.length === 1 ? 0 : o]!;
  const threshold = Int32Array.from({ length: n }, (_, o) => at(spike.threshold, o));
  const fireOffset = spec.positiveComparison === 'atLeast' ? 0 : -1;
  const least = threshold.reduce((low, t) => Math.min(low, t), Infinity);
  const most = threshold.reduce((high, t) => Math.max(high, t), -Infinity);
  if (least < 1 || most > spec.thresholdMax) {
    const message = `its thresholds are ${least}..${most}, a core has 1..${spec.thresholdMax}`;
    report('threshold-range', message, least < 1 ? 'use thresholds above 0' : 'quantise to fewer bits');
  }
  if (forgets && most > spec.leakMax + 1) {
    const message = `it forgets its potential in every step, for which its thresholds (up to ${most}) must be at most ${spec.leakMax + 1}`;
    report('threshold-range', message, 'quantise its weights to fewer bits');
  }
  const { reset } = spike;
  const isLinear = reset.kind === 'subtract' && !forgets;
  if (reset.kind === 'subtract' && !forgets) {
    const other = threshold.findIndex((t, o) => t !== at(reset.amount, o));
    if (other >= 0) {
      const message = `a spike takes ${at(reset.amount, other)} off the potential of neuron ${other}, a core takes off the threshold, ${threshold[other] ?? 0}`;
      report('reset-amount', message, 'reset by the threshold, or to a value');
    }
    if (fireOffset !== 0) {
      const message = `a spike takes the threshold off, which chip "${spec.name}" fires above`;
      report('reset-amount', message, 'use a chip whose positiveComparison is atLeast, or a reset to a value');
    }
  }
  const mode = isLinear ? 'linear' : 'normal';
  if (!spec.resetModes.includes(mode)) {
    const message = `it needs ${mode} reset, the chip has ${spec.resetModes.join(', ')}`;
    report('no-such-reset', message, `use a chip whose resetModes have ${mode}`);
  }
  const bias = Int32Array.from(rows.constant, (c, o) => c + (node.leak === undefined ? 0 : at(node.leak, o)));
  const resetPotential = Int32Array.from({ length: n }, (_, o) =>
    reset.kind === 'value' && !forgets ? at(reset.value, o) : 0,
  );
  const floor = 2 ** (node.bits - 1);
  const saturates = spec.negativeModes.includes('saturate') && floor <= spec.thresholdMax;
  // A floor that must not be reached leaves half of the register to what one tick brings.
  const ground = Math.min(floor, spec.thresholdMax, Math.floor(spec.potentialMax / 2));
  const negativeThreshold = forgets ? 0 : saturates ? floor : ground;
  const biasOnAxon = !leakHolds();
  if (biasOnAxon) {
    const widest = bias.reduce((wide, b) => Math.max(wide, Math.abs(b)), 0);
    if (widest > spec.weightMax) {
      const message = `its neurons get up to ${widest} in every step, a leak holds ${spec.leakMax} and an axon ${spec.weightMax}`;
      report('bias-range', message, 'quantise to fewer bits');
    }
    if (spec.axonTypes < 2) {
      report('too-few-axon-types', 'its bias needs an axon type of its own', 'use a chip with more axonTypes');
    }
  }
  const maxSteps = forgets ? Infinity : stepsWithinRegisters();
  if (maxSteps < 1) {
    const message = `one step may bring the potential beyond its ${node.bits} bits, or what a core holds`;
    report('potential-range', message, 'quantise to fewer bits of weights, or use a smaller fan-in');
  }
  if (diagnostics.length > 0) return { diagnostics };
  const shift = forgets ? threshold.map((t) => 1 - t) : new Int32Array(n);
  const leak = shift.map((s, o) => s + (biasOnAxon ? 0 : bias[o]!));
  const neurons = {
    leak,
    ...(biasOnAxon ? { biasAxon: bias } : {}),
    threshold: forgets ? new Int32Array(n).fill(1 + fireOffset) : threshold.map((t) => t + fireOffset),
    negativeThreshold,
    resetMode: isLinear ? RESET.linear : RESET.normal,
    // With beta 0 and R 0 saturation and reset are the same.
    negativeMode: spec.negativeModes.includes('saturate') ? NEGATIVE.saturate : NEGATIVE.reset,
    resetPotential,
    perTickBefore: forgets ? new Int32Array(n) : leak,
    maxSteps,
  };
  return { neurons, diagnostics };

  /** Whether the leak can be the bias: it is small enough, and before the first step it brings no spike and no floor. */
  function leakHolds(): boolean {
    return bias.every((b, o) => {
      if (forgets) return Math.abs(b + 1 - threshold[o]!) <= spec.leakMax && b < threshold[o]!;
      const before = Math.abs(b) * request.latestStart;
      return Math.abs(b) <= spec.leakMax && (b > 0 ? before <= negativeThreshold : before < threshold[o]!);
    });
  }

  /**
   * The largest number of steps after which no neuron can have left the registers, whatever it gets. Upwards: a reset to a value leaves nothing
   * above the threshold; a reset by the threshold leaves at most threshold - 1, and what one step brings beyond the threshold for every step
   * before. Downwards: the floor is the same on both sides, or must not be reached.
   */
  function stepsWithinRegisters(): number {
    const ceiling = Math.min(2 ** (node.bits - 1) - 1, spec.potentialMax);
    let steps = Infinity;
    for (let o = 0; o < n; o++) {
      const [low, high] = stepRange(o);
      const theta = threshold[o]!;
      if (isLinear && high > 0) {
        const growth = high - theta;
        const first = theta - 1 + high;
        const settled = first > ceiling ? 0 : growth <= 0 ? Infinity : 1 + Math.floor((ceiling - first) / growth);
        steps = Math.min(steps, Math.max(settled, Math.floor(ceiling / high)));
      }
      const deepest = Math.min(0, resetPotential[o]!);
      if (!saturates && low < 0) steps = Math.min(steps, Math.floor((ground + deepest) / -low));
    }
    return steps;
  }

  /** The least and the most that a step may bring to neuron o. */
  function stepRange(o: number): readonly [number, number] {
    let [low, high] = [bias[o]!, bias[o]!];
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) {
      const amount = rows.weight[k]!;
      if (amount < 0) low += amount;
      else high += amount;
    }
    return [low, high];
  }
}

const decaysAtOnce = ({ multiplier, shift }: IntegerDecay): boolean => multiplier.every((m) => m === 2 ** shift);
const neverDecays = ({ multiplier }: IntegerDecay): boolean => multiplier.every((m) => m === 0);

const percentKept = ({ multiplier, shift }: IntegerDecay): string => {
  const least = multiplier.reduce((low, m) => Math.min(low, m), Infinity);
  return `${(100 * (1 - least / 2 ** shift)).toFixed(1)} %`;
};
