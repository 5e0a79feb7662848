/**
 * Where results go: the packets of the activation network.
 *
 * A result vector is what one pass yields for one position: the values of one output-channel block (up to vmm.outputs) of one pixel of one frame,
 * sent by the last core of the chain. It travels once as a multicast: first along the row of the sender, then along the columns. In
 * cycle t + d hop the first flit is on the link that starts d links away from the sender, flit f a cycle after flit f - 1. A core D links away
 * writes it through its data port from cycle t + D hop on, `flits` cycles for each delivery, one delivery after the other. Links and data ports take what
 * fits their bytes per cycle: flits of narrow results share them.
 */
import type { LayerMapping, NorthPoleLayer, NorthPoleProgram } from '../../ir/program/northpole.js';
import { operandRegion, outputRegion, readersOf, type Region, type Share, shareAt, tensorAt } from './regions.js';
import { portCycles } from './timing.js';

/** One write of a result vector. Deliveries to one core happen in order of `layer`, `operand`, `offset`; the host's is the last. */
export interface Delivery {
  readonly core: number;
  /** The layer that reads it, or -1: the sender keeps it for the host. */
  readonly layer: number;
  /** Which operand of that layer. */
  readonly operand: number;
  /** Channel of the operand that channel 0 of the tensor is. */
  readonly offset: number;
}

/** A place in the work of a share: frame, and pixel of the whole output. */
export interface Position {
  readonly frame: number;
  readonly y: number;
  readonly x: number;
}

/** Position p of chunk `chunk` of a share: frames outermost, then rows and columns of the tile; undefined where there is none. */
export function positionAt(
  { mapping, batch }: { readonly mapping: LayerMapping; readonly batch: number },
  out: Region,
  chunk: number,
  p: number,
): Position | undefined {
  const { tileHeight, tileWidth, positions } = mapping;
  const index = chunk * positions + p;
  const frame = Math.floor(index / (tileHeight * tileWidth));
  const y = out.y0 + (Math.floor(index / tileWidth) % tileHeight);
  const x = out.x0 + (index % tileWidth);
  return p < positions && frame < batch && y < out.y1 && x < out.x1 ? { frame, y, x } : undefined;
}

/** Channels [from, to) of output-channel block `block` of an out-group; empty where the block does not exist. */
export function vectorChannels(
  program: NorthPoleProgram,
  layer: NorthPoleLayer,
  outGroup: number,
  block: number,
): readonly [number, number] {
  const channels = tensorAt(program, layer.output).shape[2];
  const { outputs } = program.spec.vmm;
  const from = (outGroup * layer.mapping.outBlocks + block) * outputs;
  return [Math.min(from, channels), Math.min(from + outputs, channels)];
}

/** Every write of the vector of channels [c0, c1) of pixel y, x that `share` (the last of its chain) of layer l sends. */
export function deliveriesOf(
  program: NorthPoleProgram,
  l: number,
  share: Share,
  vector: { readonly y: number; readonly x: number; readonly c0: number; readonly c1: number },
): readonly Delivery[] {
  const layer = layerAt(program, l);
  const deliveries: Delivery[] = [];
  for (const { layer: r, operand, offset } of readersOf(program, layer.output)) {
    const reader = layerAt(program, r);
    reader.mapping.cores.forEach((core, s) => {
      const { y0, y1, x0, x1, c0, c1 } = operandRegion(program, reader, shareAt(reader.mapping, s), operand);
      const inside = vector.y >= y0 && vector.y < y1 && vector.x >= x0 && vector.x < x1;
      if (inside && vector.c0 + offset < c1 && vector.c1 + offset > c0) {
        deliveries.push({ core, layer: r, operand, offset });
      }
    });
  }
  if (program.outputs.tensor === layer.output) {
    deliveries.push({ core: senderOf(layer.mapping, share), layer: -1, operand: 0, offset: 0 });
  }
  return deliveries;
}

/** The core that holds the finished sums of a share's chain and sends the results. */
export function senderOf(mapping: LayerMapping, { row, column, outGroup }: Omit<Share, 'inGroup'>): number {
  const tile = row * mapping.columns + column;
  const core = mapping.cores[(tile * mapping.outGroups + outGroup + 1) * mapping.inGroups - 1];
  if (core === undefined) throw new Error('internal error: a share without a core');
  return core;
}

/** Flits of a packet of a layer: cycles it keeps each link, and the data port per delivery. */
export function flitsOf(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  return portCycles(program.spec, tensorAt(program, layer.output).bits);
}

/** Bytes one flit of a packet of a layer takes of a link and of a data port: those of a full vector, or of the narrower of the two. */
export function flitBytes(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  const { memory, networks } = program.spec;
  return Math.min(vectorBytes(program, layer), memory.dataPortBytes, networks.activation.wires / 8);
}

/** Bytes a result vector takes in the output buffer, from the cycle it is ready until its last flit has left. */
export function vectorBytes(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  return Math.ceil((program.spec.vmm.outputs * tensorAt(program, layer.output).bits) / 8);
}

/** Part of the output a sender keeps for the host: its whole output region. */
export const resultRegion = outputRegion;

/** Layer number l. */
export function layerAt(program: Pick<NorthPoleProgram, 'layers'>, l: number): NorthPoleLayer {
  const layer = program.layers[l];
  if (layer === undefined) throw new Error(`internal error: no layer ${l}`);
  return layer;
}
