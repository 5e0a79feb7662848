import { describe, expect, it } from 'vitest';
import { energyPartsUj, powerOf, totalUj } from '../../../src/hw-models/northpole/costs.js';
import { NORTHPOLE } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleCounters } from '../../../src/ir/trace/northpole-counters.js';

const none = { bytes: 0, byteHops: 0 };
const IDLE: NorthPoleCounters = {
  frames: 1,
  cycles: 400_000,
  macs: { 8: 0, 4: 0, 2: 0, 1: 0 },
  vmmCycles: { 8: 0, 4: 0, 2: 0, 1: 0 },
  memoryBytes: { activationRead: 0, weightRead: 0, dataRead: 0, dataWrite: 0 },
  networks: { model: none, partialSum: none, activation: none, instruction: none },
  vectorOperations: 0,
  packets: 0,
};
const spec = {
  ...NORTHPOLE,
  energy: {
    macPj: { 8: 8, 4: 4, 2: 2, 1: 1 },
    memoryBytePj: 10,
    networkByteHopPj: 100,
    vectorOperationPj: 1000,
    staticWatts: 5,
  },
};

describe('energy of a batch', () => {
  it('is static power times time when nothing happens', () => {
    const { watts, framesPerSecond, framesPerJoule } = powerOf(spec, IDLE);
    // 400,000 cycles at 400 MHz are a millisecond.
    expect([watts.value, framesPerSecond.value, framesPerJoule.value]).toEqual([5, 1000, 200]);
  });

  it('charges every event once with its own cost', () => {
    const million = { bytes: 7, byteHops: 1e6 };
    const parts = energyPartsUj(spec, {
      ...IDLE,
      cycles: 0,
      macs: { 8: 1e6, 4: 1e6, 2: 1e6, 1: 1e6 },
      memoryBytes: { activationRead: 1e6, weightRead: 1e6, dataRead: 1e6, dataWrite: 1e6 },
      networks: { model: million, partialSum: million, activation: million, instruction: million },
      vectorOperations: 1e6,
    });
    const rounded = Object.fromEntries(Object.entries(parts).map(([part, uj]) => [part, Math.round(uj)]));
    expect(rounded).toEqual({ static: 0, macs: 15, memory: 40, networks: 400, vector: 1000 });
    expect(totalUj(parts)).toBeCloseTo(1455, 9);
  });

  it('is shared by the frames of the batch', () => {
    const one = powerOf(spec, IDLE);
    const four = powerOf(spec, { ...IDLE, frames: 4 });
    expect(four.energyPerFrame.value).toBe(one.energyPerFrame.value / 4);
    expect(four.watts.value).toBe(one.watts.value);
  });
});
