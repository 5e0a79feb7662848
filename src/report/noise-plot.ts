import type { TopLevelSpec } from 'vega-lite';
import { axisTitle, FAULT } from '../ir/faults/catalogue.js';
import type { NoisePoint } from '../ir/trace/run-result.js';
import { percent, significant } from '../common/format.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';
import { drawPlot } from './plot.js';
import { linearAxis, logAxis, spansDecades } from './study/axes.js';

/** Fault-free accuracy and chance level of a network, where they are known. */
export interface NoiseReference {
  readonly network: string;
  /** Accuracy without noise, 0..1. */
  readonly golden?: number;
  /** 1 / number of classes. */
  readonly chance?: number;
}

/** One plot of one distortion: mean, 95 % band and single chips of each network, fault-free lines and chance. */
export async function noisePlot(
  points: readonly NoisePoint[],
  references: readonly NoiseReference[],
  id: string,
): Promise<Html> {
  const first = points[0];
  if (first === undefined) return html``;
  const fault = FAULT[first.distortion];
  const axis = axisTitle(fault);
  const networks = [...new Set(points.map((point) => point.network))];
  const chips = points.map((point) => point.chips);
  const fewest = Math.min(...chips);
  const most = Math.max(...chips);
  const count = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
  const known = networks.map((network) => references.find((r) => r.network === network) ?? { network });
  const plot = await drawPlot(plotSpec(points, known, axis), {
    id,
    title: `Accuracy against ${axis}`,
    description: describe(points, known),
  });
  const unknown = known.filter((r) => r.golden === undefined).map((r) => r.network);
  return html`<figure>
    ${plot}
    <figcaption>
      ${fault.title}: ${count} simulated chips per point. Line: mean over chips; band: 95 % interval of the mean
      (Student t); dots: single chips; dashed: fault-free accuracy; dotted: chance. Colours of this figure are
      networks.${fewest < 10 ? ' Fewer than 10 chips: the interval is wide and its assumptions are weak.' : ''}${
        unknown.length > 0 ? ` Fault-free accuracy not measured: ${unknown.join(', ')}.` : ''
      }${known.every((r) => r.chance === undefined) ? ' Number of classes not known: no chance line.' : ''}
    </figcaption>
  </figure>`;
}

