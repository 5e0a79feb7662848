import { present } from '../common/assert.js';
import { sha256 } from '../common/sha256.js';
import { writeProgram } from '../flow.js';
import type { ProgramOrigin } from '../ir/trace/origin.js';
import type { LoadedFile } from './load.js';
import type { Runnable } from '../flow/runnable.js';

/** Where the numbers of a program come from: what a result file keeps, so that the same program can be told from another one. */
export function originOf(runnable: Runnable, { kind, sha256: own }: LoadedFile, lodestone: string): ProgramOrigin {
  const { name, kind: target, spec } = runnable.program;
  const common = { name, target, chip: spec.name, lodestone };
  if (kind === 'program') return { ...common, programSha256: own };
  const integer = present(runnable.integer, 'the network of a compiled model');
  return { ...common, modelSha256: own, programSha256: sha256(writeProgram({ ...runnable, integer })) };
}
