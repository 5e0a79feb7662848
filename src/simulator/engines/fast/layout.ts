/**
 * Where things lie in the memory of the fast engine. Cores are padded to 256 axons and 256 neurons.
 *
 *   program (read by all threads)
 *     rows        [nCores, 256, 32 bytes]       crossbar bits, those of the chip: faults change them
 *     types       [nCores, 256] u8              axon types
 *     weights     [nCores, 4, 256] i16          by axon type
 *     parameters  [nCores, 64 groups, 5, 4] i32   see `image.ts`
 *     routes      [nCores, 256, 2] i32          target, axon | delay << 8 | hops << 16
 *     initial     [nCores, 256] i32             potentials
 *     modes       [nCores] u8                   bit 0: neurons draw, bit 1: synapses draw
 *     thresholdMasks      [nCores, 256] i32     2^TM - 1; only in a program with stochastic modes, like the next
 *     stochasticSynapses  [nCores, 4, 32 bytes] neurons whose weight is stochastic, by axon type
 *   one state per thread
 *     control     32 i32                        addresses, read by the kernel's `setup`
 *     potentials  [nCores, 256] i32
 *     busy        [nCores, 32 bytes]            neurons that may move without input
 *     ring        [nSlots, nCores, 32 bytes]    axons by delivery tick mod nSlots
 *     pins        [nPins] i32
 *     spikes      [nCores] f64
 *     operations  [nCores] f64
 *     hops        f64
 *     sums        [256] i32                     scratch, zero between cores
 *     lists       [4, 256] u32                  scratch
 *     masked      [256, 32 bytes]               scratch: rows without stochastic synapses
 *     draws       [4, 4] u32                    scratch
 */

/** Byte addresses of the program region, and the shape of the rest. */
export interface FastLayout {
  readonly nCores: number;
  readonly nPins: number;
  /** Slots of the ring, a power of two above the largest delay. */
  readonly nSlots: number;
  readonly rows: number;
  readonly types: number;
  readonly weights: number;
  readonly parameters: number;
  readonly routes: number;
  readonly initial: number;
  readonly modes: number;
  readonly thresholdMasks: number;
  readonly stochasticSynapses: number;
  /** Address of the first state. */
  readonly states: number;
  readonly stateBytes: number;
  readonly totalBytes: number;
}

/** Byte addresses of one state. */
export interface FastStateLayout {
  readonly control: number;
  readonly potentials: number;
  readonly busy: number;
  readonly ring: number;
  readonly pins: number;
  readonly spikes: number;
  readonly operations: number;
  readonly hops: number;
  readonly sums: number;
  readonly lists: number;
  readonly masked: number;
  readonly draws: number;
  readonly end: number;
}

/** Bytes of a crossbar row: one bit per neuron. */
export const ROW_BYTES = 32;
/** Bytes of the parameters of four neurons. */
export const GROUP_BYTES = 80;

/** The kernel's own data, if any, lie below. */
const FIRST_ADDRESS = 65_536;

/** What decides the layout. */
export interface FastShape {
  readonly nCores: number;
  readonly nPins: number;
  readonly maxDelay: number;
  /** Whether the program uses a stochastic mode. */
  readonly stochastic: boolean;
}

/** Lays out a program for `nStates` threads. */
export function layOut(shape: FastShape, nStates: number): FastLayout {
  const { nCores, nPins } = shape;
  const nSlots = 2 ** Math.ceil(Math.log2(shape.maxDelay + 1));
  const rows = FIRST_ADDRESS;
  const types = aligned(rows + nCores * 256 * ROW_BYTES);
  const weights = aligned(types + nCores * 256);
  const parameters = aligned(weights + nCores * 2048);
  const routes = aligned(parameters + nCores * 64 * GROUP_BYTES);
  const initial = aligned(routes + nCores * 2048);
  const modes = aligned(initial + nCores * 1024);
  const thresholdMasks = aligned(modes + nCores);
  const stochasticSynapses = thresholdMasks + (shape.stochastic ? nCores * 1024 : 0);
  const states = stochasticSynapses + (shape.stochastic ? nCores * 128 : 0);
  const stateBytes = stateAt({ nCores, nPins, nSlots }, 0).end;
  const totalBytes = states + nStates * stateBytes;
  return {
    ...{ nCores, nPins, nSlots, rows, types, weights, parameters, routes, initial, modes },
    ...{ thresholdMasks, stochasticSynapses, states, stateBytes, totalBytes },
  };
}

/** The addresses of state `index`. */
export function stateLayout(layout: FastLayout, index: number): FastStateLayout {
  return stateAt(layout, layout.states + index * layout.stateBytes);
}

function stateAt(
  { nCores, nPins, nSlots }: Pick<FastLayout, 'nCores' | 'nPins' | 'nSlots'>,
  start: number,
): FastStateLayout {
  const control = start;
  const potentials = control + 128;
  const busy = potentials + nCores * 1024;
  const ring = busy + nCores * ROW_BYTES;
  const pins = ring + nSlots * nCores * ROW_BYTES;
  const spikes = aligned(pins + nPins * 4);
  const operations = spikes + nCores * 8;
  const hops = operations + nCores * 8;
  const sums = aligned(hops + 8);
  const lists = sums + 1024;
  const masked = lists + 4096;
  const draws = masked + 8192;
  const end = draws + 64;
  return { control, potentials, busy, ring, pins, spikes, operations, hops, sums, lists, masked, draws, end };
}

/** Up to the next cache line. */
const aligned = (address: number): number => Math.ceil(address / 64) * 64;
