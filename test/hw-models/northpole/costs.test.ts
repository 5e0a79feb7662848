import { describe, expect, it } from 'vitest';
import {
  energyPartsUj,
  eventBandUj,
  eventPartsUj,
  fittedStaticBand,
  powerOf,
  totalUj,
} from '../../../src/hw-models/northpole/costs.js';
import { type PricedEvents, RESNET50_EVENTS } from '../../../src/hw-models/northpole/fitted-power.js';
import { northPoleCosts } from '../../../src/hw-models/northpole/core-costs.js';
import { parseNorthPoleSpec } from '../../../src/hw-models/northpole/spec.js';
import { NORTHPOLE, NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../../../src/ir/program/northpole.js';
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

const perSecond = (events: PricedEvents) => {
  const { low, high } = eventBandUj(NORTHPOLE, events);
  const value = totalUj(eventPartsUj(NORTHPOLE, events));
  const watts = (uj: number): number => (uj * 1e-6) / events.seconds;
  return { value: watts(value), low: watts(low), high: watts(high) };
};
const bandOfSecond = (spec: NorthPoleSpec) => {
  const events = { ...NO_EVENTS, seconds: 1 };
  const { low, high } = eventBandUj(spec, events);
  return { value: totalUj(eventPartsUj(spec, events)) * 1e-6, low: low * 1e-6, high: high * 1e-6 };
};
const NO_EVENTS: PricedEvents = {
  seconds: 2,
  macs: IDLE.macs,
  memoryBytes: 0,
  byteHops: 0,
  vectorOperations: 0,
};

describe('the band of an energy', () => {
  it('is a point for the run that static power was fitted on: 74 W whatever the events cost', () => {
    const { value, low, high } = perSecond(RESNET50_EVENTS);
    for (const watts of [value, low, high]) expect(watts).toBeCloseTo(74, 0);
    expect(high - low).toBeLessThan(1e-9);
  });

  it('of a chip without events is that of static power, which holds what the events of the fitted run may have cost', () => {
    const { value, low, high } = perSecond(NO_EVENTS);
    const band = fittedStaticBand();
    expect(value).toBe(NORTHPOLE.energy.staticWatts);
    expect(low).toBeCloseTo(band.low, 0);
    expect(high).toBeCloseTo(band.high, 0);
    expect([band.low, band.high].map(Math.round)).toEqual([29, 58]);
  });

  it('grows with events the fitted run has less of, and shrinks with those it has as many of', () => {
    const width = (events: PricedEvents): number => {
      const { low, high } = perSecond(events);
      return high - low;
    };
    const { seconds, byteHops, memoryBytes } = RESNET50_EVENTS;
    const idle = { ...NO_EVENTS, seconds };
    expect(width({ ...idle, byteHops })).toBeLessThan(width(idle) / 1.5);
    expect(width({ ...idle, memoryBytes: 20 * memoryBytes })).toBeGreaterThan(width(idle));
  });

  it('of another chip follows the part of static power that was fitted, and adds what is open about its size', () => {
    const { spec: fast } = parseNorthPoleSpec('base: northpole\nclockMhz: 800\n', 'fast.yaml');
    const { static: flows, staticScale } = northPoleCosts(fast);
    const fitted = fittedStaticBand();
    const { value, low, high } = bandOfSecond(fast);
    const own = NORTHPOLE.energy.staticWatts;
    expect(staticScale).toBeCloseTo(flows.value / northPoleCosts(NORTHPOLE).static.value, 12);
    expect(value).toBe(fast.energy.staticWatts);
    // Static power has three digits, the band none.
    expect(value - low).toBeCloseTo(staticScale * (own - fitted.low) + flows.value - flows.low!, 0);
    expect(high - value).toBeCloseTo(staticScale * (fitted.high - own) + flows.high! - flows.value, 0);
  });

  it('leaves out the price that a spec sets, and what is fitted where it sets static power', () => {
    const { byteHops, seconds } = RESNET50_EVENTS;
    const events = { ...NO_EVENTS, seconds, byteHops };
    const own = { ...NORTHPOLE, energy: { ...NORTHPOLE.energy, staticWatts: 10 } };
    const both = { ...own, energy: { ...own.energy, networkByteHopPj: 2 } };
    const [ownBand, bothBand] = [eventBandUj(own, events), eventBandUj(both, events)];
    expect(ownBand.high).toBeGreaterThan(ownBand.low);
    expect(bothBand.high - bothBand.low).toBeLessThan(1e-6);
    expect(bothBand.low).toBeCloseTo((10 * seconds + 2e-12 * byteHops) * 1e6, 3);
  });
});

describe('energy of a batch', () => {
  it('is static power times time when nothing happens', () => {
    const { watts, framesPerSecond, framesPerJoule } = powerOf(spec, IDLE);
    // 400,000 cycles at 400 MHz are a millisecond.
    expect([watts.value, framesPerSecond.value, framesPerJoule.value]).toEqual([5, 1000, 200]);
  });

  it('is shared by its frames, with its band', () => {
    const events = { ...IDLE, networks: { ...IDLE.networks, model: { bytes: 1, byteHops: 1e9 } } };
    const [one, four] = [1, 4].map((frames) => powerOf(NORTHPOLE_SMALL, { ...events, frames }));
    for (const end of ['value', 'low', 'high'] as const) {
      expect(four!.energyPerFrame[end]).toBeCloseTo(one!.energyPerFrame[end]! / 4, 9);
      expect(four!.watts[end]).toBe(one!.watts[end]);
    }
    expect(four!.framesPerJoule.value).toBeCloseTo(1e6 / four!.energyPerFrame.value, 6);
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

  it('has no band where the spec sets every price', () => {
    const { energyPerFrame } = powerOf(spec, IDLE);
    expect([energyPerFrame.low, energyPerFrame.high]).toEqual([energyPerFrame.value, energyPerFrame.value]);
  });

  it('is never below nothing, and what is per joule has no band then', () => {
    const { watts, energyPerFrame, framesPerJoule } = powerOf(NORTHPOLE_SMALL, IDLE);
    expect([watts.low, energyPerFrame.low]).toEqual([0, 0]);
    expect(watts.high).toBeGreaterThan(watts.value);
    expect(framesPerJoule.value).toBeGreaterThan(0);
    expect(framesPerJoule).not.toHaveProperty('high');
  });

  it('is shared by the frames of the batch', () => {
    const one = powerOf(spec, IDLE);
    const four = powerOf(spec, { ...IDLE, frames: 4 });
    expect(four.energyPerFrame.value).toBe(one.energyPerFrame.value / 4);
    expect(four.watts.value).toBe(one.watts.value);
  });
});
