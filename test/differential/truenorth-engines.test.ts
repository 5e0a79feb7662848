import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { potentialBits, UPSET_GROUP } from '../../src/hw-models/faults/potential-upsets.js';
import type { TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import type { Engine, RunKey } from '../../src/simulator/engines/contract.js';
import { createFastEngine } from '../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../src/simulator/engines/fast/image.js';
import { createReferenceEngine } from '../../src/simulator/engines/reference/engine.js';
import { randomSpecs } from '../support/random-spec.js';
import { randomProgram, type RandomProgramShape } from '../../src/chips/truenorth/kit/random-program.js';

interface Case extends RandomProgramShape {
  readonly nTicks: number;
  /** Host spikes per core and tick. */
  readonly inputs: number;
  readonly drop: number;
  readonly late: number;
  /** Of the largest rates: 16 potentials hit in every tick. */
  readonly upset: number;
}

/** Potentials, pins and counters are the same after every tick, in two runs from reset. */
function check({ nTicks, inputs, drop, late, upset, ...shape }: Case): void {
  const program = randomProgram(shape);
  const reference = createReferenceEngine({ program });
  const fast = createFastEngine(createFastImage(program, 1));
  for (const firstSample of [0, 3]) {
    const key: RunKey = { drop, late, seed: shape.seed, firstSample, ...upsetsOf(program, upset, shape.seed) };
    reference.reset(key);
    fast.reset(key);
    const random = sequence(shape.seed, PURPOSE.test, 1, firstSample);
    for (let tick = 0; tick < nTicks; tick++) {
      const { axonsPerCore, maxDelay } = program.spec;
      // Silence in between: cores must come to rest and wake up.
      const count = tick % 12 < 6 ? random.below(2 * inputs * shape.nCores + 1) : 0;
      for (let i = 0; i < count; i++) {
        const at = [random.below(shape.nCores), random.below(axonsPerCore), tick + random.below(maxDelay + 1)] as const;
        reference.inject(...at);
        fast.inject(...at);
      }
      reference.tick();
      fast.tick();
      expectSame(fast, reference, tick);
    }
  }
}

/** Upsets at rates of their own per direction, not in every core and not of every bit. */
function upsetsOf({ spec, cores }: TrueNorthProgram, upset: number, seed: number): Pick<RunKey, 'upsets'> {
  if (upset === 0) return {};
  const largest = 1 / (UPSET_GROUP * potentialBits(spec));
  const where = {
    protectedBits: [seed % 8],
    cores: Uint8Array.from({ length: cores.nCores }, (_, core) => +(core !== 1)),
  };
  return { upsets: { rate0to1: upset * largest, rate1to0: (upset / 3) * largest, ...where } };
}

function expectSame(fast: Engine, reference: Engine, tick: number): void {
  const actual = fast.potentials();
  const expected = reference.potentials();
  const wrong = actual.findIndex((value, i) => value !== expected[i]);
  if (wrong >= 0) {
    const amount = `${actual[wrong]} instead of ${expected[wrong]}`;
    throw new Error(`tick ${tick}: neuron ${wrong} of all has potential ${amount}`);
  }
  expect([...fast.pinCounts], `pins after tick ${tick}`).toEqual([...reference.pinCounts]);
  expect(fast.takeCounters(), `counters of tick ${tick}`).toEqual(reference.takeCounters());
}

const switches = fc.record({
  positiveComparison: fc.constantFrom('atLeast' as const, 'above' as const),
  negativeComparison: fc.constantFrom('below' as const, 'atMost' as const),
  linearReset: fc.constantFrom('thresholdAndDraw' as const, 'threshold' as const),
});

const cases = (spec: fc.Arbitrary<RandomProgramShape['spec'] & object>, stochastic = 0): fc.Arbitrary<Case> =>
  fc.record({
    seed: fc.nat(),
    nCores: fc.integer({ min: 1, max: 6 }),
    density: fc.constantFrom(0.01, 0.05, 0.3, 0.8),
    nTicks: fc.integer({ min: 1, max: 40 }),
    inputs: fc.constantFrom(0, 1, 5, 60),
    drop: fc.constantFrom(0, 0, 0, 0.2),
    late: fc.constantFrom(0, 0, 0.3, 1),
    upset: fc.constantFrom(0, 0, 0.02, 1),
    spec,
    stochastic: fc.constantFrom(...(stochastic === 0 ? [0] : [stochastic, stochastic / 8, 1])),
  });

describe('the fast engine against the reference model', () => {
  it('has the same spikes and potentials tick by tick on random programs of the published chip', () => {
    fc.assert(fc.property(cases(switches), check), { numRuns: 40 });
  });

  it('has the same spikes and potentials with 16-bit potentials, and when they grow out of them', () => {
    const compact = cases(switches).map((shape) => ({ ...shape, compact: true }));
    fc.assert(fc.property(compact, check), { numRuns: 60 });
  });

  it('has the same spikes and potentials with 16-bit potentials in cores of other sizes', () => {
    const sizes = fc.record({
      axonsPerCore: fc.constantFrom(40, 300, 1024),
      neuronsPerCore: fc.constantFrom(30, 256, 600),
      axonTypes: fc.constantFrom(2, 5, 16),
      potentialMax: fc.constantFrom(2 ** 15 - 1, 2 ** 20 - 1),
      potentialOverflow: fc.constantFrom('clamp' as const, 'wrap' as const),
    });
    const compact = cases(sizes).map((shape) => ({
      ...shape,
      compact: true,
      nCores: Math.min(3, shape.nCores),
      nTicks: Math.min(16, shape.nTicks),
    }));
    fc.assert(fc.property(compact, check), { numRuns: 40 });
  });

  it('has the same spikes and potentials tick by tick with stochastic synapses, leaks and thresholds', () => {
    fc.assert(fc.property(cases(switches, 0.5), check), { numRuns: 25 });
  });

  it('has the same spikes and potentials on chips of other sizes', () => {
    const sizes = fc.record({
      axonsPerCore: fc.constantFrom(1, 16, 100, 256),
      neuronsPerCore: fc.constantFrom(1, 30, 64, 250),
      axonTypes: fc.integer({ min: 1, max: 4 }),
      maxDelay: fc.constantFrom(1, 3, 15, 40),
      potentialMax: fc.constantFrom(500, 393_216),
    });
    fc.assert(fc.property(cases(sizes, 0.2), check), { numRuns: 40 });
  });

  it('has the same spikes and potentials on chips whose every parameter is random', () => {
    const all = cases(randomSpecs(), 0.2).map((shape) => ({
      ...shape,
      nCores: Math.min(3, shape.nCores),
      nTicks: Math.min(14, shape.nTicks),
    }));
    fc.assert(fc.property(all, check), { numRuns: 25 });
    const small = cases(randomSpecs({ maxAxons: 64, maxNeurons: 64 }), 0.2);
    fc.assert(fc.property(small, check), { numRuns: 60 });
  });

  it.each([
    [256, {}],
    [1024, { axonsPerCore: 1024, neuronsPerCore: 300, axonTypes: 7 }],
  ])('has the same spikes and potentials when all %i axons of every core are active in every tick', (nAxons, spec) => {
    const program = randomProgram({ seed: 5, nCores: 2, density: 1, spec });
    program.cores.axonType.fill(2);
    program.cores.synapses.fill(0xffffffff);
    const reference = createReferenceEngine({ program });
    const fast = createFastEngine(createFastImage(program, 1));
    for (let tick = 0; tick < 3; tick++) {
      for (let axon = 0; axon < nAxons; axon++) {
        for (const engine of [reference, fast]) {
          engine.inject(0, axon, tick);
          engine.inject(1, axon, tick);
        }
      }
      reference.tick();
      fast.tick();
      expectSame(fast, reference, tick);
    }
  });
});
