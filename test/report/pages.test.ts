/** Pages as people see them: in a browser, from a file, without a request, with nothing that axe-core finds. */
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from '../cli/harness.js';
import { expectAccessible, noBrowser, openBrowser, openPage } from '../support/browser.js';

const folder = temporaryFolder();
const five = modelPath('mnist-5core');
const few = ['--limit', '8'];

describe.skipIf(noBrowser !== '')(`pages${noBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    const run = async (...args: readonly string[]) => expect(await cli(args)).toMatchObject({ code: 0 });
    await run('run', five, ...few, '-o', folder.at('run.json'));
    await run('run', modelPath('mnist-mlp'), '--chip', 'northpole', ...few, '-o', folder.at('northpole.json'));
    const sweep = ['--distortion', 'ber', '--levels', '0,0.1', '--chips', '2', '-o', folder.at('sweep.json')];
    await run('sweep', five, ...few, ...sweep);
    await run('report', folder.at('run.json'), '-o', folder.at('run.html'));
    await run(
      'report',
      ...['run', 'northpole', 'sweep'].map((name) => folder.at(`${name}.json`)),
      '-o',
      folder.at('all.html'),
    );
    await run('explore', 'examples/explorations/small.yaml', '-o', folder.at('explored'));
  });
  afterAll(() => browser.close());

  it.each([
    ['run.html', false],
    ['all.html', false],
    ['all.html', true],
    ['explored/report.html', false],
    ['explored/report.html', true],
  ])('%s, dark: %s', async (name, dark) => {
    const { page, problems } = await openPage(browser, pathToFileURL(folder.at(name)).href, { dark });
    await expectAccessible(page);
    expect(problems).toEqual([]);
    await page.close();
  });
});
