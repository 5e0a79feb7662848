import { describe, expect, it } from 'vitest';
import { clockedCyclesPerTick, coreClock, DEFAULT_TIMING, meshOf } from '../../../src/hw-models/truenorth/timing.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';

const STANDARD = { axonsPerCore: 256, neuronsPerCore: 256 };

describe('the clock of a core', () => {
  it('visits every axon of every neuron in a clocked core, and two cycles more per neuron', () => {
    expect(clockedCyclesPerTick(STANDARD)).toBe(258 * 256 + 3);
    expect(clockedCyclesPerTick({ axonsPerCore: 8, neuronsPerCore: 4 })).toBe(10 * 4 + 3);
    const clock = coreClock('clocked', STANDARD, { ...DEFAULT_TIMING, clockMhz: 100 });
    expect([clock.meshCycleNs, clock.sendNs(0, 99), clock.sendNs(9, 0), clock.coreNs(5)]).toEqual([
      10,
      2580,
      25_800,
      10 * (258 * 256 + 3),
    ]);
  });

  it('spends its time on neurons and on events, spread over its neurons, where it waits for both', () => {
    const constants = { ...DEFAULT_TIMING, neuronNs: 100, eventNs: 10, meshCycleNs: 4 };
    const clock = coreClock('event', STANDARD, constants);
    expect(clock.meshCycleNs).toBe(4);
    // 512 events are two per neuron.
    expect(clock.sendNs(0, 512)).toBe(120);
    expect(clock.sendNs(255, 512)).toBe(256 * 120);
    expect(clock.coreNs(0)).toBe(256 * 100);
  });
});

describe('the mesh between cores', () => {
  const clock = (meshCycleNs: number) => ({ meshCycleNs, sendNs: () => 0, coreNs: () => 0 });
  const meshAt = (edgeNs: number, cycleNs: number) =>
    meshOf(clock(cycleNs), { ...DEFAULT_TIMING, edgeNs }, TRUENORTH, { maxX: 7, maxY: 3 });

  it('spans the rectangle of its cores and has the edges of its chips', () => {
    expect(meshAt(10, 10)).toMatchObject({
      ...{ width: 8, height: 4, edgeCycles: 1 },
      ...{ chipWidth: TRUENORTH.chipWidth, chipHeight: TRUENORTH.chipHeight },
    });
  });

  it('takes whole cycles for the edge of a chip, begun ones included', () => {
    expect(meshAt(60, 10).edgeCycles).toBe(6);
    expect(meshAt(61, 10).edgeCycles).toBe(7);
    // A quotient that is whole but for its rounding is whole.
    expect(meshAt(0.3, 0.1).edgeCycles).toBe(3);
    // An edge that costs nothing costs 0, not -0.
    expect(meshAt(0, 10).edgeCycles).toBe(0);
  });

  it('takes 7 cycles for the edge of a chip by default', () => {
    const { meshCycleNs } = coreClock('event', STANDARD, DEFAULT_TIMING);
    expect(meshOf(clock(meshCycleNs), DEFAULT_TIMING, TRUENORTH, { maxX: 1, maxY: 1 }).edgeCycles).toBe(7);
  });
});
