/** Imported networks against the reference kernels (tflite/reference), every score. */
import { describe, expect, it } from 'vitest';
import { verifyNetwork } from '../../../../src/ir/network/verify.js';
import {
  activation,
  chain,
  constant,
  convOptions,
  depthwiseOptions,
  integers,
  manyOperators,
  OP,
  poolOptions,
  smallNetwork,
} from '../../../support/tflite-models.js';
import type { Field, WrittenModel, WrittenTensor } from '../../../support/write-tflite.js';
import { readWritten as read, runImage as run, runKernels } from '../../../support/read-tflite.js';

/** Scores of the imported network are q - zero point of the last tensor, on images of all kinds. */
async function check(model: WrittenModel, images = 3): Promise<void> {
  const { graph } = await read(model);
  expect(verifyNetwork(graph)).toEqual([]);
  const [input, output] = [model.tensors[model.inputs[0] ?? 0], model.outputs[0] ?? 0];
  if (input === undefined) throw new Error('no input');
  // Logits where a softmax ends the network.
  const last = model.operators.at(-1);
  const target = last?.code === OP.SOFTMAX ? (last.inputs[0] ?? 0) : output;
  const zero = model.tensors[target]?.zeroPoint?.[0] ?? 0;
  const size = input.shape.reduce((n, d) => n * d, 1);
  for (let k = 0; k < images; k++) {
    const bytes = integers(100 + k, size, 0, 255);
    const stored = input.type === 'uint8' ? bytes : bytes.map((b) => b - 128);
    const expected = runKernels(model, stored)
      .get(target)
      ?.map((q) => q - zero);
    expect(run(graph, bytes)).toEqual(expected);
  }
}

const image = (
  scale = 0.04,
  zeroPoint = -7,
  shape: readonly number[] = [1, 5, 6, 3],
  type: 'int8' | 'uint8' = 'int8',
): WrittenTensor => activation('image', shape, scale, zeroPoint, type);

