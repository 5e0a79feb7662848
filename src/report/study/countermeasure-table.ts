/** Measures by cost, and the table of what each costs and buys. */
import type { CountermeasureCost } from '../../ir/trace/study.js';
import { integer, percent, percentInterval } from '../../common/format.js';
import { type Html, html } from '../html.js';
import { pairedDifference } from './paired-difference.js';
import { groupPoints, type StudyPoint, type StudyView } from './points.js';
import { energyCell } from './tables.js';
import { levelText } from './words.js';

/** A measure with its cost and its points, one per level where it was measured. */
export interface MeasureRow {
  readonly name: string;
  readonly isBaseline: boolean;
  readonly cost?: CountermeasureCost;
  /** By level. */
  readonly points: ReadonlyMap<number, StudyPoint>;
}

/** Name of the row without a measure. */
export const BASELINE = 'without a measure';

/** Measures of one network, target and effect by cost, equal costs beside each other. Measures of unknown cost come last. */
export function measureRows(view: StudyView, points: readonly StudyPoint[]): readonly MeasureRow[] {
  const rows = groupPoints(points, (point) => [point.countermeasure]).map((group): MeasureRow => {
    const { countermeasure, network, target } = group[0]!;
    const cost = view.result.costs.find(
      (other) => other.countermeasure === countermeasure && other.network === network && other.target === target,
    );
    return {
      name: countermeasure === '' ? BASELINE : countermeasure,
      isBaseline: countermeasure === '',
      ...(cost === undefined ? {} : { cost }),
      points: new Map(group.map((point) => [point.level, point])),
    };
  });
  const hasEnergy = rows.every((row) => row.cost === undefined || row.cost.energyUj !== undefined);
  return [...rows].sort((a, b) => compareCosts(a, b, hasEnergy));
}

/** Cost on the chip, the dearest item first: energy where all have one, then cores, members and memory. Epochs are paid once and come last. */
function compareCosts(a: MeasureRow, b: MeasureRow, hasEnergy: boolean): number {
  if (a.cost === undefined || b.cost === undefined) return Number(a.cost === undefined) - Number(b.cost === undefined);
  const items = (cost: CountermeasureCost): readonly number[] => [
    hasEnergy ? (cost.energyUj ?? 0) : 0,
    ...[cost.cores, cost.members, cost.storedBits, cost.protectedBits],
    cost.epochs ?? 0,
  ];
  const left = items(a.cost);
  const right = items(b.cost);
  for (const [i, value] of left.entries()) if (value !== right[i]) return value - right[i]!;
  return Number(b.isBaseline) - Number(a.isBaseline);
}

/** Whether two measures take the same of the chip: cores, energy, memory, members. Unknown costs equal nothing. */
export const isEqualCost = (a: MeasureRow, b: MeasureRow): boolean =>
  a.cost !== undefined &&
  b.cost !== undefined &&
  a.cost.energyUj === b.cost.energyUj &&
  a.cost.cores === b.cost.cores &&
  a.cost.members === b.cost.members &&
  a.cost.storedBits === b.cost.storedBits &&
  a.cost.protectedBits === b.cost.protectedBits;

/** The table, with two columns for each level; the baseline is the row without a measure. */
export function measureTable(rows: readonly MeasureRow[], levels: readonly number[]): Html {
  const baseline = rows.find((row) => row.isBaseline);
  const body = rows.map((row, i) => {
    const before = rows[i - 1];
    const isFirst = before === undefined || !isEqualCost(before, row);
    let span = 1;
    while (rows[i + span] !== undefined && isEqualCost(row, rows[i + span]!)) span++;
    return html`<tr ${isFirst ? html` class="group"` : html``}>
      ${isFirst ? costCells(row.cost, span) : undefined}
      <td class="number">${row.cost?.epochs === undefined ? 'not known' : integer(row.cost.epochs)}</td>
      <th scope="row">${row.name}</th>
      ${levels.map((level) => benefitCells(row, baseline, level))}
    </tr>`;
  });
  return html`<div class="wide">
    <table class="grouped">
      <thead>
        <tr>
          <th colspan="6" scope="colgroup">what it costs</th>
          <th></th>
          ${levels.map((level) => html`<th colspan="2" scope="colgroup">what it buys at ${levelText(level)}</th>`)}
        </tr>
        <tr>
          ${['members', 'cores', '\u00b5J / sample', 'stored bits', 'protected bits', 'epochs of training'].map(
            (title) => html`<th scope="col" class="number">${title}</th>`,
          )}
          <th scope="col">measure</th>
          ${levels.map(
            () =>
              html`<th scope="col" class="number">accuracy</th>
                <th scope="col" class="number">difference in points</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function costCells(cost: CountermeasureCost | undefined, span: number): Html {
  if (cost === undefined) return html`<td colspan="5" class="muted">cost not known</td>`;
  const { members, cores, storedBits, protectedBits } = cost;
  const share = storedBits > 0 ? ` (${percent(protectedBits / storedBits, 1)})` : '';
  const cells = [
    integer(members),
    integer(cores),
    energyCell(cost),
    integer(storedBits),
    `${integer(protectedBits)}${share}`,
  ];
  return html`${cells.map((cell) => html`<td class="number" rowspan="${span}">${cell}</td>`)}`;
}

function benefitCells(row: MeasureRow, baseline: MeasureRow | undefined, level: number): Html {
  const point = row.points.get(level);
  if (point === undefined) return html`<td colspan="2" class="muted">not measured</td>`;
  const interval = point.interval === undefined ? 'one chip' : percentInterval(point.interval, 1);
  const accuracy = html`<td class="number">
    ${percent(point.accuracy, 1)}<br /><span class="small">${interval}</span>
  </td>`;
  if (row.isBaseline)
    return html`${accuracy}
      <td class="number muted">baseline</td>`;
  const other = baseline?.points.get(level);
  const pair = other === undefined ? undefined : pairedDifference(point, other);
  if (pair === undefined)
    return html`${accuracy}
      <td class="number muted">no chip in common</td>`;
  const range =
    pair.interval === undefined ? 'one chip' : `${signedPoints(pair.interval[0])} to ${signedPoints(pair.interval[1])}`;
  const fewer = pair.chips === point.chips ? '' : `, ${integer(pair.chips)} chips in common`;
  return html`${accuracy}
    <td class="number">${signedPoints(pair.difference)}<br /><span class="small">${range}${fewer}</span></td>`;
}

/** 0.0312 -> "+3.1". */
function signedPoints(share: number): string {
  const text = (share * 100).toFixed(1);
  return share > 0 && text !== '0.0' ? `+${text}` : text.replace('-0.0', '0.0').replace('-', '\u2212');
}
