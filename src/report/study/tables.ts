/** Tables of a study. */
import { integer, percent, percentInterval, significant } from '../../common/format.js';
import type { StudyEnergy } from '../../ir/trace/study.js';
import { html, type Html, type HtmlPart } from '../html.js';
import { doublingOf, bitsAt, type Doubling } from './doubling.js';
import { effectText } from './effects.js';
import { distinct, errorOf, groupPoints, rangeText, type StudyPoint, type StudyView, targetName } from './points.js';
import { energyBand, levelText, seriesKey, seriesLabel } from './words.js';

/** A column heading, and whether its cells are numbers. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A table with a heading cell at the start of each row. */
export function table(columns: readonly Column[], rows: readonly (readonly HtmlPart[])[]): Html {
  const cellClass = (i: number): Html => (columns[i]?.isNumber === true ? html` class="number"` : html``);
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${columns.map((column, i) => html`<th scope="col" ${cellClass(i)}>${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, i) =>
                i === 0 ? html`<th scope="row">${cell}</th>` : html`<td ${cellClass(i)}>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const UNKNOWN = 'not known';

/** All numbers behind a figure of this title. */
export function numbersTable(title: string, points: readonly StudyPoint[]): Html {
  const hasBits = points.some((point) => point.gaussianBits !== undefined || point.mutualBits !== undefined);
  const hasWhere = points.some((point) => point.where !== '');
  const hasMeasure = points.some((point) => point.countermeasure !== '');
  const hasVolts = points.some((point) => point.volts !== undefined);
  const hasEnergy = points.some((point) => point.energyUj !== undefined);
  const hasBand = points.some((point) => energyBand(point) !== '');
  const optional = (wanted: boolean, cells: readonly HtmlPart[]): readonly HtmlPart[] => (wanted ? cells : []);
  const columns: readonly Column[] = [
    { title: 'network' },
    { title: 'target' },
    { title: 'effect' },
    { title: 'level', isNumber: true },
    ...(hasWhere ? [{ title: 'where' }] : []),
    ...(hasMeasure ? [{ title: 'countermeasure' }] : []),
    ...(hasVolts ? [{ title: 'volts', isNumber: true }] : []),
    ...['chips', 'images', 'error', '95 % of the mean', 'sd over chips', 'worst chip', 'best chip', 'accuracy'].map(
      (title) => ({ title, isNumber: true }),
    ),
    ...(hasEnergy ? [{ title: `\u00b5J / sample${hasBand ? ', range of the cost table' : ''}`, isNumber: true }] : []),
    ...(hasBits
      ? [
          { title: 'bits (Gaussian channel)', isNumber: true },
          { title: 'bits (mutual information)', isNumber: true },
        ]
      : []),
  ];
  const rows = points.map((point): readonly HtmlPart[] => [
    point.network,
    targetName(point.target),
    point.effect,
    effectText(point.effect).levelled ? levelText(point.level) : '',
    ...optional(hasWhere, [point.where]),
    ...optional(hasMeasure, [point.countermeasure]),
    ...optional(hasVolts, [point.volts === undefined ? UNKNOWN : significant(point.volts)]),
    integer(point.chips),
    rangeText(point.images, integer),
    percent(errorOf(point)),
    point.interval === undefined ? 'one chip' : percentInterval(errorInterval(point.interval)),
    point.accuracyStd === undefined ? 'one chip' : percent(point.accuracyStd),
    percent(1 - Math.min(...point.accuracies)),
    percent(1 - Math.max(...point.accuracies)),
    percent(point.accuracy),
    ...optional(hasEnergy, [energyCell(point)]),
    ...optional(hasBits, [bitsText(point.gaussianBits), bitsText(point.mutualBits)]),
  ]);
  return html`<details>
    <summary>${title} (${integer(points.length)} ${points.length === 1 ? 'point' : 'points'})</summary>
    ${table(columns, rows)}
  </details>`;
}

/** An energy in microjoules, its band below it. */
export function energyCell(energy: StudyEnergy): HtmlPart {
  if (energy.energyUj === undefined) return UNKNOWN;
  const band = energyBand(energy);
  const value = significant(energy.energyUj);
  return band === '' ? value : html`${value}<br /><span class="small">${band}</span>`;
}

const bitsText = (bits: number | undefined): string => (bits === undefined ? UNKNOWN : bits.toFixed(3));

/** Interval of the error from that of the accuracy. */
export const errorInterval = ([low, high]: readonly [number, number]): readonly [number, number] => [1 - high, 1 - low];

/** A doubling in words: "0.52 (between 0.4 and 0.8)". */
export function doublingText(doubling: Doubling): string {
  switch (doubling.kind) {
    case 'reached':
      return `${significant(doubling.level)} (between ${levelText(doubling.between[0])} and ${levelText(doubling.between[1])})`;
    case 'before':
      return `before ${levelText(doubling.level)}, the mildest level`;
    case 'not-reached':
      return `not reached within the levels (to ${levelText(doubling.last)})`;
    case 'unknown':
      return `not known: ${doubling.reason}`;
  }
}

/** For each network: golden error, error at each level, and the level at which the error doubles. */
export function errorTable(view: StudyView, points: readonly StudyPoint[]): Html {
  const first = points[0];
  if (first === undefined) return html``;
  const { levelled, worse } = effectText(first.effect);
  const sign = worse === 'up' ? 1 : -1;
  const levels = [...distinct(points.map((point) => point.level))].sort((a, b) => sign * (a - b));
  const hasBits = first.effect === 'additive' && points.some((point) => point.gaussianBits !== undefined);
  const columns: readonly Column[] = [
    { title: 'network' },
    { title: 'golden error', isNumber: true },
    ...levels.map((level) => ({ title: levelled ? levelText(level) : 'error', isNumber: true })),
    ...(levelled ? [{ title: 'error doubles at' }] : []),
    ...(hasBits ? [{ title: 'that is, in effective bits per weight' }] : []),
  ];
  const rows = groupPoints(points, seriesKey).map((group): readonly HtmlPart[] => {
    const [own] = group;
    const golden = view.golden(own!.network, own!.target);
    const doubling = doublingOf(group, golden);
    return [
      seriesLabel(own!, points),
      golden === undefined ? 'not measured' : percent(errorOf(golden), 1),
      ...levels.map((level) => errorCell(group.find((point) => point.level === level))),
      ...(levelled ? [doublingText(doubling)] : []),
      ...(hasBits ? [doubledBits(group, doubling)] : []),
    ];
  });
  return table(columns, rows);
}

function errorCell(point: StudyPoint | undefined): HtmlPart {
  if (point === undefined) return html`<span class="muted">not measured</span>`;
  if (point.interval === undefined) return percent(errorOf(point), 1);
  const [low, high] = errorInterval(point.interval);
  return html`${percent(errorOf(point), 1)}<br /><span class="small"
      >${(low * 100).toFixed(1)} – ${(high * 100).toFixed(1)}</span
    >`;
}

/** Effective bits per weight at the level of additive noise at which the error doubles. */
export function doubledBits(points: readonly StudyPoint[], doubling: Doubling): string {
  if (doubling.kind !== 'reached') return 'not known';
  const { gaussian, mutual } = bitsAt(points, doubling.level);
  const parts = [
    gaussian === undefined ? '' : `${gaussian.toFixed(3)} (Gaussian channel)`,
    mutual === undefined ? '' : `${mutual.toFixed(3)} (mutual information)`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'not known' : parts.join(', ');
}
