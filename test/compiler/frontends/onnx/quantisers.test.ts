/** Quantisers of QONNX, FINN and ONNX against their definitions, written here once more in plain arithmetic. */
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import { lowerToInteger } from '../../../../src/compiler/pipelines.js';
import { createInterpreter } from '../../../../src/evaluation/interpreter/network.js';
import type { NetworkGraph } from '../../../../src/ir/network/types.js';
import { importMade, scoresOfMade } from '../../../support/onnx-case.js';
import type { MadeAttribute, MadeModel, MadeNode, MadeTensor } from '../../../support/onnx-writer.js';

const scalar = (v: number, type = 1): MadeTensor => ({ dims: [], type, values: [v] });
const list = (values: readonly number[], type = 1): MadeTensor => ({ dims: [values.length], type, values });

/** Values with many ties at the scale of 0.5. */
const POINTS = Array.from({ length: 97 }, (_, i) => (i - 48) / 8);

/** One operator on a vector. */
function on(
  op: string,
  initialisers: Readonly<Record<string, MadeTensor>>,
  attributes: Readonly<Record<string, MadeAttribute>> = {},
  domain = '',
): MadeModel {
  return {
    nodes: [{ op, inputs: ['x', ...Object.keys(initialisers)], outputs: ['y'], attributes, domain }],
    inputs: [{ name: 'x', dims: ['N', POINTS.length] }],
    outputs: [{ name: 'y', dims: ['N', POINTS.length] }],
    initialisers,
  };
}

async function expectNumbers(model: MadeModel, expected: (x: number) => number, points = POINTS): Promise<void> {
  const found = await scoresOfMade(model, points);
  points.forEach((x, i) => expect(found[i], `at ${x}`).toBeCloseTo(expected(x), 9));
}

const toEven = (x: number): number => {
  const low = Math.floor(x);
  return x - low === 0.5 ? (low % 2 === 0 ? low : low + 1) : Math.round(x);
};
const away = (x: number): number => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
const towards = (x: number): number => Math.sign(x) * Math.ceil(Math.abs(x) - 0.5);
const ROUNDINGS: Readonly<Record<string, (x: number) => number>> = {
  ROUND: toEven,
  half_even: toEven,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  UP: (x) => Math.sign(x) * Math.ceil(Math.abs(x)),
  DOWN: Math.trunc,
  HALF_UP: away,
  HALF_DOWN: towards,
};
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

describe('Quant', () => {
  const DOMAINS = ['onnx.brevitas', 'qonnx.custom_op.general', 'finn.custom_op.general', ''];

  it.each(Object.keys(ROUNDINGS))('rounds by %s, at zero points 0, 1, 2 and 0.5', async (mode) => {
    const round = ROUNDINGS[mode]!;
    for (const z of [0, 1, 2, 0.5]) {
      for (const [i, domain] of DOMAINS.entries()) {
        const bits = 3 + (i % 2);
        const signed = i < 2 ? 1 : 0;
        const narrow = i % 2;
        const model = on(
          i === 3 ? 'IntQuant' : 'Quant',
          { s: scalar(0.5), z: scalar(z), b: scalar(bits) },
          { signed, narrow, rounding_mode: mode },
          domain,
        );
        const low = signed === 1 ? -(2 ** (bits - 1)) + narrow : 0;
        const high = signed === 1 ? 2 ** (bits - 1) - 1 : 2 ** bits - 1 - narrow;
        await expectNumbers(model, (x) => (round(clip(x / 0.5 + z, low, high)) - z) * 0.5);
      }
    }
  });

  it('rounds to the nearest without an attribute', async () => {
    const model = on('Quant', { s: scalar(0.5), z: scalar(0), b: scalar(4) });
    await expectNumbers(model, (x) => toEven(clip(x / 0.5, -8, 7)) * 0.5);
  });

  it('of one bit with a sign is the sign, +1 at 0', async () => {
    const model = on('Quant', { s: scalar(0.5), z: scalar(0), b: scalar(1) }, { signed: 1 });
    await expectNumbers(model, (x) => (x >= 0 ? 0.5 : -0.5));
  });

  it('takes a scale per channel', async () => {
    const model: MadeModel = {
      ...on('Quant', { s: { dims: [1, 3, 1], values: [0.5, 0.25, 1] }, z: scalar(0), b: scalar(3) }, { signed: 1 }),
      inputs: [{ name: 'x', dims: [1, 3, 5] }],
    };
    const points = POINTS.slice(40, 55);
    const found = await scoresOfMade(model, points);
    points.forEach((x, i) => {
      const s = [0.5, 0.25, 1][Math.floor(i / 5)]!;
      expect(found[i]).toBeCloseTo(toEven(clip(x / s, -4, 3)) * s, 9);
    });
  });

  it('refuses what it does not know, all at once, with the name of the node', async () => {
    const nodes: MadeNode[] = [
      {
        op: 'Quant',
        name: 'odd',
        inputs: ['x', 's', 's', 'b'],
        outputs: ['a'],
        attributes: { rounding_mode: 'SIDEWAYS' },
      },
      { op: 'FloatQuant', name: 'float', inputs: ['x', 's'], outputs: ['c'] },
      { op: 'Add', inputs: ['a', 'c'], outputs: ['y'] },
    ];
    const model = { ...on('Quant', { s: scalar(1), b: scalar(4) }), nodes };
    await expect(importMade(model)).rejects.toThrow(
      /"odd" \(Quant\): the rounding "SIDEWAYS"[^]*"float" \(FloatQuant\)/,
    );
  });
});

