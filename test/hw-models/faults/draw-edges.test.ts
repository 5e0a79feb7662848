import { describe, expect, it } from 'vitest';
import { draw, draw4, PURPOSE } from '../../../src/common/rng.js';
import { faultSynapses } from '../../../src/hw-models/faults/bit-errors.js';
import { withCrossbarFaults, withNeuronFaults } from '../../../src/hw-models/faults/core-faults.js';
import { upsetPotentials } from '../../../src/hw-models/faults/potential-upsets.js';
import { isDropped, isLate } from '../../../src/hw-models/faults/spike-drop.js';
import { drawDeadCores } from '../../../src/hw-models/truenorth/board-faults.js';
import { drawDownFabric } from '../../../src/hw-models/truenorth/fabric-faults.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NO_TARGET } from '../../../src/ir/program/truenorth.js';
import { emptyCores, programOf } from '../../../src/chips/truenorth/kit/program-builder.js';

const SEED = 2 ** 41 + 17;
const WORDS = 2 ** 32;

/** What `at` says at the largest rate at which a draw of `word` is no event, and at the smallest at which it is one. */
const around = <T>(word: number, at: (rate: number) => T): readonly [T, T] => [
  at(word / WORDS),
  at((word + 1) / WORDS),
];
/** The four words of a draw. */
const drawn = (...[purpose, a, b, c]: [Parameters<typeof draw>[1], number, number, number]): Uint32Array => {
  const words = new Uint32Array(4);
  draw4(SEED, purpose, a, b, c, words);
  return words;
};

describe('an event of probability p happens if its word of the draw is below p 2^32, and not at it', () => {
  it('a spike is lost by word 0 and late by word 1 of the draw (place, tick, first sample)', () => {
    for (const [place, tick] of [
      [0, 0],
      [3 * 256 + 9, 41],
    ] as const) {
      const [lost, late] = drawn(PURPOSE.spikeDrop, place, tick, 6);
      const run = { seed: SEED, firstSample: 6 };
      const isLost = (probability: number) => isDropped({ ...run, probability, late: 0 }, place, tick);
      expect(around(lost!, isLost)).toEqual([false, true]);
      expect(around(late!, (rate) => isLate({ ...run, probability: 0, late: rate }, place, tick))).toEqual([
        false,
        true,
      ]);
    }
  });

  it('a core is down by the draw of its place, a chip by that of its column and row, a link by the word of its port', () => {
    const grid = { ...TRUENORTH, gridWidth: 6, gridHeight: 4, chipWidth: 3, chipHeight: 2 };
    for (const [x, y] of [
      [0, 0],
      [4, 1],
      [5, 3],
    ] as const) {
      const word = draw(SEED, PURPOSE.deadCore, x, y, 0);
      const isDead = (rate: number) => drawDeadCores(grid, rate, SEED).some((core) => core[0] === x && core[1] === y);
      expect(around(word, isDead)).toEqual([false, true]);
      const flags = (rates: object) =>
        drawDownFabric(grid, { cores: 0, links: 0, chips: 0, ...rates }, SEED).down[y * 6 + x]!;
      drawn(PURPOSE.downLink, x, y, 0).forEach((link, port) => {
        expect(around(link, (links) => (flags({ links }) >> port) & 1)).toEqual([0, 1]);
      });
      const chip = draw(SEED, PURPOSE.downChip, Math.floor(x / 3), Math.floor(y / 2), 0);
      expect(around(chip, (chips) => flags({ chips }))).toEqual([0, 16]);
    }
  });

  it('a crossbar bit flips by its word of the draw (core, axon, neuron / 4)', () => {
    const spec = { ...TRUENORTH, axonsPerCore: 5, neuronsPerCore: 38 };
    const program = programOf(emptyCores(2, spec), { spec });
    for (const [core, axon, neuron] of [
      [0, 0, 0],
      [1, 4, 37],
      [1, 2, 31],
      [0, 3, 32],
    ] as const) {
      const word = drawn(PURPOSE.synapseBitError, core, axon, Math.floor(neuron / 4))[neuron % 4]!;
      const bit = (synapses: Uint32Array) =>
        (synapses[(core * 5 + axon) * 2 + Math.floor(neuron / 32)]! >>> (neuron % 32)) & 1;
      expect(around(word, (ber) => bit(faultSynapses(program, { ber, chipSeed: SEED })))).toEqual([0, 1]);
      const quiet = { flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: SEED };
      const flipping = (flip0to1: number) => bit(withCrossbarFaults(program, { ...quiet, flip0to1 }).cores.synapses);
      expect(around(word, flipping)).toEqual([0, 1]);
      // Those stuck at 1 are the largest words.
      const stuck = WORDS - 1 - drawn(PURPOSE.synapseStuckBit, core, axon, Math.floor(neuron / 4))[neuron % 4]!;
      expect(
        around(stuck, (stuckAt1) => bit(withCrossbarFaults(program, { ...quiet, stuckAt1 }).cores.synapses)),
      ).toEqual([0, 1]);
    }
    // Nothing beyond the last neuron of a row.
    const all = faultSynapses(program, { ber: 1, chipSeed: SEED });
    expect(all).toEqual(Uint32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0xffffffff : 63)));
  });

  it('a neuron is dead by the smallest words of its draw and saturated by the largest', () => {
    const spec = { ...TRUENORTH, neuronsPerCore: 10 };
    const cores = emptyCores(2, spec);
    cores.target.fill(0);
    const program = programOf(cores, { spec });
    for (const [core, neuron] of [
      [0, 0],
      [1, 9],
    ] as const) {
      const word = draw(SEED, PURPOSE.neuronFault, core, neuron, 0);
      const of = (rates: object) =>
        withNeuronFaults(program, { dead: 0, saturated: 0, chipSeed: SEED, ...rates }).cores;
      const at = core * 10 + neuron;
      expect(around(word, (dead) => of({ dead }).target[at])).toEqual([0, NO_TARGET]);
      expect(around(WORDS - 1 - word, (saturated) => of({ saturated }).leak[at])).toEqual([0, 1]);
    }
  });

  it('a group of 16 potentials is hit by its word at 16 times the bits of a potential', () => {
    // 16 bits: groups of 256 bits.
    const spec = { potentialMax: 2 ** 15 - 1, neuronsPerCore: 300 };
    const key = { seed: SEED, firstSample: 3 };
    // A core of 300 neurons takes up 512, 32 groups.
    for (const [core, group] of [
      [0, 1],
      [2, 18],
    ] as const) {
      const first = core * 32 + group;
      const word = drawn(PURPOSE.potentialUpset, Math.floor(first / 4), 11, 3)[first % 4]!;
      const hits = (rate0to1: number, rate1to0: number) => {
        const potentials = new Int32Array(300);
        upsetPotentials(potentials, { rate0to1, rate1to0, protectedBits: [] }, spec, key, core, 11);
        return potentials.subarray(group * 16, group * 16 + 16).filter((v) => v !== 0).length;
      };
      // The last group has 12 neurons: it can be hit beyond them.
      const inside = group < 18 || draw(SEED, PURPOSE.potentialUpsetBit, first, 11, 3) < 0.75 * WORDS ? 1 : 0;
      expect(around(word, (p) => hits(p / 256, 0))).toEqual([0, inside]);
      // All bits are 0: the other direction alone flips nothing, and does not keep this one from it.
      expect(around(word, (p) => hits(p / 256, 1 / 256))).toEqual([0, inside]);
      expect(hits(0, 1 / 256)).toBe(0);
    }
  });
});
