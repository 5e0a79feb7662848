/**
 * Who works on what: tiles of the output, the part of each operand a share reads, and where a result has to go.
 * All ranges are half open.
 */
import { present } from '../../common/assert.js';
import type { LayerMapping, NorthPoleLayer, NorthPoleProgram, NorthPoleTensor } from '../../ir/program/northpole.js';
import { channelRange, lanesOf } from './blocks.js';
import { mainOperands, sequenceChannels } from './sequence.js';

/** One share of a layer. */
export interface Share {
  readonly row: number;
  readonly column: number;
  readonly outGroup: number;
  readonly inGroup: number;
}

/** A box of a tensor. Empty if from >= to in any direction. */
export interface Region {
  readonly y0: number;
  readonly y1: number;
  readonly x0: number;
  readonly x1: number;
  readonly c0: number;
  readonly c1: number;
}

/** Share number s of a mapping, in the order of mapping.cores. */
export function shareAt(mapping: LayerMapping, s: number): Share {
  const inGroup = s % mapping.inGroups;
  const outGroup = Math.floor(s / mapping.inGroups) % mapping.outGroups;
  const tile = Math.floor(s / (mapping.inGroups * mapping.outGroups));
  return { row: Math.floor(tile / mapping.columns), column: tile % mapping.columns, outGroup, inGroup };
}

/** Number of a share in the order of mapping.cores. */
export function shareIndex(mapping: LayerMapping, { row, column, outGroup, inGroup }: Share): number {
  return ((row * mapping.columns + column) * mapping.outGroups + outGroup) * mapping.inGroups + inGroup;
}

/** The part of the output a share is responsible for (with the others of its chain). */
export function outputRegion(program: NorthPoleProgram, layer: NorthPoleLayer, share: Share): Region {
  const [height, width, channels] = tensorAt(program, layer.output).shape;
  const { tileHeight, tileWidth, outBlocks } = layer.mapping;
  const perGroup = outBlocks * program.spec.vmm.outputs;
  return {
    y0: Math.min(height, share.row * tileHeight),
    y1: Math.min(height, (share.row + 1) * tileHeight),
    x0: Math.min(width, share.column * tileWidth),
    x1: Math.min(width, (share.column + 1) * tileWidth),
    c0: Math.min(channels, share.outGroup * perGroup),
    c1: Math.min(channels, (share.outGroup + 1) * perGroup),
  };
}

/**
 * The part of operand `operand` that a share holds in its memory: of the main operand (0) what its windows see inside the image, in the channels it
 * multiplies (of a sequence layer the channels its block of the output depends on); of an added operand its part of the output, held by the last core of a chain only (elsewhere empty).
 */
export function operandRegion(program: NorthPoleProgram, layer: NorthPoleLayer, share: Share, operand: number): Region {
  const out = outputRegion(program, layer, share);
  if (layer.kind === 'sequence' && operand < mainOperands(layer.operation)) {
    const [c0, c1] = sequenceChannels(program, layer, [out.c0, out.c1], operand);
    return { ...out, c0, c1 };
  }
  if (operand > 0) return share.inGroup === layer.mapping.inGroups - 1 ? out : { ...out, c0: 0, c1: 0 };
  const input = operandTensor(program, layer, 0);
  const [height, width] = input.shape;
  const { window, stride, dilation, padding } = layer.geometry;
  const empty = out.y0 >= out.y1 || out.x0 >= out.x1;
  const [c0, c1] = layer.kind === 'vmm' ? vmmChannels(program, layer, input, share, out) : [out.c0, out.c1];
  return {
    y0: Math.max(0, out.y0 * stride[0] - padding[0]),
    y1: empty ? 0 : Math.min(height, (out.y1 - 1) * stride[0] - padding[0] + (window[0] - 1) * dilation[0] + 1),
    x0: Math.max(0, out.x0 * stride[1] - padding[2]),
    x1: empty ? 0 : Math.min(width, (out.x1 - 1) * stride[1] - padding[2] + (window[1] - 1) * dilation[1] + 1),
    c0,
    c1,
  };
}

function vmmChannels(
  program: NorthPoleProgram,
  layer: Extract<NorthPoleLayer, { kind: 'vmm' }>,
  input: NorthPoleTensor,
  share: Share,
  out: Region,
): readonly [number, number] {
  if (out.c0 >= out.c1) return [0, 0];
  const { spec } = program;
  const { outputs } = spec.vmm;
  const nOut = tensorAt(program, layer.output).shape[2];
  const channels = { nIn: input.shape[2], nOut };
  const from = channelRange(layer, channels, spec, out.c0 / outputs)[0];
  const to = channelRange(layer, channels, spec, Math.ceil(out.c1 / outputs) - 1)[1];
  const { inGroups, inBlocks } = layer.mapping;
  if (inGroups === 1) return [from, to];
  const perGroup = inBlocks * lanesOf(spec, layer.weightBits, input.bits);
  return [Math.min(to, from + share.inGroup * perGroup), Math.min(to, from + (share.inGroup + 1) * perGroup)];
}

/** Number of elements of a region. */
export function regionSize({ y0, y1, x0, x1, c0, c1 }: Region): number {
  return Math.max(0, y1 - y0) * Math.max(0, x1 - x0) * Math.max(0, c1 - c0);
}

/** Position of an element in the buffer of a region, frames outermost, channels innermost; times the tensor's bits it is its first bit. */
export function elementIndex(region: Region, frame: number, y: number, x: number, c: number): number {
  const height = region.y1 - region.y0;
  const width = region.x1 - region.x0;
  return ((frame * height + y - region.y0) * width + x - region.x0) * (region.c1 - region.c0) + c - region.c0;
}

/** A layer's operand that reads (part of) a tensor; channel c of the tensor is channel c + offset of the operand. */
export interface Reader {
  readonly layer: number;
  readonly operand: number;
  readonly offset: number;
}

/** Everything that reads a tensor, also through concatenations, in order of layers. */
export function readersOf(program: NorthPoleProgram, tensor: number, offset = 0): readonly Reader[] {
  const readers: Reader[] = [];
  program.layers.forEach((layer, l) => {
    layer.operands.forEach((t, operand) => {
      if (t === tensor) readers.push({ layer: l, operand, offset });
    });
  });
  program.tensors.forEach((whole, t) => {
    let at = offset;
    for (const part of whole.parts) {
      if (part === tensor) readers.push(...readersOf(program, t, at));
      at += tensorAt(program, part).shape[2];
    }
  });
  return readers.sort((a, b) => a.layer - b.layer || a.operand - b.operand || a.offset - b.offset);
}

/** Tensor number t. */
export function tensorAt(program: Pick<NorthPoleProgram, 'tensors'>, t: number): NorthPoleTensor {
  const tensor = program.tensors[t];
  if (tensor === undefined) throw new Error(`internal error: no tensor ${t}`);
  return tensor;
}

/** The tensor that operand number `operand` of a layer reads. */
export function operandTensor(
  program: Pick<NorthPoleProgram, 'tensors'>,
  { operands }: Pick<NorthPoleLayer, 'operands'>,
  operand: number,
): NorthPoleTensor {
  return tensorAt(program, present(operands[operand], `operand ${operand}`));
}
