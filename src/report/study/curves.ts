/** Curves over a level: means with their bands, single chips, golden and chance lines. */
import type { TopLevelSpec } from 'vega-lite';
import { percent } from '../../common/format.js';
import { type LevelAxis, shareAxis } from './axes.js';
import { axisTitle, curveEntry, type LegendEntry } from './figure.js';
import { CHANCE_DASH, GOLDEN_DASH, type SeriesStyle } from './series-style.js';

/** A measured point of a curve; shares in 0..1. */
export interface CurvePoint {
  readonly level: number;
  readonly mean: number;
  readonly interval?: readonly [number, number];
  /** One per chip. */
  readonly chips: readonly number[];
  /** What the point says when pointed at. */
  readonly tip: string;
}

/** One curve. Shares are errors or accuracies alike. */
export interface Curve {
  readonly label: string;
  readonly points: readonly CurvePoint[];
  /** The undisturbed share, if it was measured. */
  readonly golden?: number;
  readonly style: SeriesStyle;
}

/** What is drawn. */
export interface CurvePlot {
  readonly curves: readonly Curve[];
  /** Levels of guessing, in the measure of the curves. */
  readonly chance: readonly number[];
  readonly measure: 'error' | 'accuracy';
  readonly axis: LevelAxis;
  readonly axisTitle: string;
  readonly size?: { readonly width: number; readonly height: number };
}

/** More single chips than this are a smear and not drawn. */
const MOST_CHIPS = 1500;

/** Title of a vertical axis. */
export const measureTitle = (measure: 'error' | 'accuracy'): string =>
  measure === 'error' ? 'test error (%)' : 'test accuracy (%)';

/** Legend of curves: each curve, then the lines and areas that all figures share, as far as they are drawn. */
export function curveLegend(plot: CurvePlot): readonly LegendEntry[] {
  const neutral = { colour: 'var(--muted)', dash: [], width: 1 };
  const hasGolden = plot.curves.some((curve) => curve.golden !== undefined);
  const hasBand = plot.curves.some((curve) => curve.points.some((point) => point.interval !== undefined));
  return [
    ...plot.curves.map((curve) => curveEntry(curve.label, curve.style)),
    ...(hasGolden ? [{ ...neutral, label: 'golden (undisturbed)', dash: GOLDEN_DASH }] : []),
    ...(plot.chance.length > 0 ? [{ ...neutral, label: 'chance', dash: CHANCE_DASH, width: 1.5 }] : []),
    ...(hasBand ? [{ ...neutral, label: '95 % interval of the mean', isBand: true }] : []),
  ];
}

