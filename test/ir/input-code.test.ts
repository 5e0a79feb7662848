import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputCode } from '../../src/ir/network/types.js';
import { codeMax } from '../../src/ir/network/shapes.js';
import { codedBuffer, codedLength, encodeCounts, encodeRaster } from '../../src/ir/network/input-code.js';

function counts(code: InputCode, pixels: readonly number[], sample = 0, seed = 0): number[] {
  const out = new Uint8Array(codedLength(code, pixels.length));
  encodeCounts(code, Uint8Array.from(pixels), sample, seed, out);
  return [...out];
}

describe('an input code', () => {
  it('compares with the level, inclusively', () => {
    expect(counts({ kind: 'threshold', level: 128 }, [0, 127, 128, 255])).toEqual([0, 0, 1, 1]);
  });

  it('keeps the high bits as one integer around its zero point', () => {
    const code = { kind: 'integer', bits: 4, zeroPoint: 8, step: 0.5 } as const;
    const out = codedBuffer(code, 4);
    encodeCounts(code, Uint8Array.of(0, 127, 128, 255), 0, 0, out);
    expect([...out]).toEqual([-8, -1, 0, 7]);
  });

  it('keeps the high bits as a rate', () => {
    expect(counts({ kind: 'rate', bits: 2 }, [0, 63, 64, 200, 255])).toEqual([0, 0, 1, 3, 3]);
    expect(counts({ kind: 'rate', bits: 8 }, [0, 255])).toEqual([0, 255]);
  });

  it('puts the levels of a thermometer next to each other', () => {
    expect(counts({ kind: 'thermometer', levels: [50, 100, 150] }, [0, 100, 200])).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  it('spikes a bernoulli element with probability value / 256', () => {
    const code: InputCode = { kind: 'bernoulli', ticks: 255 };
    const [none, half, most] = counts(code, [0, 128, 255], 3, 42);
    expect(none).toBe(0);
    // Five standard deviations (8) of 255 fair coins.
    expect(Math.abs(half! - 127.5)).toBeLessThan(40);
    expect(most).toBeGreaterThan(245);
  });

  it('draws other bernoulli spikes for another sample or seed, and the same for the same', () => {
    const code: InputCode = { kind: 'bernoulli', ticks: 32 };
    const pixels = Array.from({ length: 64 }, () => 128);
    expect(counts(code, pixels, 1, 7)).toEqual(counts(code, pixels, 1, 7));
    expect(counts(code, pixels, 1, 7)).not.toEqual(counts(code, pixels, 2, 7));
    expect(counts(code, pixels, 1, 7)).not.toEqual(counts(code, pixels, 1, 8));
  });

  it('has as many spikes in its ticks as its count says', () => {
    const code = fc.oneof<fc.Arbitrary<InputCode>[]>(
      fc.record({ kind: fc.constant('threshold' as const), level: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ kind: fc.constant('rate' as const), bits: fc.integer({ min: 1, max: 8 }) }),
      fc.constant({ kind: 'thermometer' as const, levels: [20, 90, 200] }),
      fc.record({ kind: fc.constant('bernoulli' as const), ticks: fc.integer({ min: 1, max: 40 }) }),
    );
    const pixels = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(code, pixels, fc.nat(99), fc.nat(), (code, values, sample, seed) => {
        const expected = counts(code, values, sample, seed);
        const raster = encodeRaster(code, Uint8Array.from(values), { sample, seed });
        const counted = expected.map((_, element) => {
          let spikes = 0;
          for (let tick = 0; tick < codeMax(code); tick++) spikes += raster[tick * expected.length + element]!;
          return spikes;
        });
        expect(counted).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});
