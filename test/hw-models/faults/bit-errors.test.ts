import { describe, expect, it } from 'vitest';
import { faultSynapses } from '../../../src/hw-models/faults/bit-errors.js';
import { isDropped } from '../../../src/hw-models/faults/spike-drop.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { createFastImage, loadFaultyCrossbars, transposeRows } from '../../../src/simulator/engines/fast/image.js';
import { emptyCores, programOf } from '../../../src/chips/truenorth/kit/program-builder.js';
import { randomProgram } from '../../../src/chips/truenorth/kit/random-program.js';

/** The flipped bits of a chip, as words. */
function flips(program: TrueNorthProgram, ber: number, chipSeed: number): Uint32Array {
  return faultSynapses(program, { ber, chipSeed }).map((word, i) => word ^ program.cores.synapses[i]!);
}

function countBits(words: Uint32Array): number {
  let count = 0;
  for (const word of words) for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

describe('crossbar bit errors', () => {
  const program = randomProgram({ seed: 3, nCores: 2, density: 0.3 });

  it('flip every bit with the given probability, used or not', () => {
    const bits = 2 * 65_536;
    for (const ber of [0.001, 0.1, 0.5]) {
      const deviation = Math.sqrt(bits * ber * (1 - ber));
      expect(Math.abs(countBits(flips(program, ber, 7)) - bits * ber)).toBeLessThan(5 * deviation);
    }
    expect(countBits(flips(programOf(emptyCores(1)), 1, 7))).toBe(65_536);
  });

  it('are nested: the flips at a lower rate are a subset', () => {
    const low = flips(program, 0.01, 11);
    const high = flips(program, 0.05, 11);
    expect(countBits(low)).toBeGreaterThan(500);
    expect(low.every((word, i) => (word & ~high[i]!) === 0)).toBe(true);
  });

  it('differ from chip to chip and leave the program alone', () => {
    const before = program.cores.synapses.slice();
    const [one, two] = [1, 2].map((chipSeed) => flips(program, 0.02, chipSeed));
    expect(one).not.toEqual(two);
    expect(flips(program, 0.02, 1)).toEqual(one);
    expect(flips(program, 0, 1).every((word) => word === 0)).toBe(true);
    expect(program.cores.synapses).toEqual(before);
  });

  it.each([
    ['the published chip', {}],
    ['a chip of 100 axons and 45 neurons', { axonsPerCore: 100, neuronsPerCore: 45 }],
  ])('are the same bits in the memory of the fast engine (%s)', (_, spec) => {
    const small = randomProgram({ seed: 4, nCores: 2, density: 0.3, spec });
    const { axonsPerCore, neuronsPerCore } = { ...TRUENORTH, ...spec };
    const words = Math.ceil(neuronsPerCore / 32);
    const image = createFastImage(small, 1);
    const chip = { ber: 0.03, chipSeed: 2 ** 45 + 9 };
    loadFaultyCrossbars(image, small, chip);
    transposeRows(image.memory, image.layout.rows, 2 * 256);
    const rows = new Uint32Array(image.memory.buffer, image.layout.rows, 2 * 256 * 8);
    const stored = faultSynapses(small, chip).map((__, i) => {
      const axon = Math.floor(i / words);
      return rows[(Math.floor(axon / axonsPerCore) * 256 + (axon % axonsPerCore)) * 8 + (i % words)]!;
    });
    expect(stored).toEqual(faultSynapses(small, chip));
    expect(countBits(rows)).toBe(countBits(stored));
  });
});

describe('spike drops', () => {
  const drops = (probability: number, firstSample = 0): boolean[] =>
    Array.from({ length: 20_000 }, (_, i) =>
      isDropped({ probability, late: 0, seed: 5, firstSample }, (i % 7) * 256 + (i % 256), Math.floor(i / 256)),
    );

  it('lose spikes with the given probability, nested', () => {
    const low = drops(0.1);
    const high = drops(0.3);
    expect(low.filter(Boolean).length / 20_000).toBeCloseTo(0.1, 1);
    expect(high.filter(Boolean).length / 20_000).toBeCloseTo(0.3, 1);
    expect(low.every((lost, i) => !lost || high[i]!)).toBe(true);
  });

  it('differ from run to run', () => {
    expect(drops(0.1, 25)).not.toEqual(drops(0.1));
  });
});
