import { describe, expect, it } from 'vitest';
import { ranc } from '../../src/chips/ranc/chip.js';
import { UserError } from '../../src/common/diagnostics.js';
import { compileTrueNorth, type TrueNorthOptions } from '../../src/compiler/targets/truenorth/compile.js';
import { verifyProgram } from '../../src/compiler/targets/truenorth/verify.js';
import { createSpikingEvaluator } from '../../src/evaluation/spiking/evaluator.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { networkFindings } from '../../src/ir/network/verify.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { createRunner } from '../../src/simulator/parallel/runner.js';
import { randomFrames, randomSpiking, type RandomSpikingOptions } from '../support/random-spiking.js';
import { FUZZ } from '../support/random-runs.js';

const ENGINES = ['reference', 'fast', 'batch'] as const;

/**
 * Totals of every class after 1, 2, ... steps, on the chip and in the integer network: equal totals after every number of steps are equal
 * spikes in every step.
 */
async function expectSpikeForSpike(
  graph: NetworkGraph,
  seed: number,
  options: Partial<TrueNorthOptions> & { readonly steps?: number } = {},
): Promise<void> {
  const { steps = 7, maxCount = 1, ...rest } = options;
  expect(networkFindings(graph)).toEqual([]);
  const { program } = compileTrueNorth(graph, { spec: TRUENORTH, ...rest, maxCount });
  expect(verifyProgram(program)).toEqual([]);
  const n = 3;
  const data = randomFrames(graph, seed, { n, steps, maxCount });
  const size = data.images.length / n / steps;
  const evaluator = createSpikingEvaluator(graph);
  const expected: number[][][] = [];
  for (let s = 0; s < n; s++) {
    evaluator.reset();
    expected.push(
      Array.from({ length: steps }, (_, t) => {
        evaluator.step(data.images.subarray((s * steps + t) * size, (s * steps + t + 1) * size));
        return [...evaluator.scores()];
      }),
    );
  }
  for (const engine of ENGINES) {
    const runner = createRunner(program, 1);
    for (let t = 1; t <= steps; t++) {
      const cut = new Uint8Array(n * t * size);
      for (let s = 0; s < n; s++) {
        cut.set(data.images.subarray(s * steps * size, (s * steps + t) * size), s * t * size);
      }
      const shape = [t, ...data.shape.slice(1)];
      const none = { ber: 0, drop: 0 };
      const run = { seed: 1, chipSeed: 1, noise: none, engine };
      const { scores, nClasses, engine: used } = await runner.run({ ...data, shape, images: cut }, run);
      expect(used).toBe(engine);
      for (let s = 0; s < n; s++) {
        expect([...scores.subarray(s * nClasses, (s + 1) * nClasses)], `${graph.name} ${engine} step ${t}`).toEqual(
          expected[s]![t - 1],
        );
      }
    }
    await runner.close();
  }
}

async function expectAll(
  count: number,
  options: RandomSpikingOptions,
  more: Partial<TrueNorthOptions> = {},
): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    const maxCount = options.maxCount ?? 1;
    await expectSpikeForSpike(randomSpiking(seed, options), seed, { maxCount, ...more });
  }
}

/** Scores of a whole sample on another chip that the same compiler serves; whether it has a form there at all. */
async function expectOnRanc(graph: NetworkGraph, seed: number): Promise<boolean> {
  const steps = 6;
  const data = randomFrames(graph, seed, { n: 2, steps, maxCount: 1 });
  let compiled: ReturnType<typeof ranc.compile>;
  try {
    compiled = ranc.compile(graph, {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const { remedy } of error.diagnostics) expect(remedy).not.toBe('');
    return false;
  }
  const evaluator = createSpikingEvaluator(graph);
  const size = data.images.length / 2 / steps;
  const expected: number[] = [];
  for (let s = 0; s < 2; s++) {
    evaluator.reset();
    for (let t = 0; t < steps; t++) {
      evaluator.step(data.images.subarray((s * steps + t) * size, (s * steps + t + 1) * size));
    }
    expected.push(...evaluator.scores());
  }
  for (const engine of ENGINES) {
    const runner = ranc.open(compiled.program, { workers: 1 });
    const { scores } = await runner.run(data, { noise: NO_NOISE, seed: 1, chipSeed: 1, engine });
    await runner.close();
    expect([...scores], `${graph.name} ${engine}`).toEqual(expected);
  }
  return true;
}

describe('random spiking networks fire the same spikes on the chip, on every engine', () => {
  it('dense layers, convolutions, sums of windows, resets, constants, delays and recurrent edges', async () => {
    await expectAll(6 * FUZZ, {});
  });

  it('counts of events on several axons', async () => {
    await expectAll(2 * FUZZ, { maxCount: 3 });
  });

  it('the same on RANC, or refused with a remedy', async () => {
    let compiled = 0;
    const runs = 4 * FUZZ;
    for (let seed = 1; seed <= runs; seed++) if (await expectOnRanc(randomSpiking(seed), seed)) compiled++;
    expect(compiled).toBeGreaterThan(runs / 3);
  });

  it('delays longer than the chip holds spikes back', async () => {
    await expectAll(2 * FUZZ, { longestDelay: 40, recurrent: true });
  });

  it('a loop whose layers ask for copies of each other in turn', async () => {
    await expectSpikeForSpike(randomSpiking(37, { longestDelay: 40, recurrent: true }), 37);
  });
});
