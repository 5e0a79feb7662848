/** What a partition of a layer would cost, in cycles of a batch, from closed forms of the definitions in hw-models/northpole. */
import { present } from '../../../common/assert.js';
import { blockBytes, blocksPerPass, lanesOf, outBlockCount } from '../../../hw-models/northpole/blocks.js';
import { segmentSize } from '../../../hw-models/northpole/layout.js';
import { mainOperands, residentBytes, sequenceChannels } from '../../../hw-models/northpole/sequence.js';
import {
  dataReadBytes,
  dataReadCycles,
  passShape,
  portCycles,
  programBytesFor,
  programCycles,
  weightBytesPerShare,
  weightStream,
} from '../../../hw-models/northpole/timing.js';
import type {
  LayerMapping,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
} from '../../../ir/program/northpole.js';

/** A partition of a layer and what it costs. Cycles are those of a whole batch. */
export interface Candidate {
  readonly split: Omit<LayerMapping, 'segments' | 'cores'>;
  /** From the first step of the VMM or vector unit to the last result. */
  readonly compute: number;
  /** Cycles before the first result. */
  readonly lead: number;
  readonly nPasses: number;
  /** Cycles in which the results of a pass come out. */
  readonly burst: number;
  /** Cycles of the data port of a core for reads of operands, as if they shared it with others where they can. */
  readonly dataReads: number;
  /** By operand: cycles of the data port of the busiest core to receive it. */
  readonly incoming: readonly number[];
  /** Result vectors a core sends. */
  readonly packets: number;
  /** Cycles of the instruction network. */
  readonly programCycles: number;
  /** Bytes of operand buffers and weights of a core. */
  readonly bytes: number;
}

/** What all partitions of a layer have in common. */
export interface LayerFacts {
  readonly layer: NorthPoleLayer;
  readonly image: readonly [number, number, number];
  readonly operands: readonly NorthPoleTensor[];
  /** Output-channel blocks. */
  readonly nOutBlocks: number;
  /** Input-channel blocks that can be split into groups; 1 where they cannot. */
  readonly nInBlocks: number;
  readonly lanes: number;
  readonly blockBytes: number;
  /** Blocks per pass with one in-group, packed if that is less. */
  readonly nK: number;
  readonly packed: boolean;
  readonly interval: number;
  /** Cycles before the results of a pass in a layer of a sequence model. */
  readonly sweep: number;
  readonly readsPerPosition: number;
}

/** The chip, the batch and the tensors: what the shapes of layers depend on. */
export type Target = Pick<NorthPoleProgram, 'spec' | 'batch' | 'tensors'>;

/** One core does everything: stands for a partition that is not chosen yet. */
export const UNMAPPED: LayerMapping = {
  rows: 1,
  columns: 1,
  tileHeight: 1,
  tileWidth: 1,
  outGroups: 1,
  outBlocks: 1,
  inGroups: 1,
  inBlocks: 1,
  packed: false,
  positions: 1,
  segments: Int32Array.of(0, 0, 1, 1),
  cores: Int32Array.of(0),
};

/** Collects the facts of a layer. */
export function layerFacts(target: Target, layer: NorthPoleLayer): LayerFacts {
  const { spec, tensors } = target;
  const tensorAt = (t: number): NorthPoleTensor => present(tensors[t], 'tensor');
  const operands = layer.operands.map(tensorAt);
  const input = present(operands[0], 'operand');
  const image = tensorAt(layer.output).shape;
  const { interval, lead } = passShape(target, { ...layer, mapping: UNMAPPED });
  const common = {
    layer,
    image,
    operands,
    nOutBlocks: outBlockCount(spec, image[2]),
    interval,
    readsPerPosition: dataReadCycles(target, { ...layer, mapping: UNMAPPED }),
  };
  if (layer.kind !== 'vmm') {
    return {
      ...common,
      sweep: layer.kind === 'sequence' ? lead : 0,
      nInBlocks: 1,
      lanes: spec.vmm.outputs,
      blockBytes: 0,
      nK: 0,
      packed: false,
    };
  }
  const lanes = lanesOf(spec, layer.weightBits, input.bits);
  const count = (packed: boolean): number =>
    blocksPerPass({ ...layer, mapping: { inGroups: 1, inBlocks: 1, packed } }, input, image[2], spec);
  const canPack = layer.groups === 1 && layer.geometry.dilation[1] === 1;
  const plain = count(false);
  const nK = canPack ? Math.min(plain, count(true)) : plain;
  return {
    ...common,
    sweep: 0,
    nInBlocks: layer.groups === 1 ? Math.ceil(input.shape[2] / lanes) : 1,
    lanes,
    blockBytes: blockBytes(spec, layer.weightBits, input.bits),
    nK,
    packed: nK < plain,
  };
}

