/** Files that the commands of version 0.1 wrote (test/fixtures/version-0.1, packed): a tiny network on 8 x 8 images. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { readAnyNetwork } from '../../src/ir/network/read-network.js';
import { cli, temporaryFolder } from './harness.js';

const fixtures = fileURLToPath(new URL('../fixtures/version-0.1', import.meta.url));
const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const { at } = temporaryFolder();
const data = at('quadrants');
const unpacked = (name: string): Buffer => gunzipSync(readFileSync(`${fixtures}/${name}.gz`));

const runFile = z.object({ results: z.tuple([z.record(z.string(), z.unknown())]), commands: z.array(z.string()) });
const change = z.looseObject({ a: z.unknown(), b: z.unknown(), difference: z.unknown() });
const compared = z.looseObject({
  pairs: z.tuple([z.looseObject({ metrics: z.record(z.string(), change) })]),
  onlyA: z.array(z.string()),
  onlyB: z.array(z.string()),
});
/** What version 0.1 said of a run. */
const recorded = (name: string) => runFile.parse(JSON.parse(unpacked(name).toString()));
/** What a run says today. */
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await cli([...args, '--json'])).out);

beforeAll(() => {
  for (const folder of ['', 'ranc', 'quadrants']) {
    mkdirSync(at(folder), { recursive: true });
    for (const file of readdirSync(`${fixtures}/${folder}`)) {
      const name = `${folder}/${file.replace(/\.gz$/, '')}`;
      if (file.endsWith('.gz')) writeFileSync(at(name), unpacked(name));
      else if (file.endsWith('.yaml')) writeFileSync(at(name), readFileSync(`${fixtures}/${name}`));
    }
  }
});

describe('files of version 0.1', () => {
  it('of networks open, and are the same bytes when they are written today', async () => {
    const bytes = new Uint8Array(unpacked('tiny.lsn'));
    const network = readAnyNetwork(bytes, 'tiny.lsn');
    expect(readAnyNetwork(encodeNetwork(network), 'again')).toEqual(network);
    expect([...encodeNetwork(network)]).toEqual([...bytes]);
    expect(await json('inspect', at('tiny.lsn'))).toMatchObject({ name: 'tiny', parameters: expect.any(Number) });
  });

  it.each([
    { program: 'truenorth.lsp', result: 'run.json' },
    { program: 'northpole.lsp', result: 'run-np.json' },
  ])('of programs run with the results that version 0.1 had: $program', async ({ program, result }) => {
    const { name, chip, target, samples, correct, accuracyInterval, accuracyInteger, mismatches, seed } =
      recorded(result).results[0];
    expect(mismatches).toBe(0);
    const found = await json('run', at(program), '--data', data);
    expect(found).toMatchObject({ name, chip, samples, correct, accuracyInterval, accuracyInteger, mismatches, seed });
    expect(found).toMatchObject({ target: target ?? 'truenorth' });
  });

  it('of results open in report and diff, and are those of a run of today', async () => {
    const files = ['run.json', 'run-np.json', 'sweep.json'].map((name) => at(name));
    expect(await json('report', ...files, '-o', at('report.html'))).toMatchObject({ results: 2, noisePoints: 2 });
    const today = at('today.json');
    await cli(['run', at('truenorth.lsp'), '--data', data, '-o', today]);
    const { pairs, ...others } = compared.parse(await json('diff', at('run.json'), today));
    expect([others.onlyA, others.onlyB]).toEqual([[], []]);
    // Energies follow costs that are other ones today; what is counted and what it takes is the same.
    const counts = Object.entries(pairs[0].metrics).filter(([name]) => !name.startsWith('energy'));
    expect(counts.map(([name]) => name)).toEqual(
      expect.arrayContaining(['accuracy', 'cores', 'time', 'spikes', 'hops']),
    );
    for (const [name, { a, b }] of counts) expect({ name, b }).toEqual({ name, b: a });
    // Files of that version do not say which samples are right: what is paired is unknown, and not 0.
    expect(pairs[0].metrics['accuracy']?.difference).toMatchObject({ unknown: true });
  });

  it('of results of versions before 3 are refused with the commands that made them', async () => {
    const text = unpacked('run.json').toString();
    const [made] = recorded('run.json').commands;
    for (const version of [1, 2]) {
      const old = at(`version-${version}.json`);
      writeFileSync(old, text.replace('"version": 3', `"version": ${version}`));
      for (const args of [
        ['report', old, '-o', at('none.html')],
        ['diff', old, old],
      ]) {
        const { code, err } = await cli(args);
        expect(code).toBe(1);
        expect(err).toContain(`error[result-version] ${old}: the result file has version ${version}`);
        expect(err).toContain('reads versions 3 and 4');
        expect(err).toContain(`run again what made it: \`${made}\``);
      }
    }
  });

  it.each(['tiny.lsn', 'truenorth.lsp'])('of other format versions are refused with the command: %s', async (name) => {
    const bytes = unpacked(name);
    bytes[8] = 0;
    const old = at(`old-${name}`);
    writeFileSync(old, bytes);
    const { code, err } = await cli(['run', old, '--data', data]);
    expect(code).toBe(1);
    expect(err).toContain('the file has format version 0, this program reads version 1');
    const command = name === 'tiny.lsn' ? 'train RECIPE' : 'compile MODEL';
    expect(err).toContain(`write it again with this version: \`lodestone ${command} -o ${old}\``);
  });

  it('of checkpoints are refused with the command that makes way for a new one', async () => {
    const recipe = at('own.yaml');
    const folder = at('checkpoints');
    const path = `${folder}/tiny.checkpoint`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(recipe, readFileSync(`${fixtures}/tiny.yaml`, 'utf8').replace('./quadrants', data));
    writeFileSync(path, unpacked('tiny.checkpoint'));
    const args = ['train', recipe, '-o', at('trained.lsn'), '--checkpoint', folder];
    const { code, err } = await cli([...args, '--resume']);
    expect(code).toBe(1);
    expect(err).toContain(`error[checkpoint-version] ${path}: the checkpoint is one of version 0.1`);
    expect(err).toContain('this program reads format version 1');
    expect(err).toContain(`\`rm ${path}\`, then the same command again`);
    // Without --resume it trains from the start and writes a checkpoint of today.
    expect((await cli(args)).code).toBe(0);
    expect((await cli([...args, '--resume'])).code).toBe(0);
  });

  it('of RANC exports run with the scores that were recorded', async () => {
    expect(await json('run', at('ranc'))).toMatchObject({ samples: 2, mismatches: 0 });
  });
});

