import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterOrder, linksOf } from '../../../src/compiler/targets/truenorth/placement-order.js';
import {
  annealingSteps,
  type Grid,
  placeCores,
  usableCells,
} from '../../../src/compiler/targets/truenorth/placement.js';

interface Link {
  readonly from: number;
  readonly to: number;
  readonly spikes: number;
}

type Cell = readonly [x: number, y: number];

/** Hops and chip borders that the spikes cross, link by link. */
function waysOf(cells: readonly Cell[], links: readonly Link[], { chipWidth = 99, chipHeight = 99 }: Partial<Grid>) {
  let hops = 0;
  let crossings = 0;
  for (const { from, to, spikes } of links) {
    const [[x, y], [toX, toY]] = [cells[from]!, cells[to]!];
    hops += spikes * (Math.abs(x - toX) + Math.abs(y - toY));
    crossings += spikes * Math.abs(Math.floor(x / chipWidth) - Math.floor(toX / chipWidth));
    crossings += spikes * Math.abs(Math.floor(y / chipHeight) - Math.floor(toY / chipHeight));
  }
  return { hops, crossings };
}

/** Core i talks to core i + 1. */
const chain = (n: number): readonly Link[] =>
  Array.from({ length: n - 1 }, (_, i) => ({ from: i, to: i + 1, spikes: 1 }));

const cellsOf = ({ x, y }: { x: Int16Array; y: Int16Array }): readonly Cell[] =>
  Array.from(x, (column, core) => [column, y[core]!] as const);

describe('a placement starts in the smallest square block', () => {
  it('as far as the grid reaches', () => {
    // Blocks of 3 x 2 and 4 x 2 are too small for nine cores; 5 x 2 holds them.
    const placed = placeCores(9, chain(9), { width: 8, height: 2, faulty: [] }, 1);
    expect(placed.initialHops).toBe(8);
    // 0,0 .. 4,0 then back to 0,1 .. 3,1.
    expect(placed.rowMajorHops).toBe(4 + 5 + 3);
    expect(cellsOf(placed).every(([x, y]) => x < 5 && y < 2)).toBe(true);
    const tall = placeCores(9, chain(9), { width: 2, height: 8, faulty: [] }, 1);
    expect(cellsOf(tall).every(([x, y]) => x < 2 && y < 5)).toBe(true);
    expect(tall.initialHops).toBe(8);
  });

  it('of a size that holds all of them exactly', () => {
    const placed = placeCores(9, chain(9), { width: 8, height: 8, faulty: [] }, 1);
    expect(cellsOf(placed).every(([x, y]) => x < 3 && y < 3)).toBe(true);
    expect([placed.initialHops, placed.rowMajorHops, placed.hops]).toEqual([8, 2 + 3 + 2 + 3 + 2, 8]);
  });

  it('that has enough cells without faults', () => {
    const faulty: readonly Cell[] = [[1, 0], [1, 0], [0, 1]]; // prettier-ignore
    // A block of 2 x 2 has two cells left: 3 x 3 it is. Snake: 0,0  2,0 | 2,1  1,1 | 0,2.
    const placed = placeCores(4, chain(4), { width: 4, height: 4, faulty }, 1);
    expect(placed.initialHops).toBe(2 + 1 + 1);
    // Rows: 0,0  2,0 | 1,1  2,1.
    expect(placed.rowMajorHops).toBe(2 + 2 + 1);
    expect(usableCells({ width: 4, height: 4, faulty })).toBe(14);
  });
});

describe('the cost of a placement', () => {
  const board = { width: 6, height: 4, faulty: [], chipWidth: 3, chipHeight: 2 };
  const traffic = fc.array(fc.record({ from: fc.nat(11), to: fc.nat(11), spikes: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 30,
  });

  it('is the way of every spike, and the chip borders it crosses', () => {
    fc.assert(
      fc.property(traffic, fc.nat(50), (links, seed) => {
        const placed = placeCores(12, links, board, seed);
        const { hops, crossings } = waysOf(cellsOf(placed), links, board);
        expect(placed).toMatchObject({ hops, crossings });
        // Twelve cores stand in a block of 4 x 4, of which the rows 0, 1, 2 come first.
        const rows = Array.from({ length: 12 }, (_, i): Cell => [i % 4, Math.floor(i / 4)]);
        const rowMajor = waysOf(rows, links, board);
        expect([placed.rowMajorHops, placed.rowMajorCrossings]).toEqual([rowMajor.hops, rowMajor.crossings]);
        const snake = rows.map(([x, y]): Cell => [y % 2 === 0 ? x : 3 - x, y]);
        expect(placed.initialHops).toBe(waysOf(snake, links, board).hops);
      }),
      { numRuns: 20 },
    );
  });

  it('is the least there is on a small mesh, a border counting as 16 hops', () => {
    const small = { width: 3, height: 3, faulty: [], chipWidth: 2, chipHeight: 3 };
    const permutations = placesOf(5, 9);
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: fc.nat(4), to: fc.nat(4), spikes: fc.integer({ min: 1, max: 9 }) }), {
          minLength: 3,
          maxLength: 9,
        }),
        (links) => {
          const costOf = (cells: readonly Cell[]): number => {
            const { hops, crossings } = waysOf(cells, links, small);
            return hops + 16 * crossings;
          };
          const least = permutations.reduce((best, cells) => Math.min(best, costOf(cells)), Infinity);
          for (const seed of [1, 2]) expect(costOf(cellsOf(placeCores(5, links, small, seed)))).toBe(least);
        },
      ),
      { numRuns: 6 },
    );
  });
});

