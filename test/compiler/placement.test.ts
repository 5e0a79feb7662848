import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeCores } from '../../src/compiler/targets/truenorth/placement.js';

const grid = {
  width: 8,
  height: 8,
  faulty: [
    [0, 0],
    [3, 1],
  ] as const,
};

const traffic = fc.array(fc.record({ from: fc.nat(19), to: fc.nat(19), spikes: fc.integer({ min: 1, max: 50 }) }), {
  maxLength: 60,
});

test('every core gets a place of its own on the grid, never a faulty one, and wire length never grows', () => {
  fc.assert(
    fc.property(traffic, fc.nat(100), (links, seed) => {
      const placed = placeCores(20, links, grid, seed);
      const places = Array.from(placed.x, (x, core) => `${x},${placed.y[core]}`);
      expect(new Set(places).size).toBe(20);
      expect(places).not.toContain('0,0');
      expect(places).not.toContain('3,1');
      for (let c = 0; c < 20; c++)
        expect(placed.x[c]! >= 0 && placed.x[c]! < 8 && placed.y[c]! >= 0 && placed.y[c]! < 8).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a chain of cores scattered over the grid is pulled together', () => {
  const n = 36;
  // Core i talks to core (i * 17) mod 36: far away in index order.
  const links = Array.from({ length: n }, (_, i) => ({ from: (i * 17) % n, to: ((i + 1) * 17) % n, spikes: 1 }));
  const { initialHops, hops } = placeCores(n, links, { width: 64, height: 64, faulty: [] }, 1);
  expect(hops).toBeLessThan(0.5 * initialHops);
});

test('the same seed gives the same places', () => {
  const links = [{ from: 0, to: 5, spikes: 3 }];
  expect(placeCores(10, links, grid, 4)).toEqual(placeCores(10, links, grid, 4));
});
