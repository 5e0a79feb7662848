/** Two program files that are compared. */
import { CHIPS } from '../chips/installed.js';
import type { Chip } from '../chips/chip.js';
import { fail } from '../common/diagnostics.js';
import { readProgram } from '../flow.js';
import { type ComparedProgram, programDiff, type ProgramDiff } from '../report/diff/program-diff.js';

/** A file that was read. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly place: string;
}

/** Compares where the cores of two programs stand. @throws UserError for files that are no programs, and for chips whose cores have no places of their own */
export function compareProgramFiles(a: ReadFile, b: ReadFile, chips: readonly Chip[] = CHIPS): ProgramDiff {
  const [first, second] = [a, b].map(({ bytes, place }) => readProgram(bytes, place, chips));
  if (first === undefined || second === undefined) throw new Error('internal error: two programs');
  const { chip } = first;
  if (chip.name !== second.chip.name) {
    const message = `it is a program for ${second.chip.title}, ${a.place} one for ${chip.title}`;
    fail('nothing-to-compare', b.place, message, 'compare programs for one kind of chip, or results of runs');
  }
  if (chip.moves === undefined) {
    const message = `cores of ${chip.title} change their work from step to step, and no layer has a place`;
    return fail('nothing-to-compare', b.place, message, 'compare results of runs');
  }
  const of = ({ place }: ReadFile, { program }: typeof first): ComparedProgram => {
    const { name, chip: spec, cores } = chip.view(program);
    return { file: place, name, chip: spec, cores };
  };
  return programDiff(of(a, first), of(b, second), chip.moves(first.program, second.program));
}