/** Most positions of a pass: their sums fill a half of the partial-sum buffer. */
export function maxPositions({ partialSums, vmm }: NorthPoleSpec): number {
  return Math.floor(partialSums.bufferBytes / 2 / ((vmm.outputs * partialSums.bits) / 8));
}

/** Most result vectors a core can send in one layer: their program fills a half of the program buffer. */
export function maxPackets({ programBufferBytes }: NorthPoleSpec): number {
  return Math.floor((programBufferBytes / 2 - programBytesFor(0)) / (programBytesFor(1) - programBytesFor(0)));
}

/** Tiles, groups and blocks of a partition; the rest follows. */
export interface Split {
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly outBlocks: number;
  /** Channel blocks of an in-group; nInBlocks for a single one. */
  readonly inBlocks: number;
}

/** The costs of a split with the best number of positions per pass; undefined if it is not legal. */
export function costOf(target: Target, facts: LayerFacts, split: Split): Candidate | undefined {
  const { spec, batch } = target;
  const { image, layer, nOutBlocks, nInBlocks, nK: wholeK, interval } = facts;
  const { tileHeight, tileWidth, outBlocks, inBlocks } = split;
  const rows = Math.ceil(image[0] / tileHeight);
  const columns = Math.ceil(image[1] / tileWidth);
  const outGroups = Math.ceil(nOutBlocks / outBlocks);
  const inGroups = Math.ceil(nInBlocks / inBlocks);
  const tiles = rows * columns;
  if (tiles * outGroups * inGroups > spec.gridWidth * spec.gridHeight) return undefined;
  const size = segmentSize(spec, tiles * inGroups, outGroups);
  if (size === undefined) return undefined;
  const total = batch * tileHeight * tileWidth;
  if (total * outBlocks > maxPackets(spec)) return undefined;
  const taps = layer.geometry.window[0] * layer.geometry.window[1];
  const nK = inGroups === 1 ? wholeK : inBlocks * taps;
  const stream = weightStream(
    spec,
    { ...UNMAPPED, rows, columns, inGroups, segments: Int32Array.of(0, 0, size[0], size[1]) },
    facts.blockBytes,
  );
  const period = layer.kind === 'vmm' ? stream.period : 0;
  const chain = (inGroups - 1) * (spec.networks.partialSum.hopCycles + 1);
  const packets = total * outBlocks;
  let best: (Pick<Candidate, 'compute' | 'lead' | 'nPasses' | 'burst'> & { readonly positions: number }) | undefined;
  let bestCost = Infinity;
  for (const chunks of chunkCounts(total, maxPositions(spec), period)) {
    const positions = Math.ceil(total / chunks);
    const nPasses = Math.ceil(total / positions) * outBlocks;
    const slot = Math.max(positions, period);
    const lead = layer.kind === 'vmm' ? (nK - 1) * slot + spec.vmm.latency + chain : facts.sweep;
    const burst = positions * interval;
    const minPeriod = layer.kind === 'vmm' ? Math.max(nK * slot, burst, Math.ceil((lead + burst) / 2)) : lead + burst;
    const compute = (nPasses - 1) * minPeriod + lead + burst + spec.vector.latency;
    // Results of all passes but the last leave while others are computed.
    const cost = compute + packets / nPasses;
    if (cost < bestCost) {
      best = { positions, compute, lead, nPasses, burst };
      bestCost = cost;
    }
  }
  const { positions, ...rhythm } = present(best, 'positions');
  const packed = inGroups === 1 && facts.packed;
  const mapping = { rows, columns, tileHeight, tileWidth, outGroups, outBlocks, inGroups, inBlocks, packed, positions };
  const regions = facts.operands.map((_, o) => receivedOf(facts, split, o, target));
  const weights =
    layer.kind === 'vmm'
      ? weightBytesPerShare(spec, { rows, columns, outBlocks }, stream.lines, nK)
      : layer.kind === 'sequence'
        ? residentBytes(target, layer, [0, Math.min(image[2], outBlocks * spec.vmm.outputs)])
        : 0;
  return {
    split: mapping,
    ...rhythm,
    dataReads:
      packets * (facts.readsPerPosition + facts.sweep) * (dataReadBytes(target, layer) / spec.memory.dataPortBytes),
    incoming: regions.map(({ vectors }, o) => batch * vectors * portShare(spec, facts.operands[o]?.bits ?? 8)),
    packets,
    programCycles: programCycles(spec, programBytesFor(packets)),
    bytes: regions.reduce((sum, { bits }) => sum + Math.ceil((batch * bits) / 8), weights),
  };
}

