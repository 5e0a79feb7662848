/** Operators and a network of TensorFlow Lite on int8, as its reference kernels compute them: every output must be the recorded one. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NORTHPOLE } from '../../src/hw-models/northpole/spec.js';
import { keywordSpotting, operatorCase, operatorNames } from '../support/int8-ops.js';
import { agreedScores } from '../support/three-engines.js';
import { softmax } from '../../src/validation/tflite-softmax.js';

const folder = fileURLToPath(new URL('../../../shared/vectors/int8-ops', import.meta.url));
const missing = !existsSync(folder);
const note = missing ? ' (skipped: ../shared/vectors/int8-ops is not there)' : '';
const names = missing ? [] : operatorNames(folder);

describe.skipIf(missing)(`operators of CMSIS-NN with the outputs of TensorFlow Lite${note}`, () => {
  it('are 62', () => {
    expect(names).toHaveLength(62);
  });

  it.each(names)('have the recorded outputs on interpreter, functional engine and chip: %s', (name) => {
    const found = operatorCase(folder, name);
    const { scores } = agreedScores(found.graph, found.images, NORTHPOLE);
    expect(scores).toEqual(found.expected);
  });

  it('make up a network for keyword spotting, which has the recorded probabilities', { timeout: 120_000 }, () => {
    const { graph, images, expected, softmax: parameters } = keywordSpotting(folder);
    const { scores } = agreedScores(graph, images, NORTHPOLE);
    expect(scores.map((logits) => softmax(logits, parameters))).toEqual(expected);
  });
});
