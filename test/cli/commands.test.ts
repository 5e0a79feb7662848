import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeResultFile } from '../../src/report/result-file.js';
import { kerasH5, sequential } from '../support/keras-files.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const model = modelPath('mnist-5core');
const program = folder.at('five.prog');

beforeAll(async () => {
  const outcome = await cli(['compile', model, '--chip', 'truenorth', '-o', program]);
  expect(outcome.code, outcome.err).toBe(0);
  expect(outcome.out).toMatch(/cores/);
});

const counted = z.object({ value: z.int().positive(), label: z.string(), unit: z.string() });

const runObject = z.object({
  samples: z.literal(200),
  correct: z.int().min(150),
  accuracy: z.number(),
  accuracyInteger: z.number(),
  mismatches: z.literal(0),
  chip: z.string(),
  cores: z.literal(5),
  time: z.object({ unit: z.literal('tick'), perSample: z.number().min(1) }),
  metrics: z.object({ coreTicks: counted, spikes: counted, synapticOperations: counted }),
  energyUj: z.object({ value: z.number().positive(), unit: z.literal('uJ'), source: z.string(), status: z.string() }),
  seed: z.literal(7),
  host: z.object({ workers: z.literal(1), seconds: z.number().positive(), samplesPerSecond: z.number().positive() }),
});

describe('run', () => {
  it('prints one JSON object with all counts', async () => {
    const outcome = await cli(['run', program, '--data', 'mnist', '--limit', '200', '--seed', '7', '--json']);
    expect(outcome.code, outcome.out).toBe(0);
    expect(outcome.err).toBe('');
    const result = runObject.parse(JSON.parse(outcome.out));
    expect(result.accuracy).toBe(result.correct / 200);
    expect(result.accuracyInteger).toBe(result.accuracy);
  });

  it('runs a model directly, with the same result', async () => {
    const args = ['--limit', '50', '--json'];
    const pick = z.object({ correct: z.int(), metrics: z.object({ coreTicks: counted, spikes: counted }) });
    const direct = pick.parse(JSON.parse((await cli(['run', model, ...args])).out));
    expect(direct).toEqual(pick.parse(JSON.parse((await cli(['run', program, ...args])).out)));
  });

  it('prints a table a person reads', async () => {
    const outcome = await cli(['run', program, '--limit', '50', '--noise', 'ber=0.01']);
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.out).toMatch(/accuracy +\d+\.\d\d %/);
    expect(outcome.out).toMatch(/noise +ber=0\.01/);
  });

  it('stops with exit code 130 when it is interrupted, and writes nothing', async () => {
    const before = folder.list();
    const outcome = await cli(['run', program, '-o', folder.at('r.json')], { signal: AbortSignal.abort() });
    expect(outcome.code).toBe(130);
    expect(outcome.err).toContain('error[interrupted]');
    expect(folder.list()).toEqual(before);
  });
});

describe('report', () => {
  it('shows both mappings of a network on two chips, and the same mapping once', async () => {
    const [one, two, again] = [folder.at('one.json'), folder.at('two.json'), folder.at('again.json')];
    const page = folder.at('both.html');
    expect((await cli(['run', model, '--limit', '5', '-o', one])).code).toBe(0);
    expect((await cli(['run', model, '--limit', '5', '--chip', 'northpole', '-o', two])).code).toBe(0);
    expect((await cli(['run', model, '--limit', '6', '-o', again])).code).toBe(0);
    expect((await cli(['report', one, two, again, '-o', page])).code).toBe(0);
    const sections = readFileSync(page, 'utf8').match(/<h2 id="program-\d+">[^<]*/g) ?? [];
    expect(sections.map((heading) => heading.replace(/^[^>]*>/, ''))).toEqual([
      'mnist-5core on truenorth',
      'mnist-5core on northpole',
    ]);
  });

  it('is made from the files of run and sweep', async () => {
    const [result, sweep, page] = [folder.at('run.json'), folder.at('sweep.json'), folder.at('report.html')];
    expect((await cli(['run', program, '--limit', '100', '-o', result])).code).toBe(0);
    const levels = ['--distortion', 'ber', '--levels', '0,0.05', '--chips', '3', '--limit', '100'];
    const swept = await cli(['sweep', model, ...levels, '-o', sweep]);
    expect(swept.code, swept.err).toBe(0);
    expect(swept.out).toMatch(/^ber +chips +mean/);
    const file = decodeResultFile(readFileSync(sweep, 'utf8'), sweep);
    expect(file.noise.map((point) => [point.level, point.accuracies.length])).toEqual([
      [0, 3],
      [0.05, 3],
    ]);
    const outcome = await cli(['report', result, sweep, '-o', page, '--json']);
    expect(outcome.code, outcome.out).toBe(0);
    expect(JSON.parse(outcome.out)).toMatchObject({ output: page, results: 1, noisePoints: 2 });
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('Bit errors');
    expect(text).toContain('lodestone sweep ');
    expect(text.match(/Floor plan of mnist-5core by layer/g)).toHaveLength(1);
    expect(text).not.toContain('No run of this program in the report');
  });
});

