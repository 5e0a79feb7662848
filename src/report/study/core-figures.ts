/** Accuracy lost with faults in one core at a time. */
import type { TopLevelSpec } from 'vega-lite';
import { lossAtChance, lossOf, signedText } from './accuracy-loss.js';
import { drawFigure } from './figure.js';
import type { FigureWithNumbers } from './level-figure.js';
import { groupPoints, type StudyPoint, type StudyView, targetName } from './points.js';
import { CHANCE_DASH, GOLDEN_DASH, seriesStyle } from './series-style.js';
import { numbersTable } from './tables.js';
import {
  chipsWarning,
  countText,
  effectAtLevel,
  goldenWarning,
  type Namer,
  pointTip,
  sentences,
  whereIndex,
} from './words.js';

/** One figure of bars for each network, target, effect and level. */
export async function coreFigures(view: StudyView, name: Namer): Promise<readonly FigureWithNumbers[]> {
  const known = view.points.filter(
    (point) => point.part === 'cores' && whereIndex(point) !== undefined && lossOf(view, point) !== undefined,
  );
  const figures: FigureWithNumbers[] = [];
  for (const points of groupPoints(known, (point) => [point.network, point.target, point.effect, point.level])) {
    const first = points[0]!;
    const legend = [
      { label: 'golden: 0 points lost', colour: 'var(--ink)', dash: GOLDEN_DASH, width: 1 },
      { label: '95 % interval of the mean (whiskers)', colour: 'var(--ink)', dash: [], width: 1.2 },
    ];
    const figure = await drawFigure(
      coreSpec(view, points),
      {
        name: name('cores', first.network, first.target, effectAtLevel(first)),
        title: `Accuracy lost with ${effectAtLevel(first)} in one core: ${first.network}, ${targetName(first.target)}`,
        subtitle: sentences(`${countText(points)}.`, lossAtChance(view, points), chipsWarning(points)),
        reading:
          'Golden accuracy minus the mean over chips, in points of per cent, by index of the core; whiskers: 95 % interval of the mean.',
        notes: goldenWarning(view, points),
      },
      legend,
    );
    figures.push({ figure, numbers: numbersTable(figure.title, points) });
  }
  return figures;
}

/** Bars by index of the core. The chance line is drawn where the losses come near it; its distance is in the subtitle. */
export function coreSpec(view: StudyView, points: readonly StudyPoint[]): TopLevelSpec {
  const first = points[0]!;
  const golden = view.golden(first.network, first.target);
  const chance = view.chance(first.network);
  const bars = points
    .flatMap((point) => {
      const loss = lossOf(view, point);
      const core = whereIndex(point);
      if (loss === undefined || core === undefined) return [];
      // The golden run has the same images: the interval is that of the accuracy, upside down.
      const ends = (point.interval ?? []).map((end) => loss + (point.accuracy - end) * 100);
      return [
        {
          core,
          loss,
          ...(ends.length === 0 ? {} : { low: Math.min(...ends), high: Math.max(...ends) }),
          tip: `core ${point.where}: ${signedText(loss)} points lost; ${pointTip(first.network, point)}`,
        },
      ];
    })
    .sort((a, b) => a.core - b.core);
  const reach = golden === undefined || chance === undefined ? undefined : (golden.accuracy - chance) * 100;
  const values = bars.flatMap((bar) => [bar.loss, bar.low ?? bar.loss, bar.high ?? bar.loss]);
  const top = Math.max(...values, 0.2);
  const isNear = reach !== undefined && top >= reach / 3;
  const low = Math.min(0, ...values);
  const domain: number[] = [low < 0 ? low - top * 0.05 : 0, isNear ? Math.max(top, reach) * 1.05 : top * 1.1];
  const cores: number[] = bars.map((bar) => bar.core);
  const width = Math.min(1000, Math.max(500, cores.length * 9));
  // Room for about one label in 24 pixels.
  const every = Math.max(1, Math.ceil((24 * cores.length) / width));
  const labels: number[] = cores.filter((_, i) => i % every === 0);
  const x = {
    field: 'core',
    type: 'ordinal',
    scale: { domain: cores, paddingInner: 0.25, paddingOuter: 0.3 },
    axis: { title: 'core with faults (index in the program)', values: labels, labelAngle: 0, labelOverlap: false },
  } as const;
  const y = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { domain, nice: false },
      axis: { title: 'accuracy lost (points)', tickCount: 6, format: '~r' },
    }) as const;
  return {
    width,
    height: 220,
    layer: [
      {
        data: { values: bars },
        mark: { type: 'bar', color: seriesStyle(0).colour },
        encoding: { x, y: y('loss'), description: { field: 'tip' } },
      },
      {
        data: { values: bars.filter((bar) => bar.low !== undefined) },
        mark: { type: 'rule', color: 'var(--ink)', strokeWidth: 1.2, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      },
      {
        data: { values: [{ golden: 0 }] },
        mark: { type: 'rule', color: 'var(--ink)', strokeDash: [...GOLDEN_DASH], strokeWidth: 1, aria: false },
        encoding: { y: y('golden') },
      },
      {
        data: { values: isNear ? [{ chance: reach }] : [] },
        layer: [
          {
            mark: { type: 'rule', color: 'var(--muted)', strokeDash: [...CHANCE_DASH], strokeWidth: 1.5, aria: false },
          },
          {
            mark: { type: 'text', text: 'chance', align: 'left', dx: 4, dy: 9, color: 'var(--muted)', aria: false },
            encoding: { x: { value: 0 } },
          },
        ],
        encoding: { y: y('chance') },
      },
    ],
  };
}
