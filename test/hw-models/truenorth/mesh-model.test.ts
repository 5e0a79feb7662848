import { describe, expect, it } from 'vitest';
import {
  edgeMap,
  hopsOf,
  type MeshSpec,
  PORT,
  routeXy,
  zeroLoadCycles,
} from '../../../src/hw-models/truenorth/mesh.js';
import { MeshModel } from '../../../src/hw-models/truenorth/mesh-model.js';

/** Delays that are all different, two places a buffer, chips of 2 x 2. */
const spec: MeshSpec = {
  ...{ width: 4, height: 4, bufferFlits: 2, injectCycles: 2, hopCycles: 5, ejectCycles: 11, creditCycles: 3 },
  ...{ chipWidth: 4, chipHeight: 4, edgeCycles: 0 },
};

/** Arrivals of packets [release, source, destination], in order of release. */
function arrivals(packets: readonly (readonly [number, number, number])[], of: Partial<MeshSpec> = {}): number[] {
  const column = (i: 0 | 1 | 2): Int32Array => Int32Array.from(packets, (packet) => packet[i]);
  const model = new MeshModel({ ...spec, ...of }, { release: column(0), source: column(1), destination: column(2) });
  model.run(10_000);
  return [...model.arrival];
}

describe('a route', () => {
  it('goes along x, then along y, then into the core', () => {
    const from = (x: number, y: number) => [routeXy(2, 2, x, y), routeXy(x, y, 2, 2)];
    expect(from(3, 0)).toEqual([PORT.east, PORT.west]);
    expect(from(1, 3)).toEqual([PORT.west, PORT.east]);
    expect(from(2, 3)).toEqual([PORT.north, PORT.south]);
    expect(from(2, 2)).toEqual([PORT.core, PORT.core]);
  });

  it('passes its first and its last router and all between', () => {
    expect(
      [
        [0, 0],
        [0, 3],
        [3, 12],
        [14, 1],
      ].map(([a, b]) => hopsOf(spec, a!, b!)),
    ).toEqual([1, 4, 7, 5]);
    expect(zeroLoadCycles(spec, 3, 12)).toBe(2 + 6 * 5 + 11);
  });
});

describe('chip edges', () => {
  it('are where neighbours are on different chips, one a pair and direction, shared by all rows or columns', () => {
    const map = edgeMap({ width: 5, height: 3, chipWidth: 2, chipHeight: 2 });
    // Three columns and two rows of chips, the last of them cut off.
    expect(map.nEdges).toBe(24);
    const found: string[] = [];
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 5; x++) {
        for (let port = 0; port < 5; port++) {
          const edge = map.edgeOf(x, y, port);
          if (edge >= 0) found.push(`${x},${y} ${'ewnsc'[port]} ${edge}: ${map.nameOf(edge)}`);
        }
      }
    }
    expect(found).toEqual([
      ...['1,0 e 0: chip 0,0 -> chip 1,0', '2,0 w 5: chip 1,0 -> chip 0,0'],
      ...['3,0 e 4: chip 1,0 -> chip 2,0', '4,0 w 9: chip 2,0 -> chip 1,0'],
      ...['0,1 n 2: chip 0,0 -> chip 0,1', '1,1 e 0: chip 0,0 -> chip 1,0', '1,1 n 2: chip 0,0 -> chip 0,1'],
      ...['2,1 w 5: chip 1,0 -> chip 0,0', '2,1 n 6: chip 1,0 -> chip 1,1'],
      ...['3,1 e 4: chip 1,0 -> chip 2,0', '3,1 n 6: chip 1,0 -> chip 1,1'],
      ...['4,1 w 9: chip 2,0 -> chip 1,0', '4,1 n 10: chip 2,0 -> chip 2,1'],
      ...['0,2 s 15: chip 0,1 -> chip 0,0', '1,2 e 12: chip 0,1 -> chip 1,1', '1,2 s 15: chip 0,1 -> chip 0,0'],
      ...['2,2 w 17: chip 1,1 -> chip 0,1', '2,2 s 19: chip 1,1 -> chip 1,0'],
      ...['3,2 e 16: chip 1,1 -> chip 2,1', '3,2 s 19: chip 1,1 -> chip 1,0'],
      ...['4,2 w 21: chip 2,1 -> chip 1,1', '4,2 s 23: chip 2,1 -> chip 2,0'],
    ]);
  });
});

