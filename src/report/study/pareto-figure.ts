/** Accuracy against energy: operating points and the front that no other one dominates. */
import type { TopLevelSpec } from 'vega-lite';
import { percent } from '../../common/format.js';
import { html } from '../html.js';
import { shareAxis } from './axes.js';
import { curveEntry, drawFigure, type LegendEntry } from './figure.js';
import { type FigureWithNumbers, seriesStyles } from './level-figure.js';
import { type Operating, paretoFront } from './pareto-front.js';
import { groupPoints, type StudyPoint, type StudyView, targetName } from './points.js';
import { seriesScales } from './series-scales.js';
import { CHANCE_DASH, GOLDEN_DASH, type SeriesStyle } from './series-style.js';
import { energyCell, numbersTable, table } from './tables.js';
import {
  bandNote,
  chanceLevels,
  chipsWarning,
  countText,
  goldenWarning,
  type Namer,
  pointTip,
  sentences,
  seriesKey,
  seriesLabel,
} from './words.js';

/** An operating point of the front figure. */
export interface OperatingPoint extends Operating {
  readonly point: StudyPoint;
}

/** Operating points with a known energy. */
export const operatingPoints = (points: readonly StudyPoint[]): readonly OperatingPoint[] =>
  points.flatMap((point) =>
    point.energyUj === undefined ? [] : [{ point, energyUj: point.energyUj, accuracy: point.accuracy }],
  );

/** One figure of all operating points of a data set on a target. */
export async function frontFigure(
  view: StudyView,
  points: readonly StudyPoint[],
  name: Namer,
): Promise<FigureWithNumbers> {
  const all = operatingPoints(points);
  const front = paretoFront(all);
  const shown = all.map(({ point }) => point);
  const first = shown[0]!;
  const groups = groupPoints(shown, seriesKey);
  const styles = seriesStyles(
    view,
    groups.map((group) => group[0]!),
  );
  const legend: readonly LegendEntry[] = [
    ...groups.map((group, i) => ({
      ...curveEntry(seriesLabel(group[0]!, shown), styles[i]!),
      width: 0,
    })),
    { label: 'front: points that no other one dominates', colour: 'var(--ink)', dash: [], width: 1.2 },
    ...(shown.some((point) => view.golden(point.network, point.target) !== undefined)
      ? [{ label: 'golden (undisturbed)', colour: 'var(--muted)', dash: GOLDEN_DASH, width: 1 }]
      : []),
    ...(chanceLevels(view, shown).length > 0
      ? [{ label: 'chance', colour: 'var(--muted)', dash: CHANCE_DASH, width: 1.5 }]
      : []),
  ];
  const place = `${first.dataset}, ${targetName(first.target)}`;
  const count = countText(shown);
  const figure = await drawFigure(
    frontSpec(view, groups, styles, front),
    {
      name: name('pareto', first.dataset, first.target),
      title: `Accuracy against energy per sample: ${place}`,
      subtitle: sentences(`${count}. Labels: volts.`, chipsWarning(shown)),
      reading: '',
      notes: sentences(
        'Each marker is a network at a supply voltage, bars are 95 % intervals of the mean accuracy; ringed and joined: points that no other ' +
          'one dominates in energy and mean accuracy.',
        bandNote(shown),
        goldenWarning(view, shown),
      ),
    },
    legend,
  );
  const numbers = html`<details>
      <summary>The front: ${front.length} of ${all.length} operating points</summary>
      ${table(
        [
          { title: 'network' },
          { title: 'volts', isNumber: true },
          { title: '\u00b5J / sample', isNumber: true },
          { title: 'accuracy', isNumber: true },
        ],
        front.map(({ point, accuracy }) => [
          point.network,
          `${point.volts ?? ''}`,
          energyCell(point),
          percent(accuracy),
        ]),
      )}
    </details>
    ${numbersTable(figure.title, shown)}`;
  return { figure, numbers };
}

