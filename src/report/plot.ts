import type { TopLevelSpec } from 'vega-lite';
import { optional } from '../common/optional-parts.js';
import { escapeHtml, html, type Html, trusted } from './html.js';

/** What a plot shows, for people who do not see it. `id` is unique in the page. */
export interface PlotText {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Look shared by all plots. Colours are names of the page's style, so that a plot follows light and dark. */
const CONFIG = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: 'transparent' },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--ink)',
    gridColor: 'var(--line)',
    domainColor: 'var(--line)',
    tickColor: 'var(--line)',
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 10,
  },
  legend: { labelColor: 'var(--ink)', titleColor: 'var(--muted)', labelFontSize: 12, titleFontSize: 11 },
} as const;

/** Draws a vega-lite specification as an SVG of its own, without a canvas; colours are names of the page's style. */
export async function plotSvg(spec: TopLevelSpec): Promise<string> {
  // Loaded where something is drawn: reports without plots do without them.
  const [{ compile }, { parse, View }] = await optional(() => Promise.all([import('vega-lite'), import('vega')]));
  const compiled = compile({ ...spec, config: CONFIG }).spec;
  const view = new View(parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

/** The page has many plots: names inside one must not meet those of another. */
export const withOwnNames = (svg: string, id: string): string =>
  svg.replaceAll(/\b(id="|url\(#)(clip|gradient)/g, `$1${id}-$2`);

/** Draws a vega-lite specification as inline SVG, without a canvas. */
export async function drawPlot(spec: TopLevelSpec, text: PlotText): Promise<Html> {
  const named = withOwnNames(await plotSvg(spec), text.id).replace(
    /<svg [^>]*?viewBox="([^"]*)"[^>]*>/,
    (_whole, box: string) => {
      const [, , width] = box.split(' ');
      const label = `role="img" aria-labelledby="${text.id}-title ${text.id}-desc"`;
      const names =
        `<title id="${text.id}-title">${escapeHtml(text.title)}</title>` +
        `<desc id="${text.id}-desc">${escapeHtml(text.description)}</desc>`;
      return `<svg ${label} viewBox="${box}" style="width:${width ?? '600'}px" class="plot">${names}`;
    },
  );
  return html`${trusted(named)}`;
}
