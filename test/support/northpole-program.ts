/**
 * NorthPole-style programs put together by hand, to test the chip without the compiler: the splits are given, memories are filled without
 * reuse, and every packet takes the first cycle in which all its links and ports are free.
 */
import { multicastTree } from '../../src/hw-models/northpole/activation-mesh.js';
import { blockBytes } from '../../src/hw-models/northpole/blocks.js';
import { deliveriesOf, flitsOf, positionAt, vectorChannels } from '../../src/hw-models/northpole/exchange.js';
import { layOut } from '../../src/hw-models/northpole/layout.js';
import { operandRegion, outputRegion, regionSize, shareAt } from '../../src/hw-models/northpole/regions.js';
import {
  dataReadCycles,
  passShape,
  programBytesFor,
  programCycles,
  readyCycle,
  weightBytesPerShare,
  weightStream,
} from '../../src/hw-models/northpole/timing.js';
import { present } from '../../src/common/assert.js';
import type {
  LayerMapping,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
  VectorLayer,
  VmmLayer,
} from '../../src/ir/program/northpole.js';
import { UNTIMED } from '../../src/compiler/targets/northpole/map-network.js';

/** How a layer is split; by default one core does all of it. */
export interface Split {
  readonly rows?: number;
  readonly columns?: number;
  readonly outGroups?: number;
  readonly inGroups?: number;
  readonly positions?: number;
  readonly packed?: boolean;
}

type Unmapped<T> = Omit<T, 'mapping' | 'timing' | 'memory' | 'nodes'>;
/** A layer without what a compiler adds. */
export type HandLayer = (Unmapped<VmmLayer> | Unmapped<VectorLayer>) & { readonly split?: Split };

/** What a program is made of. Tensor 0 is the input; the last layer's output goes to the host. */
export interface HandProgram {
  readonly spec: NorthPoleSpec;
  readonly batch: number;
  readonly tensors: readonly NorthPoleTensor[];
  readonly layers: readonly HandLayer[];
}

/** Maps, places and schedules. Throws if a split does not fit the grid. */
export function handProgram({ spec, batch, tensors, layers }: HandProgram): NorthPoleProgram {
  const outputTensor = present(layers.at(-1), 'last layer').output;
  const [height, width, channels] = present(tensors[outputTensor], 'output tensor').shape;
  const nClasses = height * width * channels;
  const first = present(tensors[0], 'input tensor');
  let program: NorthPoleProgram = {
    kind: 'northpole',
    name: 'by-hand',
    spec,
    batch,
    inputShape: first.shape,
    inputCode: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 },
    tensors,
    layers: layers.map(({ split, ...layer }) => ({
      ...layer,
      nodes: [layer.name],
      mapping: mappingOf(spec, batch, tensors, layer, split ?? {}),
      timing: UNTIMED,
      memory: { operandBase: [], weightBase: new Int32Array(0), resultBase: -1, programBytes: 0 },
    })),
    outputs: {
      tensor: outputTensor,
      rule: 'scores',
      nClasses,
      scale: new Float64Array(nClasses).fill(1),
      offset: new Float64Array(nClasses),
    },
    cycles: 0,
  };
  program = withMemory(program);
  program.layers.forEach((_, l) => {
    program = withTiming(program, l);
  });
  return { ...program, cycles: present(program.layers.at(-1), 'last layer').timing.end };
}

function mappingOf(
  spec: NorthPoleSpec,
  batch: number,
  tensors: readonly NorthPoleTensor[],
  layer: Omit<HandLayer, 'split'>,
  split: Split,
): LayerMapping {
  const { rows = 1, columns = 1, outGroups = 1, inGroups = 1, packed = false } = split;
  const [height, width, channels] = present(tensors[layer.output], 'output').shape;
  const tileHeight = Math.ceil(height / rows);
  const tileWidth = Math.ceil(width / columns);
  const input = present(tensors[layer.operands[0] ?? -1], 'operand');
  const lanes =
    'weightBits' in layer && typeof layer.weightBits === 'number'
      ? spec.vmm.vectorBits / Math.max(layer.weightBits, input.bits)
      : 1;
  const layout = layOut(spec, { tiles: rows * columns, outGroups, inGroups });
  if (layout === undefined) throw new Error('the split does not fit the grid');
  return {
    rows,
    columns,
    tileHeight,
    tileWidth,
    outGroups,
    outBlocks: Math.ceil(Math.ceil(channels / spec.vmm.outputs) / outGroups),
    inGroups,
    inBlocks: Math.ceil(Math.ceil(input.shape[2] / lanes) / inGroups),
    packed,
    positions: split.positions ?? Math.min(8, batch * tileHeight * tileWidth),
    segments: layout.segments,
    cores: layout.cores,
  };
}

const bytesOf = (elements: number, bits: number): number => Math.ceil((elements * bits) / 8 / 4) * 4;

