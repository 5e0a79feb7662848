/** The mesh alone against an independent simulator of networks on chip. */
import { standardMesh } from '../hw-models/truenorth/mesh.js';
import { simulateMesh } from '../simulator/noc/fast-mesh.js';
import { meanLatency, uniformTraffic } from '../simulator/noc/uniform-traffic.js';

/** A mean latency of BookSim 2. */
export interface PeerLatency {
  /** Routers per row and column. */
  readonly size: number;
  /** Packets per router and cycle. */
  readonly rate: number;
  readonly cycles: number;
}

/** Where {@link PEER_LATENCIES} come from. */
export const BOOKSIM =
  'BookSim 2 (github.com/booksim/booksim2, commit 28f4329), mesh, dimension order, 1 virtual channel of 8 flits, single-flit ' +
  'packets, credit delay 1, 3 cycles per hop, uniform traffic, 1-iteration iSLIP';

/** Mean packet latency in cycles, from the first wait at the source to the arrival. */
export const PEER_LATENCIES: readonly PeerLatency[] = [
  { size: 8, rate: 0.05, cycles: 20.84 },
  { size: 8, rate: 0.2, cycles: 21.55 },
  { size: 16, rate: 0.05, cycles: 37.19 },
  { size: 16, rate: 0.15, cycles: 39.17 },
];

/** How long a mesh is watched. */
export interface MeshWatch {
  /** Cycles before the first counted packet. */
  readonly warmUp: number;
  /** Cycles in which packets are counted. */
  readonly cycles: number;
  readonly seed: number;
}

/** What validation uses: the scatter between seeds is a fifth of the tolerance. */
export const DEFAULT_WATCH: MeshWatch = { warmUp: 5000, cycles: 40_000, seed: 1 };

/** Mean latency in cycles on a square mesh under uniform random traffic; NaN when packets do not get through in time. */
export function uniformLatency(
  size: number,
  rate: number,
  { warmUp, cycles, seed }: MeshWatch = DEFAULT_WATCH,
): number {
  const end = warmUp + cycles;
  // The last counted packets still meet the traffic of the cycles after them.
  const tail = 2000;
  const traffic = uniformTraffic({ nRouters: size * size, rate, cycles: end + tail, seed });
  const { arrival } = simulateMesh(standardMesh(size, size), traffic, end + tail);
  return meanLatency(traffic, arrival, warmUp, end);
}

/** Mean cycles over all pairs of routers of a square mesh, one packet at a time. */
export function zeroLoadMean(size: number): number {
  const n = size * size;
  const spec = standardMesh(size, size);
  // Far enough apart that one packet has left before the next comes.
  const gap = 8 * size + 16;
  const pair = Int32Array.from({ length: n * n }, (_, p) => p);
  const release = pair.map((p) => p * gap);
  const traffic = { release, source: pair.map((p) => Math.floor(p / n)), destination: pair.map((p) => p % n) };
  return meanLatency(traffic, simulateMesh(spec, traffic).arrival, 0, n * n * gap);
}