/** Table of the same numbers. */
export function noiseTable(points: readonly NoisePoint[]): Html {
  const rows = points.map(
    (point) =>
      html`<tr>
        <th scope="row">${point.network}</th>
        <td class="number">${significant(point.level)}</td>
        <td class="number">${point.chips}</td>
        <td class="number">${percent(point.accuracyMean)}</td>
        <td class="number">${percent(point.interval[0])}</td>
        <td class="number">${percent(point.interval[1])}</td>
        <td class="number">${percent(point.accuracyStd)}</td>
        <td class="number">${percent(Math.min(...point.accuracies))}</td>
        <td class="number">${percent(Math.max(...point.accuracies))}</td>
      </tr>`,
  );
  return html`<details>
    <summary>Numbers</summary>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">network</th>
            <th scope="col">level</th>
            <th scope="col">chips</th>
            <th scope="col">mean</th>
            <th scope="col">95 % low</th>
            <th scope="col">95 % high</th>
            <th scope="col">sd over chips</th>
            <th scope="col">worst chip</th>
            <th scope="col">best chip</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}

function describe(points: readonly NoisePoint[], references: readonly NoiseReference[]): string {
  return references
    .map(({ network, golden }) => {
      const own = points.filter((point) => point.network === network);
      const start = golden === undefined ? '' : ` fault-free ${percent(golden)};`;
      return `${network}:${start} ${own.map((p) => `${significant(p.level)}: ${percent(p.accuracyMean)}`).join(', ')}.`;
    })
    .join(' ');
}

const HEIGHT = 320;

function plotSpec(points: readonly NoisePoint[], references: readonly NoiseReference[], axis: string): TopLevelSpec {
  const networks = references.map((reference) => reference.network);
  const colour = {
    field: 'network',
    type: 'nominal',
    scale: { domain: networks, range: networks.map((_, i) => categoryColour(i)) },
    legend: { orient: 'top', title: null, symbolType: 'stroke', symbolStrokeWidth: 3, labelLimit: 420, columns: 3 },
  } as const;
  const levels = points.map((point) => point.level);
  const scale = spansDecades(levels, 30) ? logAxis(levels) : linearAxis(levels);
  // Zero stands by itself behind a break of a logarithmic axis: no line leads there.
  const isApart = (level: number): boolean => scale.breakAt !== undefined && level === 0;
  const domain: number[] = [...scale.domain];
  const ticks: number[] = [...scale.ticks];
  const x = {
    field: 'x',
    type: 'quantitative',
    axis: { title: axis, values: ticks, grid: false, labelExpr: scale.labelExpr, labelOverlap: false },
    scale: { domain, zero: false, nice: false },
  } as const;
  const y = (field: string) =>
    ({
      field,
      type: 'quantitative',
      scale: { zero: false, nice: true },
      axis: { title: 'accuracy (%)', tickCount: 6 },
    }) as const;
  const chance = [...new Set(references.flatMap((r) => (r.chance === undefined ? [] : [r.chance])))];
  const means = points.map((point) => ({
    network: point.network,
    level: point.level,
    x: scale.position(point.level),
    mean: point.accuracyMean * 100,
    low: point.interval[0] * 100,
    high: point.interval[1] * 100,
  }));
  return {
    width: 880,
    height: HEIGHT,
    layer: [
      {
        data: { values: chance.map((share) => ({ accuracy: share * 100 })) },
        layer: [
          { mark: { type: 'rule', color: 'var(--muted)', strokeDash: [1.5, 3.5], strokeWidth: 1.5 } },
          {
            mark: { type: 'text', align: 'left', dx: 6, dy: -7, color: 'var(--muted)', fontSize: 11 },
            encoding: {
              x: { value: 0 },
              text: { value: chance.length === 1 ? `chance ${percent(chance[0]!, 0)}` : 'chance' },
            },
          },
        ],
        encoding: { y: y('accuracy') },
      },
      {
        data: {
          values: references.flatMap((r) =>
            r.golden === undefined ? [] : [{ network: r.network, accuracy: r.golden * 100 }],
          ),
        },
        mark: { type: 'rule', strokeDash: [7, 4], strokeWidth: 1.2, opacity: 0.9, aria: false },
        encoding: { y: y('accuracy'), color: colour },
      },
      {
        data: { values: means.filter(({ level }) => !isApart(level)) },
        mark: { type: 'area', opacity: 0.18, line: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
      },
      {
        data: {
          values: points.flatMap((p) =>
            p.accuracies.map((accuracy) => ({
              network: p.network,
              x: scale.position(p.level),
              accuracy: accuracy * 100,
            })),
          ),
        },
        mark: { type: 'circle', size: 20, opacity: 0.5 },
        encoding: { x, y: y('accuracy'), color: colour },
      },
      {
        data: { values: means.filter(({ level }) => !isApart(level)) },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y: y('mean'), color: colour },
      },
      {
        data: { values: means },
        mark: { type: 'point', size: 34, filled: true, opacity: 1 },
        encoding: { x, y: y('mean'), color: colour },
      },
      {
        data: { values: means.filter(({ level }) => isApart(level)) },
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.5, aria: false },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
      },
      {
        data: { values: scale.breakAt === undefined ? [] : [{ x: scale.breakAt }] },
        mark: { type: 'text', text: '//', color: 'var(--muted)', fontSize: 14, fontWeight: 700, aria: false },
        encoding: { x, y: { value: HEIGHT } },
      },
    ],
  };
}