function withMemory(program: NorthPoleProgram): NorthPoleProgram {
  let next = 0;
  const take = (bytes: number): number => {
    const base = next;
    next += bytes;
    return base;
  };
  const layers = program.layers.map((layer, l) => {
    const { mapping } = layer;
    const shares = Array.from(mapping.cores, (_, s) => shareAt(mapping, s));
    const operandBase = layer.operands.map((t, operand) => {
      const largest = Math.max(...shares.map((share) => regionSize(operandRegion(program, layer, share, operand))));
      return take(bytesOf(largest * program.batch, present(program.tensors[t], 'tensor').bits));
    });
    let weightBase = new Int32Array(0);
    if (layer.kind === 'vmm') {
      const { bits } = present(program.tensors[layer.operands[0] ?? -1], 'tensor');
      const { lines } = weightStream(program.spec, mapping, blockBytes(program.spec, layer.weightBits, bits));
      const bytes = weightBytesPerShare(program.spec, mapping, lines, passShape(program, layer).nK);
      weightBase = new Int32Array(mapping.cores.length).fill(take(bytes));
    }
    const results = Math.max(...shares.map((share) => regionSize(outputRegion(program, layer, share))));
    const resultBase =
      l === program.layers.length - 1
        ? take(bytesOf(results * program.batch, present(program.tensors[layer.output], 'tensor').bits))
        : -1;
    return { ...layer, memory: { operandBase, weightBase, resultBase, programBytes: programBytesFor(0) } };
  });
  if (next > program.spec.memory.bytes) throw new Error(`${next} bytes do not fit ${program.spec.memory.bytes}`);
  return { ...program, layers };
}

function withTiming(program: NorthPoleProgram, l: number): NorthPoleProgram {
  const { spec, batch } = program;
  const layer = present(program.layers[l], `layer ${l}`);
  const before = program.layers[l - 1];
  const shape = passShape(program, layer);
  const { mapping } = layer;
  const programStart = before?.timing.start ?? 0;
  const programEnd =
    before === undefined
      ? 0
      : Math.max(programStart, before.timing.programEnd) + programCycles(spec, layer.memory.programBytes);
  const prefetch = layer.kind === 'vmm' ? prefetchOf(program, layer) : 0;
  const start = Math.max(prefetch, programEnd, (before?.timing.end ?? 0) + spec.layerSyncCycles + prefetch);
  const timing = { start, passPeriod: shape.minPeriod, slot: layer.kind === 'vmm' ? shape.slot : 0 };
  const busy = new Set<string>();
  const reads = dataReadCycles(program, layer);
  // Cycles of the data ports in which the layer's own operands are read.
  const senders = Array.from(mapping.cores, (_, s) => shareAt(mapping, s)).filter(
    (s) => s.inGroup === mapping.inGroups - 1,
  );
  const coreOf = (s: (typeof senders)[number]): number =>
    present(
      mapping.cores[((s.row * mapping.columns + s.column) * mapping.outGroups + s.outGroup + 1) * mapping.inGroups - 1],
      'core',
    );
  for (const sender of senders) {
    for (let j = 0; j < shape.nPasses; j++) {
      for (let p = 0; p < mapping.positions; p++) {
        const at = start + j * timing.passPeriod + shape.lead + p * shape.interval;
        for (let i = 0; i < reads; i++) busy.add(`data ${coreOf(sender)} ${at + i}`);
      }
    }
  }
  const packets = new Int32Array(senders.length * shape.nPasses * mapping.positions).fill(-1);
  const flits = flitsOf(program, layer);
  let end = start;
  const jobs: { ready: number; index: number; uses: readonly (readonly [string, number])[] }[] = [];
  senders.forEach((sender, source) => {
    for (let j = 0; j < shape.nPasses; j++) {
      const [c0, c1] = vectorChannels(program, layer, sender.outGroup, j % mapping.outBlocks);
      if (c0 >= c1) continue;
      for (let p = 0; p < mapping.positions; p++) {
        const out = outputRegion(program, layer, sender);
        const at = positionAt({ mapping, batch }, out, Math.floor(j / mapping.outBlocks), p);
        if (at === undefined) continue;
        const deliveries = deliveriesOf(program, l, sender, { ...at, c0, c1 });
        const core = coreOf(sender);
        const tree = multicastTree(
          spec.gridWidth,
          core,
          deliveries.map((d) => d.core),
        );
        const uses: [string, number][] = [];
        for (let f = 0; f < flits; f++) uses.push([`inject ${core}`, f]);
        tree.cores.forEach((from, node) => {
          const arrive = tree.distance[node]! * spec.networks.activation.hopCycles;
          const here = deliveries.filter((d) => d.core === from).length * flits;
          for (let n = 0; n < here; n++) uses.push([`data ${from}`, arrive + n]);
          for (const to of tree.next[node]!) {
            for (let f = 0; f < flits; f++) uses.push([`link ${from} ${tree.cores[to]!}`, arrive + f]);
          }
        });
        const index = (source * shape.nPasses + j) * mapping.positions + p;
        jobs.push({ ready: readyCycle(spec, timing, shape, j, p), index, uses });
      }
    }
  });
  jobs.sort((a, b) => a.ready - b.ready || a.index - b.index);
  for (const { ready, index, uses } of jobs) {
    let t = ready;
    while (uses.some(([resource, offset]) => busy.has(`${resource} ${t + offset}`))) t++;
    for (const [resource, offset] of uses) {
      busy.add(`${resource} ${t + offset}`);
      if (resource.startsWith('data')) end = Math.max(end, t + offset + 1);
    }
    packets[index] = t;
  }
  const timed = {
    ...timing,
    packets,
    end,
    programStart: before === undefined ? 0 : Math.max(programStart, before.timing.programEnd),
    programEnd,
  };
  const layers: NorthPoleLayer[] = program.layers.map((other, n) => (n === l ? { ...layer, timing: timed } : other));
  return { ...program, layers };
}

/** Cycles from the first weight line to the first slot. */
function prefetchOf(program: NorthPoleProgram, layer: VmmLayer): number {
  const { bits } = present(program.tensors[layer.operands[0] ?? -1], 'tensor');
  const { latency, period } = weightStream(
    program.spec,
    layer.mapping,
    blockBytes(program.spec, layer.weightBits, bits),
  );
  return latency + period;
}
