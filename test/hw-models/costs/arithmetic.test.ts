import { describe, expect, it } from 'vitest';
import { bandOf } from '../../../src/common/quantity.js';
import { bitProductFj, macBitProducts } from '../../../src/hw-models/costs/arithmetic.js';
import { onTable, STILLMAKER } from '../../../src/hw-models/costs/technology.js';
import { DALLY, wireFjPerBitMm } from '../../../src/hw-models/costs/wire.js';

describe('the energy of a bit product', () => {
  // pJ in print over bit products: additions of 8 and 32 bits, multiplications likewise.
  it.each([
    [45, [0.03 / 8, 0.1 / 32, 0.2 / 64, 3.1 / 1024]],
    [7, [0.007 / 8, 0.03 / 32, 0.07 / 64, 1.48 / 1024]],
  ])('at %d nm is within a third of what every operation in print gives', (nodeNm, all) => {
    const { value } = bitProductFj(nodeNm);
    for (const pj of all) expect(Math.abs((1000 * pj) / value - 1)).toBeLessThan(1 / 3);
  });

  it('is 1.68 fJ at 12 nm, 0.5 to 1.9', () => {
    const { value, low, high, nodeNm } = bitProductFj(12);
    expect(value).toBeCloseTo(1.68, 2);
    expect(low).toBeCloseTo(0.5, 1);
    expect(high).toBeCloseTo(1.9, 1);
    expect(nodeNm).toBe(12);
  });

  it('grows with the feature size, its band with it', () => {
    let before = bitProductFj(5);
    for (const nodeNm of [8, 12, 16, 22, 28, 40]) {
      const now = bitProductFj(nodeNm);
      expect(now.value).toBeGreaterThan(before.value);
      expect(bandOf(now).low).toBeGreaterThanOrEqual(bandOf(before).low);
      expect([bandOf(now).low < now.value, now.value < bandOf(now).high]).toEqual([true, true]);
      before = now;
    }
  });
});

describe('a multiply-accumulate', () => {
  it('counts the product and the addition of twice its width and one', () => {
    expect([8, 4, 2].map((bits) => macBitProducts(bits, bits))).toEqual([81, 25, 9]);
    expect(macBitProducts(2, 8)).toBe(27);
  });
});

describe('a bit on a wire', () => {
  it('costs what is in print at the supply of the print', () => {
    expect(wireFjPerBitMm(0.8).value).toBeCloseTo(80, 10);
    expect(wireFjPerBitMm(0.7).value).toBeCloseTo(61, 0);
    // 62.5 fJ per random bit at 0.7 V (Owens 2007), 121 at 0.9 V (Keckler 2011), 24 at 0.485 V (measured).
    for (const [volts, fj] of [
      [0.7, 62.5],
      [0.9, 121],
      [0.485, 25],
    ] as const) {
      const { low, high } = bandOf(wireFjPerBitMm(volts));
      expect(low).toBeLessThan(fj);
      expect(high).toBeGreaterThanOrEqual(fj);
    }
    expect(wireFjPerBitMm(0.9).value).toBeCloseTo(DALLY.wireFjPerBitMm, -1);
  });

  it('and hop on TrueNorth is as if every bit charged the wire: 0.3 fJ per bit and um at 0.775 V', () => {
    expect((4 * wireFjPerBitMm(0.775).value) / 1000).toBeCloseTo(0.3, 2);
  });
});

describe('a table over feature sizes', () => {
  it('is met at its rows, ends with them, and is a power law between', () => {
    const at = (nm: number): number => onTable(STILLMAKER.nm, STILLMAKER.energy, nm);
    STILLMAKER.nm.forEach((nm, i) => expect(at(nm)).toBe(STILLMAKER.energy[i]));
    expect([at(3), at(90)]).toEqual([0.12, 1]);
    expect(at(Math.sqrt(45 * 32))).toBeCloseTo(Math.sqrt(0.64), 10);
    expect(onTable([1, 2, 4], [1, 4, 16], 3)).toBeCloseTo(9, 10);
  });
});
