import { describe, expect, it } from 'vitest';
import { bandOf } from '../../../src/common/quantity.js';
import { bitProductFj } from '../../../src/hw-models/costs/arithmetic.js';
import { coreAreaMm2 } from '../../../src/hw-models/northpole/core-area.js';
import {
  energyTableOf,
  macPj,
  memoryBytePj,
  networkByteHopPj,
  northPoleCosts,
  vectorOperationPj,
} from '../../../src/hw-models/northpole/core-costs.js';
import { FITTED_POWER } from '../../../src/hw-models/northpole/fitted-power.js';
import { NORTHPOLE } from '../../../src/hw-models/northpole/spec.js';
import { type NorthPoleStructure, PUBLISHED_STRUCTURE } from '../../../src/hw-models/northpole/structure.js';

const withMemory = (bytes: number): NorthPoleStructure => ({
  ...PUBLISHED_STRUCTURE,
  memory: { ...PUBLISHED_STRUCTURE.memory, bytes },
});

describe('the prices of the published chip', () => {
  it('are those worked out from the literature', () => {
    expect(energyTableOf(PUBLISHED_STRUCTURE)).toEqual({
      macPj: { 8: 0.136, 4: 0.0421, 2: 0.0151, 1: 0.0151 },
      memoryBytePj: 0.962,
      networkByteHopPj: 1.17,
      vectorOperationPj: 0.888,
      staticWatts: 37.5,
    });
    expect(NORTHPOLE.energy).toEqual(energyTableOf(PUBLISHED_STRUCTURE));
  });

  it('have bands that hold the readings of the same event elsewhere', () => {
    const holds = (band: { readonly low: number; readonly high: number }, ...pj: readonly number[]): void => {
      for (const one of pj) expect([band.low <= one, one <= band.high]).toEqual([true, true]);
    };
    // CACTI scaled to 12 nm: 0.9 (low operating power) to 1.5 pJ a byte.
    holds(bandOf(memoryBytePj(PUBLISHED_STRUCTURE)), 0.9, 1.5);
    // 40 to 100 fJ per bit and mm over 1.6 mm, without a router and with it: 0.512 to 1.43.
    holds(bandOf(networkByteHopPj(PUBLISHED_STRUCTURE)), 0.52, 1.42);
    holds(bandOf(macPj(8)), 0.041, 0.15);
    holds(bandOf(vectorOperationPj()), 0.5, 1);
  });

  it('leave of the published 74 W what is static', () => {
    const table = energyTableOf(PUBLISHED_STRUCTURE);
    expect(FITTED_POWER.eventWatts(table) + table.staticWatts).toBeCloseTo(74, 0);
    expect(northPoleCosts(PUBLISHED_STRUCTURE).staticScale).toBe(1);
  });

  it('are of a core of 2.56 mm2, 256 of which are 82 % of the die of 800 mm2, and no doubt about it', () => {
    const { value, low, high } = coreAreaMm2(PUBLISHED_STRUCTURE);
    for (const area of [value, low, high]) expect(area).toBeCloseTo(2.56, 10);
    expect((256 * value) / 800).toBeCloseTo(0.82, 2);
  });
});

describe('a byte of memory', () => {
  it('costs 0.5 pJ at 32 KB, 0.9 to 1.1 at 768 KB and 1.1 to 1.3 at 1.5 MB, by the rule of thumb', () => {
    const at = (kb: number): number => memoryBytePj(withMemory(kb * 1024)).value;
    expect(at(32)).toBeCloseTo(0.5, 1);
    expect(at(768)).toBeGreaterThan(0.9);
    expect(at(768)).toBeLessThan(1.1);
    expect(at(1536)).toBeGreaterThan(1.1);
    expect(at(1536)).toBeLessThan(1.3);
  });
});

describe('a multiply-accumulate', () => {
  it('costs less with fewer bits, and 1 bit travels as 2', () => {
    expect(macPj(8).value).toBeGreaterThan(macPj(4).value);
    expect(macPj(4).value).toBeGreaterThan(macPj(2).value);
    expect(macPj(1).value).toBe(macPj(2).value);
  });
});

