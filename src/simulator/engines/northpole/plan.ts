/**
 * What the engine does with a program, and where everything lies in its memory. Plain numbers: it can be posted to a worker.
 *
 *   image (read by all threads)
 *     forms       [nOperations] i32           form of the weights of a matrix that is loaded: {@link FORM}
 *     constants                               window records, pad rows, biases, parameters of steps
 *     weights                                 of every matrix, in its form (weights.ts)
 *   states: one thread each
 *     scratch                                 one panel: gathered rows, sums, a second operand, squares; bits of an operand
 *     arena                                   tensors, i16 or i32, channels last; those that are never needed together share bytes
 *
 * Kernels read and write whole vectors, so everything ends with {@link SLACK} bytes nobody uses.
 */
import type { NorthPoleTensor, SequenceOperation } from '../../../ir/program/northpole.js';

/** Bytes after every array. */
export const SLACK = 64;

/** i16 operands, or bits of operands 0/1 and of weights -1/+1. */
export const FORM = { wide: 0, bits: 1 } as const;

/** A tensor of a state. */
export interface TensorPlan extends Pick<NorthPoleTensor, 'node' | 'bits' | 'signed'> {
  /** Comes off what is stored. */
  readonly zeroPoint: number;
  readonly nPixels: number;
  readonly channels: number;
  /** Bytes of a value. */
  readonly bytes: 2 | 4;
  /** From the start of the state. */
  readonly offset: number;
}

/** A step of an epilogue; addresses are those of its parameters. */
export type StepPlan =
  | {
      readonly kind: 'requantise';
      readonly scales: number;
      readonly addends: number;
      readonly inputZeroPoint: number;
      readonly zeroPoint: number;
      readonly min: number;
      readonly max: number;
      /** Number of the rounding in the kernel. */
      readonly rounding: number;
    }
  | {
      readonly kind: 'doublingHighProduct';
      readonly multipliers: number;
      readonly inputZeroPoint: number;
      readonly leftShift: number;
    }
  | { readonly kind: 'threshold'; readonly limits: number; readonly flips: number; readonly perElement: boolean }
  | { readonly kind: 'lookup'; readonly table: number; readonly least: number; readonly last: number }
  | { readonly kind: 'add'; readonly tensor: number; readonly steps: readonly StepPlan[] };

interface PanelPlan {
  readonly input: number;
  readonly output: number;
  /** Bytes from a row of sums to the next. */
  readonly sumBytes: number;
  readonly epilogue: readonly StepPlan[];
}

/** One form of a matrix. */
export interface MatrixForm {
  /** Address of the window record. */
  readonly window: number;
  /** Positions of a panel. */
  readonly rows: number;
  /** Bytes from a row of operands to the next. */
  readonly rowBytes: number;
  /** Pairs of i16 (wide), or vectors of bits, of a row. */
  readonly length: number;
  /** Blocks of 8 (wide) or 4 (bits) outputs of a group. */
  readonly blocks: number;
  /** Bytes of the operand from a group to the next. */
  readonly sliceBytes: number;
  /** Bytes of the weights of a group. */
  readonly groupBytes: number;
  /** The operand itself is the matrix of rows: nothing is gathered. */
  readonly direct: boolean;
}

/** A matrix: all convolutions and dense layers but those that go channel by channel. */
export interface MatrixPlan extends PanelPlan {
  readonly kind: 'matrix';
  readonly layer: number;
  readonly groups: number;
  readonly outPerGroup: number;
  readonly inPerGroup: number;
  readonly taps: number;
  readonly weights: number;
  readonly bias: number;
  /** Bytes of the biases of a group. */
  readonly biasBytes: number;
  readonly wide: MatrixForm | undefined;
  readonly bits: MatrixForm | undefined;
}

/** A convolution with one input and one output channel per group. */
export interface DepthwisePlan extends PanelPlan {
  readonly kind: 'depthwise';
  readonly layer: number;
  readonly taps: number;
  readonly window: number;
  readonly rows: number;
  readonly bias: number;
  readonly weights: number;
  readonly weightBytes: number;
}

/** A layer of the vector unit. */
export interface PoolPlan extends PanelPlan {
  readonly kind: 'pool';
  readonly window: number;
  readonly rows: number;
  readonly sum: boolean;
  /** Masks of channels that take the minimum, or 0. */
  readonly falling: number;
  /** What comes off the sums and divides them: address of offset and count of each position; undefined if they stay what they are. */
  readonly average: { readonly windows: number; readonly factor: number } | undefined;
}

/** Copies the parts of a concatenation. */
export interface ConcatPlan {
  readonly kind: 'concat';
  readonly output: number;
  readonly parts: readonly number[];
}

/** A layer of a sequence model: one position, computed outside of the kernel up to the epilogue (sequence-layers.ts). */
export interface SequencePlan {
  readonly kind: 'sequence';
  /** For messages. */
  readonly name: string;
  readonly operation: SequenceOperation;
  /** Tensors of the operation itself. */
  readonly operands: readonly number[];
  readonly output: number;
  readonly sumBytes: number;
  readonly epilogue: readonly StepPlan[];
}

export type OperationPlan = MatrixPlan | DepthwisePlan | PoolPlan | ConcatPlan | SequencePlan;

/** Places in a state, from its start. */
export interface ScratchPlan {
  readonly gathered: number;
  readonly sums: number;
  readonly operand: number;
  readonly bits: number;
  readonly ones: number;
  readonly squares: number;
  readonly taps: number;
}

/** Everything but the values. */
export interface NorthPolePlan {
  readonly tensors: readonly TensorPlan[];
  readonly operations: readonly OperationPlan[];
  readonly forms: number;
  readonly scratch: ScratchPlan;
  /** Address of the first state. */
  readonly states: number;
  readonly stateBytes: number;
  /** Tokens a sequence can have; infinite for programs without state. */
  readonly context: number;
}

/** Values to write to an image once. */
export interface Constant {
  readonly address: number;
  readonly values: Int16Array | Int32Array | Float64Array | Uint8Array;
}

/** Hands out places, each at the start of a cache line and followed by slack. */
export function places(start: number): (bytes: number) => number {
  let free = start;
  return (bytes) => {
    const place = free;
    free += Math.ceil((bytes + SLACK) / 64) * 64;
    return place;
  };
}
