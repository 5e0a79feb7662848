import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadExample } from '../../examples/networks.js';
import { loadDataset } from '../../src/data/index.js';
import { sweepDistortions } from '../../src/experiments/distortion-sweep.js';
import { cli, modelPath } from './harness.js';

const sweep = (...options: string[]): ReturnType<typeof cli> =>
  cli(['sweep', modelPath('mnist-mlp'), '--on', 'network', '--limit', '20', '--chips', '2', ...options]);

async function refuses(options: readonly string[], ...words: readonly (string | RegExp)[]): Promise<void> {
  const { code, out, err } = await sweep(...options);
  expect([code, out]).toEqual([1, '']);
  for (const word of words) expect(err).toMatch(word);
}

describe('lodestone sweep --on network', () => {
  it('prints the points of the sweep and both readings of the effective bits', async () => {
    const { code, out } = await sweep('--distortion', 'additive', '--levels', '0,0.75', '--json', '--seed', '4');
    expect(code).toBe(0);
    const bits = z.looseObject({ value: z.number().optional() });
    const { points } = z
      .object({
        points: z.array(z.looseObject({ effectiveBits: z.object({ gaussianChannel: bits, mutualInformation: bits }) })),
      })
      .parse(JSON.parse(out));
    const expected = await sweepDistortions(await loadExample('mnist-mlp'), await loadDataset('mnist', 'test'), {
      distortions: [0, 0.75].map((sigma) => ({ kind: 'additive', sigma })),
      chips: 2,
      limit: 20,
      seed: 4,
    });
    points.forEach((point, i) => expect(point).toMatchObject({ ...expected[i] }));
    expect(points[0]?.effectiveBits.gaussianChannel).toMatchObject({ unknown: true });
    expect(points[1]?.effectiveBits.gaussianChannel.value).toBeCloseTo(0.5 * Math.log2(1 + 1 / 0.75 ** 2), 9);
    expect(points[1]?.effectiveBits.mutualInformation.value).toBeCloseTo(0.682, 3);
  });

  it('prints a table, with one chip where nothing is drawn', async () => {
    const { code, out } = await sweep('--distortion', 'round', '--levels', '2,3');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^round bits +chips +mean/);
    expect(lines.slice(2).map((line) => line.trim().split(/ +/).slice(0, 2))).toEqual([
      ['2', '1'],
      ['3', '1'],
    ]);
    expect((await sweep('--distortion', 'sign')).out).toMatch(/\n- +1 /);
  });

  it('says what is wrong with its options', async () => {
    await refuses(['--distortion', 'addtive', '--levels', '1'], 'unknown-distortion', /did you mean "additive"/);
    await refuses(['--distortion', 'constructor'], 'unknown-distortion');
    await refuses(['--distortion', 'sign', '--levels', '1'], 'unwanted-levels');
    await refuses(['--distortion', 'power'], 'missing-levels', 'beta');
    await refuses(['--distortion', 'power', '--levels', '1,x,'], /"x" is not a number/, /"" is not a number/);
    await refuses(['--distortion', 'uniformLog', '--levels', '0,2'], /gamma is 0/, /gamma is 2/);
    await refuses(['--distortion', 'sign', '--chip', 'northpole', '-o', 'x.json'], /--chip/, /--output/);
    const on = (place: string, distortion: string): ReturnType<typeof cli> =>
      cli(['sweep', modelPath('mnist-mlp'), '--on', place, '--distortion', distortion]);
    expect(await on('paper', 'sign')).toMatchObject({ code: 1, err: expect.stringContaining('unknown-place') });
    expect(await on('chip', 'ber')).toMatchObject({ code: 1, err: expect.stringContaining('missing-levels') });
  });
});
