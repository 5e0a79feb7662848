/**
 * Whether a program is consistent in itself, as far as its values are concerned: indices, shapes, lengths, containers, order. Mapping, timing
 * and memory are not looked at. A finding is a bug of whoever made the program, so it throws.
 */
import { assert, assertNever } from '../../../common/assert.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleTensor,
  SequenceLayer,
  VmmLayer,
  WindowGeometry,
} from '../../../ir/program/northpole.js';

/** Throws an internal error that names the layer or tensor if `program` is inconsistent. */
export function checkNorthPoleProgram(program: NorthPoleProgram): void {
  const { tensors, layers, outputs } = program;
  tensors.forEach((tensor, index) => checkTensor(program, tensor, index));
  const written = new Set([0]);
  for (const layer of layers) {
    checkLayer(program, layer, (index) => isWritten(tensors, written, index));
    assert(!written.has(layer.output), `layer ${layer.name}: tensor ${layer.output} is written twice`);
    written.add(layer.output);
  }
  const output = tensors[outputs.tensor];
  assert(output !== undefined && isWritten(tensors, written, outputs.tensor), 'the output tensor is never written');
  if (outputs.rule === 'scores') {
    const n = sizeOf(output.shape);
    assert(n === outputs.nClasses, `${n} scores for ${outputs.nClasses} classes`);
  }
}

function isWritten(tensors: readonly NorthPoleTensor[], written: ReadonlySet<number>, index: number): boolean {
  const { parts } = tensors[index]!;
  return parts.length === 0 ? written.has(index) : parts.every((part) => isWritten(tensors, written, part));
}

function checkTensor(
  { tensors }: NorthPoleProgram,
  { node, shape, bits, zeroPoint = 0, parts }: NorthPoleTensor,
  index: number,
): void {
  const place = `tensor ${index} (${node})`;
  assert(
    shape.every((n) => Number.isInteger(n) && n > 0),
    `${place}: shape [${shape.join(', ')}]`,
  );
  if (parts.length === 0) return;
  let channels = 0;
  for (const part of parts) {
    const tensor = tensors[part];
    assert(tensor !== undefined && part !== index, `${place}: part ${part} does not exist`);
    assert(tensor.shape[0] === shape[0] && tensor.shape[1] === shape[1], `${place}: part ${part} has another size`);
    assert((tensor.bits === 32) === (bits === 32), `${place}: part ${part} has ${tensor.bits} bits, the whole ${bits}`);
    assert((tensor.zeroPoint ?? 0) === zeroPoint, `${place}: part ${part} has another zero point`);
    channels += tensor.shape[2];
  }
  assert(channels === shape[2], `${place}: parts of ${channels} channels for ${shape[2]}`);
}

function checkLayer(program: NorthPoleProgram, layer: NorthPoleLayer, isReady: (tensor: number) => boolean): void {
  const place = `layer ${layer.name}`;
  const { tensors } = program;
  for (const index of layer.operands) {
    assert(tensors[index] !== undefined && isReady(index), `${place}: reads tensor ${index} before it is written`);
  }
  const input = tensors[layer.operands[0] ?? -1];
  const output = tensors[layer.output];
  assert(input !== undefined && output !== undefined, `${place}: an operand and an output are needed`);
  assert(output.parts.length === 0, `${place}: writes a concatenation`);
  const [height, width] = layer.kind === 'sequence' ? [1, 1] : outputSize(input, layer.geometry);
  assert(
    height === output.shape[0] && width === output.shape[1],
    `${place}: the window gives ${height} x ${width}, the output is ${output.shape[0]} x ${output.shape[1]}`,
  );
  if (layer.kind === 'vmm') {
    checkMatrix(place, layer, input, output);
  } else if (layer.kind === 'vector') {
    assert(input.shape[2] === output.shape[2], `${place}: ${input.shape[2]} channels in, ${output.shape[2]} out`);
    const n = layer.minChannels?.length ?? input.shape[2];
    assert(n === input.shape[2], `${place}: ${n} minChannels for ${input.shape[2]} channels`);
    const { average } = layer;
    const counts = average?.counted.every((rows, side) => rows <= layer.geometry.padding[side]!) ?? true;
    assert(counts && (average === undefined || layer.combine === 'sum'), `${place}: an average of ${layer.combine}`);
  }
  if (layer.kind === 'sequence') checkSequence(place, layer, program);
  for (const step of layer.epilogue) checkStep(place, step, program, layer);
}

function checkSequence(place: string, { operation, operands, output }: SequenceLayer, program: NorthPoleProgram): void {
  const plain = operands.every((tensor) => (program.tensors[tensor]?.zeroPoint ?? 0) === 0);
  assert(plain, `${place}: an operand with a zero point`);
  const [, , n] = program.tensors[output]!.shape;
  const channels = operands.map((tensor) => program.tensors[tensor]?.shape[2]);
  switch (operation.kind) {
    case 'embedding':
      assert(
        operation.table.length > 0 && operation.table.length % n === 0,
        `${place}: a table of ${operation.table.length}`,
      );
      return;
    case 'rmsNorm':
      assert(channels[0] === n && operation.gain.length === n, `${place}: ${operation.gain.length} gains for ${n}`);
      return;
    case 'attention': {
      const { heads, context, expTable } = operation;
      assert(
        channels.slice(0, 3).every((c) => c === n) && channels.length >= 3 && n % heads === 0,
        `${place}: ${n} channels in ${heads} heads`,
      );
      const narrow = operands.slice(0, 3).every((tensor) => program.tensors[tensor]?.bits !== 32);
      assert(narrow && context >= 1, `${place}: a cache of ${context} positions of 8 bits at most`);
      assert(expTable.length === 256 && expTable[0]! > 0, `${place}: a table of ${expTable.length} weights`);
      return;
    }
    default:
      assertNever(operation);
  }
}

