import { describe, expect, it } from 'vitest';
import { inferRanges } from '../../src/ir/network/ranges.js';
import type { NetworkGraph, RearrangeNode, Shape } from '../../src/ir/network/types.js';

/** Ranges of a value [3] with channels 0, 0..255 and 0..510 in `shape`, repeated `rows` times. */
function rangesOf(rows: number, shape: Shape, index?: Int32Array): readonly (readonly number[])[] {
  const moved: RearrangeNode = { kind: 'rearrange', id: 'moved', input: 'sums', shape, ...(index ? { index } : {}) };
  const network: NetworkGraph = {
    name: 'net',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'x', shape: [rows, 1, 1] },
      { kind: 'encode', id: 'code', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
      {
        ...{ kind: 'conv2d', id: 'sums', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
        ...{ nOut: 3, groups: 1, padValue: 0, weights: Int8Array.of(0, 1, 2) },
      },
      moved,
      { kind: 'flatten', id: 'flat', input: 'moved' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
  const { low, high } = inferRanges(network).get('moved') ?? { low: [], high: [] };
  return [[...low], [...high]];
}

describe('ranges of moved elements', () => {
  it('are those of all elements that a channel gets', () => {
    expect(rangesOf(4, [6, 1, 2])).toEqual([
      [0, 0],
      [510, 510],
    ]);
    expect(rangesOf(4, [2, 1, 6])).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 255, 510, 0, 255, 510],
    ]);
    expect(rangesOf(2, [1, 1, 2], Int32Array.of(4, 0))).toEqual([
      [0, 0],
      [255, 0],
    ]);
  });

  it('are known without a look at every element, where they keep their order', () => {
    // 2^24 elements: in one round of the channels, 12 elements, all meet.
    const start = process.cpuUsage();
    expect(rangesOf(2 ** 24, [2 ** 24 / 4, 3, 4])).toEqual([
      [0, 0, 0, 0],
      [510, 510, 510, 510],
    ]);
    expect(process.cpuUsage(start).user).toBeLessThan(300_000);
  });
});
