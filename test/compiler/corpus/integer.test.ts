/**
 * Integer networks of a corpus of random float networks: layers, warnings and a digest of the printed network. That they are exact is tested
 * elsewhere; this notices that they are other ones. A changed line is a changed compiler: find out which one changed it before updating
 * (vitest -u).
 */
import { expect, test } from 'vitest';
import { lowerWithWarnings } from '../../../src/compiler/pipelines.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { digest, orFindings } from '../../support/digest.js';
import { randomImportedNetwork } from '../../support/random-imported-network.js';
import { randomNetwork } from '../../support/random-network.js';
import { randomQuantisedNetwork } from '../../support/random-quantised-network.js';
import { randomFloatTransformer } from '../../support/random-transformer.js';

const seeds = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => 7000 + i);

function line(graph: NetworkGraph): string {
  return orFindings(() => {
    const { graph: integer, diagnostics, passes } = lowerWithWarnings(graph);
    const codes = diagnostics.map(({ code }) => code);
    const warnings = codes.length === 0 ? '' : `, ${[...new Set(codes)].join(', ')} ${digest(diagnostics)}`;
    const statistics = digest(passes.map((pass) => pass.statistics));
    return `${integer.nodes.length} layers ${digest(printNetwork(integer))} ${statistics}${warnings}`;
  });
}

test.each([
  ['binary', seeds(60), (seed: number) => randomNetwork(seed, { averagePool: true, overlappingPool: true })],
  ['quantised', seeds(120), (seed: number) => randomQuantisedNetwork(seed)],
  ['one-step', seeds(60), (seed: number) => randomQuantisedNetwork(seed, { oneStep: true })],
  ['powers-of-two', seeds(60), (seed: number) => randomQuantisedNetwork(seed, { powersOfTwo: true })],
  ['imported', seeds(200), (seed: number) => randomImportedNetwork(seed)],
  ['transformers', seeds(6), (seed: number) => randomFloatTransformer(seed)],
] as const)('%s networks become the integer networks of their golden', async (name, all, draw) => {
  const lines = all.map((seed) => `${seed}: ${line(draw(seed))}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(`golden/integer-${name}.txt`);
});
