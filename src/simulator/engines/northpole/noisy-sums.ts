/** Read noise of the sums of a panel, where the use at hand has any. */
import { type Context, tensorAt } from './context.js';
import type { DepthwisePlan, MatrixForm, MatrixPlan } from './plan.js';

/** Adds noise to the sums of group `group` at positions first .. first + rows - 1. `operands` is where their rows, or counts of ones, stand. */
type AddNoise = (operands: number, group: number, first: number, rows: number) => void;

/** Noise of a matrix in its wide form. */
export function loadWideNoise(context: Context, plan: MatrixPlan, { rowBytes }: MatrixForm): AddNoise {
  const sumSquares = context.lookUp('squares');
  const n = plan.taps * plan.inPerGroup;
  return loadMatrixNoise(context, plan, (operands, rows, squares) => sumSquares(operands, rowBytes, rows, n, squares));
}

/** Noise of a matrix in its form of bits: a count of ones is a sum of squares. */
export function loadBitsNoise(context: Context, plan: MatrixPlan): AddNoise {
  return loadMatrixNoise(context, plan, context.lookUp('squaresOfBits'));
}

function loadMatrixNoise(
  { image, state, use, lookUp }: Context,
  plan: MatrixPlan,
  sumSquares: (operands: number, rows: number, squares: number) => void,
): AddNoise {
  const { layer, outPerGroup, sumBytes } = plan;
  const { channels } = image.plan.tensors[plan.output]!;
  const squares = state + image.plan.scratch.squares;
  const sums = state + image.plan.scratch.sums;
  const readNoise = lookUp('readNoise');
  return (operands, group, first, rows) => {
    const deviation = use.faults?.deviations?.[layer] ?? 0;
    if (deviation === 0) return;
    sumSquares(operands, rows, squares);
    const c = sums + group * outPerGroup * 4;
    const element = first * channels + group * outPerGroup;
    const { sample, seedLow, seedHigh } = use;
    readNoise(
      ...[c, sumBytes, rows, outPerGroup, squares, deviation, element, channels, layer, sample, seedLow, seedHigh],
    );
  };
}

/** Noise of a convolution channel by channel. */
export function loadDepthwiseNoise(context: Context, plan: DepthwisePlan): (first: number, rows: number) => void {
  const { image, state, use, lookUp } = context;
  const { channels } = image.plan.tensors[plan.output]!;
  const input = tensorAt(context, plan.input);
  const sums = state + image.plan.scratch.sums;
  const taps = state + image.plan.scratch.taps;
  const { window, layer, sumBytes } = plan;
  const readNoise = lookUp('depthwiseReadNoise');
  return (first, rows) => {
    const deviation = use.faults?.deviations?.[layer] ?? 0;
    if (deviation === 0) return;
    const { sample, seedLow, seedHigh } = use;
    const where = [window, input, first, rows, channels, sums, sumBytes, taps];
    readNoise(...[...where, deviation, layer, sample, seedLow, seedHigh]);
  };
}
