/** Operators of float networks against their definitions, written here in plain loops over [C, H, W]. */
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import type { NetworkGraph } from '../../../../src/ir/network/types.js';
import { importMade, REALS, scoresOfReals } from '../../../support/onnx-case.js';
import type { MadeModel, MadeNode, MadeTensor } from '../../../support/onnx-writer.js';

type Dims = readonly number[];
const size = (dims: Dims): number => dims.reduce((a, b) => a * b, 1);

/** Numbers on a grid of 1/8, which float32 holds. */
function reals(n: number, seed: number): number[] {
  const draw = sequence(seed, PURPOSE.test);
  return Array.from({ length: n }, () => (draw.below(129) - 64) / 8);
}

const tensor = (dims: Dims, seed: number): MadeTensor => ({ dims, values: reals(size(dims), seed) });
const list = (values: readonly number[], type = 7): MadeTensor => ({ dims: [values.length], type, values });

/** A graph on an image [C, H, W]. */
const model = (
  dims: Dims,
  nodes: readonly MadeNode[],
  initialisers: Readonly<Record<string, MadeTensor>> = {},
  opset = 17,
): MadeModel => ({
  nodes,
  inputs: [{ name: 'x', dims: ['N', ...dims] }],
  outputs: [{ name: 'y', dims: [] }],
  initialisers,
  opset,
});

/** Image [C, H, W] as data sets have it, [H, W, C]. */
function channelsLast(x: readonly number[], [c = 1, h = 1, w = 1]: Dims): number[] {
  return Array.from({ length: c * h * w }, (_, e) => x[(e % c) * h * w + Math.floor(e / c)]!);
}

interface Run {
  readonly x: number[];
  readonly y: number[];
  readonly graph: NetworkGraph;
}

/** Runs a model on a random image; `inputLayout` for graphs that show none. */
async function run(made: MadeModel, dims: Dims, inputLayout?: 'channels-first'): Promise<Run> {
  const { graph } = await importMade(made, inputLayout === undefined ? REALS : { ...REALS, inputLayout });
  const x = reals(size(dims), 99);
  return { x, y: scoresOfReals(graph, dims.length === 3 ? channelsLast(x, dims) : x), graph };
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((v, i) => expect(found[i], `element ${i}`).toBeCloseTo(v, 5));
}

const kinds = (graph: NetworkGraph): string[] => graph.nodes.map(({ kind }) => kind);

interface Geometry {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, left, bottom, right, as ONNX orders them. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
}

function convolved(x: readonly number[], [c = 1, h = 1, w = 1]: Dims, k: readonly number[], nOut: number, g: Geometry) {
  const [kh, kw] = g.kernel;
  const outH = Math.floor((h + g.pads[0] + g.pads[2] - (kh - 1) * g.dilation[0] - 1) / g.stride[0]) + 1;
  const outW = Math.floor((w + g.pads[1] + g.pads[3] - (kw - 1) * g.dilation[1] - 1) / g.stride[1]) + 1;
  const perGroup = c / g.groups;
  const y: number[] = [];
  for (let o = 0; o < nOut; o++) {
    const first = Math.floor(o / (nOut / g.groups)) * perGroup;
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        let sum = 0;
        for (let i = 0; i < perGroup; i++) {
          for (let ky = 0; ky < kh; ky++) {
            for (let kx = 0; kx < kw; kx++) {
              const yy = oy * g.stride[0] + ky * g.dilation[0] - g.pads[0];
              const xx = ox * g.stride[1] + kx * g.dilation[1] - g.pads[1];
              if (yy < 0 || yy >= h || xx < 0 || xx >= w) continue;
              sum += x[((first + i) * h + yy) * w + xx]! * k[((o * perGroup + i) * kh + ky) * kw + kx]!;
            }
          }
        }
        y.push(sum);
      }
    }
  }
  return y;
}

const PLAIN: Geometry = { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0], groups: 1 };

