import { describe, expect, it } from 'vitest';
import type { BitWidth } from '../../../src/ir/network/types.js';
import { type LayerBits, type Quality, searchBits } from '../../../src/training/post/index.js';

/** Loss each layer adds at 8, 4 and 2 bits; layers add up, and accuracy falls by a tenth of the loss. */
const LOSS: Readonly<Record<string, Readonly<Partial<Record<BitWidth, number>>>>> = {
  first: { 8: 0, 4: 0.02, 2: 0.5 },
  wide: { 8: 0, 4: 0.01, 2: 0.04 },
  last: { 8: 0, 4: 0.001, 2: 0.002 },
};
const MACS = new Map([
  ['first', 100],
  ['wide', 1000],
  ['last', 1],
]);

let nMeasured = 0;
const measure = (bits: ReadonlyMap<string, LayerBits>): Promise<Quality> => {
  nMeasured++;
  const loss = [...bits].reduce((sum, [layer, { weights }]) => sum + LOSS[layer]![weights]!, 0.1);
  return Promise.resolve({ accuracy: 1 - loss / 10, loss });
};

const search = (floor: number) => searchBits(MACS, measure, { floor, widths: [8, 4, 2] });
const bitsOf = (bits: ReadonlyMap<string, LayerBits>): number[] => [...bits.values()].map(({ weights }) => weights);

describe('a search for bits', () => {
  it('measures every layer alone at every width', async () => {
    const { table } = await search(0);
    expect(table.map(({ layer, bits, quality }) => [layer, bits, quality.loss])).toEqual(
      Object.entries(LOSS).flatMap(([layer, losses]) =>
        ([8, 4, 2] as const).map((bits) => [layer, bits, expect.closeTo(0.1 + losses[bits]!, 10)]),
      ),
    );
  });

  it('lowers what costs the least loss per saved cycle first', async () => {
    const { steps, bits, relativeCycles } = await search(0);
    expect(steps.map(({ layer, from, to, kept }) => [layer, from, to, kept])).toEqual([
      ['wide', 8, 4, true],
      ['wide', 4, 2, true],
      ['first', 8, 4, true],
      ['last', 8, 4, true],
      ['last', 4, 2, true],
      ['first', 4, 2, true],
    ]);
    expect(bitsOf(bits)).toEqual([2, 2, 2]);
    expect(relativeCycles).toBe(0.25);
  });

  it('undoes what the budget does not allow, leaves that layer, and goes on with others', async () => {
    // Room for 0.043 more than the 0.1 of all at 8 bits.
    const { steps, bits, quality } = await search(1 - (0.1 + 0.043) / 10);
    expect(steps.map(({ layer, to, kept }) => [layer, to, kept])).toEqual([
      ['wide', 4, true],
      ['wide', 2, true],
      ['first', 4, false],
      ['last', 4, true],
      ['last', 2, true],
    ]);
    expect(bitsOf(bits)).toEqual([8, 2, 2]);
    expect(quality.loss).toBeCloseTo(0.142, 10);
  });

  it('keeps all layers at the highest width when there is no room', async () => {
    nMeasured = 0;
    const { bits, relativeCycles } = await search(1);
    expect(bitsOf(bits)).toEqual([8, 8, 8]);
    expect(relativeCycles).toBe(1);
    // All at 8 bits, two widths of three layers, three attempts.
    expect(nMeasured).toBe(1 + 6 + 3);
  });
});
