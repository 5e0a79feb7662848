/** What distorted weights do to the float networks: curves, effective bits, and the matrix of training and test. */
import { percent } from '../../common/format.js';
import { type Html, html } from '../html.js';
import { linearAxis } from './axes.js';
import { effectText } from './effects.js';
import { drawFigure, type DrawnFigure } from './figure.js';
import { type FigureWithNumbers, levelFigure } from './level-figure.js';
import { type Matrix, matrixSpec } from './matrix.js';
import { distinct, errorOf, groupPoints, type StudyPoint, type StudyView } from './points.js';
import { emptySection, figureGrid, type StudySection } from './section.js';
import { errorTable } from './tables.js';
import {
  chanceLevels,
  chipsWarning,
  countText,
  effectAtLevel,
  goldenWarning,
  groupTitle,
  type Namer,
  pointTip,
  sentences,
  seriesKey,
  seriesLabel,
} from './words.js';

/** Figures and tables of the part `distortions`. */
export async function distortionSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'distortions';
  const title = 'Distorted weights';
  const points = view.points.filter((point) => point.part === 'distortions');
  if (points.length === 0)
    return emptySection(id, title, 'The study has no measured distortions of the float networks.');
  const figures: DrawnFigure[] = [];
  const bodies: Html[] = [];
  for (const group of groupPoints(points, (point) => [point.family, point.dataset])) {
    const parts: FigureWithNumbers[] = [];
    const tables: Html[] = [];
    for (const own of groupPoints(group, (point) => [point.effect])) {
      const words = effectText(own[0]!.effect);
      tables.push(
        html`<h4>
            ${words.title}${words.levelled ? html` <span class="muted small">level: ${words.axis}</span>` : undefined}
          </h4>
          ${errorTable(view, own)}`,
      );
      if (!words.levelled) continue;
      parts.push(
        await levelFigure(view, own, {
          name: name('distortions', own[0]!.family, own[0]!.dataset, own[0]!.effect),
          title: `${words.title}: ${groupTitle(own[0]!)}`,
          axisTitle: words.axis,
          measure: 'error',
        }),
      );
    }
    const bits = await bitsFigures(view, group, name);
    const matrix = await matrixFigure(view, group, name);
    figures.push(...[...parts, ...bits].map((part) => part.figure), matrix);
    bodies.push(
      html`<h3>${groupTitle(group[0]!)}</h3>
        ${figureGrid(parts)}
        <h4>Error against effective bits per weight</h4>
        ${
          bits.length > 0
            ? figureGrid(bits)
            : html`<p class="muted">No effective bits: they belong to additive noise, which was not measured here.</p>`
        }
        <h4>Training against distortion</h4>
        ${matrix.inline}
        <details>
          <summary>Error of each network at each level, in per cent, with the level at which it doubles</summary>
          ${tables}
        </details>`,
    );
  }
  return { id, title, body: html`${bodies}`, figures };
}

/** The two readings of effective bits (docs/distortions.md). */
const READINGS = [
  {
    slug: 'gaussian-bits',
    title: 'Gaussian channel',
    axis: 'effective bits per weight: Gaussian channel, 0.5 log2(1 + S/N)',
    note: 'S: mean of (w/a)^2 of a layer, N: sigma^2; mean over all weights. Without noise the channel has no bound: that point is the golden line only.',
    bitsOf: (point: StudyPoint) => point.gaussianBits,
  },
  {
    slug: 'mutual-bits',
    title: 'mutual information',
    axis: 'effective bits per weight: mutual information of a -a or +a weight',
    note: 'Only for networks whose weights are all -a or +a.',
    bitsOf: (point: StudyPoint) => point.mutualBits,
  },
] as const;

