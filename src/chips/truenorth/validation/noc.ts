/** The mesh alone against an independent simulator of networks on chip. */
import { standardMesh } from '../../../hw-models/truenorth/mesh.js';
import type { ValidationRow } from '../../../ir/trace/validation-row.js';
import { simulateMesh } from '../../../simulator/noc/fast-mesh.js';
import { drawTraffic, meanLatency } from '../../../simulator/noc/synthetic-traffic.js';
import { BOOKSIM, PEER_LATENCIES, type PeerLatency } from './booksim-latencies.js';
import { row } from '../../validation-row.js';

/** How long a mesh is watched. */
export interface MeshWatch {
  /** Cycles before the first counted packet. */
  readonly warmUp: number;
  /** Cycles in which packets are counted. */
  readonly cycles: number;
  readonly seed: number;
}

/** What validation uses: the scatter between seeds stays below a third of every tolerance. */
export const DEFAULT_WATCH: MeshWatch = { warmUp: 10_000, cycles: 40_000, seed: 1 };

/** The mesh alone: exact latencies in an empty mesh, and those of BookSim 2 under load. Takes seconds. */
export function nocRows(watch: MeshWatch = DEFAULT_WATCH): readonly ValidationRow[] {
  return [
    ...ZERO_LOAD_MEANS.map(([side, cycles]) =>
      row({
        id: `noc/${side}x${side}/zero-load`,
        published: cycles,
        ours: zeroLoadMean(side),
        unit: 'cycles',
        tolerance: { kind: 'absolute', value: 0 },
        status: 'validated',
        source: BOOKSIM,
        note: 'mean over all pairs of routers, one packet in the mesh: 3 hops + 2, hops counting the routers passed',
      }),
    ),
    ...PEER_LATENCIES.map((peer) => loadRow(peer, watch)),
  ];
}

/** One latency under load. */
export function loadRow(peer: PeerLatency, watch: MeshWatch = DEFAULT_WATCH): ValidationRow {
  return row({
    id: `noc/${peer.side}x${peer.side}/${peer.pattern}/${peer.load}`,
    published: peer.cycles,
    ours: loadedLatency(peer, watch),
    unit: 'cycles',
    tolerance: toleranceOf(peer),
    status: 'validated',
    source: BOOKSIM,
    note: 'mean packet latency, side, traffic and packets per router and cycle as named; within 1 %, or three times the spread of the seeds of BookSim 2 where that is above 1 %',
  });
}

/** Close to saturation a seed of the reference says as little as its spread. */
function toleranceOf({ cycles, spread }: PeerLatency): ValidationRow['tolerance'] {
  return spread < 0.01 * cycles ? { kind: 'relative', value: 0.01 } : { kind: 'absolute', value: 3 * spread };
}

/** 3 hops + 2 for the mean of |dx| + |dy| + 1 over all pairs of routers: (side - 1 / side) / 3 in each direction. */
const ZERO_LOAD_MEANS = [
  [8, 20.75],
  [16, 36.875],
] as const;

/** Mean latency in cycles on a square mesh under load; NaN when packets do not get through in time. */
export function loadedLatency(
  { side, pattern, load }: Pick<PeerLatency, 'side' | 'pattern' | 'load'>,
  { warmUp, cycles, seed }: MeshWatch = DEFAULT_WATCH,
): number {
  const end = warmUp + cycles;
  // The last counted packets still meet the traffic of the cycles after them.
  const tail = 2000;
  const traffic = drawTraffic({ pattern, side, rate: load, cycles: end + tail, seed });
  const { arrival } = simulateMesh(standardMesh(side, side), traffic, end + tail);
  return meanLatency(traffic, arrival, warmUp, end);
}

/** Mean cycles over all pairs of routers of a square mesh, one packet at a time. */
export function zeroLoadMean(side: number): number {
  const n = side * side;
  const spec = standardMesh(side, side);
  // Far enough apart that one packet has left before the next comes.
  const gap = 8 * side + 16;
  const pair = Int32Array.from({ length: n * n }, (_, p) => p);
  const release = pair.map((p) => p * gap);
  const traffic = { release, source: pair.map((p) => Math.floor(p / n)), destination: pair.map((p) => p % n) };
  return meanLatency(traffic, simulateMesh(spec, traffic).arrival, 0, n * n * gap);
}
