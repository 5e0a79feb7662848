import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/index.js';
import { openSession, type Session } from '../../src/playground/engine/session.js';
import type { Answer, Request } from '../../src/playground/engine/messages.js';
import { cli, temporaryFolder } from '../cli/harness.js';

const MODEL = 'examples/models/mnist-5core.lsn';
const QUIET = { fault: 'ber', level: 0, seed: 1 };

async function answered<K extends Answer['kind']>(session: Session, request: Request, kind: K) {
  const answer = await session.ask(request);
  if (!isOf(answer, kind)) throw new Error(`${answer.kind}: ${JSON.stringify(answer)}`);
  return answer;
}
const isOf = <K extends Answer['kind']>(answer: Answer, kind: K): answer is Extract<Answer, { kind: K }> =>
  answer.kind === kind;

async function opened(chip: string, path = MODEL, seed?: number): Promise<Session> {
  const session = openSession('1.2.3');
  await answered(session, { kind: 'open', bytes: readFileSync(path), place: path }, 'opened');
  await answered(session, { kind: 'compile', chip, seed }, 'compiled');
  return session;
}
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe('a session of the page', () => {
  const folder = temporaryFolder();
  let data: Awaited<ReturnType<typeof loadDataset>>;
  beforeAll(async () => {
    data = await loadDataset('mnist', 'test');
  });

  it.each(['truenorth', 'northpole', 'ranc'])(
    'gives the bytes of the command line for %s: program and result',
    async (chip) => {
      const path = chip === 'northpole' ? 'examples/models/mnist-mlp.lsn' : MODEL;
      const session = await opened(chip, path, chip === 'truenorth' ? 7 : undefined);
      const seed = chip === 'truenorth' ? ['--seed', '7'] : [];
      await cli(['compile', path, '--chip', chip, ...seed, '-o', folder.at(`${chip}.lsp`)]);
      const program = await answered(session, { kind: 'export', what: 'program' }, 'exported');
      expect(Buffer.from(program.bytes).equals(readFileSync(folder.at(`${chip}.lsp`)))).toBe(true);

      const fault = { fault: 'ber', level: 0.02, seed: chip === 'truenorth' ? 7 : 1 };
      await answered(session, { kind: 'measure', data, limit: 60, fault }, 'measured');
      const result = await answered(session, { kind: 'export', what: 'result' }, 'exported');
      const own = new TextDecoder().decode(result.bytes);
      const command = ['run', path, '--chip', chip, '--limit', '60', ...seed, '--noise', 'ber=0.02', '--workers', '1'];
      await cli([...command, '-o', folder.at('result.json')]);
      // What differs from run to run, and how it was called.
      const plain = (text: string): string =>
        text.replace(/"host": \{[^}]*\}/g, '').replace(/"commands": \[[^\]]*\]/, '');
      expect(plain(own)).toBe(plain(readFileSync(folder.at('result.json'), 'utf8')));
    },
  );

  it('watches a sample: scores of the network and of the chip, and the spikes of every tick', async () => {
    const session = await opened('truenorth');
    const image = data.images.slice(0, 784);
    const { expected, scores, expectedClass, decidedClass, trace } = await answered(
      session,
      { kind: 'watch', image, fault: QUIET },
      'watched',
    );
    expect([...scores]).toEqual([...expected]);
    expect([expectedClass, decidedClass]).toEqual([data.labels[0], data.labels[0]]);
    expect(trace).toMatchObject({ nCores: 5, neuronsPerCore: 256 });
    expect(sum(trace?.counts ?? [])).toBe(sum(trace?.fired ?? []));
    expect(sum(trace?.counts ?? [])).toBeGreaterThan(100);
  });

  it('shows bit errors in scores and spikes', async () => {
    const session = await opened('truenorth');
    const image = data.images.slice(0, 784);
    const quiet = await answered(session, { kind: 'watch', image, fault: QUIET }, 'watched');
    const fault = { fault: 'ber', level: 0.1, seed: 3 };
    const faulty = await answered(session, { kind: 'watch', image, fault }, 'watched');
    expect([...faulty.scores]).not.toEqual([...faulty.expected]);
    expect([...(faulty.trace?.counts ?? [])]).not.toEqual([...(quiet.trace?.counts ?? [])]);
  });

  it('leaves a measurement when another one is asked for', async () => {
    const session = await opened('truenorth');
    const first = session.ask({ kind: 'measure', data, limit: 2000, fault: QUIET });
    const second = session.ask({ kind: 'measure', data, limit: 20, fault: QUIET });
    expect((await first).kind).toBe('replaced');
    expect(await second).toMatchObject({ kind: 'measured', samples: 20, mismatches: 0 });
  });

  it('says what is wrong with files, images, faults and the order of things, and stays alive', async () => {
    const session = openSession('1.2.3');
    const codes = async (request: Request): Promise<readonly string[]> => {
      const { diagnostics } = await answered(session, request, 'failed');
      return diagnostics.map(({ code }) => code);
    };
    expect(await codes({ kind: 'compile', chip: 'truenorth' })).toEqual(['no-network']);
    expect(await codes({ kind: 'export', what: 'program' })).toEqual(['nothing-compiled']);
    const whole = readFileSync(MODEL);
    for (const bytes of [
      new Uint8Array(0),
      whole.subarray(0, 3000),
      Uint8Array.from(whole, (b, i) => (i === 999 ? b ^ 4 : b)),
    ]) {
      expect(await codes({ kind: 'open', bytes, place: 'bad.lsn' })).not.toContain('internal');
    }
    await answered(session, { kind: 'open', bytes: whole, place: MODEL }, 'opened');
    expect(await codes({ kind: 'compile', chip: 'no-such-chip' })).toEqual(['unknown-chip']);
    await answered(session, { kind: 'compile', chip: 'truenorth' }, 'compiled');
    expect(await codes({ kind: 'watch', image: new Uint8Array(5), fault: QUIET })).toEqual(['wrong-image']);
    const image = new Uint8Array(784);
    expect(await codes({ kind: 'watch', image, fault: { fault: 'rust', level: 0.1, seed: 1 } })).toEqual([
      'unknown-noise',
    ]);
    expect(await codes({ kind: 'export', what: 'result' })).toEqual(['nothing-measured']);
  });
});