describe('BipolarQuant', () => {
  it('is the sign times its scale, +1 at 0', async () => {
    await expectNumbers(on('BipolarQuant', { s: scalar(0.75) }, {}, 'onnx.brevitas'), (x) => (x >= 0 ? 0.75 : -0.75));
  });
});

describe('Trunc', () => {
  const INTEGERS = Array.from({ length: 97 }, (_, i) => i - 48);

  it.each(['FLOOR', 'CEIL', 'ROUND'])('version 1 drops low bits, by %s', async (mode) => {
    const model = on(
      'Trunc',
      { s: scalar(1), z: scalar(0), i: scalar(8), o: scalar(6) },
      mode === 'FLOOR' ? {} : { rounding_mode: mode },
      'qonnx.custom_op.general',
    );
    await expectNumbers(model, (x) => ROUNDINGS[mode]!(toEven(x) / 4), INTEGERS);
  });

  it('version 2 has a scale of its result, and clips', async () => {
    const model = on(
      'Trunc',
      { s: scalar(1), z: scalar(0), i: scalar(8), os: scalar(4), o: scalar(4) },
      { rounding_mode: 'FLOOR', signed: 1, narrow: { int: 0 } },
      'qonnx.custom_op.general',
    );
    await expectNumbers(model, (x) => Math.floor(clip(x / 4, -8, 7)) * 4, INTEGERS);
  });
});

describe('MultiThreshold', () => {
  const model = (thresholds: MadeTensor, attributes: Readonly<Record<string, MadeAttribute>>): MadeModel => ({
    ...on('MultiThreshold', { t: thresholds }, attributes, 'finn.custom_op.general'),
    inputs: [{ name: 'x', dims: ['N', 2, 12] }],
  });
  const points = POINTS.slice(30, 54);
  const counted = (rows: readonly (readonly number[])[], i: number): number => {
    const row = rows[rows.length === 1 ? 0 : Math.floor(i / 12)]!;
    return row.filter((t) => points[i]! >= t).length;
  };

  it.each([
    ['one threshold per channel, two values around 0', [[-0.5], [0.25]], 2, -1],
    ['evenly spaced thresholds', [[-1, -0.5, 0]], 1, 0],
    [
      'evenly spaced thresholds, another distance per channel',
      [
        [-1, -0.5, 0],
        [-0.25, 0, 0.25],
      ],
      0.5,
      1,
    ],
    [
      'uneven thresholds',
      [
        [-1, -0.875, 0],
        [0, 0.25, 1],
      ],
      1,
      -2,
    ],
  ])('counts %s', async (_, rows, scale, bias) => {
    const tensor = { dims: [rows.length, rows[0]!.length], values: rows.flat() };
    const attributes = { out_scale: scale + 1e-12, out_bias: bias + 1e-12, out_dtype: 'UINT2' };
    const made = model(tensor, attributes);
    const found = await scoresOfMade(made, points);
    points.forEach((x, i) => expect(found[i], `at ${x}`).toBeCloseTo(scale * counted(rows, i) + bias, 6));
  });
});

