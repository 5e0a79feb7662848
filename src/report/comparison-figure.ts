/** Errors and equal elements of every layer, by what is compared: one row per layer, from the input down. */
import type { TopLevelSpec } from 'vega-lite';
import { percent, significant } from '../common/format.js';
import { type ComparedStep, isSeen, type LayerComparison } from '../ir/trace/layer-comparison.js';
import { html, type Html } from './html.js';
import { categoryColour } from './palette.js';
import { drawPlot } from './plot.js';

/** A layer in one step. */
interface Row {
  readonly layer: string;
  readonly step: string;
  readonly largest: number;
  readonly mean: number;
  readonly equal: number;
}

const SHAPES = ['circle', 'square', 'triangle-right'] as const;
/** Pixels of a layer in one step. */
const ROW_HEIGHT = 12;

/** The figure; a note where nothing is compared. */
export async function comparisonFigure(
  layers: readonly LayerComparison[],
  steps: readonly ComparedStep[],
  names: Readonly<Record<ComparedStep, string>>,
): Promise<Html> {
  const rows = layers.flatMap((layer) =>
    steps.flatMap((step): readonly Row[] => {
      const found = layer[step];
      if (!isSeen(found)) return [];
      const { largest, mean, equal } = found;
      return [{ layer: layer.layer, step: names[step], largest, mean, equal }];
    }),
  );
  if (rows.length === 0) return html`<p>No layer has values in two forms.</p>`;
  const titles = steps.map((step) => names[step]);
  const plot = await drawPlot(
    figureSpec(
      rows,
      layers.map(({ layer }) => layer),
      titles,
    ),
    { id: 'comparison', title: 'Error and equal elements of every layer', description: describe(rows) },
  );
  return html`<figure>
    ${plot}
    <figcaption>
      Left: largest error of an element (mark) and mean error (tick) over all samples, in the units of the layer; the
      axis is linear up to its first power of ten and logarithmic behind it, so that 0 is on it. Right: share of
      elements that are equal, to the bit on the chip, elsewhere up to the rounding of float64. Layers without marks
      have no values in one of the two forms.
    </figcaption>
  </figure>`;
}

/** Powers of ten that hold the errors above 0; undefined where all are 0. */
export function errorDecades(errors: readonly number[]): readonly number[] | undefined {
  const found = errors.filter((error) => error > 0);
  if (found.length === 0) return undefined;
  const low = Math.floor(Math.log10(found.reduce((a, b) => Math.min(a, b), Infinity)));
  const high = Math.ceil(Math.log10(found.reduce((a, b) => Math.max(a, b), 0)));
  // At most about eight labels.
  const by = Math.max(1, Math.ceil((high - low) / 8));
  const exponents = Array.from({ length: Math.floor((high - low) / by) + 1 }, (_, i) => low + i * by);
  if (exponents.at(-1)! < high) exponents.push(exponents.at(-1)! + by);
  return exponents.map((exponent) => Number(`1e${exponent}`));
}

/** Ticks of an axis of shares up to 1 on which the least one is: as close to 1 as it allows. */
export function shareTicks(least: number): number[] {
  const width = [0.001, 0.01, 0.1, 0.5].find((room) => least >= 1 - room) ?? 1;
  const from = least === 1 ? 0 : 1 - width;
  return [0, 1, 2, 3, 4].map((i) => from + (i * (1 - from)) / 4);
}

function figureSpec(rows: readonly Row[], layers: readonly string[], steps: readonly string[]): TopLevelSpec {
  const decades = errorDecades(rows.flatMap(({ largest, mean }) => [largest, mean]));
  const ticks = [0, ...(decades ?? [1])];
  const shares = shareTicks(rows.reduce((low, { equal }) => Math.min(low, equal), 1));
  const y = { field: 'layer', type: 'nominal', sort: [...layers], title: null, axis: { labelLimit: 260 } } as const;
  const colour = {
    field: 'step',
    type: 'nominal',
    sort: [...steps],
    title: null,
    scale: { domain: [...steps], range: steps.map((_, i) => categoryColour(i)) },
    legend: { orient: 'top', columns: 1, labelLimit: 400 },
  } as const;
  const shape = {
    field: 'step',
    type: 'nominal',
    sort: [...steps],
    title: null,
    scale: { domain: [...steps], range: [...SHAPES] },
    legend: { orient: 'top', columns: 1, labelLimit: 400 },
  } as const;
  const offset = { field: 'step', type: 'nominal', sort: [...steps] } as const;
  const domain: number[] = [0, ticks.at(-1)!];
  const scale = { type: 'symlog' as const, constant: decades?.[0] ?? 1, domain, nice: false };
  const axis = {
    ...{ values: ticks, labelOverlap: true },
    labelExpr:
      "datum.value == 0 || (datum.value >= 0.01 && datum.value <= 1000) ? toString(datum.value) : format(datum.value, '.0e')",
  };
  return {
    data: { values: [...rows] },
    hconcat: [
      {
        width: 360,
        height: { step: ROW_HEIGHT },
        layer: [
          {
            mark: { type: 'tick', thickness: 2, size: 8 },
            encoding: {
              y,
              yOffset: offset,
              color: colour,
              x: { field: 'mean', type: 'quantitative', scale, axis, title: 'error: largest, mean' },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 36, opacity: 1 },
            encoding: {
              y,
              yOffset: offset,
              color: colour,
              shape,
              x: { field: 'largest', type: 'quantitative', scale, axis },
            },
          },
        ],
      },
      {
        width: 190,
        height: { step: ROW_HEIGHT },
        mark: { type: 'point', filled: true, size: 36, opacity: 1 },
        encoding: {
          y: { ...y, axis: { labels: false, ticks: false } },
          yOffset: offset,
          color: colour,
          shape,
          x: {
            field: 'equal',
            type: 'quantitative',
            title: 'equal elements',
            scale: { domain: [shares[0]!, 1], nice: false },
            axis: { format: '.3~%', values: shares },
          },
        },
      },
    ],
  };
}

const describe = (rows: readonly Row[]): string =>
  rows
    .map(
      ({ layer, step, largest, equal }) =>
        `${step}, ${layer}: largest error ${significant(largest)}, ${percent(equal)} equal`,
    )
    .join('; ');
