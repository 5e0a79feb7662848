/** Supply voltage: accuracy, energy per sample, and which operating points are worth choosing. */
import type { TopLevelSpec } from 'vega-lite';
import { percent, significant } from '../format.js';
import { html, type Html } from '../html.js';
import { linearAxis, shareAxis } from './axes.js';
import { groupTitle } from './distortion-section.js';
import { curveEntry, type DrawnFigure, drawFigure, type LegendEntry } from './figure.js';
import { levelFigure, seriesStyles } from './level-figure.js';
import { type Operating, paretoFront } from './pareto-front.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, TARGET_NAMES } from './points.js';
import { emptySection, figureGrid, type StudySection } from './section.js';
import type { SeriesStyle } from './series-style.js';
import { numbersTable, table } from './tables.js';
import {
  chanceLevels,
  chipsWarning,
  countText,
  goldenWarning,
  pointTip,
  sentences,
  seriesKey,
  seriesLabel,
} from './words.js';

type Namer = (...words: readonly string[]) => string;

interface Part {
  readonly figure: DrawnFigure;
  readonly numbers: Html;
}

/** Figures of the part `voltage`. */
export async function voltageSection(view: StudyView, name: Namer): Promise<StudySection> {
  const id = 'voltage';
  const title = 'Supply voltage';
  const points = view.points.filter((point) => point.part === 'voltage' && point.volts !== undefined);
  if (points.length === 0) return emptySection(id, title, 'The study has no measured supply voltages.');
  const parts: Part[] = [];
  for (const own of groupPoints(points, (point) => [point.family, point.dataset, point.target])) {
    const first = own[0]!;
    const place = `${groupTitle(first)}, ${TARGET_NAMES[first.target]}`;
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
  const fronts: Part[] = [];
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
              ${distinct(unpriced.map((p) => `${p.network} (${TARGET_NAMES[p.target]})`)).join(', ')}.
            </p>`
          : undefined
      }`,
    figures: [...parts, ...fronts].map(({ figure }) => figure),
  };
}

/** Energy per sample against the voltage. Energies are those of the cost model: no interval, and neither golden nor chance. */
async function energyFigure(
  view: StudyView,
  points: readonly StudyPoint[],
  all: readonly StudyPoint[],
  name: string,
  place: string,
): Promise<Part> {
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
      tip: pointTip(seriesLabel(point, all), point),
    })),
  );
  const axis = linearAxis(values.map((value) => value.volts));
  const xDomain: number[] = [...axis.domain];
  const xTicks: number[] = [...axis.ticks];
  const yDomain: number[] = [0, Math.max(...values.map((value) => value.energy)) * 1.08 || 1];
  const x = {
    field: 'volts',
    type: 'quantitative',
    scale: { domain: xDomain, nice: false, zero: false },
    axis: { title: 'supply voltage (V)', values: xTicks, grid: false, labelOverlap: false },
  } as const;
  const y = {
    field: 'energy',
    type: 'quantitative',
    scale: { domain: yDomain, nice: false },
    axis: { title: 'energy per sample (\u00b5J)', tickCount: 6, format: '~r' },
  } as const;
  const scale = seriesScales(styles);
  const spec: TopLevelSpec = {
    width: 500,
    height: 250,
    data: { values },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2, aria: false },
        encoding: { x, y, color: scale.colour, strokeDash: scale.dash },
      },
      {
        mark: { type: 'point', size: 46, filled: true, opacity: 1 },
        encoding: { x, y, color: scale.colour, shape: scale.shape, description: { field: 'tip' } },
      },
    ],
  };
  const text = {
    name,
    title: `Energy per sample against supply voltage: ${place}`,
    subtitle: `${countText(points)}. Energy of the cost model, mean over chips.`,
    reading: '',
    notes: "Energy per sample of the chip's cost model, scaled by the voltage table.",
  };
  const legend = groups.map((group, i) => curveEntry(seriesLabel(group[0]!, all), styles[i]!));
  return { figure: await drawFigure(spec, text, legend), numbers: html`` };
}

/** Colour, dash and marker of series "0", "1", ... */
function seriesScales(styles: readonly SeriesStyle[]) {
  const domain: string[] = styles.map((_, i) => `${i}`);
  const base = { field: 'series', type: 'nominal', legend: null } as const;
  return {
    colour: { ...base, scale: { domain, range: styles.map((look) => look.colour) } },
    dash: {
      ...base,
      scale: { domain, range: styles.map((look) => (look.dash.length === 0 ? [1, 0] : [...look.dash])) },
    },
    shape: { ...base, scale: { domain, range: styles.map((look) => look.shape) } },
  };
}

/** An operating point of the front figure. */
export interface OperatingPoint extends Operating {
  readonly point: StudyPoint;
}

/** Operating points with a known energy. */
export const operatingPoints = (points: readonly StudyPoint[]): readonly OperatingPoint[] =>
  points.flatMap((point) =>
    point.energyUj === undefined ? [] : [{ point, energyUj: point.energyUj, accuracy: point.accuracy }],
  );

async function frontFigure(view: StudyView, points: readonly StudyPoint[], name: Namer): Promise<Part> {
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
    { label: 'golden (undisturbed)', colour: 'var(--muted)', dash: [9, 4], width: 1 },
    { label: 'chance', colour: 'var(--muted)', dash: [1.5, 3.5], width: 1.5 },
  ];
  const place = `${first.dataset}, ${TARGET_NAMES[first.target]}`;
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
        front.map(({ point, energyUj, accuracy }) => [
          point.network,
          `${point.volts ?? ''}`,
          significant(energyUj),
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
        mark: { type: 'rule', color: 'var(--muted)', strokeDash: [1.5, 3.5], strokeWidth: 1.5, aria: false },
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
        mark: { type: 'rule', strokeDash: [9, 4], strokeWidth: 1, opacity: 0.85, aria: false },
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
