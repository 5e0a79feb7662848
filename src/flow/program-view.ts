import { match } from 'ts-pattern';
import { layerRows } from '../compiler/targets/northpole/table.js';
import type { KnownProgram } from '../ir/program/file.js';
import { type ProgramView, viewNorthPole, viewProgram } from '../report/program-view.js';

/** What the report shows of a program of either chip. */
export const viewOf = (program: KnownProgram): ProgramView =>
  match(program)
    .returnType<ProgramView>()
    .with({ kind: 'truenorth' }, viewProgram)
    .with({ kind: 'northpole' }, (own) => viewNorthPole(own, layerRows(own)))
    .exhaustive();
