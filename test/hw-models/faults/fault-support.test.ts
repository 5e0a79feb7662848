import { describe, expect, it } from 'vitest';
import { NORTHPOLE_FAULT_SUPPORT } from '../../../src/hw-models/northpole/fault-support.js';
import { trueNorthFaultSupport } from '../../../src/hw-models/truenorth/fault-support.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { FAULT_NAMES } from '../../../src/ir/faults/catalogue.js';
import type { FaultSupport } from '../../../src/ir/faults/support.js';

const missing = ({ faults }: FaultSupport): string[] => FAULT_NAMES.filter((name) => faults[name] !== true);
const widths = ({ memories }: FaultSupport) => memories.map(({ memory, wordBits }) => [memory, wordBits]);

describe('the faults of a TrueNorth-style chip', () => {
  it('are all but noise at every read, in everything that can be chosen', () => {
    expect(missing(trueNorthFaultSupport())).toEqual(['read_noise']);
    expect(trueNorthFaultSupport().scope).toEqual({
      ...{ memories: true, protectedBits: true, layers: true, cores: true, known: true },
    });
  });

  it('are in words as wide as the spec makes them; at most one potential bit of sixteen neurons flips in a tick', () => {
    const published = trueNorthFaultSupport();
    expect(widths(published)).toEqual([
      ['synapses', 0],
      ['thresholds', 18],
      ['destinations', 30],
      ['potentials', 20],
    ]);
    expect(published.memories[3]?.most).toMatchObject({ level: 1 / (16 * 20) });
    const narrow = trueNorthFaultSupport({
      ...TRUENORTH,
      ...{ thresholdMax: 255, potentialMax: 511, maxDelay: 7, axonsPerCore: 64, maxHop: 31 },
    });
    // Delay 3, axon 6, two hops of 5 bits and a sign; potentials from -511 to 511.
    expect(widths(narrow)).toEqual([
      ['synapses', 0],
      ['thresholds', 8],
      ['destinations', 3 + 6 + 2 * 6],
      ['potentials', 10],
    ]);
    expect(narrow.memories[3]?.most).toMatchObject({ level: 1 / 160 });
  });
});

describe('the faults of a NorthPole-style chip', () => {
  it('are those of stored bits, of weights and of scores', () => {
    expect(missing(NORTHPOLE_FAULT_SUPPORT).sort()).toEqual(
      [
        ...['dead_neuron', 'saturated_neuron', 'threshold_mismatch', 'leak_mismatch'],
        ...['drop', 'spike_delay', 'down_cores', 'down_links', 'down_chips'],
      ].sort(),
    );
  });

  it('are in containers of 8 bits, parameters of up to 56 and sums of 32, in chosen memories, positions and layers', () => {
    expect(widths(NORTHPOLE_FAULT_SUPPORT)).toEqual([
      ['weights', 8],
      ['biases', 56],
      ['activations', 32],
    ]);
    const { scope } = NORTHPOLE_FAULT_SUPPORT;
    expect(scope).toMatchObject({ memories: true, protectedBits: true, layers: true });
    expect([scope.cores, scope.known].map((support) => support === true)).toEqual([false, false]);
  });
});
