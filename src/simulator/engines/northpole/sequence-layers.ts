/**
 * Layers of sequence models: their sums for one token, before the epilogue. The cache of keys and values is the only state; it belongs to one engine
 * and one sequence.
 */
import { assert, assertNever, present } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import { divideRoundHalfAway, isqrt } from '../../../common/fixed-point.js';
import type { NorthPoleProgram, SequenceOperation } from '../../../ir/program/northpole.js';

/** Number of tokens of the sequence so far; shared by all layers of an engine. */
export interface SequencePosition {
  tokens: number;
}

/** Values of tensors, as the engine keeps them. */
type Values = Int16Array | Int32Array;

/** What a layer reads and writes. */
export interface SequenceValues {
  /** Tensors of the operation itself, not those of add steps. */
  readonly operands: readonly Values[];
  /** [channels] */
  readonly sums: Int32Array;
}

/** Tokens a program can take before its state is full; infinite without state. */
export function contextOf(program: Pick<NorthPoleProgram, 'layers' | 'tensors'>): number {
  return program.layers.reduce((context, layer) => {
    if (layer.kind !== 'sequence') return context;
    const { operation } = layer;
    if (operation.kind === 'attention') return Math.min(context, operation.context);
    if (operation.kind !== 'embedding' || operation.by === 'value') return context;
    return Math.min(context, operation.table.length / present(program.tensors[layer.output], 'tensor').shape[2]);
  }, Infinity);
}

/** Binds an operation to its values; each call computes the current token. */
export function loadSequenceOperation(
  name: string,
  operation: SequenceOperation,
  values: SequenceValues,
  position: SequencePosition,
): () => void {
  switch (operation.kind) {
    case 'embedding':
      return loadEmbedding(name, operation, values, position);
    case 'rmsNorm':
      return loadNorm(operation, values);
    case 'attention':
      return loadAttention(operation, values, position);
    default:
      return assertNever(operation);
  }
}

function loadEmbedding(
  name: string,
  { by, table }: Extract<SequenceOperation, { kind: 'embedding' }>,
  { operands, sums }: SequenceValues,
  position: SequencePosition,
): () => void {
  const input = present(operands[0], 'operand');
  const n = sums.length;
  const nRows = table.length / n;
  return () => {
    const row = by === 'value' ? input[0]! : position.tokens;
    if (row < 0 || row >= nRows) {
      fail(
        'token-outside-table',
        `layer "${name}" (embedding)`,
        `${by === 'value' ? 'token' : 'position'} ${row} has no row in a table of ${nRows}`,
        'use tokens of the vocabulary the model was trained with',
      );
    }
    for (let i = 0; i < n; i++) sums[i] = table[row * n + i]!;
  };
}

function loadNorm(
  { gain, fraction, min, max }: Extract<SequenceOperation, { kind: 'rmsNorm' }>,
  { operands, sums }: SequenceValues,
): () => void {
  const input = present(operands[0], 'operand');
  const n = sums.length;
  const one = 2 ** fraction;
  return () => {
    let squares = 0;
    for (let i = 0; i < n; i++) squares += input[i]! * input[i]!;
    const root = Math.max(1, isqrt(one * one * squares));
    for (let i = 0; i < n; i++) {
      const y = divideRoundHalfAway(input[i]! * gain[i]! * one, root);
      sums[i] = y < min ? min : y > max ? max : y;
    }
  };
}

function loadAttention(
  { heads, context, multiplier, shift, expTable }: Extract<SequenceOperation, { kind: 'attention' }>,
  { operands, sums }: SequenceValues,
  position: SequencePosition,
): () => void {
  const [query, key, value] = [0, 1, 2].map((i) => present(operands[i], 'operand'));
  assert(query !== undefined && key !== undefined && value !== undefined, 'attention reads query, key and value');
  const width = sums.length;
  const depth = width / heads;
  // By position: 8-bit values need no more than 16 bits here.
  const keys = new Int16Array(context * width);
  const values = new Int16Array(context * width);
  const scores = new Int32Array(context);
  const totals = new Float64Array(depth);
  const divisor = 2 ** shift;
  return () => {
    const last = position.tokens;
    keys.set(key, last * width);
    values.set(value, last * width);
    for (let first = 0; first < width; first += depth) {
      let most = -(2 ** 31);
      for (let j = 0; j <= last; j++) {
        const at = j * width + first;
        let score = 0;
        for (let i = 0; i < depth; i++) score += query[first + i]! * keys[at + i]!;
        scores[j] = score;
        if (score > most) most = score;
      }
      totals.fill(0);
      let total = 0;
      for (let j = 0; j <= last; j++) {
        const weight = expTable[Math.min(255, Math.floor(((most - scores[j]!) * multiplier) / divisor))]!;
        total += weight;
        if (weight === 0) continue;
        const at = j * width + first;
        for (let i = 0; i < depth; i++) totals[i]! += weight * values[at + i]!;
      }
      for (let i = 0; i < depth; i++) sums[first + i] = divideRoundHalfAway(totals[i]!, total);
    }
  };
}
