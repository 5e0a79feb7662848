/** What can be done about a fault: what each measure buys, and what it costs. */
import type { TopLevelSpec } from 'vega-lite';
import type { CountermeasureCost } from '../../ir/trace/study.js';
import { integer, percent, percentInterval, significant } from '../format.js';
import { html, type Html } from '../html.js';
import { type ShareAxis, shareAxis } from './axes.js';
import { effectText } from './effects.js';
import { type DrawnFigure, drawFigure, type LegendEntry } from './figure.js';
import { pairedDifference } from './paired-difference.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, TARGET_NAMES } from './points.js';
import { emptySection, type StudySection } from './section.js';
import { seriesStyle } from './series-style.js';
import { numbersTable } from './tables.js';
import {
  chanceLevels,
  chanceWarning,
  chipsWarning,
  countText,
  goldenWarning,
  levelText,
  pointTip,
  sentences,
} from './words.js';

type Namer = (...words: readonly string[]) => string;

/** A measure with its cost and its points, one per level where it was measured. */
export interface MeasureRow {
  readonly name: string;
  readonly isBaseline: boolean;
  readonly cost?: CountermeasureCost;
  /** By level. */
  readonly points: ReadonlyMap<number, StudyPoint>;
}

const BASELINE = 'without a measure';

/** Tables and figures of the part `countermeasures`. */
export async function countermeasureSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'countermeasures';
  const title = 'Countermeasures';
  const points = view.points.filter((point) => point.part === 'countermeasures');
  if (points.length === 0) return emptySection(id, title, 'The study has no measured countermeasures.');
  const figures: DrawnFigure[] = [];
  const bodies: Html[] = [];
  for (const group of groupPoints(points, (point) => [point.network, point.target, point.effect])) {
    const first = group[0]!;
    const rows = measureRows(view, group);
    const levels = [...distinct(group.map((point) => point.level))].sort((a, b) => a - b);
    const drawn: DrawnFigure[] = [];
    for (const level of levels) drawn.push(await measureFigure(view, rows, level, name));
    figures.push(...drawn);
    bodies.push(
      html`<h3>${effectText(first.effect).title}: ${first.network}, ${TARGET_NAMES[first.target]}</h3>
        <p class="muted">
          ${effectText(first.effect).axis}. ${countText(group)}. Sorted by what a measure costs on the chip; measures of
          equal cost share their cells. Differences to the network without a measure are paired over chips: the same
          chip seeds with and without. ${chipsWarning(group)} ${goldenWarning(view, group)}
        </p>
        ${measureTable(rows, levels)}
        <div class="figures">${drawn.map((figure) => html`<div>${figure.inline}</div>`)}</div>
        ${numbersTable(`Numbers: ${effectText(first.effect).title}`, group)}`,
    );
  }
  return { id, title, body: html`${bodies}`, figures };
}

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

