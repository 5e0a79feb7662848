/** Wrong models of RANC, each wrong in one rule: what a kit has to notice. */
import type { CoreModels } from '../../../hw-models/ranc/core.js';
import { fires, type NeuronUpdate, updateNeuron, wrap } from '../../../hw-models/ranc/neuron.js';
import type { RancRuleId } from '../../../hw-models/ranc/tick-rules.js';
import { RANC_RESET_MODE, type RancCoreArrays } from '../../../ir/program/formats/ranc/types.js';
import type { ChipMutant, Stimulus } from '../../kit.js';
import type { RancProgram } from '../program.js';
import { openReference } from './steppers.js';

/** What is wrong: how neurons work, how the program is read, or when packets enter. */
interface Change extends Omit<CoreModels, 'note'> {
  readonly read?: (program: RancProgram) => RancProgram;
  readonly enter?: (stimulus: Stimulus) => Stimulus;
}

const mutant = (id: string, rule: RancRuleId, text: string, change: Change): ChipMutant<RancProgram> => ({
  ...{ id, rule, text },
  open: (program, stimulus) => {
    const { read, enter, ...models } = change;
    return openReference(read?.(program) ?? program, enter?.(stimulus) ?? stimulus, models);
  },
});

/** All of them, in the order of the rules. */
export const RANC_MUTANTS: readonly ChipMutant<RancProgram>[] = [
  mutant('enters-late', 'entering', 'packets of the host act a tick later', { enter: later }),
  mutant('offset-one-more', 'offset', 'a packet is stored a word too far ahead, but for the longest way', {
    read: (p) => cores(({ tickOffset }) => ({ tickOffset: tickOffset.map((d) => Math.min(longest(p), d + 1)) }))(p),
  }),
  mutant('offset-one-less', 'offset', 'a packet is stored a word too near, but for the shortest way', {
    read: cores(({ tickOffset }) => ({ tickOffset: tickOffset.map((d) => Math.max(0, d - 1)) })),
  }),
  mutant('largest-offset-arrives', 'largest-offset', 'a packet of the largest offset acts a tick too early', {
    read: (p) => cores(({ tickOffset }) => ({ tickOffset: tickOffset.map((d) => Math.min(longest(p), d)) }))(p),
  }),
  mutant('axon-type-masked', 'integrate', 'only the low bit of the type of an axon is looked at', {
    read: cores(({ axonType }) => ({ axonType: axonType.map((type) => type & 1) })),
  }),
  mutant('weight-bytes', 'integrate', 'weights are bytes with a sign', {
    read: cores(({ weights }) => ({ weights: weights.map((weight) => (weight << 24) >> 24) })),
  }),
  mutant('leak-sign-lost', 'leak', 'a leak is always added', {
    read: cores(({ leak }) => ({ leak: leak.map(Math.abs) })),
  }),
  mutant('leak-after-threshold', 'leak', 'the leak comes after the comparison', {
    update: (all, rules, n, v) => {
      const without = { ...all, leak: new Int32Array(all.leak.length) };
      const { spike, potential } = updateNeuron(without, rules, n, v);
      return { spike, potential: wrap(potential + all.leak[n]!, rules.potentialBits) };
    },
  }),
  mutant('wraps-at-8-bits', 'wrap', 'potentials have 8 bits', {
    update: (all, rules, n, v) =>
      updateNeuron(all, { ...rules, potentialBits: Math.min(8, rules.potentialBits) }, n, v),
  }),
  mutant('fires-above', 'fire', '> for >=', {
    update: (all, rules, n, v) => {
      const { spike, potential } = updateNeuron(all, rules, n, v);
      const summed = wrap(v + all.leak[n]!, rules.potentialBits);
      return summed === all.positiveThreshold[n] ? { spike: false, potential: summed } : { spike, potential };
    },
  }),
  mutant('reset-negated', 'reset', 'a neuron that fires goes to minus its reset potential', {
    update: onFire((all, n, v) => (isLinear(all, n) ? v : -all.resetPotential[n]!)),
  }),
  mutant('reset-linear-to-zero', 'reset', 'mode 1 forgets what was above the threshold', {
    update: onFire((all, n, v) => (isLinear(all, n) ? 0 : v)),
  }),
  mutant('reset-mode-ignored', 'reset', 'every neuron goes to its reset potential', {
    read: cores(({ resetMode }) => ({ resetMode: resetMode.map(() => RANC_RESET_MODE.absolute) })),
  }),
  mutant('negative-at-edge', 'negative-rule', '<= for <, or < for <=', {
    update: (all, rules, n, v) => updateNeuron(all, { ...rules, resetType: 1 - rules.resetType }, n, v),
  }),
  mutant('negative-to-reset-potential', 'negative-rule', 'below, V goes to the reset potential, not to minus it', {
    update: below((all, n, v) => (isLinear(all, n) ? v : all.resetPotential[n]!)),
  }),
  mutant('negative-missing', 'negative-rule', 'nothing happens below', {
    read: cores(({ negativeThreshold }) => ({ negativeThreshold: negativeThreshold.map(() => -(2 ** 31)) })),
  }),
  mutant('unlisted-fire', 'silent', 'neurons that are not listed have threshold 0', { read: withUnlisted }),
  mutant('bus-reversed', 'bus', 'lines of the bus are counted from the other end', { read: withReversedBus }),
  mutant('nowhere-is-here', 'nowhere', 'a packet to a place without a core comes back', { read: withReturns }),
];

