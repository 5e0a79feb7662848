/** Layers as one faulty chip reads them, drawn by a kernel one at a time: no copy of the program is made. */
import { seedKey } from '../../../common/rng.js';
import {
  hasBitFaults,
  isHit,
  differsFromProgram,
  type NorthPoleFaults,
} from '../../../hw-models/faults/northpole-faults.js';
import { withParameterFaults } from '../../../hw-models/faults/parameter-faults.js';
import { largestMagnitude, type WeightStore } from '../../../hw-models/faults/weight-faults.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { loadKernel, startKernel } from '../../../common/kernel-module.js';

/** What one chip reads where it differs from its program. */
export interface DeployedLayers {
  /** The program with the parameters of the chip beside its weights; the program itself where they do not differ. */
  readonly parameters: NorthPoleProgram;
  /** Weights of a layer where they differ; valid until the next call. */
  readonly weights: (layer: number) => Int8Array | undefined;
  /** Stored activations can be any values of their containers. */
  readonly anyActivations: boolean;
}

/** The chip as the program says. */
export const asProgrammed = (program: NorthPoleProgram): DeployedLayers => ({
  parameters: program,
  weights: () => undefined,
  anyActivations: false,
});

/** The chip of `faults`. Weights are those of the definition in hw-models/faults, bit for bit. `draw` is for many chips one after the other. */
export function deployedLayers(
  program: NorthPoleProgram,
  faults: NorthPoleFaults | undefined,
  draw = openWeightDrawing(),
): DeployedLayers {
  if (faults === undefined) return asProgrammed(program);
  const anyActivations = hasBitFaults(faults, 'activations');
  if (!differsFromProgram(faults)) return { ...asProgrammed(program), anyActivations };
  return {
    anyActivations,
    parameters: hasBitFaults(faults, 'biases') ? withFaultyParameters(program, faults) : program,
    weights: (index) => {
      const layer = program.layers[index];
      if (layer?.kind !== 'vmm' || !isHit(faults, layer.name)) return undefined;
      return draw(layer.weights, { layer: index, weightBits: layer.weightBits }, faults);
    },
  };
}

/** The program with what a faulty chip keeps beside its weights. */
export function withFaultyParameters(program: NorthPoleProgram, faults: NorthPoleFaults): NorthPoleProgram {
  if (!hasBitFaults(faults, 'biases')) return program;
  const layers = program.layers.map((layer, index) =>
    isHit(faults, layer.name) ? withParameterFaults(layer, index, faults.bits) : layer,
  );
  return { ...program, layers };
}

/** The program with the tables of embeddings that a faulty chip reads: weights of 8 bits. */
export function withFaultyTables(program: NorthPoleProgram, faults: NorthPoleFaults): NorthPoleProgram {
  if (!differsFromProgram(faults)) return program;
  const draw = openWeightDrawing();
  const layers = program.layers.map((layer, index) => {
    if (layer.kind !== 'sequence' || layer.operation.kind !== 'embedding' || !isHit(faults, layer.name)) return layer;
    const table = draw(layer.operation.table, { layer: index, weightBits: 8 }, faults).slice();
    return { ...layer, operation: { ...layer.operation, table } };
  });
  return { ...program, layers };
}

/** Draws: weights as a chip reads them, valid until the next draw. */
export type DrawWeights = (weights: Int8Array, store: WeightStore, faults: NorthPoleFaults) => Int8Array;

/** Weights in the memory of the kernel at a time; a multiple of 64. */
const PORTION = 1 << 16;
const FIRST_ADDRESS = 65_536;

/** A kernel with a buffer of its own, started by the first draw: weightsOnChip of hw-models/faults, without an array per layer. */
export function openWeightDrawing(): DrawWeights {
  let draw: DrawWeights | undefined;
  return (weights, store, faults) => {
    draw ??= startWeightDrawing();
    return draw(weights, store, faults);
  };
}

function startWeightDrawing(): DrawWeights {
  const pages = (FIRST_ADDRESS + PORTION) / 65_536 + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const lookUp = startKernel(loadKernel('simulator/engines/northpole/kernel/chip-faults'), memory);
  const faultBits = lookUp('faultBits');
  const program = lookUp('program');
  const portion = new Int8Array(memory.buffer, FIRST_ADDRESS, PORTION);
  let read = new Int8Array(0);
  return (weights, { layer, weightBits }, faults) => {
    if (read.length < weights.length) read = new Int8Array(weights.length);
    const { bits, programmingError } = faults;
    const [seedLow, seedHigh] = seedKey(bits.chipSeed);
    const deviation = programmingError * largestMagnitude(weights);
    const atRisk = riskMask(bits.protectedBits);
    for (let first = 0; first < weights.length; first += PORTION) {
      const n = Math.min(PORTION, weights.length - first);
      portion.set(weights.subarray(first, first + n));
      if (deviation > 0) program(FIRST_ADDRESS, n, weightBits, layer, first, seedLow, seedHigh, deviation);
      if (hasBitFaults(faults, 'weights')) {
        const rates = [bits.flip0to1, bits.flip1to0, bits.stuckAt0, bits.stuckAt1].map(limitOf);
        faultBits(FIRST_ADDRESS, n, weightBits, layer, first, seedLow, seedHigh, ...rates, atRisk);
      }
      read.set(portion.subarray(0, n), first);
    }
    return read.subarray(0, weights.length);
  };
}

/** A draw is below rate * 2^32 iff it is below the next integer from there on. */
export const limitOf = (rate: number): number => Math.ceil(rate * 4294967296);

/** A bit per position of a word that can fail. */
export const riskMask = (protectedBits: readonly number[]): number =>
  protectedBits.reduce((mask, position) => (position < 32 ? mask & ~(1 << position) : mask), -1);
