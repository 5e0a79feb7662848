import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import {
  applyTransforms,
  type Dataset,
  fitTransforms,
  loadDataset,
  preprocessSpec,
  sliceDataset,
} from '../../src/data/index.js';
import { makeSteps, pipeline } from '../../src/data/transforms/apply.js';
import { symmetricEigen } from '../../src/data/transforms/symmetric-eigen.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import type { Transform } from '../../src/ir/network/preprocess.js';
import { printNetwork } from '../../src/ir/network/print.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { problemsOf } from './support/files.js';

function dataset(shape: Dataset['shape'], images: readonly (readonly number[])[]): Dataset {
  const labels = new Uint8Array(images.length);
  return { name: 'd', split: 'train', shape, images: Uint8Array.from(images.flat()), labels, nClasses: 1 };
}

const specs = (list: readonly unknown[]): ReturnType<typeof preprocessSpec.parse> => preprocessSpec.parse(list);

/** Values after transforms that need not give bytes. */
function valuesOf(transforms: readonly Transform[], data: Dataset): number[][] {
  const run = pipeline(makeSteps(transforms, data.shape), data.shape);
  const size = data.images.length / data.labels.length;
  return Array.from(data.labels, (_, i) => [...run(data.images.subarray(i * size, (i + 1) * size))]);
}

describe('the eigen-decomposition', () => {
  function check(matrix: Float64Array, n: number): Float64Array {
    const { values, vectors } = symmetricEigen(Float64Array.from(matrix), n);
    const scale = Math.max(1e-300, ...matrix.map(Math.abs));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let product = 0;
        let rebuilt = 0;
        for (let k = 0; k < n; k++) {
          product += vectors[i * n + k]! * vectors[j * n + k]!;
          rebuilt += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
        }
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-12);
        expect(Math.abs(rebuilt - matrix[i * n + j]!)).toBeLessThan(1e-13 * n * scale);
      }
    }
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
    return values;
  }

  it('rebuilds random matrices from orthonormal vectors', () => {
    const matrix = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1 << 20 }), fc.boolean());
    fc.assert(
      fc.property(matrix, ([n, seed, sparse]) => {
        const random = sequence(seed, PURPOSE.test);
        const a = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) {
            const value = sparse && random.below(3) > 0 ? 0 : random.normal();
            a[i * n + j] = value;
            a[j * n + i] = value;
          }
        }
        check(a, n);
      }),
      { numRuns: 150 },
    );
  });

  it('finds the known eigenvalues of second differences: 2 - 2 cos(k pi / (n + 1))', () => {
    const n = 40;
    const a = Float64Array.from({ length: n * n }, (_, i) => {
      const distance = Math.abs(Math.floor(i / n) - (i % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const values = check(a, n);
    values.forEach((value, k) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12));
  });

  it('copes with graded matrices, whose smallest numbers are rounding noise of the largest', () => {
    const n = 60;
    const random = sequence(5, PURPOSE.test);
    const a = new Float64Array(n * n);
    for (let v = 0; v < 12; v++) {
      const vector = Array.from({ length: n }, (_, k) => (k % 3 === 0 ? 0 : random.normal() * 2 ** (-k / 2)));
      for (let i = 0; i < n * n; i++) a[i] = a[i]! + vector[Math.floor(i / n)]! * vector[i % n]!;
    }
    expect(check(a, n).filter((value) => value > 1e-10).length).toBeLessThanOrEqual(12);
  });

  it('copes with equal eigenvalues, singular and zero matrices', () => {
    check(new Float64Array(36), 6);
    check(
      Float64Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 5 : 0)),
      6,
    );
    const values = check(new Float64Array(36).fill(2), 6);
    expect(values[5]).toBeCloseTo(12, 12);
    expect(Math.abs(values[4]!)).toBeLessThan(1e-13);
  });
});

