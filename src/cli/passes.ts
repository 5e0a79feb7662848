/** The compiler's passes as the command line names and shows them. */
import type { Chip } from '../chips/chip.js';
import { type Diagnostic, errorAt, fail } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import type { PassInfo, PassReport } from '../compiler/passes/pass.js';
import { SPIKING_TO_INTEGER, TO_INTEGER } from '../compiler/pipelines.js';
import { textTable } from './table.js';

/** Every pass on the way from a float network to a program of the chip, in order. */
export const passesOf = ({ passes, spikingPasses = [] }: Chip): readonly PassInfo[] => [
  ...[...TO_INTEGER, ...SPIKING_TO_INTEGER],
  ...[...passes, ...spikingPasses],
];

/** @throws UserError with the nearest known name */
export function checkPass(name: string, known: readonly PassInfo[]): void {
  const names = known.map((pass) => pass.name);
  if (names.includes(name)) return;
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  fail('unknown-pass', `--print-after ${name}`, `there is no pass "${name}" here${hint}`, `use ${names.join(', ')}`);
}

/** A pass that had nothing to do. */
export const didNotRun = (name: string): Diagnostic =>
  errorAt(
    'pass-did-not-run',
    `--print-after ${name}`,
    'the network is in the integer dialect already, where this pass does not run',
    'name a pass of the chip, or print the network with `lodestone inspect --text`',
  );

/** Passes with their statistics, one number a line. */
export function passTable(reports: readonly PassReport[], known: readonly PassInfo[]): string {
  const rows = reports.flatMap(({ pass, statistics }) =>
    Object.entries(statistics).map(([name, value], i) => {
      const meaning = known.find((info) => info.name === pass)?.statistics[name] ?? name;
      return [i === 0 ? pass : '', String(Math.round(value)), meaning];
    }),
  );
  return textTable(['pass', 'number', 'of'], rows, [0, 2]);
}