function cores(change: (of: RancCoreArrays) => Partial<RancCoreArrays>): (p: RancProgram) => RancProgram {
  return (program) => ({ ...program, cores: { ...program.cores, ...change(program.cores) } });
}

/** The largest offset that arrives. */
const longest = ({ spec }: RancProgram): number => Math.max(0, spec.maxTickOffset - 2);

function later(stimulus: Stimulus): Stimulus {
  const left: number[] = [];
  const { events, steps } = stimulus;
  for (let k = 0; k < events.length; k += 3) {
    if (events[k]! + 1 < steps) left.push(events[k]! + 1, events[k + 1]!, events[k + 2]!);
  }
  return { ...stimulus, events: Int32Array.from(left) };
}

const isLinear = (all: RancCoreArrays, n: number): boolean => all.resetMode[n] === RANC_RESET_MODE.linear;

/** Another potential of a neuron that fires. */
function onFire(reset: (all: RancCoreArrays, n: number, potential: number) => number): NeuronUpdate {
  return (all, rules, n, v) => {
    const { spike, potential } = updateNeuron(all, rules, n, v);
    return { spike, potential: spike ? wrap(reset(all, n, potential), rules.potentialBits) : potential };
  };
}

/** Another potential of a neuron that is below its negative threshold. */
function below(reset: (all: RancCoreArrays, n: number, potential: number) => number): NeuronUpdate {
  return (all, rules, n, v) => {
    let isBelow = false;
    const { spike, potential } = updateNeuron(all, rules, n, v, (rule) => {
      if (rule === 'negative-rule') isBelow = true;
    });
    const isFired = fires(all, n, wrap(v + all.leak[n]!, rules.potentialBits));
    return { spike, potential: isBelow && !isFired ? wrap(reset(all, n, potential), rules.potentialBits) : potential };
  };
}

function withUnlisted(program: RancProgram): RancProgram {
  const { neuronsPerCore: nN } = program.spec;
  const { listedNeurons, positiveThreshold } = program.cores;
  const threshold = positiveThreshold.map((value, n) => (n % nN >= listedNeurons[Math.floor(n / nN)]! ? 0 : value));
  return cores(() => ({ listedNeurons: listedNeurons.map(() => nN), positiveThreshold: threshold }))(program);
}

function withReversedBus(program: RancProgram): RancProgram {
  const { outputBus, spec } = program;
  return cores(({ x, y, dx, dy, targetAxon }) => ({
    targetAxon: targetAxon.map((line, n) => {
      const c = Math.floor(n / spec.neuronsPerCore);
      const isBus = x[c]! + dx[n]! === outputBus.x && y[c]! + dy[n]! === outputBus.y;
      return isBus ? outputBus.nOutputs - 1 - line : line;
    }),
  }))(program);
}

function withReturns(program: RancProgram): RancProgram {
  const { outputBus, spec } = program;
  const { x, y, dx, dy, nCores } = program.cores;
  const places = new Set([`${outputBus.x},${outputBus.y}`]);
  for (let c = 0; c < nCores; c++) places.add(`${x[c]},${y[c]}`);
  const isNowhere = (n: number): boolean => {
    const c = Math.floor(n / spec.neuronsPerCore);
    return !places.has(`${x[c]! + dx[n]!},${y[c]! + dy[n]!}`);
  };
  return cores(() => ({
    dx: dx.map((value, n) => (isNowhere(n) ? 0 : value)),
    dy: dy.map((value, n) => (isNowhere(n) ? 0 : value)),
  }))(program);
}
