/**
 * What is loaded into a NorthPole-style chip: an array of vector-matrix cores that works through a network layer by layer, all
 * cores in lock step, on a static schedule without stalls. How the numbers below turn into cycles is defined in
 * hw-models/northpole (blocks, regions, layout, timing); the compiler chooses them, a checker proves them free of collisions,
 * and both simulators follow them.
 *
 * ```
 *   unified memory --activation port--> VMM --> partial-sum buffer --> vector unit --> activation unit --> output buffer
 *         |   ^                          ^        ^ partial-sum network (chain of neighbours)                 |
 *    weight port \--data port <-- activation network <-------------------------------------------------------/
 *         \--> model network --> weight buffer
 * ```
 */
import type { NorthPoleSpec } from './northpole-parameters.js';
import type { CompleteReadout } from '../network/readout.js';
import type { InputCode, LookupNode, NodeId, RequantiseNode, Shape, ThresholdNode } from '../network/types.js';

export type { NorthPoleEnergyTable, NorthPoleSpec } from './northpole-parameters.js';

/**
 * Widths an operand of the VMM can have; storage in memory uses the same containers, sums and scores use 32. Values are two's complement or
 * unsigned, as the tensor says; weights are two's complement. With one bit, tensors hold 0 or 1 and weights -1 (bit 0) or +1 (bit 1).
 */
export type Precision = 1 | 2 | 4 | 8;

/** A value that is stored between layers. Flat values are [1, 1, n]. */
export interface NorthPoleTensor {
  /** The value of the integer network it holds. */
  readonly node: NodeId;
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Container in memory. */
  readonly bits: Precision | 32;
  readonly signed: boolean;
  /**
   * What is stored is the value plus this (0 if absent), which lets values such as -114..141 fit 8 bits. The vector unit adds it to what it stores and
   * takes it off what it reads; the VMM multiplies what is stored, so bias and padding of its layers are made for that.
   */
  readonly zeroPoint?: number;
  /**
   * A concatenation owns no storage: its channels are those of other tensors, in order; who writes a part writes it to the
   * readers of the whole. Empty for other tensors. Parts may be concatenations themselves.
   */
  readonly parts: readonly number[];
}

/** A node of the integer network as a step: what it does is the same, what it reads follows from its place. */
type StepOf<N> = Omit<N, 'id' | 'input'>;

/** Per-channel requantisation; arrays are [1] or [channels]. */
export type RequantiseStep = StepOf<RequantiseNode>;
/** Comparison with theta, [channels] or [height * width * channels] (of the output). */
export type ThresholdStep = StepOf<ThresholdNode>;
/** The table of the activation unit. */
export type LookupStep = StepOf<LookupNode>;
/** Adds a stored value after `steps` on it. `operand` is an index into the layer's operands. */
export interface AddStep {
  readonly kind: 'add';
  readonly operand: number;
  readonly steps: readonly (RequantiseStep | LookupStep)[];
}
/** What the vector and activation units do with a finished sum, in order. */
export type EpilogueStep = RequantiseStep | ThresholdStep | LookupStep | AddStep;

/** Rows and columns of a sliding window. */
export interface WindowGeometry {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly padding: readonly [number, number, number, number];
}

interface LayerBase {
  /** The main node of the integer network it computes, for messages. */
  readonly name: NodeId;
  /** All nodes it computes, the last one is that of the output. */
  readonly nodes: readonly NodeId[];
  /** Tensors it reads: the main operand first (of an attention: query, key, value), then those of the add steps. */
  readonly operands: readonly number[];
  readonly output: number;
  readonly geometry: WindowGeometry;
  readonly epilogue: readonly EpilogueStep[];
  readonly mapping: LayerMapping;
  readonly timing: LayerTiming;
  readonly memory: LayerMemory;
}

/** A convolution or dense layer (a dense layer is a window as large as its input) on the VMM. */
export interface VmmLayer extends LayerBase {
  readonly kind: 'vmm';
  readonly groups: number;
  /** [nOut, windowHeight, windowWidth, nIn / groups] */
  readonly weights: Int8Array;
  readonly weightBits: Precision;
  readonly padValue: number;
  /** [nOut] the partial sums start with this. */
  readonly bias: Int32Array;
  /**
   * [1] or [nOut] operands each output is connected to, the rest of its weights are zeros that fill the matrix up (blocks of dense connections,
   * values that only move). Without it, all weights are connected. Says what counts as a multiply-accumulate.
   */
  readonly fanIn?: Int32Array;
}

/** Pooling or a layer without a matrix, on the vector unit: combines the taps of its window channel by channel. */
export interface VectorLayer extends LayerBase {
  readonly kind: 'vector';
  /** Padded taps are left out. `max` takes the minimum in channels of `minChannels`. */
  readonly combine: 'max' | 'sum';
  readonly minChannels?: Uint8Array;
  /** Makes an average of the sum; without it, the sum is what the epilogue begins with. */
  readonly average?: AverageDivision;
}

