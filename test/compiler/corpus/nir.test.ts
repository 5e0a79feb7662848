/**
 * What becomes of random NIR graphs, parameters and shapes: how many are taken, and a digest of all networks, notes and findings. That nodes are
 * read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a changed importer: find out why before
 * updating (vitest -u).
 */
import { expect, test } from 'vitest';
import type { ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { nir } from '../../../src/compiler/frontends/nir/index.js';
import { nirFile } from '../../support/nir-files.js';
import { countedOutcomes } from '../../support/outcomes.js';
import { RANDOM_NIR_NODES, randomNirGraph, randomNirNode } from '../../support/random-nir.js';

const OPTIONS: readonly ImportOptions[] = [
  { timeStep: 1 },
  { timeStep: 0.5, neuronReset: 'subtract' },
  {},
  { timeStep: 2, neuronReset: 'value', inputRange: [0, 1] },
  { timeStep: 1, inputShape: [6] },
  { timeStep: 1, inputName: 'input', outputName: 'output' },
  { timeStep: 1, outputName: 'other', inputName: 'extra' },
];

test('nodes, parameters and shapes become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const type of RANDOM_NIR_NODES) {
    const counted = await countedOutcomes(56, async (seed) =>
      nir.read(await nirFile(randomNirNode(type, seed), seed % 3 === 0), OPTIONS[seed % 6] ?? {}),
    );
    lines.push(`${type}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/nir-nodes.txt');
});

test('graphs with loops, delays, sums and nested graphs become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (let part = 0; part < 20; part++) {
    const counted = await countedOutcomes(24, async (k) => {
      const seed = 24 * part + k;
      return nir.read(await nirFile(randomNirGraph(seed)), OPTIONS[seed % 12] ?? { timeStep: 1 });
    });
    lines.push(`${part}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/nir-graphs.txt');
});
