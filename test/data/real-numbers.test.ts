import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/datasets.js';
import { clippedWarnings } from '../../src/data/real-numbers.js';
import { loadSamples } from '../../src/data/samples.js';
import { fitTransforms } from '../../src/data/transforms/fit.js';
import type { RealNumbers } from '../../src/ir/network/preprocess.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { storedZip } from '../support/keras-files.js';
import { dataFolder, idxFile, problemsOf } from './support/files.js';

const { write, at } = dataFolder();

type Type = '<f4' | '<f8' | '<i2' | '|i1' | '|u1';

/** A .npy file, written from its definition (NEP 1). */
function npy(type: Type, shape: readonly number[], values: readonly number[]): Uint8Array {
  const size = Number(type[2]);
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
  const file = Buffer.alloc(10 + header.length + size * values.length);
  file.write('\x93NUMPY\x01\0', 'latin1');
  file.writeUInt16LE(header.length, 8);
  file.write(header, 10);
  const view = new DataView(file.buffer, file.byteOffset + 10 + header.length);
  values.forEach((value, i) => {
    if (type === '<f4') view.setFloat32(4 * i, value, true);
    else if (type === '<f8') view.setFloat64(8 * i, value, true);
    else if (type === '<i2') view.setInt16(2 * i, value, true);
    else view.setInt8(i, value);
  });
  return new Uint8Array(file);
}

const reals = (more: Partial<RealNumbers> = {}): RealNumbers => ({
  ...{ kind: 'reals', low: -1, high: 1, outside: 'refuse' },
  ...more,
});

describe('numbers that are no bytes', () => {
  it('of every type become floor((x - low) 255 / (high - low) + 1/2), and the images say so', async () => {
    const values = [-1, -0.5, 0, 0.25, 0.999, 1];
    const bytes = values.map((x) => Math.floor(((x + 1) * 255) / 2 + 0.5));
    for (const type of ['<f4', '<f8'] as const) {
      write(`${type[2]}/images.npy`, npy(type, [2, 3], values));
      write(`${type[2]}/labels.npy`, npy('|u1', [2], [0, 1]));
      const data = await loadDataset(at(type[2]!), 'test', { reals: reals() });
      expect([...data.images]).toEqual(bytes);
      expect(data).toMatchObject({ transforms: [reals()], nClasses: 2 });
      expect(data.clipped).toBeUndefined();
    }
    write('whole/images.npy', npy('<i2', [1, 3], [-32768, 0, 32767]));
    write('whole/labels.npy', npy('|u1', [1], [0]));
    const whole = await loadDataset(at('whole'), 'test', { reals: reals({ low: -32768, high: 32767 }) });
    expect([...whole.images]).toEqual([0, 128, 255]);
  });

  it('come from .npz, CSV, and from bytes, too, where a range is stated', async () => {
    const npz = write('net.npz', storedZip({ 'x.npy': npy('<f4', [1, 2], [0, 0.5]), 'y.npy': npy('|u1', [1], [0]) }));
    expect([...(await loadDataset(npz, 'test', { reals: reals() })).images]).toEqual([128, 191]);
    const csv = write('net.csv', 'label,a,b\n1,-.5,1e-1\n0, 1 ,-1.0\n');
    const table = await loadDataset(csv, 'test', { reals: reals() });
    expect([[...table.labels], [...table.images]]).toEqual([
      [1, 0],
      [64, 140, 255, 0],
    ]);
    write('idx/test-images-idx3-ubyte', idxFile([1, 1, 3], [0, 5, 10]));
    write('idx/test-labels-idx1-ubyte', idxFile([1], [0]));
    const idx = await loadDataset(at('idx'), 'test', { reals: reals({ low: 0, high: 10 }) });
    expect([...idx.images]).toEqual([0, 128, 255]);
  });

  it('are refused without a range, with what would say it', async () => {
    write('bare/features.npy', npy('<f4', [1, 2], [0, 0.5]));
    write('bare/labels.npy', npy('|u1', [1], [0]));
    await expect(loadDataset(at('bare'), 'test')).rejects.toThrow(/type "f4"[^]*--data-range LOW,HIGH/);
    await expect(loadDataset(write('bare.csv', '0,0.5\n'), 'test')).rejects.toThrow(
      /column 2 is "0.5", not a pixel 0..255[^]*--data-range/,
    );
    const broken = write('broken.csv', '0,1.5.1\n1,0x10\n0.5,1\n');
    expect(await problemsOf(() => loadDataset(broken, 'test', { reals: reals() }))).toEqual([
      `bad-csv ${broken} line 1: column 2 is "1.5.1", not a number`,
      `bad-csv ${broken} line 2: column 2 is "0x10", not a number`,
      `bad-csv ${broken} line 3: column 1 is "0.5", not a label 0, 1, ...`,
    ]);
  });

  it('outside of the range are refused with how many and how far, or limited and counted', async () => {
    write('far/x.npy', npy('<f4', [2, 2], [0, 1.5, -2, 1]));
    write('far/y.npy', npy('|u1', [2], [0, 1]));
    expect(await problemsOf(() => loadDataset(at('far'), 'test', { reals: reals() }))).toEqual([
      `outside-data-range ${at('far')}: 2 of 4 numbers are outside of -1..1, the first is 1.5 in sample 0; they lie within -2..1.5`,
    ]);
    const data = await loadDataset(at('far'), 'test', { reals: reals({ outside: 'clip' }) });
    expect([...data.images]).toEqual([128, 255, 0, 255]);
    expect(data.clipped).toBe(2);
    expect(clippedWarnings(data)).toMatchObject([
      { code: 'clipped-data', message: expect.stringMatching(/^2 numbers/) },
    ]);
    write('none/x.npy', npy('<f8', [2, 2], [0, 0, 0, NaN]));
    write('none/y.npy', npy('|u1', [2], [0, 1]));
    const clip = { reals: reals({ outside: 'clip' }) } as const;
    expect(await problemsOf(() => loadDataset(at('none'), 'test', clip))).toEqual([
      `bad-number ${at('none')}: number 1 of sample 1 is NaN`,
    ]);
  });

  it('with channels first are turned, and only images can be', async () => {
    // [1, 2 channels, 1 row, 3 columns]
    write('first/x.npy', npy('|u1', [1, 2, 1, 3], [1, 2, 3, 11, 12, 13]));
    write('first/y.npy', npy('|u1', [1], [0]));
    const order = reals({ low: 0, high: 255, layout: 'channels-first' });
    const data = await loadDataset(at('first'), 'test', { reals: order });
    expect(data.shape).toEqual([1, 3, 2]);
    expect([...data.images]).toEqual([1, 11, 2, 12, 3, 13]);
    await expect(
      loadDataset(at('far'), 'test', { reals: reals({ outside: 'clip', layout: 'channels-first' }) }),
    ).rejects.toThrow(/bad-layout.*images of \[2, 2\]/);
  });
});