/** All ways to put `n` cores into a square of nine cells. */
function placesOf(n: number, nCells: number): readonly (readonly Cell[])[] {
  let found: number[][] = [[]];
  for (let i = 0; i < n; i++) {
    found = found.flatMap((cells) =>
      Array.from({ length: nCells }, (_, cell) => cell)
        .filter((cell) => !cells.includes(cell))
        .map((cell) => [...cells, cell]),
    );
  }
  return found.map((cells) => cells.map((cell) => [cell % 3, Math.floor(cell / 3)] as const));
}

describe('links between cores', () => {
  it('are summed over both directions and over parallel ones, those of a core to itself left out', () => {
    const { start, other, spikes } = linksOf(4, [
      { from: 0, to: 2, spikes: 3 },
      { from: 1, to: 1, spikes: 50 },
      { from: 2, to: 0, spikes: 4 },
      { from: 3, to: 0, spikes: 1 },
      { from: 0, to: 2, spikes: 0.5 },
    ]);
    expect([...start]).toEqual([0, 2, 2, 3, 4]);
    expect([...other]).toEqual([2, 3, 0, 0]);
    expect([...spikes]).toEqual([7.5, 1, 7.5, 1]);
  });

  it('bring the cores that talk most together, and keep every group in one piece', () => {
    const order = (n: number, ...links: readonly (readonly [number, number, number])[]) => [
      ...clusterOrder(
        n,
        linksOf(
          n,
          links.map(([from, to, spikes]) => ({ from, to, spikes })),
        ),
      ),
    ];
    expect(order(4)).toEqual([0, 1, 2, 3]);
    // 0 joins 3, its strongest; then 1 and 2; then both pairs, by what they exchange.
    expect(order(4, [0, 1, 2], [0, 3, 5], [1, 2, 1], [3, 2, 1])).toEqual([0, 3, 1, 2]);
    // Ties go to the link that came first.
    expect(order(3, [0, 2, 2], [0, 1, 2])).toEqual([0, 2, 1]);
    // Fewer than one spike a frame is more than none.
    expect(order(3, [0, 2, 0.5])).toEqual([0, 2, 1]);
    // (0 1), (2 3) and 4: the first pair sends 6 to the pair, 3 each; 4 to the single core.
    expect(order(5, [0, 1, 9], [2, 3, 9], [0, 2, 3], [1, 3, 3], [1, 4, 4])).toEqual([0, 1, 4, 2, 3]);
    expect(order(5, [0, 1, 9], [2, 3, 9], [0, 2, 3], [1, 3, 6], [1, 4, 4])).toEqual([0, 1, 2, 3, 4]);
  });
});

it('improving a placement takes 3,000 swaps a core, six million at most, and 4e8 lengths of links', () => {
  expect(annealingSteps(100, 500)).toBe(300_000);
  expect(annealingSteps(4096, 8192)).toBe(6_000_000);
  // 1,023 links a core: 2 x 1,024 lengths a swap.
  expect(annealingSteps(1000, 1_023_000)).toBe(195_312);
});

describe('improving a placement', () => {
  /** Twelve cores on a ring, and a few that talk across. */
  const ring: readonly Link[] = [
    ...Array.from({ length: 12 }, (_, i) => ({ from: (i * 5) % 12, to: ((i + 1) * 5) % 12, spikes: 1 + (i % 3) })),
    { from: 0, to: 6, spikes: 4 },
    { from: 3, to: 10, spikes: 2 },
  ];

  // Golden: programs record where their cores stand, so that the same seed has to give the same places in every version.
  const places = (board: Grid): string =>
    cellsOf(placeCores(12, ring, board, 5))
      .map((cell) => cell.join())
      .join(' ');

  it('takes the same swaps as ever on one chip', () => {
    expect(places({ width: 5, height: 5, faulty: [[1, 1]] })).toMatchInlineSnapshot(
      `"1,0 0,1 2,2 0,3 3,0 1,2 0,0 2,1 0,2 3,1 1,3 2,0"`,
    );
  });

  it('takes the same swaps as ever on four chips', () => {
    expect(places({ width: 4, height: 4, faulty: [], chipWidth: 2, chipHeight: 2 })).toMatchInlineSnapshot(
      `"3,1 2,2 2,0 1,3 1,1 0,2 2,1 3,0 2,3 1,0 1,2 0,1"`,
    );
  });
});
