import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../cli/harness.js';
import { expectAccessible, noBrowser, openBrowser, openPage } from '../support/browser.js';

describe('the site', () => {
  const folder = temporaryFolder();
  let site: string;
  beforeAll(async () => {
    site = folder.at('site');
    await promisify(execFile)('node', ['scripts/playground.mjs', '--build-only', '--out', site]);
  });
  const files = (): readonly string[] =>
    readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(site, path)).isFile());

  it('is below 1.5 MB compressed, all of it', () => {
    const bytes = files().reduce((sum, path) => sum + gzipSync(readFileSync(join(site, path))).length, 0);
    expect(bytes).toBeGreaterThan(200_000);
    expect(bytes).toBeLessThan(1_500_000);
  });

  it('knows no module of Node', () => {
    for (const path of files().filter((name) => name.endsWith('.js'))) {
      expect(readFileSync(join(site, path), 'utf8'), path).not.toMatch(/["']node:|__vite-browser-external/);
    }
  });

  describe.skipIf(noBrowser !== '')(`in Chromium${noBrowser}`, () => {
    let browser: Browser;
    let server: ChildProcess;
    let page: Page;
    let address = '';
    let problems: readonly string[] = [];

    beforeAll(async () => {
      server = spawn('node', ['scripts/playground.mjs', '--serve-only', '--out', site, '--port', '0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [said] = server.stdout === null ? [] : await once(server.stdout, 'data');
      address = String(said).trim();
      browser = await openBrowser();
      ({ page, problems } = await openPage(browser, address));
      await says('#verdict', /^7, bit for bit$/);
    });
    afterAll(async () => {
      await browser.close();
      server.kill();
    });
    /** Waits for a text. */
    const says = async (selector: string, pattern: RegExp, where = page): Promise<void> => {
      await vi.waitFor(async () => expect(await where.textContent(selector)).toMatch(pattern), 20_000);
    };

    it('is isolated, and shows the first image on the chip', async () => {
      expect(await page.evaluate('crossOriginIsolated')).toBe(true);
      await says('#now', /^tick 0 of 2: \d+ spikes$/);
    });

    it('draws', async () => {
      await page.click('#clear');
      const box = await page.locator('#pad').boundingBox();
      if (box === null) throw new Error('no pad');
      const { x, y, width, height } = box;
      await page.mouse.move(x + width / 2, y + height * 0.2);
      await page.mouse.down();
      await page.mouse.move(x + width / 2, y + height * 0.8, { steps: 5 });
      await page.mouse.up();
      await says('#label', /^your drawing$/);
      await says('#verdict', /^1, bit for bit$/);
    });

    it('steps, by keys too, and shows a core that is chosen', async () => {
      await page.selectOption('#example', 'mnist-mlp');
      await says('#status', /^mnist-mlp on/);
      await says('#now', /^tick \d+ of \d\d+:/);
      await page.focus('#tick');
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await says('#now', /^tick 1 of/);
      await page.click('#back');
      await says('#now', /^tick 0 of/);
      await page.click('#play');
      await says('#now', /^tick [2-9] of/);
      await page.click('#play');
      await page.selectOption('#core', '5');
      await says('#core-text', /^Core 5, .+ of 256 neurons fire/);
      const plan = await page.locator('#plan').boundingBox();
      if (plan === null) throw new Error('no plan');
      await page.mouse.click(plan.x + plan.width / 2, plan.y + plan.height / 2);
      await says('#core-text', /^Core (?!5,)\d+,/);
    });

    it('measures, adds faults and says them in the link', async () => {
      await page.fill('#limit', '40');
      await page.click('#measure');
      await says('#accuracy', /^\d+\.\d\d % of 40 images .+; 0 differ/);
      await page.fill('#level', '80');
      await page.dispatchEvent('#level', 'change');
      await says('#accuracy', /; [1-9]\d* differ/);
      await says('#verdict', /scores differ$/);
      expect(page.url()).toMatch(/#example=mnist-mlp&chip=.+&fault=ber&level=80$/);
      const another = await browser.newPage();
      await another.goto(page.url());
      const verdict = await page.textContent('#verdict');
      await says('#status', /^mnist-mlp on/, another);
      expect(await another.inputValue('#level')).toBe('80');
      expect(verdict).toMatch(/differ/);
      await another.close();
    });

    it('saves program, result and report', async () => {
      for (const [button, name] of [
        ['#export-program', 'mnist-mlp.lsp'],
        ['#export-result', 'mnist-mlp.json'],
        ['#export-report', 'mnist-mlp.html'],
        ['#export-plan', 'floor-plan.png'],
      ] as const) {
        const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
        expect(download.suggestedFilename()).toBe(name);
      }
    });

    it('shows the layers of a chip without spikes', async () => {
      await page.fill('#level', '0');
      await page.selectOption('#chip', 'northpole');
      await says('#now', /^\S+: \d+ cores, \d+ cycles$/);
      await says('#verdict', /bit for bit$/);
    });

    it('says what is wrong with a file, and goes on', async () => {
      const before = await page.textContent('#verdict');
      await page.setInputFiles('#file', {
        name: 'bad.lsn',
        mimeType: '',
        buffer: Buffer.from('LODESTON nothing else'),
      });
      await says('#errors', /^bad\.lsn: .+\[.+\]/);
      expect(await page.textContent('#verdict')).toBe(before);
      await page.setInputFiles('#file', 'examples/models/mnist-conv.lsn');
      await says('#status', /^mnist-conv on/);
      expect(await page.textContent('#errors')).toBe('');
    });

    it('has nothing that axe finds, light, dark and on a phone', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [1280, 380]) {
          await page.setViewportSize({ width, height: 800 });
          await expectAccessible(page);
          expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width}`).toBe(true);
        }
      }
    });

    it('works without its server once it was loaded', async () => {
      await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
      server.kill();
      await once(server, 'exit');
      await page.goto(`${address}#example=mnist-5core`);
      await page.reload();
      await says('#status', /^mnist-5core on/);
    });

    it('asked nobody else, and complained about nothing', () => {
      expect(problems).toEqual([]);
    });
  });
});
