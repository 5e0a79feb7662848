import { beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { BatchNormNode, Conv2dNode } from '../../src/ir/network/types.js';
import { backendName } from '../../src/training/index.js';
import { batchNormLayer } from '../../src/training/layers/batch-norm.js';
import { blockDenseLayer } from '../../src/training/layers/block-dense.js';
import { conv2dLayer } from '../../src/training/layers/conv2d.js';
import { denseLayer } from '../../src/training/layers/dense.js';
import type { Gradients, Layer } from '../../src/training/layers/layer.js';
import { avgPoolLayer, maxPoolLayer } from '../../src/training/layers/pool.js';
import { activationLayer, reluLayer } from '../../src/training/layers/simple.js';
import { createParameter, type Parameter } from '../../src/training/parameter.js';

const SEED = 5;

/** Standard normal values. */
function normals(n: number, stream: number): Float32Array {
  const random = sequence(SEED, PURPOSE.test, stream);
  return Float32Array.from({ length: n }, () => random.normal());
}

const real = (name: string, shape: readonly number[], stream: number): Parameter =>
  createParameter(name, shape, { kind: 'real' }, normals(sizeOf(shape), stream));

/**
 * Compares the gradients of sum(r * layer(x)) with central differences, for x and for every parameter. r is random.
 */
function checkGradients(layer: Layer, shape: readonly number[], x = normals(sizeOf(shape), 1)): void {
  const batch = shape[0]!;
  const r = normals(layer.forward(x, batch).length, 2);
  const loss = (): number => layer.forward(x, batch).reduce((sum, value, i) => sum + value * r[i]!, 0);
  const gradients: Gradients = new Map();
  layer.forward(x, batch);
  const dx = layer.backward(r, gradients, true)!.slice();
  const check = (values: Float32Array, gradient: Float32Array, what: string): void => {
    expect(gradient.length, what).toBe(values.length);
    const h = 0.01;
    for (let i = 0; i < values.length; i += Math.max(1, Math.floor(values.length / 40))) {
      const value = values[i]!;
      values[i] = value + h;
      const above = loss();
      values[i] = value - h;
      const below = loss();
      values[i] = value;
      const expected = (above - below) / (2 * h);
      expect(Math.abs(gradient[i]! - expected), `${what}[${i}]: ${gradient[i]} for ${expected}`).toBeLessThan(
        0.01 * (1 + Math.abs(expected)),
      );
    }
  };
  check(x, dx, 'input');
  for (const parameter of layer.parameters) check(parameter.deployed, gradients.get(parameter)!, parameter.name);
}

function convLayer(
  shape: readonly [number, number, number],
  stride: number,
  padding: number,
  groups: number,
  padValue = -1,
  more: Partial<Pick<Conv2dNode, 'padding' | 'dilation'>> = {},
): Layer {
  const node: Conv2dNode = {
    kind: 'conv2d',
    id: 'c',
    input: 'x',
    window: [3, 3],
    stride: [stride, stride],
    padding: [padding, padding, padding, padding],
    padValue,
    groups,
    nOut: 6,
    weights: new Int8Array(54 * (4 / groups)),
    ...more,
  };
  const weights = Array.from({ length: groups }, (_, g) => real(`weights${g}`, [36 / groups, 6 / groups], 3 + g));
  return conv2dLayer(node, shape, weights, padValue === 0 ? real('bias', [6], 9) : undefined);
}

beforeAll(async () => {
  await backendName();
});

describe('written-out gradients agree with finite differences', () => {
  it('dense', () => {
    const node = { kind: 'dense', id: 'd', input: 'x', nOut: 5, weights: new Int8Array(35) } as const;
    checkGradients(denseLayer(node, 7, real('weights', [7, 5], 3)), [4, 7]);
  });

  it('blockDense with overlapping and unread inputs', () => {
    const blocks = [
      { inputs: Int32Array.of(0, 1, 4), nOut: 2, weights: new Int8Array(6) },
      { inputs: Int32Array.of(4, 2), nOut: 3, weights: new Int8Array(6) },
    ];
    const node = { kind: 'blockDense', id: 'b', input: 'x', blocks } as const;
    checkGradients(blockDenseLayer(node, 6, [real('first', [3, 2], 3), real('second', [2, 3], 4)]), [4, 6]);
  });

  it.each([
    [1, 0, 1],
    [1, 1, 1],
    [2, 1, 1],
    [2, 2, 2],
    [3, 1, 2],
    [2, 4, 1],
  ])('conv2d, padded with -1, with stride %i, padding %i, %i groups', (stride, padding, groups) => {
    checkGradients(convLayer([7, 8, 4], stride, padding, groups), [2, 7, 8, 4]);
  });

  it.each([
    [1, 0],
    [1, 1],
    [1, 2],
    [1, 4],
    [2, 0],
    [2, 1],
    [3, 1],
  ])('conv2d, padded with 0, with stride %i, padding %i and a bias', (stride, padding) => {
    checkGradients(convLayer([7, 8, 4], stride, padding, 1, 0), [2, 7, 8, 4]);
  });

  it.each([
    [[2, 0, 1, 0], 1],
    [[0, 1, 0, 2], 1],
    [[0, 2, 1, 0], 2],
  ] as const)(
    'conv2d with margins %j of its own on each side and stride %i, however it is computed',
    (padding, stride) => {
      const shape = [7, 8, 4] as const;
      const x = normals(2 * sizeOf(shape), 1);
      const layer = convLayer(shape, stride, 0, 1, 0, { padding });
      checkGradients(layer, [2, ...shape], x);
      const outputs = layer.forward(x, 2).slice();
      const byWindows = convLayer(shape, stride, 0, 1, 0, { padding, dilation: [1, 1] }).forward(x, 2);
      expect(outputs.length).toBe(byWindows.length);
      outputs.forEach((value, i) => {
        expect(value).toBeCloseTo(byWindows[i]!, 4);
      });
    },
  );

  it('batchNorm', () => {
    const zeros = new Float64Array(3);
    const node: BatchNormNode = {
      kind: 'batchNorm',
      id: 'n',
      input: 'x',
      gamma: zeros,
      beta: zeros,
      mean: zeros,
      variance: zeros,
      epsilon: 1e-4,
    };
    checkGradients(batchNormLayer(node, real('gamma', [3], 3), real('beta', [3], 4)), [20, 3]);
  });

  it.each([6, 7])('maxPool over images of %i pixels a side, all values below 0', (side) => {
    const node = {
      kind: 'maxPool',
      id: 'p',
      input: 'x',
      window: [2, 2],
      stride: [2, 2],
      padding: [0, 0, 0, 0],
    } as const;
    // Values 0.05 apart: no difference step changes which one is the maximum.
    const n = 2 * side * side * 3;
    const x = Float32Array.from({ length: n }, (_, i) => -1 - 0.05 * ((i * 37) % n));
    checkGradients(maxPoolLayer(node, [side, side, 3]), [2, side, side, 3], x);
  });

  it.each([
    [2, 2, 0],
    [3, 2, 1],
  ])('avgPool over windows of %i at stride %i, padding %i', (window, stride, padding) => {
    const node = {
      kind: 'avgPool',
      id: 'p',
      input: 'x',
      window: [window, window],
      stride: [stride, stride],
      padding: [padding, padding, padding, padding],
    } as const;
    checkGradients(avgPoolLayer(node, [6, 7, 3]), [2, 6, 7, 3]);
    const inside = avgPoolLayer({ ...node, counted: [0, 0, 0, 0] }, [6, 7, 3]);
    checkGradients(inside, [2, 6, 7, 3]);
    // The average of equal pixels is the pixel, at the border too.
    expect([...inside.forward(new Float32Array(6 * 7 * 3).fill(3), 1)].every((y) => Math.abs(y - 3) < 1e-6)).toBe(true);
  });

  it('relu', () => {
    // Away from the kink.
    const x = normals(24, 1).map((value) => value + Math.sign(value) * 0.1);
    checkGradients(reluLayer({ kind: 'relu', id: 'r', input: 'x' }), [2, 12], x);
  });
});

describe('activations', () => {
  const x = Float32Array.of(-1.5, -1e-6, 0, 1e-6, 0.5, 1.5);
  const run = (kind: 'sign' | 'step'): { y: number[]; dx: number[] } => {
    const layer = activationLayer({ kind, id: 'a', input: 'x' });
    const y = layer.forward(x, 1);
    const dx = layer.backward(new Float32Array(6).fill(1), new Map(), true)!;
    return { y: [...y], dx: [...dx] };
  };

  it('sign is +1 from 0 on, its gradient passes within 1', () => {
    expect(run('sign')).toEqual({ y: [-1, -1, 1, 1, 1, 1], dx: [0, 1, 1, 1, 1, 0] });
  });

  it('step is 1 from 0 on, its gradient is half as steep', () => {
    expect(run('step')).toEqual({ y: [0, 0, 1, 1, 1, 1], dx: [0, 0.5, 0.5, 0.5, 0.5, 0] });
  });
});

describe('a convolution', () => {
  it('deploys weights in the order [output, row, column, input of the group]', () => {
    const layer = convLayer([3, 3, 4], 1, 0, 2);
    for (const { deployed } of layer.parameters) deployed.forEach((_, i) => (deployed[i] = (((i * 7) % 5) % 3) - 1));
    const node = layer.deploy();
    if (node.kind !== 'conv2d') throw new Error('not a convolution');
    const x = normals(9 * 4, 8);
    const y = layer.forward(x, 1);
    for (let o = 0; o < 6; o++) {
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        for (let i = 0; i < 2; i++)
          sum += node.weights[(o * 9 + tap) * 2 + i]! * x[tap * 4 + Math.floor(o / 3) * 2 + i]!;
      }
      expect(y[o]).toBeCloseTo(sum, 4);
    }
  });
});
