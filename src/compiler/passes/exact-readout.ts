/**
 * The readout of the class scores: the float64 operations of the float network on the integer sum, in their order, so that a tie of
 * two classes stays one and nothing else becomes one.
 *
 * Where all classes share a positive scale behind an integer, it is left out: the decision is one of integers.
 */
import { type CompleteReadout, completeReadout, type Readout, type ReadoutStep } from '../../ir/network/readout.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { Value } from './integer-value.js';

/** How the sums of `value` are compared; `own` is what the float network's output layer does to its scores. */
export function exactReadout(value: Value, own: Readout): CompleteReadout {
  const n = sizeOf(value.shape);
  const each = (f: (k: number) => number): Float64Array => Float64Array.from({ length: n }, (_, k) => f(k));
  const operations: readonly ReadoutStep[] = [
    { kind: 'add', by: each(() => 0 - value.zeroPoint) },
    { kind: 'multiply', by: each(() => value.scale) },
    { kind: 'add', by: value.constant },
    { kind: 'divide', by: each(() => value.divisor) },
    ...value.post.flatMap((op) => op.roundings.map(({ kind, by }) => ({ kind, by: each(by) }))),
    ...(own.scale === undefined ? [] : [{ kind: 'multiply' as const, by: own.scale }]),
    ...(own.offset === undefined ? [] : [{ kind: 'add' as const, by: own.offset }]),
  ];
  const steps = withoutSharedScale(operations.filter(changesValues), largest(value));
  const last = (kind: ReadoutStep['kind']): Float64Array | undefined =>
    steps.at(-1)?.kind === kind ? steps.pop()?.by : undefined;
  const offset = last('add');
  const scale = last('multiply');
  return completeReadout(
    {
      ...(steps.length === 0 ? {} : { steps }),
      ...(scale === undefined ? {} : { scale }),
      ...(offset === undefined ? {} : { offset }),
    },
    n,
  );
}

const changesValues = ({ kind, by }: ReadoutStep): boolean => by.some((v) => v !== (kind === 'add' ? 0 : 1));

/** Largest magnitude of a sum. */
function largest({ low, high, zeroPoint }: Value): number {
  let found = 1;
  for (const bounds of [low, high])
    for (const q of bounds) found = Math.max(found, Math.abs(q), Math.abs(q - zeroPoint));
  return found;
}

/**
 * Two different integers of at most 40 bits differ by 2^-40 of their size or more; a few roundings by 2^-53 of it each do not make
 * them equal, if no product leaves the normal numbers.
 */
const MAX_INTEGER = 2 ** 40;
const MAX_FACTORS = 8;
const FACTOR = [2 ** -64, 2 ** 64] as const;

/** Drops the factors at the end that are one positive number for all classes, if what they multiply are integers. */
function withoutSharedScale(operations: readonly ReadoutStep[], magnitude: number): ReadoutStep[] {
  const kept = operations.findLastIndex((operation) => !isSharedFactor(operation)) + 1;
  const drops = operations.length - kept <= MAX_FACTORS && keepsIntegers(operations.slice(0, kept), magnitude);
  return operations.slice(0, drops ? kept : operations.length);
}

function keepsIntegers(operations: readonly ReadoutStep[], magnitude: number): boolean {
  let reach = magnitude;
  return operations.every(({ kind, by }) => {
    if (kind === 'divide' || !by.every(Number.isInteger)) return false;
    const size = by.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    reach = kind === 'add' ? reach + size : reach * size;
    return reach <= MAX_INTEGER;
  });
}

function isSharedFactor({ kind, by }: ReadoutStep): boolean {
  const [first = NaN] = by;
  return kind !== 'add' && first >= FACTOR[0] && first <= FACTOR[1] && by.every((v) => v === first);
}
