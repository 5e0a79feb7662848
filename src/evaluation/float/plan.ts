/** Where the values and parameters of a network lie in a machine. */
import { sizeOf } from '../../ir/network/shapes.js';
import type { Dialect, Shape } from '../../ir/network/types.js';
import type { Grid } from '../interpreter/grid.js';
import type { Levels } from './levels.js';
import type { FloatMachine } from './machine.js';

/** A value of a tile: [tile] rows, `stride` bytes apart, with room for one element beyond the last. */
export interface PlannedValue {
  readonly address: number;
  readonly stride: number;
  readonly shape: Shape;
  /** Read by one layer only, which may write its result over it. */
  readonly exclusive: boolean;
}

/** Computes a layer for the first n samples of a tile, once it has a machine and the address of scratch memory in it. */
export type Operation = (machine: FloatMachine, scratch: number) => (n: number) => void;

/** Where a layer stands. */
export interface LayerPlace {
  readonly dialect: Dialect;
  readonly inputs: readonly PlannedValue[];
  readonly shape: Shape;
  /** That of all inputs. */
  readonly grid: Grid | undefined;
  /** Integers that the first input can hold, in units of the grid; undefined for real numbers. */
  readonly levels: Levels | undefined;
  /** Whether one layer only reads the result. */
  readonly exclusive: boolean;
}

/** A layer's value and what computes it; nothing where it is its input under another name. */
export interface PlannedLayer {
  readonly value: PlannedValue;
  readonly operation?: Operation;
}

/** Addresses are given out once; parameters are written when the machine is there. */
export interface Layout {
  readonly tile: number;
  /** Reserves bytes on a multiple of 64. */
  reserve(bytes: number): number;
  /** Reserves `n` float64 parameters that `write` sets in every machine. */
  parameters(n: number, write: (target: Float64Array) => void): number;
  /** Likewise 32-bit integers. */
  integers(values: ArrayLike<number>): number;
  /** Asks for bytes behind everything else that any layer may use while it runs. */
  needScratch(bytes: number): void;
  end(): number;
  scratchBytes(): number;
  fill(machine: FloatMachine): void;
}

/** An empty layout for tiles of `tile` samples. */
export function createLayout(tile: number): Layout {
  // Address 0 stands for parameters that are absent.
  let end = 64;
  let scratch = 0;
  const fills: ((machine: FloatMachine) => void)[] = [];
  const reserve = (bytes: number): number => {
    const address = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return address;
  };
  return {
    tile,
    reserve,
    parameters: (n, write) => {
      const address = reserve(8 * n);
      fills.push((machine) => write(machine.float64(address, n)));
      return address;
    },
    integers: (values) => {
      const address = reserve(4 * values.length);
      fills.push((machine) => machine.int32(address, values.length).set(values));
      return address;
    },
    needScratch: (bytes) => {
      scratch = Math.max(scratch, bytes);
    },
    end: () => end,
    scratchBytes: () => scratch,
    fill: (machine) => fills.forEach((fill) => fill(machine)),
  };
}

/** Reserves a value. */
export function planValue(layout: Layout, shape: Shape, exclusive: boolean): PlannedValue {
  const stride = 8 * ((sizeOf(shape) + 2) & ~1);
  return { address: layout.reserve(layout.tile * stride), stride, shape, exclusive };
}
