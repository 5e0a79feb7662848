/**
 * Whether the engine stays exact whatever the faults of a chip are. The verifier proves products of requantisations below 2^53 for the values of
 * the program; faulty weights, parameters and activations reach larger sums. A product beyond 2^53 is rounded, which is harmless where the result is
 * clipped anyway.
 */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { northPoleRateProblems } from '../../../hw-models/faults/check-rates.js';
import { hasBitFaults, isHit, type NorthPoleFaults } from '../../../hw-models/faults/northpole-faults.js';
import { addendBits, MULTIPLIER_BITS } from '../../../hw-models/faults/parameter-faults.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  RequantiseStep,
  SequenceOperation,
} from '../../../ir/program/northpole.js';

/** Sums are 32-bit numbers and wrap. */
const WRAP = 2 ** 31;
const EXACT = 2 ** 53;

/** Every rate that is none, and a finding for every requantisation that could be wrong by a rounding with other values in the same containers. */
export function faultRangeProblems(program: NorthPoleProgram, faults: NorthPoleFaults): readonly Diagnostic[] {
  const rates = northPoleRateProblems(faults);
  if (rates.length > 0) return rates;
  return program.layers.flatMap((layer) => {
    const problems: Diagnostic[] = [];
    const report = (text: string): void => {
      const remedy = 'requantise with fewer bits, or run without these faults';
      problems.push(errorAt('fault-range', `layer ${layer.name}`, text, remedy));
    };
    const parameters = hasBitFaults(faults, 'biases') && isHit(faults, layer.name);
    const noisy = faults.readNoise > 0 && isHit(faults, layer.name);
    const context = { program, layer, parameters, report };
    boundAfter(context, layer.epilogue, parameters || noisy ? WRAP : sumBound(context));
    return problems;
  });
}

/** A layer that is looked at. */
interface LayerContext {
  readonly program: NorthPoleProgram;
  readonly layer: NorthPoleLayer;
  /** Parameters are whatever their words hold. */
  readonly parameters: boolean;
  readonly report: (text: string) => void;
}

/** Largest magnitude a tensor can hold, as it is stored. */
function containerBound({ tensors }: NorthPoleProgram, index: number): number {
  const { bits, signed } = tensors[index]!;
  if (bits === 32) return WRAP;
  return signed && bits > 1 ? 2 ** (bits - 1) : 2 ** bits - 1;
}

/** Largest magnitude the vector unit can read from a tensor: without its zero point. */
const readBound = (program: NorthPoleProgram, index: number): number =>
  Math.min(WRAP, containerBound(program, index) + Math.abs(program.tensors[index]?.zeroPoint ?? 0));

/** Largest magnitude of the sum that the epilogue begins with. */
function sumBound({ program, layer, report }: LayerContext): number {
  const operand = containerBound(program, layer.operands[0]!);
  switch (layer.kind) {
    case 'vector': {
      const taps = layer.geometry.window[0] * layer.geometry.window[1];
      const read = readBound(program, layer.operands[0]!);
      const most = Math.min(WRAP, layer.combine === 'sum' ? read * taps : read);
      return layer.average === undefined ? most : averageBound(layer.average.factor, read, most, report);
    }
    case 'vmm': {
      const nIn = layer.weights.length / layer.bias.length;
      const most = layer.weightBits === 1 ? 1 : 2 ** (layer.weightBits - 1);
      const bias = layer.bias.reduce((max, b) => Math.max(max, Math.abs(b)), 0);
      return Math.min(WRAP, nIn * most * Math.max(operand, Math.abs(layer.padValue)) + bias);
    }
    case 'sequence':
      return sequenceBound(program, layer.operation, layer.operands, report);
  }
}

/** Largest average: its product has to stay below 2^52, and it has to fit 32 bits. */
function averageBound(factor: number, operand: number, sum: number, report: (text: string) => void): number {
  if (factor * sum >= EXACT / 2 || factor * operand > WRAP) report(`sums reach ${sum}, whose average is not exact`);
  return Math.min(WRAP, factor * operand);
}

/** Largest magnitude that an operation of a sequence model gives; its own arithmetic has to stay below 2^53 too. */
function sequenceBound(
  program: NorthPoleProgram,
  operation: SequenceOperation,
  operands: readonly number[],
  report: (text: string) => void,
): number {
  const [first = 0, second = 0, value = 0] = operands.slice(0, 3).map((operand) => containerBound(program, operand));
  switch (operation.kind) {
    case 'embedding':
      return 128;
    case 'rmsNorm': {
      const { gain, fraction, min, max } = operation;
      const largest = gain.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
      const root = 4 ** fraction * gain.length * first ** 2;
      const product = 2 * largest * first * 2 ** fraction;
      if (Math.max(root, product) >= EXACT) report(`values reach ${first}, whose norm is not exact`);
      return Math.max(Math.abs(min), Math.abs(max));
    }
    case 'attention': {
      const depth = program.tensors[operands[0]!]!.shape[2] / operation.heads;
      const score = 2 * first * second * depth * operation.multiplier;
      if (score >= EXACT) report(`scores of queries and keys reach ${first * second * depth}, which is not exact`);
      return value;
    }
  }
}

/** Follows the largest magnitude through the steps. */
function boundAfter(context: LayerContext, steps: readonly EpilogueStep[], start: number): number {
  const { program, layer, parameters, report } = context;
  let bound = start;
  for (const step of steps) {
    switch (step.kind) {
      case 'requantise':
        if (!staysExact(step, bound, parameters)) {
          report(`sums of a faulty chip reach ${bound}, whose requantisation is not exact`);
        }
        bound = Math.max(Math.abs(step.min), Math.abs(step.max));
        break;
      case 'threshold':
        bound = 1;
        break;
      case 'lookup':
        bound = step.table.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        break;
      case 'add': {
        const stored = readBound(program, layer.operands[step.operand]!);
        bound = Math.min(WRAP, bound + boundAfter(context, step.steps, stored));
        break;
      }
    }
  }
  return bound;
}

/** `anyParameters`: multipliers and addends are whatever their words hold. */
function staysExact(step: RequantiseStep, bound: number, anyParameters: boolean): boolean {
  const input = (bound + Math.abs(step.inputZeroPoint)) * 2 ** step.leftShift;
  if (step.rounding === 'gemmlowp') return input < WRAP;
  const clip = Math.max(Math.abs(step.min), Math.abs(step.max)) + Math.abs(step.zeroPoint) + 1;
  const channels = Math.max(step.multiplier.length, step.shift.length, step.addend?.length ?? 1);
  const anyAddend = step.addend === undefined ? 0 : 2 ** (addendBits(step.addend) - 1);
  for (let c = 0; c < channels; c++) {
    const own = step.addend === undefined ? 0 : Math.abs(step.addend[c % step.addend.length]!);
    const addend = anyParameters ? anyAddend : own;
    const multiplier = anyParameters ? 2 ** MULTIPLIER_BITS : step.multiplier[c % step.multiplier.length]!;
    const product = input * Math.abs(multiplier);
    if (product + addend < EXACT) continue;
    // Products from 2^53 on leave at least half of that after the addend: clipped, rounded or not.
    const clipped = addend <= EXACT / 2 && EXACT / 2 / 2 ** step.shift[c % step.shift.length]! > clip;
    if (!clipped) return false;
  }
  return true;
}
