import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Probes } from './coverage.js';
import { answerSchema, type TestAnswer } from './messages.js';

/** Seconds of a test file that has not run yet. */
export const UNKNOWN_SECONDS = 3;

/** Seconds of the files that run in one go: all of them run, even if the first one fails. */
const BATCH_SECONDS = 3;

/** How a change ended: a test failed, the tests did not end in time, or nothing noticed it. */
export type Verdict = { readonly kind: 'failed'; readonly test: string } | { readonly kind: 'timeout' | 'survived' };

/** Runs tests on the copy in `root` by a process of its own, which is ended and started again when it hangs. */
export class Tester {
  readonly #root: string;
  readonly #seconds: Map<string, number>;
  /** Of tests that failed, whether they pass on the unchanged tree; what they say there where they do not. */
  readonly #isSound = new Map<string, true | string>();
  #child: ChildProcess | undefined;

  /** `seconds`: what test files took before, as far as it is known. */
  constructor(root: string, seconds: ReadonlyMap<string, number>) {
    this.#root = root;
    this.#seconds = new Map(seconds);
  }

  /** Tests that fail on the unchanged tree, and were not counted. */
  get broken(): string[] {
    return [...this.#isSound].flatMap(([file, verdict]) => (verdict === true ? [] : [`${file} (${verdict})`]));
  }

  /**
   * Runs the tests, the quickest first, until one fails. `change` writes the change and `undo` takes it back, so that a test that
   * fails can be tried on the unchanged tree: one that fails there too notices nothing.
   */
  async try(changed: string, tests: readonly string[], change: () => void, undo: () => void): Promise<Verdict> {
    change();
    try {
      let waiting = this.#ordered(tests.filter((file) => typeof this.#isSound.get(file) !== 'string'));
      while (waiting.length > 0) {
        const batch = this.#batch(waiting);
        const answer = await this.#run(changed, batch);
        if (answer === undefined) return { kind: 'timeout' };
        for (const [file, seconds] of Object.entries(answer.seconds)) this.#seconds.set(file, seconds);
        const { failed } = answer;
        if (failed === undefined) {
          waiting = waiting.slice(batch.length);
          continue;
        }
        if (!this.#isSound.has(failed)) {
          undo();
          this.#isSound.set(failed, await this.#checkUnchanged(changed, failed));
          change();
        }
        if (this.#isSound.get(failed) === true) return { kind: 'failed', test: failed };
        waiting = waiting.filter((file) => file !== failed);
      }
      return { kind: 'survived' };
    } finally {
      undo();
    }
  }

  /** Whether a test passes on the unchanged tree, or what it says; a process that ended or hung is given a second try. */
  async #checkUnchanged(changed: string, test: string): Promise<true | string> {
    const answer = (await this.#run(changed, [test])) ?? (await this.#run(changed, [test]));
    if (answer === undefined) return 'did not end';
    return answer.failed === undefined ? true : (answer.why ?? '');
  }

  /** Runs tests while regions of the source are counted; seconds of those that passed. */
  async measure(probes: Probes, tests: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.stop();
    const answer = await this.#run('', tests, [probes.preload, probes.setup]);
    this.stop();
    for (const [file, seconds] of Object.entries(answer?.seconds ?? {})) this.#seconds.set(file, seconds);
    return new Map(Object.entries(answer?.seconds ?? {}));
  }

  /** Ends the test process and what it started. */
  stop(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  #cost(file: string): number {
    return this.#seconds.get(file) ?? UNKNOWN_SECONDS;
  }

  #ordered(tests: readonly string[]): string[] {
    return [...tests].sort((a, b) => this.#cost(a) - this.#cost(b));
  }

  /** The first files that take about `BATCH_SECONDS` together. */
  #batch(files: readonly string[]): string[] {
    let sum = 0;
    return files.filter((file, i) => {
      sum += this.#cost(file);
      return i === 0 || sum <= BATCH_SECONDS;
    });
  }

  /** The answer of the test process; undefined when it did not come in time. */
  async #run(
    changed: string,
    files: readonly string[],
    settings: readonly string[] = [],
  ): Promise<TestAnswer | undefined> {
    const child = (this.#child ??= fork(fileURLToPath(new URL('./test-process.js', import.meta.url)), settings, {
      cwd: this.#root,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    }));
    const limit = 20 + 8 * files.reduce((sum, file) => sum + this.#cost(file), 0);
    const answer = await new Promise<TestAnswer | undefined>((settle) => {
      const timer = setTimeout(() => {
        settle(undefined);
      }, limit * 1000);
      const done = (value: TestAnswer | undefined): void => {
        clearTimeout(timer);
        child.removeAllListeners('message');
        child.removeAllListeners('exit');
        settle(value);
      };
      child.once('message', (message) => {
        done(answerSchema.parse(message));
      });
      child.once('exit', () => {
        done(undefined);
      });
      child.send({ changed, files });
    });
    if (answer === undefined) this.stop();
    return answer;
  }
}
