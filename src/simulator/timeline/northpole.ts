/**
 * The timeline of a NorthPole-style program: what every unit, port and network does when, from its schedule alone. Nothing is simulated; the
 * cycle-by-cycle chip does exactly this (hw-models/northpole/sequencer.ts are the inverse formulas).
 *
 * Processes are the layers, the networks and the cores asked for; threads are units. Events of one thread never overlap: that would be
 * a collision. Data ports and links of the activation network take several accesses in a cycle while their bytes fit; these stand on
 * threads side by side.
 */
import { present } from '../../common/assert.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { type PacketRoute, PacketRoutes } from '../../hw-models/northpole/deliveries.js';
import { flitsOf } from '../../hw-models/northpole/exchange.js';
import {
  endsChain,
  packetCycle,
  passChannels,
  passPosition,
  planLayers,
  type LayerPlan,
  type SharePlan,
} from '../../hw-models/northpole/layer-plan.js';
import { dataReadCycles, lineAddress } from '../../hw-models/northpole/timing.js';
import { type CompleteEvent, type TraceEvent, type TraceFacts, traceJson } from './trace-format.js';

/** What to show. */
export interface TimelineOptions {
  /** Cores, y * gridWidth + x; by default the first four that work. */
  readonly cores?: readonly number[];
  /** Layers by number; all by default. */
  readonly layers?: readonly number[];
}

/** Processes that are no core; cores follow from `CORES` on. */
const PROCESS = { layers: 1, model: 2, partialSum: 3, activation: 4, instruction: 5 } as const;
const CORES = 16;

/** Threads of a core. */
const UNITS = [
  'VMM',
  'vector unit',
  'activation port',
  'weight port',
  'weight buffer',
  'data port',
  'injection port',
] as const;
type Unit = (typeof UNITS)[number];

const DEFAULT_CORES = 4;

/** All events, layer by layer; a generator, since large programs have millions. */
export function* timelineOf(program: NorthPoleProgram, options: TimelineOptions = {}): Generator<TraceEvent> {
  const plans = planLayers(program);
  const shown = options.layers ?? plans.map((_, l) => l);
  const cores = options.cores ?? workingCores(plans).slice(0, DEFAULT_CORES);
  yield* names(program, cores);
  const segments = Math.max(...plans.map(({ layer }) => layer.mapping.outGroups));
  for (let og = 0; og < segments; og++) yield threadName(PROCESS.model, og, `segment ${og}`);
  for (const plan of plans.filter(({ index }) => shown.includes(index))) {
    yield layerEvent(program, plan);
    yield* programEvents(program, plan);
    yield* busEvents(plan);
    const shared: CompleteEvent[] = [];
    for (const share of plan.shares.filter(({ core }) => cores.includes(core))) {
      yield* weightEvents(program, plan, share);
      yield* withoutShared(passEvents(program, plan, share), shared);
    }
    yield* withoutShared(packetEvents(program, plan, new Set(cores)), shared);
    yield* inLanes(shared);
  }
}

/** Data ports and links take several accesses in a cycle while their bytes fit. */
const isShared = ({ pid, tid }: CompleteEvent): boolean =>
  pid === PROCESS.activation || (pid >= CORES && tid === UNITS.indexOf('data port'));

/** Passes events on but those of shared threads, which it keeps in `shared`. */
function* withoutShared(events: Iterable<CompleteEvent>, shared: CompleteEvent[]): Generator<CompleteEvent> {
  for (const e of events) {
    if (isShared(e)) shared.push(e);
    else yield e;
  }
}

/** Threads of one lane; events that overlap on a shared thread stand on lanes, so many threads apart. */
export const LANE = 65_536;

/** Spreads the events of a layer on shared threads over lanes, so that none overlaps another; lanes but the first are named here. */
function* inLanes(events: CompleteEvent[]): Generator<TraceEvent> {
  const ends = new Map<string, number[]>();
  events.sort((a, b) => a.ts - b.ts);
  for (const e of events) {
    const thread = `${e.pid}/${e.tid}`;
    const lanes = ends.get(thread) ?? [];
    ends.set(thread, lanes);
    const free = lanes.findIndex((end) => end <= e.ts);
    const lane = free < 0 ? lanes.length : free;
    if (free < 0 && lane > 0) yield threadName(e.pid, e.tid + lane * LANE, `access ${lane + 1} of a cycle`);
    lanes[lane] = e.ts + e.dur;
    yield { ...e, tid: e.tid + lane * LANE };
  }
}

