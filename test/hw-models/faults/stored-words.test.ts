import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import {
  destinationLayout,
  type StoredWordFaults,
  withDestinationFaults,
  withThresholdFaults,
} from '../../../src/hw-models/faults/stored-words.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NO_TARGET, type TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';
import { randomProgram } from '../../../src/chips/truenorth/kit/random-program.js';

const QUIET: StoredWordFaults = {
  ...{ flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: 11 },
};
/** All positions below `end` but those listed. */
const allBut = (end: number, ...positions: number[]): number[] =>
  Array.from({ length: end }, (_, bit) => bit).filter((bit) => !positions.includes(bit));

describe('faulty bits of thresholds', () => {
  const program = randomProgram({ seed: 3, nCores: 2, density: 0.1 });
  const read = (faults: Partial<StoredWordFaults>, of = program) =>
    withThresholdFaults(of, { ...QUIET, ...faults }).cores;

  it('are bits of 18-bit words, of both thresholds', () => {
    const flipped = read({ flip0to1: 1, flip1to0: 1 });
    expect(flipped.threshold).toEqual(program.cores.threshold.map((alpha) => 262_143 - alpha));
    expect(flipped.negativeThreshold).toEqual(program.cores.negativeThreshold.map((beta) => 262_143 - beta));
    const second = read({ flip0to1: 1, flip1to0: 1, protectedBits: allBut(18, 1) });
    expect(second.threshold).toEqual(program.cores.threshold.map((alpha) => alpha ^ 2));
    expect(read({ stuckAt1: 1 }).threshold.every((alpha) => alpha === 262_143)).toBe(true);
    expect(read({ stuckAt0: 1, protectedBits: [17] }).negativeThreshold).toEqual(
      program.cores.negativeThreshold.map((beta) => beta & 131_072),
    );
  });

  it('flip by the draw of their place, nested', () => {
    const words = new Uint32Array(4);
    draw4(11, PURPOSE.thresholdBitFlip, 1, 7, 8 + 2, words);
    const i = 256 + 7;
    const expected = [8, 9, 10, 11].reduce((beta, bit, k) => (words[k]! < 0.3 * 2 ** 32 ? beta ^ (1 << bit) : beta), 0);
    const { negativeThreshold } = read({ flip0to1: 0.3, flip1to0: 0.3, protectedBits: allBut(18, 8, 9, 10, 11) });
    expect(negativeThreshold[i]! ^ program.cores.negativeThreshold[i]!).toBe(expected);
    const at = (rate: number) =>
      read({ flip0to1: rate, flip1to0: rate }).threshold.map((a, n) => a ^ program.cores.threshold[n]!);
    const [few, many] = [at(0.01), at(0.1)];
    expect(few.every((bits, n) => (bits & ~many[n]!) === 0)).toBe(true);
    const count = few.reduce((sum, bits) => sum + [...bits.toString(2)].filter((b) => b === '1').length, 0);
    expect(Math.abs(count - 512 * 18 * 0.01)).toBeLessThan(5 * Math.sqrt(92));
  });

  it('are in the cores at risk only; without faults the program is the same object', () => {
    const { threshold } = read({ stuckAt1: 1, cores: Uint8Array.from([0, 1]) });
    expect(threshold.subarray(0, 256)).toEqual(program.cores.threshold.subarray(0, 256));
    expect(threshold.subarray(256).every((alpha) => alpha === 262_143)).toBe(true);
    expect(withThresholdFaults(program, QUIET)).toBe(program);
  });
});

