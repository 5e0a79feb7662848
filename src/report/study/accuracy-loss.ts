/** Accuracy that faults in one place cost. */
import { percent } from '../../common/format.js';
import type { StudyPoint, StudyView } from './points.js';
import { chanceLevels } from './words.js';

/** Accuracy that a fault costs, in points of per cent: golden minus mean. Undefined without a golden accuracy. */
export function lossOf(view: StudyView, point: StudyPoint): number | undefined {
  const golden = view.golden(point.network, point.target);
  return golden === undefined ? undefined : (golden.accuracy - point.accuracy) * 100;
}

/**
 * Place of a loss on a ramp that all figures share: 0 where nothing is lost, 1 where the accuracy is that of guessing (or 0, where the number of
 * classes is not known). The square root keeps small losses, which are the usual ones, apart.
 */
export function lossBadness(view: StudyView, point: StudyPoint, loss: number): number {
  const golden = view.golden(point.network, point.target)?.accuracy ?? 1;
  const span = Math.max(1, (golden - (view.chance(point.network) ?? 0)) * 100);
  return Math.sqrt(Math.min(1, Math.max(0, loss / span)));
}

/** 0.04 -> "0.0", never "-0.0". */
export const signedText = (value: number): string => (Math.abs(value) < 0.05 ? '0.0' : value.toFixed(1));

/** Points of accuracy between golden and chance, in words. */
export function lossAtChance(view: StudyView, points: readonly StudyPoint[]): string {
  const spans = points.flatMap((point) => {
    const golden = view.golden(point.network, point.target);
    const chance = view.chance(point.network);
    return golden === undefined || chance === undefined ? [] : [(golden.accuracy - chance) * 100];
  });
  if (spans.length === 0) return 'Chance is not known.';
  const low = Math.min(...spans).toFixed(1);
  const high = Math.max(...spans).toFixed(1);
  const chance = chanceLevels(view, points).map((share) => percent(share, 1));
  return `Golden is 0 points lost; chance (${chance.join(', ')}) is ${low === high ? low : `${low} to ${high}`} points lost.`;
}
