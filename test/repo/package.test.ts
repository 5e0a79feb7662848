import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const manifest = z
  .object({
    license: z.string(),
    scripts: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(read('package.json')));

/** Markdown at the root, in docs and beside the examples. */
function documents(): readonly string[] {
  const nested = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  );
  return [...readdirSync(root), ...nested].filter((path) => path.endsWith('.md'));
}

describe('package', () => {
  it('locks no registry address, so that it installs from any mirror', () => {
    const lock = z
      .object({
        packages: z.record(
          z.string(),
          z.object({ resolved: z.string().optional(), integrity: z.string().optional(), link: z.boolean().optional() }),
        ),
      })
      .parse(JSON.parse(read('package-lock.json')));
    const entries = Object.entries(lock.packages).filter(([name]) => name !== '');
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const all = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies };
    for (const [name, version] of Object.entries(all)) expect(version, name).toMatch(/^\d+\.\d+\.\d+[\w.-]*$/);
  });

  it('carries the full text of its licence', () => {
    expect(manifest.license).toBe('Apache-2.0');
    const text = read('LICENSE');
    expect(text).toContain('Version 2.0, January 2004');
    expect(text).toContain('END OF TERMS AND CONDITIONS');
  });
});

describe('documents', () => {
  it('name only npm scripts that exist', () => {
    expect(documents()).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md']));
    for (const path of documents()) {
      for (const [, script] of read(path).matchAll(/npm run ([a-z][\w:-]*)/g)) {
        expect(Object.keys(manifest.scripts), `npm run ${script} in ${path}`).toContain(script);
      }
      if (/npm start\b/.test(read(path))) expect(Object.keys(manifest.scripts), path).toContain('start');
    }
  });

  it('name only files and folders that exist', () => {
    const missing = documents().flatMap((path) =>
      [...read(path).matchAll(/`((?:src|test|examples|docs|bench|scripts)\/[\w./-]*\w)(?![\w*-])/g)]
        .map(([, name = '']) => name)
        // NAME stands for the name of any chip.
        .filter((name) => !['', '.ts'].some((end) => existsSync(join(root, name.replace('/NAME', '/truenorth') + end))))
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('link to pages and headings that exist', () => {
    const broken = documents().flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)]*)?\)/g)]
        .filter(([, target = '', anchor]) => {
          const file = target === '' ? path : join(dirname(path), target);
          if (!existsSync(join(root, file))) return true;
          return anchor !== undefined && !headings(read(file)).includes(anchor.slice(1));
        })
        .map(([link]) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function headings(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
