/** Models and recorded spikes of the vendor's simulator (NSCS 1.4.0): every spike must be the recorded one. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, temporaryFolder } from '../cli/harness.js';

const vectors = fileURLToPath(new URL('../../../shared/vectors/nscs/', import.meta.url));
const missing = !existsSync(vectors);
const note = missing ? ' (skipped: ../shared/vectors/nscs is not there)' : '';
const folder = temporaryFolder();

const resultSchema = z.object({
  ticks: z.number(),
  spikes: z.number(),
  compared: z.number(),
  equal: z.boolean().nullable(),
  firstDifference: z
    .object({ tick: z.number(), core: z.number(), neuron: z.number(), potential: z.number() })
    .nullable(),
});

async function run(...args: readonly string[]): Promise<z.infer<typeof resultSchema> & { code: number }> {
  const { code, out } = await cli(['truenorth', 'run', ...args, '--json']);
  return { ...resultSchema.parse(JSON.parse(out)), code };
}

const PATTERN = `${vectors}patternMatch/patternMatch`;
const PATTERN_INPUT = [`${PATTERN}.json`, '--input', `${PATTERN}_inputSpikes.sfti`];
const PATTERN_GOLDEN = ['--expect', `${PATTERN}_outputSpikes0.sfcp`, '--out-map', `${PATTERN}_outMap.bin`];
const MNIST = `${vectors}mnist_neil2/`;
const MNIST_GOLDEN = ['--expect', `${MNIST}out.sfcp`, '--out-map', `${MNIST}outMap.bin`];

describe.skipIf(missing)(`recorded spikes of the vendor's simulator${note}`, () => {
  it.each(['fast', 'reference'])('patternMatch: 24 spikes in 48 ticks on the %s engine', async (engine) => {
    const result = await run(...PATTERN_INPUT, ...PATTERN_GOLDEN, '--engine', engine);
    expect(result).toMatchObject({ code: 0, ticks: 48, spikes: 24, compared: 24, equal: true, firstDifference: null });
  });

  it('mnist_neil2: 118,086 spikes in 1,000 ticks, with input as text', async () => {
    const result = await run(`${MNIST}model.json`, '--input', `${MNIST}in.sfci`, ...MNIST_GOLDEN);
    expect(result).toMatchObject({ code: 0, ticks: 1000, spikes: 118_086, compared: 118_086, equal: true });
  });

  it('mnist_neil2: the same with input as connector pins, and the recording as a table', async () => {
    const input = ['--input', `${MNIST}in.sfcp`, '--in-map', `${MNIST}inpMap.bin`];
    const result = await run(`${MNIST}model.json`, ...input, '--expect', `${MNIST}expected_spikes.csv.gz`);
    expect(result).toMatchObject({ code: 0, compared: 118_086, equal: true });
  });

  it('mnist_neil2: the first layer replaced by its recorded spikes gives the same outputs, by silence other ones', async () => {
    const [recorded, silent] = [folder.at('layer.sfro'), folder.at('silent.csv')];
    const input = [`${MNIST}model.json`, '--input', `${MNIST}in.sfci`];
    await run(...input, '--ticks', '1000', '--record-cores', '0-3', '-o', recorded);
    const forced = await run(...input, '--force-spikes', recorded, '--from-cores', '0-3', ...MNIST_GOLDEN);
    expect(forced).toMatchObject({ code: 0, compared: 118_086, equal: true });
    writeFileSync(silent, '# no spikes\n');
    const without = await run(...input, '--force-spikes', silent, '--from-cores', '0-3', ...MNIST_GOLDEN);
    expect(without).toMatchObject({ code: 1, equal: false });
  });

  it('an exported model gives the recorded spikes too', async () => {
    const model = folder.at('exported.json');
    expect((await cli(['truenorth', 'export', PATTERN_INPUT[0]!, '-o', model])).code).toBe(0);
    const result = await run(model, ...PATTERN_INPUT.slice(1), ...PATTERN_GOLDEN);
    expect(result).toMatchObject({ code: 0, compared: 24, equal: true });
  });

  it('a shift of the input by one tick is noticed', async () => {
    const late = folder.at('late.sfti');
    const text = readFileSync(`${PATTERN}_inputSpikes.sfti`, 'utf8');
    writeFileSync(late, text.replace('"defaultDestinationDelay":1', '"defaultDestinationDelay":2'));
    const result = await run(PATTERN_INPUT[0]!, '--input', late, ...PATTERN_GOLDEN);
    expect(result).toMatchObject({ code: 1, equal: false });
    expect(result.firstDifference).not.toBeNull();
  });
});