describe('Conv', () => {
  const DIMS = [4, 7, 6];
  it.each<[string, Partial<Geometry>, Readonly<Record<string, string>>?]>([
    ['uneven padding', { pads: [1, 0, 2, 3] }],
    ['strides and dilation', { stride: [2, 1], dilation: [1, 2], pads: [1, 2, 1, 2] }],
    ['groups', { groups: 2, pads: [1, 1, 1, 1] }],
    ['depthwise', { groups: 4 }],
    ['SAME_UPPER', { stride: [2, 2], kernel: [3, 2], pads: [1, 0, 1, 0] }, { auto_pad: 'SAME_UPPER' }],
    ['SAME_LOWER', { stride: [2, 2], kernel: [2, 3], pads: [1, 1, 0, 0] }, { auto_pad: 'SAME_LOWER' }],
    ['VALID', {}, { auto_pad: 'VALID' }],
  ])('%s', async (_, changes, automatic) => {
    const g = { ...PLAIN, ...changes };
    const w = tensor([8, 4 / g.groups, ...g.kernel], 1);
    const attributes = {
      strides: g.stride,
      dilations: g.dilation,
      group: g.groups,
      ...(automatic ?? { pads: g.pads }),
    };
    const made = model(DIMS, [{ op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes }], {
      w,
      b: tensor([8], 2),
    });
    const { x, y, graph } = await run(made, DIMS);
    const sums = convolved(x, DIMS, w.values!, 8, g);
    const pixels = sums.length / 8;
    expectClose(
      y,
      sums.map((v, e) => v + reals(8, 2)[Math.floor(e / pixels)]!),
    );
    // Neither an image nor its channels are turned on the way.
    expect(kinds(graph).filter((kind) => kind === 'conv2d')).toHaveLength(1);
    expect(kinds(graph).slice(0, 4)).toEqual(['input', 'encode', 'batchNorm', 'conv2d']);
  });

  it('a padding layer in front goes into the padding of the convolution', async () => {
    const w = tensor([2, 4, 3, 3], 1);
    const made = model(
      DIMS,
      [
        { op: 'Pad', inputs: ['x', 'p'], outputs: ['padded'] },
        { op: 'Conv', inputs: ['padded', 'w'], outputs: ['y'] },
      ],
      { w, p: list([0, 0, 1, 2, 0, 0, 1, 0]) },
    );
    const { x, y, graph } = await run(made, DIMS);
    expectClose(y, convolved(x, DIMS, w.values!, 2, { ...PLAIN, pads: [1, 2, 1, 0] }));
    expect(kinds(graph)).toEqual(['input', 'encode', 'batchNorm', 'conv2d', 'rearrange', 'scores']);
  });

  it('of signals is one of images of one row', async () => {
    const w = tensor([2, 3, 4], 1);
    const made = model(
      [3, 9],
      [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { strides: [2], pads: [1, 2] } }],
      { w },
    );
    const { x, y } = await run(made, [3, 9]);
    const g: Geometry = { ...PLAIN, kernel: [1, 4], stride: [1, 2], pads: [0, 1, 0, 2] };
    expectClose(y, convolved(x, [3, 1, 9], w.values!, 2, g));
  });
});

describe('ConvTranspose', () => {
  it.each([
    [1, [1, 1], [0, 0, 0, 0], [0, 0]],
    [1, [2, 2], [1, 1, 1, 1], [1, 1]],
    [2, [2, 3], [0, 1, 1, 0], [1, 0]],
  ] as const)('groups %i, strides %j, pads %j, output padding %j', async (groups, strides, pads, output) => {
    const dims = [4, 3, 4];
    const [kh, kw] = [3, 2];
    const w = tensor([4, 6 / groups, kh, kw], 1);
    const attributes = { group: groups, strides, pads, output_padding: output };
    const made = model(dims, [{ op: 'ConvTranspose', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes }], {
      w,
      b: tensor([6], 2),
    });
    const { x, y } = await run(made, dims);
    const outH = strides[0] * 2 + kh + output[0] - pads[0] - pads[2];
    const outW = strides[1] * 3 + kw + output[1] - pads[1] - pads[3];
    const expected = Array.from({ length: 6 * outH * outW }, (_, e) => reals(6, 2)[Math.floor(e / (outH * outW))]!);
    const perGroup = 6 / groups;
    for (let c = 0; c < 4; c++) {
      for (let o = 0; o < perGroup; o++) {
        const channel = Math.floor(c / (4 / groups)) * perGroup + o;
        for (let e = 0; e < 12 * kh * kw; e++) {
          const [pixel, tap] = [Math.floor(e / (kh * kw)), e % (kh * kw)];
          const yy = Math.floor(pixel / 4) * strides[0] + Math.floor(tap / kw) - pads[0];
          const xx = (pixel % 4) * strides[1] + (tap % kw) - pads[1];
          if (yy < 0 || yy >= outH || xx < 0 || xx >= outW) continue;
          const weight = w.values![(c * perGroup + o) * kh * kw + tap]!;
          expected[(channel * outH + yy) * outW + xx]! += x[c * 12 + pixel]! * weight;
        }
      }
    }
    expectClose(y, expected);
  });
});

