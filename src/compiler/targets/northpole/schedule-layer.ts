/**
 * The packets of one layer, in cycles from its start: every result vector leaves as early as its tree is free, in the order in which
 * results are ready. If results wait for more room than the output buffer has, passes come further apart.
 */
import { present } from '../../../common/assert.js';
import { flitBytes, flitsOf, vectorBytes } from '../../../hw-models/northpole/exchange.js';
import { dataReadBytes, dataReads, passShape, readyCycle } from '../../../hw-models/northpole/timing.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { dataPort, injectionPort, type MulticastTrees, multicastTrees } from './multicast.js';
import { Occupancy } from './occupancy.js';

/** The schedule of a layer that starts in cycle 0. */
export interface LayerSchedule {
  readonly passPeriod: number;
  readonly slot: number;
  /** As in LayerTiming. */
  readonly packets: Int32Array;
  readonly end: number;
  /** First cycle of the last weight block; 0 for vector layers. */
  readonly lastSlot: number;
}

/** Periods that are tried before the output buffer counts as too small. */
const ATTEMPTS = 40;

/** Schedules layer l; undefined if even one result at a time does not fit the output buffer. */
export function scheduleLayer(program: NorthPoleProgram, l: number): LayerSchedule | undefined {
  const layer = present(program.layers[l], 'layer');
  const shape = passShape(program, layer);
  const trees = multicastTrees(program, l);
  let passPeriod = shape.minPeriod;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const packets = placePackets(program, l, trees, passPeriod);
    if (packets !== undefined) {
      const lastSlot = layer.kind === 'vmm' ? (shape.nPasses - 1) * passPeriod + (shape.nK - 1) * shape.slot : 0;
      const slot = layer.kind === 'vmm' ? shape.slot : 0;
      return { passPeriod, slot, ...packets, lastSlot };
    }
    passPeriod = Math.max(passPeriod + 1, Math.ceil((passPeriod * 9) / 8));
  }
  return undefined;
}

/** Bytes per cycle of links and data ports, in the order of the resources; an injection port takes one packet. */
function capacities(program: NorthPoleProgram, l: number): Int32Array {
  const { gridWidth, gridHeight, memory, networks } = program.spec;
  const nCores = gridWidth * gridHeight;
  const capacity = new Int32Array(nCores * 6);
  capacity.fill(networks.activation.wires / 8, 0, dataPort(nCores, 0));
  capacity.fill(memory.dataPortBytes, dataPort(nCores, 0), injectionPort(nCores, 0));
  return capacity.fill(flitBytes(program, present(program.layers[l], 'layer')), injectionPort(nCores, 0));
}

/** Places all packets at a pass period; undefined if the output buffer of a core overflows. */
function placePackets(
  program: NorthPoleProgram,
  l: number,
  trees: MulticastTrees,
  passPeriod: number,
): { readonly packets: Int32Array; readonly end: number } | undefined {
  const { spec, batch } = program;
  const layer = present(program.layers[l], 'layer');
  const { mapping } = layer;
  const { positions, tileHeight, tileWidth, outBlocks } = mapping;
  const shape = passShape(program, layer);
  const { nPasses, lead, interval } = shape;
  const { sender, treeOf, treeStart, resource, delay, duration, length } = trees;
  const nCores = spec.gridWidth * spec.gridHeight;
  const occupancy = new Occupancy(
    capacities(program, l),
    nPasses * passPeriod + lead + 4096,
    flitBytes(program, layer),
  );
  const { offset, cycles: reads } = dataReads(program, layer, shape);
  const readBytes = dataReadBytes(program, layer);
  const flits = flitsOf(program, layer);
  const room = Math.floor(spec.outputBufferBytes / vectorBytes(program, layer));
  const tile = tileHeight * tileWidth;
  const shares = sender.length;
  const packets = new Int32Array(shares * nPasses * positions).fill(-1);
  /** Ends of the injections that are still to come, by share. */
  const waiting = new Int32Array(shares * room);
  const nWaiting = new Int32Array(shares);
  const timing = { start: 0, passPeriod };
  if (reads > 0) {
    for (let pass = 0; pass < nPasses; pass++) {
      const ob = pass % outBlocks;
      const chunk = Math.floor(pass / outBlocks);
      for (let p = 0; p < positions; p++) {
        const index = chunk * positions + p;
        if (index >= batch * tile) break;
        for (let s = 0; s < shares; s++) {
          if (treeOf[(s * outBlocks + ob) * tile + (index % tile)]! < 0) continue;
          const from = pass * passPeriod + offset + p * interval;
          occupancy.take(dataPort(nCores, sender[s]!), from, reads, readBytes);
        }
      }
    }
  }
  let end = 0;
  for (let pass = 0; pass < nPasses; pass++) {
    const ob = pass % outBlocks;
    const chunk = Math.floor(pass / outBlocks);
    for (let p = 0; p < positions; p++) {
      const index = chunk * positions + p;
      if (index >= batch * tile) break;
      const ready = readyCycle(spec, timing, shape, pass, p);
      for (let s = 0; s < shares; s++) {
        const tree = treeOf[(s * outBlocks + ob) * tile + (index % tile)]!;
        if (tree < 0) continue;
        let kept = 0;
        for (let k = s * room; k < s * room + nWaiting[s]!; k++) {
          if (waiting[k]! > ready) waiting[s * room + kept++] = waiting[k]!;
        }
        if (kept === room) return undefined;
        const from = treeStart[tree]!;
        const to = treeStart[tree + 1]!;
        const t = occupancy.earliest(ready, resource, delay, duration, from, to);
        for (let k = from; k < to; k++) occupancy.take(resource[k]!, t + delay[k]!, duration[k]!);
        packets[(s * nPasses + pass) * positions + p] = t;
        waiting[s * room + kept] = t + flits;
        nWaiting[s] = kept + 1;
        end = Math.max(end, t + length[tree]!);
      }
    }
  }
  return { packets, end };
}
