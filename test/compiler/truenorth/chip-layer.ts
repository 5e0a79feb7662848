/** Chip layers and what lowers them, from matrices written row by row. */
import type { ChipLayer, OutputRule } from '../../../src/compiler/targets/truenorth/chip-layers.js';
import { coreSizeOf, type CoreSize } from '../../../src/compiler/targets/truenorth/drafts.js';
import { ONE_TICK } from '../../../src/compiler/targets/truenorth/lowered.js';
import type { LoweringContext } from '../../../src/compiler/targets/truenorth/lowering-context.js';
import { LoweringMemo } from '../../../src/compiler/targets/truenorth/lowering-memo.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';

/** What a layer is beside its weights. */
export interface LayerParts {
  readonly rule?: OutputRule;
  readonly theta?: readonly number[];
  /** Group of every row; all in one by default. */
  readonly group?: readonly number[];
  readonly groupPlace?: readonly number[];
  readonly inputChannels?: number;
  /** Largest count of every input; 1 by default. */
  readonly max?: number;
}

/** A layer of these rows; a weight of 0 is none. */
export function layerOf(rows: readonly (readonly number[])[], parts: LayerParts = {}): ChipLayer {
  const column: number[] = [];
  const weight: number[] = [];
  const rowStart = [0];
  for (const row of rows) {
    row.forEach((w, i) => {
      if (w === 0) return;
      column.push(i);
      weight.push(w);
    });
    rowStart.push(column.length);
  }
  const nOut = rows.length;
  const nIn = rows[0]?.length ?? 0;
  return {
    name: 'layer',
    rule: parts.rule ?? 'threshold',
    matrix: {
      nIn,
      nOut,
      rowStart: Int32Array.from(rowStart.slice(0, -1)),
      rowEnd: Int32Array.from(rowStart.slice(1)),
      column: Int32Array.from(column),
      weight: Int16Array.from(weight),
      group: Int32Array.from(parts.group ?? rows.map(() => 0)),
      groupPlace: Int32Array.from(parts.groupPlace ?? []),
    },
    theta: Int32Array.from(parts.theta ?? rows.map(() => 1)),
    constant: new Int32Array(nOut),
    bundle: Int32Array.from({ length: nOut }, (_, o) => o),
    turned: new Uint8Array(nOut),
    extra: new Int32Array(nOut).fill(-1),
    inputs: Int32Array.from({ length: nIn }, (_, i) => i),
    max: new Uint16Array(nIn).fill(parts.max ?? 1),
    inputChannel: Int32Array.from({ length: nIn }, (_, i) => i % (parts.inputChannels ?? 1)),
  };
}

/** A full core; one copy of each of `nOut` outputs, inputs of one tick, no streaming, a window of 16 ticks. */
export function contextOf(
  nOut: number,
  parts: Partial<LoweringContext> & { readonly core?: Partial<CoreSize> } = {},
): LoweringContext {
  const { core, ...rest } = parts;
  return {
    layer: 3,
    size: { ...coreSizeOf(TRUENORTH), ...core },
    streaming: false,
    window: 16,
    copies: new Int32Array(nOut).fill(1),
    arrival: ONE_TICK,
    fromHost: false,
    memo: new LoweringMemo(),
    ...rest,
  };
}