describe('pools', () => {
  const dims = [2, 6, 7];
  /** Over windows of 3 x 2 with strides of 2 and pads of 1, where `output` is [4, 4] (ceil) or [3, 4]. */
  const windows = (x: readonly number[], outH: number, visit: (taps: number[], outside: number) => number): number[] =>
    Array.from({ length: 2 * outH * 4 }, (_, e) => {
      const c = Math.floor(e / (outH * 4));
      const taps: number[] = [];
      let padded = 0;
      for (let k = 0; k < 6; k++) {
        const y = 2 * (Math.floor(e / 4) % outH) + Math.floor(k / 2) - 1;
        const xx = 2 * (e % 4) + (k % 2) - 1;
        if (y >= 0 && y < 6 && xx >= 0 && xx < 7) taps.push(x[(c * 6 + y) * 7 + xx]!);
        // Rows behind the stated padding count nowhere.
        else if (y <= 6 && xx <= 7) padded++;
      }
      return visit(taps, padded);
    });
  const attributes = { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 1, 1] };
  const mean = (taps: number[], n: number): number => taps.reduce((a, b) => a + b, 0) / n;

  it.each([
    ['MaxPool', { ceil_mode: 1 }, 4, (taps: number[]) => Math.max(...taps)],
    ['AveragePool', { ceil_mode: 1 }, 4, (taps: number[]) => mean(taps, taps.length)],
    [
      'AveragePool',
      { ceil_mode: 1, count_include_pad: 1 },
      4,
      (taps: number[], p: number) => mean(taps, taps.length + p),
    ],
    ['AveragePool', { count_include_pad: 1 }, 3, (taps: number[], p: number) => mean(taps, taps.length + p)],
  ])('%s with %j', async (op, more, outH, visit) => {
    const made = model(dims, [{ op, inputs: ['x'], outputs: ['y'], attributes: { ...attributes, ...more } }]);
    const { x, y } = await run(made, dims);
    expectClose(y, windows(x, outH, visit));
  });

  it('global pools and means over space give one number per channel', async () => {
    for (const [op, more] of [
      ['GlobalAveragePool', {}],
      ['ReduceMean', { axes: [2, 3], keepdims: { int: 0 } }],
      ['ReduceMean', { axes: [-1, -2] }],
    ] as const) {
      const made = model(dims, [{ op, inputs: ['x'], outputs: ['y'], attributes: more }], {}, 13);
      const { x, y, graph } = await run(made, dims, 'channels-first');
      expectClose(y, [mean(x.slice(0, 42), 42), mean(x.slice(42), 42)]);
      expect(kinds(graph)).toEqual(['input', 'encode', 'batchNorm', 'avgPool', 'flatten', 'scores']);
    }
  });
});

describe('products', () => {
  it('Gemm with alpha, beta and a bias; a flattened image in front has its weights in the order of the image', async () => {
    const dims = [3, 2, 2];
    const w = tensor([5, 12], 1);
    const made = model(
      dims,
      [
        { op: 'MaxPool', inputs: ['x'], outputs: ['m'], attributes: { kernel_shape: [1, 1] } },
        { op: 'Flatten', inputs: ['m'], outputs: ['f'] },
        { op: 'Gemm', inputs: ['f', 'w', 'b'], outputs: ['y'], attributes: { transB: 1, alpha: 0.5, beta: 0.25 } },
      ],
      { w, b: tensor([5], 2) },
    );
    const { x, y, graph } = await run(made, dims);
    const row = (o: number): number => x.reduce((sum, v, i) => sum + v * w.values![o * 12 + i]!, 0);
    expectClose(
      y,
      [0, 1, 2, 3, 4].map((o) => 0.5 * row(o) + 0.25 * reals(5, 2)[o]!),
    );
    expect(kinds(graph)).not.toContain('rearrange');
  });

  it('MatMul on rows is a convolution of one pixel', async () => {
    const w = tensor([4, 3], 1);
    const made = model([5, 4], [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }], { w });
    const { x, y } = await run(made, [5, 4]);
    const expected = Array.from({ length: 15 }, (_, e) =>
      [0, 1, 2, 3].reduce((sum, i) => sum + x[Math.floor(e / 3) * 4 + i]! * w.values![i * 3 + (e % 3)]!, 0),
    );
    expectClose(y, expected);
  });
});

