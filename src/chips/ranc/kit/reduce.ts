/** Smaller programs for RANC: fewer cores, neurons and axons, plainer parameters. A shrinker tries them. */
import { type RancCoreArrays, silentCores } from '../../../ir/program/formats/ranc/types.js';
import type { KitCase, Stimulus } from '../../kit.js';
import type { RancProgram } from '../program.js';

type Case = KitCase<RancProgram>;
/** Arrays with a value for each neuron that may be plain, with what plain is. */
const PLAIN = {
  ...{ leak: 0, resetPotential: 0, initialPotential: 0, tickOffset: 0, resetMode: 0, negativeThreshold: 0 },
} as const;
const NEURON_ARRAYS = [
  ...(['leak', 'positiveThreshold', 'negativeThreshold', 'resetPotential', 'resetMode'] as const),
  ...(['initialPotential', 'dx', 'dy', 'targetAxon', 'tickOffset'] as const),
];

/** Smaller cases, the largest steps first; each is legal, whether it still fails is for others to say. */
export function* reduceRanc(program: RancProgram, stimulus: Stimulus): Generator<Case> {
  const { cores } = program;
  for (let core = 0; core < cores.nCores && cores.nCores > 1; core++) yield withoutCore({ program, stimulus }, core);
  const cut = cutDown({ program, stimulus });
  if (cut !== undefined) yield cut;
  yield* withoutNeurons(program, stimulus);
  yield* withoutAxons(program, stimulus);
  for (const [name, plain] of Object.entries(PLAIN)) yield* plainer(program, stimulus, name, plain);
  yield* withoutWeights(program, stimulus);
}

const copyOf = (cores: RancCoreArrays): RancCoreArrays => ({
  ...cores,
  ...{ leak: cores.leak.slice(), positiveThreshold: cores.positiveThreshold.slice() },
  ...{ negativeThreshold: cores.negativeThreshold.slice(), resetPotential: cores.resetPotential.slice() },
  ...{ resetMode: cores.resetMode.slice(), initialPotential: cores.initialPotential.slice() },
  ...{ dx: cores.dx.slice(), dy: cores.dy.slice(), targetAxon: cores.targetAxon.slice() },
  ...{ tickOffset: cores.tickOffset.slice(), weights: cores.weights.slice(), synapses: cores.synapses.slice() },
  ...{ listedNeurons: cores.listedNeurons.slice() },
});

const around = (program: RancProgram, cores: RancCoreArrays): RancProgram => ({
  ...{ ...program, cores, coreLayer: new Int32Array(cores.nCores).fill(-1) },
  coreRole: Array.from({ length: cores.nCores }, () => 'layer' as const),
});

/** Packets to the place of the core vanish from then on. */
function withoutCore({ program, stimulus }: Case, gone: number): Case {
  const { cores, spec } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const made = silentCores(cores.nCores - 1, spec);
  const perCore: Readonly<Record<string, number>> = {
    ...{ x: 1, y: 1, listedNeurons: 1, axonType: nA, synapses: nA * Math.ceil(nN / 32), weights: nN * nWeights },
  };
  for (let to = 0; to < made.nCores; to++) {
    const from = to < gone ? to : to + 1;
    for (const name of [...NEURON_ARRAYS, 'x', 'y', 'listedNeurons', 'axonType', 'synapses', 'weights'] as const) {
      const n = perCore[name] ?? nN;
      made[name].set(cores[name].subarray(from * n, (from + 1) * n), to * n);
    }
  }
  const left: number[] = [];
  const { events } = stimulus;
  for (let k = 0; k < events.length; k += 3) {
    const core = events[k + 1]!;
    if (core !== gone) left.push(events[k]!, core > gone ? core - 1 : core, events[k + 2]!);
  }
  return { program: around(program, made), stimulus: { ...stimulus, events: Int32Array.from(left) } };
}

function* runs(all: readonly number[]): Generator<readonly number[]> {
  for (let run = Math.ceil(all.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let first = 0; first < all.length; first += run) yield all.slice(first, first + run);
  }
}

function* withoutNeurons(program: RancProgram, stimulus: Stimulus): Generator<Case> {
  const { cores, spec } = program;
  const { neuronsPerCore: nN, nWeights } = spec;
  const isUsed = (n: number): boolean =>
    n % nN < cores.listedNeurons[Math.floor(n / nN)]! &&
    (NEURON_ARRAYS.some((name) => cores[name][n] !== (name === 'positiveThreshold' ? 1 : 0)) ||
      cores.weights.subarray(n * nWeights, (n + 1) * nWeights).some((w) => w !== 0));
  for (const gone of runs(Array.from(cores.leak.keys()).filter(isUsed))) {
    const left = copyOf(cores);
    for (const n of gone) {
      for (const name of NEURON_ARRAYS) left[name][n] = name === 'positiveThreshold' ? 1 : 0;
      left.weights.fill(0, n * nWeights, (n + 1) * nWeights);
      clearColumn(left, program, n);
    }
    yield { program: around(program, left), stimulus };
  }
}

