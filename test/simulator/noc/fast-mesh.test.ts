import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { MeshModel } from '../../../src/hw-models/truenorth/mesh-model.js';
import {
  type MeshSpec,
  type MeshTraffic,
  standardMesh,
  zeroLoadCycles,
} from '../../../src/hw-models/truenorth/mesh.js';
import { fasterKernel, simulateMesh } from '../../../src/simulator/noc/fast-mesh.js';
import { drawTraffic } from '../../../src/simulator/noc/synthetic-traffic.js';

/** Packets from rows of [release, source, destination]. */
function packets(rows: readonly (readonly [number, number, number])[]): MeshTraffic {
  const sorted = [...rows].sort((a, b) => a[0] - b[0]);
  return {
    release: Int32Array.from(sorted, ([release]) => release),
    source: Int32Array.from(sorted, ([, source]) => source),
    destination: Int32Array.from(sorted, ([, , destination]) => destination),
  };
}

const meshes: fc.Arbitrary<MeshSpec> = fc.record({
  width: fc.integer({ min: 1, max: 9 }),
  height: fc.integer({ min: 1, max: 9 }),
  bufferFlits: fc.integer({ min: 1, max: 9 }),
  injectCycles: fc.integer({ min: 1, max: 4 }),
  hopCycles: fc.integer({ min: 1, max: 5 }),
  ejectCycles: fc.integer({ min: 1, max: 5 }),
  creditCycles: fc.integer({ min: 1, max: 5 }),
  chipWidth: fc.integer({ min: 1, max: 6 }),
  chipHeight: fc.integer({ min: 1, max: 6 }),
  edgeCycles: fc.integer({ min: 0, max: 9 }),
});

/** Traffic with pauses, hot spots and bursts. */
function mixedTraffic({ width, height }: MeshSpec, nPackets: number, seed: number): MeshTraffic {
  const random = sequence(seed, PURPOSE.test);
  const n = width * height;
  const hot = random.below(n);
  let cycle = 0;
  return packets(
    Array.from({ length: nPackets }, () => {
      if (random.below(3) === 0) cycle += random.below(20) === 0 ? 400 : random.below(4);
      return [cycle, random.below(n), random.below(4) === 0 ? hot : random.below(n)] as const;
    }),
  );
}

const KERNELS = ['dense', 'sparse'] as const;

