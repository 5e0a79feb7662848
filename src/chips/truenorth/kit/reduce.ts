/** Smaller programs of the same chip: fewer cores, neurons, axons, plainer parameters. A shrinker tries them. */
import { assert } from '../../../common/assert.js';
import {
  CORE_ARRAY_NAMES,
  CORE_ARRAYS,
  coreArraysOf,
  type CoreArrayName,
  elementsPerCore,
  sharedAxons,
} from '../../../ir/program/core-arrays.js';
import { type CoreArrays, NO_TARGET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { KitCase, Stimulus } from '../../kit.js';

type Case = KitCase<TrueNorthProgram>;

/** The least axons and neurons of a core that a spec can have. */
const LEAST = 8;
/** Arrays of neurons that can be made plain, all but where spikes go. */
const PLAIN: readonly CoreArrayName[] = [
  ...(['stochastic', 'thresholdBits', 'leakReversal', 'leak', 'resetPotential', 'initialPotential', 'delay'] as const),
  ...(['negativeThreshold', 'negativeMode', 'resetMode', 'weights'] as const),
];

/** Smaller cases, the largest steps first; each is legal, whether it still fails is for others to say. */
export function* reduceTrueNorth(program: TrueNorthProgram, stimulus: Stimulus): Generator<Case> {
  const { nCores } = program.cores;
  for (let core = 0; core < nCores && nCores > 1; core++) yield withoutCore({ program, stimulus }, core);
  const compact = compacted({ program, stimulus });
  if (compact !== undefined) yield compact;
  yield* withoutParts(program, 'neuron', stimulus);
  yield* withoutParts(program, 'axon', stimulus);
  for (const name of PLAIN) yield* plainer(program, name, stimulus);
  yield* withoutTargets(program, stimulus);
}

function withoutCore({ program, stimulus }: Case, gone: number): Case {
  const { cores, spec } = program;
  const kept = Array.from({ length: cores.nCores }, (_, core) => core).filter((core) => core !== gone);
  const arrays = coreArraysOf(kept.length, (name) => {
    const perCore = elementsPerCore(CORE_ARRAYS[name].per, spec);
    const array = new CORE_ARRAYS[name].type(kept.length * perCore);
    kept.forEach((core, i) => array.set(cores[name].subarray(core * perCore, (core + 1) * perCore), i * perCore));
    return array;
  });
  const shifted = (core: number): number => (core === gone ? NO_TARGET : core > gone ? core - 1 : core);
  arrays.target.forEach((target, n) => (arrays.target[n] = target < 0 ? target : shifted(target)));
  const { events } = stimulus;
  const left: number[] = [];
  for (let k = 0; k < events.length; k += 3) {
    if (events[k + 1] !== gone) left.push(events[k]!, shifted(events[k + 1]!), events[k + 2]!);
  }
  return { program: withCores(program, arrays), stimulus: { ...stimulus, events: Int32Array.from(left) } };
}

/** The program around other cores of the same shape. */
function withCores(program: TrueNorthProgram, cores: CoreArrays, spec = program.spec): TrueNorthProgram {
  return {
    ...program,
    ...{ spec, cores },
    coreLayer: new Int32Array(cores.nCores),
    coreRole: Array.from({ length: cores.nCores }, () => 'layer' as const),
    mergedAxons: sharedAxons(cores, spec.axonsPerCore),
  };
}

const copyOf = (cores: CoreArrays): CoreArrays => ({ ...coreArraysOf(cores.nCores, (name) => cores[name].slice()) });

/** Without runs of neurons or axons: halves, quarters, ..., single ones; of all cores at once and of each. */
function* withoutParts(program: TrueNorthProgram, part: 'neuron' | 'axon', stimulus: Stimulus): Generator<Case> {
  const { spec, cores } = program;
  const perCore = part === 'neuron' ? spec.neuronsPerCore : spec.axonsPerCore;
  const used = part === 'neuron' ? usedNeurons(program) : usedAxons(program, stimulus);
  const all = Array.from({ length: cores.nCores * perCore }, (_, i) => i).filter((i) => used[i] === 1);
  for (let run = Math.ceil(all.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let first = 0; first < all.length; first += run) {
      const gone = all.slice(first, first + run);
      const left = copyOf(cores);
      for (const i of gone) clear(left, program, part, i);
      const events = part === 'neuron' ? stimulus.events : withoutEvents(stimulus.events, new Set(gone), perCore);
      yield { program: withCores(program, left), stimulus: { ...stimulus, events } };
    }
  }
}

function clear(cores: CoreArrays, { spec }: TrueNorthProgram, part: 'neuron' | 'axon', i: number): void {
  const words = Math.ceil(spec.neuronsPerCore / 32);
  if (part === 'axon') {
    cores.synapses.fill(0, i * words, (i + 1) * words);
    return;
  }
  for (const name of CORE_ARRAY_NAMES) {
    const { per, unused } = CORE_ARRAYS[name];
    if (per === 'neuron') cores[name].fill(unused, i, i + 1);
    if (per === 'weight') cores[name].fill(unused, i * spec.axonTypes, (i + 1) * spec.axonTypes);
  }
  const core = Math.floor(i / spec.neuronsPerCore);
  const bit = 1 << ((i % spec.neuronsPerCore) & 31);
  for (let axon = 0; axon < spec.axonsPerCore; axon++) {
    const word = (core * spec.axonsPerCore + axon) * words + ((i % spec.neuronsPerCore) >>> 5);
    cores.synapses[word] = cores.synapses[word]! & ~bit;
  }
}

/** One array plain in all neurons, then in each that is not. */
function* plainer(program: TrueNorthProgram, name: CoreArrayName, stimulus: Stimulus): Generator<Case> {
  const { unused } = CORE_ARRAYS[name];
  const { cores } = program;
  const different = Array.from(cores[name].keys()).filter((n) => cores[name][n] !== unused);
  if (different.length === 0) return;
  const legal = isLegalPlain(program, name);
  if (!legal) return;
  for (const places of [different, ...(different.length > 1 ? different.map((n) => [n]) : [])]) {
    const left = copyOf(cores);
    for (const n of places) left[name][n] = unused;
    yield { program: withCores(program, left), stimulus };
  }
}

/** Whether the chip has the plain mode. */
function isLegalPlain({ spec }: TrueNorthProgram, name: CoreArrayName): boolean {
  if (name === 'resetMode') return spec.resetModes.includes('normal');
  return name !== 'negativeMode' || spec.negativeModes.includes('reset');
}

function* withoutTargets(program: TrueNorthProgram, stimulus: Stimulus): Generator<Case> {
  const { cores } = program;
  for (const [n, target] of cores.target.entries()) {
    if (target === NO_TARGET) continue;
    const left = copyOf(cores);
    left.target[n] = NO_TARGET;
    yield { program: withCores(program, left), stimulus };
  }
}

function withoutEvents(events: Int32Array, gone: ReadonlySet<number>, nAxons: number): Int32Array {
  const left: number[] = [];
  for (let k = 0; k < events.length; k += 3) {
    if (!gone.has(events[k + 1]! * nAxons + events[k + 2]!)) left.push(events[k]!, events[k + 1]!, events[k + 2]!);
  }
  return Int32Array.from(left);
}

/** [nCores, nN] 1 for neurons that are anything but unused. */
function usedNeurons({ spec, cores }: TrueNorthProgram): Uint8Array {
  const used = new Uint8Array(cores.nCores * spec.neuronsPerCore);
  for (const name of CORE_ARRAY_NAMES) {
    const { per, unused } = CORE_ARRAYS[name];
    if (per !== 'neuron' && per !== 'weight') continue;
    const each = per === 'weight' ? spec.axonTypes : 1;
    cores[name].forEach((value, i) => {
      if (value !== unused) used[Math.floor(i / each)] = 1;
    });
  }
  return used;
}

/** [nCores, nA] 1 for axons that are driven or connected. */
function usedAxons({ spec, cores }: TrueNorthProgram, { events }: Stimulus): Uint8Array {
  const { axonsPerCore: nA } = spec;
  const words = Math.ceil(spec.neuronsPerCore / 32);
  const used = new Uint8Array(cores.nCores * nA);
  cores.synapses.forEach((word, i) => {
    if (word !== 0) used[Math.floor(i / words)] = 1;
  });
  cores.target.forEach((target, n) => {
    if (target >= 0) used[target * nA + cores.targetAxon[n]!] = 1;
  });
  for (let k = 0; k < events.length; k += 3) used[events[k + 1]! * nA + events[k + 2]!] = 1;
  return used;
}

/** Used axons and neurons side by side from 0 on, in cores no larger than they need; undefined where nothing becomes smaller. */
function compacted({ program, stimulus }: Case): Case | undefined {
  const { spec, cores } = program;
  const neurons = placesOf(usedNeurons(program), spec.neuronsPerCore, cores.nCores);
  const axons = placesOf(usedAxons(program, stimulus), spec.axonsPerCore, cores.nCores);
  const smaller = { ...spec, neuronsPerCore: neurons.size, axonsPerCore: axons.size };
  if (smaller.neuronsPerCore === spec.neuronsPerCore && smaller.axonsPerCore === spec.axonsPerCore) return undefined;
  const made = coreArraysOf(cores.nCores, (name) => {
    const { per, type, unused } = CORE_ARRAYS[name];
    return new type(cores.nCores * elementsPerCore(per, smaller)).fill(unused);
  });
  const words = Math.ceil(spec.neuronsPerCore / 32);
  const newWords = Math.ceil(smaller.neuronsPerCore / 32);
  made.x.set(cores.x);
  made.y.set(cores.y);
  axons.kept.forEach((from, to) => {
    if (from === undefined) return;
    made.axonType[to] = cores.axonType[from]!;
    const core = Math.floor(to / smaller.axonsPerCore);
    for (let j = 0; j < smaller.neuronsPerCore; j++) {
      const was = neurons.kept[core * smaller.neuronsPerCore + j];
      if (was === undefined) continue;
      const old = was % spec.neuronsPerCore;
      if (((cores.synapses[from * words + (old >>> 5)]! >>> (old & 31)) & 1) === 0) continue;
      made.synapses[to * newWords + (j >>> 5)]! |= 1 << (j & 31);
    }
  });
  neurons.kept.forEach((from, to) => {
    if (from === undefined) return;
    for (const name of CORE_ARRAY_NAMES) {
      const { per } = CORE_ARRAYS[name];
      if (per === 'neuron') made[name][to] = cores[name][from]!;
      for (let t = 0; per === 'weight' && t < spec.axonTypes; t++) {
        made[name][to * spec.axonTypes + t] = cores[name][from * spec.axonTypes + t]!;
      }
    }
    const target = cores.target[from]!;
    if (target >= 0) made.targetAxon[to] = axons.of(target * spec.axonsPerCore + cores.targetAxon[from]!);
    else made.targetAxon[to] = 0;
  });
  const events = stimulus.events.slice();
  for (let k = 0; k < events.length; k += 3) {
    events[k + 2] = axons.of(events[k + 1]! * spec.axonsPerCore + events[k + 2]!);
  }
  return { program: withCores(program, made, smaller), stimulus: { ...stimulus, events } };
}

/** Where used elements go: `kept` [nCores, size] is the old place of each new one, `of` the new index in its core. */
function placesOf(used: Uint8Array, perCore: number, nCores: number) {
  const byCore = Array.from({ length: nCores }, (_, core) =>
    Array.from({ length: perCore }, (__, i) => core * perCore + i).filter((i) => used[i] === 1),
  );
  const size = Math.max(LEAST, ...byCore.map((list) => list.length));
  const kept = byCore.flatMap((list) => Array.from({ length: size }, (_, i) => list[i]));
  const index = new Map(byCore.flatMap((list) => list.map((old, i) => [old, i] as const)));
  const of = (old: number): number => {
    const found = index.get(old);
    assert(found !== undefined, `place ${old} is used`);
    return found;
  };
  return { size, kept, of };
}
