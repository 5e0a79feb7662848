/** Networks on RANC: the class scores of the integer network on RANC's own model and on the fast engines, spike by spike the same. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { loadExample } from '../../../examples/networks.js';
import { ranc } from '../../../src/chips/ranc/chip.js';
import { type RancProgram, rancSpecOf } from '../../../src/chips/ranc/program.js';
import { trueNorthOf } from '../../../src/chips/ranc/truenorth.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { loadDataset } from '../../../src/data/index.js';
import { sweepNoise } from '../../../src/experiments/noise-sweep.js';
import { compileNetwork, readProgram, runCompiled, type RunOptions, writeProgram } from '../../../src/flow.js';
import { RANC_CHIP, RANC_SPECS, type RancChipSpec } from '../../../src/hw-models/ranc/chip-spec.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import type { NoiseSpec } from '../../../src/ir/faults/levels.js';
import { NO_NOISE } from '../../../src/index.js';
import { pruned } from '../../support/pruned-network.js';
import { randomNetwork, randomPixels } from '../../support/random-network.js';

const SMALL: RancChipSpec = { ...RANC_CHIP, name: 'small', axonsPerCore: 48, neuronsPerCore: 32 };

/** Runs random images on both models; everything but the engine and the clock has to be the same. */
async function expectSameRuns(graph: NetworkGraph, spec: RancChipSpec, samples: number): Promise<void> {
  const runnable = compileNetwork(graph, { chip: ranc, spec });
  const { inputShape, outputs } = runnable.program;
  const data = {
    ...{ name: 'random', shape: inputShape, nClasses: outputs.nClasses },
    images: randomPixels(3, samples * sizeOf(inputShape)),
    labels: new Uint8Array(samples),
  };
  const options: RunOptions = { workers: 1, seed: 5, noise: NO_NOISE };
  const fast = await runCompiled(runnable, data, { ...options, engine: 'fast' });
  const reference = await runCompiled(runnable, data, { ...options, engine: 'reference' });
  expect(fast).toMatchObject({ engine: 'fast', target: 'ranc', mismatches: 0 });
  expect(reference).toEqual({ ...fast, engine: 'reference', host: reference.host });
}

describe('a random network on RANC', () => {
  it('has the scores of the integer network, and the spikes of each core, on both models', async () => {
    const codes = ['threshold', 'thermometer', 'rate', 'bernoulli'] as const;
    const network = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { averagePool: true, codes, maxSide: 3 }));
    await fc.assert(
      fc.asyncProperty(network, fc.constantFrom(0, 1), (graph, resetType) =>
        expectSameRuns(graph, { ...RANC_CHIP, resetType }, 100),
      ),
      { numRuns: 6 },
    );
  });

  it('has them on small cores too, whose partial sums travel as spike counts', async () => {
    const network = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { codes: ['threshold'], maxSide: 2 }));
    await fc.assert(
      fc.asyncProperty(network, fc.constantFrom(0, 1), (graph, resetType) =>
        expectSameRuns(graph, { ...SMALL, resetType }, 100),
      ),
      { numRuns: 4 },
    );
  });

  it('has them in the widths of the Verilog, where it fits these', async () => {
    let fitting = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const graph = randomNetwork(seed, { codes: ['threshold'], maxSide: 2, maxDense: 12 });
      try {
        await expectSameRuns(graph, RANC_SPECS.presets['ranc-rtl'], 40);
        fitting++;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    expect(fitting).toBeGreaterThan(3);
  });

  it('without weights has its constant scores', async () => {
    await expectSameRuns(pruned(), RANC_CHIP, 4);
  });
});

const data = await loadDataset('mnist', 'test');
const float = await loadExample('mnist-5core');
const runnable = { ...compileNetwork(float, { chip: ranc }), float };

const run = async (noise: Partial<NoiseSpec> = {}, options: Partial<RunOptions> = {}) => {
  const all = {
    limit: 100,
    workers: 1,
    seed: 2,
    engine: 'fast',
    float: false,
    noise: { ...NO_NOISE, ...noise },
  } as const;
  const { metrics, loads, correct, mismatches, outcomes, cores, energyUj } = await runCompiled(runnable, data, {
    ...all,
    ...options,
  });
  return { metrics, loads, correct, mismatches, outcomes, cores, energyUj };
};

