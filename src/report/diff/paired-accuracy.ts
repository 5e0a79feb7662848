import { hasBit, textToBits } from '../../common/bit-text.js';
import { type Interval, matchedPairsInterval } from '../../common/statistics.js';
import type { RunResult } from '../../ir/trace/run-result.js';

/** Two accuracies on the same samples. */
export interface PairedAccuracy {
  /** Samples that only A decides as labelled, and that only B does. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** 95 % interval of accuracy of B minus accuracy of A: see matchedPairsInterval. */
  readonly interval: Interval;
}

type Outcomes = Pick<RunResult, 'data' | 'samples' | 'outcomes'>;

/** Why two results are not of the same samples; undefined where they are. */
export function otherSamples(a: Outcomes, b: Outcomes): string | undefined {
  if (a.data !== b.data) return `A is of ${a.data}, B of ${b.data}`;
  if (a.samples !== b.samples) return `A is of ${a.samples} samples, B of ${b.samples}`;
  const without = [a, b].flatMap(({ outcomes }, k) => (outcomes === undefined ? ['AB'.charAt(k)] : []));
  return without.length === 0
    ? undefined
    : `${without.join(' and ')} ${without.length === 1 ? 'does' : 'do'} not say which samples are right`;
}

/** Pairs two results sample by sample; undefined where they are not of the same samples. */
export function pairedAccuracy(a: Outcomes, b: Outcomes): PairedAccuracy | undefined {
  if (otherSamples(a, b) !== undefined) return undefined;
  const bitsA = textToBits(a.outcomes ?? '', a.samples);
  const bitsB = textToBits(b.outcomes ?? '', b.samples);
  if (bitsA === undefined || bitsB === undefined) return undefined;
  let onlyA = 0;
  let onlyB = 0;
  for (let s = 0; s < a.samples; s++) {
    const inA = hasBit(bitsA, s);
    const inB = hasBit(bitsB, s);
    if (inA && !inB) onlyA++;
    if (inB && !inA) onlyB++;
  }
  return { onlyA, onlyB, interval: matchedPairsInterval({ onlyFirst: onlyA, onlySecond: onlyB, pairs: a.samples }) };
}
