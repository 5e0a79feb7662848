import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { verifyNorthPole } from '../../../src/compiler/targets/northpole/verify.js';
import { decodeProgram, encodeProgram } from '../../../src/ir/program/file.js';
import { NORTHPOLE_FORMAT } from '../../../src/ir/program/northpole-schema.js';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { residentBytes } from '../../../src/hw-models/northpole/sequence.js';
import { NORTHPOLE_32X256 as NORTHPOLE, NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { randomTransformer } from '../../support/random-transformer.js';

function codesOf(graph: NetworkGraph, options: { readonly spec: NorthPoleSpec; readonly batch?: number }): string[] {
  try {
    compileNorthPole(graph, options);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('transformers on a NorthPole-style chip', () => {
  it('compile to schedules the checker proves free of collisions and missed deadlines', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { program } = compileNorthPole(randomTransformer(seed), { spec: NORTHPOLE_SMALL });
      expect(checkSchedule(program), `seed ${seed}`).toEqual([]);
      expect(program.layers.some(({ kind }) => kind === 'sequence')).toBe(true);
    }
  });

  it('spread heads over cores, each with its part of the cache', () => {
    const graph = randomTransformer(1, { heads: 4, depth: 32, context: 20, hidden: 64, layers: 1, weightBits: 4 });
    const { program } = compileNorthPole(graph, { spec: NORTHPOLE });
    const layer = present(
      program.layers.find((l) => l.name === 'b1-attention'),
      'attention',
    );
    if (layer.kind !== 'sequence') throw new Error('not a sequence layer');
    expect(new Set(layer.mapping.cores).size).toBe(4);
    // Per head: 20 positions of 32 keys and 32 values of 8 bits.
    expect(residentBytes(program, layer, [32, 64])).toBe(20 * 64);
    // Channels 48..80 belong to heads 1 and 2: both keys, half the values of each.
    expect(residentBytes(program, layer, [48, 80])).toBe(20 * (64 + 32));
  });

  it('take longer with a longer context, whatever the data', () => {
    const cycles = [8, 64, 256].map((context) => {
      const graph = randomTransformer(1, { heads: 2, depth: 16, context, hidden: 32, layers: 1 });
      return compileNorthPole(graph, { spec: NORTHPOLE_SMALL }).program.cycles;
    });
    expect(cycles[1]).toBeGreaterThan(present(cycles[0], 'cycles'));
    expect(cycles[2]).toBeGreaterThan(present(cycles[1], 'cycles'));
  });

  it('are refused where the cache does not fit the memories', () => {
    const graph = randomTransformer(1, { heads: 1, depth: 16, context: 60_000, layers: 1 });
    expect(codesOf(graph, { spec: NORTHPOLE_SMALL })).toContain('layer-too-large');
  });

  it('are refused in batches: the state is that of one sequence', () => {
    expect(codesOf(randomTransformer(1, { layers: 1 }), { spec: NORTHPOLE_SMALL, batch: 2 })).toContain(
      'sequence-batch',
    );
  });

  it('go to a file and back', () => {
    const integer = randomTransformer(4);
    const { program } = compileNorthPole(integer, { spec: NORTHPOLE_SMALL });
    const read = decodeProgram(encodeProgram({ program, integer }), 'file', [NORTHPOLE_FORMAT]).program;
    if (read.kind !== 'northpole') throw new Error('another chip');
    expect(read).toEqual(program);
    expect(verifyNorthPole(read)).toEqual([]);
  });

  it('are verified: sums of scores beyond 32 bits, a batch, tables beyond the activation unit, a cache over something else', () => {
    const { program } = compileNorthPole(randomTransformer(4), { spec: NORTHPOLE_SMALL });
    const verify = (changed: NorthPoleProgram): string[] => verifyNorthPole(changed).map(({ code }) => code);
    const spec = { ...NORTHPOLE_SMALL, tableEntries: 128, partialSums: { ...NORTHPOLE_SMALL.partialSums, bits: 16 } };
    expect(verify({ ...program, spec, batch: 2 })).toEqual(
      expect.arrayContaining(['sum-overflow', 'table-too-large', 'sequence-batch']),
    );
    const moved = program.layers.map((layer) =>
      layer.kind === 'sequence' && layer.operation.kind === 'attention'
        ? { ...layer, memory: { ...layer.memory, weightBase: layer.memory.weightBase.map(() => 0) } }
        : layer,
    );
    expect(verify({ ...program, layers: moved })).toContain('memory-overlap');
    const early = program.layers.map((layer) =>
      layer.kind === 'sequence'
        ? { ...layer, timing: { ...layer.timing, packets: layer.timing.packets.map((t) => (t < 0 ? t : t - 1)) } }
        : layer,
    );
    expect(verify({ ...program, layers: early })).toContain('packet-early');
  });
});
