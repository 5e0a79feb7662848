/** The kernels that TensorFlow Lite files are evaluated by, against what others recorded, and against numbers worked out by hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tflite } from '../../../../src/compiler/frontends/tflite/index.js';
import { npyNumbers, parseNpy } from '../../../../src/data/files/npy.js';
import { fixedMultiplier, rescale } from '../../../../src/compiler/frontends/tflite/reference/fixed-point.js';
import { kernelOutputs, operatorNames } from '../../../support/int8-ops.js';
import { runKernels } from '../../../support/read-tflite.js';
import { activation, chain, constant, convOptions, OP } from '../../../support/tflite-models.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../../../shared/${path}`, import.meta.url));
const vectors = at('vectors/int8-ops');
const kws = at('models/mlperf-tiny/kws');
const [noVectors, noKws] = [!existsSync(vectors), !existsSync(kws)];
const note = (isMissing: boolean): string => (isMissing ? ' (skipped: it is not there)' : '');

describe(`the kernels of TensorFlow Lite files on ../shared/vectors/int8-ops${note(noVectors)}`, () => {
  const names = noVectors ? ['everything'] : operatorNames(vectors);
  it.skipIf(noVectors)('there are 62 of them', () => {
    expect(names).toHaveLength(62);
  });

  it.skipIf(noVectors).each(names)('have the recorded outputs, bit for bit: %s', (name) => {
    const { found, expected } = kernelOutputs(vectors, name);
    expect(found).toEqual(expected);
  });
});

describe(`the evaluation of the keyword spotting network of ../shared/models/mlperf-tiny${note(noKws)}`, () => {
  // All 1,000 are classified alike: `LODESTONE_LONG=1` asks all of them, which takes half a minute.
  const asked = process.env['LODESTONE_LONG'] === undefined ? 100 : 1000;
  it.skipIf(noKws)(`decides as the device did, for ${asked} of ${asked} inputs`, { timeout: 300_000 }, async () => {
    const numbers = (name: string) =>
      npyNumbers(parseNpy(new Uint8Array(readFileSync(`${kws}/${name}.npy`)), name, 'numbers'));
    const bytes = new Uint8Array(readFileSync(`${kws}/kws_ref_model.tflite`));
    const { file } = await tflite.read({ bytes, place: 'kws', beside: () => Promise.resolve(undefined) }, {});
    const [inputs, outputs] = [numbers('kws01_inputs'), numbers('kws01_device_outputs')];
    const [size, classes] = [inputs.length / 1000, outputs.length / 1000];
    let same = 0;
    for (let s = 0; s < asked; s++) {
      const image = Uint8Array.from({ length: size }, (_, i) => inputs[s * size + i]! + 128);
      const scores = Array.from({ length: classes }, (_, c) => outputs[s * classes + c]!);
      if (file?.evaluate(image).decision === scores.indexOf(Math.max(...scores))) same++;
    }
    expect(same).toBe(asked);
  });
});

describe('the kernels of TensorFlow Lite files', () => {
  it('rescale with both roundings: halves of the product up, halves of the shift away from zero', () => {
    const half = fixedMultiplier(0.5);
    expect(half).toEqual({ m: 2 ** 30, e: 0 });
    expect([3, 1, -1, -3, 5].map((x) => rescale(x, half))).toEqual([2, 1, 0, -1, 3]);
    const eighth = fixedMultiplier(0.125);
    expect(eighth).toEqual({ m: 2 ** 30, e: -2 });
    // 12 / 2 = 6, 6 / 4 = 1.5.
    expect([12, -12, 4, -4, 3].map((x) => rescale(x, eighth))).toEqual([2, -2, 1, -1, 1]);
    expect([5, -5].map((x) => rescale(x, fixedMultiplier(3)))).toEqual([15, -15]);
    expect(rescale(7, fixedMultiplier(2 ** -40))).toBe(0);
  });

  it('rescale numbers of all sizes alike, whether in one product or in two parts', () => {
    for (let k = 0; k < 40; k++) {
      const by = fixedMultiplier(0.7);
      const x = 2 ** k + 3;
      expect(Math.abs(rescale(x, by) - x * 0.7)).toBeLessThan(1 + x * 2 ** -31);
      expect(rescale(-x, by) + rescale(x, by)).toBeLessThanOrEqual(1);
    }
  });

  it('compute a convolution, a sum and an average that are worked out by hand', () => {
    const model = chain(
      [
        activation('image', [1, 2, 2, 1], 0.5, -1),
        constant('w', [1, 2, 2, 1], 'int8', [1, 2, 3, 4], [0.25]),
        constant('b', [1], 'int32', [5]),
        activation('conv', [1, 2, 2, 1], 0.25, 2),
        activation('sum', [1, 2, 2, 1], 0.5, 0),
        constant('axes', [2], 'int32', [1, 2]),
        activation('mean', [1, 1], 0.5, 0),
      ],
      [
        { code: OP.CONV_2D, inputs: [0, 1, 2], outputs: [3], options: convOptions(0, 1, 1) },
        { code: OP.ADD, inputs: [0, 3], outputs: [4], options: [[0, 'i8', 0]] },
        { code: OP.MEAN, inputs: [4, 5], outputs: [6], options: [[0, 'u8', 0]] },
      ],
    );
    // q + 1: 1, 2, -3, 5; a window of 2 x 2 whose odd row and column lie behind.
    const found = runKernels(model, [0, 1, -4, 4]);
    // 1 + 4 - 9 + 20 + 5 = 21, 2 - 0 + 15 + 5 = 22, -3 + 10 + 5 = 12, 5 + 5 = 10; halves, plus 2, at least 2.
    expect(found.get(3)).toEqual([13, 13, 8, 7]);
    // 0.5 (q + 1) + 0.25 (q - 2) over 0.5, halves away from zero: 1 + 5.5, 2 + 5.5, -3 + 3, 5 + 2.5.
    expect(found.get(4)).toEqual([7, 8, 0, 8]);
    expect(found.get(6)).toEqual([6]);
  });
});
