import { describe, expect, it } from 'vitest';
import { isDropped, isLate } from '../../../src/hw-models/faults/spike-drop.js';
import { createFastEngine } from '../../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../../src/simulator/engines/fast/image.js';
import { createReferenceEngine } from '../../../src/simulator/engines/reference/engine.js';
import { emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';

const late = (probability: number, firstSample = 0): boolean[] =>
  Array.from({ length: 20_000 }, (_, i) =>
    isLate({ probability: 0, late: probability, seed: 5, firstSample }, (i % 7) * 256 + (i % 256), Math.floor(i / 256)),
  );

describe('late spikes', () => {
  it('have the given probability, nested, and other draws than dropped ones', () => {
    const [low, high] = [late(0.1), late(0.3)];
    const n = (list: readonly boolean[]): number => list.filter(Boolean).length;
    expect(Math.abs(n(low) - 2000)).toBeLessThan(5 * Math.sqrt(1800));
    expect(Math.abs(n(high) - 6000)).toBeLessThan(5 * Math.sqrt(4200));
    expect(low.every((is, i) => !is || high[i]!)).toBe(true);
    expect(late(0.1, 40)).not.toEqual(low);
    const lost = Array.from({ length: 20_000 }, (_, i) =>
      isDropped({ probability: 0.3, late: 0, seed: 5, firstSample: 0 }, (i % 7) * 256 + (i % 256), Math.floor(i / 256)),
    );
    expect(Math.abs(n(lost.filter((_, i) => high[i]!)) - n(high) * 0.3)).toBeLessThan(5 * Math.sqrt(1300));
  });

  /** Ticks in which pin 0 gets a spike; a spike in tick 0 goes from core 0 to core 1 with the given delay. */
  const arrivals = (delay: number, probability: number): number[][] => {
    const cores = emptyCores(2);
    for (const core of [0, 1]) {
      cores.synapses[core * 256 * 8] = 1;
      const to = core === 0 ? { core: 1, axon: 0 } : { pin: 0 };
      setNeuron(cores, core, 0, { weights: [1, 0, 0, 0], threshold: 1, to, delay: core === 0 ? delay : 1 });
    }
    const program = programOf(cores, { pinClass: [0] });
    return [createReferenceEngine({ program }), createFastEngine(createFastImage(program, 1))].map((engine) => {
      engine.reset({ drop: 0, late: probability, seed: 1, firstSample: 0 });
      engine.inject(0, 0, 0);
      const found: number[] = [];
      for (let tick = 0; tick < 40; tick++) {
        engine.tick();
        if (engine.pinCounts[0] === 1) found.push(tick);
        engine.pinCounts.fill(0);
      }
      return found;
    });
  };

  it('arrive one tick later; with the largest delay and at pins they come in time', () => {
    for (const delay of [1, 2, 14]) {
      expect(arrivals(delay, 0)).toEqual([[delay], [delay]]);
      expect(arrivals(delay, 1)).toEqual([[delay + 1], [delay + 1]]);
    }
    expect(arrivals(15, 1)).toEqual([[15], [15]]);
  });
});
