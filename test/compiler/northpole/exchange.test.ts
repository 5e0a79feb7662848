import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { exchangeLoad } from '../../../src/compiler/targets/northpole/exchange-load.js';
import {
  dataPort,
  injectionPort,
  multicastTrees,
  readerParts,
} from '../../../src/compiler/targets/northpole/multicast.js';
import { multicastTree } from '../../../src/hw-models/northpole/activation-mesh.js';
import { deliveriesOf, flitBytes, flitsOf, vectorChannels } from '../../../src/hw-models/northpole/exchange.js';
import { outputRegion, readersOf, tensorAt } from '../../../src/hw-models/northpole/regions.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { everyKind } from '../../support/northpole-cases.js';
import { branchingNetwork, residualNetwork } from './small-networks.js';

const { networks, memory } = NORTHPOLE_SMALL;
/** Links and ports of 64 bytes: flits of narrow results share them. */
const WIDE = {
  ...NORTHPOLE_SMALL,
  memory: { ...memory, dataPortBytes: 64 },
  networks: { ...networks, activation: { ...networks.activation, wires: 512, hopCycles: 2 } },
};

const PROGRAMS: readonly (readonly [string, NorthPoleProgram])[] = [
  ['a network by hand', everyKind(2)],
  ['a residual network', compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL, batch: 2 }).program],
  ['a network of branches, on wide links', compileNorthPole(branchingNetwork, { spec: WIDE }).program],
];

/** What one packet occupies: resource, first cycle after its injection, cycles. */
type Use = readonly [resource: number, delay: number, duration: number];

interface Packet {
  /** Place in `treeOf`. */
  readonly at: number;
  readonly sender: number;
  readonly uses: readonly Use[];
}

/** Every packet of a frame of layer l, from the definition of deliveries. */
function packetsOf(program: NorthPoleProgram, l: number): readonly Packet[] {
  const layer = program.layers[l]!;
  const { spec } = program;
  const { rows, columns, outGroups, outBlocks, inGroups, tileHeight, tileWidth, cores } = layer.mapping;
  const nCores = spec.gridWidth * spec.gridHeight;
  const flits = flitsOf(program, layer);
  const { hopCycles } = spec.networks.activation;
  const packets: Packet[] = [];
  for (let s = 0; s < rows * columns * outGroups; s++) {
    const tile = Math.floor(s / outGroups);
    const share = {
      row: Math.floor(tile / columns),
      column: tile % columns,
      outGroup: s % outGroups,
      inGroup: inGroups - 1,
    };
    const sender = cores[s * inGroups + inGroups - 1]!;
    const out = outputRegion(program, layer, share);
    for (let ob = 0; ob < outBlocks; ob++) {
      const [c0, c1] = vectorChannels(program, layer, share.outGroup, ob);
      for (let y = out.y0; y < out.y1; y++) {
        for (let x = out.x0; x < out.x1; x++) {
          if (c0 >= c1) continue;
          const to = deliveriesOf(program, l, share, { y, x, c0, c1 }).map(({ core }) => core);
          const tree = multicastTree(spec.gridWidth, sender, to);
          const uses: Use[] = [[injectionPort(nCores, sender), 0, flits]];
          tree.cores.forEach((core, node) => {
            const delay = tree.distance[node]! * hopCycles;
            const copies = to.filter((c) => c === core).length;
            if (copies > 0) uses.push([dataPort(nCores, core), delay, copies * flits]);
            for (const next of tree.next[node]!) {
              const step = tree.cores[next]! - core;
              const direction = step === 1 ? 0 : step === -1 ? 1 : step > 0 ? 2 : 3;
              uses.push([core * 4 + direction, delay, flits]);
            }
          });
          const at = ((s * outBlocks + ob) * tileHeight + y - out.y0) * tileWidth + x - out.x0;
          packets.push({ at, sender, uses });
        }
      }
    }
  }
  return packets;
}

const sorted = (uses: readonly Use[]): readonly Use[] => [...uses].sort((a, b) => a[0] - b[0]);

describe.each(PROGRAMS)('the exchange of results in %s', (_, program) => {
  const layers = program.layers.map((layer, l) => [layer.name, l] as const);

  it.each(layers)('%s: every packet occupies the links and ports of its tree', (name, l) => {
    const trees = multicastTrees(program, l);
    const packets = packetsOf(program, l);
    expect(trees.treeOf.filter((tree) => tree >= 0)).toHaveLength(packets.length);
    for (const { at, uses } of packets) {
      const tree = trees.treeOf[at]!;
      const range = [trees.treeStart[tree]!, trees.treeStart[tree + 1]!] as const;
      const found = Array.from({ length: range[1] - range[0] }, (__, i): Use => {
        const k = range[0] + i;
        return [trees.resource[k]!, trees.delay[k]!, trees.duration[k]!];
      });
      expect(sorted(found), name).toEqual(sorted(uses));
      const ports = uses.filter(([resource]) => resource >= dataPort(16, 0) && resource < injectionPort(16, 0));
      expect(trees.length[tree]).toBe(
        Math.max(flitsOf(program, program.layers[l]!), ...ports.map(([, delay, n]) => delay + n)),
      );
      // The busiest resources stand first.
      expect(found.slice(0, ports.length).every(([resource]) => resource >= dataPort(16, 0))).toBe(true);
    }
  });

  it.each(layers)('%s: its load is that of the busiest link or port over all packets', (name, l) => {
    const layer = program.layers[l]!;
    const { spec } = program;
    const image = tensorAt(program, layer.output).shape;
    const bytes = flitBytes(program, layer);
    const perLink = Math.floor(spec.networks.activation.wires / 8 / bytes);
    const perPort = Math.floor(spec.memory.dataPortBytes / bytes);
    const load = new Map<number, number>();
    const add = (resource: number, cycles: number): void => void load.set(resource, (load.get(resource) ?? 0) + cycles);
    for (const dataReads of [0, 300]) {
      load.clear();
      for (const sender of multicastTrees(program, l).sender) add(dataPort(16, sender), dataReads);
      for (const { uses } of packetsOf(program, l)) {
        for (const [resource, , cycles] of uses) {
          // A link is worth 1.6: packets need all links of their trees in step.
          if (resource < 64) add(resource, (1.6 * program.batch * cycles) / perLink);
          else if (resource < injectionPort(16, 0)) add(resource, (program.batch * cycles) / perPort);
        }
      }
      const found = exchangeLoad(
        spec,
        {
          ...layer.mapping,
          ...{ image, nOutBlocks: Math.ceil(image[2] / spec.vmm.outputs), dataReads },
          ...{ flits: flitsOf(program, layer), flitBytes: bytes, frames: program.batch },
          sender: multicastTrees(program, l).sender,
          isResult: program.outputs.tensor === layer.output,
        },
        readersOf(program, layer.output).map((reader) =>
          readerParts(program, layer.output, present(program.layers[reader.layer], 'reader'), reader),
        ),
      );
      expect(found, name).toBeCloseTo(Math.max(0, ...load.values()), 6);
    }
  });
});