/** Seven images of 3 x 3 pixels, and what NumPy 2.4 makes of them (float64, numpy.linalg.eigh). */
const SEVEN = [
  [207, 21, 45, 60, 46, 205, 222, 149, 10],
  [24, 85, 110, 159, 122, 67, 40, 177, 188],
  [8, 29, 115, 100, 227, 132, 107, 110, 170],
  [150, 44, 188, 193, 244, 201, 72, 81, 166],
  [166, 178, 222, 74, 240, 0, 19, 249, 241],
  [76, 35, 80, 11, 228, 169, 149, 62, 120],
  [48, 197, 121, 7, 65, 180, 133, 95, 64],
];
const GCN_FIRST = [
  22.188183785, -19.173753471, -13.836729309, -10.501089208, -13.614353302, 21.743431771, 25.523823886, 9.290375393,
  -21.619889545,
];
/** Rows 0 and 4 of (covariance of the pixels / 100 + 0.1)^(-1/2). */
const ZCA_ROW_0 = [
  1.4566405, 0.07168, -0.2930425, -0.0543517, -0.0748997, -0.1309886, -0.2234972, -0.3989095, 0.2323998,
];
const ZCA_ROW_4 = [-0.0748997, 0.3704767, -0.3953154, 0.1236408, 1.6618157, 0.0681093, 0.1738734, 0.315567, -0.6199598];
const seven = dataset([3, 3, 1], SEVEN);
const hundredth = { kind: 'scale', gain: 0.01 } as const;
const bytes = { kind: 'requantise' } as const;

describe('global contrast normalisation', () => {
  it('gives what NumPy gives', () => {
    const [first] = valuesOf(fitTransforms(specs([{ kind: 'gcn' }, bytes]), seven).slice(0, 1), seven);
    first!.forEach((value, i) => expect(value).toBeCloseTo(GCN_FIRST[i]!, 8));
  });

  it('only centres an image without contrast', () => {
    const flat = dataset([1, 2, 1], [[7, 7]]);
    expect(valuesOf([{ kind: 'gcn', scale: 55, minNorm: 1e-8 }], flat)).toEqual([[0, 0]]);
  });
});

describe('ZCA whitening', () => {
  const zcaOf = (window: 'image' | number, data = seven, epsilon = 0.1): Extract<Transform, { kind: 'zca' }> => {
    const found = fitTransforms(specs([hundredth, { kind: 'zca', window, epsilon }, bytes]), data)[1];
    if (found?.kind !== 'zca') throw new Error('no whitening');
    return found;
  };

  it('gives the matrix NumPy gives', () => {
    const { matrix } = zcaOf('image');
    for (let j = 0; j < 9; j++) {
      expect(matrix[j]).toBeCloseTo(ZCA_ROW_0[j]!, 6);
      expect(matrix[36 + j]).toBeCloseTo(ZCA_ROW_4[j]!, 6);
    }
  });

  it('of a patch as large as the image is the middle of the whitened image', () => {
    const [image, patch] = [zcaOf('image'), zcaOf(3)];
    expect(patch.mean).toEqual(image.mean);
    expect(patch.matrix).toEqual(image.matrix.slice(36, 45));
    const scale: Transform = { kind: 'scale', gain: 0.01, offset: 0 };
    const [ofImage, ofPatch] = [valuesOf([scale, image], seven), valuesOf([scale, patch], seven)];
    expect(ofPatch.map((values) => values[4])).toEqual(ofImage.map((values) => values[4]));
  });

  it('leaves values of covariance l / (l + epsilon): nearly the identity where epsilon is small', () => {
    const random = sequence(11, PURPOSE.test);
    const n = 400;
    // Four pixels that depend on each other.
    const data = dataset(
      [2, 2, 1],
      Array.from({ length: n }, () => {
        const common = random.below(150);
        return Array.from({ length: 4 }, (_, k) => common + random.below(20 * (k + 1)));
      }),
    );
    const values = valuesOf([{ kind: 'scale', gain: 0.01, offset: 0 }, zcaOf('image', data, 1e-9)], data);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        const covariance = values.reduce((sum, v) => sum + v[a]! * v[b]!, 0) / n;
        expect(covariance).toBeCloseTo(a === b ? 1 : 0, 3);
      }
    }
  });

  it('copes with the digits, most of whose pixels never vary', async () => {
    // The first four rows of 100 digits: a covariance of 112 pixels of which few are ever lit.
    const digits = sliceDataset(await loadDataset('mnist', 'test'), 0, 100);
    const crops = Array.from({ length: 100 }, (_, i) => [...digits.images.subarray(i * 784, i * 784 + 112)]);
    const fitted = fitTransforms(
      specs([{ kind: 'gcn' }, { kind: 'zca', window: 'image' }, bytes]),
      dataset([4, 28, 1], crops),
    );
    expect(fitted.map(({ kind }) => kind)).toEqual(['gcn', 'zca', 'requantise']);
  });

  it('whitens the colours of single pixels with a window of 1, whatever the place', () => {
    const data = dataset(
      [1, 2, 3],
      [
        [10, 20, 30, 200, 100, 50],
        [90, 80, 75, 5, 250, 100],
        [200, 100, 50, 10, 20, 30],
      ],
    );
    const values = valuesOf([{ kind: 'scale', gain: 0.01, offset: 0 }, zcaOf(1, data)], data);
    expect(values[0]!.slice(0, 3)).toEqual(values[2]!.slice(3));
    expect(values[0]!.slice(3)).toEqual(values[2]!.slice(0, 3));
  });
});

