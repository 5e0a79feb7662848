import { describe, expect, it } from 'vitest';
import { draw, draw4, PURPOSE } from '../../../src/common/rng.js';
import {
  type PotentialUpsets,
  potentialBits,
  upsetPotentials,
} from '../../../src/hw-models/faults/potential-upsets.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';

const KEY = { seed: 7, firstSample: 40 };
const MOST = 1 / 320;
const both = (rate: number): PotentialUpsets => ({ rate0to1: rate, rate1to0: rate, protectedBits: [] });

/** The bits that differ after tick `tick`, [256] masks; potentials start at `value`. */
function flips(upsets: PotentialUpsets, tick: number, value = 0, core = 2): number[] {
  const potentials = new Int32Array(256).fill(value);
  upsetPotentials(potentials, upsets, TRUENORTH, KEY, core, tick);
  return Array.from(potentials, (after) => (after ^ value) & 0xfffff);
}

const ticks = Array.from({ length: 60 }, (_, tick) => tick);
const count = (masks: readonly number[]): number => masks.filter((mask) => mask !== 0).length;

describe('upsets of potentials', () => {
  it('flip one bit of the 20 of one of 16 neurons, as the two draws of the group say', () => {
    expect(potentialBits(TRUENORTH)).toBe(20);
    const words = new Uint32Array(4);
    for (const tick of ticks.slice(0, 10)) {
      const masks = flips(both(MOST / 4), tick);
      for (let group = 0; group < 16; group++) {
        draw4(7, PURPOSE.potentialUpset, 8 + (group >> 2), tick, 40, words);
        const expected = new Array<number>(16).fill(0);
        if (words[group & 3]! < 2 ** 30) {
          const index = Math.floor((draw(7, PURPOSE.potentialUpsetBit, 32 + group, tick, 40) / 2 ** 32) * 320);
          expected[Math.floor(index / 20)] = 1 << (index % 20);
        }
        expect(masks.slice(group * 16, group * 16 + 16)).toEqual(expected);
      }
    }
  });

  it('have the rate per bit and tick that is asked for, at every position', () => {
    const masks = ticks.flatMap((tick) => flips(both(MOST / 2), tick));
    const bits = 60 * 256 * 20;
    expect(Math.abs(count(masks) - (bits * MOST) / 2)).toBeLessThan(5 * Math.sqrt((bits * MOST) / 2));
    for (let bit = 0; bit < 20; bit++) {
      const expected = (bits / 20) * (MOST / 2);
      expect(Math.abs(masks.filter((mask) => mask === 1 << bit).length - expected)).toBeLessThan(
        5 * Math.sqrt(expected),
      );
    }
    expect(ticks.every((tick) => count(flips(both(MOST), tick)) === 16)).toBe(true);
    expect(ticks.every((tick) => count(flips(both(0), tick)) === 0)).toBe(true);
  });

  it('are nested in the rate, and those of a direction are those of both where the bit holds the value', () => {
    for (const tick of ticks) {
      for (const value of [0x5a5a5, -3]) {
        const [few, many] = [flips(both(MOST / 9), tick, value), flips(both(MOST / 3), tick, value)];
        expect(few.every((mask, i) => mask === 0 || mask === many[i])).toBe(true);
        const up = flips({ rate0to1: MOST / 3, rate1to0: 0, protectedBits: [] }, tick, value);
        expect(up).toEqual(many.map((mask) => mask & ~value));
        const down = flips({ rate0to1: 0, rate1to0: MOST / 3, protectedBits: [] }, tick, value);
        expect(down).toEqual(many.map((mask) => mask & value));
      }
    }
  });

  it('flip the sign: bit 19 is worth -524,288', () => {
    const seen = new Set<number>();
    for (const tick of ticks) {
      const potentials = new Int32Array(256).fill(5);
      upsetPotentials(potentials, both(MOST), TRUENORTH, KEY, 0, tick);
      for (const potential of potentials) seen.add(potential);
    }
    expect(seen.has(5 - 524_288)).toBe(true);
    expect([...seen].every((v) => v >= -524_288 && v < 524_288)).toBe(true);
  });

  it('leave protected bits and other cores alone', () => {
    const safe = { ...both(MOST), protectedBits: [19, 0] };
    for (const tick of ticks) {
      const all = flips(both(MOST), tick);
      expect(flips(safe, tick)).toEqual(all.map((mask) => mask & 0x7fffe));
      expect(count(flips({ ...both(MOST), cores: Uint8Array.from([1, 1, 0]) }, tick))).toBe(0);
      expect(flips({ ...both(MOST), cores: Uint8Array.from([0, 0, 1]) }, tick)).toEqual(all);
    }
  });
});