describe('two values', () => {
  const dims = [2, 3, 3];
  it('a residual sum, a gate per channel, and joined channels need no rearrangement', async () => {
    const conv = (w: string, to: string): MadeNode => ({ op: 'Conv', inputs: ['x', w], outputs: [to] });
    const made = model(
      dims,
      [
        conv('w', 'a'),
        conv('v', 'b'),
        { op: 'Add', inputs: ['a', 'b'], outputs: ['s'] },
        { op: 'GlobalAveragePool', inputs: ['s'], outputs: ['m'] },
        { op: 'HardSigmoid', inputs: ['m'], outputs: ['g'] },
        { op: 'Mul', inputs: ['s', 'g'], outputs: ['k'] },
        { op: 'Concat', inputs: ['k', 'a'], outputs: ['j'], attributes: { axis: 1 } },
        { op: 'GlobalMaxPool', inputs: ['j'], outputs: ['p'] },
        { op: 'Flatten', inputs: ['p'], outputs: ['y'] },
      ],
      { w: tensor([2, 2, 1, 1], 1), v: tensor([2, 2, 1, 1], 2) },
    );
    const { x, y, graph } = await run(made, dims);
    const [a, b] = [1, 2].map((s) => convolved(x, dims, reals(4, s), 2, { ...PLAIN, kernel: [1, 1] }));
    const s = a!.map((v, e) => v + b![e]!);
    const half = (v: readonly number[], c: number): number[] => v.slice(9 * c, 9 * c + 9);
    const gate = [0, 1].map((c) => Math.min(Math.max(0.2 * (half(s, c).reduce((p, q) => p + q, 0) / 9) + 0.5, 0), 1));
    const gated = s.map((v, e) => v * gate[Math.floor(e / 9)]!);
    expectClose(
      y,
      [gated, a!].flatMap((v) => [0, 1].map((c) => Math.max(...half(v, c)))),
    );
    expect(kinds(graph)).not.toContain('rearrange');
  });

  it('constants: differences, quotients, maxima, and clips', async () => {
    const made = model(
      [6],
      [
        { op: 'Sub', inputs: ['c', 'x'], outputs: ['a'] },
        { op: 'Div', inputs: ['a', 'd'], outputs: ['b'] },
        { op: 'Max', inputs: ['b', 'e'], outputs: ['m'] },
        { op: 'Min', inputs: ['m', 'x'], outputs: ['y'] },
      ],
      { c: tensor([6], 1), d: { dims: [], values: [3] }, e: { dims: [], values: [-1] } },
    );
    const { x, y } = await run(made, [6]);
    expectClose(
      y,
      x.map((v, i) => Math.min(Math.max((reals(6, 1)[i]! - v) / 3, -1), v)),
    );
  });
});

