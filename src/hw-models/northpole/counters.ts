/**
 * The event counters of a batch from the program alone. The schedule is static and nothing depends on data, so they equal those the chip counts
 * while it runs (test/simulator/northpole-cycle/counters.test.ts).
 *
 * Tiles of a layer cover its output once, so whatever happens per output position is counted over the whole output; what happens along one
 * axis is summed along it first.
 */
import { present } from '../../common/assert.js';
import type { NorthPoleLayer, NorthPoleProgram, VmmLayer } from '../../ir/program/northpole.js';
import type { NorthPoleCounters } from '../../ir/trace/northpole-counters.js';
import { linksOf } from './activation-mesh.js';
import { macsPerPosition, type KBlock } from './blocks.js';
import { PacketRoutes, type PacketRoute } from './deliveries.js';
import { noEvents, precisionClass, type Events } from './events.js';
import type { Delivery } from './exchange.js';
import {
  endsChain,
  packetCycle,
  passChannels,
  passPosition,
  planLayers,
  tapAt,
  type LayerPlan,
  type SharePlan,
} from './layer-plan.js';
import { operandTensor, tensorAt } from './regions.js';
import { countSequence } from './sequence-events.js';
import { flitChannels } from './vector-job.js';
import { stepOperations } from './vector-unit.js';

/** Counters of a whole batch. Those of layers of sequence models come from formulas alone (sequence-events.ts). */
export function countEvents(program: NorthPoleProgram): NorthPoleCounters {
  const events = noEvents(program.batch);
  const plans = planLayers(program);
  for (const plan of plans) countInto(events, program, plans, plan);
  return { ...events, cycles: program.cycles };
}

/** Counters of one layer; `cycles` counts from its first weight line (vector layers: its first step) to its end. */
export function countLayer(program: NorthPoleProgram, l: number): NorthPoleCounters {
  const plans = planLayers(program);
  return countPlan(program, plans, present(plans[l], `layer ${l}`));
}

/** Counters of every layer, as {@link countLayer} gives them. */
export function countLayers(program: NorthPoleProgram): readonly NorthPoleCounters[] {
  const plans = planLayers(program);
  return plans.map((plan) => countPlan(program, plans, plan));
}

function countPlan(program: NorthPoleProgram, plans: readonly LayerPlan[], plan: LayerPlan): NorthPoleCounters {
  const events = noEvents(program.batch);
  countInto(events, program, plans, plan);
  return { ...events, cycles: plan.layer.timing.end - plan.from };
}

function countInto(events: Events, program: NorthPoleProgram, plans: readonly LayerPlan[], plan: LayerPlan): void {
  countWeights(events, program, plan);
  countProgram(events, program, plan.layer);
  // Tile 0 has a share of every out-group and in-group; what is said about it is multiplied by the positions of all tiles.
  for (const share of plan.shares.filter((s) => s.tile === 0)) {
    for (let ob = 0; ob < plan.layer.mapping.outBlocks; ob++) {
      const [c0, c1] = passChannels(program, plan, share, ob);
      if (c0 >= c1) continue;
      if (plan.layer.kind === 'vmm') countVmm(events, program, plan.layer, share.blocks[ob] ?? []);
      if (plan.layer.kind === 'sequence') countSequence(events, program, plan.layer, [c0, c1]);
      if (plan.layer.kind === 'vmm' && endsChain(plan, share)) countMacs(events, program, plan.layer, [c0, c1]);
      if (endsChain(plan, share)) countVector(events, program, plan.layer, c1 - c0);
      else countChain(events, program, plan.layer, c1 - c0);
    }
  }
  countPackets(events, program, plans, plan);
}

function countWeights(events: Events, { spec }: NorthPoleProgram, { layer, pass, weights }: LayerPlan): void {
  if (weights === undefined) return;
  const { mapping } = layer;
  const bytes = pass.nPasses * pass.nK * weights.stream.lines * spec.memory.weightPortBytes;
  for (let og = 0; og < mapping.outGroups; og++) {
    events.memoryBytes.weightRead += bytes * mapping.inGroups;
    if (mapping.rows * mapping.columns === 1) continue;
    const cores = mapping.segments[og * 4 + 2]! * mapping.segments[og * 4 + 3]!;
    events.networks.model.bytes += bytes * mapping.inGroups;
    events.networks.model.byteHops += bytes * mapping.inGroups * cores;
  }
}

