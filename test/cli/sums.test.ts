import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

const accuracy = z.object({ exactAnswers: z.number(), tokens: z.number() });
const sumsObject = z.object({
  chip: z.string(),
  n: z.int(),
  accuracy: z.object({ float: accuracy, integer: accuracy, chip: accuracy }),
  mismatches: z.int(),
  cyclesPerToken: z.int(),
  cacheBytes: z.array(z.object({ core: z.int(), bytes: z.int() })),
});

const RECIPE = `
kind: transformer
name: tiny
seed: 3
data: { kind: sums, digits: 1 }
model: { width: 8, layers: 1, heads: 2, hidden: 8 }
training: { steps: 4, batchSize: 4, learningRate: 0.01, warmupSteps: 1, evaluateEvery: 2, validationSequences: 10 }
`;

describe('sums', () => {
  it('lets the shipped transformer add on the chip of a preset', async () => {
    const outcome = await cli([
      ...['sums', modelPath('sums-transformer'), '--limit', '3', '--spec', 'northpole-small', '--json'],
    ]);
    expect(outcome.code, outcome.err).toBe(0);
    const result = sumsObject.parse(JSON.parse(outcome.out));
    expect(result).toMatchObject({ chip: 'northpole-small', n: 3, mismatches: 0 });
    expect(result.accuracy.chip).toEqual({ exactAnswers: 1, tokens: 1 });
    expect(result.cacheBytes.length).toBeGreaterThan(3);
  }, 20_000);

  it('adds on a faulty chip, and says which noise', async () => {
    const sums = ['sums', modelPath('sums-transformer'), '--limit', '3', '--json', '--seed', '2'];
    const outcome = await cli([...sums, '--noise', 'ber=0.05']);
    expect(outcome.code, outcome.err).toBe(0);
    const result = sumsObject.parse(JSON.parse(outcome.out));
    expect(result.mismatches).toBeGreaterThan(0);
    expect(result.accuracy.integer).toEqual({ exactAnswers: 1, tokens: 1 });
    expect(result.accuracy.chip.tokens).toBeLessThan(1);
    expect(JSON.parse(outcome.out)).toMatchObject({ noise: { ber: 0.05 } });
    const drop = await cli([...sums, '--noise', 'drop=0.1']);
    expect(drop.code).toBe(1);
    expect(drop.out + drop.err).toContain('no spikes');
  }, 20_000);

  it('refuses other networks and chips', async () => {
    const other = await cli(['sums', modelPath('mnist-mlp')]);
    expect(other.code).toBe(1);
    expect(other.err).toContain('it is no sequence model');
    const chip = await cli(['sums', modelPath('sums-transformer'), '--spec', 'southpole']);
    expect(chip.code).not.toBe(0);
    expect(chip.err).toContain('did you mean "northpole"?');
  });
});

describe('train', () => {
  it('trains a transformer from its recipe, which then runs on the chip', async () => {
    const recipe = folder.at('tiny.yaml');
    writeFileSync(recipe, RECIPE);
    const model = folder.at('tiny.lsn');
    const trained = await cli(['train', recipe, '-o', model, '--json']);
    expect(trained.code, trained.err).toBe(0);
    const object = z.object({ seed: z.int(), history: z.array(z.object({ step: z.int() })) });
    expect(object.parse(JSON.parse(trained.out))).toMatchObject({ seed: 3, history: [{ step: 2 }, { step: 4 }] });
    const run = await cli(['sums', model, '--limit', '4', '--json']);
    expect(run.code, run.err).toBe(0);
    expect(sumsObject.parse(JSON.parse(run.out)).mismatches).toBe(0);
    const seeded = await cli(['train', recipe, '-o', model, '--json', '--seed', '9']);
    expect(object.parse(JSON.parse(seeded.out)).seed).toBe(9);
  }, 30_000);

  it('reports every problem of a transformer recipe and writes nothing', async () => {
    const recipe = folder.at('bad.yaml');
    writeFileSync(recipe, RECIPE.replace('heads: 2', 'heads: 3').replace('width', 'widht'));
    const outcome = await cli(['train', recipe, '-o', folder.at('bad.lsn')]);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('"widht" (did you mean "width"?)');
    expect(folder.list()).not.toContain('bad.lsn');
  });
});
