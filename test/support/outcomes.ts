/** Digests of what becomes of many files, for corpora of goldens. */
import { UserError } from '../../src/common/diagnostics.js';
import type { ImportedNetwork } from '../../src/compiler/frontends/frontend.js';
import { printNetwork } from '../../src/ir/network/print.js';
import { digest } from './digest.js';

/** How many of `n` files are taken, and a digest of their networks, operators, warnings and findings, and of what `more` says of them. */
export async function countedOutcomes(
  n: number,
  read: (seed: number) => Promise<ImportedNetwork>,
  more: (imported: ImportedNetwork) => readonly unknown[] = () => [],
): Promise<string> {
  const outcomes: unknown[] = [];
  let taken = 0;
  for (let seed = 0; seed < n; seed++) {
    try {
      const imported = await read(seed);
      const { graph, operators, warnings } = imported;
      outcomes.push([printNetwork(graph), operators, warnings, ...more(imported)]);
      taken++;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      outcomes.push(error.diagnostics);
    }
  }
  return `${taken} of ${n} taken, ${digest(outcomes)}`;
}