describe('the fast mesh', () => {
  it('delivers every packet in the same cycle as the readable model, whatever the mesh', () => {
    fc.assert(
      fc.property(meshes, fc.integer({ min: 1, max: 250 }), fc.nat(), (spec, nPackets, seed) => {
        const traffic = mixedTraffic(spec, nPackets, seed);
        const model = new MeshModel(spec, traffic);
        model.run(100_000);
        expect(model.arrival.every((cycle) => cycle >= 0)).toBe(true);
        for (const kernel of KERNELS) {
          expect(simulateMesh(spec, traffic, 100_000, kernel).arrival).toEqual(model.arrival);
        }
      }),
      { numRuns: 60 },
    );
  });

  // The kernel takes 64 routers at a time: rows that are shorter, as long and longer than that.
  it.each([7, 31, 63, 64, 65, 130, 200])('does so on rows of %i routers, which cross its words of 64', (width) => {
    fc.assert(
      fc.property(meshes, fc.integer({ min: 2, max: 3 }), fc.nat(), (small, height, seed) => {
        const spec = { ...small, width, height, chipWidth: Math.min(64, small.chipWidth * 9) };
        const traffic = mixedTraffic(spec, 120, seed);
        const model = new MeshModel(spec, traffic);
        model.run(100_000);
        for (const kernel of KERNELS) {
          expect(simulateMesh(spec, traffic, 100_000, kernel).arrival).toEqual(model.arrival);
        }
      }),
      { numRuns: 2 },
    );
  });

  it.each([1, 2, 7, 8, 9, 15, 16, 17, 64])(
    'does so with %i places a buffer, filled by all sending to one',
    (bufferFlits) => {
      const spec: MeshSpec = { ...standardMesh(12, 6), bufferFlits };
      const rows = Array.from(
        { length: 1500 },
        (_, p) => [Math.floor(p / 60), (p * 7) % 72, p % 9 === 0 ? p % 72 : 40] as const,
      );
      const traffic = packets(rows);
      const model = new MeshModel(spec, traffic);
      model.run(100_000);
      for (const kernel of KERNELS) {
        expect(simulateMesh(spec, traffic, 100_000, kernel).arrival).toEqual(model.arrival);
      }
    },
  );

  it('stops where it is told, with packets still on their way', () => {
    const spec = standardMesh(8, 8);
    const traffic = drawTraffic({ pattern: 'uniform', side: 8, rate: 0.3, cycles: 60, seed: 3 });
    const model = new MeshModel(spec, traffic);
    model.run(50);
    expect(model.arrival).toContain(-1);
    for (const kernel of KERNELS) expect(simulateMesh(spec, traffic, 50, kernel).arrival).toEqual(model.arrival);
  });

  it('takes 3 hops + 2 cycles through an empty mesh, between every pair of routers', () => {
    const spec = standardMesh(6, 5);
    for (let source = 0; source < 30; source++) {
      for (let destination = 0; destination < 30; destination++) {
        const dx = Math.abs((source % 6) - (destination % 6));
        const dy = Math.abs(Math.floor(source / 6) - Math.floor(destination / 6));
        expect(zeroLoadCycles(spec, source, destination)).toBe(3 * (dx + dy + 1) + 2);
        // A release long after the start: idle cycles are passed over.
        const { arrival } = simulateMesh(spec, packets([[1000, source, destination]]));
        expect(arrival[0]).toBe(1000 + 3 * (dx + dy + 1) + 2);
      }
    }
  });

  it('lets one packet per interval cross a chip edge', () => {
    const spec: MeshSpec = { ...standardMesh(8, 4), chipWidth: 4, chipHeight: 4, edgeCycles: 7 };
    // Four rows, all packets cross from x = 3 to x = 4.
    const crossing = packets(Array.from({ length: 80 }, (_, p) => [0, (p % 4) * 8 + 3, (p % 4) * 8 + 4] as const));
    const arrival = simulateMesh(spec, crossing).arrival.toSorted();
    const gaps = Array.from(arrival.subarray(1), (cycle, i) => cycle - arrival[i]!);
    expect(gaps.every((gap) => gap === 7)).toBe(true);
    // A packet that stays on its chip is not slowed down.
    expect(simulateMesh(spec, packets([[0, 0, 3]])).arrival[0]).toBe(zeroLoadCycles(spec, 0, 3));
    expect(simulateMesh(spec, packets([[0, 3, 4]])).arrival[0]).toBeGreaterThanOrEqual(zeroLoadCycles(spec, 3, 4) + 7);
  });

  it('takes the dense kernel where many packets move at a time, and the sparse one elsewhere', () => {
    const choice = (side: number, rate: number): string =>
      fasterKernel(
        standardMesh(side, side),
        drawTraffic({ pattern: 'uniform', side, rate, cycles: Math.ceil(2000 / rate / side / side), seed: 1 }),
      );
    expect([choice(8, 0.05), choice(16, 0.05), choice(64, 0.01)]).toEqual(['dense', 'dense', 'dense']);
    expect([choice(8, 0.001), choice(64, 0.0001)]).toEqual(['sparse', 'sparse']);
    // A burst is as dense as it is while it lasts, however long nothing comes after it.
    const burst = packets(
      Array.from({ length: 4000 }, (_, p) => [p < 2000 ? 0 : 1_000_000, p % 64, (p * 7) % 64] as const),
    );
    expect(fasterKernel(standardMesh(8, 8), burst)).toBe('dense');
    expect(fasterKernel(standardMesh(8, 8), packets([]))).toBeTypeOf('string');
  });

  it('refuses meshes and packets that do not exist, all at once', () => {
    const spec = { ...standardMesh(4, 4), bufferFlits: 0, hopCycles: 99 };
    expect(() => simulateMesh(spec, packets([[0, 0, 16]]))).toThrow(/bufferFlits[^]*hopCycles[^]*packets/);
  });
});

describe('the readable mesh', () => {
  it('does not depend on the order in which routers are visited', () => {
    fc.assert(
      fc.property(meshes, fc.nat(), (spec, seed) => {
        const traffic = mixedTraffic(spec, 150, seed);
        const forward = new MeshModel(spec, traffic);
        const random = sequence(seed, PURPOSE.test, 1);
        const n = spec.width * spec.height;
        const order = Array.from({ length: n }, (_, r) => ({ r, key: random.uniform() }))
          .sort((a, b) => a.key - b.key)
          .map(({ r }) => r);
        const shuffled = new MeshModel(spec, traffic, order);
        forward.run(20_000);
        shuffled.run(20_000);
        expect(shuffled.arrival).toEqual(forward.arrival);
      }),
      { numRuns: 30 },
    );
  });

  it('never lets a buffer overflow: a packet waits at its source while the way is full', () => {
    const spec: MeshSpec = { ...standardMesh(3, 1), bufferFlits: 1 };
    const burst = packets(Array.from({ length: 20 }, () => [0, 0, 2] as const));
    const model = new MeshModel(spec, burst);
    model.run(1000);
    const sorted = model.arrival.toSorted();
    // One place a buffer: it is free again hopCycles + creditCycles after it was sent into.
    expect(sorted[1]! - sorted[0]!).toBe(spec.hopCycles + spec.creditCycles);
    expect(sorted[19]! - sorted[0]!).toBe(19 * (spec.hopCycles + spec.creditCycles));
  });
});
