import { describe, expect, test } from 'vitest';
import { EXAMPLES, loadExample, loadExpected } from '../examples/networks.js';
import { compileNetwork, loadDataset, NO_NOISE, runCompiled } from '../src/index.js';

describe('examples give their expected numbers on the first test images', async () => {
  const expected = await loadExpected();
  const data = await loadDataset('mnist', 'test');
  test.each(EXAMPLES)('%s', async (name) => {
    const float = await loadExample(name);
    const { chip, subset, cores, perSample, latency } = expected[name];
    const compilation = compileNetwork(float, { chip });
    const result = await runCompiled({ ...compilation, float }, data, {
      limit: subset.samples,
      workers: 1,
      seed: 1,
      noise: NO_NOISE,
    });
    expect(result).toMatchObject({
      target: chip,
      mismatches: 0,
      correct: subset.correct,
      cores,
      time: { perSample, latency },
    });
    expect(result.accuracyInteger).toBe(result.accuracy);
    expect(result.accuracyFloat).toBe(result.accuracy);
  });
});
