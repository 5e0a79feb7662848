/**
 * A program with recorded spikes: host spikes go in, the spikes of chosen neurons come out tick by tick and are compared with
 * a recording; the output of chosen cores can be replaced by recorded spikes.
 *
 * Engines show spikes at output pins only. Every neuron that is watched is therefore sent to a pin of its own, and its spike
 * is passed on to its axon from here; a delay is at least 1, so it is never late.
 */
import { assert } from '../common/assert.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type CoreArrays, type TrueNorthProgram } from '../ir/program/truenorth.js';
import type { TimedSpikes } from '../ir/trace/timed-spikes.js';
import type { Engine, EngineName } from './engines/contract.js';
import { createFastEngine } from './engines/fast/engine.js';
import { createFastImage } from './engines/fast/image.js';
import { createReferenceEngine } from './engines/reference/engine.js';

/** Ticks between two yields. */
const TICKS_PER_STEP = 64;

/** What to run. */
export interface ReplayOptions {
  readonly engine: EngineName;
  /** Seed of stochastic modes. */
  readonly seed: number;
  readonly nTicks: number;
  /** Host spikes by the tick in which they act. */
  readonly inputs: TimedSpikes;
  /** Neurons whose spikes are recorded, ascending without duplicates. */
  readonly watched: Int32Array;
  /** Cores whose neurons are replaced by recorded spikes, by the tick in which a neuron fired. */
  readonly forced?: { readonly isForced: Uint8Array; readonly spikes: TimedSpikes };
  /** Spikes that `compared` neurons are to fire, by tick, then neuron, without duplicates; [nCores * neuronsPerCore] 1 = compared. */
  readonly expected?: { readonly spikes: TimedSpikes; readonly isCompared: Uint8Array };
}

/** Where a run differs first from its recording: the earliest tick, then the smallest neuron. */
export interface Difference {
  readonly tick: number;
  readonly neuron: number;
  /** Potential after the tick. */
  readonly potential: number;
  /** The neuron fired, and the recording says it did not; or the other way round. */
  readonly fired: boolean;
}

/** What happened. */
export interface ReplayResult {
  /** Spikes of watched neurons, by tick, then neuron; those of forced cores are the recorded ones. */
  readonly spikes: TimedSpikes;
  /** Recorded spikes that were compared. */
  readonly nCompared: number;
  readonly difference: Difference | undefined;
}

/**
 * Runs a program; yields the number of ticks done now and then. Throws a UserError for a program that the engine refuses.
 */
export function* replay(program: TrueNorthProgram, options: ReplayOptions): Generator<number, ReplayResult> {
  const { inputs, watched, nTicks, forced } = options;
  const { axonsPerCore } = program.spec;
  const { target, targetAxon, delay } = program.cores;
  const engine = createEngine(probed(program, options), options.engine);
  engine.reset({ drop: 0, seed: options.seed, firstSample: 0 });
  const isWatched = new Uint8Array(target.length);
  for (const neuron of watched) isWatched[neuron] = 1;
  const spikes = new SpikeLog();
  const comparison = options.expected === undefined ? undefined : new Comparison(options.expected, engine);
  const pass = (neuron: number, tick: number): void => {
    const core = target[neuron]!;
    if (core >= 0) engine.inject(core, targetAxon[neuron]!, tick + delay[neuron]!);
  };

  let nextInput = 0;
  let nextForced = 0;
  for (let tick = 0; tick < nTicks; tick++) {
    for (; nextInput < inputs.tick.length && inputs.tick[nextInput]! <= tick; nextInput++) {
      const index = inputs.index[nextInput]!;
      assert(inputs.tick[nextInput] === tick, 'inputs in the order of ticks');
      engine.inject(Math.floor(index / axonsPerCore), index % axonsPerCore, tick);
    }
    engine.tick();
    const first = spikes.length;
    const { pinCounts } = engine;
    for (let pin = 0; pin < watched.length; pin++) {
      if (pinCounts[pin] === 0) continue;
      pinCounts[pin] = 0;
      spikes.push(tick, watched[pin]!);
      pass(watched[pin]!, tick);
    }
    const firstForced = spikes.length;
    for (; forced !== undefined && forced.spikes.tick[nextForced] === tick; nextForced++) {
      const neuron = forced.spikes.index[nextForced]!;
      if (isWatched[neuron] === 1) spikes.push(tick, neuron);
      pass(neuron, tick);
    }
    if (firstForced > first && spikes.length > firstForced) spikes.sortFrom(first);
    comparison?.tick(tick, spikes, first);
    if (tick % TICKS_PER_STEP === TICKS_PER_STEP - 1) yield tick + 1;
  }
  return { spikes: spikes.take(), nCompared: comparison?.nCompared ?? 0, difference: comparison?.difference };
}

