import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import type { Conv2dNode, Dialect, NetworkNode, RequantiseNode, Shape } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { createInterpreter, type Interpreter } from '../../../src/evaluation/interpreter/network.js';

/** A network of the given layers behind an input code of signed 8-bit integers, ending in `out`. */
function network(
  dialect: Dialect,
  shape: Shape,
  layers: readonly NetworkNode[],
  out: string,
  zeroPoint = 128,
): Interpreter {
  const graph = {
    name: 'n',
    dialect,
    nodes: [
      { kind: 'input', id: 'x', shape },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint, step: 1 } },
      ...layers,
      ...(out === 'flat' ? [] : [{ kind: 'flatten', id: 'flat', input: out } as const]),
      { kind: 'scores', id: 's', input: 'flat' },
    ] as const satisfies readonly NetworkNode[],
  };
  expect(verifyNetwork(graph)).toEqual([]);
  return createInterpreter(graph);
}

function check(
  shape: Shape,
  layers: readonly NetworkNode[],
  input: readonly number[],
  expected: readonly number[],
): void {
  const out = layers.at(-1)!.id;
  expect(Array.from(network('integer', shape, layers, out).run(input))).toEqual(expected);
}

const conv = (fields: Partial<Conv2dNode> & { weights: Int8Array }): Conv2dNode => ({
  kind: 'conv2d',
  id: 'l',
  input: 'c',
  window: [1, 1],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  nOut: 1,
  groups: 1,
  padValue: 0,
  ...fields,
});

const requantise = (fields: Partial<RequantiseNode>): RequantiseNode => ({
  kind: 'requantise',
  id: 'q',
  input: 'c',
  inputZeroPoint: 0,
  leftShift: 0,
  multiplier: Int32Array.of(1),
  shift: Uint8Array.of(0),
  zeroPoint: 0,
  min: -128,
  max: 127,
  rounding: 'halfUp',
  ...fields,
});

describe('a convolution', () => {
  it('reads the zero point of its input on padding', () => {
    const layer = conv({ window: [1, 3], padding: [0, 0, 1, 1], padValue: 10, weights: Int8Array.of(1, 2, 3) });
    check([1, 3, 1], [layer], [1, 2, 3], [10 + 2 + 6, 1 + 4 + 9, 2 + 6 + 30]);
  });

  it('spreads its taps with a dilation', () => {
    const layer = conv({ window: [1, 2], dilation: [1, 3], weights: Int8Array.of(1, 10) });
    check([1, 5, 1], [layer], [1, 2, 3, 4, 5], [41, 52]);
  });

  it('keeps groups apart and adds an integer bias', () => {
    const layer = conv({ nOut: 4, groups: 2, weights: Int8Array.of(1, 2, 3, 4), bias: Float64Array.of(0, 0, 100, -5) });
    check([1, 1, 2], [layer], [7, 9], [7, 14, 127, 31]);
  });

  it('takes every channel by itself when depthwise, padding included', () => {
    const layer = conv({
      window: [2, 1],
      padding: [1, 0, 0, 0],
      nOut: 2,
      groups: 2,
      padValue: -1,
      weights: Int8Array.of(1, 2, 3, 4),
    });
    check([2, 1, 2], [layer], [5, 6, 7, 8], [-1 + 10, -3 + 24, 5 + 14, 18 + 32]);
  });
});

describe('a requantisation', () => {
  it('holds the parameters of one channel or of all', () => {
    const layer = requantise({ multiplier: Int32Array.of(3, 5), shift: Uint8Array.of(1) });
    check([1, 2, 2], [layer], [1, 1, -1, -1], [2, 3, -1, -2]);
  });
});

/**
 * The reference operators of TensorFlow Lite on int8, by hand: add brings both operands to a scale of 2^-20 of twice the larger
 * one, with gemmlowp multiplications before and after the sum.
 */
