import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cli } from './harness.js';
import { NETWORKS, studyFolderForTest } from '../studies/synthetic.js';

const folder = studyFolderForTest();
const HEAD = `${NETWORKS.replace(/ {6}sign-?[23]?: .*\n/g, '')}      broken: { training: { validationImages: 299 } }\n`;
const FAULTS = `faults:
  - { chip: truenorth, networks: ['*-clip'], effect: ber, levels: [0.1] }
`;
writeFileSync(folder.at('study.yaml'), HEAD + FAULTS);
const output = folder.at('out');

describe('lodestone study robustness', () => {
  test('prints the points of a plan without running them', async () => {
    const { code, out } = await cli(['study', 'robustness', folder.at('study.yaml'), '-o', output, '--plan']);
    expect(code).toBe(0);
    expect(out).toBe(`golden: mlp-quadrants-clip
golden: mlp-quadrants-clip on truenorth
golden: mlp-quadrants-broken
faults: mlp-quadrants-clip on truenorth, ber = 0.1
4 points
`);
    expect(() => readdirSync(output)).toThrow();
  });

  test('tells what is wrong with a specification, with exit code 1', async () => {
    writeFileSync(folder.at('wrong.yaml'), HEAD + FAULTS.replace('*-clip', 'mpl-*').replace('0.1', '7'));
    const { code, err } = await cli(['study', 'robustness', folder.at('wrong.yaml'), '-o', output]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[unknown-network\] .*faults\.0\.networks/);
    expect(err).toMatch(/error\[bad-noise-level\] .*faults\.0\.levels: "7" is not a level of ber/);
  });

  test('refuses entries whose rows would look the same, before anything is trained', async () => {
    const twice = `${FAULTS.replace('faults', 'voltage').replace('effect: ber, levels: [0.1]', 'table: [{ volts: 1, ber: 0.1, energyScale: 1 }]')}`;
    const other = twice.replace('voltage:\n', '').replace('energyScale: 1', 'energyScale: 2');
    writeFileSync(folder.at('twice.yaml'), HEAD + twice + other);
    const { code, err } = await cli(['study', 'robustness', folder.at('twice.yaml'), '-o', output]);
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[ambiguous-rows\] .*voltage: another entry gives rows of the same name/);
  });

  test('refuses more images than a data set has, for measuring and for training, before anything is trained', async () => {
    const text = HEAD.replace('images: 80', 'images: 81').replace('datasets:', 'trainingImages: 301\n    datasets:');
    writeFileSync(folder.at('beyond.yaml'), text);
    for (const more of [[], ['--plan']]) {
      const { code, err } = await cli(['study', 'robustness', folder.at('beyond.yaml'), '-o', output, ...more]);
      expect(code).toBe(1);
      expect(err).toMatch(/error\[limit-beyond-data\] .*: images: 81: the test split of "[^"]*" has only 80/);
      expect(err).toMatch(
        /error\[limit-beyond-data\] .*: trainingImages: 301: the training split of "[^"]*" has only 300/,
      );
    }
    expect(() => readdirSync(output)).toThrow();
  });

  test('does not write into a folder that another process writes into, and says which', async () => {
    mkdirSync(folder.at('held'));
    const by = { pid: 77, host: 'another-host', since: '2026-01-02T03:04:05.000Z' };
    writeFileSync(folder.at('held/.lodestone-lock'), JSON.stringify(by));
    const { code, err } = await cli(['study', 'robustness', folder.at('study.yaml'), '-o', folder.at('held')]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[folder-in-use\] .*process 77 on another-host writes into it since 2026-01-02/);
    expect(readdirSync(folder.at('held'))).toEqual(['.lodestone-lock']);
  });

  test('says how to go on after Ctrl-C, with exit code 130', async () => {
    const controller = new AbortController();
    controller.abort();
    const args = ['study', 'robustness', folder.at('study.yaml'), '-o', output];
    const { code, err } = await cli(args, { signal: controller.signal });
    expect(code).toBe(130);
    expect(err).toContain(`what is measured is kept in ${output}: the same command goes on from there`);
  });

  test('writes tables, figures and the report; failures are told, with exit code 3', async () => {
    const { code, out } = await cli(['study', 'robustness', folder.at('study.yaml'), '-o', output]);
    expect(code).toBe(3);
    expect(out).toMatch(
      /could not be measured: faults: mlp-quadrants-clip on truenorth, ber = 0\.1\n {2}error\[real-weights/,
    );
    expect(out).toContain(`1 rows (up to 3 chips per point), 3 failures, written to ${output}`);
    // What stopped a training is told at its points; the others are trained.
    expect(out).toMatch(/could not be measured: golden: mlp-quadrants-broken\n {2}error\[too-few-images\]/);
    const page = readFileSync(`${output}/report.html`, 'utf8');
    expect(page).toContain('real numbers, and the synapses of a TrueNorth-style chip are bits');
    expect(page).toContain('lodestone study robustness');
  });

  test('draws a study again from its data', async () => {
    const page = readFileSync(`${output}/report.html`);
    rmSync(`${output}/report.html`);
    const { code, out } = await cli(['study', 'report', output, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: 'tiny-study', output });
    expect(readFileSync(`${output}/report.html`)).toEqual(page);
    expect((await cli(['study', 'report', folder.at('none')])).code).toBe(1);
  });
});
