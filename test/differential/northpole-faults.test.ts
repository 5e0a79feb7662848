import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { loadDataset } from '../../src/data/index.js';
import { compileNetwork, readNetwork, runCompiled, type RunOptions } from '../../src/flow.js';
import { weightsOnChip } from '../../src/hw-models/faults/weight-faults.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { NO_NOISE, type NoiseSpec } from '../../src/ir/faults/levels.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { runNorthPole } from '../../src/simulator/run-northpole.js';
import { activationFaults, faultsOf } from '../support/northpole-faults.js';

const data = await loadDataset('mnist', 'test');
const LIMIT = 40;

function loadExample(name: string): NetworkGraph {
  return readNetwork(readFileSync(new URL(`../../examples/models/${name}.lsn`, import.meta.url)), name);
}

/** The integer network with other weights in the nodes that layers are named after. */
function withWeights(graph: NetworkGraph, weights: ReadonlyMap<string, Int8Array>): NetworkGraph {
  const nodes = graph.nodes.map((node) => {
    const own = weights.get(node.id);
    return own !== undefined && (node.kind === 'dense' || node.kind === 'conv2d') ? { ...node, weights: own } : node;
  });
  return { ...graph, nodes };
}

describe('a chip with faulty weights', () => {
  it.each(['mnist-resnet-1bit', 'mnist-resnet-2bit', 'mnist-resnet-4bit', 'mnist-resnet-8bit', 'mnist-mlp'])(
    'computes what the integer network computes with the weights that are read (%s)',
    async (name) => {
      const { program, integer } = compileNetwork(loadExample(name), { chip: northPole });
      for (const rate of [0.01, 0.2]) {
        const bits = { flip0to1: rate, flip1to0: rate, stuckAt0: 0.01, stuckAt1: 0.01, chipSeed: 5 };
        // Drawing deviations as they are defined is slow.
        const faults = faultsOf(bits, { programmingError: name === 'mnist-mlp' || rate < 0.1 ? 0 : rate });
        const byName = new Map(
          program.layers.flatMap((layer, index) => {
            if (layer.kind !== 'vmm') return [];
            const store = { layer: index, weightBits: layer.weightBits };
            return [[layer.name, weightsOnChip(layer.weights, store, faults)] as const];
          }),
        );
        const clean = new Map(program.layers.flatMap((l) => (l.kind === 'vmm' ? [[l.name, l.weights] as const] : [])));
        // The faults reach the oracle: nodes and layers have the same weights in the same order, all of them.
        expect(withWeights(integer, clean)).toEqual(integer);
        const faulty = withWeights(integer, byName);
        expect(faulty.nodes.filter((node, i) => node !== integer.nodes[i])).toHaveLength(byName.size);
        const oracle = await evaluateNetwork(faulty, data, { seed: 1, limit: LIMIT });
        const output = await runNorthPole(program, data, { seed: 1, limit: LIMIT, workers: 1, faults });
        const own = await runNorthPole(program, data, { seed: 1, limit: LIMIT, workers: 1 });
        expect(Array.from(output.scores)).toEqual(Array.from(oracle.scores));
        expect(Array.from(output.scores)).not.toEqual(Array.from(own.scores));
      }
    },
  );
});

describe('a chip with bit errors of activations', () => {
  it.each(['mnist-resnet-2bit', 'mnist-resnet-8bit'])(
    'computes what the integer network computes on what is stored (%s)',
    async (name) => {
      const { program, integer } = compileNetwork(loadExample(name), { chip: northPole });
      const faults = faultsOf({ flip0to1: 0.01, flip1to0: 0.02 }, { memories: ['activations'] });
      const n = 10;
      const { scores } = await runNorthPole(program, data, { seed: 1, limit: n, workers: 1, faults });
      let sample = 0;
      const oracle = createInterpreter(
        integer,
        activationFaults(program, faults, () => sample),
      );
      const nPixels = data.images.length / data.labels.length;
      const counts = codedBuffer(program.inputCode, nPixels);
      const expected: number[] = [];
      for (; sample < n; sample++) {
        encodeCounts(
          program.inputCode,
          data.images.subarray(sample * nPixels, (sample + 1) * nPixels),
          sample,
          1,
          counts,
        );
        expected.push(...oracle.run(counts));
      }
      expect(Array.from(scores)).toEqual(expected);
    },
  );
});

