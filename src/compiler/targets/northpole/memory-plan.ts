/**
 * Where everything lies in the memories of the cores.
 *
 * ```
 *   0                                                                   memory.bytes
 *   | programs | weights of layer 0, 1, ... -->      free      <-- operand buffers, results |
 * ```
 * Programs and weights stay; every core packs its own. A buffer has one address in all cores that share it and lives from the first
 * layer that writes it to the layer that reads it; it takes the highest place that is free in all these cores for that time.
 */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { operandRegion, outputRegion, regionSize, shareAt, tensorAt } from '../../../hw-models/northpole/regions.js';
import { passShape, programBytesFor, weightBytesPerShare, weightStream } from '../../../hw-models/northpole/timing.js';
import { blockBytes } from '../../../hw-models/northpole/blocks.js';
import { residentBytes } from '../../../hw-models/northpole/sequence.js';
import type { LayerMemory, NorthPoleLayer, NorthPoleProgram, SequenceLayer } from '../../../ir/program/northpole.js';

/** Plans the memory of a program whose mappings are chosen (its `memory` and `timing` fields are not read). */
export function planMemory(program: NorthPoleProgram): {
  readonly memory: readonly LayerMemory[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const nCores = program.spec.gridWidth * program.spec.gridHeight;
  const programBytes = program.layers.map((layer) => programBytesFor(mostPackets(program, layer)));
  const programs = programBytes.reduce((sum, n) => sum + n, 0);
  const line = program.spec.memory.weightPortBytes;
  const bottom = new Float64Array(nCores).fill(Math.ceil(programs / line) * line);
  const weightBase = program.layers.map((layer) => placeWeights(program, layer, bottom));
  const buffers = placeBuffers(program, listBuffers(program));
  const memory = program.layers.map((layer, l): LayerMemory => ({
    operandBase: layer.operands.map((_, o) => present(baseOf(buffers, l, o), 'base')),
    weightBase: present(weightBase[l], 'weights'),
    resultBase: baseOf(buffers, l, -1) ?? -1,
    programBytes: present(programBytes[l], 'program'),
  }));
  return { memory, diagnostics: overflows(program, { programs, bottom, buffers }) };
}

/** What lies in the memories while a layer works. */
export interface MemoryUse {
  /** Bytes of the fullest core, and of the cores in use on average. */
  readonly fullest: number;
  readonly mean: number;
  /** [nCores] bytes, 0 in cores that have no layer. */
  readonly bytes: Float64Array;
}

/** The memory in use during each layer: programs and weights of all layers, and the buffers that live then. */
export function memoryUse(program: NorthPoleProgram): readonly MemoryUse[] {
  const { spec, layers } = program;
  const nCores = spec.gridWidth * spec.gridHeight;
  const programs = layers.reduce((sum, { memory }) => sum + memory.programBytes, 0);
  const line = spec.memory.weightPortBytes;
  const kept = new Float64Array(nCores).fill(Math.ceil(programs / line) * line);
  for (const layer of layers) placeWeights(program, layer, kept);
  const buffers = listBuffers(program);
  const used = [...new Set(layers.flatMap(({ mapping }) => [...mapping.cores]))];
  return layers.map((_, l) => {
    const bytes = Float64Array.from(kept);
    for (const buffer of buffers) {
      if (l < buffer.from || l > buffer.to) continue;
      buffer.bytes.forEach((n, core) => {
        bytes[core]! += n === 0 ? 0 : buffer.size;
      });
    }
    const sum = used.reduce((total, core) => total + bytes[core]!, 0);
    const own = new Float64Array(nCores);
    for (const core of used) own[core] = bytes[core]!;
    return { fullest: bytes.reduce((a, b) => Math.max(a, b), 0), mean: sum / used.length, bytes: own };
  });
}

interface Buffer {
  readonly layer: number;
  /** Operand of that layer, or -1 for results kept for the host. */
  readonly operand: number;
  /** Layers during which it lives, both included. */
  readonly from: number;
  readonly to: number;
  /** [nCores] bytes in each core, 0 where it has no part. */
  readonly bytes: Float64Array;
  readonly size: number;
}

type PlacedBuffer = Buffer & { readonly base: number };

const baseOf = (buffers: readonly PlacedBuffer[], layer: number, operand: number): number | undefined =>
  buffers.find((b) => b.layer === layer && b.operand === operand)?.base;

/** The most result vectors a core sends. */
function mostPackets(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  const blocks = Math.ceil(outputRegionOf(program, layer, 0).channels / program.spec.vmm.outputs);
  const { pixels } = outputRegionOf(program, layer, 0);
  return program.batch * pixels * blocks;
}

/** The first share has the largest tile and a full group. */
function outputRegionOf(
  program: NorthPoleProgram,
  layer: NorthPoleLayer,
  s: number,
): { readonly pixels: number; readonly channels: number } {
  const { y0, y1, x0, x1, c0, c1 } = outputRegion(program, layer, shareAt(layer.mapping, s));
  return { pixels: (y1 - y0) * (x1 - x0), channels: c1 - c0 };
}

function placeWeights(program: NorthPoleProgram, layer: NorthPoleLayer, bottom: Float64Array): Int32Array {
  if (layer.kind === 'vector') return new Int32Array(0);
  if (layer.kind === 'sequence') return placeResident(program, layer, bottom);
  const { spec } = program;
  const input = tensorAt(program, layer.operands[0] ?? -1);
  const { nK } = passShape(program, layer);
  const { lines } = weightStream(spec, layer.mapping, blockBytes(spec, layer.weightBits, input.bits));
  const bytes = weightBytesPerShare(spec, layer.mapping, lines, nK);
  return layer.mapping.cores.map((core) => {
    const base = bottom[core]!;
    bottom[core] = base + bytes;
    return base;
  });
}

/** Tables, gains and caches: each core its own part, from a whole line on. */
function placeResident(program: NorthPoleProgram, layer: SequenceLayer, bottom: Float64Array): Int32Array {
  const line = program.spec.memory.weightPortBytes;
  return layer.mapping.cores.map((core, s) => {
    const { c0, c1 } = outputRegion(program, layer, shareAt(layer.mapping, s));
    const base = bottom[core]!;
    bottom[core] = base + Math.ceil(residentBytes(program, layer, [c0, c1]) / line) * line;
    return base;
  });
}

function listBuffers(program: NorthPoleProgram): readonly Buffer[] {
  const { layers, tensors, spec, batch } = program;
  const nCores = spec.gridWidth * spec.gridHeight;
  const firstWrite = new Map<number, number>([[0, -1]]);
  layers.forEach((layer, l) => firstWrite.set(layer.output, l));
  tensors.forEach((tensor, t) => {
    if (tensor.parts.length === 0) return;
    firstWrite.set(
      t,
      tensor.parts.reduce((first, part) => Math.min(first, present(firstWrite.get(part), 'writer')), layers.length),
    );
  });
  const buffers: Buffer[] = [];
  layers.forEach((layer, l) => {
    layer.operands.forEach((t, operand) => {
      const bytes = new Float64Array(nCores);
      const { bits } = tensorAt(program, t);
      layer.mapping.cores.forEach((core, s) => {
        const elements = regionSize(operandRegion(program, layer, shareAt(layer.mapping, s), operand));
        bytes[core] = Math.ceil((batch * elements * bits) / 8);
      });
      const from = present(firstWrite.get(t), 'writer');
      // The next batch is loaded while this one is computed: the input has its place for the whole time.
      const to = from === -1 ? layers.length : l;
      buffers.push(sized({ layer: l, operand, from, to, bytes }, spec.memory.dataPortBytes));
    });
    if (layer.output !== program.outputs.tensor) return;
    const bytes = new Float64Array(nCores);
    const { bits } = tensorAt(program, layer.output);
    layer.mapping.cores.forEach((core, s) => {
      const share = shareAt(layer.mapping, s);
      if (share.inGroup !== layer.mapping.inGroups - 1) return;
      bytes[core] = Math.ceil((batch * regionSize(outputRegion(program, layer, share)) * bits) / 8);
    });
    buffers.push(sized({ layer: l, operand: -1, from: l, to: layers.length, bytes }, spec.memory.dataPortBytes));
  });
  return buffers;
}

function sized(buffer: Omit<Buffer, 'size'>, line: number): Buffer {
  const most = buffer.bytes.reduce((a, b) => Math.max(a, b), 0);
  return { ...buffer, size: Math.ceil(most / line) * line };
}

function placeBuffers(program: NorthPoleProgram, buffers: readonly Buffer[]): readonly PlacedBuffer[] {
  const top =
    Math.floor(program.spec.memory.bytes / program.spec.memory.dataPortBytes) * program.spec.memory.dataPortBytes;
  const placed: PlacedBuffer[] = [];
  for (const buffer of buffers) {
    const others = placed.filter(
      (p) => p.from <= buffer.to && p.to >= buffer.from && p.bytes.some((n, core) => n > 0 && buffer.bytes[core]! > 0),
    );
    const ends = [top, ...others.map((p) => p.base)].sort((a, b) => b - a);
    const end = ends.find((e) => others.every((p) => e <= p.base || e - buffer.size >= p.base + p.size));
    placed.push({ ...buffer, base: present(end, 'place') - buffer.size });
  }
  return placed;
}

/** Cores whose programs and weights reach into their buffers, equal ones together. */
function overflows(
  program: NorthPoleProgram,
  {
    programs,
    bottom,
    buffers,
  }: { readonly programs: number; readonly bottom: Float64Array; readonly buffers: readonly PlacedBuffer[] },
): readonly Diagnostic[] {
  const { spec, layers } = program;
  const groups = new Map<string, { readonly cores: number[]; readonly message: string }>();
  bottom.forEach((used, core) => {
    const lowest = buffers
      .filter((b) => b.bytes[core]! > 0)
      .reduce<PlacedBuffer | undefined>((a, b) => (a === undefined || b.base < a.base ? b : a), undefined);
    const floor = lowest?.base ?? spec.memory.bytes;
    if (used <= floor) return;
    const layer = layers[lowest?.layer ?? -1]?.name ?? '';
    const message =
      `programs ${programs} + weights ${used - Math.ceil(programs / spec.memory.weightPortBytes) * spec.memory.weightPortBytes} + activations ${spec.memory.bytes - floor}` +
      ` (most for layer "${layer}") bytes, a core has ${spec.memory.bytes}: ${used - floor} too many`;
    const group = groups.get(message);
    if (group === undefined) groups.set(message, { cores: [core], message });
    else group.cores.push(core);
  });
  return [...groups.values()].map(({ cores, message }) =>
    errorAt(
      'memory-overflow',
      `${program.name}: ${coreNames(cores, spec.gridWidth)}`,
      message,
      'use a smaller batch, narrower weights or activations, a larger grid or more memory',
    ),
  );
}

function coreNames(cores: readonly number[], gridWidth: number): string {
  const names = cores.slice(0, 4).map((core) => `(${core % gridWidth}, ${Math.floor(core / gridWidth)})`);
  const more = cores.length > 4 ? ` and ${cores.length - 4} more` : '';
  return `core${cores.length === 1 ? '' : 's'} ${names.join(', ')}${more}`;
}