describe('QuantizeLinear and DequantizeLinear', () => {
  const pair = (zero: MadeTensor, between: readonly MadeNode[], scale: MadeTensor = scalar(0.25)): MadeModel => ({
    ...on('Identity', {}),
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['q'] },
      ...between,
      { op: 'DequantizeLinear', inputs: [between.length === 0 ? 'q' : 'c', 's', 'z'], outputs: ['y'] },
    ],
    initialisers: { s: scale, z: zero, lo: scalar(-3, 3), hi: scalar(3, 3) },
  });
  const CLIP: MadeNode = { op: 'Clip', inputs: ['q', 'lo', 'hi'], outputs: ['c'] };

  it.each([
    ['int8', scalar(0, 3), -128, 127, 0],
    ['uint8 with a zero point', scalar(13, 2), 0, 255, 13],
  ] as const)('round to even, then add the zero point: %s', async (_, zero, low, high, z) => {
    const points = POINTS.map((x) => x * 8 + 0.125);
    await expectNumbers(pair(zero, []), (x) => (clip(toEven(x / 0.25) + z, low, high) - z) * 0.25, points);
  });

  it('a clip between them leaves fewer levels, in the quantiser itself', async () => {
    const made = pair(scalar(0, 3), [CLIP]);
    await expectNumbers(made, (x) => clip(toEven(x / 0.25), -3, 3) * 0.25);
    const { graph } = await importMade(made);
    expect(graph.nodes.filter(({ kind }) => kind === 'quantise' || kind === 'clip')).toMatchObject([
      { kind: 'quantise', bits: 3, levels: [-3, 3] },
    ]);
  });

  it('integers that a network gives are integers', async () => {
    const made: MadeModel = {
      ...on('Identity', {}),
      nodes: [{ op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'] }],
      initialisers: { s: scalar(0.25), z: scalar(13, 2) },
    };
    await expectNumbers(made, (x) => clip(toEven(x / 0.25) + 13, 0, 255));
  });
});

/** A two-layer network in QDQ form: int8 weights per channel, int32 bias, uint8 activations with a zero point, int8 inputs. */
function qdqNetwork(seed: number): MadeModel {
  const draw = sequence(seed, PURPOSE.test);
  const int8 = (n: number): number[] => Array.from({ length: n }, () => draw.below(255) - 127);
  return {
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 'xs', 'xz'], outputs: ['xq'] },
      { op: 'DequantizeLinear', inputs: ['xq', 'xs', 'xz'], outputs: ['xd'] },
      { op: 'DequantizeLinear', inputs: ['w', 'ws'], outputs: ['wd'], attributes: { axis: { int: 0 } } },
      { op: 'DequantizeLinear', inputs: ['b', 'bs'], outputs: ['bd'], attributes: { axis: { int: 0 } } },
      { op: 'Conv', inputs: ['xd', 'wd', 'bd'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
      { op: 'Relu', inputs: ['c'], outputs: ['r'] },
      { op: 'QuantizeLinear', inputs: ['r', 'rs', 'rz'], outputs: ['rq'] },
      { op: 'DequantizeLinear', inputs: ['rq', 'rs', 'rz'], outputs: ['rd'] },
      { op: 'Flatten', inputs: ['rd'], outputs: ['f'] },
      { op: 'DequantizeLinear', inputs: ['v', 'vs', 'vz'], outputs: ['vd'] },
      { op: 'Gemm', inputs: ['f', 'vd'], outputs: ['y'], attributes: { transB: 1 } },
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 6, 6] }],
    outputs: [{ name: 'y', dims: ['N', 5] }],
    initialisers: {
      xs: scalar(1 / 64),
      xz: scalar(-3, 3),
      w: { dims: [4, 2, 3, 3], type: 3, values: int8(72) },
      ws: list([0.01, 0.02, 0.0125, 0.03]),
      b: list(
        int8(4).map((v) => 20 * v),
        6,
      ),
      bs: list([0.01 / 64, 0.02 / 64, 0.0125 / 64, 0.03 / 64]),
      rs: scalar(0.05),
      rz: scalar(7, 2),
      v: { dims: [5, 36], type: 3, values: int8(180) },
      vs: scalar(0.02),
      vz: scalar(0, 3),
    },
  };
}

function scoresOn(graph: NetworkGraph, bytes: readonly number[]): { scores: number[]; label: number } {
  const interpreter = createInterpreter(graph);
  const scores = interpreter.run(bytes);
  return { scores: Array.from(scores), label: interpreter.decide(scores) };
}

