/**
 * The mesh of a TrueNorth-style program along time: every packet on every link, cycle by cycle, as the readable model of the mesh moves it.
 *
 *   process 1       the ticks, each as long as the slowest packet of any tick needs
 *   a process       a router, with a thread for what its core sends and for each of its outputs; a link is taken for one cycle
 */
import { MeshModel } from '../../hw-models/truenorth/mesh-model.js';
import { PORT } from '../../hw-models/truenorth/mesh.js';
import { independentTicks } from '../noc/deadlines.js';
import { timeLine } from '../noc/packet-log.js';
import type { TracedProgram } from '../noc/program-timing.js';
import { type CompleteEvent, traceJson, type TraceEvent, type TraceFacts } from './trace-format.js';

const TICKS = 1;
/** Processes of routers follow from here on. */
const ROUTERS = 16;
/** Thread of what a core sends; outputs follow, in the order of their ports. */
const SENDS = 0;
const OUTPUTS = Object.entries(PORT).map(([name, port]) => ({ name: name === 'core' ? 'to core' : name, port }));
/** Cycles between two looks at what has moved. */
const CYCLES_PER_PIECE = 256;

/** All events: ticks and names, then moves in the order of their cycles. */
export function* meshTimelineOf({ program, mesh, trace }: TracedProgram): Generator<TraceEvent> {
  const { log } = trace;
  const { tickCycles } = independentTicks(mesh, log, trace.edges[0]?.spikesPerTick ?? 0);
  const { traffic, order } = timeLine(log, tickCycles);
  yield* namesOf(mesh.width, new Set([...log.source, ...log.destination]));
  for (let tick = 0; tick < trace.ticks; tick++) {
    const args = { tick, slowestCoreNs: trace.coreNs[tick] ?? 0 };
    yield event({ pid: TICKS, tid: 0 }, [tick * tickCycles, tickCycles], `tick ${tick}`, args);
  }
  const place = (router: number): string => `${router % mesh.width},${Math.floor(router / mesh.width)}`;
  const argsOf = (packet: number): CompleteEvent['args'] => {
    const p = order[packet] ?? 0;
    const neuron = log.neuron[p] ?? 0;
    const perCore = program.spec.neuronsPerCore;
    return {
      ...{ tick: log.tick[p] ?? 0, from: place(log.source[p] ?? 0), to: place(log.destination[p] ?? 0) },
      ...{ core: Math.floor(neuron / perCore), neuron: neuron % perCore, delay: log.delay[p] ?? 0 },
    };
  };
  let moved: CompleteEvent[] = [];
  const shown = (thread: { readonly pid: number; readonly tid: number }, cycle: number, packet: number): void => {
    moved.push(event(thread, [cycle, 1], `packet ${order[packet] ?? 0}`, argsOf(packet)));
  };
  const model = new MeshModel(mesh, traffic, undefined, ({ cycle, router, output, packet }) =>
    shown({ pid: ROUTERS + router, tid: 1 + output }, cycle, packet),
  );
  for (let packet = 0; packet < order.length; packet++) {
    shown({ pid: ROUTERS + (traffic.source[packet] ?? 0), tid: SENDS }, traffic.release[packet] ?? 0, packet);
  }
  yield* inTurn(moved);
  while (model.isBusy) {
    moved = [];
    for (let cycle = 0; cycle < CYCLES_PER_PIECE && model.isBusy; cycle++) {
      model.skipIdle();
      model.step();
    }
    yield* moved;
  }
}

/** Packets that a core sends in one cycle stand one after the other: events of a thread do not overlap. */
function* inTurn(events: readonly CompleteEvent[]): Generator<CompleteEvent> {
  const free = new Map<number, number>();
  for (const one of events) {
    const ts = Math.max(one.ts, free.get(one.pid) ?? 0);
    free.set(one.pid, ts + one.dur);
    yield { ...one, ts };
  }
}

/** The timeline as a JSON file, in pieces. */
export function meshTimelineJson(run: TracedProgram): Generator<string> {
  return traceJson(meshTimelineOf(run), factsOf(run));
}

const factsOf = ({ program, data, nSamples, clock, trace }: TracedProgram): TraceFacts => ({
  ...{ program: program.name, chip: program.spec.name, data: data.name, samples: nSamples, ticks: trace.ticks },
  ...{ packets: trace.log.tick.length, meshCycleNs: clock.meshCycleNs },
  time: 'one microsecond of the viewer is one cycle of the mesh; ticks are so long that no packet meets one of another tick',
});

function* namesOf(width: number, routers: ReadonlySet<number>): Generator<TraceEvent> {
  yield named('process_name', [TICKS, 0], 'ticks');
  for (const router of [...routers].sort((a, b) => a - b)) {
    const pid = ROUTERS + router;
    yield named('process_name', [pid, 0], `router ${router % width},${Math.floor(router / width)}`);
    yield { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } };
    yield named('thread_name', [pid, SENDS], 'core sends');
    for (const { name, port } of OUTPUTS) yield named('thread_name', [pid, 1 + port], name);
  }
}

const named = (
  what: 'process_name' | 'thread_name',
  [pid, tid]: readonly [number, number],
  name: string,
): TraceEvent => ({ ph: 'M', name: what, pid, tid, args: { name } });

const event = (
  thread: { readonly pid: number; readonly tid: number },
  [ts, dur]: readonly [number, number],
  name: string,
  args: CompleteEvent['args'],
): CompleteEvent => ({ ph: 'X', name, cat: 'mesh', ...thread, ts, dur, args });