describe('faulty bits of destinations', () => {
  /** Core 0 at (5, 3), 1 at (6, 3), 2 at (5, 7), 3 at (4, 3), 4 at (5 - 8, ...) is off the grid. Neuron 0 of core 0 drives core 1. */
  function fourCores(): TrueNorthProgram {
    const cores = emptyCores(4);
    cores.x.set([5, 6, 5, 4]);
    cores.y.set([3, 3, 7, 3]);
    setNeuron(cores, 0, 0, { to: { core: 1, axon: 9 }, delay: 2 });
    setNeuron(cores, 0, 1, { to: { pin: 0 } });
    return programOf(cores, { pinClass: [0] });
  }
  /** Where neuron 0 of core 0 sends when exactly the bits at these positions flip. */
  const route = (...positions: number[]): readonly number[] | 'lost' => {
    const faults = { ...QUIET, flip0to1: 1, flip1to0: 1, protectedBits: allBut(30, ...positions) };
    const { target, targetAxon, delay } = withDestinationFaults(fourCores(), faults).cores;
    expect(target[1]).toBe(fourCores().cores.target[1]);
    expect(target.subarray(2).every((to) => to === NO_TARGET)).toBe(true);
    return target[0] === NO_TARGET ? 'lost' : [target[0]!, targetAxon[0]!, delay[0]!];
  };

  it('are delay, axon, dy and dx, from bit 0 on', () => {
    expect(destinationLayout(TRUENORTH)).toEqual({ delay: 4, axon: 8, hop: 9 });
    expect(route()).toEqual([1, 9, 2]);
    expect(route(0)).toEqual([1, 9, 3]);
    expect(route(3)).toEqual([1, 9, 10]);
    expect(route(4)).toEqual([1, 8, 2]);
    expect(route(11)).toEqual([1, 9 + 128, 2]);
    // dx 1 -> 0 and dy 0 -> 4: core 2.
    expect(route(14, 21)).toEqual([2, 9, 2]);
    // dx 1 -> -1: all bits above the lowest.
    expect(route(22, 23, 24, 25, 26, 27, 28, 29)).toEqual([3, 9, 2]);
    // dx 0, dy 0: the core itself.
    expect(route(21)).toEqual([0, 9, 2]);
  });

  it('leave the longest delay and the last axon of the chip alone', () => {
    const cores = emptyCores(2);
    setNeuron(cores, 0, 0, { to: { core: 1, axon: 255 }, delay: 15 });
    const program = programOf(cores);
    // Only the lowest bit of dy may flip, from 0 to 1 with a probability of next to nothing.
    const faults = { ...QUIET, flip0to1: 1e-12, protectedBits: allBut(30, 12) };
    const { target, targetAxon, delay } = withDestinationFaults(program, faults).cores;
    expect([target[0], targetAxon[0], delay[0]]).toEqual([1, 255, 15]);
  });

  it('lose the spike at delay 0, off the grid and where there is no core', () => {
    expect(route(1)).toBe('lost');
    expect(route(20)).toBe('lost');
    expect(route(29)).toBe('lost');
    expect(route(22)).toBe('lost');
  });

  it('lose the spike at axons and delays that a smaller chip does not have', () => {
    const small = randomProgram({ seed: 2, nCores: 2, density: 0.1, spec: { axonsPerCore: 200, maxDelay: 9 } });
    const faults = { ...QUIET, flip0to1: 0.2, flip1to0: 0.2 };
    const { target, targetAxon, delay } = withDestinationFaults(small, faults).cores;
    const alive = [...target.keys()].filter((i) => target[i]! >= 0);
    expect(alive.length).toBeGreaterThan(0);
    expect(alive.every((i) => targetAxon[i]! < 200 && delay[i]! >= 1 && delay[i]! <= 9)).toBe(true);
  });

  it('are nested: what a lower rate changes, a higher one changes too', () => {
    const program = randomProgram({ seed: 3, nCores: 6, density: 0.1 });
    const changed = (rate: number): Set<number> => {
      const { target, targetAxon, delay } = withDestinationFaults(program, {
        ...QUIET,
        flip0to1: rate,
        flip1to0: rate,
      }).cores;
      const { cores } = program;
      const differs = (i: number) =>
        target[i] !== cores.target[i] || targetAxon[i] !== cores.targetAxon[i] || delay[i] !== cores.delay[i];
      return new Set([...target.keys()].filter(differs));
    };
    const [few, many] = [changed(0.002), changed(0.05)];
    expect(few.size).toBeGreaterThan(20);
    expect([...few].every((i) => many.has(i))).toBe(true);
    expect(withDestinationFaults(program, QUIET)).toBe(program);
  });
});
