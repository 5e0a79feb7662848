/** The operations of a plan as calls of the kernel, panel by panel. */
import { assertNever } from '../../../common/assert.js';
import { tensorValues } from './image.js';
import { loadBitsNoise, loadDepthwiseNoise, loadWideNoise } from './noisy-sums.js';
import { type Context, tensorAt } from './context.js';
import { loadSequenceOperation, type SequencePosition } from './sequence-layers.js';
import {
  FORM,
  type ConcatPlan,
  type DepthwisePlan,
  type MatrixForm,
  type MatrixPlan,
  type PoolPlan,
  type SequencePlan,
  type StepPlan,
} from './plan.js';

/** An operation on the tensors of one state. */
export interface LoadedOperation {
  run(): void;
  /** Index of the tensor it writes. */
  readonly output: number;
  /** Whether it stores values of its own: a concatenation does not. */
  readonly stores: boolean;
}

/** Binds the operations of the plan to a state, and layers of sequence models to the position of the next token. */
export function loadOperations(
  { image, state, lookUp, use }: Omit<Context, 'kernel'>,
  position: SequencePosition,
): readonly LoadedOperation[] {
  const context: Context = {
    ...{ image, state, lookUp, use },
    kernel: {
      addRows: lookUp('addRows'),
      average: lookUp('average'),
      copyChannels: lookUp('copyChannels'),
      depthwise: lookUp('depthwise'),
      doublingHighProduct: lookUp('doublingHighProduct'),
      gather: lookUp('gather'),
      load16: lookUp('load16'),
      load32: lookUp('load32'),
      lookup: lookUp('lookup'),
      multiply: lookUp('multiply'),
      multiplyBits: lookUp('multiplyBits'),
      packBits: lookUp('packBits'),
      pool16: lookUp('pool16'),
      pool32: lookUp('pool32'),
      requantise: lookUp('requantise'),
      rowSums: lookUp('rowSums'),
      store16: lookUp('store16'),
      store32: lookUp('store32'),
      threshold: lookUp('threshold'),
    },
  };
  return image.plan.operations.map((plan, index) => {
    const { output } = plan;
    switch (plan.kind) {
      case 'matrix':
        return { output, stores: true, run: loadMatrix(context, plan, index) };
      case 'depthwise':
        return { output, stores: true, run: loadDepthwise(context, plan) };
      case 'pool':
        return { output, stores: true, run: loadPool(context, plan) };
      case 'concat':
        return { output, stores: false, run: loadConcat(context, plan) };
      case 'sequence':
        return { output, stores: true, run: loadSequence(context, plan, position) };
      default:
        return assertNever(plan);
    }
  });
}

function loadMatrix(context: Context, plan: MatrixPlan, index: number): () => void {
  const forms = new Int32Array(context.image.memory.buffer, context.image.plan.forms, index + 1);
  const finish = loadFinish(context, plan);
  const wide = plan.wide === undefined ? undefined : loadWide(context, plan, plan.wide, finish);
  const bits = plan.bits === undefined ? undefined : loadBits(context, plan, plan.bits, finish);
  return () => {
    if (forms[index] === FORM.bits) bits?.();
    else wide?.();
  };
}

/** Sums of rows first..first + rows - 1 are complete: what is left to do. */
type Finish = (first: number, rows: number) => void;

