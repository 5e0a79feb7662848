import { describe, expect, it } from 'vitest';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { passShape } from '../../../src/hw-models/northpole/timing.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type {
  LayerMapping,
  LayerMemory,
  LayerTiming,
  NorthPoleLayer,
  NorthPoleProgram,
} from '../../../src/ir/program/northpole.js';
import { randomTransformer } from '../../support/random-transformer.js';
import { residualNetwork } from './small-networks.js';

const { program } = compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL, batch: 2 });

interface Change {
  readonly timing?: (timing: LayerTiming) => Partial<LayerTiming>;
  readonly mapping?: (mapping: LayerMapping) => Partial<LayerMapping>;
  readonly memory?: (memory: LayerMemory) => Partial<LayerMemory>;
}

/** The program with layer `name` changed. */
function changed(name: string, { timing, mapping, memory }: Change, from = program): NorthPoleProgram {
  const layers = from.layers.map((layer): NorthPoleLayer =>
    layer.name === name
      ? {
          ...layer,
          timing: { ...layer.timing, ...timing?.(layer.timing) },
          mapping: { ...layer.mapping, ...mapping?.(layer.mapping) },
          memory: { ...layer.memory, ...memory?.(layer.memory) },
        }
      : layer,
  );
  return { ...from, layers };
}

/** Expects the checker to find `code` among its findings, and nothing in the program as it was. */
function check(mutant: NorthPoleProgram, code: string): void {
  expect(checkSchedule(program)).toEqual([]);
  expect(checkSchedule(mutant).map((d) => d.code)).toContain(code);
}

/** Packets with element `at` replaced. */
const withPacket = (packets: Int32Array, at: number, t: number): Int32Array =>
  packets.map((old, i) => (i === at ? t : old));

/** The packet that leaves in the cycle its result is ready in: the first of a layer whose network is empty. */
const firstPacket = (packets: Int32Array): number =>
  packets.reduce(
    (best, t, i) => (t >= 0 && t < packets[best]! ? i : best),
    packets.findIndex((t) => t >= 0),
  );

