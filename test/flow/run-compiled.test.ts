import { beforeAll, describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { type Dataset, loadDataset } from '../../src/data/index.js';
import { progressInPhases } from '../../src/flow/phases.js';
import { compileNetwork, runCompiled, type Runnable, type RunOptions } from '../../src/flow.js';
import { NO_NOISE } from '../../src/index.js';

let data: Dataset;
let runnable: Runnable;
const options: RunOptions = { limit: 600, workers: 1, seed: 1, noise: NO_NOISE };

beforeAll(async () => {
  data = await loadDataset('mnist', 'test');
  const float = await loadExample('mnist-5core');
  runnable = { ...compileNetwork(float, { chip: 'truenorth' }), float };
});

describe('the progress of a run', () => {
  it.each([true, false])('covers references and chip, from the first sample on (float network: %s)', async (float) => {
    const seen: number[] = [];
    await runCompiled(runnable, data, { ...options, float, onProgress: (done, total) => seen.push(done / total) });
    const phases = float ? 3 : 2;
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    for (let phase = 0; phase < phases; phase++) {
      const own = seen.filter((done) => done > phase / phases && done <= (phase + 1) / phases);
      expect(own.length, `reports of phase ${phase}`).toBeGreaterThan(0);
    }
    expect(seen.at(-1)).toBe(1);
  });

  it('of one phase is that phase', () => {
    const seen: string[] = [];
    const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
    progressInPhases(onProgress, 1)(0)?.(3, 7);
    progressInPhases(onProgress, 2)(1)?.(3, 7);
    expect(seen).toEqual(['3/7', '5/7']);
    expect(progressInPhases(undefined, 2)(1)).toBeUndefined();
  });
});

describe('a run without the float network', () => {
  it('says nothing about it, and all else is the same', async () => {
    const { accuracyFloat, ...whole } = await runCompiled(runnable, data, options);
    const without = await runCompiled(runnable, data, { ...options, float: false });
    expect(accuracyFloat).toBe(whole.accuracyInteger);
    expect(without).not.toHaveProperty('accuracyFloat');
    expect({ ...without, host: whole.host }).toEqual(whole);
  });
});