describe('studies of version 0.1', () => {
  const study = (folder: string): string => {
    for (const part of ['models', 'work/trained']) mkdirSync(`${at(folder)}/${part}`, { recursive: true });
    writeFileSync(`${at(folder)}/study.json`, unpacked('study.json'));
    writeFileSync(`${at(folder)}/work/points.jsonl`, unpacked('points.jsonl'));
    writeFileSync(`${at(folder)}/work/trained/mlp-quadrants-sign.json`, unpacked('study-trained.json'));
    return at(folder);
  };
  /** Goes on with a study where it was begun: what a training is known by holds the path of its data. */
  const measured = (folder: string) =>
    spawnSync(process.execPath, [main, 'study', 'robustness', 'study.yaml', '-o', folder, '--quiet'], {
      ...{ cwd: at('.'), encoding: 'utf8' },
    });
  const rows = z.object({
    rows: z.array(z.looseObject({ part: z.string(), level: z.number(), chipSeed: z.number(), correct: z.number() })),
  });
  const counted = (text: string) =>
    rows.parse(JSON.parse(text)).rows.map(({ part, level, chipSeed, correct }) => ({ part, level, chipSeed, correct }));

  it('open: their report is drawn again', async () => {
    const folder = study('shown');
    expect(await json('study', 'report', folder)).toMatchObject({ name: 'tiny-study' });
    expect(readdirSync(folder)).toContain('report.html');
  });

  it('go on: trained networks are taken, points of another version are measured again, with the same counts', () => {
    const folder = study('continued');
    writeFileSync(`${folder}/models/mlp-quadrants-sign.lsn`, unpacked('study-model.lsn'));
    const before = counted(unpacked('study.json').toString());
    expect(measured('continued').status).toBe(0);
    // Nothing was trained: there is no checkpoint.
    expect(readdirSync(`${folder}/work`)).not.toContain('checkpoints');
    expect(counted(readFileSync(`${folder}/study.json`, 'utf8'))).toEqual(before);
  });

  it('with an unfinished training tell the command that makes way for a new one, with exit code 3', () => {
    const folder = study('unfinished');
    const { training } = z
      .object({ training: z.string() })
      .parse(JSON.parse(unpacked('study-trained.json').toString()));
    const checkpoints = `${folder}/work/checkpoints/${training}`;
    mkdirSync(checkpoints, { recursive: true });
    writeFileSync(`${checkpoints}/mlp-quadrants-sign.checkpoint`, unpacked('tiny.checkpoint'));
    const { status, stdout } = measured('unfinished');
    expect(status).toBe(3);
    expect(stdout).toContain(`rm unfinished/work/checkpoints/${training}/mlp-quadrants-sign.checkpoint`);
  });
});