/** The timeline as a JSON file, in pieces. */
export function timelineJson(program: NorthPoleProgram, options: TimelineOptions = {}): Generator<string> {
  return traceJson(timelineOf(program, options), timelineFacts(program));
}

/** What the file says about itself. */
export function timelineFacts(program: NorthPoleProgram): TraceFacts {
  return {
    program: program.name,
    chip: program.spec.name,
    batch: program.batch,
    cycles: program.cycles,
    clockMhz: program.spec.clockMhz,
    time: 'one microsecond of the viewer is one clock cycle',
  };
}

function workingCores(plans: readonly LayerPlan[]): readonly number[] {
  return [...new Set(plans.flatMap((plan) => plan.shares.map(({ core }) => core)))].sort((a, b) => a - b);
}

function* names({ spec }: NorthPoleProgram, cores: readonly number[]): Generator<TraceEvent> {
  const processes: (readonly [number, string])[] = [
    [PROCESS.layers, 'layers'],
    [PROCESS.model, 'model network'],
    [PROCESS.partialSum, 'partial-sum network'],
    [PROCESS.activation, 'activation network'],
    [PROCESS.instruction, 'instruction network'],
    ...cores.map(
      (core) => [CORES + core, `core ${core % spec.gridWidth},${Math.floor(core / spec.gridWidth)}`] as const,
    ),
  ];
  for (const [pid, name] of processes) {
    yield { ph: 'M', name: 'process_name', pid, tid: 0, args: { name } };
    yield { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } };
  }
  yield threadName(PROCESS.layers, 0, 'layers');
  yield threadName(PROCESS.instruction, 0, 'rows');
  for (const core of cores) {
    for (const [tid, unit] of UNITS.entries()) yield threadName(CORES + core, tid, unit);
    for (const [port, to] of neighbours(spec.gridWidth, spec.gridHeight, core)) {
      yield threadName(PROCESS.activation, core * 4 + port, `link ${core} to ${to}`);
      yield threadName(PROCESS.partialSum, core * 4 + port, `link ${core} to ${to}`);
    }
  }
}

const threadName = (pid: number, tid: number, name: string): TraceEvent => ({
  ph: 'M',
  name: 'thread_name',
  pid,
  tid,
  args: { name },
});

/** Ports (east, west, south, north) of a core with the neighbours behind them. */
function neighbours(width: number, height: number, core: number): readonly (readonly [number, number])[] {
  const [x, y] = [core % width, Math.floor(core / width)];
  const all = [
    [x + 1 < width, 0, core + 1],
    [x > 0, 1, core - 1],
    [y + 1 < height, 2, core + width],
    [y > 0, 3, core - width],
  ] as const;
  return all.flatMap(([there, port, to]) => (there ? [[port, to] as const] : []));
}

/** Thread of the link from a core to its neighbour. */
function linkThread(width: number, from: number, to: number): number {
  return from * 4 + (to === from + width ? 2 : to === from - width ? 3 : to > from ? 0 : 1);
}

function event(
  place: { readonly pid: number; readonly tid: number },
  [ts, dur]: readonly [number, number],
  name: string,
  args: CompleteEvent['args'],
): CompleteEvent {
  return { ph: 'X', name, cat: 'northpole', ...place, ts, dur, args };
}

const unit = (share: SharePlan, name: Unit): { pid: number; tid: number } => ({
  pid: CORES + share.core,
  tid: UNITS.indexOf(name),
});

function layerEvent(program: NorthPoleProgram, { index, layer, pass }: LayerPlan): CompleteEvent {
  const { rows, columns, outGroups, inGroups } = layer.mapping;
  const { start, end } = layer.timing;
  return event({ pid: PROCESS.layers, tid: 0 }, [start, end - start], layer.name, {
    layer: index,
    kind: layer.kind,
    split: `${rows} x ${columns} tiles, ${outGroups} out-groups, ${inGroups} in-groups`,
    passes: pass.nPasses,
    batch: program.batch,
  });
}