/** Cycles of the data port for a vector of this width, a fraction where several fit. */
function portShare(spec: NorthPoleSpec, bits: number): number {
  const bytes = (spec.vmm.outputs * bits) / 8;
  return portCycles(spec, bits) / Math.max(1, Math.floor(spec.memory.dataPortBytes / bytes));
}

/** Numbers of chunks worth trying: as few as the buffers allow, and about as many as hide the weight stream. */
function chunkCounts(total: number, maxPositions: number, period: number): readonly number[] {
  const fewest = Math.ceil(total / maxPositions);
  const hiding = Math.max(fewest, Math.floor(total / Math.max(1, period)));
  const shortTail = Math.max(fewest, Math.floor(total / 16));
  const middle = Math.round((fewest + hiding) / 2);
  return [...new Set([fewest, middle, hiding, Math.min(hiding, shortTail), hiding + 1])].filter((n) => n <= total);
}

/** Result vectors of a frame that the busiest core receives of an operand, and bits of its buffer. */
function receivedOf(
  facts: LayerFacts,
  { tileHeight, tileWidth, outBlocks, inBlocks }: Split,
  o: number,
  target: Target,
): { readonly vectors: number; readonly bits: number } {
  const { layer, image } = facts;
  const operand = present(facts.operands[o], 'operand');
  const { outputs } = target.spec.vmm;
  const outChannels = Math.min(image[2], outBlocks * outputs);
  if (layer.kind === 'sequence' && o < mainOperands(layer.operation)) {
    const [from, to] = sequenceChannels(target, layer, [0, outChannels], o);
    return { vectors: Math.ceil((to - from) / outputs), bits: (to - from) * operand.bits };
  }
  if (o > 0) {
    const pixels = tileHeight * tileWidth;
    return { vectors: pixels * Math.ceil(outChannels / outputs), bits: pixels * outChannels * operand.bits };
  }
  const { window, stride, dilation } = layer.geometry;
  const span = (axis: 0 | 1, tile: number): number =>
    Math.min(operand.shape[axis], (tile - 1) * stride[axis] + (window[axis] - 1) * dilation[axis] + 1);
  const pixels = span(0, tileHeight) * span(1, tileWidth);
  let channels = outChannels;
  if (layer.kind === 'vmm') {
    const nIn = operand.shape[2];
    const perGroup = nIn / layer.groups;
    channels =
      layer.groups === 1
        ? Math.min(nIn, inBlocks * facts.lanes)
        : Math.min(nIn, Math.ceil(outChannels / (image[2] / layer.groups)) * perGroup);
  }
  return { vectors: pixels * Math.ceil(channels / outputs), bits: pixels * channels * operand.bits };
}