describe('other chips', () => {
  const p = PUBLISHED_STRUCTURE;
  const changes: readonly (readonly [string, NorthPoleStructure])[] = [
    ['more memory', withMemory(2 * p.memory.bytes)],
    ['more outputs', { ...p, vmm: { ...p.vmm, outputs: 128 } }],
    ['a longer vector', { ...p, vmm: { ...p.vmm, vectorBits: 256 } }],
    ['more lanes', { ...p, vector: { ...p.vector, lanes: 256 } }],
    ['larger buffers', { ...p, partialSums: { ...p.partialSums, bufferBytes: 131_072 } }],
    ['wider ports', { ...p, memory: { ...p.memory, dataPortBytes: 96 } }],
    ['wider networks', { ...p, networks: { ...p.networks, activation: { ...p.networks.activation, wires: 1024 } } }],
  ];
  const standard = northPoleCosts(p);

  it.each(changes)('with %s have larger cores, so that hops and static power cost more', (_, chip) => {
    const costs = northPoleCosts(chip);
    const area = coreAreaMm2(chip);
    expect(area.value).toBeGreaterThan(coreAreaMm2(p).value);
    expect(bandOf(area).low).toBeLessThanOrEqual(area.value);
    expect(bandOf(area).high).toBeGreaterThanOrEqual(area.value);
    expect(networkByteHopPj(chip).value).toBeGreaterThan(networkByteHopPj(p).value);
    expect(costs.static.value).toBeGreaterThan(standard.static.value);
    expect(bandOf(costs.static).high).toBeGreaterThan(bandOf(costs.static).low);
  });

  it('have areas that add up: memories, multipliers and lanes by their sizes, the rest as its wires', () => {
    const more = (chip: NorthPoleStructure): number => coreAreaMm2(chip).value - coreAreaMm2(p).value;
    // 768 KB at 0.0785 um2 a bit; 1,024 multipliers of 81 bit products at 1.96 um2; 128 lanes at 1150 um2.
    expect(more(withMemory(2 * p.memory.bytes))).toBeCloseTo(0.4939, 4);
    expect(more({ ...p, vmm: { ...p.vmm, outputs: 128 } })).toBeCloseTo(0.1626, 4);
    expect(more({ ...p, vector: { ...p.vector, lanes: 256 } })).toBeCloseTo(0.1472, 4);
    // A core without 8 bits has narrower multipliers, and more of them: 2,048 of 25.
    expect(more({ ...p, precisions: [4, 2] })).toBeCloseTo((2048 * 25 - 1024 * 81) * 1.96e-6, 6);
    // 512 of 6,144 wires and port bits more: half of the rest follows.
    const rest = 2.56 - (0.0785 * 8 * (786_432 + 65_536 + 8192 + 16_384) + 1.96 * 81 * 1024 + 1150 * 128) * 1e-6;
    const wide = { ...p, networks: { ...p.networks, activation: { ...p.networks.activation, wires: 1024 } } };
    expect(more(wide)).toBeCloseTo((0.5 * rest * 512) / 6144, 6);
  });

  it('draw static power as leakage of their bytes, a part of the card, and a part that follows their cores', () => {
    const fitted = standard.static.value;
    // 192 MiB leak 6.8 uW per KB at 22 nm, times 0.79 sqrt(12 / 22).
    const leaks = 196_608 * 6.8e-6 * 0.79 * Math.sqrt(12 / 22);
    expect(northPoleCosts({ ...p, clockMhz: 800 }).static.value).toBeCloseTo(leaks + 1.5 * (fitted - leaks), 6);
    const quarter = northPoleCosts({ ...p, gridWidth: 8, gridHeight: 8 }).static.value;
    expect(quarter).toBeCloseTo(leaks / 4 + (0.5 + 0.5 / 4) * (fitted - leaks), 6);
  });

  it('with more cores or a faster clock draw more, but not in proportion: a part is the card’s', () => {
    const cores = northPoleCosts({ ...p, gridWidth: 32 }).static;
    const clock = northPoleCosts({ ...p, clockMhz: 800 }).static;
    for (const { value, low, high } of [cores, clock]) {
      expect(value).toBeGreaterThan(1.4 * standard.static.value);
      expect(value).toBeLessThan(1.6 * standard.static.value);
      expect(low).toBeLessThan(1.1 * standard.static.value);
      expect(high).toBeGreaterThan(1.9 * standard.static.value);
    }
  });

  it('keep what a byte of memory costs when only their networks change', () => {
    const wide = { ...p, networks: { ...p.networks, model: { ...p.networks.model, wires: 4096 } } };
    expect(energyTableOf(wide).memoryBytePj).toBe(energyTableOf(p).memoryBytePj);
    expect(energyTableOf(wide).macPj).toEqual(energyTableOf(p).macPj);
  });
});

describe('an operation of a lane of the vector unit', () => {
  it('costs half of the bit products of a 32-bit multiplication and addition, between an addition and all of both', () => {
    const { value, low, high, unit, status } = vectorOperationPj();
    const bit = bitProductFj(12);
    expect(value).toBeCloseTo((bit.value * (32 * 32 + 32)) / 2 / 1000, 12);
    expect(low).toBeCloseTo((bit.low! * 32) / 1000, 12);
    expect(high).toBeCloseTo(2 * value, 12);
    expect([unit, status]).toEqual(['pJ', 'assumed']);
  });
});
