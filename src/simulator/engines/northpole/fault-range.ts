/**
 * Whether the engine stays exact whatever the weights of a chip are. The verifier proves products of requantisations below 2^53 for the weights
 * of the program; faulty weights reach larger sums. A product beyond 2^53 is rounded, which is harmless where the result is clipped anyway.
 */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { EpilogueStep, NorthPoleLayer, NorthPoleProgram, RequantiseStep } from '../../../ir/program/northpole.js';

/** Sums are 32-bit numbers and wrap. */
const WRAP = 2 ** 31;
const EXACT = 2 ** 53;

/** A finding for every requantisation that could be wrong by a rounding with other weights in the same containers. */
export function faultRangeProblems(program: NorthPoleProgram): readonly Diagnostic[] {
  return program.layers.flatMap((layer) => {
    if (layer.kind === 'sequence') return [];
    const problems: Diagnostic[] = [];
    boundAfter(program, layer, layer.epilogue, sumBound(program, layer), (text) => {
      const remedy = 'requantise with fewer bits, or run without faults';
      problems.push(errorAt('fault-range', `layer ${layer.name}`, text, remedy));
    });
    return problems;
  });
}

type Report = (text: string) => void;

/** Largest magnitude a tensor can hold. */
function containerBound({ tensors }: NorthPoleProgram, index: number): number {
  const { bits, signed } = tensors[index]!;
  if (bits === 32) return WRAP;
  return signed && bits > 1 ? 2 ** (bits - 1) : 2 ** bits - 1;
}

/** Largest magnitude of the sum that the epilogue begins with. */
function sumBound(program: NorthPoleProgram, layer: Exclude<NorthPoleLayer, { kind: 'sequence' }>): number {
  const operand = containerBound(program, layer.operands[0]!);
  const taps = layer.geometry.window[0] * layer.geometry.window[1];
  if (layer.kind === 'vector') return Math.min(WRAP, layer.combine === 'sum' ? operand * taps : operand);
  const nIn = layer.weights.length / layer.bias.length;
  const most = layer.weightBits === 1 ? 1 : 2 ** (layer.weightBits - 1);
  const bias = layer.bias.reduce((max, b) => Math.max(max, Math.abs(b)), 0);
  return Math.min(WRAP, nIn * most * Math.max(operand, Math.abs(layer.padValue)) + bias);
}

/** Follows the largest magnitude through the steps. */
function boundAfter(
  program: NorthPoleProgram,
  layer: NorthPoleLayer,
  steps: readonly EpilogueStep[],
  start: number,
  report: Report,
): number {
  let bound = start;
  for (const step of steps) {
    switch (step.kind) {
      case 'requantise':
        if (!staysExact(step, bound)) {
          report(`sums of faulty weights reach ${bound}, whose requantisation is not exact`);
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
        const stored = containerBound(program, layer.operands[step.operand]!);
        bound = Math.min(WRAP, bound + boundAfter(program, layer, step.steps, stored, report));
        break;
      }
    }
  }
  return bound;
}

function staysExact(step: RequantiseStep, bound: number): boolean {
  const input = (bound + Math.abs(step.inputZeroPoint)) * 2 ** step.leftShift;
  if (step.rounding === 'gemmlowp') return input < WRAP;
  const clip = Math.max(Math.abs(step.min), Math.abs(step.max)) + Math.abs(step.zeroPoint) + 1;
  const channels = Math.max(step.multiplier.length, step.shift.length, step.addend?.length ?? 1);
  for (let c = 0; c < channels; c++) {
    const addend = step.addend === undefined ? 0 : Math.abs(step.addend[c % step.addend.length]!);
    const product = input * Math.abs(step.multiplier[c % step.multiplier.length]!);
    if (product + addend < EXACT) continue;
    // Products from 2^53 on leave at least half of that after the addend: clipped, rounded or not.
    const clipped = addend <= EXACT / 2 && EXACT / 2 / 2 ** step.shift[c % step.shift.length]! > clip;
    if (!clipped) return false;
  }
  return true;
}
