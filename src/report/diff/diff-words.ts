/** How changes read. */
import type { Unknown } from '../../common/quantity.js';
import type { Interval } from '../../common/statistics.js';
import { significant, unitSign } from '../../common/format.js';
import type { Change } from './change.js';
import { type Ratio, toNumber } from './ratio.js';

const signed = (text: string, value: number): string => (value > 0 ? `+${text}` : text);

/** "-0.40 pp", "+2 (+5.3 %)", "-12.1 %", "not compared: ..." */
export function changeText({ unit, difference, relative }: Change): string {
  if ('unknown' in difference) return `not compared: ${difference.reason}`;
  const value = toNumber(difference);
  if (value === 0) return 'the same';
  if (unit === 'share') return points(value);
  const share = relativeText(relative);
  const absolute = signed(significant(value), value);
  if (unit === '') return share === '' ? absolute : `${absolute} (${share})`;
  return share === '' ? `${absolute} ${unitSign(unit)}` : share;
}

/** "+0.30 pp" of a difference of fractions; more digits where two would hide it. */
export function points(value: number): string {
  const text = (value * 100).toFixed(2);
  return signed(Number(text) === 0 && value !== 0 ? significant(value * 100) : text, value) + ' pp';
}

/** "95 %: -0.61 to +0.01 pp" */
export const pointsInterval = ([low, high]: Interval): string =>
  `95 %: ${points(low).replace(/ pp$/, '')} to ${points(high)}`;

/** "+5.3 %"; a factor where percent would not be read: "x 0.00042". */
function relativeText(relative: Ratio | Unknown): string {
  if ('unknown' in relative) return '';
  const value = toNumber(relative);
  if (value >= 9 || value <= -0.9) return `x ${significant(1 + value)}`;
  const text = (value * 100).toFixed(1);
  return `${signed(Number(text) === 0 ? significant(value * 100) : text, value)} %`;
}
