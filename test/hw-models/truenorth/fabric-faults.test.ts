import { describe, expect, it } from 'vitest';
import { BOARDS } from '../../../src/hw-models/truenorth/board.js';
import { drawDeadCores } from '../../../src/hw-models/truenorth/board-faults.js';
import {
  type DownFabric,
  downFabric,
  downPlaces,
  drawDownFabric,
  standsOnDown,
  withDetours,
  withUnknownDown,
} from '../../../src/hw-models/truenorth/fabric-faults.js';
import { PORT } from '../../../src/hw-models/truenorth/mesh.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NO_TARGET, type TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import type { Engine } from '../../../src/simulator/engines/contract.js';
import { createBatchEngine } from '../../../src/simulator/engines/batch/engine.js';
import { createBatchImage } from '../../../src/simulator/engines/batch/image.js';
import { createFastEngine } from '../../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../../src/simulator/engines/fast/image.js';
import { createReferenceEngine } from '../../../src/simulator/engines/reference/engine.js';
import { connect, emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';

const GRID = { gridWidth: 8, gridHeight: 8 };

/** Core 0 at (1, 1) drives core 1 at (4, 3), core 2 at (4, 1), itself and pin 0, from neurons 0 to 3, in every tick. */
function star(): TrueNorthProgram {
  const spec = { ...TRUENORTH, ...GRID };
  const cores = emptyCores(3, spec);
  cores.x.set([1, 4, 4]);
  cores.y.set([1, 3, 1]);
  const targets = [{ core: 1, axon: 0 }, { core: 2, axon: 0 }, { core: 0, axon: 7 }, { pin: 0 }];
  targets.forEach((to, neuron) => setNeuron(cores, 0, neuron, { leak: 1, threshold: 1, negativeThreshold: 0, to }));
  connect(cores, 1, 0, 0);
  setNeuron(cores, 1, 0, { weights: [1, 0, 0, 0], threshold: 1, negativeThreshold: 0, to: { pin: 1 } });
  return programOf(cores, { spec, pinClass: [0, 1] });
}

/** Which of the four neurons of core 0 still drive something. */
const alive = (fabric: DownFabric): boolean[] =>
  Array.from(withUnknownDown(star(), fabric).cores.target.subarray(0, 4), (to) => to !== NO_TARGET);

describe('a mesh with unknown faults', () => {
  it('loses the spikes whose way along x, then y, leads over a router that is down', () => {
    expect(alive(downFabric(GRID, []))).toEqual([true, true, true, true]);
    expect(alive(downFabric(GRID, [[2, 1]]))).toEqual([false, false, true, true]);
    expect(alive(downFabric(GRID, [[4, 2]]))).toEqual([false, true, true, true]);
    expect(alive(downFabric(GRID, [[1, 2]]))).toEqual([true, true, true, true]);
    // The target itself; the corner of one route is the target of the other.
    expect(alive(downFabric(GRID, [[4, 3]]))).toEqual([false, true, true, true]);
    expect(alive(downFabric(GRID, [[4, 1]]))).toEqual([false, false, true, true]);
    // The core itself is silent.
    expect(alive(downFabric(GRID, [[1, 1]]))).toEqual([false, false, false, false]);
  });

  it('loses them at links in their direction only', () => {
    expect(alive(downFabric(GRID, [], [[3, 1, PORT.east]]))).toEqual([false, false, true, true]);
    expect(alive(downFabric(GRID, [], [[4, 1, PORT.west]]))).toEqual([true, true, true, true]);
    expect(alive(downFabric(GRID, [], [[4, 2, PORT.north]]))).toEqual([false, true, true, true]);
    expect(alive(downFabric(GRID, [], [[4, 3, PORT.south]]))).toEqual([true, true, true, true]);
  });

  it('is the same program where nothing of it is touched', () => {
    const program = star();
    expect(withUnknownDown(program, downFabric(GRID, [[7, 7]]))).toBe(program);
    const { cores } = withUnknownDown(program, downFabric(GRID, [[2, 1]]));
    expect(cores.synapses).toBe(program.cores.synapses);
  });
});

describe('a mesh with known faults', () => {
  const extra = (fabric: DownFabric): number[] | undefined => {
    const { extraHops } = withDetours(star(), fabric).cores;
    return extraHops === undefined ? undefined : [...extraHops.subarray(0, 4)];
  };

  it('goes along y first where that is up, else a shortest way', () => {
    expect(extra(downFabric(GRID, [[4, 2]]))).toBeUndefined();
    // Both ways of neuron 0 are down; one more turn between them is up.
    expect(
      extra(
        downFabric(GRID, [
          [4, 2],
          [1, 2],
        ]),
      ),
    ).toBeUndefined();
    // The straight way of neuron 1 is down: one row up or down and back.
    expect(extra(downFabric(GRID, [[2, 1]]))).toEqual([0, 2, 0, 0]);
    expect(extra(downFabric(GRID, [], [[2, 1, PORT.east]]))).toEqual([0, 2, 0, 0]);
    // A wall from the lower edge up to row 4.
    const wall = [0, 1, 2, 3, 4].map((y): [number, number] => [3, y]);
    expect(extra(downFabric(GRID, wall))).toEqual([4, 8, 0, 0]);
  });

  it('names every core that is cut off', () => {
    const around = downFabric(
      GRID,
      [],
      [
        [1, 1, PORT.east],
        [1, 1, PORT.west],
        [1, 1, PORT.north],
        [1, 1, PORT.south],
      ],
    );
    expect(() => withDetours(star(), around)).toThrow(/core-cut-off.*core 0 at 1,1.*core 1 at 4,3 and 1 more/);
  });

  it('counts the hops of detours on all engines, and changes nothing else', () => {
    const healthy = star();
    const program = withDetours(healthy, downFabric(GRID, [[2, 1]]));
    const counters = (engine: Engine) => {
      for (let tick = 0; tick < 10; tick++) engine.tick();
      return engine.takeCounters();
    };
    const before = counters(createReferenceEngine({ program: healthy }));
    const after = counters(createReferenceEngine({ program }));
    expect(before.hops).toBe(10 * (5 + 3));
    expect(after).toEqual({ ...before, hops: 10 * (5 + 5) });
    expect(counters(createFastEngine(createFastImage(program, 1)))).toEqual(after);
    const batch = createBatchEngine(createBatchImage(program, 1));
    batch.reset(1);
    for (let tick = 0; tick < 10; tick++) batch.tick();
    expect(batch.takeCounters()).toMatchObject({ hops: after.hops, coreSpikes: after.coreSpikes });
  });
});

describe('what is down on a chip', () => {
  it('is drawn for every core, link and chip of the grid, nested', () => {
    const spec = BOARDS.ns16e;
    const at = (rates: { cores?: number; links?: number; chips?: number }) =>
      drawDownFabric(spec, { cores: 0, links: 0, chips: 0, ...rates }, 5).down;
    const share = (down: Uint8Array, bits: number): number => {
      let count = 0;
      for (const flags of down) for (let rest = flags & bits; rest !== 0; rest &= rest - 1) count++;
      return count / down.length;
    };
    for (const [kind, bits, per] of [
      ['cores', 16, 1],
      ['links', 15, 4],
    ] as const) {
      const [few, many] = [at({ [kind]: 0.01 }), at({ [kind]: 0.1 })];
      expect(Math.abs(share(few, bits) / per - 0.01)).toBeLessThan(5 * Math.sqrt(0.01 / 65_536 / per));
      expect(Math.abs(share(many, bits) / per - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / 65_536 / per));
      expect(few.every((flags, place) => (flags & ~many[place]!) === 0)).toBe(true);
      expect(share(many, 31 - bits)).toBe(0);
    }
    const chips = at({ chips: 0.4 });
    const corner = (x: number, y: number): number => chips[y * 256 + x]!;
    const perChip = Array.from({ length: 16 }, (_, chip) => corner((chip % 4) * 64, Math.floor(chip / 4) * 64));
    expect(new Set(perChip)).toEqual(new Set([0, 16]));
    expect(chips.every((flags, place) => flags === perChip[((place >> 14) & 3) * 4 + ((place >> 6) & 3)])).toBe(true);
    expect(at({ chips: 1 }).every((flags) => flags === 16)).toBe(true);
    expect(at({}).every((flags) => flags === 0)).toBe(true);
  });

  it('has the cores that fail behind a working router at the same rate and seed', () => {
    const fabric = drawDownFabric(TRUENORTH, { cores: 0.05, links: 0, chips: 0 }, 9);
    expect(downPlaces(fabric)).toEqual(drawDeadCores(TRUENORTH, 0.05, 9));
  });

  it('is where a core of the program stands, or not', () => {
    expect(standsOnDown(star(), downFabric(GRID, [[4, 3]]))).toBe(true);
    expect(standsOnDown(star(), downFabric(GRID, [[3, 4]]))).toBe(false);
    expect(standsOnDown(star(), downFabric(GRID, [], [[4, 3, PORT.east]]))).toBe(false);
  });
});
