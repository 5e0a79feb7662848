import { describe, expect, it } from 'vitest';
import { TrueNorthChip } from '../../../src/hw-models/truenorth/chip.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { RESET, type CoreArrays } from '../../../src/ir/program/truenorth.js';
import { connect, emptyCores, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';

const chipOf = (cores: CoreArrays, nPins = 1): TrueNorthChip => new TrueNorthChip({ spec: TRUENORTH, cores, nPins });

/** Ticks 0..nTicks-1 in which pin 0 counted a spike. */
function pinTicks(chip: TrueNorthChip, nTicks: number): number[] {
  const ticks: number[] = [];
  for (let tick = 0; tick < nTicks; tick++) {
    chip.pinCounts.fill(0);
    chip.tick();
    if (chip.pinCounts[0]! > 0) ticks.push(tick);
  }
  return ticks;
}

/** Core 0 relays axon 0 to core `last` through `delay`, which drives pin 0. */
function relay(nCores: number, delay: number): CoreArrays {
  const cores = emptyCores(nCores);
  connect(cores, 0, 0, 3);
  connect(cores, nCores - 1, 9, 4);
  setNeuron(cores, 0, 3, { weights: [1, 0, 0, 0], threshold: 1, to: { core: nCores - 1, axon: 9 }, delay });
  setNeuron(cores, nCores - 1, 4, { weights: [1, 0, 0, 0], threshold: 1, to: { pin: 0 } });
  return cores;
}

describe('a chip', () => {
  it.each([1, 2, 7, 15])('delivers a spike fired in tick t in tick t + %i', (delay) => {
    const chip = chipOf(relay(2, delay));
    chip.inject(0, 0, 2);
    expect(pinTicks(chip, 20)).toEqual([2 + delay]);
  });

  it('counts spikes, synaptic operations, axon events and hops per core', () => {
    const chip = chipOf(relay(5, 1));
    chip.inject(0, 0, 0);
    pinTicks(chip, 3);
    expect(chip.events).toMatchObject({ ticks: 3, inputSpikes: 1, hops: 4 });
    expect([...chip.events.coreSpikes]).toEqual([1, 0, 0, 0, 1]);
    expect([...chip.events.coreSynapticOperations]).toEqual([1, 0, 0, 0, 1]);
    expect([...chip.events.coreAxonEvents]).toEqual([1, 0, 0, 0, 1]);
  });

  it('collapses two spikes to one axon in one tick', () => {
    const cores = emptyCores(1);
    connect(cores, 0, 5, 0);
    setNeuron(cores, 0, 0, { weights: [1, 0, 0, 0] });
    const chip = chipOf(cores);
    chip.inject(0, 5, 0);
    chip.inject(0, 5, 0);
    chip.tick();
    expect(chip.potentials()[0]).toBe(1);
  });

  it('drains a linear-reset counter one spike a tick', () => {
    const cores = emptyCores(1);
    connect(cores, 0, 0, 0);
    setNeuron(cores, 0, 0, { weights: [3, 0, 0, 0], threshold: 1, resetMode: RESET.linear, to: { pin: 0 } });
    const chip = chipOf(cores);
    chip.inject(0, 0, 1);
    expect(pinTicks(chip, 8)).toEqual([1, 2, 3]);
  });

  it('starts again from the initial potentials without spikes on the way', () => {
    const cores = relay(2, 9);
    setNeuron(cores, 1, 7, { initialPotential: -6 });
    const chip = chipOf(cores);
    chip.inject(0, 0, 0);
    chip.tick();
    chip.reset();
    expect(chip.now).toBe(0);
    expect(pinTicks(chip, 20)).toEqual([]);
    expect(chip.potentials()[256 + 7]).toBe(-6);
  });

  it('does not count a spike without a target', () => {
    const cores = emptyCores(1);
    setNeuron(cores, 0, 0, { threshold: 0 });
    const chip = chipOf(cores);
    pinTicks(chip, 4);
    expect(chip.events.coreSpikes[0]).toBe(0);
  });

  it('loses every spike at a drop probability of 1', () => {
    const chip = chipOf(relay(2, 1));
    chip.reset({ probability: 1, late: 0, seed: 1, firstSample: 0 });
    chip.inject(0, 0, 0);
    expect(pinTicks(chip, 5)).toEqual([]);
    expect(chip.events.coreSpikes[0]).toBe(0);
  });

  it('draws stochastic modes anew for every seed, run, core, neuron and tick, and the same again after a reset', () => {
    const cores = emptyCores(2);
    cores.thresholdBits.fill(8);
    cores.stochastic.fill(16);
    cores.leak.fill(127);
    cores.threshold.fill(10);
    const chip = chipOf(cores);
    const history = (seed: number, firstSample: number): Int32Array[] => {
      chip.reset({ probability: 0, late: 0, seed, firstSample });
      return Array.from({ length: 30 }, () => {
        chip.tick();
        return chip.potentials();
      });
    };
    const run = history(1, 0);
    expect(history(2, 0)).not.toEqual(run);
    expect(history(1, 25)).not.toEqual(run);
    expect(history(1, 0)).toEqual(run);
    const last = run.at(-1)!;
    expect(last.slice(0, 256)).not.toEqual(last.slice(256));
    expect(new Set(last).size).toBeGreaterThan(5);
  });

  it('steps a stochastic leak of 127 in half of the ticks', () => {
    const cores = emptyCores(1);
    cores.stochastic.fill(16);
    cores.leak.fill(127);
    const chip = chipOf(cores);
    for (let tick = 0; tick < 200; tick++) chip.tick();
    const total = chip.potentials().reduce((a, b) => a + b);
    // 51,200 draws of probability 1/2: five standard deviations are 566.
    expect(Math.abs(total - 25_600)).toBeLessThan(566);
  });

  it('steps stochastic synapses of weight 63 a quarter of the time, independently per neuron and axon', () => {
    const cores = emptyCores(1);
    cores.stochastic.fill(1);
    for (let i = 0; i < 256; i++) cores.weights[i * 4] = 63;
    cores.synapses.fill(0xffffffff);
    const chip = chipOf(cores);
    for (let axon = 0; axon < 256; axon++) chip.inject(0, axon, 0);
    chip.tick();
    const potentials = chip.potentials();
    const total = potentials.reduce((a, b) => a + b);
    // 65,536 draws of probability 1/4: five standard deviations are 554.
    expect(Math.abs(total - 16_384)).toBeLessThan(554);
    // Binomial(256, 1/4) has a standard deviation of 6.9 over neurons.
    const variance = potentials.reduce((sum, v) => sum + (v - 64) ** 2, 0) / 256;
    expect(variance).toBeGreaterThan(30);
    expect(variance).toBeLessThan(75);
  });
});
