import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { BOARDS } from '../../../src/hw-models/truenorth/board.js';
import { MeshModel } from '../../../src/hw-models/truenorth/mesh-model.js';
import { standardMesh } from '../../../src/hw-models/truenorth/mesh.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { clockedCyclesPerTick, coreClock, DEFAULT_TIMING } from '../../../src/hw-models/truenorth/timing.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../src/ir/program/truenorth.js';
import { createReferenceEngine } from '../../../src/simulator/engines/reference/engine.js';
import { checkTicks, fastestTick, independentTicks, maxOf } from '../../../src/simulator/noc/deadlines.js';
import { PacketCollector, type PacketLog, timeLine } from '../../../src/simulator/noc/packet-log.js';
import { timeProgram, type TimingOptions } from '../../../src/simulator/noc/program-timing.js';
import { createTracingEngine } from '../../../src/simulator/noc/spike-trace.js';
import { connect, emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';
import { randomProgram } from '../../../src/chips/truenorth/kit/random-program.js';

const OPTIONS: TimingOptions = { limit: 1, seed: 1, model: 'event', constants: DEFAULT_TIMING, tickNs: 1e6 };
const ONE_PIXEL = {
  name: 'bright',
  shape: [1, 1, 1],
  images: new Uint8Array(8).fill(255),
  labels: new Uint8Array(8),
  nClasses: 1,
};

/** The pixel drives `synapses` neurons of core 0 at (0, 0); neuron `neuron` of them sends to core 1 with a delay. */
function twoCores(place: {
  readonly at: readonly [number, number];
  readonly neuron: number;
  readonly synapses: number;
  readonly delay?: number;
  readonly spec?: TrueNorthSpec;
}): TrueNorthProgram {
  const cores = emptyCores(2);
  cores.x[1] = place.at[0];
  cores.y[1] = place.at[1];
  for (let n = 0; n < 256; n++) setNeuron(cores, 0, n, { weights: [0, 0, 0, 0], threshold: 1 });
  for (let s = 0; s < place.synapses; s++) connect(cores, 0, 0, (place.neuron + s) % 256);
  setNeuron(cores, 0, place.neuron, {
    weights: [1, 0, 0, 0],
    threshold: 1,
    to: { core: 1, axon: 0 },
    delay: place.delay ?? 1,
  });
  return programOf(cores, {
    ...(place.spec === undefined ? {} : { spec: place.spec }),
    inputShape: [1, 1, 1],
    inputs: [[0, 0]],
  });
}

describe('the spike trace', () => {
  it('changes nothing: potentials and pins equal those of the reference model, stochastic modes included', () => {
    for (const seed of [1, 2, 3]) {
      const program = randomProgram({ seed, nCores: 3, density: 0.1 });
      const reference = createReferenceEngine({ program });
      let traced = 0;
      const engine = createTracingEngine(program, ({ spikes }) => (traced += spikes.length));
      const key = { drop: 0, seed: 9, firstSample: 0 };
      reference.reset(key);
      engine.reset(key);
      for (let tick = 0; tick < 40; tick++) {
        for (const each of [reference, engine]) {
          each.inject(tick % 3, tick, tick);
          each.tick();
        }
        expect(engine.potentials()).toEqual(reference.potentials());
        expect(engine.pinCounts).toEqual(reference.pinCounts);
      }
      expect(traced).toBe(reference.takeCounters().coreSpikes.reduce((a, b) => a + b, 0));
    }
  });
});

describe('core time', () => {
  it('of the clocked controller is 66,051 cycles for a core of 256 x 256, whatever happens', () => {
    expect(clockedCyclesPerTick(TRUENORTH)).toBe(66_051);
    const clock = coreClock('clocked', TRUENORTH, { ...DEFAULT_TIMING, clockMhz: 50 });
    expect(clock.coreNs(0)).toBe(66_051 * 20);
    expect(clock.coreNs(9999)).toBe(66_051 * 20);
    expect(clock.sendNs(0, 0)).toBe(258 * 20);
  });

  it('of the event-driven core is 256 x 168 ns and 7.16 ns per synaptic operation: 47.6 us at 20 Hz and 128 synapses', () => {
    const clock = coreClock('event', TRUENORTH, DEFAULT_TIMING);
    expect(clock.coreNs(0)).toBeCloseTo(43_008, 6);
    expect(clock.coreNs(100)).toBeCloseTo(43_008 + 716, 6);
    expect(Math.abs(clock.coreNs(256 * 0.02 * 128) / 47_600 - 1)).toBeLessThan(0.01);
  });
});

describe('the timing of a program', () => {
  it('adds core time and mesh: send, 3 hops + 2, deadline at the next tick', () => {
    const program = twoCores({ at: [3, 4], neuron: 9, synapses: 6 });
    const result = timeProgram(program, ONE_PIXEL, OPTIONS);
    const sendCycles = Math.ceil((10 * (168 + (6 * 7.16) / 256)) / 7.16);
    const arrivalNs = (sendCycles + 3 * (3 + 4 + 1) + 2) * 7.16;
    expect(result.packets).toBe(1);
    expect(result.maxCoreEvents).toBe(6);
    expect(result.deadline.met).toBe(true);
    // Whole cycles of the mesh fit 139,664 times into 1 ms.
    expect(result.deadline.slackNs).toBeCloseTo(139_664 * 7.16 - arrivalNs, 6);
    // The spike leaves early: the slowest core decides.
    expect(result.fastest).toMatchObject({ limitedBy: 'core', packet: null, overlapping: false });
    expect(result.fastest.tickNs).toBeCloseTo(Math.ceil((43_008 + 6 * 7.16) / 7.16) * 7.16, 6);
  });

  it('names the packet that decides and what its time goes to', () => {
    const near = timeProgram(twoCores({ at: [3, 4], neuron: 255, synapses: 1 }), ONE_PIXEL, OPTIONS).fastest;
    expect(near).toMatchObject({
      limitedBy: 'core of a packet',
      packet: { core: 0, neuron: 255, targetCore: 1, delay: 1 },
    });
    expect(near.tickNs).toBeCloseTo(near.packet?.arrivalNs ?? 0, 6);
    const slowMesh = { ...DEFAULT_TIMING, meshCycleNs: 1000 };
    const far = timeProgram(twoCores({ at: [60, 60], neuron: 255, synapses: 1 }), ONE_PIXEL, {
      ...OPTIONS,
      constants: slowMesh,
    });
    expect(far.fastest.limitedBy).toBe('distance');
    expect(far.fastest.packet?.distanceNs).toBe((3 * 121 + 2) * 1000);
    expect(far.deadline.met).toBe(true);
    expect(
      timeProgram(twoCores({ at: [60, 60], neuron: 255, synapses: 1 }), ONE_PIXEL, {
        ...OPTIONS,
        constants: slowMesh,
        tickNs: 400_000,
      }).deadline,
    ).toMatchObject({ met: false, missedPackets: 1, lateTicks: 0 });
  });

  it('gives a packet as many ticks as its delay', () => {
    const slowMesh = { ...DEFAULT_TIMING, meshCycleNs: 1000 };
    const time = (delay: number): number =>
      timeProgram(twoCores({ at: [60, 60], neuron: 255, synapses: 1, delay }), ONE_PIXEL, {
        ...OPTIONS,
        constants: slowMesh,
      }).fastest.tickNs;
    expect(time(1)).toBe((44 + 365) * 1000);
    expect(time(2)).toBe(Math.ceil((44 + 365) / 2) * 1000);
    // The core itself cannot be faster than this.
    expect(time(15)).toBe(44_000);
  });

  it('measures chip edges against their budget', () => {
    const program = twoCores({ at: [70, 0], neuron: 0, synapses: 1, spec: BOARDS.ns16e });
    const { edges } = timeProgram(program, ONE_PIXEL, { ...OPTIONS, limit: 2 });
    expect(edges).toEqual([{ edge: 'chip 0,0 -> chip 1,0', spikesPerTick: 1, tick: 0, budget: 20_000 }]);
    expect(timeProgram(twoCores({ at: [40, 0], neuron: 0, synapses: 1 }), ONE_PIXEL, OPTIONS).edges).toEqual([]);
  });

  it('refuses data of another shape', () => {
    const data = { ...ONE_PIXEL, shape: [2, 1, 1] };
    expect(() => timeProgram(twoCores({ at: [1, 0], neuron: 0, synapses: 1 }), data, OPTIONS)).toThrow(/2, 1, 1/);
  });
});

/** Bursts over a few ticks on a 5 x 5 mesh with delays 1 to 3. */
function randomLog(seed: number, nPackets: number): PacketLog {
  const random = sequence(seed, PURPOSE.test);
  const collector = new PacketCollector();
  for (let tick = 0; tick < 4; tick++) {
    collector.add(
      tick,
      Array.from({ length: nPackets }, (_, neuron) => ({
        release: random.below(20),
        source: random.below(25),
        destination: random.below(3) === 0 ? 12 : random.below(25),
        delay: 1 + random.below(3),
        neuron,
      })),
    );
  }
  return collector.log();
}

describe('the fastest tick', () => {
  const mesh = standardMesh(5, 5);

  it('meets every deadline on the readable mesh, and one cycle less does not where ticks do not overlap', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 40 }),
        (seed, n, coreCycles) => {
          const log = randomLog(seed, n);
          const best = fastestTick(mesh, log, coreCycles, independentTicks(mesh, log));
          expect(best.tickCycles).toBeGreaterThanOrEqual(coreCycles);
          const { traffic, order } = timeLine(log, best.tickCycles);
          const model = new MeshModel(mesh, traffic);
          model.run(1_000_000);
          order.forEach((p, i) => {
            const deadline = (log.tick[p]! + log.delay[p]!) * best.tickCycles;
            expect(model.arrival[i]!).toBeLessThanOrEqual(deadline);
          });
          if (maxOf(best.arrival) <= best.tickCycles && best.tickCycles > coreCycles) {
            expect(checkTicks(mesh, log, best.tickCycles - 1).missed).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
