/** Networks of real numbers and of signs, against their definitions written out. */
import { describe, expect, it } from 'vitest';
import { readWritten, runImage } from '../../../support/read-tflite.js';
import { chain, constant, flexMap, integers, larqNetwork, OP } from '../../../support/tflite-models.js';
import type { Field, WrittenModel, WrittenTensor } from '../../../support/write-tflite.js';

const real = (name: string, shape: readonly number[]): WrittenTensor => ({ name, shape, type: 'float32' });
const RANGE = { inputRange: [-2, 2] } as const;
const value = (b: number): number => -2 + (b * 4) / 255;

/** One operator behind an image of one pixel with three channels. */
async function apply(
  code: number,
  bytes: readonly number[],
  others: readonly WrittenTensor[] = [],
  options: readonly Field[] = [],
  inputs = [0, ...others.map((_, i) => i + 1)],
): Promise<readonly number[]> {
  const out = others.length + 1;
  const model = chain(
    [real('image', [1, 1, 1, 3]), ...others, real('out', [1, 1, 1, 3])],
    [{ code, inputs, outputs: [out], options }],
  );
  const { graph, operators } = await readWritten(model, RANGE);
  expect(graph.dialect).toBe('float');
  expect(operators.map(({ fidelity }) => fidelity)).toEqual(['exact']);
  return runImage(graph, bytes);
}

const BYTES = [0, 255, 140] as const;
const X = BYTES.map(value);
const expectClose = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found).toHaveLength(wanted.length);
  found.forEach((y, i) => expect(y).toBeCloseTo(wanted[i] ?? NaN, 6));
};

describe('an operator on real numbers', () => {
  const c = constant('c', [3], 'float32', [0.5, -2, 4]);
  it.each([
    ['ADD', 0, (x: number, v: number) => x + v, (x: number, v: number) => v + x],
    ['SUB', 41, (x: number, v: number) => x - v, (x: number, v: number) => v - x],
    ['MUL', 18, (x: number, v: number) => x * v, (x: number, v: number) => v * x],
  ] as const)('%s takes a constant per channel on either side', async (_, code, right, left) => {
    const values = [0.5, -2, 4];
    expectClose(
      await apply(code, BYTES, [c], [[0, 'i8', 0]]),
      X.map((x, i) => right(x, values[i]!)),
    );
    expectClose(
      await apply(code, BYTES, [c], [[0, 'i8', 0]], [1, 0]),
      X.map((x, i) => left(x, values[i]!)),
    );
    expectClose(
      await apply(code, BYTES, [c], [[0, 'i8', 1]]),
      X.map((x, i) => Math.max(0, right(x, values[i]!))),
    );
  });

  it('DIV divides by constants', async () => {
    const values = [0.5, -2, 4];
    expectClose(
      await apply(42, BYTES, [c], [[0, 'i8', 0]]),
      X.map((x, i) => x / values[i]!),
    );
    await expect(apply(42, BYTES, [c], [[0, 'i8', 0]], [1, 0])).rejects.toThrow('divide by constants other than 0');
  });

  it('MAXIMUM and MINIMUM take a constant, or two values; SUB takes two values', async () => {
    const one = constant('c', [1], 'float32', [0.25]);
    expectClose(
      await apply(OP.MAXIMUM, BYTES, [one]),
      X.map((x) => Math.max(x, 0.25)),
    );
    expectClose(
      await apply(OP.MINIMUM, BYTES, [one]),
      X.map((x) => Math.min(x, 0.25)),
    );
    expectClose(await apply(OP.SUB, BYTES, [], [[0, 'i8', 0]], [0, 0]), [0, 0, 0]);
    expectClose(await apply(OP.MAXIMUM, BYTES, [], [], [0, 0]), X);
    expectClose(
      await apply(OP.MUL, BYTES, [], [[0, 'i8', 0]], [0, 0]),
      X.map((x) => x * x),
    );
  });

  it.each([
    ['RELU', OP.RELU, (x: number) => Math.max(x, 0), []],
    ['RELU_N1_TO_1', 20, (x: number) => Math.min(Math.max(x, -1), 1), []],
    ['LOGISTIC', OP.LOGISTIC, (x: number) => 1 / (1 + Math.exp(-x)), []],
    ['TANH', OP.TANH, Math.tanh, []],
    ['HARD_SWISH', OP.HARD_SWISH, (x: number) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, []],
    ['LEAKY_RELU', OP.LEAKY_RELU, (x: number) => (x < 0 ? 0.25 * x : x), [[0, 'f32', 0.25]]],
  ] as const)('%s is the function of its name', async (_, code, f, options) => {
    expectClose(await apply(code, BYTES, [], options), X.map(f));
  });

  it('PRELU has a slope per channel, in half precision too', async () => {
    // 0.5, 2 and -1 as binary16.
    const slopes = constant('slopes', [1, 1, 3], 'float16', [0x3800, 0x4000, 0xbc00]);
    expectClose(
      await apply(54, [0, 10, 20], [slopes]),
      [0, 10, 20].map((b, i) => [0.5, 2, -1][i]! * value(b)),
    );
  });

  it('reads weights behind a DEQUANTIZE, 16-bit floats and 8 bits with scales per output', async () => {
    const model = chain(
      [
        real('image', [1, 3]),
        constant('half', [2, 3], 'float16', [0x3800, 0x4000, 0xbc00, 0, 0x3c00, 0x3555]),
        real('single', [2, 3]),
        real('hidden', [1, 2]),
        constant('w', [2, 2], 'int8', [10, -20, 30, 40], [0.5, 0.25]),
        real('out', [1, 2]),
      ],
      [
        { code: OP.DEQUANTIZE, inputs: [1], outputs: [2] },
        { code: OP.FULLY_CONNECTED, inputs: [0, 2, -1], outputs: [3], options: [[0, 'i8', 0]] },
        { code: OP.FULLY_CONNECTED, inputs: [3, 4, -1], outputs: [5], options: [[0, 'i8', 0]] },
      ],
    );
    const { graph, operators } = await readWritten(model, RANGE);
    expect(operators.map(({ fidelity }) => fidelity)).toEqual(['dropped', 'exact', 'approximate']);
    const [a = 0, b = 0, c3 = 0] = X;
    const hidden = [0.5 * a + 2 * b - c3, b + 0.333251953125 * c3];
    const [h = 0, k = 0] = hidden;
    expectClose(runImage(graph, BYTES), [5 * h - 10 * k, 7.5 * h + 10 * k]);
  });

  it('needs to be told what a byte means, and says so beside everything else', async () => {
    const model = chain([real('image', [1, 3]), real('out', [1, 3])], [{ code: OP.GATHER, inputs: [0], outputs: [1] }]);
    await expect(readWritten(model)).rejects.toThrow(/missing-input-range[\s\S]*operator 0 \(GATHER\)/);
  });
});

