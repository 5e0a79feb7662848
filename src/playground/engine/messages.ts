/** What the page and its web worker tell each other. */
import type { Diagnostic } from '../../common/diagnostics.js';
import type { ProgramView, ViewTable } from '../../ir/trace/program-view.js';

/** 8-bit samples with labels, as a data set of the page holds them. */
export interface PageData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly nClasses: number;
}

/** One fault at a level; the seed draws the chip and what changes per use. */
export interface AskedFault {
  readonly fault: string;
  readonly level: number;
  readonly seed: number;
}

/** To the worker. */
export type Request =
  | { readonly kind: 'open'; readonly bytes: Uint8Array; readonly place: string }
  | {
      readonly kind: 'compile';
      readonly chip: string;
      /** Of chips that draw when they compile; their own without it. */ readonly seed?: number | undefined;
    }
  | { readonly kind: 'watch'; readonly image: Uint8Array; readonly fault: AskedFault }
  | { readonly kind: 'measure'; readonly data: PageData; readonly limit: number; readonly fault: AskedFault }
  | { readonly kind: 'export'; readonly what: 'program' | 'result' | 'report' };

/** A network that is open. */
export interface OpenedAnswer {
  readonly kind: 'opened';
  readonly name: string;
  /** Shape of a sample, channels last. */
  readonly shape: readonly number[];
  readonly layers: ViewTable;
  readonly warnings: readonly Diagnostic[];
  /** Chips that it can be compiled for. */
  readonly chips: readonly { readonly name: string; readonly title: string }[];
}

/** A network on a chip. */
export interface CompiledAnswer {
  readonly kind: 'compiled';
  readonly view: ProgramView;
  readonly warnings: readonly Diagnostic[];
  /** What of the catalogue the chip has. */
  readonly faults: readonly { readonly name: string; readonly text: string; readonly limit: number }[];
}

/** What the cores do with one sample. */
export interface SpikeTrace {
  readonly steps: number;
  readonly nCores: number;
  readonly neuronsPerCore: number;
  /** [steps, nCores] spikes sent. */
  readonly counts: Uint16Array;
  /** [steps, nCores, neuronsPerCore] 1 for a spike; absent where that is too much. */
  readonly fired?: Uint8Array;
}

/** One sample on the chip, beside the integer network. */
export interface WatchedAnswer {
  readonly kind: 'watched';
  /** [nClasses] of the integer network, and of the chip. */
  readonly expected: Int32Array;
  readonly scores: Int32Array;
  readonly expectedClass: number;
  readonly decidedClass: number;
  /** Absent where the chip has no neurons to watch. */
  readonly trace?: SpikeTrace;
}

/** A data set on the chip. */
export interface MeasuredAnswer {
  readonly kind: 'measured';
  readonly samples: number;
  readonly accuracy: number;
  /** 95 % Wilson interval. */
  readonly interval: readonly [number, number];
  readonly accuracyInteger: number;
  readonly mismatches: number;
  readonly seconds: number;
}

/** From the worker: one answer to every request, and news before it. */
export type Answer =
  | OpenedAnswer
  | CompiledAnswer
  | WatchedAnswer
  | MeasuredAnswer
  | { readonly kind: 'exported'; readonly bytes: Uint8Array; readonly name: string }
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] }
  /** Another request of this kind came. */
  | { readonly kind: 'replaced' };

/** A request or an answer on its way; `id` belongs to the request. */
export interface ToWorker {
  readonly id: number;
  readonly request: Request;
}
/** See {@link ToWorker}. */
export type FromWorker =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly progress: readonly [done: number, total: number] };
