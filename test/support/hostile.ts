/** What becomes of files from outside that are wrong: they are read, or refused with findings, within time and memory; nothing else happens. */
import { expect } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { RUN_SEED } from './random-runs.js';

/** Processor time of one small file: a machine that stands still is no slow file. */
const MAX_MILLISECONDS = 5000;
/** Bytes of arrays that reading one small file may ask for. */
const MAX_ARRAY_BYTES = 1 << 26;

/** How many files met which fate. */
export interface Fates {
  readonly read: number;
  readonly refused: number;
}

/** Reads a file as a hostile one. @throws what is neither a result nor a refusal, which says that it is an internal error */
export async function fateOf(read: () => unknown): Promise<keyof Fates> {
  try {
    await read();
    return 'read';
  } catch (error) {
    if (error instanceof UserError && !/internal error/.test(error.message)) return 'refused';
    throw error;
  }
}

/** Reads `count` mutants, within limits of time and memory each; some have to be read and some refused, or they test nothing. */
export async function expectFates(count: number, read: (index: number) => unknown): Promise<Fates> {
  const fates = { read: 0, refused: 0 };
  for (let index = 0; index < count; index++) {
    const start = process.cpuUsage();
    const { arrayBuffers } = process.memoryUsage();
    const which = `mutant ${index} of seed ${RUN_SEED}`;
    try {
      fates[await fateOf(() => read(index))]++;
    } catch (error) {
      throw new Error(which, { cause: error });
    }
    const { user, system } = process.cpuUsage(start);
    const bytes = process.memoryUsage().arrayBuffers - arrayBuffers;
    if ((user + system) / 1000 > MAX_MILLISECONDS) expect.fail(`${which}: ${(user + system) / 1000} ms`);
    if (bytes > MAX_ARRAY_BYTES) expect.fail(`${which}: ${bytes} bytes of arrays`);
  }
  expect(fates.read).toBeGreaterThan(0);
  expect(fates.refused).toBeGreaterThan(0);
  return fates;
}

/** Growth of the memory of arrays by reading a file, with what was read still there, bytes; a refusal leaves what it took before. */
export async function arrayBytesOf(read: () => unknown): Promise<number> {
  const { arrayBuffers } = process.memoryUsage();
  const held: unknown[] = [];
  await fateOf(async () => held.push(await read()));
  const bytes = process.memoryUsage().arrayBuffers - arrayBuffers;
  return held.length > 1 ? Number.NaN : bytes;
}
