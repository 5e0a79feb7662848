/** Wrong models of a TrueNorth-style chip, each wrong in one rule: what a kit has to notice. */
import type { CoreModels } from '../../../hw-models/truenorth/core.js';
import {
  applyThreshold,
  integrate,
  leak,
  type NeuronParameters,
  type NeuronRules,
  type NeuronUpdate,
  stochasticStep,
  summed,
  updateNeuron,
} from '../../../hw-models/truenorth/neuron.js';
import { AxonScheduler, type Scheduler } from '../../../hw-models/truenorth/scheduler.js';
import type { TrueNorthRuleId } from '../../../hw-models/truenorth/tick-rules.js';
import { stochasticLeakBit } from '../../../ir/program/core-arrays.js';
import {
  type CoreArrays,
  NEGATIVE,
  OUTPUT_PIN_BASE,
  RESET,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';
import type { ChipMutant } from '../../kit.js';
import { openReference } from './models.js';

/** What is wrong: how neurons or schedulers work, or how the program is read. */
interface Change extends Omit<CoreModels, 'note'> {
  readonly read?: (program: TrueNorthProgram) => TrueNorthProgram;
}

const mutant = (id: string, rule: TrueNorthRuleId, text: string, change: Change): ChipMutant<TrueNorthProgram> => ({
  ...{ id, rule, text },
  open: (program, stimulus) => {
    const { read, ...models } = change;
    return openReference(read?.(program) ?? program, stimulus, models);
  },
});

/** All of them, in the order of the rules. */
export const TRUENORTH_MUTANTS: readonly ChipMutant<TrueNorthProgram>[] = [
  mutant('unlatched', 'latch', 'spikes of delay 1 act in the same tick where their core comes later', {
    read: cores(({ delay }) => ({ delay: delay.map((ticks) => ticks - 1) })),
  }),
  mutant('collapse-counted', 'collapse', 'two spikes to one axon in one tick act twice', {
    scheduler: (_, maxDelay) => new CountingScheduler(maxDelay),
  }),
  mutant('axon-type-masked', 'integrate', 'only the low bit of the type of an axon is looked at', {
    read: cores(({ axonType }) => ({ axonType: axonType.map((type) => type & 1) })),
  }),
  mutant('weight-bit-lost', 'integrate', 'weights lose the highest bit of their magnitude', {
    read: (p) => cores(({ weights }) => ({ weights: weights.map((w) => shortened(w, p.spec.weightMax)) }))(p),
  }),
  mutant('last-neuron-missing', 'integrate', 'the last column of the crossbar is not connected', {
    read: withoutLastNeuron,
  }),
  mutant('first-axon-only', 'integrate', 'of two active axons of one type only the first one acts', {
    update: (n, r, v, arrivals, draws) =>
      updateNeuron(
        n,
        r,
        v,
        arrivals.filter(({ type }, i) => arrivals.findIndex((a) => a.type === type) === i),
        draws,
      ),
  }),
  mutant('stochastic-weight-whole', 'stochastic-weight', 'a stochastic weight acts with its whole value', {
    update: integrating((n, v, type, rho) => v + (stochasticStep(n.weights[type]!, rho) === 0 ? 0 : n.weights[type]!)),
  }),
  mutant('stochastic-weight-above', 'stochastic-weight', 'a stochastic weight acts where |w| > rho', {
    update: integrating((n, v, type, rho) =>
      n.stochasticWeights[type] === true && Math.abs(n.weights[type]!) === rho ? v : integrate(n, v, type, rho),
    ),
  }),
  mutant('stochastic-weight-ignored', 'stochastic-weight', 'a stochastic weight acts always, as its sign', {
    update: integrating((n, v, type) => integrate(n, v, type, 0)),
  }),
  mutant('leak-sign-lost', 'leak', 'a leak is always added', {
    read: cores((all) => ({ leak: all.leak.map(Math.abs) })),
  }),
  mutant('leak-only-when-active', 'leak', 'a neuron leaks only in ticks in which something arrives', {
    update: (n, r, v, arrivals, draws) =>
      updateNeuron(arrivals.length === 0 ? { ...n, leak: 0 } : n, r, v, arrivals, draws),
  }),
  mutant('leak-after-threshold', 'leak', 'the leak comes after the comparison', {
    update: (n, r, v, arrivals, draws) => {
      const { potential, spike } = updateNeuron({ ...n, leak: 0 }, r, v, arrivals, draws);
      return { spike, potential: clamped(leak(n, potential, draws.leak), r) };
    },
  }),
  mutant('leak-before-weights', 'leak-reversal', 'a reversed leak takes the sign that V had before the weights', {
    update: (n, r, v, arrivals, draws) => {
      const leaked = leak(n, v, draws.leak);
      return updateNeuron({ ...n, leak: 0 }, r, leaked, arrivals, draws);
    },
  }),
  mutant('leak-reversal-ignored', 'leak-reversal', 'a reversed leak is added whatever the sign of V', {
    read: cores(({ leakReversal }) => ({ leakReversal: leakReversal.map(() => 0) })),
  }),
  mutant('leak-reversal-of-zero', 'leak-reversal', 'sgn(0) = 1', {
    update: (n, r, v, arrivals, draws) => {
      const sum = arrivals.reduce((s, { type, rho }) => integrate(n, s, type, rho), v);
      return updateNeuron(sum === 0 ? { ...n, leakReversal: false } : n, r, v, arrivals, draws);
    },
  }),
  mutant('leak-passes-zero', 'leak-stops', 'a reversed leak may change the sign of V', {
    update: (n, r, v, arrivals, draws) => {
      const sum = arrivals.reduce((s, { type, rho }) => integrate(n, s, type, rho), v);
      const step = n.stochasticLeak ? stochasticStep(n.leak, draws.leak) : n.leak;
      const signed = n.leakReversal ? Math.sign(sum) * step : step;
      return thresholds(n, r, sum + signed, draws.threshold);
    },
  }),
  mutant('stochastic-leak-always', 'stochastic-leak', 'a stochastic leak acts in every tick', {
    update: (n, r, v, arrivals, draws) => updateNeuron(n, r, v, arrivals, { ...draws, leak: 0 }),
  }),
  mutant('stochastic-leak-whole', 'stochastic-leak', 'the flag of a stochastic leak is not read', {
    read: (p) => cores(({ stochastic }) => ({ stochastic: stochastic.map((s) => s & ~leakBit(p.spec)) }))(p),
  }),
  mutant('threshold-draw-ignored', 'threshold-draw', 'thresholds are never raised by a draw', {
    update: (n, r, v, arrivals, draws) => updateNeuron(n, r, v, arrivals, { ...draws, threshold: 0 }),
  }),
  mutant('threshold-draw-short', 'threshold-draw', 'the mask of the draw has a bit too few', {
    update: (n, r, v, arrivals, draws) =>
      updateNeuron(n, r, v, arrivals, { ...draws, threshold: draws.threshold & (n.thresholdMask >>> 1) }),
  }),
  mutant('threshold-bit-lost', 'fire', 'thresholds lose their highest bit', {
    read: (p) => cores(({ threshold }) => ({ threshold: threshold.map((a) => shortened(a, p.spec.thresholdMax)) }))(p),
  }),
  mutant('fires-above', 'fire-edge', '> for >=, or >= for >', {
    read: spec((s) => ({ positiveComparison: s.positiveComparison === 'above' ? 'atLeast' : 'above' })),
  }),
  mutant('reset-negated', 'reset-normal', 'a neuron that fires becomes -R', {
    update: onFire((n, v) => (n.resetMode === RESET.normal ? -n.resetPotential : v)),
  }),
  mutant('reset-to-zero', 'reset-normal', 'a neuron that fires becomes 0', {
    update: onFire((n, v) => (n.resetMode === RESET.normal ? 0 : v)),
  }),
  mutant('reset-linear-to-zero', 'reset-linear', 'linear reset forgets what was above the threshold', {
    update: onFire((n, v) => (n.resetMode === RESET.linear ? 0 : v)),
  }),
  mutant('reset-linear-other-draw', 'reset-linear', 'linear reset leaves out the draw, or takes it along', {
    read: spec((s) => ({ linearReset: s.linearReset === 'threshold' ? 'thresholdAndDraw' : 'threshold' })),
  }),
  mutant('reset-none-clears', 'reset-none', 'a neuron without reset becomes 0', {
    update: onFire((n, v) => (n.resetMode === RESET.none ? 0 : v)),
  }),
  mutant('reset-none-unbounded', 'reset-none-saturates', 'gamma 2 with kappa 1 does not saturate when it fires', {
    update: (n, r, v, arrivals, draws) => {
      const result = updateNeuron(n, r, v, arrivals, draws);
      const free = updateNeuron({ ...n, negativeMode: NEGATIVE.reset }, r, v, arrivals, draws);
      return result.spike && n.resetMode === RESET.none ? free : result;
    },
  }),
  mutant('saturates-at-zero', 'negative-saturate', 'V saturates at 0 for -beta', {
    update: (n, r, v, arrivals, draws) => {
      const { potential, spike } = updateNeuron(n, r, v, arrivals, draws);
      const low = n.negativeMode === NEGATIVE.saturate && !spike ? 0 : -Infinity;
      return { spike, potential: Math.max(low, potential) };
    },
  }),
  mutant('saturates-with-draw', 'negative-saturate', 'V saturates at -(beta + eta)', {
    update: (n, r, v, arrivals, draws) => {
      const eta = (draws.threshold & n.thresholdMask) >>> 0;
      const lower = n.negativeMode === NEGATIVE.saturate ? { ...n, negativeThreshold: n.negativeThreshold + eta } : n;
      return updateNeuron(lower, r, v, arrivals, draws);
    },
  }),
  mutant('negative-reset-to-r', 'negative-reset', 'below, V becomes R for -R', {
    update: belowOf((n, below, v) => (below && n.resetMode === RESET.normal ? n.resetPotential : v)),
  }),
  mutant('negative-reset-missing', 'negative-reset', 'with kappa 0 nothing happens below', {
    update: (n, r, v, arrivals, draws) =>
      updateNeuron(
        n.negativeMode === NEGATIVE.reset ? { ...n, negativeThreshold: 2 ** 40 } : n,
        ...([r, v, arrivals, draws] as const),
      ),
  }),
  mutant('negative-at-edge', 'negative-edge', '<= for <, or < for <=', {
    read: spec((s) => ({ negativeComparison: s.negativeComparison === 'atMost' ? 'below' : 'atMost' })),
  }),
  mutant('saturation-forgotten', 'overflow', 'potentials have all bits', {
    update: (n, r, v, arrivals, draws) =>
      updateNeuron(n, { ...r, potentialOverflow: 'clamp', potentialMax: 2 ** 40 }, v, arrivals, draws),
  }),
  mutant('saturates-in-sums', 'overflow', 'every sum is clamped at once to half the range', {
    update: integrating((n, v, type, rho, r) => {
      const sum = integrate(n, v, type, rho);
      return Math.max(-(r.potentialMax >> 1), Math.min(r.potentialMax >> 1, sum));
    }),
  }),
  mutant('delay-one-more', 'delay', 'spikes act a tick later, but for the longest delay', {
    read: (p) => cores(({ delay }) => ({ delay: delay.map((d) => Math.min(p.spec.maxDelay, d + 1)) }))(p),
  }),
  mutant('delay-one-less', 'delay', 'spikes act a tick earlier, but for the shortest delay', {
    read: cores(({ delay }) => ({ delay: delay.map((d) => Math.max(1, d - 1)) })),
  }),
  mutant('ring-too-short', 'delay', 'a ring of maxDelay slots: spikes of the longest delay meet the current one', {
    scheduler: (nAxons, maxDelay) => new AxonScheduler(nAxons, maxDelay - 1),
  }),
  mutant('axon-of-7-bits', 'destination', 'the axon of a destination loses its highest bit', {
    read: (p) => {
      const mask = 2 ** Math.floor(Math.log2(p.spec.axonsPerCore - 1)) - 1;
      return cores(({ targetAxon }) => ({ targetAxon: targetAxon.map((axon) => axon & mask) }))(p);
    },
  }),
  mutant('pins-swapped', 'destination', 'output pins are counted from the other end', {
    read: (p) => {
      const last = p.outputs.pinClass.length - 1;
      const other = (t: number): number => (t <= OUTPUT_PIN_BASE ? 2 * OUTPUT_PIN_BASE - last - t : t);
      return cores(({ target }) => ({ target: target.map(other) }))(p);
    },
  }),
];

function cores(change: (of: CoreArrays) => Partial<CoreArrays>): (p: TrueNorthProgram) => TrueNorthProgram {
  return (program) => ({ ...program, cores: { ...program.cores, ...change(program.cores) } });
}

function spec(change: (of: TrueNorthSpec) => Partial<TrueNorthSpec>): (p: TrueNorthProgram) => TrueNorthProgram {
  return (program) => ({ ...program, spec: { ...program.spec, ...change(program.spec) } });
}

const leakBit = stochasticLeakBit;

/** A value without the highest bit that the largest magnitude has. */
const shortened = (value: number, most: number): number =>
  Math.sign(value) * (Math.abs(value) & (2 ** Math.floor(Math.log2(most)) - 1));

function withoutLastNeuron(program: TrueNorthProgram): TrueNorthProgram {
  const { neuronsPerCore } = program.spec;
  const words = Math.ceil(neuronsPerCore / 32);
  const lost = 1 << ((neuronsPerCore - 1) & 31);
  const synapses = program.cores.synapses.map((word, i) => (i % words === words - 1 ? word & ~lost : word));
  return { ...program, cores: { ...program.cores, synapses } };
}

type Integrate = (n: NeuronParameters, v: number, type: number, rho: number, r: NeuronRules) => number;

/** Another way to add a weight. */
function integrating(add: Integrate): NeuronUpdate {
  return (n, r, v, arrivals, draws) => {
    const sum = arrivals.reduce((s, { type, rho }) => add(n, s, type, rho, r), v);
    return updateNeuron(n, r, sum, [], draws);
  };
}

/** Another potential of a neuron that fires. */
function onFire(reset: (n: NeuronParameters, potential: number) => number): NeuronUpdate {
  return (n, r, v, arrivals, draws) => {
    const { potential, spike } = updateNeuron(n, r, v, arrivals, draws);
    return { spike, potential: spike ? clamped(reset(n, potential), r) : potential };
  };
}

/** Another potential of a neuron that is below its negative threshold and resets there. */
function belowOf(reset: (n: NeuronParameters, below: boolean, potential: number) => number): NeuronUpdate {
  return (n, r, v, arrivals, draws) => {
    let isBelow = false;
    const { potential, spike } = updateNeuron(n, r, v, arrivals, draws, (rule) => {
      if (rule === 'negative-reset') isBelow = true;
    });
    return { spike, potential: clamped(reset(n, isBelow, potential), r) };
  };
}

const thresholds = (n: NeuronParameters, r: NeuronRules, v: number, threshold: number) =>
  applyThreshold(n, r, summed(v, r), (threshold & n.thresholdMask) >>> 0);

/** What a register of the chip keeps of a value that is within twice its range. */
const clamped = (v: number, r: NeuronRules): number =>
  (r.potentialOverflow === 'wrap' ? summed(v, r) : Math.max(-r.potentialMax, Math.min(r.potentialMax, v))) + 0;

/** A ring of lists: every spike counts. */
class CountingScheduler implements Scheduler {
  readonly #slots: number[][];

  constructor(maxDelay: number) {
    this.#slots = Array.from({ length: maxDelay + 1 }, () => []);
  }

  schedule(axon: number, tick: number): boolean {
    this.#slots[tick % this.#slots.length]?.push(axon);
    return true;
  }

  take(tick: number): number[] {
    return this.#slots[tick % this.#slots.length]?.splice(0).sort((a, b) => a - b) ?? [];
  }

  axonsOf(tick: number): number[] {
    return this.#slots[tick % this.#slots.length]?.toSorted((a, b) => a - b) ?? [];
  }

  clear(): void {
    for (const slot of this.#slots) slot.length = 0;
  }
}
