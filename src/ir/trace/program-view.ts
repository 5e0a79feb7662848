/**
 * What the report draws of a program: small plain data that fits into a result file. A chip fills the parts it has; the report knows the
 * parts, not the chips.
 */
import type { SampleTime } from './measures.js';

/** A program as the report shows it. */
export interface ProgramView {
  readonly kind: 'program-view';
  /** Kind of chip, as in `--chip`. */
  readonly target: string;
  /** Name of the network, and of the chip (its spec). */
  readonly name: string;
  readonly chip: string;
  readonly nClasses: number;
  /** Cores in use. */
  readonly cores: number;
  readonly time: SampleTime;
  /** The mapping in a sentence. */
  readonly lead: string;
  readonly layers: ViewTable;
  /** What follows each other in time; absent where all layers work at once. */
  readonly timeBar?: ViewBar;
  /** Where each core stays what it is. */
  readonly floorPlan?: FloorPlan;
  /** Where cores change their work from step to step. */
  readonly steps?: ViewSteps;
  /** Amounts along time. */
  readonly tracks?: readonly ViewTracks[];
}

/** A table of texts. */
export interface ViewTable {
  readonly columns: readonly ViewColumn[];
  /** [rows][columns] */
  readonly rows: readonly (readonly string[])[];
  /** What the columns mean. */
  readonly note: string;
}

/** One column; the first one names the row. */
export interface ViewColumn {
  readonly title: string;
  /** What stands over a narrow column; the title where there is none. */
  readonly short?: string;
  /** Left out where there is no room, until it is asked for. */
  readonly isDetail?: boolean;
  readonly align: 'text' | 'number';
}

/** Pieces side by side, with lengths in one unit. */
export interface ViewBar {
  readonly title: string;
  readonly unit: string;
  readonly pieces: readonly {
    readonly label: string;
    readonly value: number;
    /** Pieces of one group have one colour. */
    readonly group: string;
  }[];
  /** All groups there can be, in the order of their colours. */
  readonly groups: readonly string[];
  readonly note: string;
}

/** Cores in their places. */
export interface FloorPlan {
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Places that must not be used, as [x, y]. */
  readonly faultyCores: readonly (readonly [number, number])[];
  /** Place, layer (index into `layers`, -1 for none) and role (index into `roles`) of each core in use, [nCores]. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly layer: readonly number[];
  readonly role: readonly number[];
  readonly layers: readonly string[];
  /** What a core can be there for; the first one is not marked. */
  readonly roles: readonly string[];
}

/** Cores that change their work from step to step, in their places. */
export interface ViewSteps {
  readonly title: string;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly steps: readonly {
    readonly label: string;
    /** What is to be said about it. */
    readonly text: string;
    /** Bit y * gridWidth + x is set where the core works: common/bit-text. */
    readonly cores: string;
  }[];
  /** What cores do and hold while the steps last. */
  readonly use: ViewUse;
  readonly note: string;
}

/** How cores are used, step by step. Values are those of all places of the grid, row by row: [steps][gridHeight * gridWidth]. */
export interface ViewUse {
  /** Unit of lengths and busy times, in the plural: `cycles`. */
  readonly timeUnit: string;
  /** How long each step takes. */
  readonly lengths: readonly number[];
  /** What is busy, in the singular, and for how long. */
  readonly part: string;
  readonly busy: readonly (readonly number[])[];
  /** Bytes in use of the memory of each core, and how many it has. */
  readonly memory: readonly (readonly number[])[];
  readonly memoryBytes: number;
}

/** Amounts along time: a row of columns per track; each column is as wide as its step is long. */
export interface ViewTracks {
  readonly title: string;
  /** Unit of the lengths. */
  readonly timeUnit: string;
  readonly steps: readonly { readonly label: string; readonly length: number }[];
  readonly tracks: readonly {
    readonly label: string;
    readonly unit: string;
    /** [steps], >= 0. */
    readonly values: readonly number[];
    /** What there is at most: the height of the row; the largest value without it. */
    readonly limit?: number;
  }[];
  readonly note: string;
}
