/** What changes from use to use on a chip: plain numbers that go to the threads, and what a thread does with them. */
import { seedKey } from '../../../common/rng.js';
import {
  hasBitFaults,
  isHit,
  differsPerUse,
  type NorthPoleFaults,
} from '../../../hw-models/faults/northpole-faults.js';
import { largestMagnitude } from '../../../hw-models/faults/weight-faults.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { limitOf, riskMask } from './chip-faults.js';
import { type NorthPoleImage, tensorValues } from './image.js';

/** Faults of a chip that are drawn at every use. Can be posted to a worker. */
export interface UseFaults {
  readonly noiseSeed: number;
  /** [layers] standard deviation of a weight at a read; undefined without read noise. */
  readonly deviations: Float64Array | undefined;
  /** Bit errors of stored tensors. */
  readonly activations:
    | {
        /** Rates times 2^32, rounded up. */
        readonly flip0to1: number;
        readonly flip1to0: number;
        /** A bit per position that can fail. */
        readonly atRisk: number;
        /** [tensors] 1 where bits can fail. */
        readonly tensors: Uint8Array;
      }
    | undefined;
}

/** What `faults` draw at every use; undefined without any. */
export function useFaults(program: NorthPoleProgram, faults: NorthPoleFaults | undefined): UseFaults | undefined {
  if (faults === undefined || !differsPerUse(faults)) return undefined;
  const { readNoise, bits, noiseSeed, layers: only } = faults;
  const { layers, tensors } = program;
  const deviations = Float64Array.from(layers, (layer) =>
    layer.kind === 'vmm' && isHit(faults, layer.name) ? readNoise * largestMagnitude(layer.weights) : 0,
  );
  const written = new Uint8Array(tensors.length);
  // A token is no number but names a row.
  if (only === undefined && layers.every(({ kind }) => kind !== 'sequence')) written[0] = 1;
  for (const { name, output } of layers) if (isHit(faults, name)) written[output] = 1;
  return {
    noiseSeed,
    deviations: readNoise > 0 ? deviations : undefined,
    activations: hasBitFaults(faults, 'activations')
      ? {
          ...{ flip0to1: limitOf(bits.flip0to1), flip1to0: limitOf(bits.flip1to0) },
          ...{ atRisk: riskMask(bits.protectedBits), tensors: written },
        }
      : undefined,
  };
}

/** The use at hand: set by the engine, read by its operations. */
export class CurrentUse {
  faults: UseFaults | undefined;
  sample = 0;
  seedLow = 0;
  seedHigh = 0;

  /** Faults of all uses from now on. */
  begin(faults: UseFaults | undefined): void {
    this.faults = faults;
    if (faults !== undefined) [this.seedLow, this.seedHigh] = seedKey(faults.noiseSeed);
  }
}

/** A kernel function by name. */
export type LookUp = (name: string) => (...args: number[]) => void;

/** What is done to a tensor of the state at address `state` after it is written. */
export function loadActivationFaults(
  image: NorthPoleImage,
  state: number,
  lookUp: LookUp,
  use: CurrentUse,
): (tensor: number) => void {
  const faultActivations = lookUp('faultActivations');
  const places = image.plan.tensors.map(({ bits, signed, bytes, offset }, tensor) => ({
    ...{ bits, bytes, address: state + offset, n: tensorValues(image, state, tensor).length },
    twosComplement: (signed && bits > 1) || bits === 32 ? 1 : 0,
  }));
  return (tensor) => {
    const activations = use.faults?.activations;
    if (activations?.tensors[tensor] !== 1) return;
    const { address, n, bytes, bits, twosComplement } = places[tensor]!;
    const { flip0to1, flip1to0, atRisk } = activations;
    const { sample, seedLow, seedHigh } = use;
    faultActivations(
      ...[address, n, bytes, bits, twosComplement, tensor, sample, seedLow, seedHigh, flip0to1, flip1to0, atRisk],
    );
  };
}
