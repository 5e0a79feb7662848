import { describe, expect, it } from 'vitest';
import type { MeshTraffic } from '../../../src/hw-models/truenorth/mesh.js';
import { drawTraffic, meanLatency, type TrafficPattern } from '../../../src/simulator/noc/synthetic-traffic.js';

/** Destination of every source that occurs, and of each the set of destinations. */
function destinationsOf({ source, destination }: MeshTraffic): Map<number, Set<number>> {
  const seen = new Map<number, Set<number>>();
  source.forEach((from, p) => seen.set(from, (seen.get(from) ?? new Set()).add(destination[p]!)));
  return seen;
}

const draw = (pattern: TrafficPattern, side = 8, rate = 0.3, cycles = 400): MeshTraffic =>
  drawTraffic({ pattern, side, rate, cycles, seed: 5 });

describe('synthetic traffic', () => {
  it.each([
    ['transpose', 8, 1 + 8 * 6, 6 + 8 * 1],
    ['bitcomp', 8, 0b001_110, 0b110_001],
    ['tornado', 8, 6 + 8 * 2, 1 + 8 * 5],
    ['tornado', 5, 3 + 5 * 1, 0 + 5 * 3],
  ] as const)('%s on %i x sends router %i to %i and nowhere else', (pattern, side, from, to) => {
    const seen = destinationsOf(draw(pattern, side));
    expect(seen.size).toBe(side * side);
    expect([...(seen.get(from) ?? [])]).toEqual([to]);
  });

  it('hotspot sends all routers to routers 27 and 36 of 64, half to each', () => {
    const { destination } = draw('hotspot', 8, 0.5, 2000);
    const first = destination.filter((to) => to === 27).length;
    expect(first + destination.filter((to) => to === 36).length).toBe(destination.length);
    expect(Math.abs(first / destination.length - 0.5)).toBeLessThan(0.01);
  });

  it('uniform sends every router to every router, itself included', () => {
    const seen = destinationsOf(draw('uniform', 4, 0.3, 3000));
    for (const to of seen.values()) expect(to.size).toBe(16);
  });

  it.each([0.001, 0.0123, 0.2, 0.5, 0.93])(
    'releases at the rate %f from all routers alike, independently of the last cycle',
    (rate) => {
      const cycles = Math.ceil(40_000 / rate / 16);
      const { release, source } = drawTraffic({ pattern: 'transpose', side: 4, rate, cycles, seed: 9 });
      const perRouter = new Array<number>(16).fill(0);
      let following = 0;
      const last = new Int32Array(16).fill(-2);
      release.forEach((cycle, p) => {
        const from = source[p]!;
        perRouter[from]!++;
        if (last[from] === cycle - 1) following++;
        last[from] = cycle;
      });
      // Five standard deviations of 40,000 and of 2,500 draws.
      expect(Math.abs(release.length / 40_000 - 1)).toBeLessThan(5 / 200);
      for (const n of perRouter) expect(Math.abs(n / 2500 - 1)).toBeLessThan(5 / 50);
      const expected = rate * release.length;
      expect(Math.abs(following - expected)).toBeLessThan(5 * Math.sqrt(expected) + 5);
    },
  );

  it('is sorted, sends at most one packet per router and cycle, and ends with its cycles', () => {
    const { release, source } = draw('uniform', 8, 0.4, 300);
    const place = Array.from(release, (cycle, p) => cycle * 64 + source[p]!);
    expect(place.every((at, p) => p === 0 || at > place[p - 1]!)).toBe(true);
    expect(release.at(-1)).toBeLessThan(300);
    expect(draw('uniform', 8, 1, 20).release).toHaveLength(64 * 20);
    expect(draw('uniform', 8, 0, 20).release).toHaveLength(0);
  });

  it('counts a mean over the packets of a window, and none where one is still on its way', () => {
    const traffic = {
      release: Int32Array.of(0, 10, 20),
      source: Int32Array.of(0, 0, 0),
      destination: Int32Array.of(0, 0, 0),
    };
    expect(meanLatency(traffic, Int32Array.of(5, 17, -1), 0, 20)).toBe(6);
    expect(meanLatency(traffic, Int32Array.of(5, 17, -1), 10, 21)).toBeNaN();
  });
});
