/** Which layer, and which core, the accuracy hangs on. */
import type { TopLevelSpec } from 'vega-lite';
import { percent } from '../format.js';
import { html, type Html } from '../html.js';
import { groupTitle } from './distortion-section.js';
import { indexOf } from './fault-section.js';
import { type DrawnFigure, drawFigure } from './figure.js';
import { type Matrix, matrixSpec } from './matrix.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, TARGET_NAMES } from './points.js';
import { figureGrid, type StudySection } from './section.js';
import { seriesStyle } from './series-style.js';
import { numbersTable } from './tables.js';
import {
  chanceLevels,
  chipsWarning,
  countText,
  effectAtLevel,
  goldenWarning,
  pointTip,
  sentences,
  seriesLabel,
} from './words.js';

type Namer = (...words: readonly string[]) => string;

/** Accuracy that a fault costs, in points of per cent: golden minus mean. Undefined without a golden accuracy. */
export function lossOf(view: StudyView, point: StudyPoint): number | undefined {
  const golden = view.golden(point.network, point.target);
  return golden === undefined ? undefined : (golden.accuracy - point.accuracy) * 100;
}

/** Figures of the parts `layers` and `cores`. */
export async function sensitivitySection(view: StudyView, name: Namer): Promise<StudySection> {
  const layers = await layerFigures(view, name);
  const cores = await coreFigures(view, name);
  const part = (title: string, figures: typeof layers, unmeasured: StudyPart): Html =>
    html`<h3>${title}</h3>
      ${figures.length > 0 ? figureGrid(figures) : html`<p class="muted">${unmeasuredText(view, unmeasured)}</p>`}`;
  return {
    id: 'sensitivity',
    title: 'Sensitivity of layers and cores',
    body: html`<p class="lead">
        Accuracy lost with faults in one layer, or one core, and nowhere else: golden accuracy minus the mean over
        chips, in points of per cent.
      </p>
      ${part('Layers', layers, 'layers')}${part('Cores', cores, 'cores')}`,
    figures: [...layers, ...cores].map(({ figure }) => figure),
  };
}

type StudyPart = 'layers' | 'cores';

const unmeasuredText = (view: StudyView, part: StudyPart): string =>
  view.points.some((point) => point.part === part)
    ? `The accuracy lost is not known: no golden accuracy was measured for the networks of these points.`
    : `The study has no measured ${part}.`;

interface FigureWithTable {
  readonly figure: DrawnFigure;
  readonly numbers: Html;
}

/** Layers from input to output against networks, for each effect: one matrix per family, data set and target. */
export function layerMatrix(view: StudyView, points: readonly StudyPoint[]): Matrix {
  const columnOf = (point: StudyPoint): string => {
    const label = seriesLabel(point, points);
    return distinct(points.map(effectAtLevel)).length > 1 ? `${label}: ${effectAtLevel(point)}` : label;
  };
  const losses = points.flatMap((point) => lossOf(view, point) ?? []);
  const worst = Math.max(...losses, 0.1);
  return {
    rows: distinct(points.map((point) => point.where)),
    columns: distinct(points.map(columnOf)),
    cells: points.flatMap((point) => {
      const loss = lossOf(view, point);
      return loss === undefined
        ? []
        : [
            {
              row: point.where,
              column: columnOf(point),
              text: signed(loss),
              badness: loss / worst,
              tip: `layer ${point.where}: ${signed(loss)} points lost; ${pointTip(columnOf(point), point)}`,
            },
          ];
    }),
  };
}

/** 0.04 -> "0.0", never "-0.0". */
const signed = (value: number): string => (Math.abs(value) < 0.05 ? '0.0' : value.toFixed(1));

/** Points of accuracy between golden and chance, in words. */
function chanceText(view: StudyView, points: readonly StudyPoint[]): string {
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

async function layerFigures(view: StudyView, name: Namer): Promise<readonly FigureWithTable[]> {
  const known = view.points.filter((point) => point.part === 'layers' && lossOf(view, point) !== undefined);
  const figures: FigureWithTable[] = [];
  for (const points of groupPoints(known, (point) => [point.family, point.dataset, point.target])) {
    const first = points[0]!;
    const effects = distinct(points.map(effectAtLevel));
    const figure = await drawFigure(
      matrixSpec(layerMatrix(view, points)),
      {
        name: name('layers', first.family, first.dataset, first.target),
        title: `Accuracy lost with faults in one layer (points): ${groupTitle(first)}, ${TARGET_NAMES[first.target]}`,
        subtitle: sentences(
          `${effects.join(', ')}; rows: the layer with faults. ${countText(points)}.`,
          chanceText(view, points),
          chipsWarning(points),
        ),
        reading:
          'Golden accuracy minus the mean over chips, in points of per cent; light: little is lost, dark: most. Empty cells were not measured.',
        notes: '',
      },
      [],
    );
    figures.push({ figure, numbers: numbersTable(figure.title, points) });
  }
  return figures;
}

async function coreFigures(view: StudyView, name: Namer): Promise<readonly FigureWithTable[]> {
  const known = view.points.filter(
    (point) => point.part === 'cores' && indexOf(point) !== undefined && lossOf(view, point) !== undefined,
  );
  const figures: FigureWithTable[] = [];
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
        title: `Accuracy lost with ${effectAtLevel(first)} in one core: ${first.network}, ${TARGET_NAMES[first.target]}`,
        subtitle: sentences(`${countText(points)}.`, chanceText(view, points), chipsWarning(points)),
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

const GOLDEN_DASH: readonly number[] = [9, 4];

/** Bars by index of the core. The chance line is drawn where the losses come near it; its distance is in the subtitle. */
export function coreSpec(view: StudyView, points: readonly StudyPoint[]): TopLevelSpec {
  const first = points[0]!;
  const golden = view.golden(first.network, first.target);
  const chance = view.chance(first.network);
  const bars = points
    .map((point) => {
      const loss = lossOf(view, point) ?? 0;
      const base = (golden?.accuracy ?? 0) * 100;
      return {
        core: indexOf(point) ?? 0,
        loss,
        ...(point.interval === undefined
          ? {}
          : { low: base - point.interval[1] * 100, high: base - point.interval[0] * 100 }),
        tip: `core ${point.where}: ${signed(loss)} points lost; ${pointTip(first.network, point)}`,
      };
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
          { mark: { type: 'rule', color: 'var(--muted)', strokeDash: [1.5, 3.5], strokeWidth: 1.5, aria: false } },
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