function measureTable(rows: readonly MeasureRow[], levels: readonly number[]): Html {
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
  const { members, cores, energyUj, storedBits, protectedBits } = cost;
  const share = storedBits > 0 ? ` (${percent(protectedBits / storedBits, 1)})` : '';
  const cells = [
    integer(members),
    integer(cores),
    energyUj === undefined ? 'not known' : significant(energyUj),
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

async function measureFigure(
  view: StudyView,
  rows: readonly MeasureRow[],
  level: number,
  name: Namer,
): Promise<DrawnFigure> {
  const shown = rows.filter((row) => row.points.has(level));
  const points = shown.map((row) => row.points.get(level)!);
  const { network, target, effect } = points[0]!;
  const look = seriesStyle(0);
  const chance = chanceLevels(view, points);
  const isOff = measureAxis(view, points).offScale.length > 0;
  const legend: readonly LegendEntry[] = [
    { label: 'mean and its 95 % interval', colour: look.colour, dash: [], width: 2, shape: look.shape },
    { label: 'golden (undisturbed)', colour: 'var(--ink)', dash: [9, 4], width: 1 },
    {
      label: `chance ${chance.map((share) => percent(share, 1)).join(', ')}${isOff ? ': left of this scale' : ''}`,
      ...{ colour: 'var(--muted)', dash: [1.5, 3.5], width: 1.5 },
    },
    { label: BASELINE, colour: seriesStyle(4).colour, dash: [4, 2], width: 1 },
  ];
  return drawFigure(
    measureSpec(view, shown, level),
    {
      name: name('countermeasures', network, target, effect, levelText(level)),
      title: `Accuracy with ${effect} ${levelText(level)} by countermeasure: ${network}, ${TARGET_NAMES[target]}`,
      subtitle: sentences(`${countText(points)}. Cheapest first.`, chipsWarning(points)),
      reading:
        'Dots: mean over chips with its 95 % interval (Student t, cut to 0..100 %); small dots: single chips; from the cheapest to the dearest ' +
        'on the chip.',
      notes: sentences(goldenWarning(view, points), chanceWarning(view, points)),
    },
    legend,
  );
}

/** Range of the accuracies with their golden and, if it is near, chance. */
function measureAxis(view: StudyView, points: readonly StudyPoint[]): ShareAxis {
  const goldens = points.flatMap((point) => view.golden(point.network, point.target)?.accuracy ?? []);
  const values = [...points.flatMap((point) => [...point.accuracies, ...(point.interval ?? [])]), ...goldens];
  const percents = (shares: readonly number[]): readonly number[] => shares.map((share) => share * 100);
  return shareAxis(percents(values), percents(chanceLevels(view, points)), 'accuracy');
}

/** Dots with whiskers, one row per measure. */
export function measureSpec(view: StudyView, rows: readonly MeasureRow[], level: number): TopLevelSpec {
  const points = rows.flatMap((row) => {
    const point = row.points.get(level);
    return point === undefined ? [] : [{ measure: row.name, isBaseline: row.isBaseline, point }];
  });
  const order: string[] = points.map(({ measure }) => measure);
  const first = points[0]?.point;
  const golden = first === undefined ? undefined : view.golden(first.network, first.target);
  const horizontal = measureAxis(
    view,
    points.map(({ point }) => point),
  );
  const chance = chanceLevels(
    view,
    points.map(({ point }) => point),
  ).filter((share) => !horizontal.offScale.includes(share * 100));
  const xDomain: number[] = [...horizontal.domain];
  const x = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { domain: xDomain, nice: false },
      axis: { title: 'test accuracy (%)', tickCount: 6, grid: true },
    }) as const;
  const y = {
    field: 'measure',
    type: 'nominal',
    sort: null,
    scale: { domain: order },
    axis: { title: null, labelLimit: 240, labelColor: 'var(--ink)', labelOverlap: false, ticks: false, domain: false },
  } as const;
  const look = seriesStyle(0);
  return {
    width: 430,
    height: Math.max(90, order.length * 26),
    layer: [
      {
        data: { values: golden === undefined ? [] : [{ share: golden.accuracy * 100 }] },
        mark: { type: 'rule', color: 'var(--ink)', strokeDash: [9, 4], strokeWidth: 1, aria: false },
        encoding: { x: x('share') },
      },
      {
        data: { values: chance.map((share) => ({ share: share * 100 })) },
        mark: { type: 'rule', color: 'var(--muted)', strokeDash: [1.5, 3.5], strokeWidth: 1.5, aria: false },
        encoding: { x: x('share') },
      },
      {
        data: {
          values: points.filter(({ isBaseline }) => isBaseline).map(({ point }) => ({ share: point.accuracy * 100 })),
        },
        mark: { type: 'rule', color: seriesStyle(4).colour, strokeDash: [4, 2], strokeWidth: 1, aria: false },
        encoding: { x: x('share') },
      },
      {
        data: {
          values: points.flatMap(({ measure, point }) =>
            point.chips < 2 ? [] : point.accuracies.map((share) => ({ measure, share: share * 100 })),
          ),
        },
        mark: { type: 'circle', size: 12, opacity: 0.35, color: look.colour, aria: false },
        encoding: { x: x('share'), y },
      },
      {
        data: {
          values: points.flatMap(({ measure, point }) =>
            point.interval === undefined
              ? []
              : [{ measure, low: point.interval[0] * 100, high: point.interval[1] * 100 }],
          ),
        },
        mark: { type: 'rule', strokeWidth: 2, color: look.colour, aria: false },
        encoding: { x: x('low'), x2: { field: 'high' }, y },
      },
      {
        data: {
          values: points.map(({ measure, point }) => ({
            measure,
            share: point.accuracy * 100,
            tip: pointTip(measure, point),
          })),
        },
        mark: { type: 'point', size: 70, filled: true, opacity: 1, color: look.colour },
        encoding: { x: x('share'), y, description: { field: 'tip' } },
      },
    ],
  };
}