describe('a network that says what the numbers of its data mean', () => {
  const NETWORK: NetworkGraph = {
    name: 'net',
    dialect: 'float',
    preprocessing: [reals(), { kind: 'threshold', level: 128 }],
    nodes: [
      { kind: 'input', id: 'x', shape: [3] },
      { kind: 'encode', id: 'code', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
      { kind: 'dense', id: 'fc', input: 'code', nOut: 2, weights: new Int8Array(6) },
      { kind: 'scores', id: 'scores', input: 'fc' },
    ],
  };

  it('keeps it in its file, and reads data by it before what else it does to them', async () => {
    const again = decodeNetwork(encodeNetwork(NETWORK), 'net');
    expect(again.preprocessing).toEqual(NETWORK.preprocessing);
    write('net/features.npy', npy('<f4', [1, 3], [-0.5, 0.25, 1]));
    write('net/labels.npy', npy('|u1', [1], [1]));
    const data = await loadSamples(at('net'), again);
    expect([...data.images]).toEqual([0, 255, 255]);
    expect(data.transforms).toEqual(NETWORK.preprocessing);
  });

  it('is refused where that is not the first of its steps', () => {
    const late = { ...NETWORK, preprocessing: [{ kind: 'threshold', level: 1 } as const, reals()] };
    expect(() => decodeNetwork(encodeNetwork(late), 'net')).toThrow(/reals must be the first step/);
  });

  it('may be trained by a recipe that says it', () => {
    const data = {
      name: 'd',
      split: 'train',
      shape: [1, 1, 1],
      images: Uint8Array.of(7),
      labels: Uint8Array.of(0),
      nClasses: 1,
    } as const;
    expect(fitTransforms([reals()], data)).toEqual([reals()]);
    expect(() => fitTransforms([{ kind: 'threshold', level: 1 }, reals()], data)).toThrow(/late-reals/);
  });
});
