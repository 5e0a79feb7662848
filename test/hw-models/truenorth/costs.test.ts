import { describe, expect, it } from 'vitest';
import {
  DEFAULT_VOLTAGE,
  energyPerSampleUj,
  modelledPowerMw,
  powerPartsMw,
  PUBLISHED_POWER,
  totalOf,
} from '../../../src/hw-models/truenorth/costs.js';
import type { Counters } from '../../../src/ir/trace/run-result.js';

const NONE: Counters = {
  ticks: 0,
  coreTicks: 0,
  rows: 0,
  spikes: 0,
  inputSpikes: 0,
  synapticOperations: 0,
  hops: 0,
};

describe('TrueNorth costs', () => {
  it('stay within 8 % of every published power figure and 4.8 % rms', () => {
    const errors = PUBLISHED_POWER.map((point) => modelledPowerMw(point) / point.powerMw - 1);
    for (const error of errors) expect(Math.abs(error)).toBeLessThan(0.08);
    const rms = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
    expect(rms).toBeLessThan(0.048);
  });

  it('charge each kind of event its constant at the voltage of the constant', () => {
    expect(energyPerSampleUj({ ...NONE, rows: 1e6 }, 0, 1, { voltage: 0.775 }).parts.rows).toBeCloseTo(19.32, 10);
    expect(energyPerSampleUj({ ...NONE, hops: 1e6 }, 0, 1, { voltage: 0.775 }).value).toBeCloseTo(2.3, 10);
    expect(energyPerSampleUj({ ...NONE, synapticOperations: 1e6 }, 0, 1, { voltage: 0.8 }).value).toBeCloseTo(1.36, 10);
    // A whole chip for one tick of 1 ms at 0.7 V: 27.8 mW times 1 ms.
    expect(energyPerSampleUj({ ...NONE, ticks: 1 }, 4096, 1, { voltage: 0.7 }).parts.idle).toBeCloseTo(27.8, 10);
  });

  it('agree with the power formula over the time of the run', () => {
    const counters: Counters = { ...NONE, ticks: 500, rows: 640_000, synapticOperations: 123_456, hops: 7_890 };
    const energy = energyPerSampleUj(counters, 5, 100, { tickMs: 2 });
    const seconds = 1;
    const power = powerPartsMw({
      coresOn: 5,
      rowsPerSecond: counters.rows / seconds,
      synapticOperationsPerSecond: counters.synapticOperations / seconds,
      hopsPerSecond: counters.hops / seconds,
    });
    expect(energy.value).toBeCloseTo((totalOf(power) * 1000 * seconds) / 100, 10);
    expect(totalOf(energy.parts)).toBe(energy.value);
    expect(energy).toMatchObject({ unit: 'uJ', status: 'calibrated', voltage: DEFAULT_VOLTAGE, tickMs: 2 });
  });

  it('grow with the supply', () => {
    const at = (voltage: number): number =>
      energyPerSampleUj({ ...NONE, ticks: 10, rows: 1e5 }, 4, 1, { voltage }).value;
    expect(at(1.05)).toBeGreaterThan(at(0.775));
    expect(at(0.7)).toBeLessThan(at(0.775));
  });
});
