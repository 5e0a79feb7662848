/**
 * `npm run mutants -- FOLDER... [--seed N] [--sample N] [--seconds N] [--json]`: how many small changes to the code the tests notice.
 * Run `npm run build` first. A sample of all changes (mutants/mutations.ts) to the files of the folders is made one at a time, in a
 * copy of the tree; for each, the test files nearest by imports run until one fails, the quickest first, as many as take
 * about `--seconds` (20) together when nothing fails; so the share that is printed is a lower bound. A change that nothing noticed is
 * a survivor: a test is missing, or the change means the same. The sample is a function of seed and source text.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { wilsonInterval } from '../src/common/statistics.js';
import { textTable } from '../src/cli/table.js';
import { importersOf, testsThatReach } from './mutants/import-graph.js';
import { mutationsOf, type Mutation } from './mutants/mutations.js';
import { testTimes, withinBudget } from './mutants/test-times.js';
import { Tester, type Verdict } from './mutants/tester.js';
import { copyTree } from './mutants/working-copy.js';

interface Tried {
  readonly file: string;
  readonly mutation: Mutation;
  readonly verdict: Verdict;
}

const USAGE = 'usage: npm run mutants -- FOLDER... [--seed N] [--sample N] [--seconds N] [--json]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    sample: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const [seed, sample, seconds] = [Number(values.seed), Number(values.sample), Number(values.seconds)];
const files = positionals.flatMap(sourcesOf).sort();
if (files.length === 0 || ![seed, sample, seconds].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  await measure();
}

/** TypeScript files of a folder, or the file itself. Kernels are another language, and tests see them built only. */
function sourcesOf(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return found.map((file) => join(path, file)).filter((file) => !/(\/kernel\/|\.d\.ts$)/.test(file));
}

async function measure(): Promise<void> {
  const all = files.flatMap((file) =>
    mutationsOf(readFileSync(file, 'utf8'), file).map((mutation) => ({ file, mutation })),
  );
  const importers = importersOf('.', ['src', 'test', 'examples', 'bench'].flatMap(sourcesOf));
  const times = testTimes('.');
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
    for (const { file, mutation } of drawn(all)) {
      const tests = withinBudget(testsThatReach(file, importers), times, seconds);
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
