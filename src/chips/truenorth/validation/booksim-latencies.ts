/**
 * Mean packet latencies of BookSim 2, and the rows in which ours are compared with them.
 *
 * Measured with booksim/booksim2 (commit 28f4329) in November 2026: topology mesh, n = 2, dimension order (x, then y), num_vcs 1,
 * vc_buf_size 8, islip allocators with 1 iteration, speculative 1, routing_delay 0, packet_size 1, sim_type latency,
 * warmup_periods 3, sample_period 8000, max_samples 10; everything else as the program's defaults, so credit_delay 0. Three seeds
 * each. Latency counts from the creation of a packet, its time in the queue of its source included, to its arrival.
 */
import type { TrafficPattern } from '../../../simulator/noc/synthetic-traffic.js';

/** A mean latency of BookSim 2. */
export interface PeerLatency {
  /** Routers per row and column. */
  readonly side: number;
  readonly pattern: TrafficPattern;
  /** Packets per router and cycle. */
  readonly load: number;
  /** Mean over the seeds, in cycles. */
  readonly cycles: number;
  /** Largest less smallest mean of a seed, in cycles: large near saturation. */
  readonly spread: number;
  /** Simulated cycles per second of CPU time, one thread, on a machine like ours: an order of magnitude. */
  readonly speed: number;
}

/** Where {@link PEER_LATENCIES} come from. */
export const BOOKSIM =
  'BookSim 2 (github.com/booksim/booksim2, commit 28f4329), mesh, dimension order, 1 virtual channel of 8 flits, single-flit ' +
  'packets, routing_delay 0, speculative, islip of 1 iteration, everything else as its defaults (credit_delay 0), three seeds';

const row = (
  ...[side, pattern, load, cycles, spread, speed]: [number, TrafficPattern, number, number, number, number]
): PeerLatency => ({ side, pattern, load, cycles, spread, speed });

/** All of them, loads ascending up to close to saturation. */
// prettier-ignore
export const PEER_LATENCIES: readonly PeerLatency[] = [
  // side, pattern, load, cycles, spread, cycles per second
  row(8, 'uniform', 0.05, 20.825, 0.02, 43237),
  row(8, 'uniform', 0.1, 21.019, 0.014, 25765),
  row(8, 'uniform', 0.1875, 21.45, 0.014, 14813),
  row(8, 'uniform', 0.2, 21.555, 0.046, 13788),
  row(8, 'uniform', 0.3, 23.022, 0.044, 9252),
  row(8, 'uniform', 0.335, 24.457, 0.134, 8312),
  row(8, 'uniform', 0.35, 25.782, 0.384, 7769),
  row(8, 'uniform', 0.36, 27.7, 0.774, 7479),
  row(16, 'uniform', 0.05, 37.204, 0.056, 6069),
  row(16, 'uniform', 0.1, 37.766, 0.022, 3458),
  row(16, 'uniform', 0.15, 39.186, 0.021, 2473),
  row(16, 'uniform', 0.165, 40.052, 0.08, 2339),
  row(16, 'uniform', 0.185, 42.211, 0.001, 2047),
  row(16, 'uniform', 0.2, 48.053, 1.054, 1878),
  row(8, 'transpose', 0.05, 20.883, 0.09, 45151),
  row(8, 'transpose', 0.075, 21.001, 0.059, 34007),
  row(8, 'transpose', 0.1, 21.217, 0.095, 27702),
  row(8, 'transpose', 0.12, 21.614, 0.087, 23517),
  row(8, 'transpose', 0.135, 22.877, 0.238, 21077),
  row(8, 'transpose', 0.14, 25.841, 1.364, 20503),
  row(16, 'transpose', 0.02, 36.982, 0.133, 11480),
  row(16, 'transpose', 0.035, 37.119, 0.071, 8032),
  row(16, 'transpose', 0.05, 37.457, 0.081, 6144),
  row(16, 'transpose', 0.06, 38.144, 0.071, 5514),
  row(8, 'bitcomp', 0.05, 29.19, 0.124, 35970),
  row(8, 'bitcomp', 0.1, 29.512, 0.069, 20175),
  row(8, 'bitcomp', 0.125, 29.763, 0.065, 16467),
  row(8, 'bitcomp', 0.15, 30.151, 0.052, 13849),
  row(8, 'bitcomp', 0.175, 30.799, 0.061, 11797),
  row(8, 'bitcomp', 0.2, 32.124, 0.142, 10229),
  row(8, 'tornado', 0.05, 27.648, 0.038, 35447),
  row(8, 'tornado', 0.1, 27.89, 0.032, 20046),
  row(8, 'tornado', 0.15, 28.329, 0.018, 13838),
  row(8, 'tornado', 0.2, 29.328, 0.036, 10446),
  row(8, 'tornado', 0.225, 30.719, 0.128, 9472),
  row(8, 'hotspot', 0.01, 17.205, 0.094, 110698),
  row(8, 'hotspot', 0.02, 17.886, 0.054, 84896),
  row(8, 'hotspot', 0.025, 18.962, 0.107, 76019),
];