/** Operating points, their front, golden and chance lines. */
export function frontSpec(
  view: StudyView,
  groups: readonly (readonly StudyPoint[])[],
  styles: readonly SeriesStyle[],
  front: readonly OperatingPoint[],
): TopLevelSpec {
  const onFront = new Set(front.map(({ point }) => point));
  const values = groups.flatMap((group, i) =>
    group.map((point) => ({
      series: `${i}`,
      energy: point.energyUj ?? Number.NaN,
      accuracy: point.accuracy * 100,
      ...(point.interval === undefined ? {} : { low: point.interval[0] * 100, high: point.interval[1] * 100 }),
      isFront: onFront.has(point),
      volts: `${point.volts ?? ''} V`,
      tip: pointTip(`${point.network} at ${point.volts ?? '?'} V`, point),
    })),
  );
  const goldens = groups.flatMap((group, i) => {
    const golden = view.golden(group[0]!.network, group[0]!.target);
    return golden === undefined ? [] : [{ series: `${i}`, share: golden.accuracy * 100 }];
  });
  const chance = chanceLevels(
    view,
    groups.flatMap((group) => group),
  ).map((share) => share * 100);
  const vertical = shareAxis(
    [...values.flatMap((v) => [v.accuracy, v.low ?? v.accuracy, v.high ?? v.accuracy]), ...goldens.map((g) => g.share)],
    chance,
    'accuracy',
  );
  const yDomain: number[] = [...vertical.domain];
  const energies = values.map((value) => value.energy);
  const room = (Math.max(...energies) - Math.min(...energies)) * 0.08 || Math.max(...energies) * 0.1 || 1;
  const xDomain: number[] = [Math.max(0, Math.min(...energies) - room), Math.max(...energies) + room];
  const x = {
    field: 'energy',
    type: 'quantitative',
    scale: { domain: xDomain, nice: false, zero: false },
    axis: { title: 'energy per sample (\u00b5J)', tickCount: 7, grid: false, format: '~r' },
  } as const;
  const y = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { domain: yDomain, nice: false, zero: false },
      axis: { title: 'test accuracy (%)', tickCount: 6, format: '~r' },
    }) as const;
  const { colour, shape } = seriesScales(styles);
  return {
    width: 500,
    height: 280,
    layer: [
      {
        data: { values: chance.filter((share) => !vertical.offScale.includes(share)).map((share) => ({ share })) },
        mark: { type: 'rule', color: 'var(--muted)', strokeDash: [...CHANCE_DASH], strokeWidth: 1.5, aria: false },
        encoding: { y: y('share') },
      },
      {
        data: {
          values: chance.map((share) => ({
            share: Math.max(share, yDomain[0]!),
            text: `chance ${share.toFixed(1)} %${vertical.offScale.includes(share) ? ': below this scale' : ''}`,
          })),
        },
        mark: { type: 'text', align: 'left', dx: 4, dy: -7, color: 'var(--muted)', fontSize: 11, aria: false },
        encoding: { x: { value: 0 }, y: y('share'), text: { field: 'text' } },
      },
      {
        data: { values: goldens },
        mark: { type: 'rule', strokeDash: [...GOLDEN_DASH], strokeWidth: 1, opacity: 0.85, aria: false },
        encoding: { y: y('share'), color: colour },
      },
      {
        data: { values: values.filter((value) => value.isFront) },
        mark: { type: 'line', color: 'var(--ink)', strokeWidth: 1.2, interpolate: 'step-after', aria: false },
        encoding: { x, y: y('accuracy') },
      },
      {
        data: { values: values.filter((value) => value.low !== undefined) },
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
      },
      {
        data: { values },
        mark: { type: 'point', size: 60, filled: true, opacity: 1 },
        encoding: { x, y: y('accuracy'), color: colour, shape, description: { field: 'tip' } },
      },
      {
        data: { values: values.filter((value) => value.isFront) },
        mark: { type: 'point', shape: 'circle', size: 190, color: 'var(--ink)', strokeWidth: 1.2, aria: false },
        encoding: { x, y: y('accuracy') },
      },
      {
        data: { values: values.filter((value) => value.isFront) },
        mark: { type: 'text', dy: 17, dx: 4, align: 'left', color: 'var(--ink)', fontSize: 10, aria: false },
        encoding: { x, y: y('accuracy'), text: { field: 'volts' } },
      },
    ],
  };
}
