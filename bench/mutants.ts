/**
 * `npm run mutants -- FOLDER... [--seed N] [--sample N] [--seconds N] [--measure N] [--json]`: how many small changes to the code the tests notice.
 * Run `npm run build` first. A sample of all changes (mutants/mutations.ts) to the files of the folders is made one at a time, in a
 * copy of the tree; for each, the test files that run its place (measured before, mutants/coverage.ts; at most `--measure` files a
 * run) are tried until one fails, the quickest first, as many as take about `--seconds` (20) together when nothing fails; so the
 * share that is printed is a lower bound. A change that nothing noticed is
 * a survivor: a test is missing, or the change means the same. The sample is a function of seed and source text.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { wilsonInterval } from '../src/common/statistics.js';
import { textTable } from '../src/cli/table.js';
import {
  addCounts,
  candidates,
  type Coverage,
  placeProbes,
  readCoverage,
  unmeasured,
  writeCoverage,
} from './mutants/coverage.js';
import { importersOf, type Importers, testsThatReach } from './mutants/import-graph.js';
import { mutationsOf, type Mutation } from './mutants/mutations.js';
import { withProbes } from './mutants/regions.js';
import { testTimes, withinBudget } from './mutants/test-times.js';
import { Tester, type Verdict } from './mutants/tester.js';
import { copyTree, type WorkingCopy } from './mutants/working-copy.js';

/** Test files that run in one process while the source counts. */
const FILES_AT_ONCE = 8;

interface Tried {
  readonly file: string;
  readonly mutation: Mutation;
  readonly verdict: Verdict;
}

const USAGE = 'usage: npm run mutants -- FOLDER... [--seed N] [--sample N] [--seconds N] [--measure N] [--json]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    sample: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '20' },
    measure: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const [seed = 1, sample = 0, seconds = 0, measure = 0] = [
  values.seed,
  values.sample,
  values.seconds,
  values.measure,
].map(Number);
const files = positionals.flatMap(sourcesOf).sort();
if (
  files.length === 0 ||
  ![seed, sample, seconds, measure].every((value) => Number.isSafeInteger(value) && value >= 0)
) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  await tryChanges();
}

/** TypeScript files of a folder, or the file itself. Kernels are another language, and tests see them built only. */
function sourcesOf(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return found.map((file) => join(path, file)).filter((file) => !/(\/kernel\/|\.d\.ts$)/.test(file));
}

async function tryChanges(): Promise<void> {
  const all = files.flatMap((file) =>
    mutationsOf(readFileSync(file, 'utf8'), file).map((mutation) => ({ file, mutation })),
  );
  const importers = importersOf('.', ['src', 'test', 'examples', 'bench'].flatMap(sourcesOf));
  const times = testTimes('.');
  const coverage = readCoverage('.');
  for (const [test, { seconds: taken }] of Object.entries(coverage.tests)) times.set(test, taken ?? Infinity);
  const copy = copyTree(resolve('.'));
  const tester = new Tester(copy.root, times);
  const clean = (): void => {
    tester.stop();
    copy.remove();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      process.exit(130);
    });
  }
  const tried: Tried[] = [];
  try {
    await measureCoverage(coverage, copy, tester, importers, times);
    for (const { file, mutation } of drawn(all)) {
      const tests = chosen(file, mutation, coverage, importers, times);
      const verdict = await tester.try(
        file,
        tests,
        () => {
          copy.apply(file, mutation);
        },
        () => {
          copy.undo(file);
        },
      );
      tried.push({ file, mutation, verdict });
      const test = verdict.kind === 'failed' ? ` ${verdict.test}` : '';
      console.error(`${tried.length}. ${file}:${mutation.line} ${mutation.change}: ${verdict.kind}${test}`);
    }
  } finally {
    clean();
  }
  print(tried, all.length, tester.broken);
}

