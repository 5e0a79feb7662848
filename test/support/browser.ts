/** A browser of a test: the Chromium that is there, and pages that may ask for nothing but their own files. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { expect } from 'vitest';

const PLACES = [process.env['LODESTONE_CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const program = PLACES.find((path) => path !== '' && existsSync(path));

/** Why tests with a browser are left out; empty where there is one. */
export const noBrowser = program === undefined ? ' (skipped: there is no chromium)' : '';

/** Starts it. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(program !== undefined && { executablePath: program }), args: ['--no-sandbox'] });

/** A page, and what went wrong on it: errors of its console, exceptions, and requests for other than what it is allowed. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens an address; the page may ask for what begins with `own`, its own address without it. */
export async function openPage(
  browser: Browser,
  address: string,
  { own = address, dark = false }: { readonly own?: string; readonly dark?: boolean } = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({ colorScheme: dark ? 'dark' : 'light' });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !/^(data|blob):/.test(url)) problems.push(`asked for ${url}`);
  });
  await page.goto(address);
  return { page, problems };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Expects that axe-core finds nothing on a page. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 160) + " | " + failureSummary)]))',
  );
  expect(found).toEqual([]);
}