describe('the readable mesh, by hand', () => {
  it('takes its delays through empty routers, from any release', () => {
    for (const [source, destination] of [
      [0, 0],
      [0, 15],
      [15, 0],
      [12, 3],
      [6, 4],
    ] as const) {
      expect(arrivals([[7, source, destination]])).toEqual([7 + zeroLoadCycles(spec, source, destination)]);
    }
  });

  it('lets one packet a cycle through an output, in turn: the input after the one that was served last comes first', () => {
    // At router 5: from the west (4), the east (6), the north (9), the south (1), all into its core, at once and again.
    const four = [4, 6, 9, 1].map((source) => [0, source, 5] as const);
    const [west, east, north, south] = arrivals(four);
    const first = zeroLoadCycles(spec, 4, 5);
    // A packet that goes east comes in at the western port 1; ports in order: east side 0, west side 1, north 2, south 3.
    expect([east, west, north, south]).toEqual([first, first + 1, first + 2, first + 3]);
    // A second one from the east side waits for the round to end.
    const again = arrivals([...four, [1, 6, 5]]);
    expect(again[4]).toBe(first + 4);
  });

  it('keeps a packet until there is a place: two a buffer, free again after it has left and its credit is back', () => {
    // To the core itself: two places before the router. The first leaves its place in cycle 2, which is free in 5; the third enters then.
    const own = [0, 0, 0, 0].map((release) => [release, 0, 0] as const);
    expect(arrivals(own)).toEqual([13, 14, 18, 19]);
    // To the neighbour: places of its buffer are free again a hop and a credit, 5 + 3 cycles, after they were sent into.
    const next = [0, 0, 0, 0].map((release) => [release, 0, 1] as const);
    expect(arrivals(next)).toEqual([18, 19, 26, 27]);
    expect(arrivals(next.slice(0, 3), { bufferFlits: 1 })).toEqual([18, 26, 34]);
  });

  it('lets one row at a time over a chip edge, after a cycle of asking, in turn from the row after the last', () => {
    const edge = { chipWidth: 2, chipHeight: 4, edgeCycles: 3 };
    // All four rows ask in cycle 2 and are served from 3 on, every 3 cycles; the hop takes 3 cycles more.
    const rows = [0, 4, 8, 12].map((row) => [0, row + 1, row + 2] as const);
    const zero = zeroLoadCycles(spec, 1, 2);
    expect(arrivals(rows, edge)).toEqual([0, 3, 6, 9].map((later) => zero + 3 + 1 + later));
    // A second packet of row 0 waits until the others had their turn.
    expect(arrivals([...rows, [0, 1, 2]], edge)[4]).toBe(zero + 4 + 12);
    // Along y the columns share the edge.
    const columns = [0, 1, 2, 3].map((column) => [0, column + 4, column + 8] as const);
    expect(arrivals(columns, { ...edge, chipWidth: 4, chipHeight: 2 })).toEqual(
      [0, 3, 6, 9].map((later) => zeroLoadCycles(spec, 4, 8) + 4 + later),
    );
    // Nothing crosses: no cost.
    expect(arrivals([[0, 0, 1]], edge)).toEqual([zeroLoadCycles(spec, 0, 1)]);
    // An edge that costs nothing.
    expect(arrivals(rows, { ...edge, edgeCycles: 0 })).toEqual([zero, zero, zero, zero]);
  });

  it('stops after the last arrival, or where it is told', () => {
    const model = new MeshModel(spec, {
      release: Int32Array.of(0),
      source: Int32Array.of(0),
      destination: Int32Array.of(1),
    });
    expect(model.run(6)).toBe(6);
    expect(model.arrival[0]).toBe(-1);
    // It wins the output of the last router in cycle 7.
    expect(model.run(100)).toBe(8);
    expect([...model.arrival]).toEqual([7 + 11]);
  });
});