describe('moved elements', () => {
  const dims = [4, 4, 6];
  const at = (x: readonly number[], c: number, y: number, xx: number): number => x[(c * 4 + y) * 6 + xx]!;

  it('space to depth and back, in both orders, is nothing', async () => {
    for (const mode of ['DCR']) {
      const made = model(dims, [
        { op: 'SpaceToDepth', inputs: ['x'], outputs: ['d'], attributes: { blocksize: 2 } },
        { op: 'DepthToSpace', inputs: ['d'], outputs: ['y'], attributes: { blocksize: 2, mode } },
      ]);
      const { x, y } = await run(made, dims);
      expect(y).toEqual(x);
    }
  });

  it('DepthToSpace by columns first (CRD)', async () => {
    const made = model(dims, [
      { op: 'DepthToSpace', inputs: ['x'], outputs: ['y'], attributes: { blocksize: 2, mode: 'CRD' } },
    ]);
    const { x, y } = await run(made, dims);
    const expected = Array.from({ length: 96 }, (_, e) => {
      const [yy, xx] = [Math.floor(e / 12), e % 12];
      return at(x, (yy % 2) * 2 + (xx % 2), yy >> 1, xx >> 1);
    });
    expect(y).toEqual(expected);
  });

  it.each([
    ['asymmetric', 'floor', (o: number, s: number) => Math.floor(o / s)],
    ['half_pixel', 'round_prefer_floor', (o: number, s: number) => Math.ceil((o + 0.5) / s - 0.5 - 0.5)],
    [
      'align_corners',
      'round_prefer_ceil',
      (o: number, _: number, n: number, to: number) => Math.floor((o * (n - 1)) / (to - 1) + 0.5),
    ],
  ] as const)('Resize %s, %s', async (coordinates, nearest, from) => {
    const made = model(
      dims,
      [
        {
          op: 'Resize',
          inputs: ['x', '', 's'],
          outputs: ['y'],
          attributes: { mode: 'nearest', coordinate_transformation_mode: coordinates, nearest_mode: nearest },
        },
      ],
      { s: { dims: [4], values: [1, 1, 2, 1.5] } },
    );
    const { x, y } = await run(made, dims, 'channels-first');
    const clamp = (v: number, n: number): number => Math.min(Math.max(v, 0), n - 1);
    const expected = Array.from({ length: 4 * 8 * 9 }, (_, e) => {
      const [c, yy, xx] = [Math.floor(e / 72), Math.floor(e / 9) % 8, e % 9];
      return at(x, c, clamp(from(yy, 2, 4, 8), 4), clamp(from(xx, 1.5, 6, 9), 6));
    });
    expect(y).toEqual(expected);
  });

  it('Slice with steps, Split, Transpose, Pad by edge and reflection', async () => {
    const made = model(
      dims,
      [
        { op: 'Slice', inputs: ['x', 'from', 'to', 'axes', 'steps'], outputs: ['s'] },
        { op: 'Split', inputs: ['s', 'parts'], outputs: ['a', 'b'], attributes: { axis: 3 } },
        { op: 'Transpose', inputs: ['b'], outputs: ['t'], attributes: { perm: [0, 2, 1, 3] } },
        { op: 'Pad', inputs: ['t', 'pads'], outputs: ['p'], attributes: { mode: 'reflect' } },
        { op: 'Pad', inputs: ['p', 'pads'], outputs: ['y'], attributes: { mode: 'edge' } },
      ],
      {
        from: list([-1, 1]),
        to: list([-99, 99]),
        axes: list([2, 1]),
        steps: list([-1, 2]),
        parts: list([2, 4]),
        pads: list([0, 0, 0, 1, 0, 0, 0, 0]),
      },
    );
    const { x, y } = await run(made, dims, 'channels-first');
    // [4 rows, 2 channels, 4 columns from 2 on], then two columns in front: the reflected second one, then its copy.
    const expected: number[] = [];
    for (let r = 0; r < 4; r++) {
      for (const c of [1, 3]) for (const xx of [3, 3, 2, 3, 4, 5]) expected.push(at(x, c, 3 - r, xx));
    }
    expect(y).toEqual(expected);
  });
});

describe('what is refused', () => {
  const refused = async (made: MadeModel, reason: RegExp, options = REALS): Promise<void> => {
    await expect(importMade(made, options)).rejects.toThrow(reason);
  };
  const id: MadeNode = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

  it('says everything at once, with nodes, operators and what would help', async () => {
    const made = model(
      [4],
      [
        { op: 'LSTM', name: 'recurrent', inputs: ['x'], outputs: ['a'] },
        { op: 'Resize', name: 'soft', inputs: ['x', '', 's'], outputs: ['b'], attributes: { mode: 'linear' } },
        { op: 'MatMul', name: 'attention', inputs: ['x', 'x'], outputs: ['c'] },
        { op: 'Sum', inputs: ['a', 'b', 'c'], outputs: ['y'] },
      ],
      { s: { dims: [2], values: [1, 1] } },
    );
    await refused(
      made,
      /"recurrent" \(LSTM\)[^]*remedy[^]*"soft" \(Resize\): scaling of the mode "linear"[^]*"attention" \(MatMul\)/,
    );
  });

  it('operators that the scores do not depend on are left out, whatever they are', async () => {
    const made = model([4], [id, { op: 'LSTM', inputs: ['x'], outputs: ['other'] }]);
    const { operators } = await importMade(made);
    expect(operators[1]).toMatchObject({ operator: 'LSTM', fidelity: 'dropped' });
  });

  it('names the option where a choice is open', async () => {
    await refused(model([4], [id]), /--input-range/, {});
    await refused({ ...model([4], [id]), inputs: [{ name: 'x', dims: ['N', 'H', 4] }] }, /--input-shape/);
    await refused(model([3, 4, 5], [id]), /--input-layout/);
    await refused(
      {
        ...model([4], [id]),
        outputs: [
          { name: 'y', dims: [] },
          { name: 'z', dims: [] },
        ],
      },
      /--output-name/,
    );
    const two = {
      ...model([4], [id]),
      inputs: [
        { name: 'x', dims: [1, 4] },
        { name: 'u', dims: [1, 4] },
      ],
    };
    await refused(two, /2 inputs: "x", "u"[^]*--input-name/);
    await refused(model([4], [id], {}, 6), /operator set 6/);
  });

  it('results that no layer has: the mask of Dropout, the indices of MaxPool', async () => {
    const made = model([4], [{ op: 'Dropout', inputs: ['x'], outputs: ['z', 'y'] }]);
    await refused(made, /output "y": a result that no layer has[^]*--output-name/);
  });

  it('softmax and argmax at the end are left to the host, and refused elsewhere', async () => {
    const end = model(
      [4],
      [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
        { op: 'ArgMax', inputs: ['p'], outputs: ['y'], attributes: { axis: 1 } },
      ],
    );
    expect((await importMade(end)).operators.map(({ fidelity }) => fidelity)).toEqual(['dropped', 'dropped']);
    const inside = model(
      [4],
      [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
        { op: 'Relu', inputs: ['p'], outputs: ['y'] },
      ],
    );
    await refused(inside, /Relu.*softmax, which is left to the host/);
  });

  it('several decisions at the end leave all scores in their order, with a warning', async () => {
    const pixels = model([3, 2], [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: 1 } }]);
    const imported = await importMade(pixels);
    expect(imported.warnings).toMatchObject([
      { code: 'several-decisions', message: expect.stringContaining('decides 2 times, among 3 of 6 scores each') },
    ]);
    const x = reals(6, 1);
    expect(scoresOfReals(imported.graph, x)).toEqual(x);
  });
});

