import { beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { backendName } from '../../../src/training/backend.js';
import {
  addLastPositions,
  attention,
  attentionGradient,
  lastPositions,
  rmsNorm,
  rmsNormGradient,
} from '../../../src/training/sequence/functions.js';
import { linearLayer, linearParameters } from '../../../src/training/sequence/layers.js';
import { quantise, quantiseGradient, rangeOf } from '../../../src/training/sequence/quantise.js';

function normal(seed: number, n: number, deviation = 1): Float32Array {
  const r = sequence(seed, PURPOSE.test);
  return Float32Array.from({ length: n }, () => r.normal() * deviation);
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** Compares a gradient with central differences of `loss` in every element of `x`. */
function check(x: Float32Array, loss: () => number, gradient: Float32Array, tolerance = 2e-3): void {
  const h = 1 / 128;
  const largest = gradient.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  expect(largest).toBeGreaterThan(0);
  x.forEach((value, i) => {
    x[i] = value + h;
    const above = loss();
    x[i] = value - h;
    const below = loss();
    x[i] = value;
    expect(Math.abs((above - below) / (2 * h) - gradient[i]!)).toBeLessThan(tolerance * largest);
  });
}

describe('gradients of sequence models', () => {
  beforeAll(backendName);

  it('agree with differences: root-mean-square norm, input and gain', () => {
    const [x, gain, dy] = [normal(1, 24), normal(2, 8), normal(3, 24)];
    const dGain = new Float32Array(8);
    const dx = rmsNormGradient(x, gain, dy, dGain);
    const loss = (): number => dot(rmsNorm(x, gain), dy);
    check(x, loss, dx);
    check(gain, loss, dGain);
  });

  it('agree with differences: attention of some positions, query, key and value', () => {
    const sizes = { tokens: 5, from: 2, heads: 2, depth: 3 };
    const values = { query: normal(1, 2 * 3 * 6), key: normal(2, 2 * 5 * 6), value: normal(3, 2 * 5 * 6) };
    const dout = normal(4, 2 * 3 * 6);
    const { weights } = attention(values, sizes);
    const gradient = attentionGradient(values, weights, dout, sizes);
    const loss = (): number => dot(attention(values, sizes).out, dout);
    check(values.query, loss, gradient.query);
    check(values.key, loss, gradient.key);
    check(values.value, loss, gradient.value);
  });

  it('attention looks at no later token', () => {
    const sizes = { tokens: 4, from: 0, heads: 1, depth: 2 };
    const values = { query: normal(1, 8), key: normal(2, 8), value: normal(3, 8) };
    const before = attention(values, sizes).out;
    values.key.fill(7, 6);
    values.value.fill(9, 6);
    expect(attention(values, sizes).out.slice(0, 6)).toEqual(before.slice(0, 6));
  });

  it('agree with differences: matrix, with respect to its input', () => {
    const parameters = linearParameters('m', { nIn: 6, nOut: 4, bits: 4 }, normal(1, 24), 0);
    const layer = linearLayer(parameters);
    const [x, dy] = [normal(2, 18), normal(3, 12)];
    layer.forward(x);
    const dx = layer.backward(dy);
    check(x, () => dot(layer.forward(x), dy), dx);
  });

  it('of a step follow the published rule, scaled by 1 / sqrt(N Qp)', () => {
    const range = rangeOf(4, true);
    // Below, inside, above; step 0.5.
    const x = Float32Array.from([-9, 0.6, 9]);
    const logSteps = Float32Array.from([Math.log(0.5)]);
    expect([...quantise(x, logSteps, range)].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([-4, 0.5, 3.5]);
    const d = new Float32Array(1);
    const dx = quantiseGradient({ x, logSteps, range }, Float32Array.from([1, 10, 100]), d);
    expect([...dx]).toEqual([0, 10, 0]);
    const expected = (-8 * 1 + (1 - 1.2) * 10 + 7 * 100) * 0.5;
    expect(d[0]! * Math.sqrt(3 * 7)).toBeCloseTo(expected, 3);
  });

  it('of the step outside the range agree with differences', () => {
    // Outside, the quantised value is bound times step: exact without any surrogate.
    const range = rangeOf(3, true);
    const x = Float32Array.from([5, -6, 7, -8]);
    const logSteps = Float32Array.from([0.1, -0.2]);
    const dy = Float32Array.from([1, 2, -3, 4]);
    const d = new Float32Array(2);
    quantiseGradient({ x, logSteps, range }, dy, d);
    check(
      logSteps,
      () => dot(quantise(x, logSteps, range), dy),
      d.map((v) => v * Math.sqrt(2 * 3)),
    );
  });

  it('of a selection of positions go back to where they came from', () => {
    const sizes = { tokens: 3, from: 1, width: 2 };
    const x = normal(1, 12);
    const dy = normal(2, 8);
    const dx = new Float32Array(12);
    addLastPositions(dx, dy, sizes);
    check(x, () => dot(lastPositions(x, 3, 1, 2), dy), dx);
  });
});
