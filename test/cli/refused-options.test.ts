import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const model = modelPath('mnist-5core');

async function refuses(args: readonly string[], code: string, text: RegExp, exit = 1): Promise<void> {
  const outcome = await cli(args);
  expect(outcome.code, outcome.out).toBe(exit);
  expect(outcome.out).toBe('');
  expect(outcome.err).toContain(code);
  expect(outcome.err).toMatch(text);
}

describe('options that would change nothing are refused', () => {
  const scope = ['--fault-layers', 'hidden', '--protected-bits', '1', '--known'];

  it('where faults are, without faults, all of them at once', async () => {
    for (const run of [
      ['run', model],
      ['sums', modelPath('sums-transformer')],
    ]) {
      await refuses([...run, ...scope], '[scope-without-noise]', /--protected-bits[^]*--fault-layers[^]*--known/);
    }
  });

  it('a level behind a level', async () => {
    await refuses(['run', model, '--noise', 'ber=0.1=0.2'], '[bad-noise-level]', /"0\.1=0\.2" is not a level of ber/);
    const bits = ['quantize', modelPath('mnist-resnet-float'), '-o', folder.at('q.lsn'), '--layer-bits', 'conv0=4=8'];
    await refuses(bits, '[bad-bits]', /"4=8" is not a number of bits/);
  });

  it('--resume without a checkpoint to go on from', async () => {
    const recipe = modelPath('mnist-5core').replace(/lsn$/, 'yaml');
    const train = ['train', recipe, '-o', folder.at('t.lsn'), '--resume'];
    await refuses(train, '[resume-without-checkpoint]', /--checkpoint FOLDER/);
  });

  it('an option that is given twice', async () => {
    const twice = ['run', model, '--limit', '5', '--noise', 'ber=0.1', '--limit', '6', '--noise', 'ber=0.2'];
    await refuses(twice, '[repeated-option]', /--limit: [^]*--noise: /);
    await refuses(['ranc', 'run', 'a', 'b', '--ticks', '5', '--ticks=6'], '[repeated-option]', /--ticks/);
    await refuses(['report', 'r', '-o', 'a', '--output', 'b'], '[repeated-option]', /--output/);
  });

  it('an item that is twice in a list', async () => {
    const noise = ['--noise', 'ber=0.01'];
    for (const list of [
      ['--fault-memories', 'thresholds,thresholds'],
      ['--protected-bits', '3,4,3'],
      ['--fault-layers', 'a, a'],
    ]) {
      await refuses(['run', model, ...noise, ...list], list[0]!, /is in the list twice/, 2);
    }
  });
});

describe('more samples than there are are refused', () => {
  const data = folder.at('four.csv');
  const own = ['--data', data, '--limit', '5'];
  const beyond = /--limit 5: data set "[^"]*" has only 4/;

  beforeAll(() => {
    const row = (label: number): string => [label, ...Array.from({ length: 784 }, (_, i) => (i * 37) % 256)].join(',');
    const header = ['label', ...Array.from({ length: 784 }, (_, i) => `p${i}`)].join(',');
    writeFileSync(data, `${[header, ...[0, 3, 5, 9].map(row)].join('\n')}\n`);
  });

  it('by every command with a limit', async () => {
    for (const command of [
      ['run', model],
      ['sweep', model, '--distortion', 'ber', '--levels', '0.1'],
      ['sweep', model, '--on', 'network', '--distortion', 'sign'],
      ['timing', model],
      ['ranc', 'export', model, '-o', folder.at('ranc')],
      ['truenorth', 'export', model, '-o', folder.at('m.json'), '--input-spikes', folder.at('i.sfti')],
    ]) {
      await refuses([...command, ...own], '[limit-beyond-data]', beyond);
    }
  });

  it('but defaults take what there is', async () => {
    expect((await cli(['timing', model, '--data', data])).out).toMatch(/4 samples/);
    expect((await cli(['ranc', 'export', model, '--data', data, '-o', folder.at('ranc')])).out).toMatch(/4 samples/);
  });
});