function countProgram({ networks }: Events, { spec }: NorthPoleProgram, { timing, memory }: NorthPoleLayer): void {
  if (timing.programEnd <= timing.programStart) return;
  const bytes = spec.gridWidth * spec.gridHeight * memory.programBytes;
  networks.instruction.bytes += bytes;
  networks.instruction.byteHops += bytes * spec.gridWidth;
}

/** Positions of a layer over all tiles and frames. */
function positionsOf(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  const [height, width] = tensorAt(program, layer.output).shape;
  return program.batch * height * width;
}

function countMacs(
  events: Events,
  program: NorthPoleProgram,
  layer: VmmLayer,
  channels: readonly [from: number, to: number],
): void {
  const { bits } = operandTensor(program, layer, 0);
  events.macs[precisionClass(layer.weightBits, bits)] += positionsOf(program, layer) * macsPerPosition(layer, channels);
}

function countVmm(events: Events, program: NorthPoleProgram, layer: VmmLayer, blocks: readonly KBlock[]): void {
  const { bits, shape } = operandTensor(program, layer, 0);
  const [outHeight, outWidth] = tensorAt(program, layer.output).shape;
  const class_ = precisionClass(layer.weightBits, bits);
  const positions = positionsOf(program, layer);
  for (const block of blocks) {
    events.vmmCycles[class_] += positions;
    const rows = insideTaps(layer, 0, outHeight, block.ky, shape[0]);
    let rowBytes = 0;
    for (let x = 0; x < outWidth; x++) {
      rowBytes += Math.ceil((elementsInside(layer, block, x, shape) * bits) / 8);
    }
    events.memoryBytes.activationRead += program.batch * rows * rowBytes;
  }
}

/** Output rows (or columns) for which tap k lies inside the image. */
function insideTaps(layer: NorthPoleLayer, axis: 0 | 1, nOut: number, k: number, size: number): number {
  let n = 0;
  for (let o = 0; o < nOut; o++) {
    const at = tapAt(layer, axis, o, k);
    if (at >= 0 && at < size) n++;
  }
  return n;
}

/** Operands of a block that are columns of the image, for output column x. */
function elementsInside(layer: VmmLayer, block: KBlock, x: number, [, width, nIn]: readonly number[]): number {
  let n = 0;
  const end = block.c0 + block.length;
  for (let pixel = Math.floor(block.c0 / nIn!); pixel * nIn! < end; pixel++) {
    const column = tapAt(layer, 1, x, block.kx + pixel);
    if (column < 0 || column >= width!) continue;
    n += Math.min(end, (pixel + 1) * nIn!) - Math.max(block.c0, pixel * nIn!);
  }
  return n;
}

function countChain(events: Events, program: NorthPoleProgram, layer: NorthPoleLayer, nChannels: number): void {
  const bytes = Math.ceil((nChannels * program.spec.partialSums.bits) / 8) * positionsOf(program, layer);
  events.networks.partialSum.bytes += bytes;
  events.networks.partialSum.byteHops += bytes;
}

function countVector(events: Events, program: NorthPoleProgram, layer: NorthPoleLayer, nChannels: number): void {
  const positions = positionsOf(program, layer);
  let taps = 0;
  if (layer.kind === 'vector') {
    const [height, width] = operandTensor(program, layer, 0).shape;
    const [outHeight, outWidth] = tensorAt(program, layer.output).shape;
    let rows = 0;
    for (let k = 0; k < layer.geometry.window[0]; k++) rows += insideTaps(layer, 0, outHeight, k, height);
    let columns = 0;
    for (let k = 0; k < layer.geometry.window[1]; k++) columns += insideTaps(layer, 1, outWidth, k, width);
    taps = rows * columns * program.batch;
  }
  const readBytes = (operand: number): number => {
    const { bits } = operandTensor(program, layer, operand);
    return flitBytes(nChannels, bits, flitChannels(program, bits));
  };
  events.vectorOperations += nChannels * (taps + positions * stepOperations(layer));
  events.memoryBytes.dataRead += taps > 0 ? taps * readBytes(0) : 0;
  for (const step of layer.epilogue) {
    if (step.kind === 'add') events.memoryBytes.dataRead += positions * readBytes(step.operand);
  }
}

