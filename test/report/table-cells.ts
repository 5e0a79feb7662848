import type { Html } from '../../src/report/html.js';

/** The text of some markup: tags are spaces, several spaces are one. */
export const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The cells of every row of the tables of a page, headings included, without markup. */
export const rowsOf = ({ text }: Html): readonly (readonly string[])[] =>
  [...text.matchAll(/<tr[^>]*>([^]*?)<\/tr>/g)].map(([, row]) =>
    [...(row ?? '').matchAll(/<(th|td)[^>]*>([^]*?)<\/\1>/g)].map(([, , cell]) => textOf(cell ?? '')),
  );
