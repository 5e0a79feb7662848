import { codeMax } from '../../../ir/network/shapes.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { stepRange } from './check.js';

/** Whether a tensor holds only 0 and 1, as far as the program says so. */
export function isBinary(program: NorthPoleProgram, index: number): boolean {
  const { tensors, layers, inputCode } = program;
  const tensor = tensors[index]!;
  if (tensor.bits === 32) return false;
  if (tensor.bits === 1) return true;
  if (tensor.parts.length > 0) return tensor.parts.every((part) => isBinary(program, part));
  if (index === 0) {
    return inputCode.kind === 'integer' ? inputCode.bits === 1 && inputCode.zeroPoint === 0 : codeMax(inputCode) === 1;
  }
  const layer = layers.find(({ output }) => output === index);
  const last = layer?.epilogue.at(-1);
  if (layer === undefined) return false;
  if (last === undefined) {
    return layer.kind === 'vector' && layer.combine === 'max' && isBinary(program, layer.operands[0]!);
  }
  const range = stepRange(last);
  return range !== undefined && range[0] >= 0 && range[1] <= 1;
}

/** Whether all weights are -1 or +1. */
export function areSigns(weights: Int8Array): boolean {
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 1 && weights[i] !== -1) return false;
  return true;
}