function loadWide(context: Context, plan: MatrixPlan, form: MatrixForm, finish: Finish): () => void {
  const { image, state, kernel } = context;
  const { scratch, tensors } = image.plan;
  const positions = tensors[plan.output]!.nPixels;
  const input = tensorAt(context, plan.input);
  const gathered = state + scratch.gathered;
  const sums = state + scratch.sums;
  const { groups, weights, bias, biasBytes, sumBytes, outPerGroup } = plan;
  const { rows, rowBytes, window, length, blocks, groupBytes, sliceBytes, direct } = form;
  const { gather, multiply } = kernel;
  const noise = loadWideNoise(context, plan, form);
  return () => {
    for (let first = 0; first < positions; first += rows) {
      const n = Math.min(rows, positions - first);
      // In ascending order: what a group writes beyond its outputs is overwritten by the next.
      for (let g = 0; g < groups; g++) {
        const slice = input + g * sliceBytes;
        if (!direct) gather(window, slice, first, n, gathered);
        const a = direct ? slice + first * rowBytes : gathered;
        const w = weights + g * groupBytes;
        multiply(a, rowBytes, n, w, length, blocks, bias + g * biasBytes, sums + g * outPerGroup * 4, sumBytes);
        noise(a, g, first, n);
      }
      finish(first, n);
    }
  };
}

function loadBits(context: Context, plan: MatrixPlan, form: MatrixForm, finish: Finish): () => void {
  const { image, state, kernel } = context;
  const { scratch, tensors } = image.plan;
  const positions = tensors[plan.output]!.nPixels;
  const { nPixels, channels } = tensors[plan.input]!;
  const input = tensorAt(context, plan.input);
  const gathered = state + scratch.gathered;
  const sums = state + scratch.sums;
  const packed = state + scratch.bits;
  const ones = state + scratch.ones;
  const { groups, weights, bias, biasBytes, sumBytes, outPerGroup } = plan;
  const { rows, window, length, blocks, groupBytes, sliceBytes } = form;
  const { gather, multiplyBits, packBits, rowSums } = kernel;
  const noise = loadBitsNoise(context, plan);
  return () => {
    packBits(input, nPixels, channels, packed);
    for (let first = 0; first < positions; first += rows) {
      const n = Math.min(rows, positions - first);
      for (let g = 0; g < groups; g++) {
        gather(window, packed + g * sliceBytes, first, n, gathered);
        rowSums(gathered, n, length, ones);
        const w = weights + g * groupBytes;
        const c = sums + g * outPerGroup * 4;
        multiplyBits(gathered, n, w, length, blocks, ones, bias + g * biasBytes, c, sumBytes);
        noise(ones, g, first, n);
      }
      finish(first, n);
    }
  };
}

function loadDepthwise(context: Context, plan: DepthwisePlan): () => void {
  const { image, state, kernel } = context;
  const { scratch, tensors } = image.plan;
  const { nPixels: positions, channels } = tensors[plan.output]!;
  const input = tensorAt(context, plan.input);
  const finish = loadFinish(context, plan);
  const sums = state + scratch.sums;
  const taps = state + scratch.taps;
  const { window, rows, weights, weightBytes, bias, sumBytes } = plan;
  const noise = loadDepthwiseNoise(context, plan);
  return () => {
    for (let first = 0; first < positions; first += rows) {
      const n = Math.min(rows, positions - first);
      kernel.depthwise(window, input, first, n, channels, weights, weightBytes, bias, sums, sumBytes, taps);
      noise(first, n);
      finish(first, n);
    }
  };
}

function loadPool(context: Context, plan: PoolPlan): () => void {
  const { image, state, kernel } = context;
  const { scratch, tensors } = image.plan;
  const { nPixels: positions, channels } = tensors[plan.output]!;
  const input = tensorAt(context, plan.input);
  const finish = loadFinish(context, plan);
  const pool = tensors[plan.input]!.bytes === 2 ? kernel.pool16 : kernel.pool32;
  const sums = state + scratch.sums;
  const taps = state + scratch.taps;
  const { window, rows, falling, sumBytes } = plan;
  const sum = plan.sum ? 1 : 0;
  const { average } = plan;
  return () => {
    for (let first = 0; first < positions; first += rows) {
      const n = Math.min(rows, positions - first);
      pool(window, input, first, n, channels, sum, falling, sums, sumBytes, taps);
      if (average !== undefined) {
        kernel.average(sums, sumBytes, n, channels, average.windows + first * 16, average.factor);
      }
      finish(first, n);
    }
  };
}

