/** A figure that stands by itself: title, number of chips and images, legend and plot in one SVG. */
import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml, html, type Html, trusted } from '../html.js';
import { plotSvg, withOwnNames } from '../plot.js';
import type { SeriesStyle } from './series-style.js';

/** Words of a figure. */
export interface FigureText {
  /** Name of its file without the ending, unique in the report. */
  readonly name: string;
  readonly title: string;
  /** Under the title: what every figure must say to be read alone, the n first. */
  readonly subtitle: string;
  /** How the figure is read; the page says it once for figures of the same kind and leaves it out below each. */
  readonly reading: string;
  /** What is particular to this figure, empty if nothing is. */
  readonly notes: string;
}

/** One entry of the legend: a curve, or a line that is explained. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly width: number;
  readonly shape?: string;
  /** An area in the colour instead of a line. */
  readonly isBand?: boolean;
}

/** A figure of a study. */
export interface StudyFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** A whole SVG file: white ground, fixed colours, nothing fetched. */
  readonly svg: string;
}

/** A figure as a file and as a part of the page. */
export interface DrawnFigure extends StudyFigure {
  readonly inline: Html;
  /** Too wide to share a row of the page with another. */
  readonly isWide: boolean;
}

/** Colours of the page's style on white paper. */
const PAPER: Readonly<Record<string, string>> = {
  ink: '#1b2430',
  muted: '#566373',
  line: '#dde2e8',
  card: '#ffffff',
};

/** Fonts of the files, the first of which the PNG files have. */
const PAPER_FONT = "'PT Sans', 'DejaVu Sans', Arial, Helvetica, sans-serif";
const PAGE_FONT = 'system-ui, sans-serif';

/** Pixels around the whole, and the least width: what a title needs. */
const MARGIN = 8;
const LEAST_WIDTH = 540;
const WIDE = 720;
const TITLE_SIZE = 14;
const TEXT_SIZE = 11;
/** Width of a character in units of the font size: more than most fonts need. */
const CHARACTER = 0.56;

/** Legend entry of a curve. */
export const curveEntry = (label: string, style: SeriesStyle): LegendEntry => ({
  label,
  colour: style.colour,
  dash: style.dash,
  width: 2,
  shape: style.shape,
});

/** Draws a plot with its words. Every text is escaped; the same input gives the same bytes. */
export async function drawFigure(
  spec: TopLevelSpec,
  text: FigureText,
  legend: readonly LegendEntry[],
): Promise<DrawnFigure> {
  const plot = withTooltips(rounded(withOwnNames(await plotSvg(spec), text.name)));
  const size = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>/.exec(plot);
  if (size === null) throw new Error('the plot library gave no size');
  const [opening, plotWidth, plotHeight] = size;
  const inner = plot.slice(opening.length, plot.lastIndexOf('</svg>'));
  const width = Math.max(LEAST_WIDTH, Math.ceil(Number(plotWidth))) + 2 * MARGIN;
  const head = drawHead(text, legend, width - 2 * MARGIN);
  const height = head.height + Math.ceil(Number(plotHeight)) + 2 * MARGIN;
  const body =
    `<g transform="translate(${MARGIN},${MARGIN})">${head.svg}</g>` +
    `<g transform="translate(${MARGIN},${MARGIN + head.height})">${inner}</g>`;
  const box = `viewBox="0 0 ${width} ${height}"`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${box}>` +
    `<title>${escapeHtml(text.title)}</title><desc>${escapeHtml(captionOf(text))}</desc>` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>${onPaper(body)}</svg>\n`;
  const caption = captionOf(text);
  const id = `figure-${text.name}`;
  const names =
    `<title id="${id}-title">${escapeHtml(text.title)}</title>` + `<desc id="${id}-desc">${escapeHtml(caption)}</desc>`;
  const label = `role="img" aria-labelledby="${id}-title ${id}-desc"`;
  const inline = html`<figure>
    ${trusted(`<svg ${label} ${box} style="width:${width}px" class="plot">${names}${body}</svg>`)}
    ${text.notes === '' ? undefined : html`<figcaption>${text.notes}</figcaption>`}
  </figure>`;
  return { name: text.name, title: text.title, caption, svg, inline, isWide: width > WIDE };
}

