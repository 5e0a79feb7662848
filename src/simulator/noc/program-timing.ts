/**
 * Timing of a program over samples: which packet leaves when, when it arrives, how short a tick may be.
 *
 *   1. run       the fast engine with a trace of every spike                    spike-trace.ts
 *   2. send      core time from named constants: when each spike is sent        hw-models/truenorth/timing.ts
 *   3. travel    the mesh, cycle by cycle                                       fast-mesh.ts
 *   4. check     every packet against the tick in which it acts                 deadlines.ts
 */
import { assert } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { chipGrid, EdgeCounter } from '../../hw-models/truenorth/board.js';
import { type MeshSpec, zeroLoadCycles } from '../../hw-models/truenorth/mesh.js';
import {
  type CoreClock,
  coreClock,
  meshOf,
  type TimingConstants,
  type TimingModel,
} from '../../hw-models/truenorth/timing.js';
import { clockedCyclesPerTick } from '../../hw-models/truenorth/timing.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { EdgeUse, PacketTiming, TickLimit, TimingResult } from '../../ir/trace/timing-result.js';
import { simulateFrames } from '../frames.js';
import { countSamples, type LabelledImages } from '../../evaluation/tasks/samples.js';
import { checkTicks, fastestTick, independentTicks, maxOf, type TickCheck } from './deadlines.js';
import { type LoggedPacket, PacketCollector, type PacketLog } from './packet-log.js';
import { createTracingEngine, type TracedTick } from './spike-trace.js';

/** How to time. */
export interface TimingOptions {
  /** The first samples of the data. */
  readonly limit: number;
  readonly seed: number;
  readonly model: TimingModel;
  readonly constants: TimingConstants;
  /** Length of a tick whose deadlines are checked, in ns. */
  readonly tickNs: number;
  readonly signal?: AbortSignal;
}

/** Packets kept for the mesh, at most: 1 GB of memory. */
const MAX_PACKETS = 20_000_000;

/** What step 1 and 2 leave, tick by tick. */
export interface Trace {
  readonly log: PacketLog;
  readonly ticks: number;
  readonly maxCoreEvents: number;
  /** Slowest core of each tick, in ns. */
  readonly coreNs: readonly number[];
  readonly edges: readonly Omit<EdgeUse, 'budget'>[];
}

/**
 * Times a program. Deterministic. @throws UserError for data of another shape, nothing to run, too much to run, or constants that
 * no mesh has; the signal's reason when aborted
 */
export function timeProgram(program: TrueNorthProgram, data: LabelledImages, options: TimingOptions): TimingResult {
  return timeTraced(traced(program, data, options));
}

/** A program over samples, with every packet and when it is sent: steps 1 and 2. */
export interface TracedProgram {
  readonly program: TrueNorthProgram;
  readonly data: LabelledImages;
  readonly options: TimingOptions;
  readonly nSamples: number;
  readonly clock: CoreClock;
  readonly mesh: MeshSpec;
  readonly trace: Trace;
}

/** Runs a program over samples and notes its packets. @throws UserError as {@link timeProgram} does */
export function traced(program: TrueNorthProgram, data: LabelledImages, options: TimingOptions): TracedProgram {
  const { cores, spec } = program;
  const { model, constants } = options;
  const nSamples = checkInput(program, data, options);
  const clock = coreClock(model, spec, constants);
  const mesh = meshOf(clock, constants, spec, {
    maxX: maxOf(Int32Array.from(cores.x)),
    maxY: maxOf(Int32Array.from(cores.y)),
  });
  const trace = traceProgram(program, data, { ...options, limit: nSamples }, clock, mesh);
  return { program, data, options, nSamples, clock, mesh, trace };
}