/** Signs of the bits of a word sequence: 1 is -1, the lowest bit first. */
const signs = (words: readonly number[], channels: number): readonly number[] =>
  Array.from({ length: channels }, (_, c) => (((words[c >> 5] ?? 0) >> (c & 31)) & 1 ? -1 : 1));

describe('Larq Compute Engine', () => {
  /** The network of larqNetwork, from its definition. */
  function larq(model: WrittenModel, image: readonly number[]): readonly number[] {
    const tensor = (i: number): readonly number[] => model.tensors[i]?.data ?? [];
    const input = image.map((b) => (value(b) >= 0 ? 1 : -1));
    const hidden: number[] = [];
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++) {
        for (let o = 0; o < 34; o++) {
          let disagreements = 0;
          for (let ky = 0; ky < 3; ky++) {
            for (let kx = 0; kx < 3; kx++) {
              const row = signs(tensor(2).slice(((o * 3 + ky) * 3 + kx) * 2, ((o * 3 + ky) * 3 + kx) * 2 + 2), 34);
              const [sy, sx] = [y + ky - 1, x + kx - 1];
              const isInside = sy >= 0 && sy < 5 && sx >= 0 && sx < 5;
              row.forEach((w, c) => {
                if (w !== (isInside ? input[(sy * 5 + sx) * 34 + c] : 1)) disagreements++;
              });
            }
          }
          hidden.push(disagreements > (tensor(3)[o] ?? 0) ? -1 : 1);
        }
      }
    }
    const pooled = (y: number, x: number, c: number): number =>
      Math.max(...[0, 1, 5, 6].map((p) => hidden[(2 * y * 5 + 2 * x + p) * 34 + c] ?? NaN));
    return [0, 1, 2].map((o) => {
      let sum = 0;
      for (let ky = 0; ky < 2; ky++) {
        for (let kx = 0; kx < 2; kx++) {
          signs(tensor(6).slice(((o * 2 + ky) * 2 + kx) * 2, ((o * 2 + ky) * 2 + kx) * 2 + 2), 34).forEach((w, c) => {
            sum += w * pooled(ky, kx, c);
          });
        }
      }
      return sum * (tensor(7)[o] ?? 0) + (tensor(8)[o] ?? 0);
    });
  }

  it.each([40, 41, 42])('counts bits as its kernels do (seed %d)', async (seed) => {
    const model = larqNetwork(seed);
    const { graph, operators } = await readWritten(model, RANGE);
    expect(operators.every(({ fidelity }) => fidelity === 'exact')).toBe(true);
    const image = integers(seed, 850, 0, 255);
    expect(runImage(graph, image)).toEqual(larq(model, image));
  });

  it('has filters over groups of channels', async () => {
    const options = {
      channels_in: 64,
      dilation_height_factor: 1,
      dilation_width_factor: 1,
      padding: 1,
      pad_values: 0,
      stride_height: 1,
      stride_width: 1,
    };
    // The first output reads channels 0..31, the second 32..63; bits that are set are -1.
    const model = (words: number): WrittenModel =>
      chain(
        [
          real('image', [1, 1, 1, 64]),
          { name: 'bits', shape: [1, 1, 1, 2], type: 'int32' },
          constant('w', [2, 1, 1, words], 'int32', new Array<number>(2 * words).fill(0).fill(-1, words)),
          constant('multiplier', [2], 'float32', [1, 1]),
          constant('bias', [2], 'float32', [0, 0]),
          real('out', [1, 1, 1, 2]),
        ],
        [
          { code: 'LceQuantize', inputs: [0], outputs: [1] },
          { code: 'LceBconv2d', inputs: [1, 2, 3, 4, -1], outputs: [5], custom: flexMap(options) },
        ],
      );
    const image = Array.from({ length: 64 }, (_, c) => (c < 40 ? 255 : 0));
    expect(runImage((await readWritten(model(1), RANGE)).graph, image)).toEqual([32, 16]);
    expect(runImage((await readWritten(model(2), RANGE)).graph, image)).toEqual([16, -16]);
  });

  it('pads with 0 where it says so, and clips before it multiplies', async () => {
    const options = {
      channels_in: 1,
      dilation_height_factor: 1,
      dilation_width_factor: 1,
      stride_height: 1,
      stride_width: 1,
      padding: 0,
    };
    const model = (pad_values: number, fused_activation_function: number): WrittenModel =>
      chain(
        [
          real('image', [1, 1, 1, 1]),
          constant('w', [1, 3, 3, 1], 'int32', [1, 0, 0, 0, 0, 0, 0, 0, 0]),
          constant('multiplier', [1], 'float32', [0.5]),
          constant('bias', [1], 'float32', [10]),
          real('out', [1, 1, 1, 1]),
        ],
        [
          {
            code: 'LceBconv2d',
            inputs: [0, 1, 2, 3, -1],
            outputs: [4],
            custom: flexMap({ ...options, pad_values, fused_activation_function }),
          },
        ],
      );
    const bits = async (...of: [number, number]): Promise<readonly number[]> => {
      const { graph } = await readWritten(
        {
          ...model(...of),
          tensors: [
            real('first', [1, 1, 1, 1]),
            ...model(...of).tensors.slice(1),
            { name: 'bits', shape: [1, 1, 1, 1], type: 'int32' },
          ],
          operators: [
            { code: 'LceQuantize', inputs: [0], outputs: [5] },
            ...model(...of).operators.map((op) => ({ ...op, inputs: [5, 1, 2, 3, -1] })),
          ],
        },
        RANGE,
      );
      return [...runImage(graph, [255]), ...runImage(graph, [0])];
    };
    // The pixel counts once; around it stand eight pads, of which one meets a weight of -1.
    expect(await bits(0, 0)).toEqual([10.5, 9.5]);
    expect(await bits(0, 1)).toEqual([10.5, 10]);
    expect(await bits(1, 0)).toEqual([13.5, 12.5]);
    expect(await bits(1, 2)).toEqual([10.5, 10.5]);
  });
});

it('a part of a split that nothing reads is left out', async () => {
  const model = {
    tensors: [
      real('image', [1, 1, 1, 4]),
      { name: 'axis', shape: [], type: 'int32', data: [3] } as const,
      real('first', [1, 1, 1, 2]),
      real('second', [1, 1, 1, 2]),
    ],
    operators: [{ code: OP.SPLIT, inputs: [1, 0], outputs: [2, 3], options: [[0, 'i32', 2]] as const }],
    inputs: [0],
    outputs: [3],
  };
  const { graph, operators } = await readWritten(model, RANGE);
  expect(operators).toMatchObject([{ operator: 'SPLIT', fidelity: 'exact' }]);
  expectClose(await runImage(graph, [0, 51, 102, 255]), [102, 255].map(value));
});