describe('an imported 8-bit network computes what the reference kernels compute', () => {
  it.each([1, 2, 3])('all operators of the models of tests (seed %d)', async (seed) => {
    await check(smallNetwork(seed));
    await check(manyOperators(60 + seed));
  });

  it.each([
    ['SAME, stride 2', 0, 2, 1, 0, [1, 3, 3, 4]],
    ['VALID, ReLU6', 1, 1, 1, 3, [1, 3, 4, 4]],
    ['SAME, dilation 2, ReLU', 0, 1, 2, 1, [1, 5, 6, 4]],
  ] as const)('convolutions: %s', async (_, padding, stride, dilation, fused, shape) => {
    await check(
      chain(
        [
          image(),
          constant('w', [4, 3, 3, 3], 'int8', integers(1, 108, -127, 127), [0.01, 0.002, 0.03, 0.008]),
          constant('b', [4], 'int32', integers(2, 4, -3000, 3000)),
          activation('out', shape, 0.05, -11),
        ],
        [{ code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(padding, stride, fused, dilation) }],
      ),
    );
  });

  it('convolutions whose multipliers reach 1 in some channels, or vanish', async () => {
    await check(
      chain(
        [
          image(),
          constant('w', [4, 1, 1, 3], 'int8', integers(1, 12, -3, 3), [2.5, 0.002, 30, 1e-12]),
          constant('b', [4], 'int32', integers(2, 4, -30, 30)),
          activation('out', [1, 5, 6, 4], 0.05, 40),
        ],
        [{ code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(0, 1, 0) }],
      ),
    );
  });

  it('unsigned convolutions and matrices with zero points of weights', async () => {
    await check(
      chain(
        [
          image(0.02, 131, [1, 5, 6, 3], 'uint8'),
          constant('w', [4, 2, 2, 3], 'uint8', integers(1, 48, 0, 255), [0.013], { zeroPoint: [117] }),
          constant('b', [4], 'int32', integers(2, 4, -3000, 3000)),
          activation('conv', [1, 5, 6, 4], 0.06, 100, 'uint8'),
          activation('pooled', [1, 2, 3, 4], 0.06, 100, 'uint8'),
          constant('m', [3, 24], 'uint8', integers(3, 72, 0, 255), [0.01], { zeroPoint: [3] }),
          activation('out', [1, 3], 0.2, 77, 'uint8'),
        ],
        [
          { code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(0, 1, 1) },
          { code: OP.AVERAGE_POOL_2D, inputs: [3], outputs: [4], options: poolOptions(1, 2, 2) },
          { code: OP.FULLY_CONNECTED, inputs: [4, 5, -1], outputs: [6], options: [[0, 'i8', 1]] },
        ],
      ),
    );
  });

  it('depthwise convolutions with several outputs per channel', async () => {
    await check(
      chain(
        [
          image(),
          constant('w', [1, 3, 2, 6], 'int8', integers(1, 36, -127, 127), [0.01, 0.02, 0.03, 0.04, 0.05, 0.006], {
            axis: 3,
          }),
          activation('out', [1, 3, 3, 6], 0.07, 3),
        ],
        [{ code: OP.DEPTHWISE_CONV_2D, inputs: [0, 1, -1], outputs: [2], options: depthwiseOptions(0, 2, 2) }],
      ),
    );
  });

  it('matrices with a scale per output, on every row of a sequence', async () => {
    await check(
      chain(
        [
          image(0.04, -7, [1, 4, 6]),
          constant('w', [5, 6], 'int8', integers(1, 30, -127, 127), [0.01, 0.02, 0.03, 0.04, 0.05]),
          constant('b', [5], 'int32', integers(2, 5, -300, 300)),
          activation('out', [1, 4, 5], 0.07, 3),
        ],
        [
          {
            code: OP.FULLY_CONNECTED,
            inputs: [0, 1, 2],
            outputs: [3],
            options: [
              [0, 'i8', 0],
              [2, 'u8', 1],
            ],
          },
        ],
      ),
    );
  });

  it('transposed convolutions, SAME and VALID, with and without stride', async () => {
    for (const [padding, stride, height, width] of [
      [0, 2, 10, 12],
      [0, 2, 9, 11],
      [1, 2, 11, 13],
      [0, 1, 5, 6],
      [1, 3, 15, 18],
    ] as const) {
      await check(
        chain(
          [
            image(),
            constant('w', [2, 3, 3, 3], 'int8', integers(1, 54, -127, 127), [0.01, 0.02]),
            constant('shape', [4], 'int32', [1, height, width, 2]),
            constant('b', [2], 'int32', [55, -600]),
            activation('out', [1, height, width, 2], 0.09, -3),
          ],
          [
            {
              code: OP.TRANSPOSE_CONV,
              inputs: [2, 1, 0, 3],
              outputs: [4],
              options: [
                [0, 'i8', padding],
                [1, 'i32', stride],
                [2, 'i32', stride],
              ],
            },
          ],
        ),
        1,
      ).catch((error: unknown) => {
        throw new Error(`padding ${padding}, stride ${stride}, ${height} x ${width}`, { cause: error });
      });
    }
  });

  const binary = (
    code: number,
    other: WrittenTensor,
    options: readonly Field[] = [[0, 'i8', 0]],
    out = activation('out', [1, 5, 6, 3], 0.06, 8),
  ): WrittenModel => chain([image(), other, out], [{ code, inputs: [0, 1], outputs: [2], options }]);

  it('sums and products with one constant, with one per channel', async () => {
    for (const code of [OP.ADD, OP.MUL]) {
      await check(binary(code, constant('c', [1], 'int8', [-100], [0.03], { zeroPoint: [20] })));
      await check(
        binary(code, constant('c', [3], 'int8', [-100, 127, 5], [0.03], { zeroPoint: [-128] }), [[0, 'i8', 1]]),
      );
      await check(binary(code, constant('c', [1, 1, 1, 3], 'int8', [-100, 127, 5], [0.3])));
    }
    for (const code of [OP.MAXIMUM, OP.MINIMUM]) {
      const c = constant('c', [1], 'int8', [-20], [0.04], { zeroPoint: [-7] });
      await check(binary(code, c, [], activation('out', [1, 5, 6, 3], 0.04, -7)));
      const each = constant('c', [3], 'int8', [-20, 0, 90], [0.04], { zeroPoint: [-7] });
      await check(binary(code, each, [], activation('out', [1, 5, 6, 3], 0.04, -7)));
    }
  });

  it('sums, products and maxima of two values, one of them one number per channel', async () => {
    for (const code of [OP.ADD, OP.MUL, OP.MAXIMUM]) {
      await check(
        chain(
          [
            image(),
            constant('axes', [2], 'int32', [1, 2]),
            activation('mean', [1, 1, 1, 3], 0.04, -7),
            activation('out', [1, 5, 6, 3], 0.04, -7),
          ],
          [
            { code: OP.MEAN, inputs: [0, 1], outputs: [2], options: [[0, 'u8', 1]] },
            { code, inputs: [0, 2], outputs: [3], options: [[0, 'i8', 0]] },
          ],
        ),
      );
    }
  });

  it('averages round the stored numbers, halves away from zero, whatever their zero point', async () => {
    for (const zeroPoint of [-128, -1, 0, 55, 127]) {
      await check(
        chain(
          [image(0.04, zeroPoint), activation('out', [1, 3, 3, 3], 0.04, zeroPoint)],
          [{ code: OP.AVERAGE_POOL_2D, inputs: [0], outputs: [1], options: poolOptions(0, 2, 2, 3) }],
        ),
      );
    }
  });
});

