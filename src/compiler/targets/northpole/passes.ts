/** The passes of the NorthPole target: integer network -> layers -> partitions and memory -> static schedule. */
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { Pass, PassInfo } from '../../passes/pass.js';
import { checkLayers } from './check-layers.js';
import { mapNetwork, type PartitionedNetwork, type PartitionRequest, scheduleLayers } from './map-network.js';
import { printLayers, printPartitions } from './print.js';
import { sequenceProblems } from './sequence-layer.js';
import { northPoleTable } from './table.js';
import { type LayeredNetwork, toLayers } from './to-layers.js';
import { northPoleVerdict } from './verify.js';

/** Integer network to layers. */
export const fuseLayers: Pass<
  { readonly graph: NetworkGraph; readonly spec: NorthPoleSpec; readonly batch: number },
  LayeredNetwork
> = {
  name: 'fuse-layers',
  summary: 'fuses every matrix or pool with what follows it element by element, and chooses how values are stored',
  exactness: { kind: 'exact', why: 'the same integer operations in the same order; containers hold every value' },
  options: { batch: 'frames that go through each layer together', spec: 'widths and sizes of the chip' },
  statistics: {
    layers: 'layers of the chip',
    fused: 'layers of the network that went into others',
    tensors: 'values that are stored',
    weights: 'weights, zeros included',
  },
  run: ({ graph, spec, batch }) => {
    const { network, diagnostics } = toLayers(graph, spec);
    const layers = network?.layers ?? [];
    return {
      ...(network === undefined ? {} : { result: network }),
      diagnostics: [...diagnostics, ...sequenceProblems(graph, batch)],
      statistics: {
        layers: layers.length,
        fused: layers.reduce((n, { nodes }) => n + nodes.length - 1, 0),
        tensors: network?.tensors.length ?? 0,
        weights: layers.reduce((n, layer) => n + (layer.kind === 'vmm' ? layer.weights.length : 0), 0),
      },
    };
  },
  verify: (network) => ({ broken: checkLayers(network), limits: [] }),
  print: printLayers,
};

/** Layers to layers on cores and in memory. */
export const partitionLayers: Pass<PartitionRequest, PartitionedNetwork> = {
  name: 'partition',
  summary: 'cuts every layer into tiles, out-groups and in-groups, and gives weights and buffers their addresses',
  exactness: { kind: 'exact', why: 'partial sums are integers, added in any order' },
  options: { batch: 'frames that go through each layer together', spec: 'grid and memories of the chip' },
  statistics: {
    attempts: 'prices of memory that were tried until a plan fitted',
    cores: 'cores of the widest layer',
    layers: 'layers with a partition',
  },
  run: (request) => {
    const { result, diagnostics } = mapNetwork(request);
    const layers = result?.program.layers ?? [];
    return {
      ...(result === undefined ? {} : { result }),
      diagnostics,
      statistics: {
        attempts: result?.attempts ?? 0,
        cores: layers.reduce((most, { mapping }) => Math.max(most, mapping.cores.length), 0),
        layers: layers.length,
      },
    };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: printPartitions,
};

/** Layers on cores to a program whose every transfer has its cycle. */
export const schedule: Pass<NorthPoleProgram, NorthPoleProgram> = {
  name: 'schedule',
  summary: 'gives every pass, packet and program load its cycle',
  exactness: { kind: 'exact', why: 'times change no value; a checker proves that nothing collides' },
  options: {},
  statistics: { cycles: 'cycles of all frames of a batch', layers: 'layers that were scheduled' },
  run: (from) => {
    const { program, diagnostics } = scheduleLayers(from);
    return {
      result: program,
      diagnostics,
      statistics: { cycles: program.cycles, layers: program.layers.length },
    };
  },
  verify: northPoleVerdict,
  print: (program) => `${northPoleTable(program)}\n`,
};

/** In the order in which they run. */
export const NORTHPOLE_PASSES: readonly PassInfo[] = [fuseLayers, partitionLayers, schedule];
