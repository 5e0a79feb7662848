import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { z } from 'zod';
import type { CommandSetting } from '../../src/cli/command-entry.js';
import type { CliContext } from '../../src/cli/context.js';
import { jsonSchemas } from '../../src/cli/json/schemas.js';
import { present } from '../../src/common/assert.js';
import { runCli } from '../../src/cli/run-cli.js';

/** What a command gets where nothing it says is looked at. */
export const SETTING: CommandSetting = {
  context: {
    ...{ out: () => undefined, err: () => undefined, isTerminal: false, version: '0' },
    ...{ signal: new AbortController().signal, defaultWorkers: 1 },
  },
  commandLine: '',
  setExit: () => undefined,
};

/** What a command printed and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function cli(args: readonly string[], overrides: Partial<CliContext> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    signal: new AbortController().signal,
    defaultWorkers: 1,
    version: '1.2.3',
    ...overrides,
  });
  await checkJson(args, out);
  return { code, out, err };
}

const schemas = await jsonSchemas();

/** Whatever a test runs with --json fits the schema of its kind. */
async function checkJson(args: readonly string[], out: string): Promise<void> {
  if (!args.includes('--json') || !out.startsWith('{')) return;
  const value: unknown = JSON.parse(out);
  const { kind } = z.looseObject({ kind: z.string() }).parse(value);
  const found = await present(schemas.get(kind), `schema of ${kind}`).safeParseAsync(value);
  if (!found.success) throw new Error(`${args.join(' ')}: ${z.prettifyError(found.error)}`);
}

/** An example model of the repository. */
export const modelPath = (name: string): string =>
  fileURLToPath(new URL(`../../examples/models/${name}.lsn`, import.meta.url));

/** A folder of this test file, removed at its end; `list` shows what lies in it. */
export function temporaryFolder(): { readonly at: (name: string) => string; readonly list: () => readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { at: (name) => join(folder, name), list: () => readdirSync(folder).sort() };
}
