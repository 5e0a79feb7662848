import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { drawDeadCores } from '../../src/hw-models/truenorth/board-faults.js';
import { loadDataset } from '../../src/data/index.js';
import { chipSeedOf, sweepNoise } from '../../src/experiments/noise-sweep.js';
import { avoidingDown } from '../../src/chips/truenorth/faults.js';
import { compileNetwork, runCompiled, type RunOptions } from '../../src/flow.js';
import type { TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import { metricOf } from '../../src/ir/trace/measures.js';
import { NO_NOISE, type NoiseSpec } from '../../src/ir/faults/levels.js';
import type { FaultScope } from '../../src/ir/faults/scope.js';

const data = await loadDataset('mnist', 'test');
const float = await loadExample('mnist-5core');
const runnable = { ...compileNetwork(float, { chip: trueNorth }), float };

const run = async (noise: Partial<NoiseSpec>, options: Partial<RunOptions> = {}) => {
  const all = { limit: 80, workers: 1, seed: 2, engine: 'fast', noise: { ...NO_NOISE, ...noise } } as const;
  const result = await runCompiled(runnable, data, { ...all, ...options });
  const { correct, mismatches, metrics, loads, accuracy } = result;
  const count = (key: string): number => metricOf(result, key) ?? NaN;
  const counters = { ticks: count('ticks'), spikes: count('spikes'), hops: count('hops') };
  return { correct, mismatches, metrics: { ...metrics, hops: undefined }, counters, loads, accuracy };
};

const FAULTS: readonly { readonly noise: Partial<NoiseSpec>; readonly scope?: FaultScope }[] = [
  { noise: { stuck_at_0: 0.01, stuck_at_1: 0.02, ber: 0.01 } },
  { noise: { ber_0to1: 0.01, ber_1to0: 0.3, drop: 0.01 } },
  { noise: { dead_neuron: 0.1, saturated_neuron: 0.05 } },
  { noise: { threshold_mismatch: 0.5, ber: 0.02 } },
  { noise: { leak_mismatch: 0.5, programming_error: 0.4 } },
  {
    noise: { ber: 0.02, stuck_at_1: 0.001 },
    scope: { memories: ['thresholds', 'destinations'], protectedBits: [17, 29] },
  },
  { noise: { spike_delay: 0.2, drop: 0.1 } },
  { noise: { down_cores: 0.1, down_links: 0.2, dead_neuron: 0.1 } },
  { noise: { ber_0to1: 0.0005, dead_neuron: 0.1 }, scope: { memories: ['potentials'], layers: ['blockDense2'] } },
  { noise: { ber: 0.02, dead_neuron: 0.3 }, scope: { memories: ['synapses', 'destinations'], cores: [0, 4] } },
];

describe('a TrueNorth-style chip with faults', () => {
  it.each(FAULTS)(
    'gives the same bits on all engines and any number of workers: $noise',
    async ({ noise, scope = {} }) => {
      const expected = await run(noise, { scope, limit: 50, engine: 'reference' });
      expect(expected.mismatches).toBeGreaterThan(0);
      for (const engine of ['fast', 'batch'] as const) {
        expect(await run(noise, { scope, limit: 50, engine })).toEqual(expected);
      }
      expect(await run(noise, { scope, limit: 50, engine: 'auto', workers: 2 })).toEqual(expected);
      expect(await run(noise, { scope, limit: 50, chipSeed: 3, seed: 4 })).not.toEqual(expected);
    },
  );

  it('has no faults at level 0, whatever the scope', async () => {
    const scope = { memories: ['thresholds', 'destinations'], layers: ['blockDense1'], cores: [0] } as const;
    expect(await run({}, { scope })).toEqual(await run({}));
  });

  it('has faults in the cores of the named layers, of them in the listed ones', async () => {
    const noise = { dead_neuron: 0.5, stuck_at_1: 0.1 };
    const [first, all] = [await run(noise, { scope: { layers: ['blockDense1'] } }), await run(noise)];
    expect(await run(noise, { scope: { cores: [0, 1, 2, 3] } })).toEqual(first);
    expect(first).not.toEqual(all);
    const one = await run(noise, { scope: { layers: ['blockDense1'], cores: [3, 4] } });
    expect(await run(noise, { scope: { cores: [3] } })).toEqual(one);
    expect(await run(noise, { scope: { layers: ['blockDense1', 'blockDense2'] } })).toEqual(all);
  });

  it('names every part of a scope that does not exist or says nothing', async () => {
    const places = run({ dead_neuron: 0.1 }, { scope: { layers: ['blockDense3', 'x'], cores: [1, 5] } });
    await expect(places).rejects.toThrow(
      /unknown-layer.*did you mean "blockDense1"[^]*unknown-layer.*"x"[^]*use blockDense1, blockDense2[^]*unknown-core.*scope\.cores\[1\].*no core 5\b[^]*use 0 to 4/,
    );
    await expect(run({ ber: 0.1 }, { scope: { layers: ['blockDense2'], cores: [1] } })).rejects.toThrow(/empty-scope/);
    const idle = {
      memories: ['thresholds', 'weights'],
      protectedBits: [18],
      layers: ['blockDense1'],
      known: true,
    } as const;
    await expect(run({ drop: 0.1 }, { scope: idle })).rejects.toThrow(
      /memory-not-modelled.*weights[^]*bit-position.*no bit 18[^]*scope\.memories:[^]*scope\.protectedBits:[^]*scope\.layers:[^]*scope\.known:/,
    );
    await expect(run({ ber: 0.1 }, { scope: { protectedBits: [0] } })).rejects.toThrow(/bit-position.*single bits/);
    await expect(run({ ber: 0.01, stuck_at_0: 0.1 }, { scope: { memories: ['potentials'] } })).rejects.toThrow(
      /noise-range.*noise\.ber: of potentials[^]*0\.003125[^]*noise-not-modelled.*noise\.stuck_at_0/,
    );
  });

  it.each([Number.NaN, -0.1, 1.5, Infinity])('is refused for a rate of %d, before anything runs', async (level) => {
    for (const name of ['ber', 'drop', 'dead_neuron', 'spike_delay', 'down_cores', 'stuck_at_1'] as const) {
      await expect(run({ [name]: level }), name).rejects.toThrow(`bad-noise-level] noise.${name}: "${level}"`);
    }
    await expect(
      sweepNoise(runnable, data, { distortion: 'ber', levels: [0, level], chips: 2, workers: 1, seed: 1 }),
    ).rejects.toThrow(`bad-noise-level] noise.ber: "${level}"`);
  });

  it('has the bit errors of both directions whether a kernel or the program has them', async () => {
    const kernel = await run({ ber: 0.03 });
    expect(await run({ ber_0to1: 0.03, ber_1to0: 0.03 })).toEqual(kernel);
  });

  it('says nothing where every neuron is dead, and all that drive something fire in every tick where they are saturated', async () => {
    const shareOf = (label: number): number => data.labels.subarray(0, 80).filter((l) => l === label).length / 80;
    const dead = await run({ dead_neuron: 1 });
    expect(dead.counters.spikes).toBe(0);
    expect(dead.accuracy).toBe(shareOf(0));
    const saturated = await run({ saturated_neuron: 1 });
    const driving = runnable.program.cores.target.filter((to) => to !== -1).length;
    expect(saturated.counters.spikes).toBe(driving * saturated.counters.ticks);
  });

  it('has weight noise and faults together', async () => {
    const both = await run({ additive: 0.3, dead_neuron: 0.1 });
    expect(both).not.toEqual(await run({ additive: 0.3 }));
    expect(await run({ additive: 0.3, dead_neuron: 0.1 }, { engine: 'reference' })).toEqual(both);
  });

  it('is refused with contradictions', async () => {
    await expect(run({ dead_neuron: 0.6, saturated_neuron: 0.6 })).rejects.toThrow(/noise-range.*dead_neuron/);
    await expect(run({ ber: 0.1, ber_1to0: 0.1 })).rejects.toThrow(/noise-twice.*ber_1to0/);
  });
});

describe('a chip whose faults are known', () => {
  const scope = { known: true } as const;

  it('computes what the healthy chip computes, over more hops, on all engines', async () => {
    const noise = { down_cores: 0.3, down_links: 0.1 };
    const [healthy, unknown, known] = [await run({}), await run(noise), await run(noise, { scope })];
    expect(unknown.mismatches).toBeGreaterThan(0);
    expect({ ...known, counters: { ...known.counters, hops: 0 } }).toEqual({
      ...healthy,
      counters: { ...healthy.counters, hops: 0 },
    });
    expect(known.counters.hops).toBeGreaterThan(healthy.counters.hops);
    for (const engine of ['reference', 'batch'] as const) expect(await run(noise, { scope, engine })).toEqual(known);
  });

  it('has a program that is compiled again with the window it had, from its file', async () => {
    const file = compileNetwork(float, { chip: trueNorth, window: 64, seed: 3 });
    const { program } = file;
    const faults = { noise: { ...NO_NOISE, down_cores: 0.2 }, scope, chipSeed: 1 };
    const again = avoidingDown(file, faults);
    expect(program.layers.map(({ window }) => window)).toEqual([64, 64]);
    expect(again.timing).toEqual(program.timing);
    expect({ ...again.cores, x: [], y: [] }).toEqual({ ...program.cores, x: [], y: [] });
    const down = new Set(drawDeadCores(program.spec, 0.2, 1).map(([x, y]) => `${x},${y}`));
    const onDown = ({ cores }: TrueNorthProgram) => cores.x.some((x, core) => down.has(`${x},${cores.y[core]!}`));
    expect(onDown(program)).toBe(true);
    expect(onDown(again)).toBe(false);
    expect(avoidingDown({ ...file, program: again }, faults)).toBe(again);
  });

  it('is an error, with the chip, where too little is left', async () => {
    await expect(run({ down_chips: 1 }, { scope })).rejects.toThrow(
      /chip-too-small.*chip of seed 2: .*has 0: 5 too many/,
    );
    const lost = await run({ down_chips: 1 });
    expect(lost.counters.spikes).toBe(0);
    await expect(run({ read_noise: 0.1 })).rejects.toThrow(/noise-not-modelled.*noise\.read_noise: synapses are bits/);
  });

  it('has the golden accuracy in a sweep', async () => {
    const common = { distortion: 'down_cores', levels: [0, 0.3], chips: 2, limit: 80, workers: 1, seed: 2 } as const;
    const [golden, known] = await sweepNoise(runnable, data, { ...common, scope });
    expect(known?.accuracies).toEqual(golden?.accuracies);
    const [, unknown] = await sweepNoise(runnable, data, common);
    expect(unknown?.accuracyMean).toBeLessThan(golden!.accuracyMean);
  });
});

describe('a sweep of faults', () => {
  it.each(['dead_neuron', 'stuck_at_1', 'threshold_mismatch'] as const)(
    'has the accuracies of single runs (%s)',
    async (distortion) => {
      const levels = [0, 0.2];
      const points = await sweepNoise(runnable, data, { distortion, levels, chips: 2, limit: 80, workers: 1, seed: 2 });
      for (const [i, level] of levels.entries()) {
        const singles: number[] = [];
        for (const seed of [chipSeedOf(2, 0), chipSeedOf(2, 1)]) {
          singles.push((await run({ [distortion]: level }, { seed })).accuracy);
        }
        expect(points[i]).toMatchObject({ target: 'truenorth', level, accuracies: singles });
      }
    },
  );
});
