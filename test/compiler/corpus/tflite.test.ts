/**
 * What becomes of random operators of TensorFlow Lite, of integers and real numbers: how many are taken, and a digest of all networks, notes and
 * findings. That operators are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a
 * changed importer: find out why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { readWritten } from '../../support/read-tflite.js';
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