describe('8-bit operators that are refused', () => {
  const refusal = (model: WrittenModel): Promise<string> =>
    read(model).then(
      () => 'read',
      (error: unknown) => String(error),
    );
  it('say what would help', async () => {
    const out = activation('out', [1, 5, 6, 3], 0.06, 8);
    expect(
      await refusal(
        chain(
          [image(), activation('half', [1, 2, 3, 3], 0.05, -7)],
          [{ code: OP.MAX_POOL_2D, inputs: [0], outputs: [1], options: poolOptions(1, 2, 2) }],
        ),
      ),
    ).toContain('different scales');
    expect(await refusal(chain([image(), out], [{ code: OP.MAXIMUM, inputs: [0, 0], outputs: [1] }]))).toContain(
      'quantise them alike',
    );
    expect(
      await refusal(chain([image(), out], [{ code: OP.SUB, inputs: [0, 0], outputs: [1], options: [] }])),
    ).toContain('add the negative instead');
    expect(
      await refusal(chain([image(), { ...out, type: 'int16' }], [{ code: OP.RELU, inputs: [0], outputs: [1] }])),
    ).toContain('export the model with int8 or uint8 activations');
    expect(
      await refusal(
        chain(
          [image(), constant('w', [2, 90], 'float32', new Array<number>(180).fill(1)), activation('o', [1, 2], 0.1, 0)],
          [{ code: OP.FULLY_CONNECTED, inputs: [0, 1, -1], outputs: [2], options: [] }],
        ),
      ),
    ).toContain('its weights are of type float32');
    const between = chain(
      [image(), activation('p', [1, 5, 6, 3], 1 / 256, -128), out],
      [
        { code: OP.SOFTMAX, inputs: [0], outputs: [1], options: [] },
        { code: OP.RELU, inputs: [1], outputs: [2] },
      ],
    );
    expect(await refusal(between)).toContain('operator 0 (SOFTMAX): layers follow it');
    const reals = chain(
      [
        image(),
        { name: 'real', shape: [1, 5, 6, 3], type: 'float32' },
        { name: 'exp', shape: [1, 5, 6, 3], type: 'float32' },
      ],
      [
        { code: OP.DEQUANTIZE, inputs: [0], outputs: [1] },
        { code: 47, inputs: [1], outputs: [2] },
      ],
    );
    expect(await refusal(reals)).toContain('operator 1 (EXP): it has no form on integers here');
  });
});
