/** The level at which the error is twice the golden one. */
import { binaryWeightBits, gaussianChannelBits } from '../../common/channel-bits.js';
import { effectText } from './effects.js';
import { errorOf, type StudyPoint } from './points.js';

/** Where a curve crosses twice its golden error. */
export type Doubling =
  /** Between two measured levels, linear between their mean errors. */
  | { readonly kind: 'reached'; readonly level: number; readonly between: readonly [number, number] }
  /** The mildest measured level is past it, and nothing milder is known. */
  | { readonly kind: 'before'; readonly level: number }
  /** `last` is the worst measured level. */
  | { readonly kind: 'not-reached'; readonly last: number }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A level and the mean error there, 0..1. */
export interface LevelError {
  readonly level: number;
  readonly error: number;
}

/** Measured levels of a curve from mild to bad, from the level that changes nothing on; what is on its other side is left out. */
export function bySeverity(points: readonly StudyPoint[]): readonly StudyPoint[] {
  const first = points[0];
  if (first === undefined) return [];
  const { worse, neutral } = effectText(first.effect);
  const sign = worse === 'up' ? 1 : -1;
  return points
    .filter((point) => neutral === undefined || sign * (point.level - neutral) >= 0)
    .sort((a, b) => sign * (a.level - b.level));
}

/**
 * First crossing of 2 x `goldenError` along levels from mild to bad, linear in the level between the mean errors of neighbours.
 * `neutral` is the level that changes nothing, whose error is the golden one by definition, whether it was measured or not.
 */
export function doublingLevel(
  levels: readonly LevelError[],
  goldenError: number | undefined,
  neutral: number | undefined,
): Doubling {
  if (goldenError === undefined) return { kind: 'unknown', reason: 'golden accuracy not measured' };
  if (goldenError === 0) return { kind: 'unknown', reason: 'the golden error is 0' };
  const curve =
    neutral === undefined
      ? levels
      : [{ level: neutral, error: goldenError }, ...levels.filter((point) => point.level !== neutral)];
  const [first] = curve;
  const last = curve[curve.length - 1];
  if (levels.length === 0 || first === undefined || last === undefined)
    return { kind: 'unknown', reason: 'not measured' };
  const twice = 2 * goldenError;
  if (first.error >= twice) return { kind: 'before', level: first.level };
  for (let i = 1; i < curve.length; i++) {
    const mild = curve[i - 1]!;
    const bad = curve[i]!;
    if (bad.error < twice) continue;
    const share = (twice - mild.error) / (bad.error - mild.error);
    return {
      kind: 'reached',
      level: mild.level + share * (bad.level - mild.level),
      between: [mild.level, bad.level],
    };
  }
  return { kind: 'not-reached', last: last.level };
}

/** {@link doublingLevel} of the points of one curve. */
export function doublingOf(points: readonly StudyPoint[], golden: StudyPoint | undefined): Doubling {
  const first = points[0];
  if (first === undefined) return { kind: 'unknown', reason: 'not measured' };
  const { levelled, neutral } = effectText(first.effect);
  if (!levelled) return { kind: 'unknown', reason: 'the effect has no level' };
  return doublingLevel(
    bySeverity(points).map((point) => ({ level: point.level, error: errorOf(point) })),
    golden === undefined ? undefined : errorOf(golden),
    neutral,
  );
}

/** Effective bits per weight at a level of additive noise; a reading that the points do not have is absent. */
export interface BitsAtLevel {
  readonly gaussian?: number;
  readonly mutual?: number;
}

/**
 * Effective bits at standard deviation `sigma` > 0 between measured points of one network. The Gaussian reading of a network of several layers
 * is a mean over layers; the S of one channel that gives the same bits hardly changes with sigma, so that S is interpolated (exact where all
 * layers have the same S). The mutual information of a weight that is -a or +a is a function of sigma alone.
 */
export function bitsAt(points: readonly StudyPoint[], sigma: number): BitsAtLevel {
  const noisy = points.filter((point) => point.level > 0).sort((a, b) => a.level - b.level);
  const squares = noisy.flatMap(({ level, gaussianBits }) =>
    gaussianBits === undefined ? [] : [{ level, square: level * level * (2 ** (2 * gaussianBits) - 1) }],
  );
  const square = interpolate(squares, sigma);
  const isBinary = noisy.length > 0 && noisy.every((point) => point.mutualBits !== undefined);
  return {
    ...(square === undefined ? {} : { gaussian: gaussianChannelBits(square, sigma) }),
    ...(isBinary ? { mutual: binaryWeightBits(sigma) } : {}),
  };
}

/** Linear between neighbours, constant beyond the ends. */
function interpolate(
  values: readonly { readonly level: number; readonly square: number }[],
  at: number,
): number | undefined {
  const after = values.findIndex(({ level }) => level >= at);
  const low = values[after === -1 ? values.length - 1 : Math.max(0, after - 1)];
  const high = values[after === -1 ? values.length - 1 : after];
  if (low === undefined || high === undefined) return undefined;
  if (high.level === low.level || at <= low.level) return low.square;
  return low.square + ((at - low.level) / (high.level - low.level)) * (high.square - low.square);
}