/** Payload bytes of the flits of `n` channels together. */
function flitBytes(n: number, bits: number, perFlit: number): number {
  let bytes = 0;
  for (let c = 0; c < n; c += perFlit) bytes += Math.ceil((Math.min(perFlit, n - c) * bits) / 8);
  return bytes;
}

function countPackets(events: Events, program: NorthPoleProgram, plans: readonly LayerPlan[], plan: LayerPlan): void {
  const { layer } = plan;
  const { bits } = tensorAt(program, layer.output);
  const shares = new Map(plans.map((p) => [p.index, new Map(p.shares.map((s) => [s.core, s]))]));
  const perFlit = flitChannels(program, bits);
  const routes = new PacketRoutes(program);
  const written = new Map<PacketRoute, number>();
  for (const share of plan.shares.filter((s) => endsChain(plan, s))) {
    forEachPacket(program, plan, share, (y, x, c0, c1) => {
      const route = routes.of(plan.index, share.core, y, x, c0, c1);
      let bytesOfRoute = written.get(route);
      if (bytesOfRoute === undefined) {
        bytesOfRoute = route.deliveries.reduce(
          (n, d) => n + (d.layer < 0 ? host(share, c0, c1) : deliveredBytes(program, shares, d, c0, c1, perFlit)),
          0,
        );
        written.set(route, bytesOfRoute);
      }
      const bytes = flitBytes(c1 - c0, bits, perFlit);
      events.packets++;
      events.networks.activation.bytes += bytes;
      events.networks.activation.byteHops += bytes * linksOf(route.tree);
      events.memoryBytes.dataWrite += bytesOfRoute;
    });
  }
  function host(share: SharePlan, c0: number, c1: number): number {
    return bytesWritten(c0, c1, [share.out.c0, share.out.c1], bits, perFlit);
  }
}

function forEachPacket(
  program: NorthPoleProgram,
  plan: LayerPlan,
  share: SharePlan,
  visit: (y: number, x: number, c0: number, c1: number) => void,
): void {
  for (let j = 0; j < plan.pass.nPasses; j++) {
    const [c0, c1] = passChannels(program, plan, share, j);
    for (let p = 0; p < plan.layer.mapping.positions; p++) {
      if (packetCycle(plan, share, j, p) < 0) continue;
      const at = passPosition(program, plan, share, j, p);
      if (at !== undefined) visit(at.y, at.x, c0, c1);
    }
  }
}

function deliveredBytes(
  program: NorthPoleProgram,
  shares: ReadonlyMap<number, ReadonlyMap<number, SharePlan>>,
  { core, layer, operand, offset }: Delivery,
  c0: number,
  c1: number,
  perFlit: number,
): number {
  const region = present(shares.get(layer)?.get(core)?.operands[operand], `operand ${operand} of layer ${layer}`);
  const { bits } = operandTensor(program, present(program.layers[layer], 'layer'), operand);
  return bytesWritten(c0 + offset, c1 + offset, [region.c0, region.c1], bits, perFlit);
}

/** Bytes of channels [c0, c1) that fall into a buffer of channels [from, to), flit by flit. */
function bytesWritten(
  c0: number,
  c1: number,
  [from, to]: readonly [number, number],
  bits: number,
  perFlit: number,
): number {
  let bytes = 0;
  for (let c = c0; c < c1; c += perFlit) {
    const n = Math.min(c + perFlit, c1, to) - Math.max(c, from);
    if (n > 0) bytes += Math.ceil((n * bits) / 8);
  }
  return bytes;
}
