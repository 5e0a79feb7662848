/**
 * Weight blocks: what the VMM multiplies in one cycle.
 *
 * A block is `outputs` output channels by `lanes` operands. Operand e of a block is element c0 + e counted from pixel kx of window row ky, channels
 * last, so a block may run over the border of a pixel (packed mapping); without packing it stays inside one pixel. Elements beyond
 * the block's `length`, output channels that do not exist and channels of another convolution group have weight 0.
 */
import type { LayerMapping, NorthPoleSpec, NorthPoleTensor, VmmLayer } from '../../ir/program/northpole.js';

/** One block of the reduction of an output-channel block. */
export interface KBlock {
  readonly ky: number;
  readonly kx: number;
  readonly c0: number;
  /** Operands in use, 1..lanes. */
  readonly length: number;
}

/** The parts of a VMM layer the blocks depend on. */
export type BlockShape = Pick<VmmLayer, 'groups' | 'geometry' | 'weightBits'> & {
  readonly mapping: Pick<LayerMapping, 'inGroups' | 'inBlocks' | 'packed'>;
};

/** Operands per adder tree and cycle: the wider operand decides. */
export function lanesOf(spec: NorthPoleSpec, weightBits: number, activationBits: number): number {
  return spec.vmm.vectorBits / Math.max(weightBits, activationBits);
}

/** Bytes of one weight block. */
export function blockBytes(spec: NorthPoleSpec, weightBits: number, activationBits: number): number {
  return (spec.vmm.outputs * lanesOf(spec, weightBits, activationBits) * weightBits) / 8;
}

/**
 * Multiply-accumulates of a layer for one output position: what the output channels [from, to) - all of them by default - are connected to. Taps on
 * padding count, lanes and groups filled up with zeros do not.
 */
export function macsPerPosition(
  { weights, bias, fanIn }: Pick<VmmLayer, 'weights' | 'bias' | 'fanIn'>,
  [from, to]: readonly [from: number, to: number] = [0, bias.length],
): number {
  if (fanIn === undefined) return (to - from) * (weights.length / bias.length);
  if (fanIn.length === 1) return (to - from) * (fanIn[0] ?? 0);
  return fanIn.subarray(from, to).reduce((sum, n) => sum + n, 0);
}

/** Number of output-channel blocks. */
export const outBlockCount = (spec: NorthPoleSpec, nOut: number): number => Math.ceil(nOut / spec.vmm.outputs);

/** Input channels [from, to) that the output channels of block `ob` read. */
export function channelRange(
  layer: BlockShape,
  channels: { readonly nIn: number; readonly nOut: number },
  spec: NorthPoleSpec,
  ob: number,
): readonly [number, number] {
  const inPerGroup = channels.nIn / layer.groups;
  const outPerGroup = channels.nOut / layer.groups;
  const first = Math.floor((ob * spec.vmm.outputs) / outPerGroup);
  const last = Math.floor((Math.min(channels.nOut, (ob + 1) * spec.vmm.outputs) - 1) / outPerGroup);
  return [first * inPerGroup, (last + 1) * inPerGroup];
}

/**
 * The blocks that in-group `ig` multiplies for output-channel block `ob`, in their order: by channel block, window row, window column (packed: by
 * window row, then along it).
 */
export function kBlocks(
  layer: BlockShape,
  input: NorthPoleTensor,
  nOut: number,
  spec: NorthPoleSpec,
  ob: number,
  ig: number,
): readonly KBlock[] {
  const lanes = lanesOf(spec, layer.weightBits, input.bits);
  const nIn = input.shape[2];
  const [height, width] = layer.geometry.window;
  const [from, to] = channelRange(layer, { nIn, nOut }, spec, ob);
  const { packed, inBlocks, inGroups } = layer.mapping;
  const blocks: KBlock[] = [];
  if (packed) {
    const span = width * nIn;
    for (let ky = 0; ky < height; ky++) {
      for (let c0 = 0; c0 < span; c0 += lanes) blocks.push({ ky, kx: 0, c0, length: Math.min(lanes, span - c0) });
    }
    return blocks;
  }
  const first = ig * inBlocks;
  const last = inGroups === 1 ? Infinity : (ig + 1) * inBlocks;
  for (let b = first; b < last && from + b * lanes < to; b++) {
    const c0 = from + b * lanes;
    for (let ky = 0; ky < height; ky++) {
      for (let kx = 0; kx < width; kx++) blocks.push({ ky, kx, c0, length: Math.min(lanes, to - c0) });
    }
  }
  return blocks;
}

/** Blocks per pass: the largest number of any share, which all shares take (lock step). */
export function blocksPerPass(layer: BlockShape, input: NorthPoleTensor, nOut: number, spec: NorthPoleSpec): number {
  let most = 0;
  const nBlocks = outBlockCount(spec, nOut);
  // Without groups every output-channel block reads all channels; the first in-group has the most blocks.
  for (let ob = 0; ob < (layer.groups === 1 ? 1 : nBlocks); ob++) {
    for (let ig = 0; ig < layer.mapping.inGroups; ig++) {
      most = Math.max(most, kBlocks(layer, input, nOut, spec, ob, ig).length);
      if (layer.groups === 1) break;
    }
  }
  return most;
}
