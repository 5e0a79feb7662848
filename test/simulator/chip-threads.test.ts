import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { createReferenceEngine } from '../../src/simulator/engines/reference/engine.js';
import { createThreadedChip } from '../../src/simulator/parallel/chip-threads.js';
import { randomProgram, type RandomProgramShape } from '../../src/chips/truenorth/kit/random-program.js';

const KEY = {
  ...{ drop: 0.1, late: 0.1, seed: 77, firstSample: 3 },
  upsets: { rate0to1: 0.002, rate1to0: 0.001, protectedBits: [3] },
};

/** Potentials, pins and counters after bursts of ticks with host spikes in between are those of the reference model. */
async function check(shape: RandomProgramShape, nThreads: number): Promise<void> {
  const program = randomProgram(shape);
  const reference = createReferenceEngine({ program });
  const chip = await createThreadedChip(program, nThreads);
  try {
    for (let round = 0; round < 2; round++) {
      reference.reset(KEY);
      await chip.reset(KEY);
      const random = sequence(shape.seed, PURPOSE.test, 2, round);
      for (const burst of [1, 7, 16, 2]) {
        for (let i = 0; i < 30 * shape.nCores; i++) {
          const at = [random.below(shape.nCores), random.below(256), chip.now + random.below(16)] as const;
          reference.inject(...at);
          chip.inject(...at);
        }
        for (let tick = 0; tick < burst; tick++) reference.tick();
        await chip.run(burst);
        expect(chip.potentials()).toEqual(reference.potentials());
        expect([...chip.pinCounts()]).toEqual([...reference.pinCounts]);
        expect(chip.takeCounters()).toEqual(reference.takeCounters());
      }
    }
  } finally {
    await chip.close();
  }
}

describe('one chip on several threads', () => {
  it.each([1, 2, 3])('has the bits of the reference model (%i threads)', async (nThreads) => {
    await check({ seed: 11, nCores: 7, density: 0.3, compact: true }, nThreads);
    await check({ seed: 12, nCores: 4, density: 0.1, stochastic: 0.3 }, nThreads);
  });

  it('has the bits of one thread over many ticks', async () => {
    const program = randomProgram({ seed: 13, nCores: 40, density: 0.2, compact: true });
    const run = async (nThreads: number): Promise<Int32Array> => {
      const chip = await createThreadedChip(program, nThreads);
      try {
        await chip.run(300);
        return chip.potentials();
      } finally {
        await chip.close();
      }
    };
    expect(await run(2)).toEqual(await run(1));
  });
});