/** Runs the tests that reach the folders by imports, and were not measured or have changed, while the source counts what they run. */
async function measureCoverage(
  coverage: Coverage,
  copy: WorkingCopy,
  tester: Tester,
  importers: Importers,
  times: Map<string, number>,
): Promise<void> {
  // Those nearest to most files first, so that a run that is broken off has measured what matters.
  const votes = new Map<string, number>();
  for (const file of files)
    testsThatReach(file, importers).forEach((test, rank) => votes.set(test, (votes.get(test) ?? 0) + 1 / (1 + rank)));
  const tests = unmeasured(
    coverage,
    '.',
    [...votes].sort(([, a], [, b]) => b - a).map(([test]) => test),
  )
    .filter((test) => (times.get(test) ?? 0) <= seconds / 2)
    .slice(0, measure);
  if (tests.length > 0) console.error(`measuring what ${tests.length} test files run`);
  const probes = placeProbes(copy.root, sourcesOf('src'), files);
  try {
    await tester.measure(probes, [probes.loader]);
    coverage.loaded = probes.collect().get(probes.loader) ?? {};
    writeCoverage('.', coverage);
    for (let from = 0; from < tests.length; from += FILES_AT_ONCE) {
      const files = tests.slice(from, from + FILES_AT_ONCE);
      const measure = async (some: readonly string[]): Promise<void> => {
        const taken = await tester.measure(probes, some);
        const counts = probes.collect();
        if (taken.size === 0 && some.length > 1) {
          // One of them hangs or ends the process, and nothing is known about the others.
          for (const test of some) await measure([test]);
          return;
        }
        addCounts(coverage, '.', some, counts, taken);
        for (const test of some) times.set(test, taken.get(test) ?? Infinity);
      };
      await measure(files);
      writeCoverage('.', coverage);
    }
  } finally {
    probes.remove();
  }
}

/** The tests that are tried on a change: those that run its place, the quickest first; others near by only where that is not known. */
function chosen(
  file: string,
  mutation: Mutation,
  coverage: Coverage,
  importers: Importers,
  times: ReadonlyMap<string, number>,
): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const { covering, isOpen } = candidates(coverage, file, text, withProbes(text, 0).regions, mutation.start);
  const cost = (test: string): number => times.get(test) ?? 0;
  const first = covering.toSorted((a, b) => cost(a) - cost(b));
  const rest = isOpen ? testsThatReach(file, importers).filter((test) => !first.includes(test)) : [];
  return withinBudget([...first, ...rest], times, seconds);
}

/** `sample` of the changes, in random order without repetition. */
function drawn<T>(all: readonly T[]): T[] {
  const random = sequence(seed, PURPOSE.test);
  const rest = [...all];
  const result: T[] = [];
  while (result.length < sample && rest.length > 0) result.push(...rest.splice(random.below(rest.length), 1));
  return result;
}

function print(tried: readonly Tried[], nPossible: number, broken: readonly string[]): void {
  const survivors = tried.filter(({ verdict }) => verdict.kind === 'survived');
  const noticed = tried.length - survivors.length;
  const interval = tried.length === 0 ? [0, 1] : wilsonInterval(noticed, tried.length);
  const timeouts = tried.filter(({ verdict }) => verdict.kind === 'timeout').length;
  const rows = survivors.map(({ file, mutation }) => ({ place: `${file}:${mutation.line}`, change: mutation.change }));
  if (values.json) {
    const summary = {
      folders: positionals,
      seed,
      tried: tried.length,
      possible: nPossible,
      noticed,
      timeouts,
      interval,
    };
    console.log(JSON.stringify({ ...summary, survivors: rows, broken }, null, 2));
    return;
  }
  if (rows.length > 0)
    console.log(
      textTable(
        ['survived', 'change'],
        rows.map(({ place, change }) => [place, change]),
        [0, 1],
      ),
    );
  const share = tried.length === 0 ? 0 : (100 * noticed) / tried.length;
  const percent = interval.map((end) => (100 * end).toFixed(0)).join(' to ');
  console.log(
    `${positionals.join(' ')}: ${noticed} of ${tried.length} changes noticed (${share.toFixed(0)} %, 95 % interval ${percent} %), ` +
      `${timeouts} of them by running too long; ${nPossible} possible, seed ${seed}`,
  );
  if (broken.length > 0) console.log(`tests that fail on the unchanged tree, not counted: ${broken.join(', ')}`);
}
