/** What every `--json` prints: one object with the same head and foot, whatever the command. */
import { cpus } from 'node:os';
import type { Diagnostic } from '../common/diagnostics.js';
import type { CliContext } from './context.js';

/** Version of the objects; changes when a field of one of them goes or changes its meaning. */
export const JSON_VERSION = 1;

/** All that differs from run to run and from machine to machine: without it the same command gives the same bytes. */
export interface JsonHost {
  /** Wall clock of what the command is about; of the whole command without it. */
  readonly seconds?: number;
  readonly workers?: number;
  readonly [more: string]: unknown;
}

/** What a command says, beside head and foot. */
export interface JsonContent {
  readonly warnings?: readonly Diagnostic[];
  readonly [field: string]: unknown;
}

/** Prints the object of a command; `kind` is its words behind `lodestone-`. */
export function printJson(
  { out }: Pick<CliContext, 'out'>,
  kind: `lodestone-${string}`,
  { warnings = [], ...content }: JsonContent,
  host: JsonHost = {},
): void {
  const whole = {
    // A result has a kind of its own in files.
    ...{ ...{ kind, version: JSON_VERSION }, ...content, kind, version: JSON_VERSION },
    warnings,
    host: { seconds: performance.now() / 1000, ...host, machine: machine() },
  };
  out(`${JSON.stringify(whole, null, 2)}\n`);
}

/** The object of a command that failed. */
export const errorJson = (errors: readonly Diagnostic[]): string =>
  `${JSON.stringify({ kind: 'lodestone-error', version: JSON_VERSION, errors }, null, 2)}\n`;

const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node.js ${process.version}`;