describe('the schedule checker finds', () => {
  it('a packet one cycle before its result', () => {
    const timing = ({ packets }: LayerTiming): Partial<LayerTiming> => {
      const at = firstPacket(packets);
      return { packets: withPacket(packets, at, packets[at]! - 1) };
    };
    check(changed('b', { timing }), 'packet-early');
  });

  it('a packet that is never sent, and one of a result that does not exist', () => {
    const drop = ({ packets }: LayerTiming): Partial<LayerTiming> => ({
      packets: withPacket(packets, firstPacket(packets), -1),
    });
    check(changed('a', { timing: drop }), 'packet-missing');
    // Five rows of cores do not divide eight rows of pixels: some positions of the last tiles do not exist.
    const odd = compileNorthPole(residualNetwork, {
      spec: { ...NORTHPOLE_SMALL, gridHeight: 5, gridWidth: 3 },
    }).program;
    const name = odd.layers.find(({ timing }) => timing.packets.includes(-1))?.name ?? '';
    const invent = ({ packets, end }: LayerTiming): Partial<LayerTiming> => ({
      packets: withPacket(packets, packets.indexOf(-1), end),
    });
    expect(checkSchedule(odd)).toEqual([]);
    check(changed(name, { timing: invent }, odd), 'packet-extra');
  });

  it('two packets of a core at once', () => {
    const timing = ({ packets }: LayerTiming): Partial<LayerTiming> => {
      const at = packets.findIndex((t, i) => t >= 0 && packets[i + 1]! >= 0);
      return { packets: withPacket(packets, at, packets[at + 1]!) };
    };
    check(changed('a', { timing }), 'injection-port');
  });

  it('two packets on a link or at a data port', () => {
    // All results of a layer leave in one cycle: every core sends once at a time, links and ports meet.
    const timing = ({ packets, end }: LayerTiming): Partial<LayerTiming> => ({
      packets: packets.map((t) => (t < 0 ? t : end - 20)),
    });
    check(changed('a', { timing }), 'data-port');
    check(changed('a', { timing }), 'link-busy');
  });

  it('a write after the end of its layer', () => {
    check(changed('a', { timing: ({ end }) => ({ end: end - 1 }) }), 'layer-end');
  });

  it('a pass period too short for the VMM or the vector unit', () => {
    check(changed('b', { timing: ({ passPeriod }) => ({ passPeriod: Math.floor(passPeriod / 2) }) }), 'vmm-busy');
    check(changed('pool', { timing: () => ({ passPeriod: 1 }) }), 'vector-unit-busy');
  });

  it('a slot that is not the one of the mapping', () => {
    check(changed('b', { timing: ({ slot }) => ({ slot: slot - 1 }) }), 'slot');
  });

  it('a layer that starts before its operands are there', () => {
    check(changed('b', { timing: ({ start }) => ({ start: start - 1 }) }), 'layer-early');
  });

  it('a layer that starts before the cores are in step again', () => {
    const cycles = program.spec.layerSyncCycles;
    check({ ...program, spec: { ...program.spec, layerSyncCycles: cycles + 1 } }, 'layer-early');
    const later = compileNorthPole(residualNetwork, { spec: { ...NORTHPOLE_SMALL, layerSyncCycles: 9 }, batch: 2 });
    expect(checkSchedule(later.program)).toEqual([]);
    check({ ...later.program, spec: { ...later.program.spec, layerSyncCycles: 10 } }, 'layer-early');
  });

  it('partial sums that stay one cycle longer than two passes', () => {
    const layer = program.layers.find(({ name }) => name === 'b')!;
    const { lead, interval } = passShape(program, layer);
    const stay = lead + layer.mapping.positions * interval;
    // A half of the buffer is needed again after two passes.
    const codesAt = (passPeriod: number): readonly string[] =>
      checkSchedule(changed('b', { timing: () => ({ passPeriod }) })).map(({ code }) => code);
    expect(codesAt(Math.ceil(stay / 2) - 1)).toContain('partial-sum-buffer');
    expect(codesAt(Math.ceil(stay / 2))).not.toContain('partial-sum-buffer');
  });

  it('weights that cannot be there in time', () => {
    const narrow = { ...program, spec: { ...program.spec, weightFillBytes: 8 } };
    check(narrow, 'weight-late');
    check(narrow, 'weight-fill');
    check(changed('a', { timing: ({ start }) => ({ start: start - 1 }) }), 'weight-late');
  });

  it('more weights on the model network than a segment carries', () => {
    // Eight bytes a cycle, one line: blocks that follow too closely meet on the bus.
    const { networks } = NORTHPOLE_SMALL;
    const spec = { ...NORTHPOLE_SMALL, networks: { ...networks, model: { ...networks.model, wires: 64 } } };
    const thin = compileNorthPole(residualNetwork, { spec, batch: 2 }).program;
    expect(checkSchedule(thin)).toEqual([]);
    const shared = thin.layers.find(({ kind, mapping }) => kind === 'vmm' && mapping.rows * mapping.columns > 1)!;
    const mutant = changed(shared.name, { timing: ({ slot }) => ({ slot: slot - 1 }) }, thin);
    const found = checkSchedule(mutant).filter(({ code }) => code === 'model-bus');
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.message).toMatch(
      /^16 bytes on a segment of the model network in cycle -?\d+ of the pass, it carries 8/,
    );
  });

  it('a program that arrives late, collides on the bus, or is too long', () => {
    check(changed('b', { timing: ({ start }) => ({ programEnd: start + 1 }) }), 'program-late');
    check(changed('pool', { timing: () => ({ programStart: 0 }) }), 'instruction-bus');
    check(changed('b', { memory: () => ({ programBytes: 64 }) }), 'program-bytes');
    check({ ...program, spec: { ...program.spec, programBufferBytes: 128 } }, 'program-buffer');
  });

  it('more partial sums than half of the buffer holds', () => {
    const { partialSums } = program.spec;
    check(
      { ...program, spec: { ...program.spec, partialSums: { ...partialSums, bufferBytes: 64 } } },
      'partial-sum-buffer',
    );
  });

  it('more results than the output buffer holds', () => {
    check({ ...program, spec: { ...program.spec, outputBufferBytes: 4 } }, 'output-buffer');
  });

  it('buffers that overlap, and buffers outside the memory', () => {
    const weights = program.layers[0]?.memory.weightBase[0] ?? 0;
    check(changed('b', { memory: () => ({ operandBase: [weights, weights] }) }), 'memory-overlap');
    check(changed('b', { memory: () => ({ operandBase: [program.spec.memory.bytes - 1, 0] }) }), 'memory-bounds');
  });

  it('buffers, weights and tables without a place', () => {
    check(changed('a', { memory: () => ({ weightBase: new Int32Array(0) }) }), 'memory-bounds');
    check(changed('pool', { memory: () => ({ operandBase: [] }) }), 'memory-bounds');
    const { program: model } = compileNorthPole(randomTransformer(3, { heads: 2, depth: 8, context: 16, layers: 1 }), {
      spec: NORTHPOLE_SMALL,
    });
    expect(checkSchedule(model)).toEqual([]);
    const kept = model.layers.find(({ kind }) => kind === 'sequence')!;
    const nowhere = changed(kept.name, { memory: () => ({ weightBase: new Int32Array(0) }) }, model);
    expect(checkSchedule(nowhere).filter(({ code }) => code === 'memory-bounds').length).toBeGreaterThan(0);
    expect(
      checkSchedule(nowhere)
        .map(({ message }) => message)
        .join(),
    ).toContain(`what "${kept.name}" keeps in bytes -1..`);
  });

  it('buffers that overlap in the one layer that reads the one and writes the other', () => {
    const [a, b] = ['b', 'pool'].map((name) => program.layers.find((layer) => layer.name === name)!);
    expect(a!.mapping.cores.some((core) => b!.mapping.cores.includes(core))).toBe(true);
    const { operandBase } = a!.memory;
    check(changed('pool', { memory: () => ({ operandBase: [operandBase[0]!] }) }), 'memory-overlap');
    // Whichever of the two lies lower.
    const pool = b!.memory.operandBase[0]!;
    const below = changed('b', { memory: () => ({ operandBase: [pool + 1, operandBase[1]!] }) });
    const overlaps = checkSchedule(below).filter(({ code }) => code === 'memory-overlap');
    expect(overlaps.map(({ message }) => message).join()).toMatch(/operand 0 of "pool" and operand 0 of "b"/);
    // What no layer has in use any more gives its place away.
    const classes = program.layers.find(({ name }) => name === 'classes')!.memory.operandBase;
    const codes = checkSchedule(changed('b', { memory: () => ({ operandBase: [classes[0]!, operandBase[1]!] }) }));
    expect(codes.filter(({ message }) => message.includes('"b"') && message.includes('"classes"'))).toEqual([]);
  });

  it('tiles that leave out a part of the output, and cores with two shares', () => {
    const smaller = ({ tileHeight }: LayerMapping): Partial<LayerMapping> => ({ tileHeight: tileHeight - 1 });
    check(changed('classes', { mapping: () => ({ outBlocks: 0 }) }), 'output-uncovered');
    const tall = program.layers.find(({ mapping }) => mapping.tileHeight > 1)?.name ?? '';
    check(changed(tall, { mapping: smaller }), 'output-uncovered');
    const twice = ({ cores }: LayerMapping): Partial<LayerMapping> => ({
      cores: cores.map((core, i) => (i === 1 ? cores[0]! : core)),
    });
    check(changed('a', { mapping: twice }), 'core-shared');
    const off = ({ cores }: LayerMapping): Partial<LayerMapping> => ({
      cores: cores.map((core, i) => (i === 1 ? 99 : core)),
    });
    check(changed('a', { mapping: off }), 'core-off-grid');
  });

  it('segments that overlap', () => {
    const name = program.layers.find(({ mapping }) => mapping.outGroups > 1)?.name ?? '';
    const mapping = ({ segments }: LayerMapping): Partial<LayerMapping> => ({
      segments: segments.map((n, i) => (i >= 4 && i < 8 ? segments[i - 4]! : n)),
    });
    check(changed(name, { mapping }), 'segment-overlap');
    check(changed(name, { mapping }), 'segment-missed');
  });

  it('a wrong number of cycles', () => {
    check({ ...program, cycles: program.cycles - 1 }, 'cycle-count');
  });
});