function clearColumn(cores: RancCoreArrays, { spec }: RancProgram, n: number): void {
  const { axonsPerCore: nA, neuronsPerCore: nN } = spec;
  const words = Math.ceil(nN / 32);
  for (let a = 0; a < nA; a++) {
    const word = (Math.floor(n / nN) * nA + a) * words + ((n % nN) >>> 5);
    cores.synapses[word] = cores.synapses[word]! & ~(1 << ((n % nN) & 31));
  }
}

function* withoutAxons(program: RancProgram, stimulus: Stimulus): Generator<Case> {
  const { cores, spec } = program;
  const words = Math.ceil(spec.neuronsPerCore / 32);
  const { events } = stimulus;
  const driven = new Set<number>();
  for (let k = 0; k < events.length; k += 3) driven.add(events[k + 1]! * spec.axonsPerCore + events[k + 2]!);
  const rows = Array.from({ length: cores.nCores * spec.axonsPerCore }, (_, row) => row);
  const used = rows.filter(
    (row) => driven.has(row) || cores.synapses.subarray(row * words, (row + 1) * words).some((word) => word !== 0),
  );
  for (const gone of runs(used)) {
    const left = copyOf(cores);
    for (const row of gone) left.synapses.fill(0, row * words, (row + 1) * words);
    const lost = new Set(gone);
    const kept: number[] = [];
    for (let k = 0; k < events.length; k += 3) {
      const row = events[k + 1]! * spec.axonsPerCore + events[k + 2]!;
      if (!lost.has(row)) kept.push(events[k]!, events[k + 1]!, events[k + 2]!);
    }
    yield { program: around(program, left), stimulus: { ...stimulus, events: Int32Array.from(kept) } };
  }
}

function* plainer(program: RancProgram, stimulus: Stimulus, name: string, plain: number): Generator<Case> {
  const field = NEURON_ARRAYS.find((one) => one === name);
  if (field === undefined) return;
  const { cores } = program;
  const different = Array.from(cores[field].keys()).filter((n) => cores[field][n] !== plain);
  for (const places of runs(different.concat(different))) {
    const left = copyOf(cores);
    for (const n of places) left[field][n] = plain;
    yield { program: around(program, left), stimulus };
  }
}

function* withoutWeights(program: RancProgram, stimulus: Stimulus): Generator<Case> {
  const { cores } = program;
  for (const gone of runs(Array.from(cores.weights.keys()).filter((w) => cores.weights[w] !== 0))) {
    const left = copyOf(cores);
    for (const w of gone) left.weights[w] = 0;
    yield { program: around(program, left), stimulus };
  }
}

/** Without what no neuron and no axon uses at the upper end of every core; undefined where that is nothing. */
function cutDown({ program, stimulus }: Case): Case | undefined {
  const { cores, spec } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const words = Math.ceil(nN / 32);
  let [axons, neurons] = [1, 1];
  cores.leak.forEach((_, n) => {
    const isPlain = NEURON_ARRAYS.every((name) => cores[name][n] === (name === 'positiveThreshold' ? 1 : 0));
    if (!isPlain) neurons = Math.max(neurons, (n % nN) + 1);
    if (!isPlain) axons = Math.max(axons, Math.min(nA, cores.targetAxon[n]! + 1));
  });
  cores.synapses.forEach((word, i) => {
    if (word === 0) return;
    axons = Math.max(axons, (Math.floor(i / words) % nA) + 1);
    neurons = Math.max(neurons, (i % words) * 32 + 32 - Math.clz32(word));
  });
  const { events } = stimulus;
  for (let k = 2; k < events.length; k += 3) axons = Math.max(axons, events[k]! + 1);
  if (axons === nA && neurons === nN) return undefined;
  const smaller = { ...spec, axonsPerCore: axons, neuronsPerCore: neurons };
  const made = silentCores(cores.nCores, smaller);
  const newWords = Math.ceil(neurons / 32);
  for (let c = 0; c < cores.nCores; c++) {
    made.x[c] = cores.x[c]!;
    made.y[c] = cores.y[c]!;
    made.listedNeurons[c] = Math.min(neurons, cores.listedNeurons[c]!);
    made.axonType.set(cores.axonType.subarray(c * nA, c * nA + axons), c * axons);
    for (let a = 0; a < axons; a++) {
      const row = cores.synapses.subarray((c * nA + a) * words, (c * nA + a) * words + newWords);
      made.synapses.set(row, (c * axons + a) * newWords);
    }
    made.weights.set(cores.weights.subarray(c * nN * nWeights, (c * nN + neurons) * nWeights), c * neurons * nWeights);
    for (const name of NEURON_ARRAYS) made[name].set(cores[name].subarray(c * nN, c * nN + neurons), c * neurons);
  }
  return { program: { ...around(program, made), spec: smaller }, stimulus };
}