describe('batches', () => {
  it('a file for a batch of 8 is a network of one image', async () => {
    const w = tensor([3, 8], 1);
    const made: MadeModel = {
      ...model(
        [2, 4],
        [
          { op: 'Reshape', inputs: ['x', 'shape'], outputs: ['f'] },
          { op: 'MatMul', inputs: ['f', 'm'], outputs: ['y'] },
        ],
        { shape: list([8, 8]), m: { dims: [8, 3], values: w.values! } },
      ),
      inputs: [{ name: 'x', dims: [8, 2, 4] }],
    };
    const { x, y } = await run(made, [2, 4]);
    expectClose(
      y,
      [0, 1, 2].map((o) => x.reduce((sum, v, i) => sum + v * w.values![i * 3 + o]!, 0)),
    );
  });

  it('shapes that the graph computes are folded away', async () => {
    const made = model(
      [2, 3, 4],
      [
        { op: 'MaxPool', inputs: ['x'], outputs: ['m'], attributes: { kernel_shape: [1, 1] } },
        { op: 'Shape', inputs: ['m'], outputs: ['s'] },
        { op: 'Gather', inputs: ['s', 'zero'], outputs: ['n'] },
        { op: 'Unsqueeze', inputs: ['n', 'axes'], outputs: ['u'] },
        {
          op: 'ConstantOfShape',
          inputs: ['one'],
          outputs: ['minus'],
          attributes: { value: { dims: [1], type: 7, values: [-1] } },
        },
        { op: 'Concat', inputs: ['u', 'minus'], outputs: ['t'], attributes: { axis: { int: 0 } } },
        { op: 'Reshape', inputs: ['m', 't'], outputs: ['y'] },
      ],
      { zero: { dims: [], type: 7, values: [0] }, axes: list([0]), one: list([1]) },
    );
    const { x, y } = await run(made, [2, 3, 4]);
    expect(y).toEqual(x);
  });
});

describe('ConvTranspose that makes no sense', () => {
  const made = (attributes: MadeNode['attributes']): MadeModel =>
    model([2, 3, 3], [{ op: 'ConvTranspose', inputs: ['x', 'w'], outputs: ['y'], attributes: attributes ?? {} }], {
      w: tensor([2, 2, 3, 3], 1),
    });
  it.each([
    [{ pads: [4, 4, 4, 4] }, /-3 x -3 pixels/],
    [{ strides: [0, 1] }, /strides of \[0, 1\].*within 1\.\.4096/s],
    [{ pads: [1, 1] }, /pads of \[1, 1\].*4 numbers/s],
    [{ strides: [4096, 4096] }, /an image of 8197 x 8197 x 2/],
  ] as const)('%o is refused', async (attributes, message) => {
    await expect(importMade(made(attributes))).rejects.toThrow(message);
  });
});
