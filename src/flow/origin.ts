import { present } from '../common/assert.js';
import { sha256 } from '../common/sha256.js';
import { writeProgram } from '../flow.js';
import type { ProgramOrigin } from '../ir/trace/origin.js';
import type { Runnable } from './runnable.js';

/** The file that a program comes from. */
export interface OriginFile {
  /** A program file, or a model file that was compiled. */
  readonly kind: 'program' | 'model';
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Where the numbers of a program come from: what result files and reports keep, so that the same program can be told from another one. `lodestone`
 * is the version that made them.
 */
export function originOf(runnable: Runnable, { kind, sha256: own }: OriginFile, lodestone: string): ProgramOrigin {
  const { name, kind: target, spec } = runnable.program;
  const common = { name, target, chip: spec.name, lodestone };
  if (kind === 'program') return { ...common, programSha256: own };
  const integer = present(runnable.integer, 'the network of a compiled model');
  return { ...common, modelSha256: own, programSha256: sha256(writeProgram({ ...runnable, integer })) };
}