/** When the packets arrive, and how short a tick may be: steps 3 and 4. */
export function timeTraced({ program, data, options, nSamples, clock, mesh, trace }: TracedProgram): TimingResult {
  const { spec, timing } = program;
  const { model, constants, tickNs } = options;
  const { log, coreNs } = trace;
  const toCycles = (ns: number): number => Math.ceil(ns / clock.meshCycleNs - 1e-9);
  const coreMax = coreNs.reduce((a, b) => Math.max(a, b), 0);
  const alone = independentTicks(mesh, log, trace.edges[0]?.spikesPerTick ?? 0);
  const best = fastestTick(mesh, log, toCycles(coreMax), alone);
  const asked = Math.floor(tickNs / clock.meshCycleNs + 1e-9);
  const check = maxOf(alone.arrival) <= asked ? alone : checkTicks(mesh, log, Math.max(1, asked));
  const fastestNs = best.tickCycles * clock.meshCycleNs;
  const { limitedBy, packet } = limitOf(program, { log, mesh, clock }, best, toCycles(coreMax));
  return {
    kind: 'timing-result',
    name: program.name,
    chip: spec.name,
    data: data.name,
    samples: nSamples,
    model,
    ticks: trace.ticks,
    ticksPerSample: timing.period,
    packets: log.tick.length,
    maxCoreEvents: trace.maxCoreEvents,
    coreNs: {
      max: coreMax,
      mean: coreNs.reduce((a, b) => a + b, 0) / Math.max(1, coreNs.length),
      cycles: model === 'clocked' ? clockedCyclesPerTick(spec) : null,
    },
    meshCycles: { ...latencies(log, mesh, alone), cycleNs: clock.meshCycleNs },
    deadline: deadlineOf(log, check, { tickNs, asked, clock, coreNs }),
    fastest: {
      tickNs: fastestNs,
      ticksPerSecond: 1e9 / fastestNs,
      samplesPerSecond: 1e9 / fastestNs / timing.period,
      limitedBy,
      packet,
      overlapping: maxOf(best.arrival) > best.tickCycles,
    },
    edges: trace.edges.map((edge) => ({ ...edge, budget: constants.edgeNs > 0 ? tickNs / constants.edgeNs : null })),
  };
}

function checkInput(program: TrueNorthProgram, data: LabelledImages, { limit, tickNs }: TimingOptions): number {
  const reader = { inputShape: program.inputShape, nClasses: program.outputs.nClasses };
  const nSamples = countSamples(reader, data, limit);
  if (!(tickNs > 0)) fail('tick-range', 'tick length', `${tickNs} ns is no length`, 'give a length above 0');
  return nSamples;
}

function traceProgram(
  program: TrueNorthProgram,
  data: LabelledImages,
  options: TimingOptions,
  clock: CoreClock,
  mesh: MeshSpec,
): Trace {
  const { cores, spec, outputs } = program;
  const collector = new PacketCollector();
  const coreNs: number[] = [];
  const edgeCounter = new EdgeCounter(chipGrid(spec));
  const manyChips = mesh.width > mesh.chipWidth || mesh.height > mesh.chipHeight;
  const busiest = new Map<string, Omit<EdgeUse, 'budget'>>();
  let maxCoreEvents = 0;
  let nPackets = 0;
  const router = (core: number): number => cores.y[core]! * mesh.width + cores.x[core]!;
  const onTick = ({ tick, spikes, coreSynapticOperations }: TracedTick): void => {
    const events = coreSynapticOperations.reduce((a, b) => Math.max(a, b), 0);
    maxCoreEvents = Math.max(maxCoreEvents, events);
    coreNs.push(clock.coreNs(events));
    const packets: LoggedPacket[] = [];
    for (const n of spikes) {
      const to = cores.target[n]!;
      if (to < 0) continue;
      const core = Math.floor(n / spec.neuronsPerCore);
      const sendNs = clock.sendNs(n % spec.neuronsPerCore, coreSynapticOperations[core]!);
      const release = Math.ceil(sendNs / clock.meshCycleNs - 1e-9);
      packets.push({ release, source: router(core), destination: router(to), delay: cores.delay[n]!, neuron: n });
      if (manyChips) edgeCounter.add(cores, { from: core, to, spikes: 1 });
    }
    nPackets += packets.length;
    if (nPackets > MAX_PACKETS) {
      const remedy = 'run fewer samples (--limit)';
      fail('too-many-packets', program.name, `more than ${MAX_PACKETS} packets`, remedy);
    }
    collector.add(tick, packets);
    if (!manyChips) return;
    for (const { edge, spikes: count } of edgeCounter.loads()) {
      if (count > (busiest.get(edge)?.spikesPerTick ?? 0)) busiest.set(edge, { edge, spikesPerTick: count, tick });
    }
    edgeCounter.clear();
  };
  const finished = simulateFrames(
    createTracingEngine(program, onTick),
    program,
    {
      images: data.images,
      firstSample: 0,
      nSamples: options.limit,
      scores: new Int32Array(options.limit * outputs.nClasses),
      drop: 0,
      seed: options.seed,
    },
    () => options.signal?.aborted === true,
  );
  if (!finished) options.signal?.throwIfAborted();
  assert(finished, 'a run that nobody stopped');
  const edges = [...busiest.values()].sort((a, b) => b.spikesPerTick - a.spikesPerTick);
  return { log: collector.log(), ticks: coreNs.length, maxCoreEvents, coreNs, edges };
}

