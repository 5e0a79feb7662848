import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { REGISTRY } from '../../src/chips/registry.js';

const root = fileURLToPath(new URL('../../src', import.meta.url));
/** Rooms above the chips, and the files that all chips share. */
const ABOVE = /^(flow\.ts|(flow|conformance|experiments|studies|explore|report|cli)\/.+\.ts|chips\/[^/]+\.ts)$/;
/** Where they are listed: loaded for everybody, and with their commands for the command line. */
const LISTS = ['chips/installed.ts', 'chips/registry.ts'];

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => ABOVE.test(path));

it('no file above the chips names one, not even in a comment; only the two lists do', () => {
  expect(files.length).toBeGreaterThan(100);
  const names = REGISTRY.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(1);
  const naming = files.filter((path) => {
    const text = readFileSync(join(root, path), 'utf8').toLowerCase();
    return names.some((name) => new RegExp(`\\b${name}`).test(text) || text.includes(`/${name}/`));
  });
  expect(naming.sort()).toEqual(LISTS);
});

it('both lists are the same, in the same order', async () => {
  expect(CHIPS).toEqual(await Promise.all(REGISTRY.map(({ load }) => load())));
});