async function bitsFigures(
  view: StudyView,
  group: readonly StudyPoint[],
  name: Namer,
): Promise<readonly FigureWithNumbers[]> {
  const additive = group.filter((point) => point.effect === 'additive');
  const figures: FigureWithNumbers[] = [];
  for (const { slug, title, axis, note, bitsOf } of READINGS) {
    const known = additive.flatMap((point) => {
      const bits = bitsOf(point);
      return bits === undefined ? [] : [{ point, bits }];
    });
    const [first] = known;
    if (first === undefined) continue;
    const without = distinct(additive.map((point) => point.variant)).filter((variant) =>
      known.every(({ point }) => point.variant !== variant),
    );
    figures.push(
      await levelFigure(
        view,
        known.map(({ point }) => point),
        {
          name: name('bits-per-weight', first.point.family, first.point.dataset, slug),
          title: `Error against effective bits (${title}): ${groupTitle(first.point)}`,
          axisTitle: axis,
          measure: 'error',
          levelOf: (point) => bitsOf(point) ?? 0,
          axis: bitsAxis(known.map(({ bits }) => bits)),
          note: sentences(note, without.length > 0 ? `Not known for: ${without.join(', ')}.` : ''),
        },
      ),
    );
  }
  return figures;
}

/** Round ticks: bits differ from network to network. */
function bitsAxis(bits: readonly number[]): ReturnType<typeof linearAxis> {
  const high = Math.max(...bits);
  const step = [0.1, 0.2, 0.25, 0.5, 1, 2, 5].find((size) => high / size <= 9) ?? 10;
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, i) => Number((i * step).toFixed(6)));
  return { ...linearAxis([0, high]), ticks };
}

/** Errors of all networks of a group at all levels: one column per training, one row per distortion and level. */
export function trainTestMatrix(view: StudyView, points: readonly StudyPoint[]): Matrix {
  const columns = distinct(points.map((point) => seriesLabel(point, points)));
  const chance = chanceLevels(view, points);
  // Guessing is as bad as it gets; without it the worst error is.
  const worst = Math.max(...(chance.length > 0 ? chance.map((share) => 1 - share) : points.map(errorOf)), 0.01);
  const cell = (point: StudyPoint, row: string, label: string) => ({
    row,
    column: label,
    text: (errorOf(point) * 100).toFixed(1),
    badness: errorOf(point) / worst,
    tip: pointTip(label, point),
  });
  const goldens = groupPoints(points, seriesKey).flatMap(([first]) => {
    const golden = view.golden(first!.network, first!.target);
    return golden === undefined ? [] : [cell(golden, UNDISTURBED, seriesLabel(first!, points))];
  });
  const groups = groupPoints(points, (point) => [point.effect]);
  const ordered = groups.flatMap((group) => {
    const sign = effectText(group[0]!.effect).worse === 'up' ? 1 : -1;
    return [...group].sort((a, b) => sign * (a.level - b.level));
  });
  // The level that changes nothing is the golden row.
  const disturbed = ordered.filter((point) => goldens.length === 0 || point.level !== effectText(point.effect).neutral);
  const rows = distinct(disturbed.map(effectAtLevel));
  return {
    rows: goldens.length > 0 ? [UNDISTURBED, ...rows] : rows,
    columns,
    cells: [...goldens, ...disturbed.map((point) => cell(point, effectAtLevel(point), seriesLabel(point, points)))],
  };
}

const UNDISTURBED = 'undisturbed (golden)';

async function matrixFigure(view: StudyView, points: readonly StudyPoint[], name: Namer): Promise<DrawnFigure> {
  const chance = chanceLevels(view, points);
  const chanceText = chance.map((share) => `Chance: ${percent(1 - share, 1)}.`).join(' ');
  return drawFigure(
    matrixSpec(trainTestMatrix(view, points)),
    {
      name: name('matrix', points[0]!.family, points[0]!.dataset),
      title: `Test error (%) by training and by distortion: ${groupTitle(points[0]!)}`,
      subtitle: sentences(
        `Columns: trained with; rows: distortion at test time. Means over chips. ${countText(points)}; one chip where nothing is drawn.`,
        chanceText,
        chipsWarning(points),
      ),
      reading: 'Light: low error, dark: chance or worse. Empty cells were not measured.',
      notes: goldenWarning(view, points),
    },
    [],
  );
}
