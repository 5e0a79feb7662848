/** Which layer, and which core, the accuracy hangs on. */
import { type Html, html } from '../html.js';
import { lossAtChance, lossBadness, lossOf, signedText } from './accuracy-loss.js';
import { coreFigures } from './core-figures.js';
import { drawFigure } from './figure.js';
import type { FigureWithNumbers } from './level-figure.js';
import { type Matrix, matrixSpec } from './matrix.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, targetName } from './points.js';
import { figureGrid, type StudySection } from './section.js';
import { numbersTable } from './tables.js';
import {
  chipsWarning,
  countText,
  effectAtLevel,
  groupTitle,
  type Namer,
  pointTip,
  sentences,
  seriesLabel,
} from './words.js';

/** Figures of the parts `layers` and `cores`. */
export async function sensitivitySection(view: StudyView, name: Namer): Promise<StudySection> {
  const layers = await layerFigures(view, name);
  const cores = await coreFigures(view, name);
  const part = (title: string, figures: typeof layers, measured: StudyPart): Html =>
    html`<h3>${title}</h3>
      ${figures.length > 0 ? figureGrid(figures) : undefined}
      <p class="muted">${missingText(view, measured)}</p>`;
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

/** What the figures of a part leave out, empty if nothing. */
function missingText(view: StudyView, part: StudyPart): string {
  const points = view.points.filter((point) => point.part === part);
  if (points.length === 0) return `The study has no measured ${part}.`;
  const blind = distinct(
    points
      .filter((point) => lossOf(view, point) === undefined)
      .map((point) => `${point.network} (${targetName(point.target)})`),
  );
  return blind.length === 0
    ? ''
    : `The accuracy lost is not known where no golden accuracy was measured: ${blind.join(', ')}.`;
}

/** Layers from input to output against networks, for each effect: one matrix per family, data set and target. */
export function layerMatrix(view: StudyView, points: readonly StudyPoint[]): Matrix {
  const columnOf = (point: StudyPoint): string => {
    const label = seriesLabel(point, points);
    return distinct(points.map(effectAtLevel)).length > 1 ? `${label}: ${effectAtLevel(point)}` : label;
  };
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
              text: signedText(loss),
              badness: lossBadness(view, point, loss),
              tip: `layer ${point.where}: ${signedText(loss)} points lost; ${pointTip(columnOf(point), point)}`,
            },
          ];
    }),
  };
}

async function layerFigures(view: StudyView, name: Namer): Promise<readonly FigureWithNumbers[]> {
  const known = view.points.filter((point) => point.part === 'layers' && lossOf(view, point) !== undefined);
  const figures: FigureWithNumbers[] = [];
  for (const points of groupPoints(known, (point) => [point.family, point.dataset, point.target])) {
    const first = points[0]!;
    const effects = distinct(points.map(effectAtLevel));
    const figure = await drawFigure(
      matrixSpec(layerMatrix(view, points)),
      {
        name: name('layers', first.family, first.dataset, first.target),
        title: `Accuracy lost with faults in one layer (points): ${groupTitle(first)}, ${targetName(first.target)}`,
        subtitle: sentences(
          `${effects.join(', ')}; rows: the layer with faults. ${countText(points)}.`,
          lossAtChance(view, points),
          chipsWarning(points),
        ),
        reading:
          'Golden accuracy minus the mean over chips, in points of per cent. Light: nothing is lost, dark: all down to chance; the colour goes with ' +
          'the square root of that share, so that small losses differ. Empty cells were not measured.',
        notes: '',
      },
      [],
    );
    figures.push({ figure, numbers: numbersTable(figure.title, points) });
  }
  return figures;
}
