import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from '../../cli/harness.js';
import { studyFolderForTest } from '../../studies/synthetic.js';

const folder = temporaryFolder();
const model = modelPath('mnist-5core');
const small = studyFolderForTest();
const ok = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await cli(args);
  expect(code, err + out).toBe(0);
  return out;
};

describe('--chip ranc', () => {
  it('compiles, runs, sweeps and reports like every chip', async () => {
    const [program, result, sweep, page] = ['p.lsp', 'r.json', 's.json', 'p.html'].map(folder.at);
    const summary = JSON.parse(await ok('compile', model, '--chip', 'ranc', '-o', program!, '--json'));
    expect(summary).toMatchObject({ target: 'ranc', chip: 'ranc', cores: 5, energyUj: { unknown: true } });
    for (const engine of ['fast', 'reference']) {
      const run = JSON.parse(await ok('run', program!, '--limit', '50', '--engine', engine, '-o', result!, '--json'));
      expect(run).toMatchObject({ target: 'ranc', engine, samples: 50, mismatches: 0 });
    }
    const levels = ['--distortion', 'ber', '--levels', '0,0.1', '--chips', '2', '--limit', '50'];
    expect(await ok('sweep', program!, ...levels, '-o', sweep!)).toMatch(/0 +2 +98\.00 %/);
    await ok('report', result!, sweep!, '-o', page!);
    expect(readFileSync(page!, 'utf8')).toContain('mnist-5core');
  });

  it('takes a preset, and a spec file that chip --yaml printed and somebody changed', async () => {
    const spec = folder.at('my.yaml');
    const printed = await ok('chip', 'ranc', '--yaml');
    expect(printed).toMatch(/^maxTickOffset: 16/m);
    writeFileSync(
      spec,
      printed.replace(/^maxTickOffset: 16/m, 'maxTickOffset: 6').replace(/^name: .*$/m, 'name: mine'),
    );
    const exported = await ok('compile', model, '--chip', 'ranc', '--spec', spec, '--json');
    expect(JSON.parse(exported)).toMatchObject({ target: 'ranc', cores: 5 });
    expect(JSON.parse(await ok('chip', 'ranc-rtl', '--json'))).toMatchObject({
      target: 'ranc',
      spec: { potentialBits: 9, weightBits: 9, maxHop: 255, busLines: 256 },
    });
    const narrow = await cli(['compile', modelPath('mnist-mlp'), '--spec', 'ranc-rtl']);
    expect(narrow).toMatchObject({ code: 1, err: expect.stringMatching(/potential-range|threshold-range/) });
  });

  it('refuses options of other chips, with their names', async () => {
    const refused = await cli(['compile', model, '--chip', 'ranc', '--board', 'ns1e']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('option-of-another-chip') });
  });

  it('is studied', async () => {
    const study = small.at('study.yaml');
    writeFileSync(
      study,
      `name: open
seed: 1
chips: 2
images: 60
networks:
  - family: mlp
    recipe: tiny.yaml
    datasets: [./quadrants]
    variants: { sign: { weights: { kind: sign, bound: 0.125 } } }
faults:
  - { chip: ranc, networks: ['*'], effect: dead_neuron, levels: [0, 0.5] }
`,
    );
    await ok('study', 'robustness', study, '-o', small.at('out'), '--json');
    const { rows }: { rows: { part: string; target: string; correct?: number; level: number }[] } = JSON.parse(
      readFileSync(small.at('out/study.json'), 'utf8'),
    );
    const golden = (target: string) => rows.find((row) => row.part === 'golden' && row.target === target)?.correct;
    expect(golden('ranc')).toBe(golden('network'));
    expect(rows.some(({ target, level }) => target === 'ranc' && level === 0.5)).toBe(true);
  });
});

describe('a folder that ranc export wrote', () => {
  const exported = folder.at('export');

  it('opens in run, sweep and report, by itself and by its input.json, and is compared with the recorded scores', async () => {
    await ok('ranc', 'export', model, '--limit', '30', '-o', exported);
    const [result, page] = [folder.at('i.json'), folder.at('i.html')];
    for (const path of [exported, `${exported}/input.json`]) {
      const run = JSON.parse(await ok('run', path, '-o', result, '--json'));
      expect(run).toMatchObject({
        target: 'ranc',
        data: 'mnist',
        samples: 30,
        mismatches: 0,
        accuracyInteger: 29 / 30,
      });
    }
    expect(await ok('run', exported, '--limit', '10')).toMatch(/samples +10, 9 correct\nmismatches +0 samples/);
    const noisy = JSON.parse(await ok('run', exported, '--noise', 'drop=0.2', '--json'));
    expect(noisy.mismatches).toBeGreaterThan(10);
    expect(await ok('sweep', exported, '--distortion', 'ber', '--levels', '0', '--chips', '2')).toMatch(/96\.67 %/);
    await ok('report', result, '-o', page);
    expect(existsSync(page)).toBe(true);
  });

  it('has no way in for another data set, and no options of compiling', async () => {
    for (const [args, code] of [
      [['--data', 'mnist'], 'recorded-samples'],
      [['--limit', '31'], 'limit-beyond-data'],
      [['--chip', 'ranc'], 'option-of-a-model'],
    ] as const) {
      expect(await cli(['run', exported, ...args])).toMatchObject({ code: 1, err: expect.stringContaining(code) });
    }
  });

  it('is not exported again', async () => {
    const again = await cli(['ranc', 'export', exported, '-o', folder.at('again')]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('no-network') });
  });

  it('is refused without its decoding.json, with the command that runs it', async () => {
    rmSync(`${exported}/decoding.json`);
    const bare = await cli(['run', exported]);
    expect(bare).toMatchObject({ code: 1, err: expect.stringMatching(/no-input-code[^]*lodestone ranc run/) });
    rmSync(`${exported}/input.json`);
    expect(await cli(['run', exported])).toMatchObject({ code: 1, err: expect.stringContaining('not-a-file') });
  });
});

it('ranc export takes programs for TrueNorth-style chips, and refuses those that no RANC equals', async () => {
  const [program, north] = [folder.at('tn.lsp'), folder.at('np.lsp')];
  await ok('compile', model, '--chip', 'truenorth', '-o', program);
  await ok('ranc', 'export', program, '--limit', '5', '-o', folder.at('tn'));
  expect(JSON.parse(await ok('run', folder.at('tn'), '--json'))).toMatchObject({ samples: 5, mismatches: 0 });
  await ok('compile', model, '--chip', 'northpole', '-o', north);
  expect(await cli(['ranc', 'export', north, '-o', folder.at('np')])).toMatchObject({
    code: 1,
    err: expect.stringContaining('wrong-chip'),
  });
});
