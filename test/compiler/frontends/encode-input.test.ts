import { describe, expect, it } from 'vitest';
import { freshNames } from '../../../src/compiler/fresh-names.js';
import { byteValues, encodeInput, type EncodeRequest } from '../../../src/compiler/frontends/encode-input.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../../src/ir/network/input-code.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';

const encoded = (options: EncodeRequest['options'], channels = 1) =>
  encodeInput({ input: 'image', channels, options, place: 'net', fresh: freshNames(['image']) });

/** What a network of nothing but its input computes from one pixel. */
function valuesOf(options: EncodeRequest['options'], pixel: readonly number[]): number[] {
  const { nodes, output, diagnostics } = encoded(options, pixel.length);
  expect(diagnostics).toEqual([]);
  const graph: NetworkGraph = {
    name: 'net',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [pixel.length] },
      ...nodes,
      { kind: 'scores', id: 'scores', input: output },
    ],
  };
  expect(verifyNetwork(graph)).toEqual([]);
  const code = nodes[0];
  if (code?.kind !== 'encode') throw new Error('no code');
  const counts = codedBuffer(code.code, pixel.length);
  encodeCounts(code.code, Uint8Array.from(pixel), 0, 1, counts);
  return Array.from(createInterpreter(graph).run(counts));
}

describe('the input of a float network', () => {
  it('is a multiple of one step where the byte of the value 0 is one', () => {
    expect(encoded({ inputRange: [0, 1] }).nodes).toEqual([
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 / 255 } },
    ]);
    expect(encoded({ inputRange: [0, 255], inputMean: [128], inputStd: [64] }).nodes).toEqual([
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 / 64 } },
    ]);
    expect(encoded({ inputRange: [-128, 127] }).nodes).toMatchObject([{ code: { zeroPoint: 128, step: 1 } }]);
  });

  it('is normalised by a batch norm where 0 lies between two bytes or beyond them, or channels differ', () => {
    expect(encoded({ inputRange: [-1, 1] }).nodes.map(({ kind }) => kind)).toEqual(['encode', 'batchNorm']);
    expect(encoded({ inputRange: [1, 256] }).nodes.map(({ kind }) => kind)).toEqual(['encode', 'batchNorm']);
    const perChannel = encoded({ inputRange: [0, 1], inputMean: [0, 0.5] }, 2);
    expect(perChannel.nodes.map(({ kind }) => kind)).toEqual(['encode', 'batchNorm']);
  });

  it.each([
    [{ inputRange: [0, 1] }, [0, 255, 51], [0, 1, 0.2]],
    [{ inputRange: [-1, 1] }, [0, 255, 51], [-1, 1, -0.6]],
    [{ inputRange: [0, 1], inputMean: [0.5, 0.25, 0], inputStd: [0.5, 2, 1] }, [255, 0, 51], [1, -0.125, 0.2]],
    [{ inputRange: [0, 255], inputMean: [100], inputStd: [4] }, [0, 255, 104], [-25, 38.75, 1]],
  ] as const)('gives bytes the values that %j says', (options, pixel, values) => {
    const found = valuesOf(options, pixel);
    found.forEach((value, c) => expect(value).toBeCloseTo(values[c] ?? NaN, 12));
    const { values: table } = byteValues({ channels: 3, options, place: 'net' });
    pixel.forEach((b, c) => expect((table?.[c] ?? table?.[0])?.[b]).toBeCloseTo(values[c] ?? NaN, 12));
  });

  it('has one table for all channels that mean the same, however many there are', () => {
    const request = { channels: 2 ** 18, options: { inputRange: [0, 1] as const }, place: 'net' };
    expect(byteValues(request).values).toHaveLength(1);
    const two = { channels: 2, options: { inputRange: [0, 1] as const, inputMean: [0, 1] }, place: 'net' };
    expect(byteValues(two).values).toHaveLength(2);
  });

  it('is asked for where nothing says what a byte means, and for everything that is wrong at once', () => {
    const codes = (options: EncodeRequest['options'], channels = 3) =>
      encoded(options, channels).diagnostics.map(({ code, message }) => `${code}: ${message}`);
    expect(encoded({}).nodes).toEqual([]);
    expect(codes({})).toEqual([
      'missing-input-range: it computes with real numbers and does not say which one a byte of an image stands for',
    ]);
    expect(codes({ inputRange: [1, 0], inputMean: [1, 2], inputStd: [0] })).toEqual([
      'bad-input-range: a range from 1 to 0',
      'bad-input-scaling: --input-mean: 2 numbers for 3 channels',
      'bad-input-scaling: --input-std: 0',
    ]);
  });
});
