import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { timelineFacts, timelineJson, timelineOf } from '../../../src/simulator/timeline/northpole.js';
import type { CompleteEvent, TraceEvent } from '../../../src/simulator/timeline/trace-format.js';
import { runCycles } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import { everyKind, randomValues } from '../../support/northpole-cases.js';
import { randomIntegerNetwork } from '../../support/random-network.js';

const ALL_CORES = Array.from({ length: 16 }, (_, core) => core);
const program = everyKind(2);

const complete = (events: Iterable<TraceEvent>): CompleteEvent[] =>
  [...events].flatMap((event) => (event.ph === 'X' ? [event] : []));

/** Pairs of events on one thread that overlap. */
function overlaps(events: readonly CompleteEvent[]): string[] {
  const threads = new Map<string, CompleteEvent[]>();
  for (const event of events) {
    const key = `${event.pid}/${event.tid}`;
    threads.set(key, [...(threads.get(key) ?? []), event]);
  }
  return [...threads].flatMap(([key, list]) => {
    list.sort((a, b) => a.ts - b.ts);
    return list.flatMap((event, n) => {
      const next = list[n + 1];
      return next !== undefined && event.ts + event.dur > next.ts
        ? [`${key}: ${event.name} at ${event.ts}, ${next.name} at ${next.ts}`]
        : [];
    });
  });
}

/** Cycles on threads of one name, over all cores. */
function cyclesOn(events: readonly TraceEvent[], thread: string): number {
  const threads = new Set(
    events.flatMap((e) =>
      e.ph === 'M' && e.name === 'thread_name' && 'name' in e.args && e.args.name === thread
        ? [`${e.pid}/${e.tid}`]
        : [],
    ),
  );
  return complete(events).reduce((n, e) => n + (threads.has(`${e.pid}/${e.tid}`) ? e.dur : 0), 0);
}

describe('the timeline of a program', () => {
  it('has no two events of one unit at the same time', () => {
    expect(overlaps(complete(timelineOf(program, { cores: ALL_CORES })))).toEqual([]);
  });

  it.each([3, 7, 22])('nor on compiled random network %d', (seed) => {
    const compiled = compileNorthPole(randomIntegerNetwork(seed), { spec: NORTHPOLE_SMALL, batch: 2 }).program;
    expect(overlaps(complete(timelineOf(compiled, { cores: ALL_CORES })))).toEqual([]);
  });

  it('shows a collision as an overlap', () => {
    const [first, ...others] = program.layers;
    const packets = first!.timing.packets.slice();
    packets[1] = packets[0]!;
    const broken: NorthPoleProgram = {
      ...program,
      layers: [{ ...first!, timing: { ...first!.timing, packets } }, ...others],
    };
    expect(overlaps(complete(timelineOf(broken, { cores: ALL_CORES }))).length).toBeGreaterThan(0);
  });

  it('has as many cycles of the VMM and as many packets as the chip counts', () => {
    const events = [...timelineOf(program, { cores: ALL_CORES })];
    const { counters } = runCycles(program, randomValues(1, 2, program.tensors[0]!));
    const { vmmCycles, packets } = counters;
    expect(cyclesOn(events, 'VMM')).toBe(vmmCycles[8] + vmmCycles[4] + vmmCycles[2] + vmmCycles[1]);
    const injections = program.layers.flatMap((layer) => Array.from(layer.timing.packets)).filter((t) => t >= 0).length;
    expect(injections).toBe(packets);
    expect(cyclesOn(events, 'injection port')).toBeGreaterThanOrEqual(packets);
  });

  it('lies between the start and the end of the batch', () => {
    const events = complete(timelineOf(program, { cores: ALL_CORES }));
    expect(Math.min(...events.map((e) => e.ts))).toBe(0);
    expect(Math.max(...events.map((e) => e.ts + e.dur))).toBe(program.cycles);
    expect(events.every((e) => Number.isInteger(e.ts) && Number.isInteger(e.dur) && e.dur >= 1)).toBe(true);
  });

  it('is the JSON trace viewers read', () => {
    const chunks = [...timelineJson(program)];
    const parsed: unknown = JSON.parse(chunks.join(''));
    const events = [...timelineOf(program)];
    expect(parsed).toEqual({ displayTimeUnit: 'ns', otherData: timelineFacts(program), traceEvents: events });
    expect(chunks.length).toBeGreaterThan(1);
    expect(timelineFacts(program)['time']).toBe('one microsecond of the viewer is one clock cycle');
    const named = new Set(events.flatMap((e) => (e.ph === 'M' && e.name === 'process_name' ? [e.pid] : [])));
    const threads = new Set(
      events.flatMap((e) => (e.ph === 'M' && e.name === 'thread_name' ? [`${e.pid}/${e.tid}`] : [])),
    );
    for (const e of complete(events)) {
      expect(named.has(e.pid)).toBe(true);
      expect(threads.has(`${e.pid}/${e.tid}`), `thread ${e.pid}/${e.tid}`).toBe(true);
    }
  });

  it('shows only the layers and cores asked for', () => {
    const events = complete(timelineOf(program, { layers: [1], cores: [0] }));
    expect(new Set(events.map((e) => e.args['layer']))).toEqual(new Set([1]));
    expect(events.filter((e) => e.pid >= 16).every((e) => e.pid === 16)).toBe(true);
  });
});
