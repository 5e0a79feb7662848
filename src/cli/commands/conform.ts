import type { Command } from 'commander';
import { addConformCheck } from '../conform/check.js';
import { addConformDiff } from '../conform/diff.js';
import { addConformFuzz } from '../conform/fuzz.js';
import { addConformRecord } from '../conform/record.js';
import type { CliContext, ExitCode } from '../context.js';

/** `lodestone conform record | check | diff | fuzz`: whether a model of a chip does what its specification says. */
export function addConform(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const group = program.command('conform').description('hold a model of a chip, yours or ours, to its specification');
  addConformRecord(group, context);
  addConformCheck(group, context, setExit);
  addConformDiff(group, context, setExit);
  addConformFuzz(group, context, setExit);
}
