/**
 * Time inside a tick: when a core is done with its neurons, and when each spike stands before the mesh.
 *
 *   event     TrueNorth: event driven. Neuron j of a core that has `events` synaptic operations in the tick sends at
 *             (j + 1) neuronNs + (j + 1) / neurons * events * eventNs; the core is done after the last neuron. An upper bound.
 *   clocked   RANC: a controller that visits every axon of every neuron whatever the activity: (axons + 2) cycles a neuron and
 *             3 more per tick, 66,051 cycles for a core of 256 x 256.
 *
 * All cores start together at the beginning of a tick. The bound of the event-driven model and the delay of a mesh router are
 * not published: assumed, and parameters.
 *
 * Left out: host spikes on their way in, output spikes on their way out, the synchronisation between ticks.
 */
import type { Quantity } from '../../common/quantity.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import { type ChipGridSpec, EDGE_BUDGET } from './board.js';
import { type MeshSpec, STANDARD_ROUTER } from './mesh.js';

/** How cores spend a tick. */
export type TimingModel = 'event' | 'clocked';

/** Constants of both models. */
export interface TimingConstants {
  /** Event-driven: longest time of one neuron, in ns. */
  readonly neuronNs: number;
  /** Event-driven: time of one synaptic operation, in ns. */
  readonly eventNs: number;
  /** Event-driven: one cycle of the mesh, in ns. */
  readonly meshCycleNs: number;
  /** Clocked: the clock of cores and mesh, in MHz. */
  readonly clockMhz: number;
  /** Least time between two spikes over a chip edge, in ns; 0: edges cost nothing. */
  readonly edgeNs: number;
  /** Delays and buffers of a router, in cycles. */
  readonly router: typeof STANDARD_ROUTER | RouterDelays;
}

/** The part of a mesh that belongs to its routers. */
export type RouterDelays = Pick<
  MeshSpec,
  'bufferFlits' | 'injectCycles' | 'hopCycles' | 'ejectCycles' | 'creditCycles'
>;

const HANDSHAKE = 'Akopyan et al., IEEE TCAD 34:1537 (2015) prints handshakes of 7.16 and 14.32 ns';

/** What the defaults are and where they come from. */
export const TIMING_SOURCES = {
  neuronNs: {
    value: 168,
    unit: 'ns per neuron',
    status: 'derived',
    source:
      'a tick of 47.6 us (21 x real time, as shown in print) less 655 synaptic operations (20 Hz, 128 synapses) of a handshake each, over ' +
      '256 neurons: an upper bound; the time of a neuron is not published',
  },
  eventNs: {
    value: 7.16,
    unit: 'ns per synaptic operation',
    status: 'assumed',
    source: `one handshake per operation; ${HANDSHAKE}`,
  },
  meshCycleNs: {
    value: 7.16,
    unit: 'ns per mesh cycle',
    status: 'assumed',
    source: `one handshake per cycle, three cycles per hop; ${HANDSHAKE}; the delay of a router is not published`,
  },
  clockMhz: {
    value: 100,
    unit: 'MHz',
    status: 'assumed',
    source: 'a usual clock of FPGA designs; cycles per tick are read from the RTL of RANC (github.com/UA-RCL/RANC)',
  },
  edgeNs: {
    value: 1e6 / EDGE_BUDGET.value,
    unit: 'ns per spike',
    status: EDGE_BUDGET.status,
    source: EDGE_BUDGET.source,
  },
} as const satisfies Record<string, Quantity>;

/** Where the delays and buffers of the router come from; none is published. */
export const ROUTER_SOURCE = {
  status: 'assumed',
  source: 'the usual three-stage router with credits, as published simulations of such meshes have it (BookSim 2)',
} as const satisfies Pick<Quantity, 'status' | 'source'>;

/** The defaults. */
export const DEFAULT_TIMING: TimingConstants = {
  neuronNs: TIMING_SOURCES.neuronNs.value,
  eventNs: TIMING_SOURCES.eventNs.value,
  meshCycleNs: TIMING_SOURCES.meshCycleNs.value,
  clockMhz: TIMING_SOURCES.clockMhz.value,
  edgeNs: TIMING_SOURCES.edgeNs.value,
  router: STANDARD_ROUTER,
};

/** Cycles a clocked core takes for a tick, whatever happens in it. */
export const clockedCyclesPerTick = ({ axonsPerCore, neuronsPerCore }: CoreShape): number =>
  (axonsPerCore + CYCLES_PER_NEURON_MORE) * neuronsPerCore + CYCLES_PER_TICK_MORE;

/** The part of a spec that decides about time. */
export type CoreShape = Pick<TrueNorthSpec, 'axonsPerCore' | 'neuronsPerCore'>;

/** A clocked core reads and writes a neuron besides visiting its axons, and starts and ends a tick. */
const CYCLES_PER_NEURON_MORE = 2;
const CYCLES_PER_TICK_MORE = 3;

/** One core's clock: when neurons send, when the core is done, in ns from the beginning of the tick. */
export interface CoreClock {
  /** Length of a mesh cycle. */
  readonly meshCycleNs: number;
  /** When the spike of `neuron` stands before the mesh, in a tick with `events` synaptic operations of its core. */
  sendNs(neuron: number, events: number): number;
  /** When a core with `events` synaptic operations has updated all neurons. */
  coreNs(events: number): number;
}

/** The clock of a model. */
export function coreClock(model: TimingModel, shape: CoreShape, constants: TimingConstants): CoreClock {
  const { neuronsPerCore, axonsPerCore } = shape;
  if (model === 'clocked') {
    const cycleNs = 1000 / constants.clockMhz;
    const perNeuron = axonsPerCore + CYCLES_PER_NEURON_MORE;
    return {
      meshCycleNs: cycleNs,
      sendNs: (neuron) => (neuron + 1) * perNeuron * cycleNs,
      coreNs: () => clockedCyclesPerTick(shape) * cycleNs,
    };
  }
  const { neuronNs, eventNs } = constants;
  const sendNs = (neuron: number, events: number): number =>
    (neuron + 1) * (neuronNs + (events * eventNs) / neuronsPerCore);
  return {
    meshCycleNs: constants.meshCycleNs,
    sendNs,
    coreNs: (events) => sendNs(neuronsPerCore - 1, events),
  };
}

/** The mesh between the cores at 0..maxX, 0..maxY: packets never leave the rectangle their ends span. */
export function meshOf(
  clock: CoreClock,
  constants: TimingConstants,
  { chipWidth, chipHeight }: Pick<ChipGridSpec, 'chipWidth' | 'chipHeight'>,
  { maxX, maxY }: { readonly maxX: number; readonly maxY: number },
): MeshSpec {
  return {
    width: maxX + 1,
    height: maxY + 1,
    ...constants.router,
    chipWidth,
    chipHeight,
    // Never -0, which the last digits of nothing round up to.
    edgeCycles: Math.max(0, Math.ceil(constants.edgeNs / clock.meshCycleNs - 1e-9)),
  };
}