function loadConcat(context: Context, plan: ConcatPlan): () => void {
  const { tensors } = context.image.plan;
  const { nPixels, channels, bytes } = tensors[plan.output]!;
  let target = tensorAt(context, plan.output);
  const copies = plan.parts.map((part) => {
    const copy = { source: tensorAt(context, part), bytes: tensors[part]!.channels * bytes, target };
    target += copy.bytes;
    return copy;
  });
  return () => {
    for (const copy of copies) {
      context.kernel.copyChannels(copy.source, nPixels, copy.bytes, copy.target, channels * bytes);
    }
  };
}

function loadSequence(context: Context, plan: SequencePlan, position: SequencePosition): () => void {
  const { image, state } = context;
  const { buffer } = image.memory;
  const { channels } = image.plan.tensors[plan.output]!;
  const values = {
    operands: plan.operands.map((tensor) => tensorValues(image, state, tensor)),
    sums: new Int32Array(buffer, state + image.plan.scratch.sums, channels),
  };
  const compute = loadSequenceOperation(plan.name, plan.operation, values, position);
  const finish = loadFinish(context, plan);
  return () => {
    compute();
    finish(0, 1);
  };
}

/** The epilogue on the panel of sums, then the store. */
function loadFinish(
  context: Context,
  plan: { readonly output: number; readonly sumBytes: number; readonly epilogue: readonly StepPlan[] },
): Finish {
  const { image, state, kernel } = context;
  const { channels, bytes } = image.plan.tensors[plan.output]!;
  const output = tensorAt(context, plan.output);
  const sums = state + image.plan.scratch.sums;
  const { sumBytes } = plan;
  const steps = plan.epilogue.map((step) => loadStep(context, step, { sums, sumBytes, channels }));
  const store = bytes === 2 ? kernel.store16 : kernel.store32;
  return (first, rows) => {
    for (const step of steps) step(first, rows);
    store(sums, sumBytes, rows, channels, output + first * channels * bytes);
  };
}

/** A step on the panel at `sums`. */
function loadStep(
  context: Context,
  step: StepPlan,
  panel: { readonly sums: number; readonly sumBytes: number; readonly channels: number },
): Finish {
  const { image, state, kernel } = context;
  const { sums, sumBytes, channels } = panel;
  switch (step.kind) {
    case 'requantise': {
      const { scales, addends, inputZeroPoint, zeroPoint, min, max, rounding } = step;
      return (_, rows) => {
        kernel.requantise(
          ...[sums, sumBytes, rows, channels, scales, addends, inputZeroPoint, zeroPoint, min, max, rounding],
        );
      };
    }
    case 'doublingHighProduct': {
      const { multipliers, inputZeroPoint, leftShift } = step;
      return (_, rows) => {
        kernel.doublingHighProduct(sums, sumBytes, rows, channels, multipliers, inputZeroPoint, leftShift);
      };
    }
    case 'threshold': {
      const { limits, flips } = step;
      const rowBytes = step.perElement ? channels * 4 : 0;
      return (first, rows) => {
        const skipped = first * rowBytes;
        kernel.threshold(sums, sumBytes, rows, channels, limits + skipped, flips + skipped, rowBytes);
      };
    }
    case 'lookup': {
      const { table, least, last } = step;
      return (_, rows) => {
        kernel.lookup(sums, sumBytes, rows, channels, table, least, last);
      };
    }
    case 'add': {
      const operand = state + image.plan.scratch.operand;
      const source = tensorAt(context, step.tensor);
      const { bytes } = image.plan.tensors[step.tensor]!;
      const load = bytes === 2 ? kernel.load16 : kernel.load32;
      const steps = step.steps.map((inner) => loadStep(context, inner, { ...panel, sums: operand }));
      return (first, rows) => {
        load(source + first * channels * bytes, rows, channels, operand, sumBytes);
        for (const inner of steps) inner(first, rows);
        kernel.addRows(sums, operand, sumBytes, rows, channels);
      };
    }
    default:
      return assertNever(step);
  }
}
