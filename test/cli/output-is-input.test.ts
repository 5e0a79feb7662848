import { copyFileSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const model = folder.at('in.lsn');

beforeAll(() => copyFileSync(modelPath('mnist-5core'), model));

async function refuses(args: readonly string[], code: string, text: RegExp): Promise<void> {
  const before = readFileSync(model);
  const outcome = await cli(args);
  expect(outcome.code, outcome.out).toBe(1);
  expect(outcome.err).toContain(`error[${code}]`);
  expect(outcome.err).toMatch(text);
  expect(readFileSync(model).equals(before)).toBe(true);
}

describe('an output that is an input', () => {
  it('is refused under every name that leads to the file', async () => {
    linkSync(model, folder.at('hard.lsn'));
    symlinkSync('in.lsn', folder.at('soft.lsn'));
    for (const name of ['in.lsn', 'hard.lsn', 'soft.lsn', './in.lsn']) {
      await refuses(
        ['compile', model, '-o', folder.at(name)],
        'output-is-input',
        /--output .*in\.lsn, which would be lost/,
      );
    }
  });

  it('is refused where the input is named by an option or is one of several', async () => {
    const data = folder.at('data.csv');
    writeFileSync(data, 'label,a\n1,2\n');
    await refuses(['run', model, '--data', data, '-o', data], 'output-is-input', /input --data/);
    const [one, two] = [folder.at('one.json'), folder.at('two.json')];
    for (const path of [one, two]) writeFileSync(path, '{}');
    await refuses(['report', one, two, '--output', two], 'output-is-input', /input .*two\.json/);
    const recipe = folder.at('recipe.yaml');
    const text = readFileSync(modelPath('mnist-5core').replace(/lsn$/, 'yaml'), 'utf8');
    writeFileSync(recipe, `${text}\nstart: in.lsn\n`);
    await refuses(['train', recipe, '-o', model], 'output-is-input', /in\.lsn/);
  });

  it('is refused twice for two outputs in one file, also for one that is not there yet', async () => {
    const args = ['truenorth', 'export', model, '-o', folder.at('m.json')];
    await refuses([...args, '--in-map', folder.at('m.json')], 'output-twice', /--in-map/);
    await refuses([...args, '--out-map', model], 'output-is-input', /--out-map/);
  });
});
