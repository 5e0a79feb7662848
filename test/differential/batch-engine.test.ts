import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { NO_TARGET, type TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import { createBatchEngine } from '../../src/simulator/engines/batch/engine.js';
import { createBatchImage } from '../../src/simulator/engines/batch/image.js';
import { batchSupports } from '../../src/simulator/engines/batch/support.js';
import type { EngineCounters } from '../../src/simulator/engines/contract.js';
import { createFastEngine } from '../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../src/simulator/engines/fast/image.js';
import { randomSpecs } from '../support/random-spec.js';
import { randomProgram, type RandomProgramShape } from '../../src/chips/truenorth/kit/random-program.js';

interface Case extends RandomProgramShape {
  readonly nTicks: number;
  readonly nLanes: number;
  /** Host spikes per core and tick. */
  readonly inputs: number;
  /** Small parameters only, so that neurons without memory and counters are common. */
  readonly plain: boolean;
}

/** Every lane has the potentials of a fast engine of its own in every tick, and the counters are the sums of theirs. */
function check({ nTicks, nLanes, inputs, plain, ...shape }: Case): void {
  const program = supportedProgram(shape, plain);
  const { axonsPerCore, neuronsPerCore } = program.spec;
  const lanes = Array.from({ length: nLanes }, () => createFastEngine(createFastImage(program, 1)));
  const batch = createBatchEngine(createBatchImage(program, 1));
  for (const run of [0, 1]) {
    batch.reset(nLanes);
    lanes.forEach((lane) => lane.reset({ drop: 0, seed: 1, firstSample: 0 }));
    const random = sequence(shape.seed, PURPOSE.test, 1, run);
    for (let tick = 0; tick < nTicks; tick++) {
      lanes.forEach((engine, lane) => {
        // Silence in between, sometimes in all lanes: cores must come to rest and wake up.
        const count = tick % 12 < 6 ? random.below(2 * inputs * shape.nCores + 1) : 0;
        for (let i = 0; i < count; i++) {
          const at = [random.below(shape.nCores), random.below(axonsPerCore)] as const;
          engine.inject(...at, tick);
          batch.inject(...at, lane);
        }
        engine.tick();
      });
      batch.tick();
      lanes.forEach((engine, lane) => {
        const actual = batch.potentials(lane);
        const expected = engine.potentials();
        const wrong = actual.findIndex((value, i) => program.cores.target[i] !== NO_TARGET && value !== expected[i]);
        if (wrong < 0) return;
        const place = `tick ${tick}, lane ${lane}: core ${Math.floor(wrong / neuronsPerCore)}, neuron ${wrong % neuronsPerCore}`;
        throw new Error(`${place} has potential ${actual[wrong]} instead of ${expected[wrong]}`);
      });
      const { ticks, ...expected } = lanes.map((lane) => lane.takeCounters()).reduce(addCounters);
      expect(ticks).toBe(nLanes);
      expect(batch.takeCounters(), `counters of tick ${tick}`).toEqual(expected);
    }
  }
}

function addCounters(a: EngineCounters, b: EngineCounters): EngineCounters {
  return {
    ticks: a.ticks + b.ticks,
    inputSpikes: a.inputSpikes + b.inputSpikes,
    hops: a.hops + b.hops,
    coreSpikes: a.coreSpikes.map((n, core) => n + b.coreSpikes[core]!),
    coreSynapticOperations: a.coreSynapticOperations.map((n, core) => n + b.coreSynapticOperations[core]!),
  };
}

/** A random program in the modes of the batch engine. */
function supportedProgram(shape: RandomProgramShape, plain: boolean): TrueNorthProgram {
  const program = randomProgram(shape);
  const { cores } = program;
  const random = sequence(shape.seed, PURPOSE.test, 2);
  cores.leakReversal.fill(0);
  for (let i = 0; plain && i < cores.leak.length; i++) {
    // Without memory, counting, or as it was.
    const kind = random.below(3);
    if (kind === 2) continue;
    cores.threshold[i] = 1;
    cores.negativeThreshold[i] = 0;
    cores.negativeMode[i] = 1;
    cores.resetMode[i] = kind;
    cores.resetPotential[i] = 0;
    cores.initialPotential[i] = 0;
    cores.leak[i] = kind === 1 ? 0 : random.below(60) - 50;
    const { axonTypes } = program.spec;
    for (let type = 0; type < axonTypes; type++) cores.weights[i * axonTypes + type] = random.below(3) - 1;
  }
  expect(batchSupports(program)).toBe(true);
  return program;
}

const switches = fc.record({
  positiveComparison: fc.constantFrom('atLeast' as const, 'above' as const),
  negativeComparison: fc.constantFrom('below' as const, 'atMost' as const),
});

const cases = (spec: fc.Arbitrary<RandomProgramShape['spec'] & object>): fc.Arbitrary<Case> =>
  fc.record({
    seed: fc.nat(),
    nCores: fc.integer({ min: 1, max: 4 }),
    density: fc.constantFrom(0.01, 0.05, 0.3, 0.8),
    nTicks: fc.integer({ min: 1, max: 30 }),
    nLanes: fc.constantFrom(1, 3, 9),
    inputs: fc.constantFrom(0, 1, 5, 60),
    plain: fc.boolean(),
    spec,
  });

describe('the batch engine against the fast engine', () => {
  it('has the same potentials and counters in every lane on random programs of the published chip', () => {
    fc.assert(fc.property(cases(switches), check), { numRuns: 30 });
  });

  it('has the same potentials and counters on chips of other sizes', () => {
    const sizes = fc.record({
      axonsPerCore: fc.constantFrom(1, 16, 100, 256),
      neuronsPerCore: fc.constantFrom(1, 30, 64, 250),
      axonTypes: fc.integer({ min: 1, max: 4 }),
      maxDelay: fc.constantFrom(1, 3, 15, 40),
      potentialMax: fc.constantFrom(500, 393_216),
    });
    fc.assert(fc.property(cases(sizes), check), { numRuns: 30 });
  });

  it('has the same potentials and counters on chips whose every parameter is random', () => {
    const specs = randomSpecs().map((spec) => ({
      ...spec,
      potentialMax: Math.min(spec.potentialMax, 2 ** 24 - 1),
      thresholdMax: Math.min(spec.thresholdMax, 2 ** 24 - 1),
    }));
    const large = cases(specs).map((shape) => ({
      ...shape,
      nCores: Math.min(2, shape.nCores),
      nTicks: Math.min(12, shape.nTicks),
    }));
    fc.assert(fc.property(large, check), { numRuns: 25 });
    const small = cases(
      specs.map((spec) => ({
        ...spec,
        axonsPerCore: Math.min(40, spec.axonsPerCore),
        neuronsPerCore: Math.min(40, spec.neuronsPerCore),
      })),
    );
    fc.assert(fc.property(small, check), { numRuns: 50 });
  });

  it.each([
    [256, {}],
    [1024, { axonsPerCore: 1024, neuronsPerCore: 300, axonTypes: 7 }],
  ])('counts %i active axons of one type in all 128 lanes', (nAxons, spec) => {
    const program = supportedProgram({ seed: 5, nCores: 2, density: 1, spec }, true);
    program.cores.axonType.fill(2);
    program.cores.synapses.fill(0xffffffff);
    const fast = createFastEngine(createFastImage(program, 1));
    const batch = createBatchEngine(createBatchImage(program, 1));
    batch.reset(128);
    for (let tick = 0; tick < 3; tick++) {
      for (let i = 0; i < 2 * nAxons; i++) {
        const at = [Math.floor(i / nAxons), i % nAxons] as const;
        fast.inject(...at, tick);
        for (let lane = 0; lane < 128; lane++) batch.inject(...at, lane);
      }
      fast.tick();
      batch.tick();
      const { ticks, ...one } = fast.takeCounters();
      expect(ticks).toBe(1);
      expect(batch.takeCounters()).toEqual({
        inputSpikes: one.inputSpikes * 128,
        hops: one.hops * 128,
        coreSpikes: one.coreSpikes.map((n) => n * 128),
        coreSynapticOperations: one.coreSynapticOperations.map((n) => n * 128),
      });
    }
  });

  it('refuses stochastic neurons and leak reversal, but not in neurons that drive nothing', () => {
    const program = randomProgram({ seed: 1, nCores: 2, density: 0.1 });
    program.cores.leakReversal.fill(0);
    const driving = program.cores.target.findIndex((target) => target !== NO_TARGET);
    const silent = program.cores.target.findIndex((target) => target === NO_TARGET);
    program.cores.stochastic[silent] = 31;
    expect(batchSupports(program)).toBe(true);
    program.cores.thresholdBits[driving] = 1;
    expect(batchSupports(program)).toBe(false);
    program.cores.thresholdBits[driving] = 0;
    program.cores.leakReversal[driving] = 1;
    program.cores.leak[driving] = 1;
    expect(batchSupports(program)).toBe(false);
  });
});