describe('a mean that is taken off', () => {
  const data = dataset([1, 2, 2], [[10, 20, 30, 40]]);

  it('is one value for every place of the image, or one for every channel', () => {
    expect(valuesOf([{ kind: 'subtract', values: Float64Array.of(1, 2, 3, 4.5) }], data)).toEqual([[9, 18, 27, 35.5]]);
    expect(valuesOf([{ kind: 'subtract', values: Float64Array.of(5, 0.5) }], data)).toEqual([[5, 19.5, 25, 39.5]]);
  });

  it('of another image is refused, with both sizes', async () => {
    const said = await problemsOf(() => valuesOf([{ kind: 'subtract', values: new Float64Array(3) }], data));
    expect(said.join()).toContain('a mean of 3 values');
    expect(said.join()).toContain('4 values and 2 channels');
  });

  it('is kept by network files and texts', () => {
    const graph: NetworkGraph = {
      name: 'n',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'in', shape: [1, 2, 2] },
        { kind: 'encode', id: 'code', input: 'in', code: { kind: 'rate', bits: 2 } },
        { kind: 'flatten', id: 'flat', input: 'code' },
        { kind: 'scores', id: 'scores', input: 'flat' },
      ],
      preprocessing: [
        { kind: 'subtract', values: Float64Array.of(1, 2.25, 3, 4) },
        { kind: 'requantise', gain: 1, offset: 0 },
      ],
    };
    expect(decodeNetwork(encodeNetwork(graph), 'n')).toEqual(graph);
    expect(parseNetwork(printNetwork(graph), 'n')).toEqual(graph);
  });
});

describe('the way to integers', () => {
  it('rounds halves up and stops at 0 and 255', () => {
    const data = dataset([1, 6, 1], [[0, 1, 2, 3, 100, 255]]);
    const transforms: readonly Transform[] = [{ kind: 'requantise', gain: 2.5, offset: -2 }];
    expect([...applyTransforms(transforms, data).images]).toEqual([0, 1, 3, 6, 248, 255]);
  });

  it('fits 128 to zero and 127 steps to the chosen number of root mean squares', () => {
    const data = dataset([1, 2, 1], [[0, 4]]);
    const fitted = fitTransforms(specs([{ kind: 'standardise' }, { kind: 'requantise', deviations: 2 }]), data);
    expect(fitted).toEqual([
      { kind: 'scale', gain: 0.5, offset: -1 },
      { kind: 'requantise', gain: 63.5, offset: 128 },
    ]);
    // -1 and 1: 128 - 63.5 and 128 + 63.5, halves up.
    expect([...applyTransforms(fitted, data).images]).toEqual([65, 192]);
  });

  it('sets a channel per level, side by side, where a value reaches it', () => {
    const data = dataset([1, 1, 2], [[10, 20]]);
    const out = applyTransforms([{ kind: 'thermometer', levels: [10, 15, 20] }], data);
    expect([out.shape, [...out.images]]).toEqual([
      [1, 1, 6],
      [255, 0, 0, 255, 255, 255],
    ]);
    expect([...applyTransforms([{ kind: 'threshold', level: 20 }], data).images]).toEqual([0, 255]);
  });

  it('is needed: lists without it, and windows that do not fit, are refused at once', async () => {
    const wrong = specs([{ kind: 'zca', window: 4 }, { kind: 'zca', window: 5 }, { kind: 'gcn' }]);
    expect(await problemsOf(() => fitTransforms(wrong, seven))).toEqual([
      'bad-window preprocess.0 (zca): a window of 4 pixels on images of 3 x 3',
      'bad-window preprocess.1 (zca): a window of 5 pixels on images of 3 x 3',
      'no-integers preprocess: the list ends with gcn, whose values are no 8-bit integers',
    ]);
    const large = dataset([64, 65, 1], [Array.from({ length: 4160 }, () => 0)]);
    const whole = specs([{ kind: 'zca', window: 'image' }, bytes]);
    expect((await problemsOf(() => fitTransforms(whole, large)))[0]).toContain('4160 values, at most 4096');
  });

  it('does not take images of another shape than those of the fit', async () => {
    const fitted = fitTransforms(specs([{ kind: 'zca', window: 'image' }, bytes]), seven);
    const other = dataset([1, 2, 1], [[1, 2]]);
    expect((await problemsOf(() => applyTransforms(fitted, other)))[0]).toContain('for vectors of 9 values');
  });
});

