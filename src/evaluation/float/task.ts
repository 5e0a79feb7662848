/** Samples of a data set on a float network, or one of either dialect: what crosses between threads, and what a thread does with it. */
import { assert, present } from '../../common/assert.js';
import { decide } from '../../ir/network/readout.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { type CodedSamples, codedSamples } from '../coded-samples.js';
import { createFloatEngine, type FloatEngine } from './engine.js';
import type { FloatMachine } from './machine.js';
import { createInterpreter } from '../interpreter/network.js';

/** What a worker knows from its start. Arrays are in shared memory. */
export interface FloatSetup {
  /** [all samples, pixels] 8-bit values. */
  readonly images: Uint8Array;
  /** [all samples] classes. */
  readonly labels: Uint8Array;
}

/** Consecutive samples. Arrays are in shared memory. */
export interface FloatTask<Variant> {
  /** Tells networks with their variants apart: tasks of one key have the same, and a thread keeps the last one ready. */
  readonly key: number;
  readonly network: NetworkGraph;
  /** What is made of the network before it runs; nothing if absent. */
  readonly variant?: Variant;
  readonly first: number;
  readonly n: number;
  /** [all samples of the evaluation, nClasses], written; nobody wants them if absent. */
  readonly scores?: Float64Array;
  /** Seed of Bernoulli inputs. */
  readonly seed: number;
  /** Run the interpreter itself. */
  readonly interpreter: boolean;
  /** [1] set to 1 to stop before the next tile of samples. */
  readonly stop: Int32Array;
}

/** Samples of a task that are decided for their label; undefined when it was stopped. */
export type FloatTaskResult = number | undefined;

/** Makes a network of another one. */
export type Derive<Variant> = (network: NetworkGraph, variant: Variant) => NetworkGraph;

/** A network that is ready on this thread. */
interface Ready {
  readonly key: number;
  readonly engine: BatchEngine;
  readonly coded: CodedSamples;
  readonly decide: (scores: Float64Array) => number;
}

type BatchEngine = Pick<FloatEngine, 'nClasses' | 'tile' | 'run'>;

/** Makes what runs the tasks of one thread. */
export function floatHost<Variant>(
  { images, labels }: FloatSetup,
  derive: Derive<Variant>,
): (task: FloatTask<Variant>) => FloatTaskResult {
  let machine: FloatMachine | undefined;
  let ready: Ready | undefined;
  let lastCoded: { readonly name: string; readonly coded: CodedSamples } | undefined;
  const codedFor = (graph: NetworkGraph, seed: number): CodedSamples => {
    const [input, code] = graph.nodes;
    assert(input?.kind === 'input' && code?.kind === 'encode', 'a network starts with its input');
    const name = JSON.stringify([code.code, seed, input.shape]);
    if (lastCoded?.name !== name) {
      lastCoded = { name, coded: codedSamples(code.code, images, sizeOf(input.shape), seed) };
    }
    return lastCoded.coded;
  };
  const prepare = ({ key, network, variant, seed, interpreter }: FloatTask<Variant>): Ready => {
    const graph = variant === undefined ? network : derive(network, variant);
    const fast = interpreter ? undefined : createFloatEngine(graph, machine);
    machine = fast?.machine ?? machine;
    const last = present(graph.nodes.at(-1), 'output layer');
    const readout = last.kind === 'scores' ? last : {};
    const engine = fast ?? interpretedEngine(graph);
    return { key, engine, coded: codedFor(graph, seed), decide: (scores) => decide(scores, readout) };
  };
  return (task) => {
    if (ready?.key !== task.key) ready = prepare(task);
    const { engine, coded } = ready;
    const { nClasses, tile } = engine;
    const { stop, first, n } = task;
    const found = new Float64Array(tile * nClasses);
    let correct = 0;
    for (let at = first; at < first + n; at += tile) {
      if (Atomics.load(stop, 0) !== 0) return undefined;
      const count = Math.min(tile, first + n - at);
      engine.run({ coded, first: at, n: count }, found);
      for (let s = 0; s < count; s++) {
        const scores = found.subarray(s * nClasses, (s + 1) * nClasses);
        if (ready.decide(scores) === labels[at + s]) correct++;
        task.scores?.set(scores, (at + s) * nClasses);
      }
    }
    return correct;
  };
}

/** The interpreter in the place of an engine. */
function interpretedEngine(graph: NetworkGraph): BatchEngine {
  const interpreter = createInterpreter(graph);
  return {
    nClasses: interpreter.nClasses,
    tile: 1,
    run: ({ coded, first }, scores) => {
      // Every sample is a sequence of its own.
      interpreter.reset();
      scores.set(interpreter.run(coded(first)));
    },
  };
}