/**
 * The sum s of a window becomes round half away from zero(factor * s / n), n the taps on the image and on `counted` rows and columns of its padding
 * (top, bottom, left, right); 0 where n is 0.
 */
export interface AverageDivision {
  readonly counted: readonly [number, number, number, number];
  readonly factor: number;
}

/**
 * What a layer of a sequence model computes; integer meaning in ir/network/types.ts (embedding, rmsNorm, attention). An attention keeps keys and
 * values of `context` positions in the memories of the cores that compute its heads.
 */
export type SequenceOperation =
  /** `table` is [nRows, nOut]. */
  | { readonly kind: 'embedding'; readonly by: 'value' | 'position'; readonly table: Int8Array }
  | {
      readonly kind: 'rmsNorm';
      readonly gain: Int32Array;
      readonly fraction: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly kind: 'attention';
      readonly heads: number;
      readonly context: number;
      readonly multiplier: number;
      readonly shift: number;
      readonly expTable: Uint8Array;
    };

/**
 * A layer of a sequence model: one token at a time, values [1, 1, n], operands as the node has them (attention: query, key, value). Its shares split
 * the channels of the output only; a pass is one block of them. Cycles: hw-models/northpole/sequence.ts.
 */
export interface SequenceLayer extends LayerBase {
  readonly kind: 'sequence';
  readonly operation: SequenceOperation;
}

/** A layer of a program. */
export type NorthPoleLayer = VmmLayer | VectorLayer | SequenceLayer;

/**
 * Partition of the output over cores: rows x columns tiles of tileHeight x tileWidth pixels (the last ones may be smaller), outGroups
 * groups of channel blocks (blocks of vmm.outputs channels), and inGroups groups of input-channel blocks, whose partial sums are added along a
 * chain of neighbours. Every tile holds all frames of the batch.
 */
export interface LayerMapping {
  readonly rows: number;
  readonly columns: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly outGroups: number;
  /** Output-channel blocks of a group; group g holds blocks g * n .. of all blocks. */
  readonly outBlocks: number;
  readonly inGroups: number;
  /** Input-channel blocks (of `lanes` channels) of a group; all of them where inGroups is 1. */
  readonly inBlocks: number;
  /** Blocks run over pixel borders of a window row: fewer blocks where channels do not fill them. Only with one in-group. */
  readonly packed: boolean;
  /** Positions (frame, y, x in the tile) that share one pass. */
  readonly positions: number;
  /** Model-network segment of each out-group: [outGroups * 4] x, y, width, height. Disjoint. */
  readonly segments: Int32Array;
  /**
   * Core (y * gridWidth + x) of every share, [rows * columns * outGroups * inGroups] in the order
   * ((row * columns + column) * outGroups + outGroup) * inGroups + inGroup. In-groups of one tile are neighbours, in chain order; the last
   * one holds the finished sums.
   */
  readonly cores: Int32Array;
}

/** When a layer happens, in cycles from the start of the batch; see hw-models/northpole/timing.ts for what follows from it. */
export interface LayerTiming {
  /** First step of the VMM or vector unit. */
  readonly start: number;
  /** Cycles from a pass to the next. */
  readonly passPeriod: number;
  /** Cycles of one weight block in the VMM; 0 for vector layers. */
  readonly slot: number;
  /** Injection cycle of every result vector, [rows * columns * outGroups, passes, positions], -1 where there is none. */
  readonly packets: Int32Array;
  /** After the last write of a result, and after the last flit has left an output buffer (results that nobody reads leave it too). */
  readonly end: number;
  /** Instruction network: the program of this layer is on its way in [programStart, programEnd). */
  readonly programStart: number;
  readonly programEnd: number;
}

/** Where things lie in the memory of every core, in bytes. The programs of all layers lie one after the other from address 0 on. */
export interface LayerMemory {
  /** Start of the buffer of each operand, the same in all cores that read it. */
  readonly operandBase: readonly number[];
  /**
   * Start of what this layer keeps for good by share (order of mapping.cores): weights, table, gains or cache; empty for vector layers.
   */
  readonly weightBase: Int32Array;
  /** Start of the results a core keeps because the host reads them; -1 if it does not. */
  readonly resultBase: number;
  /** Bytes of the program of one core. */
  readonly programBytes: number;
}

/** A network on the chip. Layers run in order. */
export interface NorthPoleProgram {
  readonly kind: 'northpole';
  readonly name: string;
  readonly spec: NorthPoleSpec;
  /** Frames that go through each layer together. */
  readonly batch: number;
  readonly inputShape: Shape;
  readonly inputCode: InputCode;
  /** Tensor 0 is the coded input. */
  readonly tensors: readonly NorthPoleTensor[];
  readonly layers: readonly NorthPoleLayer[];
  /** The decision compares the class scores as the readout says. */
  readonly outputs: CompleteReadout & {
    readonly tensor: number;
    /** `scores`: its elements are the class scores; `votes`: score k counts the ones among elements n mod nClasses = k. */
    readonly rule: 'scores' | 'votes';
    readonly nClasses: number;
  };
  /** Cycles of one batch, from the first step to the last write. */
  readonly cycles: number;
}
