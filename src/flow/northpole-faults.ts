/** The faults of one NorthPole-style chip that noise and a scope ask for. */
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import {
  differsFromProgram,
  differsPerUse,
  NORTHPOLE_MEMORIES,
  type NorthPoleFaults,
} from '../hw-models/faults/northpole-faults.js';
import type { NorthPoleProgram } from '../ir/program/northpole.js';
import { type NoiseRequest, storedBitFaults } from './noise.js';

/** Seeds of what is drawn once per chip, and of what is drawn anew at every use. */
export interface FaultSeeds {
  readonly chipSeed: number;
  readonly noiseSeed: number;
}

/**
 * The faults of chip `chipSeed`; undefined without any.
 * @throws UserError with every layer that the program does not have, and for stuck bits of activations
 */
export function northPoleFaults(
  program: NorthPoleProgram,
  request: NoiseRequest,
  { chipSeed, noiseSeed }: FaultSeeds,
): NorthPoleFaults | undefined {
  const { noise, scope = {} } = request;
  throwIfErrors([...unknownLayers(program, scope.layers ?? []), ...stuckActivations(request)]);
  const faults: NorthPoleFaults = {
    bits: storedBitFaults(request, chipSeed),
    memories: NORTHPOLE_MEMORIES.filter((memory) => (scope.memories ?? ['weights']).includes(memory)),
    programmingError: noise.programming_error,
    readNoise: noise.read_noise,
    noiseSeed,
    ...(scope.layers === undefined ? {} : { layers: scope.layers }),
  };
  return differsFromProgram(faults) || differsPerUse(faults) ? faults : undefined;
}

function unknownLayers({ name, layers }: NorthPoleProgram, wanted: readonly string[]): readonly Diagnostic[] {
  const known = layers.map((layer) => layer.name);
  return wanted
    .filter((layer) => !known.includes(layer))
    .map((layer) => {
      const suggestion = nearest(layer, known);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const message = `program ${name} has no layer "${layer}"${hint}`;
      return errorAt('unknown-layer', `--fault-layers ${wanted.join(',')}`, message, `use ${known.join(', ')}`);
    });
}

/** Several values share a place of the activation memory one after the other: which of them a stuck cell hits depends on the memory plan. */
function stuckActivations({ noise, scope = {} }: NoiseRequest): readonly Diagnostic[] {
  if (scope.memories?.includes('activations') !== true) return [];
  return (['stuck_at_0', 'stuck_at_1'] as const)
    .filter((name) => noise[name] > 0)
    .map((name) => {
      const message = 'stuck bits of the activation memory are not modelled: many values share each of its places';
      return errorAt('noise-not-modelled', `--noise ${name}=${noise[name]}`, message, 'use ber, or other memories');
    });
}
