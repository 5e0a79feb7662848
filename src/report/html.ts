/**
 * HTML and SVG as values that cannot forget to escape: everything that goes into the {@link html} template is escaped
 * unless it is itself {@link Html}.
 */
export interface Html {
  readonly kind: 'html';
  readonly text: string;
}

/** What may stand in a template; arrays are joined, `undefined` is nothing. */
export type HtmlPart = string | number | Html | undefined | readonly HtmlPart[];

/** Text made safe for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Markup that is trusted as it stands: only for constants of ours and for output of the plot library. */
export const trusted = (text: string): Html => ({ kind: 'html', text });

/** Template tag: the literal parts are markup, the values are escaped. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlPart[]): Html {
  return trusted(literals.map((literal, i) => literal + toText(values[i])).join(''));
}

const isList = (part: HtmlPart): part is readonly HtmlPart[] => Array.isArray(part);

function toText(part: HtmlPart): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return isList(part) ? part.map(toText).join('') : part.text;
}
