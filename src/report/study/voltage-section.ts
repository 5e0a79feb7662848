/** Supply voltage: accuracy, energy per sample, and which operating points are worth choosing. */
import type { TopLevelSpec } from 'vega-lite';
import { html } from '../html.js';
import { linearAxis } from './axes.js';
import { curveEntry, drawFigure } from './figure.js';
import { type FigureWithNumbers, levelFigure, seriesStyles } from './level-figure.js';
import { frontFigure } from './pareto-figure.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, targetName } from './points.js';
import { emptySection, figureGrid, type StudySection } from './section.js';
import { seriesScales } from './series-scales.js';
import {
  bandNote,
  countText,
  energyBand,
  groupTitle,
  type Namer,
  pointTip,
  sentences,
  seriesKey,
  seriesLabel,
} from './words.js';

/** Figures of the part `voltage`. */
export async function voltageSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'voltage';
  const title = 'Supply voltage';
  const points = view.points.filter((point) => point.part === 'voltage' && point.volts !== undefined);
  if (points.length === 0) return emptySection(id, title, 'The study has no measured supply voltages.');
  const parts: FigureWithNumbers[] = [];
  for (const own of groupPoints(points, (point) => [point.family, point.dataset, point.target])) {
    const first = own[0]!;
    const place = `${groupTitle(first)}, ${targetName(first.target)}`;
    const slug = [first.family, first.dataset, first.target] as const;
    parts.push(
      await levelFigure(view, own, {
        name: name('voltage-accuracy', ...slug),
        title: `Accuracy against supply voltage: ${place}`,
        axisTitle: 'supply voltage (V)',
        measure: 'accuracy',
        levelOf: (point) => point.volts ?? Number.NaN,
        axis: linearAxis(own.flatMap((point) => point.volts ?? [])),
        note: 'Bit error rate and energy at each voltage are those of the table that the specification gives.',
      }),
    );
    const priced = own.filter((point) => point.energyUj !== undefined);
    if (priced.length > 0) parts.push(await energyFigure(view, priced, own, name('voltage-energy', ...slug), place));
  }
  const fronts: FigureWithNumbers[] = [];
  for (const own of groupPoints(points, (point) => [point.dataset, point.target])) {
    if (own.some((point) => point.energyUj !== undefined)) fronts.push(await frontFigure(view, own, name));
  }
  const unpriced = points.filter((point) => point.energyUj === undefined);
  return {
    id,
    title,
    body: html`${figureGrid(parts)}
      <h3>Accuracy and energy</h3>
      ${figureGrid(fronts)}
      ${
        unpriced.length > 0
          ? html`<p class="muted">
              The energy is not known for:
              ${distinct(unpriced.map((p) => `${p.network} (${targetName(p.target)})`)).join(', ')}.
            </p>`
          : undefined
      }`,
    figures: [...parts, ...fronts].map(({ figure }) => figure),
  };
}

/** Energy per sample against the voltage. Energies are those of the cost model, with its bands: no interval, and neither golden nor chance. */
async function energyFigure(
  view: StudyView,
  points: readonly StudyPoint[],
  all: readonly StudyPoint[],
  name: string,
  place: string,
): Promise<FigureWithNumbers> {
  const groups = groupPoints(points, seriesKey);
  const styles = seriesStyles(
    view,
    groups.map((group) => group[0]!),
  );
  const values = groups.flatMap((group, i) =>
    group.map((point) => ({
      series: `${i}`,
      volts: point.volts ?? Number.NaN,
      energy: point.energyUj ?? Number.NaN,
      ...(energyBand(point) === '' ? {} : { low: point.energyLowUj, high: point.energyHighUj }),
      tip: pointTip(seriesLabel(point, all), point),
    })),
  );
  const axis = linearAxis(values.map((value) => value.volts));
  const xDomain: number[] = [...axis.domain];
  const xTicks: number[] = [...axis.ticks];
  const yDomain: number[] = [0, Math.max(...values.map(({ energy, high = energy }) => high)) * 1.08 || 1];
  const x = {
    field: 'volts',
    type: 'quantitative',
    scale: { domain: xDomain, nice: false, zero: false },
    axis: { title: 'supply voltage (V)', values: xTicks, grid: false, labelOverlap: false },
  } as const;
  const y = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { domain: yDomain, nice: false },
      axis: { title: 'energy per sample (\u00b5J)', tickCount: 6, format: '~r' },
    }) as const;
  const scale = seriesScales(styles);
  const spec: TopLevelSpec = {
    width: 500,
    height: 250,
    data: { values },
    layer: [
      {
        data: { values: values.filter((value) => value.low !== undefined) },
        mark: { type: 'area', opacity: 0.14, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: scale.colour },
      },
      {
        mark: { type: 'line', strokeWidth: 2, aria: false },
        encoding: { x, y: y('energy'), color: scale.colour, strokeDash: scale.dash },
      },
      {
        mark: { type: 'point', size: 46, filled: true, opacity: 1 },
        encoding: { x, y: y('energy'), color: scale.colour, shape: scale.shape, description: { field: 'tip' } },
      },
    ],
  };
  const text = {
    name,
    title: `Energy per sample against supply voltage: ${place}`,
    subtitle: `${countText(points)}. Energy of the cost model, mean over chips.`,
    reading: '',
    notes: sentences(
      "Energy per sample of the chip's cost model, its dynamic part scaled by the voltage table.",
      values.some(({ low }) => low !== undefined) ? 'Areas: the range of each.' : '',
      bandNote(points),
    ),
  };
  const legend = groups.map((group, i) => curveEntry(seriesLabel(group[0]!, all), styles[i]!));
  return { figure: await drawFigure(spec, text, legend), numbers: html`` };
}