/** The vega-lite specification of curves. */
export function curveSpec(plot: CurvePlot): TopLevelSpec {
  const { curves, chance, measure, axis, size = { width: 500, height: 250 } } = plot;
  const drawn = curves.flatMap((curve) => [
    ...curve.points.flatMap((point) => [point.mean, ...(point.interval ?? []), ...point.chips]),
    ...(curve.golden === undefined ? [] : [curve.golden]),
  ]);
  const percents = chance.map((share) => share * 100);
  const vertical = shareAxis(
    drawn.map((share) => share * 100),
    percents,
    measure,
  );
  const series = curves.map((_, i) => `${i}`);
  const styles = curves.map((curve) => curve.style);
  const colour = {
    field: 'series',
    type: 'nominal',
    scale: { domain: [...series], range: styles.map((style) => style.colour) },
    legend: null,
  } as const;
  const dash = {
    field: 'series',
    type: 'nominal',
    scale: { domain: [...series], range: styles.map((style) => (style.dash.length === 0 ? [1, 0] : [...style.dash])) },
    legend: null,
  } as const;
  const shape = {
    field: 'series',
    type: 'nominal',
    scale: { domain: [...series], range: styles.map((style) => style.shape) },
    legend: null,
  } as const;
  // The library takes only lists that it may change.
  const xDomain: number[] = [...axis.domain];
  const xTicks: number[] = [...axis.ticks];
  const yDomain: number[] = [...vertical.domain];
  const x = {
    field: 'x',
    type: 'quantitative',
    axis: {
      title: axisTitle(plot.axisTitle),
      values: xTicks,
      grid: false,
      labelExpr: axis.labelExpr,
      labelOverlap: false,
    },
    scale: { domain: xDomain, nice: false, zero: false },
  } as const;
  const y = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { domain: yDomain, nice: false, zero: false },
      axis: { title: measureTitle(measure), tickCount: 6, format: '~r' },
    }) as const;
  const means = curves.flatMap((curve, i) =>
    curve.points.map((point) => ({
      series: series[i]!,
      level: point.level,
      x: axis.position(point.level),
      mean: point.mean * 100,
      ...(point.interval === undefined ? {} : { low: point.interval[0] * 100, high: point.interval[1] * 100 }),
      tip: point.tip,
    })),
  );
  // Beside each other, in the order of the curves: chips of two curves at one level stay apart.
  const step = (axis.domain[1] - axis.domain[0]) * 0.006;
  const chips = curves.flatMap((curve, i) =>
    curve.points.flatMap((point) =>
      point.chips.length < 2
        ? []
        : point.chips.map((share) => ({
            series: series[i]!,
            x: axis.position(point.level) + (i - (curves.length - 1) / 2) * step,
            share: share * 100,
          })),
    ),
  );
  const isBroken = (level: number): boolean => axis.breakAt !== undefined && level === 0;
  const onScale = percents.filter((share) => !vertical.offScale.includes(share));
  const { width, height } = size;
  return {
    width,
    height,
    layer: [
      {
        data: { values: onScale.map((share) => ({ share, text: `chance ${percent(share / 100, 1)}` })) },
        layer: [
          {
            mark: { type: 'rule', color: 'var(--muted)', strokeDash: [...CHANCE_DASH], strokeWidth: 1.5, aria: false },
          },
          {
            mark: { type: 'text', align: 'left', dx: 4, dy: -6, color: 'var(--muted)', fontSize: 11, aria: false },
            encoding: { x: { value: 0 }, text: { field: 'text' } },
          },
        ],
        encoding: { y: y('share') },
      },
      {
        data: { values: vertical.offScale.map((share, i) => ({ text: offScaleText(share, measure), row: i })) },
        mark: { type: 'text', align: 'left', dx: 4, color: 'var(--muted)', fontSize: 11, aria: false },
        encoding: { x: { value: 0 }, y: { value: measure === 'error' ? 9 : height - 8 }, text: { field: 'text' } },
      },
      {
        data: {
          values: curves.flatMap((curve, i) =>
            curve.golden === undefined ? [] : [{ series: series[i]!, share: curve.golden * 100 }],
          ),
        },
        mark: { type: 'rule', strokeDash: [...GOLDEN_DASH], strokeWidth: 1, opacity: 0.85, aria: false },
        encoding: { y: y('share'), color: colour },
      },
      {
        data: { values: means.filter((point) => point.low !== undefined && !isBroken(point.level)) },
        mark: { type: 'area', opacity: 0.16, line: false, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
      },
      {
        data: { values: chips.length > MOST_CHIPS ? [] : chips },
        mark: { type: 'circle', size: 9, opacity: 0.38, aria: false },
        encoding: { x, y: y('share'), color: colour },
      },
      {
        data: { values: means.filter((point) => !isBroken(point.level)) },
        mark: { type: 'line', strokeWidth: 2, aria: false },
        encoding: { x, y: y('mean'), color: colour, strokeDash: dash },
      },
      {
        data: { values: means },
        mark: { type: 'point', size: 46, filled: true, opacity: 1 },
        encoding: { x, y: y('mean'), color: colour, shape, description: { field: 'tip' } },
      },
      {
        data: { values: axis.breakAt === undefined ? [] : [{ x: axis.breakAt }] },
        mark: { type: 'text', text: '//', color: 'var(--muted)', fontSize: 13, fontWeight: 700, aria: false },
        encoding: { x, y: { value: height } },
      },
    ],
  };
}

const offScaleText = (share: number, measure: 'error' | 'accuracy'): string =>
  `chance ${percent(share / 100, 1)}: ${measure === 'error' ? 'above' : 'below'} this scale`;