/** Everything that is said of a figure, for those who have only its file. */
const captionOf = ({ subtitle, reading, notes }: FigureText): string =>
  [subtitle, reading, notes].filter((part) => part !== '').join(' ');

/** Breaks a text into lines of at most `width` pixels, by words; a word that is longer stands alone. */
export function wrapText(text: string, size: number, width: number): readonly string[] {
  const most = Math.max(8, Math.floor(width / (size * CHARACTER)));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= most) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** Title of an axis in lines: a long one would make the library reserve room beside the plot. */
export const axisTitle = (text: string): string[] => [...wrapText(text, 12, 350)];

interface Head {
  readonly svg: string;
  readonly height: number;
}

function drawHead(text: FigureText, legend: readonly LegendEntry[], width: number): Head {
  const parts: string[] = [];
  let y = 0;
  const write = (lines: readonly string[], size: number, attributes: string): void => {
    for (const line of lines) {
      y += size;
      parts.push(
        `<text x="0" y="${y}" font-family="${PAGE_FONT}" font-size="${size}px" ${attributes}>${escapeHtml(line)}</text>`,
      );
      y += 4;
    }
  };
  write(wrapText(text.title, TITLE_SIZE, width), TITLE_SIZE, 'font-weight="600" fill="var(--ink)"');
  write(wrapText(text.subtitle, TEXT_SIZE, width), TEXT_SIZE, 'fill="var(--muted)"');
  y += 4;
  let x = 0;
  const rowHeight = 17;
  for (const entry of legend) {
    const label = entry.label.length > 44 ? `${entry.label.slice(0, 43)}\u2026` : entry.label;
    const needed = 36 + label.length * TEXT_SIZE * CHARACTER + 14;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += rowHeight;
    }
    parts.push(drawEntry({ ...entry, label }, x, y + 8));
    x += needed;
  }
  if (legend.length > 0) y += rowHeight;
  return { svg: parts.join(''), height: y + 6 };
}

function drawEntry(entry: LegendEntry, x: number, y: number): string {
  const { colour, dash, width, shape } = entry;
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(',')}"` : '';
  const line =
    entry.isBand === true
      ? `<rect x="${x}" y="${y - 5}" width="30" height="10" fill="${colour}" fill-opacity="0.25"/>`
      : `<line x1="${x}" y1="${y}" x2="${x + 30}" y2="${y}" stroke="${colour}" stroke-width="${width}"${dashes}/>`;
  const marker =
    shape === undefined ? '' : `<path transform="translate(${x + 15},${y}) scale(3.4)" d="${shape}" fill="${colour}"/>`;
  const words = `<text x="${x + 36}" y="${y + 4}" font-family="${PAGE_FONT}" font-size="${TEXT_SIZE}px" fill="var(--ink)">${escapeHtml(entry.label)}</text>`;
  return line + marker + words;
}

/** Hundredths of a pixel are enough: half the size of a file. */
const rounded = (svg: string): string =>
  svg.replaceAll(/ (?:d|transform|x2|y2)="[^"]*"/g, (attribute) =>
    attribute.replaceAll(/-?\d+\.\d{3,}/g, (number) => `${Number(Number(number).toFixed(2))}`),
  );

/** Marks with a label say it when pointed at: an SVG title works without scripts. */
const withTooltips = (svg: string): string =>
  svg.replaceAll(
    /<(path|text) aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"([^>]*?)\/>/g,
    (_whole, mark: string, label: string, rest: string) => `<${mark}${rest}><title>${label}</title></${mark}>`,
  );

/** The page's style resolved, inside tags only: text is left as it is. */
const onPaper = (svg: string): string =>
  svg.replaceAll(/<[^>]*>/g, (tag) =>
    tag
      .replaceAll(/"var\(--([a-z]+)\)"/g, (whole, name: string) => {
        const colour = PAPER[name];
        return colour === undefined ? whole : `"${colour}"`;
      })
      .replaceAll(`font-family="${PAGE_FONT}"`, `font-family="${PAPER_FONT}"`),
  );
