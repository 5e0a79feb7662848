/** How class scores are compared: float64 functions of the integer scores, in the order in which the float network computes them. */

/** One operation on the value of every class, each rounded once; `by` is [nClasses]. */
export interface ReadoutStep {
  readonly kind: 'add' | 'multiply' | 'divide';
  readonly by: Float64Array;
}

/**
 * The value of class k is scale[k] * x + offset[k], where x is the score after `steps` (the score itself without them); the
 * decision takes the largest value, ties to the lowest class. A missing scale is 1, a missing offset 0; both are [nClasses].
 *
 * `steps` exist where scale and offset alone would round otherwise than the float network does: 0.1 * (2 S - w) is no
 * 0.2 * S - 0.1 w in float64, and a tie of two classes in the one is none in the other.
 */
export interface Readout {
  readonly steps?: readonly ReadoutStep[];
  readonly scale?: Float64Array;
  readonly offset?: Float64Array;
}

/** A readout with scale and offset spelt out, as programs hold it. */
export interface CompleteReadout extends Readout {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/** Spells out what is missing. */
export function completeReadout({ steps, scale, offset }: Readout, nClasses: number): CompleteReadout {
  return {
    ...(steps === undefined ? {} : { steps }),
    scale: scale ?? new Float64Array(nClasses).fill(1),
    offset: offset ?? new Float64Array(nClasses),
  };
}

/** The value of class k that a decision compares. */
export function readoutValue({ steps, scale, offset }: Readout, score: number, k: number): number {
  let x = score;
  if (steps !== undefined) for (const step of steps) x = applyStep(step.kind, x, step.by[k]!);
  return x * (scale?.[k] ?? 1) + (offset?.[k] ?? 0);
}

/** One step in float64. */
export function applyStep(kind: ReadoutStep['kind'], x: number, by: number): number {
  switch (kind) {
    case 'add':
      return x + by;
    case 'multiply':
      return x * by;
    case 'divide':
      return x / by;
  }
}

/** Index of the class with the largest value, the lowest index among equals. */
export function decide(scores: ArrayLike<number>, readout: Readout = {}): number {
  let best = 0;
  let bestValue = -Infinity;
  for (let k = 0; k < scores.length; k++) {
    const value = readoutValue(readout, scores[k]!, k);
    if (value > bestValue) {
      best = k;
      bestValue = value;
    }
  }
  return best;
}
