/** The passes as a table for docs/passes.md. */
import type { Exactness, PassInfo } from './passes/pass.js';

/** A Markdown table: one row per pass, in the order given. */
export function passesAsMarkdown(passes: readonly PassInfo[]): string {
  const rows = passes.map(({ name, summary, exactness, options, statistics }) =>
    [`\`${name}\``, summary, inWords(exactness), named(options), named(statistics)].join(' | '),
  );
  return [
    '| pass | what it does | exact? | options | statistics |',
    '|---|---|---|---|---|',
    ...rows.map((r) => `| ${r} |`),
  ].join('\n');
}

const inWords = (exactness: Exactness): string =>
  exactness.kind === 'exact' ? `exact: ${exactness.why}` : `approximate: ${exactness.bound}`;

const named = (meanings: Readonly<Record<string, string>>): string =>
  Object.entries(meanings)
    .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
    .join('; ') || '-';
