/** Which operator is lowered by what, for integers and for real numbers: the table of what gets in. */
import * as real from './float-ops.js';
import { binary, concatenation, rescale, table } from './integer-elementwise.js';
import { convolution, fullyConnected, transposedConvolution } from './integer-linear.js';
import { mean, pool } from './integer-pools.js';
import * as larq from './larq.js';
import type { OperatorContext } from './operator-context.js';
import { quantOf, sameQuant } from './quantised.js';
import { Refusal } from './refusal.js';
import { depthAndSpace, pad, reshape, resizeNearest, slice, split, transpose } from './shape-ops.js';
import { TABLE_OPERATORS } from './tables.js';

/** Lowers one operator: adds layers and says what its results are. @throws Refusal */
export type Handler = (context: OperatorContext) => void;

const each = (names: readonly string[], handler: Handler): Readonly<Record<string, Handler>> =>
  Object.fromEntries(names.map((name) => [name, handler]));

/** Moves of integers keep their scale. */
const unscaled =
  (handler: Handler, data = 0): Handler =>
  (context) => {
    if (!sameQuant(quantOf(context.tensor(data)), quantOf(context.output()))) {
      throw new Refusal('its operand and its result have different scales', 'quantise them alike');
    }
    handler(context);
  };

/** PADV2 says what it puts around; PAD puts 0, which is the zero point. */
const padIntegers: Handler = (context) => {
  const isStated = context.op.name === 'PADV2';
  if (isStated && !sameQuant(quantOf(context.tensor(2)), quantOf(context.output()))) {
    throw new Refusal('what it puts around has another scale than its result', 'quantise them alike');
  }
  pad(context, isStated ? (context.numbers(2)[0] ?? 0) - quantOf(context.tensor(2)).zeroPoint : 0);
};
const padReals: Handler = (context) => {
  pad(context, context.op.name === 'PADV2' ? (context.numbers(2)[0] ?? 0) : 0);
};

/** Operators on int8 and uint8. */
export const INTEGER_OPERATORS: Readonly<Record<string, Handler>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: convolution,
  FULLY_CONNECTED: fullyConnected,
  TRANSPOSE_CONV: transposedConvolution,
  ...each(['ADD', 'SUB', 'MUL', 'MAXIMUM', 'MINIMUM'], binary),
  ...each(['RELU', 'RELU6', 'RELU_N1_TO_1', 'QUANTIZE'], rescale),
  ...each(TABLE_OPERATORS, table),
  ...each(['AVERAGE_POOL_2D', 'MAX_POOL_2D'], pool),
  MEAN: mean,
  CONCATENATION: concatenation,
  ...each(['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS'], unscaled(reshape)),
  ...each(['PAD', 'PADV2', 'MIRROR_PAD'], unscaled(padIntegers)),
  ...each(['SLICE', 'STRIDED_SLICE'], unscaled(slice)),
  SPLIT: unscaled(split, 1),
  TRANSPOSE: unscaled(transpose),
  RESIZE_NEAREST_NEIGHBOR: unscaled(resizeNearest),
  ...each(['DEPTH_TO_SPACE', 'SPACE_TO_DEPTH'], unscaled(depthAndSpace)),
};

/** Operators on float32. */
export const FLOAT_OPERATORS: Readonly<Record<string, Handler>> = {
  CONV_2D: real.convolution,
  DEPTHWISE_CONV_2D: real.convolution,
  FULLY_CONNECTED: real.fullyConnected,
  TRANSPOSE_CONV: real.transposedConvolution,
  ...each(['ADD', 'SUB', 'MUL', 'DIV', 'MAXIMUM', 'MINIMUM'], real.binary),
  ...each(['RELU', 'RELU6', 'RELU_N1_TO_1'], real.rectifier),
  ...each(real.FUNCTION_OPERATORS, real.unary),
  PRELU: real.prelu,
  ...each(['AVERAGE_POOL_2D', 'MAX_POOL_2D'], real.pool),
  MEAN: real.mean,
  CONCATENATION: real.concatenation,
  ...each(['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS'], reshape),
  ...each(['PAD', 'PADV2', 'MIRROR_PAD'], padReals),
  ...each(['SLICE', 'STRIDED_SLICE'], slice),
  SPLIT: split,
  TRANSPOSE: transpose,
  RESIZE_NEAREST_NEIGHBOR: resizeNearest,
  ...each(['DEPTH_TO_SPACE', 'SPACE_TO_DEPTH'], depthAndSpace),
};

/** Custom operators, on float32. */
export const CUSTOM_OPERATORS: Readonly<Record<string, Handler>> = {
  Bsign: larq.sign,
  LceQuantize: larq.sign,
  LceDequantize: larq.dequantise,
  LceBMaxPool2d: larq.maxPool,
  LceBconv2d: larq.convolution,
};
