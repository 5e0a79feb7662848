/**
 * One large chip on several threads: cores are divided by index, every thread computes its share of a tick, and all meet at a
 * barrier inside WebAssembly before the next. A spike goes into the ring of the thread that sends it; the reader of an axon takes all
 * rings together, so no two threads write one word. The bits are those of one thread.
 */
import { platform } from '#platform';
import { assert } from '../../common/assert.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { ChipState } from '../../ir/trace/chip-state.js';
import type { EngineCounters, RunKey } from '../engines/contract.js';
import { fastState, startThread } from '../engines/fast/engine.js';
import { createFastImage, type FastImage } from '../engines/fast/image.js';

/** A chip that runs many ticks at a time. Calls must not overlap: wait for `reset` and `run`. */
export interface ThreadedChip {
  /** The tick that the next `run` begins with; 0 after `reset`. */
  readonly now: number;
  /** Bytes of the engine's memory, all threads together. */
  readonly memoryBytes: number;
  /** Back to tick 0: initial potentials, no spikes on the way. Counters stay. */
  reset(key: RunKey): Promise<void>;
  /** A spike of the host that acts in `tick`, which is in now..now + maxDelay. */
  inject(core: number, axon: number, tick: number): void;
  /** Computes `nTicks` ticks. The calling thread is free meanwhile, unless the chip has one thread only: then it computes. */
  run(nTicks: number): Promise<void>;
  /** [nPins] spikes per output pin since `reset`. */
  pinCounts(): Int32Array;
  /** The counters since the last call; they start again at 0. */
  takeCounters(): EngineCounters;
  /** [nCores, nNeurons] potentials after the last tick, a copy. */
  potentials(): Int32Array;
  /** What the chip is between two runs: any engine of the program goes on from it, with any number of threads. */
  snapshot(): ChipState;
  /** Goes on from a state with the draws of `key`; counters stay. */
  restore(state: ChipState, key: RunKey): Promise<void>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** What a thread knows from its start. */
export interface ChipThreadSetup {
  readonly image: FastImage;
  readonly thread: number;
}

/** What a thread is asked for; it answers `true` when done. */
export type ChipThreadRequest =
  | { readonly kind: 'reset'; readonly key: RunKey }
  | { readonly kind: 'run'; readonly from: number; readonly count: number };

/**
 * Starts a chip on `nThreads` threads (1: the calling thread), reset with seed 0. More threads than processors make it slower:
 * the threads wait for each other in every tick. Throws a UserError for a program that does not fit the fast engine.
 */
export async function createThreadedChip(program: TrueNorthProgram, nThreads: number): Promise<ThreadedChip> {
  assert(nThreads >= 1 && nThreads <= program.cores.nCores, `${nThreads} threads for ${program.cores.nCores} cores`);
  const image = createFastImage(program, 1, nThreads);
  const state = fastState(image, 0);
  const threads = nThreads === 1 ? localThread(image) : workerThreads(image, nThreads);
  let now = 0;
  let ticks = 0;
  let inputSpikes = 0;
  const reset = async (key: RunKey): Promise<void> => {
    await threads.ask({ kind: 'reset', key });
    now = 0;
  };
  await reset({ drop: 0, seed: 0, firstSample: 0 });
  return {
    get now() {
      return now;
    },
    memoryBytes: image.layout.totalBytes,
    reset,
    inject: (core, axon, tick) => {
      assert(tick >= now && tick <= now + image.maxDelay, 'injection outside now..now + maxDelay');
      state.inject(core, axon, tick);
      inputSpikes++;
    },
    run: async (nTicks) => {
      await threads.ask({ kind: 'run', from: now, count: nTicks });
      now += nTicks;
      ticks += nTicks;
    },
    pinCounts: () => state.pinCounts[0]!.map((_, pin) => state.pinCounts.reduce((sum, pins) => sum + pins[pin]!, 0)),
    takeCounters: () => {
      const counters = { ticks, inputSpikes, ...state.takeEvents() };
      ticks = 0;
      inputSpikes = 0;
      return counters;
    },
    potentials: state.potentials,
    snapshot: () => ({ now, ...state.take(now) }),
    restore: async (from, key) => {
      await reset(key);
      state.put(from);
      now = from.now;
    },
    close: threads.close,
  };
}

interface Threads {
  /** All threads do the same and are waited for. */
  ask(request: ChipThreadRequest): Promise<void>;
  close(): Promise<void>;
}

function localThread(image: FastImage): Threads {
  const answer = chipThread({ image, thread: 0 });
  return {
    ask: (request) => {
      answer(request);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function workerThreads(image: FastImage, nThreads: number): Threads {
  const workers = Array.from({ length: nThreads }, (_, thread) => {
    const setup: ChipThreadSetup = { image, thread };
    /** Waits for the answer to the last request. */
    let waiting: { resolve(): void; reject(error: unknown): void } | undefined;
    const worker = platform.startThread('simulator/parallel/chip-thread-worker.js', setup, {
      onMessage: () => waiting?.resolve(),
      onEnd: (error) => waiting?.reject(error),
    });
    return {
      end: worker.end,
      ask: (request: ChipThreadRequest) =>
        new Promise<void>((resolve, reject) => {
          waiting = { resolve, reject };
          worker.post(request);
        }),
    };
  });
  return {
    ask: async (request) => {
      await Promise.all(workers.map(({ ask }) => ask(request)));
    },
    close: async () => {
      await Promise.all(workers.map(({ end }) => end()));
    },
  };
}

/** Answers the requests of one thread. */
export function chipThread({ image, thread }: ChipThreadSetup): (request: ChipThreadRequest) => void {
  const kernel = startThread(image, 0, thread);
  return (request) => {
    if (request.kind === 'reset') kernel.reset(request.key);
    else kernel.run(request.from, request.count);
  };
}
