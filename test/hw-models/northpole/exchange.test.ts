import { describe, expect, it } from 'vitest';
import { positionAt, vectorChannels } from '../../../src/hw-models/northpole/exchange.js';
import { oneLayer, ONE_PIXEL, tensor } from '../../support/northpole-cases.js';

const base = oneLayer({ input: tensor([1, 1, 8]), nOut: 8, geometry: ONE_PIXEL }).layers[0]!;

describe('the positions of a share', () => {
  const mapping = { ...base.mapping, tileHeight: 2, tileWidth: 3, positions: 4 };
  const all = (out: { y0: number; y1: number; x0: number; x1: number }, chunks: number, ps = 4) =>
    Array.from({ length: chunks * ps }, (_, n) => {
      const at = positionAt({ mapping, batch: 2 }, { ...out, c0: 0, c1: 8 }, Math.floor(n / ps), n % ps);
      return at === undefined ? '-' : `${at.frame}:${at.y}${at.x}`;
    }).join(' ');

  it('are the pixels of its tile, row by row, frame by frame, in chunks', () => {
    // Twelve positions in three chunks; a fourth has none.
    expect(all({ y0: 4, y1: 6, x0: 3, x1: 6 }, 4)).toBe(
      '0:43 0:44 0:45 0:53 0:54 0:55 1:43 1:44 1:45 1:53 1:54 1:55 - - - -',
    );
  });

  it('are none where its tile is cut off, below or at the right, or lies outside', () => {
    expect(all({ y0: 4, y1: 5, x0: 3, x1: 6 }, 3)).toBe('0:43 0:44 0:45 - - - 1:43 1:44 1:45 - - -');
    expect(all({ y0: 4, y1: 6, x0: 3, x1: 5 }, 3)).toBe('0:43 0:44 - 0:53 0:54 - 1:43 1:44 - 1:53 1:54 -');
    expect(all({ y0: 6, y1: 6, x0: 3, x1: 6 }, 1)).toBe('- - - -');
  });

  it('are as many in a chunk as the mapping says', () => {
    expect(all({ y0: 4, y1: 6, x0: 3, x1: 6 }, 1, 6)).toBe('0:43 0:44 0:45 0:53 - -');
  });
});

describe('the channels of a block', () => {
  it('are vmm.outputs of them, fewer in the last, none beyond', () => {
    const program = oneLayer({ input: tensor([1, 1, 8]), nOut: 20, geometry: ONE_PIXEL, split: { outGroups: 2 } });
    const layer = program.layers[0]!;
    expect(layer.mapping.outBlocks).toBe(2);
    const of = (group: number, block: number) => vectorChannels(program, layer, group, block);
    expect([of(0, 0), of(0, 1), of(1, 0), of(1, 1)]).toEqual([
      [0, 8],
      [8, 16],
      [16, 20],
      [20, 20],
    ]);
  });
});