describe('an example network on RANC', () => {
  it('has the scores of the integer network on 100 images, on every engine and any number of workers', async () => {
    const expected = await run({}, { engine: 'reference' });
    expect(expected).toMatchObject({ mismatches: 0, correct: 99, cores: 5, energyUj: { unknown: true } });
    for (const engine of ['auto', 'fast', 'batch'] as const) expect(await run({}, { engine })).toEqual(expected);
    expect(await run({}, { workers: 2 })).toEqual(expected);
  });

  it.each([
    { noise: { ber: 0.02 } },
    { noise: { ber_0to1: 0.01, ber_1to0: 0.2, drop: 0.02 } },
    { noise: { stuck_at_0: 0.1, stuck_at_1: 0.01 } },
    { noise: { dead_neuron: 0.2, saturated_neuron: 0.1 } },
    { noise: { dead_neuron: 0.5, stuck_at_1: 0.05 }, scope: { layers: ['blockDense1'] } },
    { noise: { drop: 0.3 } },
  ])('gives the same bits on both models with faults: $noise', async ({ noise, scope = {} }) => {
    const expected = await run(noise, { scope, engine: 'reference' });
    expect(expected.mismatches).toBeGreaterThan(0);
    expect(await run(noise, { scope })).toEqual(expected);
    expect(await run(noise, { scope, chipSeed: 3, seed: 4 })).not.toEqual(expected);
  });

  it('has no spikes of dead neurons, and those of saturated ones in every tick', async () => {
    const { spikes, ticks } = (await run({ dead_neuron: 1 })).metrics;
    expect(spikes?.value).toBe(0);
    const saturated = await run({ saturated_neuron: 1 });
    const neurons = runnable.program.cores.listedNeurons.reduce((a, b) => a + b, 0);
    expect(saturated.metrics['spikes']?.value).toBe(neurons * (ticks?.value ?? NaN));
  });

  it('refuses the faults it does not have, with the reason', async () => {
    await expect(run({ down_cores: 0.1 })).rejects.toThrow(/noise-not-modelled[^]*delivers every packet/);
    await expect(run({ threshold_mismatch: 0.1 })).rejects.toThrow(/what was written is what is read/);
    await expect(run({ ber: 0.1 }, { scope: { memories: ['thresholds'] } })).rejects.toThrow(/memory-not-modelled/);
    await expect(run({ ber: 0.1 }, { scope: { layers: ['blokDense1'] } })).rejects.toThrow(/blockDense1/);
  });

  it('sweeps like any other chip, from 1 and 2 threads alike', async () => {
    const sweep = (workers: number) =>
      sweepNoise(runnable, data, { distortion: 'ber', levels: [0, 0.1], chips: 2, workers, seed: 1, limit: 100 });
    const points = await sweep(1);
    expect(points[0]?.accuracyMean).toBe(0.99);
    expect(points[1]?.accuracyMean).toBeLessThan(0.99);
    expect(await sweep(2)).toEqual(points);
  });

  it('is the same program after a file', () => {
    const bytes = writeProgram(runnable);
    const read = readProgram(bytes, 'x.lsp');
    expect(read.chip).toBe(ranc);
    expect(read.program).toEqual(runnable.program);
    expect(writeProgram({ ...read, compile: runnable.compile })).toEqual(bytes);
  });
});

test('the TrueNorth program that equals one for RANC has its cores in the same places', () => {
  const { program } = runnable;
  const equivalent = trueNorthOf(program);
  if ('problems' in equivalent) throw new UserError(equivalent.problems);
  expect([...equivalent.program.cores.x]).toEqual([...program.cores.x]);
  expect(ranc.view(program)).toMatchObject({ target: 'ranc', chip: 'ranc', cores: 5 });
  expect(ranc.structure(program)).toMatchObject({ nCores: 5, layers: ['blockDense1', 'blockDense2'] });
  expect(rancSpecOf(program)).toMatchObject({ neuronsPerCore: 256, axonsPerCore: 256, nWeights: 4, maxTickOffset: 16 });
});

describe('the grid', () => {
  const compileOn = (gridWidth: number, gridHeight: number) =>
    compileNetwork(float, { chip: ranc, spec: { ...RANC_CHIP, gridWidth, gridHeight } }).program;

  it('has room for the bus beside the cores, and is too small without it', () => {
    expect(() => compileOn(5, 1)).toThrow(/chip-too-small/);
    for (const [width, height] of [
      [6, 1],
      [1, 6],
      [5, 2],
      [3, 2],
    ] as const) {
      const { outputBus, cores } = compileOn(width, height);
      expect(outputBus.x).toBeLessThan(width);
      expect(outputBus.y).toBeLessThan(height);
      const places = Array.from(cores.x, (x, c) => `${x},${cores.y[c]}`);
      expect(places).not.toContain(`${outputBus.x},${outputBus.y}`);
    }
  });
});

describe('the verifier', () => {
  it('finds every limit that is exceeded at once', () => {
    const { program } = runnable;
    const { x, dx, leak } = program.cores;
    const cores = { ...program.cores, x: x.slice(), dx: dx.slice(), leak: leak.slice() };
    cores.dx[0] = 2;
    cores.x[1] = cores.x[0]!;
    cores.leak[3] = 5000;
    const spec = { ...RANC_SPECS.presets['ranc-rtl'], maxHop: 1, busLines: 100, gridWidth: 2 };
    const codes = ranc.verify({ ...program, cores, spec }).map(({ code }) => code);
    for (const code of ['core-overlap', 'target-off-grid', 'hop-range', 'bus-too-narrow', 'width-exceeded']) {
      expect(codes, code).toContain(code);
    }
    expect(ranc.verify(program)).toEqual([]);
  });

  it('refuses program files whose arrays do not fit each other', () => {
    const { program, integer } = runnable;
    const cores = { ...program.cores, leak: program.cores.leak.slice(1), axonType: program.cores.axonType.slice() };
    cores.axonType[7] = 9;
    const broken: RancProgram = { ...program, cores };
    const bytes = writeProgram({ program: broken, integer });
    expect(() => readProgram(bytes, 'x.lsp')).toThrow(/cores\.leak[^]*cores\.axonType/);
  });
});
