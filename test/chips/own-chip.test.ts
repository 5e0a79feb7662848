import { readFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { chipLike } from '../../src/chips/chip-like.js';
import { chipProblems, loadChipFile } from '../../src/chips/own-chip.js';
import { fail } from '../../src/common/diagnostics.js';
import { decodeResultFile } from '../../src/report/result-file.js';
import { cli, modelPath, temporaryFolder } from '../cli/harness.js';
import { studyFolderForTest } from '../studies/synthetic.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOW_POWER = join(ROOT, 'examples/chips/northpole-low-power');
const own = ['--chip', LOW_POWER, '--allow-code'];
const folder = temporaryFolder();
const model = modelPath('mnist-mlp');

/** A folder with files, and the package where `npm link` has it. */
function chipFolder(name: string, files: Readonly<Record<string, string>>): string {
  const path = folder.at(name);
  mkdirSync(join(path, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(path, 'node_modules/lodestone'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe('a chip in a folder of its own', () => {
  it('is not run unless that is asked for, by an option or by the environment', async () => {
    const refused = await cli(['compile', model, '--chip', LOW_POWER]);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/code-not-allowed.*may do whatever you may do/),
    });
    expect(refused.err).toContain('add --allow-code (or set LODESTONE_ALLOW_CODE=1)');
    expect(await cli(['compile', model, '--chip', LOW_POWER], { allowsCode: true })).toMatchObject({ code: 0 });
    expect(await cli(['compile', model, `--chip=${LOW_POWER}`, '--allow-code'])).toMatchObject({ code: 0 });
  });

  it('compiles, checks, runs, sweeps with any number of workers, and is reported', async () => {
    const [program, result, one, two, page] = ['a.lsp', 'r.json', '1.json', '2.json', 'p.html'].map(folder.at);
    expect(await cli(['check', model, ...own])).toMatchObject({
      code: 0,
      out: expect.stringContaining('fits low-power chips'),
    });
    expect(await cli(['compile', model, ...own, '--batch', '2', '-o', program!])).toMatchObject({ code: 0 });
    expect(await cli(['run', program!])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/unknown-chip.*"northpole-low-power"/),
    });
    const ran = await cli(['run', program!, ...own, '--limit', '20', '-o', result!]);
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/on low-power, mnist[^]*mismatches +0 samples[^]*at 100 MHz/),
    });
    const levels = ['--distortion', 'ber', '--levels', '0,0.3', '--chips', '3', '--limit', '20'];
    const swept = (file: string, workers: string) =>
      cli(['sweep', program!, ...own, ...levels, '--workers', workers, '-o', file]);
    expect(await swept(one!, '1')).toMatchObject({ code: 0 });
    expect(await swept(two!, '2')).toMatchObject({ code: 0 });
    const points = (file: string) => decodeResultFile(readFileSync(file, 'utf8'), file).noise;
    expect(points(two!)).toEqual(points(one!));
    expect(points(one!)[1]!.accuracyMean).toBeLessThan(points(one!)[0]!.accuracyMean);
    expect(await cli(['report', result!, two!, '-o', page!, ...own])).toMatchObject({ code: 0 });
    expect(readFileSync(page!, 'utf8')).toContain('mnist-mlp (northpole-low-power)');
    expect(await cli(['diff', program!, program!, ...own])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/moves|place/),
    });
  });

  it('is described, and its presets and spec files are known', async () => {
    expect((await cli(['chip', ...own])).out).toMatch(
      /northpole-low-power +low-power-4bit +the same without 8-bit operands/,
    );
    const spec = folder.at('slow.yaml');
    writeFileSync(spec, 'base: low-power\nname: slow\nclockMhz: 10\n');
    expect((await cli(['compile', model, ...own, '--spec', spec])).out).toContain('at 10 MHz');
    expect(await cli(['compile', model, ...own, '--spec', 'low-power-4bit'])).toMatchObject({ code: 0 });
    expect(await cli(['compile', model, ...own, '--window', '8'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('option-of-another-chip'),
    });
  });

  it('is studied beside the installed ones', async () => {
    const small = studyFolderForTest();
    const study = small.at('study.yaml');
    writeFileSync(
      study,
      `name: low-power
seed: 1
chips: 2
images: 40
networks:
  - family: mlp
    recipe: tiny.yaml
    datasets: [./quadrants]
    variants: { sign: { weights: { kind: sign, bound: 0.125 } } }
compile: { northpole-low-power: { spec: low-power-4bit } }
faults:
  - { chip: northpole-low-power, networks: ['*'], effect: ber, levels: [0, 0.3] }
`,
    );
    const done = await cli(['study', 'robustness', study, '-o', small.at('out'), '--workers', '2', ...own]);
    expect(done.code, done.err).toBe(0);
    const text = readFileSync(small.at('out/study.json'), 'utf8');
    expect(text).toContain(`--chip ${LOW_POWER} -o`);
    expect(JSON.parse(text).rows.some((row: { target: string }) => row.target === 'northpole-low-power')).toBe(true);
  });

  it('is explored, its points run in processes, and run again where that is asked for', async () => {
    const experiment = folder.at('experiment.yaml');
    writeFileSync(
      experiment,
      `name: low-power
networks: [{ model: ${modelPath('mnist-5core')}, dataset: mnist }]
images: 20
chips:
  - chip: northpole-low-power
    parameters: { clockMhz: [50, 100] }
objectives: [accuracy, latency]
`,
    );
    const done = await cli(['explore', experiment, '-o', folder.at('explored'), '--workers', '1', ...own, '--json']);
    expect(done.code, done.err + done.out).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({ counts: { measured: 2 } });
    expect(await cli(['reproduce', folder.at('explored'), '0'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/unknown-chip/),
    });
    expect(await cli(['reproduce', folder.at('explored'), '0', ...own])).toMatchObject({
      code: 0,
      out: expect.stringContaining('the same bits'),
    });
    expect(await cli(['explore', experiment, '-o', folder.at('other')])).toMatchObject({ code: 1 });
  });

  it('is held to its specification as the installed ones', async () => {
    const fuzzed = await cli(['conform', 'fuzz', ...own, '--cases', '1']);
    expect(fuzzed).toMatchObject({ code: 0, out: expect.stringMatching(/no difference in 1 programs?/) });
  });

  it('may be TypeScript of several files, made ready by esbuild', async () => {
    const path = chipFolder('typed', {
      'values.ts': 'export const gridWidth: number = 4;\n',
      'chip.ts': `import { chipLike, northPole, type Chip } from 'lodestone/chips';
import { gridWidth } from './values.ts';
const values: object = { gridWidth };
export const chip: Chip = chipLike(northPole, { name: 'typed', title: 'typed chips', presets: { typed: { what: 'narrow', values } } });
`,
    });
    const ran = await cli(['run', model, '--chip', path, '--allow-code', '--limit', '10']);
    expect(ran).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/on typed, mnist[^]*mismatches +0 /) });
    expect(await cli(['run', model, '--chip', path, '--allow-code', '--batch', '0'])).toMatchObject({ code: 2 });
  });
});

