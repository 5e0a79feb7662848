/** Layers of sequence models on one token after the other; integer meaning in ir/network/types.ts. Float64 holds every integer exactly. */
import { assertNever } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import { divideRoundHalfAway, isqrt } from '../../../common/fixed-point.js';
import type { NorthPoleLayer, SequenceOperation } from '../../../ir/program/northpole.js';

/** A stored value. */
export type Values = Int16Array | Int32Array;

/** How many tokens of the sequence have gone by; one per engine. */
export interface SequencePosition {
  tokens: number;
}

/** The result [n] of an operation on its operands, written to `out`; keys and values of an attention are kept in the closure. */
export function sequenceFunction(
  name: string,
  operation: SequenceOperation,
  operands: readonly Values[],
  out: Int32Array,
  position: SequencePosition,
): () => void {
  const [x = out] = operands;
  switch (operation.kind) {
    case 'embedding':
      return embedding(name, operation, x, out, position);
    case 'rmsNorm':
      return rmsNorm(operation, x, out);
    case 'attention': {
      const [, key = out, value = out] = operands;
      return attention(operation, { query: x, key, value }, out, position);
    }
    default:
      return assertNever(operation);
  }
}

type Of<K extends SequenceOperation['kind']> = Extract<SequenceOperation, { kind: K }>;

function embedding(
  name: string,
  { by, table }: Of<'embedding'>,
  x: Values,
  out: Int32Array,
  position: SequencePosition,
): () => void {
  const nRows = table.length / out.length;
  return () => {
    const row = by === 'value' ? x[0]! : position.tokens;
    if (row < 0 || row >= nRows) {
      fail(
        'token-outside-table',
        `layer "${name}" (embedding)`,
        `${by === 'value' ? 'token' : 'position'} ${row} has no row in a table of ${nRows}`,
        'use tokens of the vocabulary the model was trained with',
      );
    }
    for (let i = 0; i < out.length; i++) out[i] = table[row * out.length + i]!;
  };
}

function rmsNorm({ gain, fraction, min, max }: Of<'rmsNorm'>, x: Values, out: Int32Array): () => void {
  const one = 2 ** fraction;
  return () => {
    let squares = 0;
    for (let i = 0; i < out.length; i++) squares += x[i]! * x[i]!;
    const root = Math.max(1, isqrt(one * one * squares));
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.min(Math.max(divideRoundHalfAway(x[i]! * gain[i]! * one, root), min), max);
    }
  };
}

function attention(
  { heads, context, multiplier, shift, expTable }: Of<'attention'>,
  { query, key, value }: { readonly query: Values; readonly key: Values; readonly value: Values },
  out: Int32Array,
  position: SequencePosition,
): () => void {
  const width = out.length;
  const depth = width / heads;
  const keys = new Int16Array(context * width);
  const values = new Int16Array(context * width);
  const weights = new Float64Array(context);
  const divisor = 2 ** shift;
  return () => {
    const n = position.tokens + 1;
    keys.set(key, (n - 1) * width);
    values.set(value, (n - 1) * width);
    for (let first = 0; first < width; first += depth) {
      let most = -Infinity;
      for (let j = 0; j < n; j++) {
        let score = 0;
        for (let i = first; i < first + depth; i++) score += query[i]! * keys[j * width + i]!;
        weights[j] = score;
        most = Math.max(most, score);
      }
      let total = 0;
      for (let j = 0; j < n; j++) {
        const step = Math.floor(((most - weights[j]!) * multiplier) / divisor);
        weights[j] = expTable[Math.min(255, step)]!;
        total += weights[j]!;
      }
      for (let i = first; i < first + depth; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += weights[j]! * values[j * width + i]!;
        out[i] = divideRoundHalfAway(sum, total);
      }
    }
  };
}

/** Positions a program can tell apart: its shortest cache or table of positions; unlimited without state. */
export function contextOf(layers: readonly NorthPoleLayer[], outputSize: (tensor: number) => number): number {
  return layers.reduce((context, layer) => {
    if (layer.kind !== 'sequence') return context;
    const { operation, output } = layer;
    if (operation.kind === 'attention') return Math.min(context, operation.context);
    const byPosition = operation.kind === 'embedding' && operation.by === 'position';
    return byPosition ? Math.min(context, operation.table.length / outputSize(output)) : context;
  }, Infinity);
}
