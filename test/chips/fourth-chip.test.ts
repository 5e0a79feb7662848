import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { REGISTRY } from '../../src/chips/registry.js';
import { loadDataset } from '../../src/data/index.js';
import { sweepNoise } from '../../src/experiments/noise-sweep.js';
import { compileNetwork, readNetwork, readProgram, runCompiled, writeProgram } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { decodeResultFile } from '../../src/report/result-file.js';
import { cli, modelPath, temporaryFolder } from '../cli/harness.js';
import { studyFolderForTest } from '../studies/synthetic.js';
import { abacus } from '../support/abacus-chip.js';

const chips = [...CHIPS, abacus];
const bigEnough = { ...abacus.specs.presets['abacus']!, name: 'big', beads: 1_000_000 };
const folder = temporaryFolder();
const path = modelPath('mnist-mlp');
const float = readNetwork(readFileSync(path), path);
const data = await loadDataset('mnist', 'test');
const small = studyFolderForTest();

describe('a chip that no folder of the project knows', () => {
  it('is not installed: tests bring it', () => {
    expect(REGISTRY.map(({ name }) => name)).not.toContain('abacus');
    expect(() => compileNetwork(float, { chip: 'abacus' })).toThrow(/there is no chip "abacus"/);
  });

  it('compiles, with its own options and limits', () => {
    const { program, compile } = compileNetwork(float, { chip: abacus, rods: 3, spec: bigEnough });
    expect([program.rods, compile]).toEqual([3, { rods: 3 }]);
    expect(() => compileNetwork(float, { chip: abacus, spec: abacus.specs.presets['abacus-small']! })).toThrow(
      /too-few-beads.*268800 weights, 268790 more than "abacus-small" has beads/,
    );
    const untyped: object = { chip: abacus, window: 3 };
    expect(() => compileNetwork(float, { ...untyped, chip: abacus })).toThrow(/has no option "window"/);
  });

  it('runs, every score that of the integer network, from a program file too', async () => {
    const compilation = compileNetwork(float, { chip: abacus, spec: bigEnough });
    const file = writeProgram(compilation);
    expect(() => readProgram(file, 'a.lsp')).toThrow(/unknown-chip.*a chip called "abacus"/);
    const read = readProgram(file, 'a.lsp', chips);
    expect(writeProgram(read)).toEqual(file);
    const run = { limit: 40, workers: 2, seed: 1, noise: NO_NOISE };
    const result = await runCompiled({ ...compilation, float }, data, run);
    expect(result).toMatchObject({ target: 'abacus', mismatches: 0, cores: 1, time: { unit: 'step' } });
    expect(await runCompiled({ ...read, float }, data, run)).toMatchObject({ correct: result.correct, mismatches: 0 });
  });

  it('has its own faults in runs and sweeps, for any number of workers', async () => {
    const runnable = { ...compileNetwork(float, { chip: abacus, spec: bigEnough }), float };
    const noisy = { limit: 30, workers: 1, seed: 1, noise: { ...NO_NOISE, ber: 0.05 } };
    expect((await runCompiled(runnable, data, noisy)).mismatches).toBeGreaterThan(20);
    const dropping = { ...noisy, noise: { ...NO_NOISE, drop: 0.1 } };
    await expect(runCompiled(runnable, data, dropping)).rejects.toThrow(/noise-not-modelled.*beads do not spike/);
    const options = { distortion: 'ber', levels: [0, 0.2], chips: 2, limit: 30, seed: 1 } as const;
    const one = await sweepNoise(runnable, data, { ...options, workers: 1 });
    expect(one[1]!.accuracyMean).toBeLessThan(one[0]!.accuracyMean);
    expect(one[0]).toMatchObject({ target: 'abacus' });
    expect(await sweepNoise(runnable, data, { ...options, workers: 2 })).toEqual(one);
  });

  it('is on the command line: compile, run, sweep, report, chip', async () => {
    const spec = folder.at('big.yaml');
    writeFileSync(spec, 'base: abacus\nname: big\nbeads: 1000000\n');
    const [program, result, sweep, page] = ['a.lsp', 'r.json', 's.json', 'p.html'].map(folder.at);
    const of = (...args: string[]) => cli(args, { chips });
    const compiled = await of('compile', path, '--chip', 'abacus', '--spec', spec, '--rods', '2', '-o', program!);
    expect(compiled).toMatchObject({
      code: 0,
      out: expect.stringMatching(/268800 beads[^]*time per sample +\d+ steps/),
    });
    const ran = await of('run', program!, '--limit', '20', '-o', result!);
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/mismatches +0 samples[^]*beads in use +268,800/),
    });
    const levels = ['--distortion', 'ber', '--levels', '0,0.2', '--chips', '2', '--limit', '20'];
    expect(await of('sweep', program!, ...levels, '-o', sweep!)).toMatchObject({ code: 0 });
    expect(decodeResultFile(readFileSync(sweep!, 'utf8'), 's').programs[0]).toMatchObject({
      target: 'abacus',
      chip: 'big',
    });
    expect(await of('report', result!, sweep!, '-o', page!)).toMatchObject({ code: 0 });
    expect(readFileSync(page!, 'utf8')).toMatch(/268800 beads on 2 rods[^]*mnist-mlp \(abacus\)/);
    const refused = await of('run', path, '--chip', 'abacus', '--window', '8');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/option-of-another-chip.*--window 8: abacuses/),
    });
    expect((await of('chip', 'abacus', '--yaml')).out).toMatch(/beads: 100000/);
    expect((await of('chip')).out).toMatch(/abacus-small +ten beads/);
  });

  it('is studied beside the others', async () => {
    const study = small.at('study.yaml');
    writeFileSync(
      study,
      `name: beads
seed: 1
chips: 2
images: 60
networks:
  - family: mlp
    recipe: tiny.yaml
    datasets: [./quadrants]
    variants: { sign: { weights: { kind: sign, bound: 0.125 } } }
faults:
  - { chip: abacus, networks: ['*'], effect: ber, levels: [0, 0.3] }
`,
    );
    const done = await cli(['study', 'robustness', study, '-o', small.at('out'), '--json'], { chips });
    expect(done.code, done.err + done.out).toBe(0);
    const { rows } = JSON.parse(readFileSync(small.at('out/study.json'), 'utf8'));
    const golden = (target: string) =>
      rows.find((row: { part: string; target: string }) => row.part === 'golden' && row.target === target);
    expect(golden('abacus').correct).toBe(golden('network').correct);
    expect(rows.some((row: { target: string; level: number }) => row.target === 'abacus' && row.level === 0.3)).toBe(
      true,
    );
    const unknown = await cli(['study', 'robustness', study, '-o', small.at('out2')]);
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringMatching(/faults\.0\.chip: there is no chip "abacus"/),
    });
  });
});
