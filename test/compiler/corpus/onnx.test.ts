/**
 * What becomes of random ONNX operators, attributes and shapes: how many are taken, and a digest of all networks, notes and findings. That
 * operators are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a changed importer:
 * find out why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import type { ImportedNetwork, ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import { importMade } from '../../support/onnx-case.js';
import { countedOutcomes } from '../../support/outcomes.js';
import { RANDOM_ONNX_OPERATORS, randomOnnx } from '../../support/random-onnx.js';
import { randomOnnxChain } from '../../support/random-onnx-chains.js';

const OPTIONS: readonly ImportOptions[] = [
  { inputRange: [-0.5, 254.5], inputLayout: 'channels-first' },
  { inputRange: [0, 255] },
  { inputRange: [0, 1], inputLayout: 'channels-last', inputMean: [0.5], inputStd: [0.25] },
  { inputRange: [-1, 1] },
];

const MODEL_OPTIONS: readonly ImportOptions[] = [
  { inputRange: [-0.5, 254.5] },
  { inputRange: [0, 255] },
  { inputRange: [0, 1], inputMean: [0.5], inputStd: [0.25] },
  {},
];

/** What the file itself says of one image, in float32. */
function valuesOfFile({ graph, file }: ImportedNetwork): readonly unknown[] {
  const [input] = graph.nodes;
  if (input?.kind !== 'input' || file === undefined) return [];
  const image = Uint8Array.from({ length: sizeOf(input.shape) }, (_, i) => (37 * i + 11) % 256);
  const { layers, decision } = file.evaluate(image);
  return [[...layers].map(([id, values]) => [id, Float32Array.from(values)]), decision];
}

test('operators, attributes and shapes become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const op of RANDOM_ONNX_OPERATORS) {
    const counted = await countedOutcomes(
      60,
      (seed) => importMade(randomOnnx(op, seed), OPTIONS[seed % 4]),
      valuesOfFile,
    );
    lines.push(`${op}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/onnx.txt');
});

test('operators on constants become the constants and findings of their golden', async () => {
  const lines: string[] = [];
  for (const op of RANDOM_ONNX_OPERATORS) {
    const counted = await countedOutcomes(
      24,
      (seed) => importMade(randomOnnx(op, seed, true), OPTIONS[seed % 2]),
      valuesOfFile,
    );
    lines.push(`${op}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/onnx-constants.txt');
});

test('models of several nodes become the networks, values and findings of their golden', async () => {
  const lines: string[] = [];
  for (let k = 0; k < 20; k++) {
    const options = MODEL_OPTIONS[k % 4]!;
    const counted = await countedOutcomes(
      30,
      (seed) => importMade(randomOnnxChain(100 * k + seed), options),
      valuesOfFile,
    );
    lines.push(`models ${100 * k} to ${100 * k + 29}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/onnx-models.txt');
});