describe('a model with preprocessing', () => {
  const preprocessing = fitTransforms(
    specs([{ kind: 'standardise' }, { kind: 'gcn' }, { kind: 'zca', window: 3 }, bytes]),
    seven,
  );
  const network: NetworkGraph = {
    name: 'n',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'input', shape: [3, 3, 1] },
      { kind: 'encode', id: 'encode', input: 'input', code: { kind: 'threshold', level: 128 } },
      { kind: 'flatten', id: 'flatten', input: 'encode' },
      { kind: 'scores', id: 'scores', input: 'flatten' },
    ],
    preprocessing,
  };

  it('comes back from its file and from its text with the same transforms, bit for bit', () => {
    const expected = applyTransforms(preprocessing, seven).images;
    for (const back of [decodeNetwork(encodeNetwork(network), 'n'), parseNetwork(printNetwork(network), 'n')]) {
      expect(back.preprocessing).toEqual(preprocessing);
      expect(applyTransforms(back.preprocessing ?? [], seven).images).toEqual(expected);
    }
  });

  it.each([
    ['no bytes at the end', preprocessing.slice(0, 3), 'last step must give bytes'],
    [
      'arrays that do not fit',
      [{ kind: 'zca', window: 3, mean: new Float64Array(9), matrix: new Float32Array(8) }],
      'do not fit',
    ],
    ['values that are not finite', [{ kind: 'scale', gain: Number.NaN, offset: 0 }], 'preprocessing.0.gain'],
    ['levels that do not ascend', [{ kind: 'thermometer', levels: [3, 3] }], 'must ascend'],
    ['an unknown kind', [{ kind: 'blur' }], 'preprocessing.0'],
  ])('is refused with %s', async (_, list, message) => {
    const bad: unknown = { ...network, preprocessing: list };
    const { checkNetwork } = await import('../../src/ir/network/check-network.js');
    expect((await problemsOf(() => checkNetwork(bad, 'n'))).join('\n')).toContain(message);
  });
});

describe('an oracle', () => {
  it('does not run a network with preprocessing on images that had none', async () => {
    const { evaluateNetwork } = await import('../../src/evaluation/interpreter/evaluate.js');
    const preprocessing: readonly Transform[] = [{ kind: 'threshold', level: 5 }];
    const network: NetworkGraph = {
      name: 'n',
      dialect: 'integer',
      nodes: [
        { kind: 'input', id: 'input', shape: [1, 2, 1] },
        { kind: 'encode', id: 'encode', input: 'input', code: { kind: 'threshold', level: 128 } },
        { kind: 'flatten', id: 'flatten', input: 'encode' },
        { kind: 'scores', id: 'scores', input: 'flatten' },
      ],
      preprocessing,
    };
    const data = { ...dataset([1, 2, 1], [[4, 6]]), nClasses: 2 };
    expect((await problemsOf(() => evaluateNetwork(network, data, { seed: 1 })))[0]).toContain('had none');
    const { scores } = await evaluateNetwork(network, applyTransforms(preprocessing, data), { seed: 1 });
    expect([...scores]).toEqual([0, 1]);
  });
});