function latencies(log: PacketLog, mesh: MeshSpec, alone: TickCheck): Omit<TimingResult['meshCycles'], 'cycleNs'> {
  const n = Math.max(1, log.tick.length);
  let sum = 0;
  let max = 0;
  let zeroLoad = 0;
  alone.arrival.forEach((cycle, p) => {
    const latency = cycle - log.release[p]!;
    sum += latency;
    max = Math.max(max, latency);
    zeroLoad += zeroLoadCycles(mesh, log.source[p]!, log.destination[p]!);
  });
  return { mean: sum / n, max, zeroLoadMean: zeroLoad / n };
}

function deadlineOf(
  log: PacketLog,
  check: TickCheck,
  run: {
    readonly tickNs: number;
    readonly asked: number;
    readonly clock: CoreClock;
    readonly coreNs: readonly number[];
  },
): TimingResult['deadline'] {
  const { tickNs, asked, clock, coreNs } = run;
  let missed = 0;
  let slack = Infinity;
  check.arrival.forEach((cycle, p) => {
    const left = log.delay[p]! * asked - cycle;
    if (left < 0) missed++;
    slack = Math.min(slack, left);
  });
  const lateTicks = coreNs.filter((ns) => ns > tickNs).length;
  return {
    tickNs,
    met: missed === 0 && lateTicks === 0,
    missedPackets: missed,
    lateTicks,
    slackNs: slack === Infinity ? null : slack * clock.meshCycleNs,
  };
}

/** The packet with the least slack in the fastest tick, and what most of its time goes to. */
function limitOf(
  { spec, cores }: TrueNorthProgram,
  { log, mesh, clock }: { readonly log: PacketLog; readonly mesh: MeshSpec; readonly clock: CoreClock },
  best: TickCheck,
  coreCycles: number,
): { limitedBy: TickLimit; packet: PacketTiming | null } {
  let worst = -1;
  let least = Infinity;
  best.arrival.forEach((cycle, p) => {
    const left = log.delay[p]! * best.tickCycles - cycle;
    // A packet with much time may end closest to its deadline only because ticks are counted in whole cycles.
    if (left / log.delay[p]! >= least) return;
    least = left / log.delay[p]!;
    worst = p;
  });
  if (worst < 0 || (coreCycles >= best.tickCycles && least > 0)) return { limitedBy: 'core', packet: null };
  const neuron = log.neuron[worst]!;
  const distance = zeroLoadCycles(mesh, log.source[worst]!, log.destination[worst]!);
  const wait = best.arrival[worst]! - log.release[worst]! - distance;
  const send = log.release[worst]!;
  const most = Math.max(send, distance, wait);
  const packet: PacketTiming = {
    tick: log.tick[worst]!,
    core: Math.floor(neuron / spec.neuronsPerCore),
    neuron: neuron % spec.neuronsPerCore,
    targetCore: cores.target[neuron]!,
    delay: log.delay[worst]!,
    sendNs: send * clock.meshCycleNs,
    distanceNs: distance * clock.meshCycleNs,
    waitNs: wait * clock.meshCycleNs,
    arrivalNs: best.arrival[worst]! * clock.meshCycleNs,
  };
  return { limitedBy: most === send ? 'core of a packet' : most === distance ? 'distance' : 'contention', packet };
}
