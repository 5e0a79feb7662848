import { describe, expect, it } from 'vitest';
import { epochOrder, makeBatch } from '../../src/training/batches.js';
import { crossEntropy, squaredHinge } from '../../src/training/loss.js';
import { adamStep, createParameter } from '../../src/training/parameter.js';

describe('a parameter', () => {
  const latent = Float32Array.of(-1, -0.3, 0, 0.3, 1);

  it('projects to what the chip holds', () => {
    const deployed = (kind: 'binary' | 'ternary'): number[] => [
      ...createParameter('w', [5], { kind }, latent.slice()).deployed,
    ];
    expect(deployed('binary')).toEqual([-1, -1, 1, 1, 1]);
    expect(deployed('ternary')).toEqual([-1, 0, 0, 0, 1]);
    const signs = Int8Array.of(1, 1, -1, 1, -1);
    expect([...createParameter('w', [5], { kind: 'masked', signs }, latent.slice()).deployed]).toEqual([
      0, 0, -1, 1, -1,
    ]);
  });

  it('moves by the learning rate in the first step of Adam, whatever the size of the gradient', () => {
    const parameter = createParameter('w', [3], { kind: 'real' }, Float32Array.of(1, 1, 1));
    adamStep(parameter, Float32Array.of(100, -0.01, 0), 0.1, 1);
    [0.9, 1.1, 1].forEach((expected, i) => expect(parameter.latent[i]).toBeCloseTo(expected, 4));
  });

  it('follows a masked weight through its sign and stops at the ends', () => {
    const signs = Int8Array.of(1, -1);
    const parameter = createParameter('w', [2], { kind: 'masked', signs }, Float32Array.of(0.95, 0.95));
    adamStep(parameter, Float32Array.of(-1, -1), 0.1, 1);
    expect(parameter.latent[0]).toBe(1);
    expect(parameter.latent[1]).toBeCloseTo(0.85, 5);
  });
});

describe('the loss', () => {
  it.each([
    ['crossEntropy', crossEntropy],
    ['squaredHinge', squaredHinge],
  ] as const)('%s has the gradient that finite differences show', (_, lossOf) => {
    const layout = { nFeatures: 5, nClasses: 2 };
    const labels = Uint8Array.of(1, 0);
    const features = Float32Array.from({ length: 10 }, (_, i) => Math.fround(((i * 7) % 5) / 4));
    const { gradient } = lossOf(features, labels, layout, 0.7);
    features.forEach((value, i) => {
      const at = (x: number): number => lossOf(features.with(i, x), labels, layout, 0.7).loss;
      expect(gradient[i]).toBeCloseTo((at(value + 0.01) - at(value - 0.01)) / 0.02, 3);
    });
  });

  it('squaredHinge is 0 from a margin of 1 on, and the mean of squares below', () => {
    const layout = { nFeatures: 2, nClasses: 2 };
    const beyond = squaredHinge(Float32Array.of(2, -3), Uint8Array.of(0), layout, 0.5);
    expect(beyond.loss).toBe(0);
    beyond.gradient.forEach((g) => expect(Math.abs(g)).toBe(0));
    // z = (0.5, 1), label 0: shortfalls 0.5 and 2, mean of the squares 4.25 / 2; d/dx = -t 0.5 short.
    const short = squaredHinge(Float32Array.of(1, 2), Uint8Array.of(0), layout, 0.5);
    expect(short).toEqual({ loss: 2.125, nCorrect: 0, gradient: Float32Array.of(-0.25, 1) });
  });
});

describe('batches', () => {
  const data = {
    name: 'x',
    split: 'train',
    shape: [2, 3, 1],
    images: Uint8Array.of(10, 20, 30, 40, 50, 60),
    labels: Uint8Array.of(4),
    nClasses: 10,
  } as const;

  it('visits every image once, in an order of its own each epoch', () => {
    const first = epochOrder(1, 1, 100);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(epochOrder(1, 1, 100)).toEqual(first);
    expect(epochOrder(1, 2, 100)).not.toEqual(first);
  });

  it.each([
    [[0, 0] as const, [10, 20, 30, 40, 50, 60]],
    [[1, 0] as const, [0, 0, 0, 10, 20, 30]],
    [[0, -1] as const, [20, 30, 0, 50, 60, 0]],
    [[-1, 2] as const, [0, 0, 40, 0, 0, 0]],
    [[2, 0] as const, [0, 0, 0, 0, 0, 0]],
  ])('moves an image by %j', (shift, expected) => {
    const { coded } = makeBatch(data, Int32Array.of(0), { kind: 'rate', bits: 8 }, [shift]);
    expect([...coded]).toEqual(expected);
  });

  it('codes thermometer levels as channels of the pixel', () => {
    const { coded, labels } = makeBatch(data, Int32Array.of(0), { kind: 'thermometer', levels: [20, 50] });
    expect([...coded]).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1]);
    expect([...labels]).toEqual([4]);
  });
});