describe('a network in QDQ form', () => {
  it('says itself what bytes mean, keeps its integers, and decides the same as an integer network', async () => {
    const { graph, warnings } = await importMade(qdqNetwork(1), {});
    expect(warnings).toEqual([]);
    const kinds = graph.nodes.map(({ kind }) => kind);
    expect(kinds).toEqual(['input', 'encode', 'quantise', 'conv2d', 'relu', 'quantise', 'flatten', 'dense', 'scores']);
    expect(graph.nodes[1]).toMatchObject({ code: { bits: 8, zeroPoint: 125, step: 1 / 64 } });
    const [conv] = graph.nodes.filter(({ kind }) => kind === 'conv2d');
    expect(conv).toMatchObject({ weightBits: 8, padding: [1, 1, 1, 1], padValue: 0 });
    const integer = lowerToInteger(graph);
    const draw = sequence(2, PURPOSE.test);
    for (let i = 0; i < 200; i++) {
      const codes = Array.from({ length: 72 }, () => draw.below(256) - 125);
      const float = scoresOn(graph, codes);
      expect(scoresOn(integer, codes).label).toBe(float.label);
    }
  });

  it('gives the numbers of the graph in plain loops', async () => {
    const made = qdqNetwork(3);
    const { graph } = await importMade(made, {});
    const data = (name: string): readonly number[] => made.initialisers![name]!.values!;
    const draw = sequence(4, PURPOSE.test);
    for (let run = 0; run < 20; run++) {
      // Channels last, as images are; the graph has channels first.
      const q = Array.from({ length: 72 }, () => draw.below(256) - 128);
      const x = (c: number, y: number, xx: number): number =>
        y < 0 || y > 5 || xx < 0 || xx > 5 ? 0 : (q[(y * 6 + xx) * 2 + c]! + 3) / 64;
      const hidden: number[] = [];
      for (let o = 0; o < 4; o++) {
        for (let y = 0; y < 3; y++) {
          for (let xx = 0; xx < 3; xx++) {
            let sum = data('b')[o]! * (data('ws')[o]! / 64);
            for (let c = 0; c < 2; c++) {
              for (let k = 0; k < 9; k++) {
                const w = data('w')[(o * 2 + c) * 9 + k]! * Math.fround(data('ws')[o]!);
                sum += w * x(c, 2 * y + Math.floor(k / 3) - 1, 2 * xx + (k % 3) - 1);
              }
            }
            const step = Math.fround(0.05);
            hidden.push((clip(toEven(Math.max(sum, 0) / step) + 7, 0, 255) - 7) * step);
          }
        }
      }
      const expected = Array.from({ length: 5 }, (_, o) =>
        hidden.reduce((sum, h, i) => sum + h * data('v')[o * 36 + i]! * Math.fround(0.02), 0),
      );
      const found = scoresOn(
        graph,
        q.map((v) => v + 3),
      ).scores;
      expected.forEach((v, k) => expect(found[k]).toBeCloseTo(v, 4));
    }
  });
});

describe('integer operators', () => {
  it('QLinearConv: asymmetric uint8 weights, exact integers', async () => {
    const draw = sequence(5, PURPOSE.test);
    const w = Array.from({ length: 3 * 2 * 4 }, () => draw.below(256));
    const made: MadeModel = {
      nodes: [{ op: 'QLinearConv', inputs: ['x', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz', 'b'], outputs: ['y'] }],
      inputs: [{ name: 'x', type: 2, dims: [1, 2, 3, 3] }],
      outputs: [{ name: 'y', type: 2, dims: [1, 3, 2, 2] }],
      initialisers: {
        xs: scalar(0.5),
        xz: scalar(100, 2),
        w: { dims: [3, 2, 2, 2], type: 2, values: w },
        ws: scalar(0.25),
        wz: scalar(30, 2),
        ys: scalar(64),
        yz: scalar(128, 2),
        b: list([10, -20, 3000], 6),
      },
    };
    const { graph } = await importMade(made, {});
    for (let run = 0; run < 20; run++) {
      const q = Array.from({ length: 18 }, () => draw.below(256));
      const found = scoresOn(
        graph,
        q.map((v) => v - 100),
      ).scores;
      let e = 0;
      for (let o = 0; o < 3; o++) {
        for (let y = 0; y < 2; y++) {
          for (let x = 0; x < 2; x++) {
            let sum = [10, -20, 3000][o]!;
            for (let c = 0; c < 2; c++) {
              for (let k = 0; k < 4; k++) {
                const pixel = ((y + (k >> 1)) * 3 + x + (k & 1)) * 2 + c;
                sum += (w[(o * 2 + c) * 4 + k]! - 30) * (q[pixel]! - 100);
              }
            }
            expect(found[e++]).toBe(clip(toEven((sum * 0.125) / 64) + 128, 0, 255));
          }
        }
      }
    }
  });
});
