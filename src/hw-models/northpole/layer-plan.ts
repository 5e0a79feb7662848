/**
 * What follows from a layer's mapping for every share: its core, its part of output and operands, its blocks of weights, and which position and
 * channels a pass works on. The chip, the static counters and the timeline all read it from here.
 */
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../ir/program/northpole.js';
import { blockBytes, kBlocks, lanesOf, type KBlock } from './blocks.js';
import { positionAt, vectorChannels, type Position } from './exchange.js';
import { operandRegion, operandTensor, outputRegion, type Region, type Share, shareAt, tensorAt } from './regions.js';
import { passShape, weightStream, type PassShape, type WeightStream } from './timing.js';

/** One share of a layer, on its core. */
export interface SharePlan extends Share {
  /** Number in the order of mapping.cores. */
  readonly index: number;
  readonly core: number;
  /** row * columns + column */
  readonly tile: number;
  readonly out: Region;
  /** By operand. */
  readonly operands: readonly Region[];
  /** [outBlocks] blocks this share multiplies for each output-channel block of its group. */
  readonly blocks: readonly (readonly KBlock[])[];
}

/** A layer with all that is derived from its mapping. */
export interface LayerPlan {
  readonly index: number;
  readonly layer: NorthPoleLayer;
  readonly pass: PassShape;
  readonly shares: readonly SharePlan[];
  /** VMM layers only. */
  readonly weights?: {
    readonly stream: WeightStream;
    readonly lanes: number;
    readonly blockBytes: number;
  };
  /** The layer is busy in cycles [from, timing.end): from the first line of its weights on. */
  readonly from: number;
  /** Slots and passes of all layers before: they say which half of a buffer is whose. */
  readonly slotsBefore: number;
  readonly passesBefore: number;
}

/** The plans of all layers, in order. */
export function planLayers(program: NorthPoleProgram): readonly LayerPlan[] {
  const plans: LayerPlan[] = [];
  let slotsBefore = 0;
  let passesBefore = 0;
  program.layers.forEach((_, index) => {
    const plan = planLayer(program, index, slotsBefore, passesBefore);
    plans.push(plan);
    slotsBefore += plan.pass.nPasses * plan.pass.nK;
    passesBefore += plan.weights === undefined ? 0 : plan.pass.nPasses;
  });
  return plans;
}

function planLayer(program: NorthPoleProgram, index: number, slotsBefore: number, passesBefore: number): LayerPlan {
  const layer = present(program.layers[index], `layer ${index}`);
  const { mapping, timing } = layer;
  const pass = passShape(program, layer);
  const shares = Array.from(mapping.cores, (core, s) => planShare(program, layer, s, core));
  const base = { index, layer, pass, shares, slotsBefore, passesBefore };
  if (layer.kind !== 'vmm') return { ...base, from: timing.start };
  const { bits } = operandTensor(program, layer, 0);
  const bytes = blockBytes(program.spec, layer.weightBits, bits);
  const stream = weightStream(program.spec, mapping, bytes);
  const weights = { stream, lanes: lanesOf(program.spec, layer.weightBits, bits), blockBytes: bytes };
  return { ...base, weights, from: timing.start - stream.latency - stream.period };
}

function planShare(program: NorthPoleProgram, layer: NorthPoleLayer, index: number, core: number): SharePlan {
  const { mapping } = layer;
  const share = shareAt(mapping, index);
  const out = outputRegion(program, layer, share);
  const blocks: (readonly KBlock[])[] = [];
  for (let block = 0; block < mapping.outBlocks; block++) blocks.push(blocksOf(program, layer, share, block));
  return {
    ...share,
    index,
    core,
    tile: share.row * mapping.columns + share.column,
    out,
    operands: layer.operands.map((_, operand) => operandRegion(program, layer, share, operand)),
    blocks,
  };
}

function blocksOf(program: NorthPoleProgram, layer: NorthPoleLayer, share: Share, block: number): readonly KBlock[] {
  if (layer.kind !== 'vmm') return [];
  const [from, to] = vectorChannels(program, layer, share.outGroup, block);
  if (from >= to) return [];
  const nOut = tensorAt(program, layer.output).shape[2];
  const ob = share.outGroup * layer.mapping.outBlocks + block;
  return kBlocks(layer, operandTensor(program, layer, 0), nOut, program.spec, ob, share.inGroup);
}

/** True if the share holds the finished sums of its chain. */
export const endsChain = ({ layer }: Pick<LayerPlan, 'layer'>, { inGroup }: Share): boolean =>
  inGroup === layer.mapping.inGroups - 1;

/** Output channels [from, to) of pass j in a share; empty where its group has fewer blocks. */
export function passChannels(
  program: NorthPoleProgram,
  { layer }: LayerPlan,
  share: SharePlan,
  j: number,
): readonly [from: number, to: number] {
  return vectorChannels(program, layer, share.outGroup, j % layer.mapping.outBlocks);
}

/** Position p of pass j in a share, or undefined where its tile or the batch ends before. */
export function passPosition(
  { batch }: Pick<NorthPoleProgram, 'batch'>,
  { layer: { mapping } }: LayerPlan,
  share: SharePlan,
  j: number,
  p: number,
): Position | undefined {
  return positionAt({ mapping, batch }, share.out, Math.floor(j / mapping.outBlocks), p);
}

/** Injection cycle of a result, or -1. */
export function packetCycle(plan: LayerPlan, share: SharePlan, j: number, p: number): number {
  const { mapping, timing } = plan.layer;
  const source = share.tile * mapping.outGroups + share.outGroup;
  return timing.packets[(source * plan.pass.nPasses + j) * mapping.positions + p] ?? -1;
}

/** Image row or column that tap k of a window sees for output row or column o; may lie in the padding. */
export const tapAt = (layer: NorthPoleLayer, axis: 0 | 1, o: number, k: number): number =>
  o * layer.geometry.stride[axis] -
  (layer.geometry.padding[axis === 0 ? 0 : 2] ?? 0) +
  k * layer.geometry.dilation[axis];

/** Findings about layers the cycle-by-cycle chip does not know: those of sequence models. */
export function unmodelledLayers({ name, layers }: Pick<NorthPoleProgram, 'name' | 'layers'>): readonly Diagnostic[] {
  return layers.flatMap((layer) =>
    layer.kind === 'sequence'
      ? [
          errorAt(
            'sequence-layer',
            `${name}: layer "${layer.name}"`,
            `a layer of a sequence model (${layer.operation.kind}) is not modelled cycle by cycle`,
            'run the program on the functional engine, whose cycles come from the same schedule',
          ),
        ]
      : [],
  );
}
