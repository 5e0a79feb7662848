/** One figure of one effect: a curve per network over its levels. */
import type { Html } from '../html.js';
import { type LevelAxis, linearAxis, logAxis, spansDecades } from './axes.js';
import { type Curve, type CurvePoint, curveLegend, type CurvePlot, curveSpec } from './curves.js';
import { effectText } from './effects.js';
import { type DrawnFigure, drawFigure } from './figure.js';
import { distinct, groupPoints, type StudyPoint, type StudyView } from './points.js';
import { type SeriesStyle, seriesStyle, targetStyle } from './series-style.js';
import { numbersTable } from './tables.js';
import {
  chanceLevels,
  chanceWarning,
  chipsWarning,
  countText,
  goldenWarning,
  pointTip,
  sentences,
  seriesKey,
  seriesLabel,
} from './words.js';

/** How figures with curves are read. */
export const CURVE_READING =
  'Lines: mean over chips; bands: 95 % interval of the mean (Student t, cut to 0..100 %); small dots: single chips; ' +
  'thin dashes: golden (undisturbed) measurement of each curve on the same target; dots across: chance.';

/** Said where a curve has a point from elsewhere. */
export const NEUTRAL_NOTE = 'At the level that changes nothing, curves have their golden measurement.';

/** What to draw. */
export interface LevelFigureText {
  readonly name: string;
  readonly title: string;
  readonly axisTitle: string;
  readonly measure: 'error' | 'accuracy';
  /** Position of a point on the axis; its level unless given. */
  readonly levelOf?: (point: StudyPoint) => number;
  readonly axis?: LevelAxis;
  readonly note?: string;
}

/** A figure and the table of its numbers. */
export interface FigureWithNumbers {
  readonly figure: DrawnFigure;
  readonly numbers: Html;
}

/** Curves of networks over levels with golden lines, chance and n. */
export async function levelFigure(
  view: StudyView,
  points: readonly StudyPoint[],
  text: LevelFigureText,
): Promise<FigureWithNumbers> {
  const levelOf = text.levelOf ?? ((point: StudyPoint) => point.level);
  const plot = levelPlot(view, points, text, levelOf);
  const figure = await drawFigure(
    curveSpec(plot),
    {
      name: text.name,
      title: text.title,
      subtitle: sentences(`${countText(points)}.`, chipsWarning(points)),
      reading: sentences(CURVE_READING, hasNeutralPoints(view, points, text) ? NEUTRAL_NOTE : ''),
      notes: sentences(text.note ?? '', goldenWarning(view, points), chanceWarning(view, points)),
    },
    curveLegend(plot),
  );
  return { figure, numbers: numbersTable(text.title, points) };
}

/** What {@link levelFigure} draws. */
export function levelPlot(
  view: StudyView,
  points: readonly StudyPoint[],
  text: LevelFigureText,
  levelOf: (point: StudyPoint) => number,
): CurvePlot {
  const share = (accuracy: number): number => (text.measure === 'error' ? 1 - accuracy : accuracy);
  const groups = groupPoints(points, seriesKey);
  const styles = seriesStyles(
    view,
    groups.map((group) => group[0]!),
  );
  const curves = groups.map((group, i): Curve => {
    const [first] = group;
    const golden = view.golden(first!.network, first!.target);
    const label = seriesLabel(first!, points);
    return {
      label,
      style: styles[i]!,
      ...(golden === undefined ? {} : { golden: share(golden.accuracy) }),
      points: group
        .map((point): CurvePoint => ({
          level: levelOf(point),
          mean: share(point.accuracy),
          ...(point.interval === undefined
            ? {}
            : { interval: sortPair(share(point.interval[0]), share(point.interval[1])) }),
          chips: point.accuracies.map(share),
          tip: pointTip(label, point),
        }))
        .concat(neutralPoint(group, golden, text, label))
        .sort((a, b) => a.level - b.level),
    };
  });
  const axis = text.axis ?? levelAxis(points, curves);
  return {
    curves,
    chance: chanceLevels(view, points).map(share),
    measure: text.measure,
    axis,
    axisTitle: text.axisTitle,
  };
}

/** The golden measurement as the point of the level that changes nothing, where that level was not measured again. */
function neutralPoint(
  group: readonly StudyPoint[],
  golden: StudyPoint | undefined,
  { measure, levelOf }: LevelFigureText,
  label: string,
): readonly CurvePoint[] {
  const { neutral } = effectText(group[0]!.effect);
  if (golden === undefined || neutral === undefined || levelOf !== undefined) return [];
  if (group.some((point) => point.level === neutral)) return [];
  const mean = measure === 'error' ? 1 - golden.accuracy : golden.accuracy;
  return [{ level: neutral, mean, chips: [], tip: pointTip(label, golden) }];
}

const hasNeutralPoints = (view: StudyView, points: readonly StudyPoint[], text: LevelFigureText): boolean =>
  groupPoints(points, seriesKey).some((group) => {
    const golden = view.golden(group[0]!.network, group[0]!.target);
    return neutralPoint(group, golden, text, '').length > 0;
  });

/** A logarithmic axis for rates and for levels over decades, else a linear one. */
function levelAxis(points: readonly StudyPoint[], curves: readonly Curve[]): LevelAxis {
  const levels = curves.flatMap((curve) => curve.points.map((point) => point.level));
  const isRate = points.some((point) => effectText(point.effect).rate);
  return spansDecades(levels, isRate ? 4 : 30) ? logAxis(levels) : linearAxis(levels);
}

const sortPair = (a: number, b: number): readonly [number, number] => (a <= b ? [a, b] : [b, a]);

/**
 * Looks of curves, of each of which the first point is given. A variant has the same hue and marker in all figures; curves are counted through
 * where that would not tell them apart.
 */
export function seriesStyles(view: StudyView, firsts: readonly StudyPoint[]): readonly SeriesStyle[] {
  const variants = distinct(view.result.networks.map((network) => network.variant));
  const targets = distinct(firsts.map((point) => point.target));
  const looks = firsts.map((point) => `${point.variant}\n${point.target}`);
  if (firsts.some((point) => !variants.includes(point.variant)) || new Set(looks).size < looks.length)
    return firsts.map((_, i) => seriesStyle(i));
  return firsts.map((point) => {
    const variant = variants.indexOf(point.variant);
    return targets.length > 1 ? targetStyle(variant, targets.indexOf(point.target)) : seriesStyle(variant);
  });
}