describe('inspect', () => {
  it('shows layers, shapes, parameters and multiply-accumulates', async () => {
    const outcome = await cli(['inspect', model]);
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.out).toMatch(/blockDense +\[256\]/);
    const json = z
      .object({
        name: z.string(),
        parameters: z.int(),
        macs: z.int(),
        nodes: z.array(z.object({ shape: z.array(z.int()) })),
      })
      .parse(JSON.parse((await cli(['inspect', model, '--json'])).out));
    expect(json.name).toBe('mnist-5core');
    // Five cores of 256 x 64, 256 x 64, ..., 256 x 256 weights, and the parameters of the activations.
    expect(json.parameters).toBeGreaterThanOrEqual(4 * 256 * 64 + 256 * 256);
    // Weights of blocks that do not exist are not multiplied.
    expect(json.macs).toBe(4 * 256 * 64 + 256 * 256);
  });

  it('shows bits, zeros and footprint of a network of another tool', async () => {
    const layers = [
      { class_name: 'Flatten', config: { name: 'flat' } },
      {
        ...{ class_name: 'Dense', config: { name: 'dense', units: 2, use_bias: false } },
        weights: { 'kernel:0': { shape: [4, 2], data: Float32Array.of(0, 1, 2, 0, 0, 0.5, 3, 4) } },
      },
    ];
    const file = folder.at('net.h5');
    writeFileSync(file, await kerasH5(sequential([2, 2, 1], layers), layers));
    const { out, code } = await cli(['inspect', file, '--input-range', '0,1']);
    expect(code).toBe(0);
    expect(out).toMatch(/dense +dense +\[2\] +8 +8 +real +37\.50 % +real +256 +64\n/);
    expect(out).toContain('weights: 8, 37.50 % of them zero, 256 bits\n');
    expect(out).toContain('at one time at most');
    const json = JSON.parse((await cli(['inspect', file, '--input-range', '0,1', '--json'])).out);
    expect(json).toMatchObject({ weights: { count: 8, zeros: 3, bits: 256 }, values: { mostAt: expect.any(String) } });
  });
});

describe('every command', () => {
  const commands = ['train', 'inspect', 'compile', 'run', 'sweep', 'report', 'validate'];

  it('is listed by lodestone --help', async () => {
    const { out, code } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(command);
    expect((await cli(['--version'])).out).toBe('1.2.3\n');
  });
});

describe('wrong usage', () => {
  const check = async (args: readonly string[], message: RegExp): Promise<void> => {
    const text = await cli(args);
    expect(text.code).toBe(2);
    expect(text.err).toMatch(message);
    const json = await cli([...args, '--json']);
    expect(json.code).toBe(2);
    expect(json.err).toBe('');
    expect(JSON.parse(json.out)).toMatchObject({ errors: [{ code: 'wrong-usage' }] });
  };

  it('suggests the nearest command and option', async () => {
    await check(['insepct', 'x'], /unknown command 'insepct'[^]*Did you mean inspect/);
    await check(['run', 'x', '--limt', '3'], /unknown option '--limt'[^]*Did you mean --limit/);
  });

  it('names missing arguments and bad values', async () => {
    await check(['compile'], /missing required argument 'model'/);
    await check(['report', 'x'], /required option '-o, --output <file>'/);
    await check(['run', 'x', '--seed', '-1'], /whole number from 0/);
    await check(['run', 'x', '--workers', '0'], /whole number from 1 to 256/);
    await check(['run', 'x', '--engine', 'warp'], /Allowed choices are auto, fast, batch, reference, functional/);
    await check(['compile', 'x', '--grid', '0x3'], /columns x rows/);
  });
});