function* programEvents({ spec }: NorthPoleProgram, { index, layer }: LayerPlan): Generator<TraceEvent> {
  const { programStart, programEnd } = layer.timing;
  if (programEnd <= programStart) return;
  const bytes = spec.gridWidth * layer.memory.programBytes;
  const busy = Math.ceil(bytes / (spec.networks.instruction.wires / 8));
  const args = { layer: index, bytesPerRow: bytes, arrives: programEnd };
  yield event({ pid: PROCESS.instruction, tid: 0 }, [programStart, busy], `program of ${layer.name}`, args);
}

/** Cycles in which the weights of slot k of pass j leave the memories: from the first line on, for `period` cycles. */
function linesFrom({ layer, pass, from }: LayerPlan, j: number, k: number): number {
  return from + j * layer.timing.passPeriod + k * pass.slot;
}

function* busEvents(plan: LayerPlan): Generator<TraceEvent> {
  const { layer, pass, weights } = plan;
  if (weights === undefined || layer.mapping.rows * layer.mapping.columns === 1) return;
  const { period, lines } = weights.stream;
  const args = { layer: plan.index, linesPerBlock: lines, inGroups: layer.mapping.inGroups };
  for (let og = 0; og < layer.mapping.outGroups; og++) {
    const [x, y, width, height] = layer.mapping.segments.subarray(og * 4, og * 4 + 4);
    for (let j = 0; j < pass.nPasses; j++) {
      for (let k = 0; k < pass.nK; k++) {
        const where = `${x},${y} ${width}x${height}`;
        const time = [linesFrom(plan, j, k), period] as const;
        yield event({ pid: PROCESS.model, tid: og }, time, layer.name, { ...args, pass: j, block: k, segment: where });
      }
    }
  }
}

function* weightEvents({ spec }: NorthPoleProgram, plan: LayerPlan, share: SharePlan): Generator<TraceEvent> {
  const { layer, pass, weights } = plan;
  if (weights === undefined) return;
  const { lines, period, latency } = weights.stream;
  for (let j = 0; j < pass.nPasses; j++) {
    for (let k = 0; k < pass.nK; k++) {
      const ob = j % layer.mapping.outBlocks;
      let own = 0;
      for (let i = 0; i < lines; i++) {
        if (lineAddress(spec, layer.mapping, lines, pass.nK, { ob, k, i }).tile === share.tile) own++;
      }
      const from = linesFrom(plan, j, k);
      const args = { layer: plan.index, pass: j, block: k, lines: own };
      if (own > 0) yield event(unit(share, 'weight port'), [from, period], layer.name, args);
      yield event(unit(share, 'weight buffer'), [from + latency, period], layer.name, { ...args, lines });
    }
  }
}

/** VMM, partial sums out, vector unit and the operands it reads, pass by pass. */
function* passEvents(program: NorthPoleProgram, plan: LayerPlan, share: SharePlan): Generator<CompleteEvent> {
  const { layer, pass } = plan;
  const { start, passPeriod } = layer.timing;
  const reads = dataReadCycles(program, layer);
  for (let j = 0; j < pass.nPasses; j++) {
    const [c0, c1] = passChannels(program, plan, share, j);
    const positions = positionsOf(program, plan, share, j);
    const [p0, p1] = [positions[0], positions.at(-1)];
    if (c0 >= c1 || p0 === undefined || p1 === undefined) continue;
    const at = start + j * passPeriod;
    const args = { layer: plan.index, pass: j, firstChannel: c0, channels: c1 - c0, positions: positions.length };
    const blocks = share.blocks[j % layer.mapping.outBlocks] ?? [];
    for (const [k, { ky, kx, c0: element }] of blocks.entries()) {
      const time = [at + k * pass.slot + p0, p1 - p0 + 1] as const;
      const block = { ...args, block: k, tap: `${ky},${kx}`, element };
      yield event(unit(share, 'VMM'), time, layer.name, block);
      yield event(unit(share, 'activation port'), time, layer.name, block);
    }
    if (!endsChain(plan, share)) {
      const hops = layer.mapping.inGroups - 1 - share.inGroup;
      const leaves = at + pass.lead - hops * (program.spec.networks.partialSum.hopCycles + 1) + p0 * pass.interval;
      const to = present(plan.shares[share.index + 1], 'next share').core;
      const tid = linkThread(program.spec.gridWidth, share.core, to);
      const time = [leaves, (p1 - p0) * pass.interval + 1] as const;
      yield event({ pid: PROCESS.partialSum, tid }, time, layer.name, args);
      continue;
    }
    if (layer.kind === 'sequence' && pass.lead > 0) {
      yield event(unit(share, 'vector unit'), [at, pass.lead], `${layer.name}: sweep`, args);
      yield event(unit(share, 'data port'), [at, pass.lead], `${layer.name}: sweep`, args);
    }
    const first = at + pass.lead + p0 * pass.interval;
    yield event(unit(share, 'vector unit'), [first, (p1 - p0 + 1) * pass.interval], layer.name, args);
    if (reads === 0) continue;
    for (const p of positions) {
      const time = [at + pass.lead + p * pass.interval, reads] as const;
      yield event(unit(share, 'data port'), time, `${layer.name}: operands`, {
        layer: plan.index,
        pass: j,
        position: p,
      });
    }
  }
}

