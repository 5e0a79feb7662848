import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { TrueNorthChip } from '../../../src/hw-models/truenorth/chip.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { RESET, type CoreArrays } from '../../../src/ir/program/truenorth.js';
import { connect, emptyCores, setNeuron } from '../../support/program-builder.js';

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
    chip.reset({ probability: 1, seed: 1, firstSample: 0 });
    chip.inject(0, 0, 0);
    expect(pinTicks(chip, 5)).toEqual([]);
    expect(chip.events.coreSpikes[0]).toBe(0);
  });

  it('refuses every neuron with a stochastic mode, by core and neuron', () => {
    const cores = emptyCores(2);
    cores.stochastic[256 + 4] = 0b10010;
    cores.thresholdBits[7] = 3;
    let error: unknown;
    try {
      chipOf(cores);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('core 0, neuron 7: uses a stochastic mode (TM = 3)');
    expect(String(error)).toContain('core 1, neuron 4: uses a stochastic mode (b_1, c_lambda)');
  });
});
