import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
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

/** The same, step by step on sets of what is down: links are `x,y>port`. */
function plainMesh({ width, height, down }: DownFabric) {
  const steps = [
    [PORT.east, 1, 0],
    [PORT.west, -1, 0],
    [PORT.north, 0, 1],
    [PORT.south, 0, -1],
  ] as const;
  type Place = readonly [number, number];
  const isCoreUp = ([x, y]: Place): boolean => Math.floor(down[y * width + x]! / 16) % 2 === 0;
  /** The neighbour behind a port; undefined where none is or the way is down. */
  const step = ([x, y]: Place, port: number): Place | undefined => {
    const [, dx, dy] = steps.find(([of]) => of === port)!;
    const to: Place = [x + dx, y + dy];
    if (to[0] < 0 || to[0] >= width || to[1] < 0 || to[1] >= height) return undefined;
    const isLinkUp = Math.floor(down[y * width + x]! / 2 ** port) % 2 === 0;
    return isLinkUp && isCoreUp([x, y]) && isCoreUp(to) ? to : undefined;
  };
  const walk = (from: Place, ports: readonly number[]): boolean => {
    let at: Place | undefined = from;
    for (const port of ports) at = at === undefined ? undefined : step(at, port);
    return at !== undefined;
  };
  const along = (axis: 0 | 1, from: Place, to: Place): number[] => {
    const [up, back] = axis === 0 ? [PORT.east, PORT.west] : [PORT.north, PORT.south];
    const n = to[axis] - from[axis];
    return new Array<number>(Math.abs(n)).fill(n > 0 ? up : back);
  };
  /** Links of a shortest way, by rounds of neighbours. */
  const distance = (from: Place, to: Place): number | undefined => {
    let round: Place[] = [from];
    const seen = new Set([String(from)]);
    for (let n = 0; round.length > 0; n++) {
      if (round.some((at) => String(at) === String(to))) return n;
      round = round.flatMap((at) =>
        steps.flatMap(([port]) => {
          const next = step(at, port);
          if (next === undefined || seen.has(String(next))) return [];
          seen.add(String(next));
          return [next];
        }),
      );
    }
    return undefined;
  };
  return {
    isXyUp: (from: Place, to: Place) => walk(from, [...along(0, from, to), ...along(1, from, to)]),
    isYxUp: (from: Place, to: Place) => walk(from, [...along(1, from, to), ...along(0, from, to)]),
    distance,
  };
}

describe('routes over a random fabric', () => {
  /** Six cores on the grid of 7 x 5, corners among them; every one drives every other and itself by the neuron of its number. */
  function allToAll(random: ReturnType<typeof sequence>): TrueNorthProgram {
    const spec = { ...TRUENORTH, gridWidth: 7, gridHeight: 5 };
    const cores = emptyCores(6, spec);
    const places = new Set([0, 34]);
    while (places.size < 6) places.add(random.below(35));
    cores.x.set([...places].map((at) => at % 7));
    cores.y.set([...places].map((at) => Math.floor(at / 7)));
    for (let from = 0; from < 6; from++)
      for (let to = 0; to < 6; to++) setNeuron(cores, from, to, { to: { core: to, axon: 0 } });
    return programOf(cores, { spec });
  }

  it('lose and detour as plain walks and rounds of neighbours say', () => {
    let [nLost, nDetours, nCutOff] = [0, 0, 0];
    for (const seed of Array.from({ length: 60 }, (_, n) => n)) {
      const random = sequence(seed, PURPOSE.test, 7);
      const program = allToAll(random);
      const { cores } = program;
      const place = (core: number) => [cores.x[core]!, cores.y[core]!] as const;
      const own = new Set([0, 1, 2, 3, 4, 5].map((core) => String(place(core))));
      const all = Array.from({ length: 35 }, (_, at) => [at % 7, Math.floor(at / 7)] as const);
      const downCores = all.filter((at) => random.below(6) === 0 && !own.has(String(at)));
      const links = all.flatMap(([x, y]) =>
        [0, 1, 2, 3].filter(() => random.below(seed % 2 === 0 ? 12 : 4) === 0).map((port) => [x, y, port] as const),
      );
      const fabric = downFabric(program.spec, downCores, links);
      const plain = plainMesh(fabric);
      const unknown = withUnknownDown(program, fabric).cores.target;
      const cutOff = new Set<number>();
      const extra: number[] = [];
      for (let from = 0; from < 6; from++) {
        for (let to = 0; to < 6; to++) {
          const [a, b] = [place(from), place(to)];
          expect(unknown[from * 256 + to], `seed ${seed}, ${a} to ${b}`).toBe(plain.isXyUp(a, b) ? to : NO_TARGET);
          if (!plain.isXyUp(a, b)) nLost++;
          const straight = Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
          const way = plain.isXyUp(a, b) || plain.isYxUp(a, b) ? straight : plain.distance(a, b);
          if (way === undefined) cutOff.add(from);
          else extra.push(way - straight);
        }
      }
      if (cutOff.size > 0) {
        nCutOff++;
        const error = diagnosticsOf(() => withDetours(program, fabric));
        expect(error.map(({ place: at }) => at)).toEqual(
          [...cutOff].map((core) => `${program.name}: core ${core} at ${place(core).join(',')}`),
        );
        continue;
      }
      const { extraHops } = withDetours(program, fabric).cores;
      const found = [0, 1, 2, 3, 4, 5].flatMap((core) => [
        ...(extraHops ?? new Uint16Array(6 * 256)).subarray(core * 256, core * 256 + 6),
      ]);
      expect(found, `seed ${seed}`).toEqual(extra);
      nDetours += extra.filter((hops) => hops > 0).length;
    }
    // All three happen.
    expect([nLost > 300, nDetours > 20, nCutOff > 5]).toEqual([true, true, true]);
  });
});

/** What a refusal says. */
function diagnosticsOf(act: () => unknown): UserError['diagnostics'] {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics;
    throw error;
  }
  throw new Error('nothing was refused');
}

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