function createEngine(program: TrueNorthProgram, name: EngineName): Engine {
  return name === 'fast' ? createFastEngine(createFastImage(program, 1)) : createReferenceEngine({ program });
}

/** The program with a pin for each watched neuron, and with forced cores silent. */
function probed(program: TrueNorthProgram, { watched, forced }: ReplayOptions): TrueNorthProgram {
  const target = program.cores.target.map((core) => (core >= 0 ? core : NO_TARGET));
  watched.forEach((neuron, pin) => {
    assert(pin === 0 || neuron > watched[pin - 1]!, 'watched neurons ascend');
    target[neuron] = OUTPUT_PIN_BASE - pin;
  });
  const nPins = watched.length;
  return {
    ...program,
    cores: { ...program.cores, target, ...(forced === undefined ? {} : silenced(program, forced.isForced)) },
    outputs: {
      ...program.outputs,
      nClasses: 1,
      pinClass: new Int32Array(nPins),
      pinCoefficient: new Int32Array(nPins),
    },
  };
}

/** Neurons of forced cores neither draw nor fire: no synapses, no leak, a threshold above 0 and a potential of 0. */
function silenced({ spec, cores }: TrueNorthProgram, isForced: Uint8Array): Partial<CoreArrays> {
  const copy = {
    synapses: cores.synapses.slice(),
    leak: cores.leak.slice(),
    threshold: cores.threshold.slice(),
    initialPotential: cores.initialPotential.slice(),
    stochastic: cores.stochastic.slice(),
    thresholdBits: cores.thresholdBits.slice(),
    negativeThreshold: cores.negativeThreshold.slice(),
  };
  const nN = spec.neuronsPerCore;
  const nWords = spec.axonsPerCore * Math.ceil(nN / 32);
  isForced.forEach((forced, core) => {
    if (forced === 0) return;
    copy.synapses.fill(0, core * nWords, (core + 1) * nWords);
    for (const array of [copy.leak, copy.initialPotential, copy.stochastic, copy.thresholdBits]) {
      array.fill(0, core * nN, (core + 1) * nN);
    }
    for (const array of [copy.threshold, copy.negativeThreshold]) array.fill(1, core * nN, (core + 1) * nN);
  });
  return copy;
}

/** Spikes as they come. */
class SpikeLog {
  length = 0;
  #tick = new Int32Array(1024);
  #neuron = new Int32Array(1024);

  push(tick: number, neuron: number): void {
    if (this.length === this.#tick.length) {
      this.#tick = grown(this.#tick);
      this.#neuron = grown(this.#neuron);
    }
    this.#tick[this.length] = tick;
    this.#neuron[this.length] = neuron;
    this.length++;
  }

  neuron(i: number): number {
    return this.#neuron[i]!;
  }

  /** Sorts the spikes from `first` on, which are of one tick. */
  sortFrom(first: number): void {
    this.#neuron.subarray(first, this.length).sort();
  }

  take(): TimedSpikes {
    return { tick: this.#tick.slice(0, this.length), index: this.#neuron.slice(0, this.length) };
  }
}

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** Walks along the recording. */
class Comparison {
  nCompared = 0;
  difference: Difference | undefined;
  #next = 0;
  readonly #expected: NonNullable<ReplayOptions['expected']>;
  readonly #engine: Engine;

  constructor(expected: NonNullable<ReplayOptions['expected']>, engine: Engine) {
    this.#expected = expected;
    this.#engine = engine;
  }

  /** Compares the spikes of a tick, those of the log from `first` on. */
  tick(tick: number, log: SpikeLog, first: number): void {
    const { spikes, isCompared } = this.#expected;
    let i = first;
    for (;;) {
      while (i < log.length && isCompared[log.neuron(i)] === 0) i++;
      while (spikes.tick[this.#next] === tick && isCompared[spikes.index[this.#next]!] === 0) this.#next++;
      const found = i < log.length ? log.neuron(i) : Infinity;
      const wanted = spikes.tick[this.#next] === tick ? spikes.index[this.#next]! : Infinity;
      if (found === Infinity && wanted === Infinity) return;
      if (found !== wanted) this.#differs(tick, Math.min(found, wanted), found < wanted);
      if (wanted <= found) {
        this.#next++;
        this.nCompared++;
      }
      if (found <= wanted) i++;
    }
  }

  #differs(tick: number, neuron: number, fired: boolean): void {
    if (this.difference !== undefined) return;
    this.difference = { tick, neuron, potential: this.#engine.potentials()[neuron]!, fired };
  }
}
