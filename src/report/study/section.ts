import { html, type Html } from '../html.js';
import type { DrawnFigure } from './figure.js';

/** A part of the report with its place in the table of contents. */
export interface StudySection {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly body: Html;
  readonly figures: readonly DrawnFigure[];
}

/** A part with nothing to show says so. */
export const emptySection = (id: string, title: string, sentence: string): StudySection => ({
  id,
  title,
  body: html`<p class="muted">${sentence}</p>`,
  figures: [],
});

/** Figures beside each other where the page is wide enough, below them their numbers. */
export const figureGrid = (parts: readonly { readonly figure: DrawnFigure; readonly numbers: Html }[]): Html =>
  html`<div class="figures">
      ${parts.map(({ figure }) => html`<div class="${figure.isWide ? 'full' : ''}">${figure.inline}</div>`)}
    </div>
    ${
      parts.length === 0
        ? undefined
        : html`<details>
            <summary>Numbers</summary>
            ${parts.map(({ numbers }) => numbers)}
          </details>`
    }`;