describe('operators of TensorFlow Lite', () => {
  it('adds two tensors of different scales', () => {
    // Scales 0.5 and 0.25, zero points 3 and -2, output scale 1, zero point 1.
    // Twice the larger scale is 1: multipliers 0.5 -> 2^30 >> 0 (shift 31) and 0.25 -> 2^30 >> 1 (shift 32).
    const wide = { leftShift: 20, min: -(2 ** 31), max: 2 ** 31 - 1, rounding: 'gemmlowp' } as const;
    const layers: NetworkNode[] = [
      requantise({ ...wide, id: 'a', inputZeroPoint: 3, multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(31) }),
      requantise({
        ...wide,
        id: 'b',
        inputZeroPoint: -2,
        multiplier: Int32Array.of(2 ** 30),
        shift: Uint8Array.of(32),
      }),
      { kind: 'add', id: 'sum', inputs: ['a', 'b'] },
      // Output multiplier 1 / (2^20 * 1): 2^30 with shift 50.
      requantise({
        id: 'out',
        input: 'sum',
        multiplier: Int32Array.of(2 ** 30),
        shift: Uint8Array.of(50),
        zeroPoint: 1,
        rounding: 'gemmlowp',
      }),
    ];
    // x = 0.5 (q - 3) + 0.25 (q + 2), ties away from zero, then + 1.
    const inputs = [10, 11, -20, 127, -128];
    const expected = inputs.map((q) => {
      const x = 0.5 * (q - 3) + 0.25 * (q + 2);
      return Math.min(Math.max(Math.sign(x) * Math.floor(Math.abs(x) + 0.5) + 1, -128), 127);
    });
    check([5], layers, inputs, expected);
  });

  it('averages a window, ties away from zero', () => {
    const layers: NetworkNode[] = [
      { kind: 'sumPool', id: 'sum', input: 'c', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
      requantise({ id: 'mean', input: 'sum', shift: Uint8Array.of(2), rounding: 'halfAwayFromZero' }),
    ];
    check([2, 4, 1], layers, [1, 2, -1, -2, 3, 4, -3, -4], [3, -3]);
  });
});

describe('weights with a zero point', () => {
  it('are less it, for all outputs or for each, on padding too', () => {
    const weights = Int8Array.of(127, 0, -128, 5);
    const dense = { kind: 'dense', id: 'd', input: 'c', nOut: 2, weights } as const;
    check([2], [{ ...dense, weightZeroPoint: Int8Array.of(-128) }], [1, -1], [255 - 128, 0 - 133]);
    check([2], [{ ...dense, weightZeroPoint: Int8Array.of(7, -2) }], [1, 2], [120 - 14, -126 + 14]);
    const layer = conv({ weights, nOut: 4, padding: [1, 0, 0, 0], padValue: 3, weightZeroPoint: Int8Array.of(5) });
    check([1, 1, 1], [layer], [2], [366, -15, -399, 0, 244, -10, -266, 0]);
  });

  it('are refused with another number of zero points, and in the float dialect', () => {
    const codes = (dialect: Dialect, zeroPoints: number): readonly string[] =>
      verifyNetwork({
        name: 'n',
        dialect,
        nodes: [
          { kind: 'input', id: 'x', shape: [2] },
          { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
          {
            ...{ kind: 'dense', id: 'd', input: 'c', nOut: 3, weights: new Int8Array(6) },
            weightZeroPoint: new Int8Array(zeroPoints),
          },
          { kind: 'scores', id: 's', input: 'd' },
        ],
      }).map(({ code }) => code);
    expect(codes('integer', 1)).toEqual([]);
    expect(codes('integer', 3)).toEqual([]);
    expect(codes('integer', 2)).toEqual(['wrong-shape']);
    expect(codes('float', 1)).toEqual(['wrong-dialect']);
  });
});

describe('average pools', () => {
  const window3 = { window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
  const inside = [0, 0, 0, 0] as const;

  it('divide by the pixels inside, half away from zero', () => {
    const pool: NetworkNode = { kind: 'avgPool', id: 'a', input: 'c', ...window3, counted: inside };
    // Corners of a 2 x 3 image see 4 pixels, the middle column 6.
    check([2, 3, 1], [pool], [1, 2, 7, 0, 3, -3], [2, 2, 2, 2, 2, 2]);
    check([1, 3, 1], [pool], [-1, -2, -6], [-2, -3, -4]);
    check([1, 3, 1], [pool], [1, 2, 6], [2, 3, 4]);
  });

  it('count padding where the network says so, all of it by default', () => {
    const all: NetworkNode = { kind: 'avgPool', id: 'a', input: 'c', ...window3 };
    check([1, 1, 2], [all], [13, 14], [1, 2]);
    // Of the rows outside only the one above counts: 2 x 1 taps of one column.
    check([1, 1, 1], [{ ...all, counted: [1, 0, 0, 0] }], [7], [4]);
  });

  it('round an output shape up: rows beyond the padding do not count', () => {
    // 5 pixels, window 2, stride 2, ceil mode: the last window sees one pixel.
    const pool = { kind: 'avgPool', id: 'a', input: 'c', window: [1, 2], stride: [1, 2] } as const;
    check([1, 5, 1], [{ ...pool, padding: [0, 0, 0, 1], counted: inside }], [1, 2, 3, 4, 9], [2, 4, 9]);
  });

  it('are 0 where nothing counts', () => {
    const pool: NetworkNode = {
      ...{ kind: 'avgPool', id: 'a', input: 'c', window: [2, 2], stride: [2, 2], padding: [2, 2, 2, 2] },
      counted: inside,
    };
    check([2, 2, 1], [pool], [1, 2, 3, 5], [0, 0, 0, 0, 3, 0, 0, 0, 0]);
  });

  it('keep digits behind the point with a factor', () => {
    const pool: NetworkNode = { kind: 'avgPool', id: 'a', input: 'c', ...window3, counted: inside, factor: 60 };
    check([1, 3, 1], [pool], [1, 2, 4], [90, 140, 180]);
  });

  it('divide real numbers without rounding', () => {
    const pool: NetworkNode = { kind: 'avgPool', id: 'a', input: 'c', ...window3, counted: inside };
    expect(Array.from(network('float', [1, 3, 1], [pool], 'a').run([1, 2, 4]))).toEqual([1.5, 7 / 3, 3]);
  });

  it('are refused where they count more than there is, or leave what float64 divides exactly', () => {
    const codes = (pool: NetworkNode): readonly string[] =>
      verifyNetwork({
        name: 'n',
        dialect: 'integer',
        nodes: [
          { kind: 'input', id: 'x', shape: [64, 64, 1] },
          { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
          pool,
          { kind: 'flatten', id: 'flat', input: 'a' },
          { kind: 'scores', id: 's', input: 'flat' },
        ],
      }).map(({ code }) => code);
    const pool = { kind: 'avgPool', id: 'a', input: 'c', ...window3 } as const;
    expect(codes({ ...pool, counted: [2, 0, 0, 0] })).toEqual(['bad-value']);
    expect(codes({ ...pool, factor: 2 ** 24 })).toEqual(['sum-overflow']);
    expect(codes({ ...pool, window: [64, 64], padding: [0, 0, 0, 0], factor: 2 ** 23 })).toEqual([]);
    const big = { ...pool, window: [2048, 2048], padding: [2000, 2000, 2000, 2000] } as const;
    expect(codes({ ...big, factor: 2 ** 23 })).toEqual([]);
  });
});

describe('joins and tables', () => {
  it('puts channels side by side, pixel by pixel', () => {
    const doubled = requantise({ id: 'd', multiplier: Int32Array.of(2) });
    check([1, 2, 1], [doubled, { kind: 'concat', id: 'j', inputs: ['c', 'd', 'c'] }], [3, 4], [3, 6, 3, 4, 8, 4]);
  });

  it('looks values up from the smallest on', () => {
    const clipped = requantise({ min: -1, max: 1 });
    const table: NetworkNode = { kind: 'lookup', id: 't', input: 'q', inputMin: -1, table: Int16Array.of(7, 0, -300) };
    check([4], [clipped, table], [-5, 0, 1, 99], [7, 0, -300, -300]);
  });
});

describe('the float dialect', () => {
  it('quantises to multiples of the step with ties upwards, and rectifies', () => {
    const layers: NetworkNode[] = [
      { kind: 'dense', id: 'd', input: 'c', nOut: 1, weights: Int8Array.of(1), scale: Float64Array.of(0.25) },
      { kind: 'relu', id: 'r', input: 'd' },
      { kind: 'quantise', id: 'q', input: 'd', step: 0.5, bits: 3, signed: true },
      { kind: 'concat', id: 'j', inputs: ['d', 'r', 'q'] },
    ];
    const run = (x: number): number[] => Array.from(network('float', [1], layers, 'j').run([x]));
    expect(run(-1)).toEqual([-0.25, 0, 0]);
    expect(run(-3)).toEqual([-0.75, 0, -0.5]);
    expect(run(3)).toEqual([0.75, 0.75, 1]);
    expect(run(100)).toEqual([25, 25, 1.5]);
  });

  it('sums multiples of a step exactly, in any order', () => {
    // The products of 14 steps do not cancel in float64; those of 14 do.
    const x = 0.07 * 14;
    expect(3 * x + 4 * x - 7 * x).not.toBe(0);
    const layers: NetworkNode[] = [
      { kind: 'quantise', id: 'q', input: 'c', step: 0.07, bits: 8, signed: true },
      { kind: 'dense', id: 'd', input: 'q', nOut: 1, weights: Int8Array.of(3, 4, -7) },
    ];
    const sums = network('float', [3], layers, 'd').run([1, 1, 1]);
    expect(Math.abs(sums[0]!)).toBe(0);
  });
});

describe('a sequence', () => {
  const layers = (dialect: Dialect): NetworkNode[] => [
    { kind: 'embedding', id: 'e', input: 'c', by: 'value', nOut: 2, table: Int8Array.of(1, 0, 0, 1, 3, 3) },
    {
      kind: 'attention',
      id: 'a',
      inputs: ['e', 'e', 'e'],
      heads: 1,
      context: 3,
      ...(dialect === 'float'
        ? { scale: 1 }
        : {
            multiplier: 1,
            shift: 0,
            expTable: Uint8Array.from({ length: 256 }, (_, i) => Math.max(0, 255 - 100 * i)),
          }),
    },
  ];

  it('attends to all tokens so far, until the reset', () => {
    const run = network('integer', [1], layers('integer'), 'a', 0);
    expect(Array.from(run.run([0]))).toEqual([1, 0]);
    // Scores 0 and 1: weights 155 and 255 of the values [1, 0] and [0, 1].
    expect(Array.from(run.run([1]))).toEqual([0, 1]);
    // Scores 3, 3 and 18: weights 0, 0 and 255.
    expect(Array.from(run.run([2]))).toEqual([3, 3]);
    run.reset();
    expect(Array.from(run.run([1]))).toEqual([0, 1]);
  });

  it('weighs by softmax in the float dialect', () => {
    const run = network('float', [1], layers('float'), 'a', 0);
    run.run([0]);
    const e = Math.exp(1);
    expect(Array.from(run.run([1]))).toEqual([expect.closeTo(1 / (1 + e), 12), expect.closeTo(e / (1 + e), 12)]);
  });

  it('ends at its context, and at the rows of its table', () => {
    const codes = (f: () => unknown): readonly string[] => {
      try {
        f();
      } catch (error) {
        if (error instanceof UserError) return error.diagnostics.map((d) => d.code);
      }
      return [];
    };
    const run = network('integer', [1], layers('integer'), 'a', 0);
    expect(codes(() => run.run([3]))).toEqual(['token-outside-table']);
    for (let t = 0; t < 3; t++) run.run([0]);
    expect(codes(() => run.run([0]))).toEqual(['context-exceeded']);
  });

  it('counts positions', () => {
    const position: NetworkNode = {
      kind: 'embedding',
      id: 'p',
      input: 'c',
      by: 'position',
      nOut: 1,
      table: Int8Array.of(5, 6),
    };
    const run = network('integer', [1], [position], 'p', 0);
    expect([run.run([9])[0], run.run([9])[0]]).toEqual([5, 6]);
  });

  it('divides by the root of the squares, rounded and clipped', () => {
    const norm: NetworkNode = {
      kind: 'rmsNorm',
      id: 'n',
      input: 'c',
      gain: Float64Array.of(10, 10, -10),
      fraction: 4,
      min: -8,
      max: 7,
    };
    // Root of 9 + 16 + 0 is 5: 6, 8 -> 7 by the clip, 0.
    check([3], [norm], [3, 4, 0], [6, 7, 0]);
    check([3], [norm], [0, 0, 0], [0, 0, 0]);
    // Root of 16 * 16 * 3 is 27: 160 / 27 = 5.93.
    check([3], [norm], [1, 1, 1], [6, 6, -6]);
  });
});
