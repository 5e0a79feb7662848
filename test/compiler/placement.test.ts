import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { hilbertIndex } from '../../src/compiler/targets/truenorth/placement-order.js';
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
      const length = links.reduce(
        (sum, { from, to, spikes }) =>
          sum + spikes * (Math.abs(placed.x[from]! - placed.x[to]!) + Math.abs(placed.y[from]! - placed.y[to]!)),
        0,
      );
      expect(placed.hops).toBe(length);
      expect(placed.hops).toBeLessThanOrEqual(placed.initialHops);
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

/** `size` cores a module, in random order; three in four spikes stay in the module. */
function modularTraffic(nCores: number, size: number, spikesPerCore: number, seed: number) {
  const random = sequence(seed, PURPOSE.test);
  const shuffled = Array.from({ length: nCores }, (_, c) => ({ c, key: random.uniform() })).sort(
    (a, b) => a.key - b.key,
  );
  const place = new Int32Array(nCores);
  shuffled.forEach(({ c }, i) => (place[c] = i));
  return Array.from({ length: nCores * spikesPerCore }, (_, i) => {
    const from = Math.floor(i / spikesPerCore);
    const first = Math.floor(place[from]! / size) * size;
    const to = random.below(4) > 0 ? first + random.below(size) : random.below(nCores);
    return { from, to: shuffled[to]!.c, spikes: 1 };
  });
}

test('a chip of 4,096 cores with 256 spikes each is placed in seconds, modules are found again', () => {
  const links = modularTraffic(4096, 64, 256, 7);
  const start = process.cpuUsage();
  const { hops, rowMajorHops } = placeCores(4096, links, { width: 64, height: 64, faulty: [] }, 1);
  const { user, system } = process.cpuUsage(start);
  // 42.7 hops between random places, 5.3 inside a module of 8 x 8: at best 3 times less.
  expect(rowMajorHops / hops).toBeGreaterThan(2.5);
  expect((user + system) / 1e6).toBeLessThan(20);
});

test('a group that talks stays on one chip where it fits', () => {
  const links = modularTraffic(128, 32, 64, 3);
  const board = { width: 16, height: 16, faulty: [], chipWidth: 8, chipHeight: 8 };
  const { crossings, rowMajorCrossings } = placeCores(128, links, board, 1);
  expect(crossings).toBeLessThan(0.6 * rowMajorCrossings);
});

test('the Hilbert curve visits every cell once and moves by one cell', () => {
  const cells = Array.from({ length: 256 }, (_, i) => [i % 16, i >> 4] as const);
  const curve = cells.toSorted(([ax, ay], [bx, by]) => hilbertIndex(16, ax, ay) - hilbertIndex(16, bx, by));
  expect(curve.map(([x, y]) => hilbertIndex(16, x, y))).toEqual(Array.from({ length: 256 }, (_, i) => i));
  curve.slice(1).forEach(([x, y], i) => {
    const [fromX, fromY] = curve[i]!;
    expect(Math.abs(x - fromX) + Math.abs(y - fromY)).toBe(1);
  });
});
