/**
 * What becomes of random operators of TensorFlow Lite, of integers and real numbers: how many are taken, and a digest of all networks, notes and
 * findings. That operators are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a
 * changed importer: find out why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import type { ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { readWritten } from '../../support/read-tflite.js';
import { randomTfliteChain } from '../../support/random-tflite-chain.js';
import { RANDOM_TFLITE_OPERATORS, randomTflite } from '../../support/random-tflite.js';
import { countedOutcomes } from '../../support/outcomes.js';

test('operators, options and shapes become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const op of RANDOM_TFLITE_OPERATORS) {
    const counted = await countedOutcomes(60, (seed) =>
      readWritten(randomTflite(op, seed), seed % 2 === 0 ? { inputRange: [-2, 2] } : {}),
    );
    lines.push(`${op}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/tflite.txt');
});

const OPTIONS: readonly ImportOptions[] = [
  {},
  { inputRange: [-1, 1] },
  { inputRange: [0, 255] },
  { inputRange: [0, 1], inputMean: [0.5], inputStd: [0.25] },
  { inputRange: [0, 1], inputMean: [0.5, 0.25], inputStd: [0.25, 0.5] },
  { inputRange: [-1, 1], outputName: 'tail9' },
  { inputRange: [-1, 1], inputName: 'value0', outputName: 'value8' },
  { inputRange: [-1, 1], inputShape: [4, 4, 2] },
  { inputRange: [-1, 1] },
  { inputRange: [0, 255] },
];

test('chains of operators, ends of converters and faults become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (let part = 0; part < 40; part++) {
    const counted = await countedOutcomes(50, (k) => {
      const seed = 50 * part + k;
      return readWritten(randomTfliteChain(seed), OPTIONS[seed % OPTIONS.length]);
    });
    lines.push(`${part}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/tflite-chains.txt');
});
