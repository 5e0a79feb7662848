/** Accuracies with each countermeasure beside each other. */
import type { TopLevelSpec } from 'vega-lite';
import { percent } from '../../common/format.js';
import { type ShareAxis, shareAxis } from './axes.js';
import { BASELINE, type MeasureRow } from './countermeasure-table.js';
import { drawFigure, type DrawnFigure, type LegendEntry } from './figure.js';
import { type StudyPoint, type StudyView, targetName } from './points.js';
import { CHANCE_DASH, GOLDEN_DASH, seriesStyle } from './series-style.js';
import {
  chanceLevels,
  chanceWarning,
  chipsWarning,
  countText,
  goldenWarning,
  levelText,
  type Namer,
  pointTip,
  sentences,
} from './words.js';

/** The figure of one level. */
export async function measureFigure(
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
    ...(view.golden(network, target) === undefined
      ? []
      : [{ label: 'golden (undisturbed)', colour: 'var(--ink)', dash: GOLDEN_DASH, width: 1 }]),
    ...(chance.length === 0
      ? []
      : [
          {
            label: `chance ${chance.map((share) => percent(share, 1)).join(', ')}${isOff ? ': left of this scale' : ''}`,
            ...{ colour: 'var(--muted)', dash: CHANCE_DASH, width: 1.5 },
          },
        ]),
    ...(shown.some((row) => row.isBaseline)
      ? [{ label: BASELINE, colour: seriesStyle(4).colour, dash: [4, 2], width: 1 }]
      : []),
  ];
  return drawFigure(
    measureSpec(view, shown, level),
    {
      name: name('countermeasures', network, target, effect, levelText(level)),
      title: `Accuracy with ${effect} ${levelText(level)} by countermeasure: ${network}, ${targetName(target)}`,
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
        mark: { type: 'rule', color: 'var(--ink)', strokeDash: [...GOLDEN_DASH], strokeWidth: 1, aria: false },
        encoding: { x: x('share') },
      },
      {
        data: { values: chance.map((share) => ({ share: share * 100 })) },
        mark: { type: 'rule', color: 'var(--muted)', strokeDash: [...CHANCE_DASH], strokeWidth: 1.5, aria: false },
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