describe('a folder that holds no chip', () => {
  const of = (path: string) => cli(['compile', model, '--chip', path, '--allow-code']);

  it('is said with what is missing, all of it at once', async () => {
    expect(await of('./nowhere')).toMatchObject({ code: 1, err: expect.stringContaining('file-missing') });
    expect(await of(chipFolder('empty', {}))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no-chip.*chip.js, chip.mjs, chip.ts/),
    });
    expect(await of(chipFolder('nothing', { 'chip.mjs': 'export const chips = 1;' }))).toMatchObject({
      code: 1,
      err: expect.stringContaining('it exports no chip'),
    });
    const half = { name: 'My chip', title: 1, specs: { presets: {} }, format: { kind: 'other' } };
    const path = chipFolder('half', { 'chip.mjs': `export default ${JSON.stringify(half)};` });
    expect(await of(path)).toMatchObject({ code: 1, err: expect.stringMatching(/title: it is a number, no string/) });
    const found = chipProblems(half, 'half').map(({ place, message }) => `${place} ${message}`);
    expect(found).toContain('half: compile it is missing (a function)');
    expect(found).toContain('half: engines it is missing (a list)');
    expect(found).toContain('half: name "My chip" is not lower case without spaces, at most 64 characters');
    expect(found).toContain('half: specs.presets there is none');
    expect(found).toContain('half: format.kind programs are of kind "other", and the chip is called "My chip"');
  });

  it('is said where its file cannot be loaded, or takes the name of another chip', async () => {
    expect(await of(chipFolder('broken', { 'chip.mjs': 'throw new Error("not today");' }))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/chip-not-loaded.*not today/),
    });
    const taken = "import { trueNorth } from 'lodestone/chips'; export const chip = trueNorth;";
    expect(await of(chipFolder('taken', { 'chip.mjs': taken }))).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is a chip "truenorth" already'),
    });
    const outOfRange = `import { CHIPS, chipLike } from 'lodestone/chips';
export const chip = chipLike(CHIPS[0], { name: 'huge', title: 'huge', presets: { huge: { what: 'x', values: { axonsPerCore: 1e9, nurons: 1 } } } });`;
    const { err } = await of(chipFolder('range', { 'chip.mjs': outOfRange }));
    expect(err).toMatch(/axonsPerCore.*1000000000/);
    expect(err).toMatch(/unknown key "nurons"/);
  });

  it('is no option of a command that has no choice of chips', async () => {
    expect(await cli(['chip', '--chip', 'truenorth'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no-folder'),
    });
  });
});

describe('a chip like another one', () => {
  const twin = chipLike(trueNorth, { name: 'twin', title: 'twins', presets: { twin: { what: 'a twin' } } });

  it('keeps the contract, and refuses the programs of its base', async () => {
    expect(chipProblems(twin, 'twin')).toEqual([]);
    const kit = (await twin.kit?.()) ?? fail('no-kit', 'twin', 'none', 'none');
    const program = kit.randomProgram(1);
    expect([twin.isProgram(program), trueNorth.isProgram(program)]).toEqual([true, false]);
    const inner = { ...program, kind: 'truenorth' };
    expect(twin.format.schema.safeParse(inner).success).toBe(false);
  });

  it('has every part that its base has, but for published numbers and old files', () => {
    for (const base of CHIPS) {
      const twin = chipLike(base, { name: 'twin', title: 'twins', presets: { twin: { what: 'a twin' } } });
      const lost = Object.keys(base).filter((part) => !Object.hasOwn(twin, part));
      expect(
        lost.filter((part) => !['olderResults', 'validation'].includes(part)),
        base.name,
      ).toEqual([]);
    }
  });

  it('gives the same program where nothing is done to it, so that who keeps something by it finds it again', async () => {
    const kit = (await twin.kit?.()) ?? fail('no-kit', 'twin', 'none', 'none');
    const program = kit.randomProgram(1);
    expect(twin.damage(program, {})).toBe(program);
  });
});

it('a file is loaded with its own path, so that threads find it', async () => {
  const file = join(LOW_POWER, 'chip.js');
  expect((await loadChipFile(file)).file).toBe(file);
});
