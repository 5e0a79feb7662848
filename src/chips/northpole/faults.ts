/** The faults of one NorthPole-style chip that noise and a scope ask for. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import {
  differsFromProgram,
  differsPerUse,
  NORTHPOLE_MEMORIES,
  type NorthPoleFaults,
} from '../../hw-models/faults/northpole-faults.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { FaultRequest } from '../../ir/faults/check.js';
import type { FaultScope } from '../../ir/faults/scope.js';
import { memoriesAtRisk } from '../../ir/faults/support.js';
import { NORTHPOLE_FAULT_SUPPORT } from '../../hw-models/northpole/fault-support.js';
import { storedBitFaults } from '../stored-bit-faults.js';

/** Seeds of what is drawn once per chip, and of what is drawn anew at every use. */
export interface FaultSeeds {
  readonly chipSeed: number;
  readonly noiseSeed: number;
}

/**
 * The faults of chip `chipSeed`; undefined without any.
 * @throws UserError with every layer that the program does not have
 */
export function northPoleFaults(
  program: NorthPoleProgram,
  request: FaultRequest,
  { chipSeed, noiseSeed }: FaultSeeds,
): NorthPoleFaults | undefined {
  const { noise, scope = {} } = request;
  throwIfErrors(scopeProblems(program, scope));
  const memories = memoriesAtRisk(scope, NORTHPOLE_FAULT_SUPPORT);
  const faults: NorthPoleFaults = {
    bits: storedBitFaults(request, chipSeed),
    memories: NORTHPOLE_MEMORIES.filter((memory) => memories.includes(memory)),
    programmingError: noise.programming_error,
    readNoise: noise.read_noise,
    noiseSeed,
    ...(scope.layers === undefined ? {} : { layers: scope.layers }),
  };
  return differsFromProgram(faults) || differsPerUse(faults) ? faults : undefined;
}

/** Every layer of a scope that the program does not have. */
export function scopeProblems(
  { name, layers }: NorthPoleProgram,
  { layers: wanted = [] }: FaultScope,
): readonly Diagnostic[] {
  const known = layers.map((layer) => layer.name);
  return wanted.flatMap((layer, i) => {
    if (known.includes(layer)) return [];
    const suggestion = nearest(layer, known);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const message = `program ${name} has no layer "${layer}"${hint}`;
    return [errorAt('unknown-layer', `scope.layers[${i}]`, message, `use ${known.join(', ')}`)];
  });
}
