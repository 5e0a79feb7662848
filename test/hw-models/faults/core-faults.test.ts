import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { faultSynapses } from '../../../src/hw-models/faults/bit-errors.js';
import { type NeuronFaults, withCrossbarFaults, withNeuronFaults } from '../../../src/hw-models/faults/core-faults.js';
import { withDeviations } from '../../../src/hw-models/faults/parameter-deviations.js';
import type { StoredBitFaults } from '../../../src/hw-models/faults/stored-bits.js';
import { withDestinationFaults, withThresholdFaults } from '../../../src/hw-models/faults/stored-words.js';
import { NO_TARGET, type TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import type { Engine } from '../../../src/simulator/engines/contract.js';
import { readCrossbars } from '../../../src/simulator/engines/fast/crossbar-faults.js';
import { createFastEngine } from '../../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../../src/simulator/engines/fast/image.js';
import { createReferenceEngine } from '../../../src/simulator/engines/reference/engine.js';
import { emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';
import { randomProgram } from '../../../src/chips/truenorth/kit/random-program.js';

const QUIET: StoredBitFaults = {
  ...{ flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: 11 },
};
const HEALTHY: NeuronFaults = { dead: 0, saturated: 0, chipSeed: 11 };

const countBits = (words: Uint32Array): number => {
  let count = 0;
  for (const word of words) for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
};

function expectBinomial(found: number, trials: number, p: number): void {
  expect(Math.abs(found - trials * p)).toBeLessThan(5 * Math.sqrt(trials * p * (1 - p)));
}

describe('faulty crossbar bits', () => {
  const program = randomProgram({ seed: 3, nCores: 2, density: 0.3 });
  const { synapses } = program.cores;
  const read = (faults: Partial<StoredBitFaults>, of = program): Uint32Array =>
    withCrossbarFaults(of, { ...QUIET, ...faults }).cores.synapses;

  it('flip as the kernels of the engines flip them, where both directions have one rate', () => {
    for (const ber of [0.001, 0.05]) {
      expect(read({ flip0to1: ber, flip1to0: ber })).toEqual(faultSynapses(program, { ber, chipSeed: 11 }));
    }
    expect(withCrossbarFaults(program, QUIET)).toBe(program);
  });

  it('are read by a kernel as the definition says, on any size of core', () => {
    const rates = [
      { flip0to1: 0.02, flip1to0: 0.02 },
      { flip0to1: 0.3 },
      { flip1to0: 0.2, stuckAt1: 0.1 },
      { stuckAt0: 0.5, stuckAt1: 0.5 },
    ];
    for (const spec of [{}, { axonsPerCore: 101, neuronsPerCore: 45 }, { axonsPerCore: 1, neuronsPerCore: 200 }]) {
      const of = randomProgram({ seed: 4, nCores: 2, density: 0.3, spec });
      for (const faults of [
        ...rates,
        { flip0to1: 0.4, flip1to0: 0.1, stuckAt0: 0.2, cores: Uint8Array.from([0, 1]) },
      ]) {
        const all = { ...QUIET, ...faults };
        expect(readCrossbars(of, all).cores.synapses).toEqual(withCrossbarFaults(of, all).cores.synapses);
      }
    }
    expect(readCrossbars(program, QUIET)).toBe(program);
  });

  it('flip in one direction where they hold the value', () => {
    const both = read({ flip0to1: 0.05, flip1to0: 0.05 });
    expect(read({ flip0to1: 0.05 })).toEqual(synapses.map((word, i) => word | both[i]!));
    expect(read({ flip1to0: 0.05 })).toEqual(synapses.map((word, i) => word & both[i]!));
  });

  it.each([{}, { axonsPerCore: 100, neuronsPerCore: 45 }])('are stuck in the given fractions, nested (%o)', (spec) => {
    const small = randomProgram({ seed: 4, nCores: 2, density: 0.3, spec });
    const bits = 2 * small.spec.axonsPerCore * small.spec.neuronsPerCore;
    const full = read({ stuckAt1: 1 }, small);
    expect(countBits(full)).toBe(bits);
    const filled = { ...small, cores: { ...small.cores, synapses: full } };
    const empty = { ...small, cores: { ...small.cores, synapses: new Uint32Array(full.length) } };
    expectBinomial(bits - countBits(read({ stuckAt0: 0.02 }, filled)), bits, 0.02);
    const [few, many] = [read({ stuckAt1: 0.01 }, empty), read({ stuckAt1: 0.05 }, empty)];
    expectBinomial(countBits(few), bits, 0.01);
    expectBinomial(countBits(many), bits, 0.05);
    expect(few.every((word, i) => (word & ~many[i]!) === 0)).toBe(true);
    // All that is not stuck at 0 flips to 1.
    expect(countBits(read({ stuckAt0: 0.02, flip0to1: 1 }, empty))).toBe(countBits(read({ stuckAt0: 0.02 }, filled)));
  });
});

describe('faulty neurons', () => {
  const program = randomProgram({ seed: 5, nCores: 8, density: 0.1, spec: {} });
  const N = 8 * 256;
  const indices = (faults: Partial<NeuronFaults>, is: (cores: TrueNorthProgram['cores'], i: number) => boolean) => {
    const { cores } = withNeuronFaults(program, { ...HEALTHY, ...faults });
    return new Set([...Array(N).keys()].filter((i) => is(cores, i)));
  };
  const withTargets = { ...program, cores: { ...program.cores, target: new Int32Array(N) } };
  const deadAt = (dead: number): Set<number> => {
    const { target } = withNeuronFaults(withTargets, { ...HEALTHY, dead }).cores;
    return new Set([...target.keys()].filter((i) => target[i] === NO_TARGET));
  };
  const saturatedAt = (saturated: number): Set<number> =>
    indices({ saturated }, ({ leak, threshold, weights }, i) =>
      [leak[i] === 1, threshold[i] === 0, weights.subarray(i * 4, i * 4 + 4).every((w) => w === 0)].every(Boolean),
    );

  it('are dead or saturated in the given fractions, nested and never both', () => {
    for (const at of [deadAt, saturatedAt]) {
      const [few, many] = [at(0.02), at(0.2)];
      expectBinomial(few.size, N, 0.02);
      expectBinomial(many.size, N, 0.2);
      expect([...few].every((i) => many.has(i))).toBe(true);
    }
    expect([...deadAt(0.5)].some((i) => saturatedAt(0.5).has(i))).toBe(false);
    expect(deadAt(0.5).size + saturatedAt(0.5).size).toBe(N);
  });

  it('fire in every tick or never, whatever comes in', () => {
    const cores = emptyCores(2);
    for (let neuron = 0; neuron < 256; neuron++) {
      const to = { core: 1, axon: neuron };
      setNeuron(cores, 0, neuron, { weights: [-5, 0, 0, 0], leak: -2, threshold: 7, initialPotential: -20, to });
      cores.synapses[(neuron >>> 5) + 8 * neuron]! |= 1 << (neuron & 31);
    }
    const spec = { positiveComparison: 'above', negativeComparison: 'atMost' } as const;
    for (const healthy of [programOf(cores), programOf(cores, { spec: { ...programOf(cores).spec, ...spec } })]) {
      for (const [faults, spikes] of [
        [{ saturated: 1 }, 256],
        [{ dead: 1 }, 0],
      ] as const) {
        const faulty = withNeuronFaults(healthy, { ...HEALTHY, ...faults });
        const engines: Engine[] = [
          createReferenceEngine({ program: faulty }),
          createFastEngine(createFastImage(faulty, 1)),
        ];
        for (const engine of engines) {
          engine.reset({ drop: 0, seed: 1, firstSample: 0 });
          for (let tick = 0; tick < 20; tick++) {
            for (let axon = 0; axon < 256; axon += 3) engine.inject(0, axon, tick);
            engine.tick();
            expect(engine.takeCounters().coreSpikes[0], `tick ${tick}`).toBe(spikes);
          }
        }
      }
    }
  });

  it('differ from chip to chip and leave the program alone', () => {
    const faults = { dead: 0.1, saturated: 0.1 };
    const before = structuredClone(program.cores);
    const [one, again, two] = [1, 1, 2].map((chipSeed) => withNeuronFaults(program, { ...faults, chipSeed }).cores);
    expect(one).toEqual(again);
    expect(one!.threshold).not.toEqual(two!.threshold);
    expect(one!.target).not.toEqual(two!.target);
    expect(program.cores).toEqual(before);
    expect(withNeuronFaults(program, HEALTHY)).toBe(program);
  });

  it('are those of the cores at risk only, as on a chip that is faulty everywhere', () => {
    const faults = { dead: 0.2, saturated: 0.2, chipSeed: 3 };
    const everywhere = withNeuronFaults(program, faults).cores;
    const cores = Uint8Array.from([0, 0, 1, 0, 0, 1, 0, 0]);
    const limited = withNeuronFaults(program, { ...faults, cores }).cores;
    for (let core = 0; core < 8; core++) {
      const expected = cores[core] === 1 ? everywhere : program.cores;
      for (const field of ['target', 'threshold', 'leak'] as const) {
        const of = (from: TrueNorthProgram['cores']) => from[field].slice(core * 256, core * 256 + 256);
        expect(of(limited), `${field} of core ${core}`).toEqual(of(expected));
      }
    }
  });
});

describe('a chip with all faults', () => {
  it('is the same on the reference model and the fast engine, tick by tick', () => {
    for (const seed of [1, 2, 3]) {
      const healthy = randomProgram({
        seed,
        nCores: 3,
        density: 0.1,
        compact: seed > 1,
        stochastic: seed === 3 ? 0.2 : 0,
      });
      const bits = { ...QUIET, flip0to1: 0.002, flip1to0: 0.1, stuckAt0: 0.01, stuckAt1: 0.002 };
      const neurons = { dead: 0.1, saturated: 0.05, chipSeed: seed };
      const spread = { thresholdMismatch: 0.3, leakMismatch: 0.4, programmingError: 0.1, chipSeed: seed };
      const stored = withDestinationFaults(withThresholdFaults(withDeviations(healthy, spread), bits), bits);
      const program = withNeuronFaults(withCrossbarFaults(stored, bits), neurons);
      const engines = [createReferenceEngine({ program }), createFastEngine(createFastImage(program, 1))] as const;
      for (const engine of engines) engine.reset({ drop: 0, seed, firstSample: 0 });
      const random = sequence(seed, PURPOSE.test, 91);
      let spikes = 0;
      for (let tick = 0; tick < 30; tick++) {
        for (let i = 0; i < 60; i++) {
          const at = [random.below(3), random.below(256), tick + random.below(15)] as const;
          for (const engine of engines) engine.inject(...at);
        }
        for (const engine of engines) engine.tick();
        const [expected, found] = engines.map((engine) => engine.takeCounters());
        expect(found, `seed ${seed}, tick ${tick}`).toEqual(expected);
        expect(engines[1].potentials()).toEqual(engines[0].potentials());
        spikes += found!.coreSpikes.reduce((sum, n) => sum + n, 0);
      }
      expect(spikes).toBeGreaterThan(1000);
    }
  });
});
