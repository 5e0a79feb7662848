/** Samples of a data set on a float network, or one of either dialect: what crosses between threads, and what a thread does with it. */
import { assert, present } from '../../common/assert.js';
import { decide } from '../../ir/network/readout.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { type CodedSamples, codedSamples } from '../coded-samples.js';
import { createFloatEngine, type FloatEngine } from './engine.js';
import type { FloatMachine } from './machine.js';
import { createInterpreter } from '../interpreter/network.js';
import { createSpikingEvaluator } from '../spiking/evaluator.js';
import type { RunEngine, SampleRange, Stoppable } from '../tasks/run-engine.js';

/** What a worker knows from its start. Arrays are in shared memory. */
export interface FloatSetup {
  /** [all samples, pixels] 8-bit values; of networks with time [all samples, steps, pixels]. */
  readonly images: Uint8Array;
  /** [all samples] classes. */
  readonly labels: Uint8Array;
}

/** Consecutive samples. Arrays are in shared memory. */
export interface FloatTask<Variant> extends SampleRange, Stoppable {
  /** Tells networks with their variants apart: tasks of one key have the same, and a thread keeps the last one ready. */
  readonly key: number;
  readonly network: NetworkGraph;
  /** What is made of the network before it runs; nothing if absent. */
  readonly variant?: Variant | undefined;
  /** [all samples of the evaluation, nClasses], written; nobody wants them if absent. */
  readonly scores?: Float64Array | undefined;
  /** Seed of Bernoulli inputs. */
  readonly seed: number;
  /** Run the interpreter itself. */
  readonly interpreter: boolean;
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

/** Networks on one thread; what is counted are the samples decided for their label. */
export function floatRuns<Variant>(
  { images, labels }: FloatSetup,
  derive: Derive<Variant>,
): RunEngine<FloatTask<Variant>, number> {
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
    const last = present(graph.nodes.at(-1), 'output layer');
    const readout = last.kind === 'scores' ? last : {};
    if (graph.time !== undefined) {
      const engine = spikingEngine(graph, stepsOf(graph, images.length, labels.length));
      return { key, engine, coded: codedFor(graph, seed), decide: (scores) => decide(scores, readout) };
    }
    const fast = interpreter ? undefined : createFloatEngine(graph, { atHand: machine });
    machine = fast?.machine ?? machine;
    const engine = fast ?? interpretedEngine(graph);
    return { key, engine, coded: codedFor(graph, seed), decide: (scores) => decide(scores, readout) };
  };
  return {
    run: (task, shouldStop) => {
      if (ready?.key !== task.key) ready = prepare(task);
      const { engine, coded } = ready;
      const { nClasses, tile } = engine;
      const { firstSample, nSamples } = task;
      const found = new Float64Array(tile * nClasses);
      let correct = 0;
      for (let at = firstSample; at < firstSample + nSamples; at += tile) {
        if (shouldStop()) return undefined;
        const count = Math.min(tile, firstSample + nSamples - at);
        engine.run({ coded, first: at, n: count }, found);
        for (let s = 0; s < count; s++) {
          const scores = found.subarray(s * nClasses, (s + 1) * nClasses);
          if (ready.decide(scores) === labels[at + s]) correct++;
          task.scores?.set(scores, (at + s) * nClasses);
        }
      }
      return correct;
    },
  };
}

/** Steps of a sample of a network with time: `images` are [nSamples, steps, ...shape of its input]. */
function stepsOf({ nodes }: NetworkGraph, nBytes: number, nSamples: number): number {
  const [input] = nodes;
  assert(input?.kind === 'input', 'a network starts with its input');
  const steps = nBytes / (nSamples * sizeOf(input.shape));
  assert(Number.isInteger(steps), 'whole frames');
  return steps;
}

/** A network with time: every sample begins at rest, and is `steps` frames. */
function spikingEngine(graph: NetworkGraph, steps: number): BatchEngine {
  const evaluator = createSpikingEvaluator(graph);
  return {
    nClasses: evaluator.nClasses,
    tile: 1,
    run: ({ coded, first }, scores) => {
      evaluator.reset();
      for (let step = 0; step < steps; step++) evaluator.step(coded(first * steps + step));
      scores.set(evaluator.scores());
    },
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
