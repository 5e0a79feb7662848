import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PROBES, regionAt, type Region, withProbes } from './regions.js';

/** What one test file ran, by source file: which regions (withProbes) of which text. */
const entrySchema = z.object({
  /** Of the test file's text. */
  hash: z.string(),
  /** Seconds it took; Infinity, as null, when it failed or did not end. */
  seconds: z.number().nullable(),
  hits: z.record(z.string(), z.object({ hash: z.string(), regions: z.string() })),
});

const coverageSchema = z.object({
  tests: z.record(z.string(), entrySchema),
  /** Source files with the regions that run while modules are loaded: any test that imports them may run them. */
  loaded: z.record(z.string(), z.object({ hash: z.string(), regions: z.string() })),
});

/** Which test files run which regions of the source, as measured before; kept in `out/`. */
export type Coverage = z.infer<typeof coverageSchema>;

/** Where the measured coverage of a tree is kept. */
export const coverageFile = (root: string): string => join(root, 'out', 'mutants', 'coverage.json');

/** The coverage that was kept; empty at first. */
export function readCoverage(root: string): Coverage {
  const path = coverageFile(root);
  return existsSync(path) ? coverageSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : { tests: {}, loaded: {} };
}

/** Keeps the coverage for the next run. */
export function writeCoverage(root: string, coverage: Coverage): void {
  mkdirSync(dirname(coverageFile(root)), { recursive: true });
  writeFileSync(coverageFile(root), JSON.stringify(coverage));
}

/** A short name of a text. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Test files among these that were never measured, or were changed since. */
export function unmeasured(coverage: Coverage, root: string, tests: readonly string[]): string[] {
  return tests.filter((test) => coverage.tests[test]?.hash !== hashOf(readFileSync(join(root, test), 'utf8')));
}

interface ProbedFile {
  readonly file: string;
  readonly hash: string;
  readonly firstId: number;
  readonly nRegions: number;
}

/** Counters in the source files of a copy of the tree, and what reads them out after each test file. */
export interface Probes {
  /** Loaded into the test worker before anything else; defines the counters. */
  readonly preload: string;
  /** A setup file of the tests. */
  readonly setup: string;
  /** A test file that loads the source files it was made for, and does nothing else. */
  readonly loader: string;
  /** What was counted since the last call: by test file, the regions that ran. */
  collect(): ReadonlyMap<string, Coverage['loaded']>;
  /** Puts the source files back. */
  remove(): void;
}

const countsSchema = z.object({ test: z.string(), ran: z.array(z.number()) });

/** Writes counters into `files` of the copy in `root`; `loads` are files that its loader loads. */
export function placeProbes(root: string, files: readonly string[], loads: readonly string[]): Probes {
  const folder = join(root, '..', 'probes');
  mkdirSync(join(folder, 'counts'), { recursive: true });
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const probed: ProbedFile[] = [];
  let nIds = 0;
  for (const [file, text] of texts) {
    const { text: counted, regions } = withProbes(text, nIds);
    writeFileSync(join(root, file), counted);
    probed.push({ file, hash: hashOf(text), firstId: nIds, nRegions: regions.length });
    nIds += regions.length;
  }
  const preload = join(folder, 'preload.mjs');
  writeFileSync(preload, `globalThis.${PROBES} = new Uint8Array(${nIds});\n`);
  const setup = join(root, 'test', 'count-regions.ts');
  writeFileSync(setup, setupText(join(folder, 'counts')));
  const loader = join('test', 'load-source.test.ts');
  writeFileSync(join(root, loader), loaderText(loads));
  const byFile = (ids: readonly number[]): Coverage['loaded'] => {
    const ran = new Set(ids);
    const found: Coverage['loaded'] = {};
    for (const { file, hash, firstId, nRegions } of probed) {
      const bits = new Uint8Array(Math.ceil(nRegions / 8));
      for (let i = 0; i < nRegions; i++) if (ran.has(firstId + i)) bits[i >> 3]! |= 1 << (i & 7);
      if (bits.some((byte) => byte > 0)) found[file] = { hash, regions: Buffer.from(bits).toString('base64') };
    }
    return found;
  };
  return {
    preload,
    setup,
    loader,
    collect: () => {
      const paths = readdirSync(join(folder, 'counts')).map((name) => join(folder, 'counts', name));
      return new Map(
        paths.map((path) => {
          const { test, ran } = countsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
          rmSync(path);
          return [test.slice(root.length + 1), byFile(ran)];
        }),
      );
    },
    remove: () => {
      for (const [file, text] of texts) writeFileSync(join(root, file), text);
      rmSync(setup);
      rmSync(join(root, loader));
    },
  };
}

const loaderText = (loads: readonly string[]): string =>
  `import { test } from 'vitest';
${loads.map((file) => `import '../${file.replace(/\.ts$/, '.js')}';`).join('\n')}
test('loads', () => {});
`;

/** Text of the setup file that writes the counters of one test file into a folder: of the file itself, of its tests, and of what it loads first. */
function setupText(folder: string): string {
  return `import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
const probes = globalThis.${PROBES};
afterAll(() => {
  const ran = [];
  for (let i = 0; i < probes.length; i++) if (probes[i]) ran.push(i);
  probes.fill(0);
  const test = expect.getState().testPath;
  writeFileSync(join(${JSON.stringify(folder)}, test.replaceAll('/', '-') + '.json'), JSON.stringify({ test, ran }));
});
`;
}

/** Adds what test files ran to the coverage. */
export function addCounts(
  coverage: Coverage,
  root: string,
  tests: readonly string[],
  counts: ReturnType<Probes['collect']>,
  seconds: ReadonlyMap<string, number>,
): void {
  for (const test of tests) {
    const hits = counts.get(test);
    const hash = hashOf(readFileSync(join(root, test), 'utf8'));
    coverage.tests[test] = {
      hash,
      seconds: (hits === undefined ? undefined : seconds.get(test)) ?? null,
      hits: hits ?? {},
    };
  }
}

const bitsOf = (regions: string): Uint8Array => Buffer.from(regions, 'base64');
const has = (regions: string, region: number): boolean =>
  ((bitsOf(regions)[region >> 3] ?? 0) & (1 << (region & 7))) !== 0;

/** Tests that may notice a change at an offset of a source file. */
export interface Candidates {
  /** Those that ran the region, or, for a file that has changed since, anything of it. */
  readonly covering: readonly string[];
  /** Whether others may notice it as well: what a module does when it is loaded was not counted for each test. */
  readonly isOpen: boolean;
}

/** See `Candidates`; `regions` are those of `text`. */
export function candidates(
  coverage: Coverage,
  file: string,
  text: string,
  regions: readonly Region[],
  offset: number,
): Candidates {
  const hash = hashOf(text);
  const region = regionAt(regions, offset);
  const hits = Object.entries(coverage.tests).flatMap(([test, { hits: all }]) => {
    const hit = all[file];
    return hit === undefined ? [] : [{ test, hit }];
  });
  const covering = hits.filter(({ hit }) => hit.hash !== hash || (region >= 0 && has(hit.regions, region)));
  const loaded = coverage.loaded[file];
  const isCounted = region >= 0 && hits.some(({ hit }) => hit.hash === hash);
  return {
    covering: covering.map(({ test }) => test),
    isOpen: !isCounted || (loaded?.hash === hash && has(loaded.regions, region)),
  };
}