/** Positions of a pass that a share has, ascending. */
function positionsOf(program: NorthPoleProgram, plan: LayerPlan, share: SharePlan, j: number): readonly number[] {
  const positions: number[] = [];
  for (let p = 0; p < plan.layer.mapping.positions; p++) {
    if (passPosition(program, plan, share, j, p) !== undefined) positions.push(p);
  }
  return positions;
}

/** Packets: their injection, the links that leave a shown core, the writes into a shown core. */
function* packetEvents(
  program: NorthPoleProgram,
  plan: LayerPlan,
  cores: ReadonlySet<number>,
): Generator<CompleteEvent> {
  const { layer, pass } = plan;
  const flits = flitsOf(program, layer);
  const routes = new PacketRoutes(program);
  const visible = new Map<PacketRoute, readonly VisibleStep[]>();
  for (const share of plan.shares.filter((s) => endsChain(plan, s))) {
    for (let j = 0; j < pass.nPasses; j++) {
      const [c0, c1] = passChannels(program, plan, share, j);
      for (let p = 0; p < layer.mapping.positions; p++) {
        const t = packetCycle(plan, share, j, p);
        const at = passPosition(program, plan, share, j, p);
        if (t < 0 || at === undefined) continue;
        const route = routes.of(plan.index, share.core, at.y, at.x, c0, c1);
        // Most packets of a large program pass no core that is shown.
        let steps = visible.get(route);
        if (steps === undefined) {
          steps = visibleSteps(program, route, share.core, flits, cores);
          visible.set(route, steps);
        }
        for (const { pid, tid, delay, dur, what } of steps) {
          const pixel = `${at.y},${at.x}`;
          const args = { layer: plan.index, from: share.core, pass: j, position: p, pixel, frame: at.frame };
          yield event({ pid, tid }, [t + delay, dur], `${layer.name}${what}`, args);
        }
      }
    }
  }
}

/** Something a packet does on a thread that is shown, `delay` cycles after its injection. */
interface VisibleStep {
  readonly pid: number;
  readonly tid: number;
  readonly delay: number;
  readonly dur: number;
  readonly what: string;
}

function visibleSteps(
  { spec }: NorthPoleProgram,
  { tree, deliveries }: PacketRoute,
  sender: number,
  flits: number,
  cores: ReadonlySet<number>,
): readonly VisibleStep[] {
  const steps: VisibleStep[] = [];
  const port = (core: number, name: Unit): { pid: number; tid: number } => ({
    pid: CORES + core,
    tid: UNITS.indexOf(name),
  });
  if (cores.has(sender)) steps.push({ ...port(sender, 'injection port'), delay: 0, dur: flits, what: '' });
  for (const [node, core] of tree.cores.entries()) {
    if (!cores.has(core)) continue;
    const delay = present(tree.distance[node], 'distance') * spec.networks.activation.hopCycles;
    for (const to of tree.next[node] ?? []) {
      const tid = linkThread(spec.gridWidth, core, present(tree.cores[to], 'core'));
      steps.push({ pid: PROCESS.activation, tid, delay, dur: flits, what: '' });
    }
    const copies = deliveries.filter((delivery) => delivery.core === core).length;
    if (copies > 0) steps.push({ ...port(core, 'data port'), delay, dur: copies * flits, what: ': results' });
  }
  return steps;
}