describe('a run with faulty weights', () => {
  const float = loadExample('mnist-resnet-4bit');
  const runnable = { ...compileNetwork(float, { chip: northPole }), float };
  const run = async (noise: Partial<NoiseSpec>, options: Partial<RunOptions> = {}) => {
    const all = { limit: LIMIT, workers: 1, seed: 3, engine: 'auto', noise: { ...NO_NOISE, ...noise } } as const;
    const { correct, mismatches } = await runCompiled(runnable, data, { ...all, ...options });
    return { correct, mismatches };
  };

  it('is one without noise at rate 0', async () => {
    const quiet = await run({});
    expect(quiet.mismatches).toBe(0);
    expect(await run({ ber: 0 }, { scope: { protectedBits: [3] } })).toEqual(quiet);
  });

  it('does not depend on the number of workers, but on the chip', async () => {
    const one = await run({ ber: 0.02 });
    expect(one.mismatches).toBeGreaterThan(30);
    expect(await run({ ber: 0.02 }, { workers: 3 })).toEqual(one);
    expect(await run({ ber_0to1: 0.02, ber_1to0: 0.02 })).toEqual(one);
    expect(await run({ ber: 0.02 }, { chipSeed: 3, seed: 99 })).toEqual(one);
    const all = await Promise.all([1, 2, 4].map((chipSeed) => run({ ber: 0.1 }, { chipSeed })));
    expect(new Set(all.map(({ correct }) => correct)).size).toBeGreaterThan(1);
  });

  it.each([
    ['biases', { ber: 0.01 }, { memories: ['biases'] }],
    ['activations', { ber: 0.01 }, { memories: ['activations'] }],
    ['programmed weights', { programming_error: 0.1 }, {}],
    ['reads', { read_noise: 0.1 }, {}],
  ] as const)(
    'differs in %s, whatever the number of workers, and only in the layers it is limited to',
    async (where, noise, scope) => {
      const one = await run(noise, { scope });
      expect(one.mismatches).toBeGreaterThan(30);
      expect(await run(noise, { scope, workers: 3 })).toEqual(one);
      const names = runnable.program.layers.map(({ name }) => name);
      const last = await run(noise, { scope: { ...scope, layers: names.slice(-1) } });
      expect(last.mismatches).toBeGreaterThan(0);
      // The coded input is no layer: activations fail there only without a limit.
      const all = await run(noise, { scope: { ...scope, layers: names } });
      if (where === 'activations') expect(all).not.toEqual(one);
      else expect(all).toEqual(one);
    },
  );

  it('draws reads and writes by the seed of the run, what is fixed by that of the chip', async () => {
    const activations = { memories: ['activations'] } as const;
    for (const [noise, scope] of [
      [{ read_noise: 0.2 }, {}],
      [{ ber: 0.03 }, activations],
    ] as const) {
      const of = (seed: number, chipSeed: number) => run(noise, { scope, seed, chipSeed });
      const one = await of(1, 1);
      expect(await of(1, 2)).toEqual(one);
      const others = await Promise.all([2, 3, 4].map((seed) => of(seed, 1)));
      expect(others.some(({ correct }) => correct !== one.correct)).toBe(true);
    }
    const programmed = await run({ programming_error: 0.3 }, { seed: 1, chipSeed: 5 });
    expect(await run({ programming_error: 0.3 }, { seed: 2, chipSeed: 5 })).toEqual(programmed);
  });

  it('is one without noise where every bit is protected', async () => {
    expect(await run({ ber: 0.5, stuck_at_0: 0.5 }, { scope: { protectedBits: [0, 1, 2, 3, 4, 5, 6, 7] } })).toEqual(
      await run({}),
    );
  });

  it('takes weight noise before deployment, from the model only', async () => {
    const noisy = await run({ additive: 0.2 });
    expect(noisy.mismatches).toBeGreaterThan(0);
    expect(await run({ additive: 0.2 }, { workers: 2 })).toEqual(noisy);
    const compiled = compileNetwork(loadExample('mnist-mlp'), { chip: northPole });
    const options = { limit: 1, workers: 1, seed: 1, noise: { ...NO_NOISE, additive: 0.1 } } as const;
    await expect(runCompiled(compiled, data, options)).rejects.toThrow(/noise-needs-model/);
  });

  it('is refused for layers that do not exist, all at once, and for cells that cannot stick', async () => {
    const scope = { layers: ['block1/conv', 'fc', 'nothing like it'], memories: ['activations'] } as const;
    await expect(run({ stuck_at_0: 0.1 }, { scope })).rejects.toThrow(
      /noise-not-modelled.*noise\.stuck_at_0.*share[^]*unknown-layer.*scope\.layers\[0\].*did you mean "block1\/conv1"[^]*unknown-layer.*"nothing like it"/,
    );
    await expect(run({ ber: 0.1 }, { scope: { memories: ['synapses'] } })).rejects.toThrow(/memory-not-modelled/);
    await expect(run({ ber: 0.1 }, { scope: { cores: [1] } })).rejects.toThrow(/scope\.cores: .*several cores/);
    await expect(run({ down_cores: 0.1 })).rejects.toThrow(/noise\.down_cores: on a static schedule/);
  });

  it.each([Number.NaN, -0.1, 1.5, Infinity])('is refused for a rate of %d, before anything runs', async (level) => {
    for (const name of ['ber', 'ber_1to0', 'stuck_at_0'] as const) {
      await expect(run({ [name]: level }), name).rejects.toThrow(`bad-noise-level] noise.${name}: "${level}"`);
    }
    if (level !== 1.5) await expect(run({ read_noise: level })).rejects.toThrow('bad-noise-level] noise.read_noise');
  });

  it('is refused with everything that contradicts itself or has no meaning', async () => {
    const wrong = run(
      { ber: 0.1, ber_0to1: 0.1, stuck_at_0: 0.6, stuck_at_1: 0.6, drop: 0.1 },
      { scope: { protectedBits: [0, 8] } },
    );
    await expect(wrong).rejects.toThrow(
      /noise-not-modelled.*noise\.drop: [^]*noise-twice.*ber_0to1[^]*noise-range[^]*bit-position.*no bit 8/,
    );
  });
});
