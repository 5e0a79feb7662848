import { fail } from './diagnostics.js';

/**
 * A text with the lines between `<!-- NAME: begin -->` and `<!-- NAME: end -->` replaced: documents hold tables that are printed from code.
 * @throws UserError where the markers are not in the text, in this order
 */
export function withRegion(text: string, place: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->\n`, `<!-- ${name}: end -->`];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (!text.includes(begin) || to < from) {
    fail('no-region', place, `the markers of "${name}" are missing`, `add the lines ${begin.trim()} and ${end}`);
  }
  return `${text.slice(0, from)}\n${content.trimEnd()}\n\n${text.slice(to)}`;
}