/** Rows and columns of what a window gives. */
export function outputSize(input: NorthPoleTensor, geometry: WindowGeometry): readonly [number, number] {
  const { window, stride, dilation, padding } = geometry;
  const along = (size: number, axis: 0 | 1): number =>
    Math.floor(
      (size + padding[axis * 2]! + padding[axis * 2 + 1]! - (window[axis] - 1) * dilation[axis] - 1) / stride[axis],
    ) + 1;
  return [along(input.shape[0], 0), along(input.shape[1], 1)];
}

function checkMatrix(place: string, layer: VmmLayer, input: NorthPoleTensor, output: NorthPoleTensor): void {
  const { groups, weights, bias, weightBits } = layer;
  const nIn = input.shape[2];
  const nOut = output.shape[2];
  assert(input.bits !== 32, `${place}: the operand of a matrix has 32 bits`);
  assert(nIn % groups === 0 && nOut % groups === 0, `${place}: ${nIn} to ${nOut} channels in ${groups} groups`);
  const n = nOut * layer.geometry.window[0] * layer.geometry.window[1] * (nIn / groups);
  assert(weights.length === n, `${place}: ${weights.length} weights, ${n} expected`);
  assert(bias.length === nOut, `${place}: ${bias.length} biases for ${nOut} channels`);
  assert(layer.padValue >= -128 && layer.padValue <= 255, `${place}: pad value ${layer.padValue}`);
  checkWeights(place, weights, weightBits);
}

/** Whether weights fit their container: -1 and +1 in one bit. */
export function checkWeights(place: string, weights: Int8Array, weightBits: number): void {
  if (weightBits === 8) return;
  const most = weightBits === 1 ? 1 : 2 ** (weightBits - 1) - 1;
  const least = weightBits === 1 ? -1 : -(2 ** (weightBits - 1));
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight < least || weight > most || (weightBits === 1 && weight === 0)) {
      throw new Error(`internal error: ${place}: weight ${weight} in ${weightBits} bits`);
    }
  }
}

function checkStep(place: string, step: EpilogueStep, program: NorthPoleProgram, layer: NorthPoleLayer): void {
  const output = program.tensors[layer.output]!;
  const channels = output.shape[2];
  const lengths = (name: string, length: number, allowed: readonly number[]): void =>
    assert(allowed.includes(length), `${place}: ${name} of ${length} values, ${allowed.join(' or ')} expected`);
  switch (step.kind) {
    case 'requantise':
      lengths('multiplier', step.multiplier.length, [1, channels]);
      lengths('shift', step.shift.length, [1, channels]);
      if (step.addend !== undefined) lengths('addend', step.addend.length, [1, channels]);
      assert(step.min <= step.max, `${place}: clip to ${step.min}..${step.max}`);
      if (step.rounding === 'gemmlowp') {
        const fits = step.addend === undefined && step.shift.every((shift) => shift >= 31 && shift <= 62);
        assert(fits, `${place}: gemmlowp with an addend or a shift outside 31..62`);
      }
      return;
    case 'threshold':
      lengths('theta', step.theta.length, [channels, sizeOf(output.shape)]);
      lengths('sense', step.sense.length, [step.theta.length]);
      return;
    case 'lookup':
      assert(step.table.length > 0, `${place}: an empty table`);
      return;
    case 'add': {
      const operand = program.tensors[layer.operands[step.operand] ?? -1];
      assert(operand !== undefined, `${place}: adds operand ${step.operand} of ${layer.operands.length}`);
      assert(
        operand.shape.join() === output.shape.join(),
        `${place}: adds [${operand.shape.join(', ')}] to [${output.shape.join(', ')}]`,
      );
      for (const inner of step.steps) checkStep(place, inner, program, layer);
      return;
    }
  }
}

/** Throws if a stored value does not fit the container of its tensor. */
export function checkContainer(
  { node, bits, signed }: Pick<NorthPoleTensor, 'node' | 'bits' | 'signed'>,
  values: Int32Array,
): void {
  if (bits === 32) return;
  // One bit holds 0 and 1.
  const twosComplement = signed && bits > 1;
  const least = twosComplement ? -(2 ** (bits - 1)) : 0;
  const most = twosComplement ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const misfit = values.find((value) => value < least || value > most);
  assert(misfit === undefined, `tensor ${node}: ${misfit} in a container for ${least}..${most}`);
}

/** Bounds of what a step gives, if it alone decides them. */
export function stepRange(step: EpilogueStep): readonly [number, number] | undefined {
  switch (step.kind) {
    case 'requantise':
      return [step.min, step.max];
    case 'threshold':
      return [0, 1];
    case 'lookup':
      return [
        step.table.reduce((least, value) => Math.min(least, value), Infinity),
        step.table.reduce((most, value) => Math.max(most, value), -Infinity),
      ];
    case 'add':
      return undefined;
  }
}
