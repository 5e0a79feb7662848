import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadChipFile } from '../../src/chips/own-chip.js';
import { toInteger } from '../../src/flow.js';
import { loadDataset } from '../../src/data/index.js';
import { compileNetwork, readNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { modelPath } from '../cli/harness.js';

const chipOf = (name: string) =>
  loadChipFile(join(fileURLToPath(new URL('../../examples/chips', import.meta.url)), name, 'chip.js'));
const model = (name: string) => readNetwork(readFileSync(modelPath(name)), name);
const data = await loadDataset('mnist', 'test');
const run = { limit: 60, workers: 1, seed: 1, noise: NO_NOISE };

describe('the memristor chip of the examples', () => {
  it('without noise gives the scores of its integer network, whose converters round and clip', async () => {
    const chip = await chipOf('memristor');
    for (const [name, spec] of [
      ['mnist-mlp', 'memristor-5bit'],
      ['mnist-30core', 'memristor'],
    ] as const) {
      const compiled = compileNetwork(model(name), { chip, spec: chip.specs.presets[spec] });
      expect(await runCompiled(compiled, data, run)).toMatchObject({ mismatches: 0, samples: 60, engine: 'crossbars' });
      expect(compiled.integer.nodes.some(({ id }) => id.endsWith('.adc0'))).toBe(true);
      expect(compiled.warnings.map(({ code }) => code)).toContain('converters');
    }
  });

  it('with narrow converters computes another network than the one that was trained', async () => {
    const chip = await chipOf('memristor');
    const plain = toInteger(model('mnist-mlp'));
    const { integer } = compileNetwork(plain, { chip, spec: chip.specs.presets['memristor-5bit'] });
    const scores = async (graph: NetworkGraph) => (await evaluateNetwork(graph, data, { limit: 20, seed: 1 })).scores;
    expect(await scores(integer)).not.toEqual(await scores(plain));
    // Wide ones change nothing.
    const wide = { ...chip.specs.presets['memristor']!, adcBits: 16 };
    expect(await scores(compileNetwork(plain, { chip, spec: wide }).integer)).toEqual(await scores(plain));
  });

  it('with read noise differs, the same for a seed', async () => {
    const compiled = compileNetwork(model('mnist-mlp'), { chip: await chipOf('memristor') });
    const noisy = { ...run, noise: { ...NO_NOISE, read_noise: 0.2 } };
    const one = await runCompiled(compiled, data, noisy);
    expect(one.mismatches).toBeGreaterThan(30);
    expect(await runCompiled(compiled, data, noisy)).toMatchObject({
      mismatches: one.mismatches,
      correct: one.correct,
    });
    const dropping = { ...run, noise: { ...NO_NOISE, drop: 0.1 } };
    await expect(runCompiled(compiled, data, dropping)).rejects.toThrow(/noise-not-modelled/);
  });

  it('refuses what has no crossbars there, and what is too large', async () => {
    const chip = await chipOf('memristor');
    expect(() => compileNetwork(model('mnist-conv'), { chip })).toThrow(/unsupported-layer.*dense layers only/);
    const few = { ...chip.specs.presets['memristor']!, crossbars: 3 };
    expect(() => compileNetwork(model('mnist-mlp'), { chip, spec: few })).toThrow(
      /11 crossbars are needed, "memristor" has 3/,
    );
  });
});

describe('the chip of 64 x 64 cores of the examples', () => {
  it('runs a network of narrow fan-in exactly, and refuses wide ones with the reason', async () => {
    const chip = await chipOf('core64');
    const random = sequence(3, PURPOSE.test);
    const weights = (n: number) => Int8Array.from({ length: n }, () => (random.below(2) === 0 ? -1 : 1));
    const threshold = (n: number) => ({
      theta: Int32Array.from({ length: n }, (_, c) => c % 3),
      sense: new Uint8Array(n),
    });
    const narrow: NetworkGraph = {
      name: 'narrow',
      dialect: 'integer',
      nodes: [
        { id: 'input', kind: 'input', shape: [31] },
        { id: 'encode', kind: 'encode', input: 'input', code: { kind: 'threshold', level: 128 } },
        { id: 'first', kind: 'dense', input: 'encode', nOut: 12, weights: weights(12 * 31) },
        { id: 'fires', kind: 'threshold', input: 'first', ...threshold(12) },
        { id: 'second', kind: 'dense', input: 'fires', nOut: 9, weights: weights(9 * 12) },
        { id: 'classes', kind: 'threshold', input: 'second', ...threshold(9) },
        { id: 'votes', kind: 'votes', input: 'classes', nClasses: 3 },
      ],
    };
    const compiled = compileNetwork(narrow, { chip });
    expect(compiled.program.spec).toMatchObject({ name: 'core64', axonsPerCore: 64, axonTypes: 2, weightMax: 127 });
    const images = Uint8Array.from({ length: 50 * 31 }, () => random.below(256));
    const samples = { name: 'random', shape: [31], images, labels: new Uint8Array(50), nClasses: 3 };
    expect(await runCompiled(compiled, samples, run)).toMatchObject({ mismatches: 0, samples: 50 });
    expect(() => compileNetwork(model('mnist-mlp'), { chip })).toThrow(/need 4 axon types, a neuron of the chip has 2/);
  });
});
