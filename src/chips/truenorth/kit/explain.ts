/** What the specification did at one neuron, axon or pin in one tick: it runs up to there again and listens. */
import {
  type Arrival,
  type NeuronParameters,
  type NeuronUpdate,
  updateNeuron,
} from '../../../hw-models/truenorth/neuron.js';
import type { NeuronDraws } from '../../../hw-models/truenorth/draws.js';
import { NEGATIVE, NO_TARGET, OUTPUT_PIN_BASE, RESET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { FieldPlace, StepExplanation, Stimulus } from '../../kit.js';
import { referenceChip } from './models.js';
import { injector } from './steppers.js';

/** Arrivals that are listed. */
const MOST_LISTED = 12;

/** The explanation of a value of one of the fields of the models. */
export function explainTrueNorth(program: TrueNorthProgram, stimulus: Stimulus, at: FieldPlace): StepExplanation {
  const { spec, cores } = program;
  const { neuronsPerCore: nN, axonsPerCore: nA } = spec;
  const neuron = (flat: number): StepExplanation => ofNeuron(program, stimulus, at.step, flat);
  const placeOf = (core: number): string => `core ${core} (${cores.x[core]}, ${cores.y[core]})`;
  switch (at.field) {
    case 'potentials':
    case 'spikes':
      return neuron(at.index);
    case 'pins': {
      const drivers = indicesOf(cores.target, OUTPUT_PIN_BASE - at.index);
      const inputs = drivers.map((n): [string, string] => {
        const { rules, inputs: read } = neuron(n);
        const after = read.find(([name]) => name === 'V after')?.[1] ?? '';
        return [
          `${placeOf(Math.floor(n / nN))} neuron ${n % nN}`,
          `${rules.includes('fire') ? 'fires' : 'is silent'}, V after ${after}`,
        ];
      });
      const [first] = drivers;
      const rules = first === undefined ? [] : neuron(first).rules;
      return {
        place: `pin ${at.index}`,
        inputs: inputs.slice(0, MOST_LISTED),
        rules: [...rules.filter((id) => id !== 'destination'), 'destination'],
      };
    }
    case 'axons': {
      const core = Math.floor(at.index / nA);
      const axon = at.index % nA;
      const fromHost = eventsAt(stimulus, at.step).some(([c, a]) => c === core && a === axon);
      const senders = indicesOf(cores.target, core).filter((n) => cores.targetAxon[n] === axon);
      const fired = senders.filter((n) => hasFired(program, stimulus, at.step - cores.delay[n]!, n));
      const inputs = fired.map((n): [string, string] => [
        `${placeOf(Math.floor(n / nN))} neuron ${n % nN}`,
        `fired in tick ${at.step - cores.delay[n]!}, delay ${cores.delay[n]}`,
      ]);
      const all: readonly (readonly [string, string])[] = [
        ...(fromHost ? [['host', 'a spike'] as const] : []),
        ...inputs,
      ];
      const rules = all.length > 1 ? ['delay', 'collapse'] : ['delay'];
      return { place: `${placeOf(core)}, axon ${axon}`, inputs: all.slice(0, MOST_LISTED), rules };
    }
    default: {
      const place = at.field === 'hops' ? 'the mesh' : placeOf(at.index);
      return { place, inputs: [], rules: at.field === 'operations' ? ['latch', 'integrate'] : ['destination'] };
    }
  }
}

function ofNeuron(program: TrueNorthProgram, stimulus: Stimulus, step: number, flat: number): StepExplanation {
  const { spec, cores } = program;
  const nN = spec.neuronsPerCore;
  const core = Math.floor(flat / nN);
  const rules: string[] = [];
  const heard: { seen?: Seen } = {};
  let calls = -1;
  let tick = -1;
  const update: NeuronUpdate = (neuron, of, before, arrivals, draws, note) => {
    calls++;
    const result = updateNeuron(neuron, of, before, arrivals, draws, note);
    if (tick === step && calls === flat) heard.seen = { neuron, before, arrivals, draws, ...result };
    return result;
  };
  const note = (rule: string, coreIdx: number, neuron: number): void => {
    if (tick !== step || coreIdx !== core) return;
    if (neuron === flat % nN || (neuron < 0 && rule === 'latch')) rules.push(rule);
  };
  const chip = referenceChip(program, { update, note });
  const inject = injector(stimulus, (c, a, t) => chip.inject(c, a, t));
  for (tick = 0; tick <= step; tick++) {
    calls = -1;
    inject.give(tick);
    chip.tick();
  }
  const place = `core ${core} (${cores.x[core]}, ${cores.y[core]}), neuron ${flat % nN}`;
  const { seen } = heard;
  // Where nothing arrives V stays by the same rule.
  const decided = rules.length === 0 ? ['integrate'] : [...new Set(rules)].sort(lastDecides);
  return { place, inputs: seen === undefined ? [] : inputsOf(seen), rules: decided };
}

/** A neuron in a tick. */
interface Seen {
  readonly neuron: NeuronParameters;
  readonly before: number;
  readonly arrivals: readonly Arrival[];
  readonly draws: NeuronDraws;
  readonly potential: number;
  readonly spike: boolean;
}

function inputsOf({ neuron, before, arrivals, draws, potential, spike }: Seen): readonly (readonly [string, string])[] {
  const arrived = arrivals.slice(0, MOST_LISTED).map(({ type, rho }) => {
    const drawn = neuron.stochasticWeights[type] === true ? ` drawn with rho ${rho}` : '';
    return `${neuron.weights[type]} (type ${type})${drawn}`;
  });
  const more = arrivals.length > MOST_LISTED ? `, and ${arrivals.length - MOST_LISTED} more` : '';
  const nameOf = (modes: Readonly<Record<string, number>>, mode: number): string =>
    Object.entries(modes).find(([, value]) => value === mode)?.[0] ?? `${mode}`;
  const leak = [
    `${neuron.leak}`,
    ...(neuron.leakReversal ? ['with the sign of V'] : []),
    ...(neuron.stochasticLeak ? [`drawn with rho ${draws.leak}`] : []),
  ];
  const eta = neuron.thresholdMask > 0 ? [['eta', `${(draws.threshold & neuron.thresholdMask) >>> 0}`] as const] : [];
  return [
    ['V before', `${before}`],
    ['weights', arrivals.length === 0 ? 'none' : `${arrived.join(', ')}${more}`],
    ['leak', leak.join(', ')],
    ['alpha', `${neuron.threshold}`],
    ...eta,
    ['beta', `${neuron.negativeThreshold}`],
    ['reset', `${nameOf(RESET, neuron.resetMode)}, R ${neuron.resetPotential}`],
    ['below', nameOf(NEGATIVE, neuron.negativeMode)],
    ['V after', `${potential}`],
    ['fires', spike ? 'yes' : 'no'],
  ];
}

/** Where a spike goes decides no potential. */
const lastDecides = (a: string, b: string): number => Number(isWay(b)) - Number(isWay(a));
const isWay = (rule: string): boolean => rule === 'destination' || rule === 'delay';

function hasFired(program: TrueNorthProgram, stimulus: Stimulus, step: number, flat: number): boolean {
  return step >= 0 && ofNeuron(program, stimulus, step, flat).rules.includes('fire');
}

const indicesOf = (values: Int32Array, wanted: number): readonly number[] =>
  wanted === NO_TARGET ? [] : Array.from(values.keys()).filter((n) => values[n] === wanted);

function eventsAt({ events }: Stimulus, step: number): readonly (readonly [core: number, axon: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let k = 0; k < events.length; k += 3) if (events[k] === step) found.push([events[k + 1]!, events[k + 2]!]);
  return found;
}
