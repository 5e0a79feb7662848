/**
 * What becomes of random ONNX operators, attributes and shapes: how many are taken, and a digest of all networks, notes and findings. That
 * operators are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a changed importer:
 * find out why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import type { ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { importMade } from '../../support/onnx-case.js';
import { countedOutcomes } from '../../support/outcomes.js';
import { RANDOM_ONNX_OPERATORS, randomOnnx } from '../../support/random-onnx.js';

const OPTIONS: readonly ImportOptions[] = [
  { inputRange: [-0.5, 254.5], inputLayout: 'channels-first' },
  { inputRange: [0, 255] },
  { inputRange: [0, 1], inputLayout: 'channels-last', inputMean: [0.5], inputStd: [0.25] },
  { inputRange: [-1, 1] },
];

test('operators, attributes and shapes become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const op of RANDOM_ONNX_OPERATORS) {
    const counted = await countedOutcomes(60, (seed) => importMade(randomOnnx(op, seed), OPTIONS[seed % 4]));
    lines.push(`${op}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/onnx.txt');
});

test('operators on constants become the constants and findings of their golden', async () => {
  const lines: string[] = [];
  for (const op of RANDOM_ONNX_OPERATORS) {
    const counted = await countedOutcomes(24, (seed) => importMade(randomOnnx(op, seed, true), OPTIONS[seed % 2]));
    lines.push(`${op}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/onnx-constants.txt');
});
