import { assert, assertNever, present } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import type { NodeId } from '../../../ir/network/types.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { checkContainer } from './check.js';
import { startKernel } from '../../../common/kernel-module.js';
import { createNorthPoleImage, type NorthPoleImage, tensorValues } from './image.js';
import { type LoadedOperation, loadOperations } from './operations.js';
import { CurrentUse, loadActivationFaults, type UseFaults } from './use-faults.js';

/** Computes a program layer by layer; used by one thread. A program with layers of a sequence model takes one token per call. */
export interface NorthPoleEngine {
  readonly nClasses: number;
  /** Forgets all tokens: the next call is the first of a sequence. A new engine stands there too; without state it does nothing. */
  reset(): void;
  /** What is drawn at every use from now on; nothing without it, as at the start. */
  setUseFaults(faults: UseFaults | undefined): void;
  /**
   * Class scores [nClasses] of one coded sample (encodeCounts); the array is overwritten by the next call. `sample` is its index in the data set,
   * or that of the token in all sequences, which decides what is drawn; 0 without it.
   * @throws UserError for a token beyond the context or the vocabulary.
   */
  run(counts: ArrayLike<number>, sample?: number): Int32Array;
  /** Like run, but returns a copy of every stored value (without its zero point), concatenations and the coded input too, by node of the integer
   * network. Throws an internal error if one does not fit its container. */
  trace(counts: ArrayLike<number>, sample?: number): Map<NodeId, Int32Array>;
}

/** An engine of its own for a program. Throws as {@link createNorthPoleImage} does. */
export function createNorthPoleEngine(program: NorthPoleProgram): NorthPoleEngine {
  return attachNorthPoleEngine(createNorthPoleImage(program, 1));
}

/** An engine on the next free state of `image`; at most `image.nStates` of them, each used by one thread. */
export function attachNorthPoleEngine(image: NorthPoleImage): NorthPoleEngine {
  const index = Atomics.add(image.statesTaken, 0, 1);
  assert(index < image.nStates, `engine ${index + 1} of an image for ${image.nStates}`);
  const { plan, outputs } = image;
  const state = plan.states + index * plan.stateBytes;
  const views = plan.tensors.map((_, tensor) => tensorValues(image, state, tensor));
  const input = present(views[0], 'input tensor');
  const output = present(views[outputs.tensor], 'output tensor');
  const inputZeroPoint = plan.tensors[0]!.zeroPoint;
  const outputZeroPoint = plan.tensors[outputs.tensor]!.zeroPoint;
  const position = { tokens: 0 };
  const lookUp = startKernel(image.module, image.memory);
  const use = new CurrentUse();
  const operations = loadOperations({ image, state, lookUp, use }, position);
  const afterWrite = loadActivationFaults(image, state, lookUp, use);
  const scores = new Int32Array(outputs.nClasses);
  const load = (counts: ArrayLike<number>, sample: number): void => {
    use.sample = sample;
    assert(counts.length === input.length, `${counts.length} counts for ${input.length} elements`);
    input.set(counts);
    if (inputZeroPoint !== 0) for (let i = 0; i < input.length; i++) input[i]! += inputZeroPoint;
    if (position.tokens >= plan.context) {
      fail(
        'context-exceeded',
        `tensor "${plan.tensors[0]!.node}"`,
        `token ${position.tokens + 1} of a sequence, the program has a context of ${plan.context}`,
        'use shorter sequences, or a model with a longer context',
      );
    }
    afterWrite(0);
  };
  const compute = (operation: LoadedOperation): void => {
    operation.run();
    if (operation.stores) afterWrite(operation.output);
  };
  const readScores = (): Int32Array => {
    switch (outputs.rule) {
      case 'scores':
        scores.set(output);
        if (outputZeroPoint !== 0) for (let n = 0; n < scores.length; n++) scores[n]! -= outputZeroPoint;
        return scores;
      case 'votes':
        scores.fill(0);
        for (let n = 0; n < output.length; n++) if (output[n]! > outputZeroPoint) scores[n % outputs.nClasses]!++;
        return scores;
      default:
        return assertNever(outputs.rule);
    }
  };
  return {
    nClasses: outputs.nClasses,
    reset: () => {
      position.tokens = 0;
    },
    setUseFaults: (faults) => use.begin(faults),
    run: (counts, sample = 0) => {
      load(counts, sample);
      for (const operation of operations) compute(operation);
      position.tokens++;
      return readScores();
    },
    trace: (counts, sample = 0) => {
      load(counts, sample);
      const valuesOf = (tensor: number): Int32Array =>
        Int32Array.from(views[tensor]!, (stored) => stored - plan.tensors[tensor]!.zeroPoint);
      const values = new Map([[plan.tensors[0]!.node, valuesOf(0)]]);
      operations.forEach((operation) => {
        compute(operation);
        const tensor = operation.output;
        checkContainer(plan.tensors[tensor]!, Int32Array.from(views[tensor]!));
        values.set(plan.tensors[tensor]!.node, valuesOf(tensor));
      });
      position.tokens++;
      return values;
    },
  };
}
