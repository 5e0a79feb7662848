/** Signals of one core of a NorthPole-style chip: what its units and links do, cycle by cycle, which its schedule says. */
import { fail } from '../../../common/diagnostics.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { WaveRecorder, type WaveSignal } from '../../../ir/trace/waveform.js';
import { LANE, timelineOf } from '../../../simulator/timeline/northpole.js';
import type { CompleteEvent, TraceEvent } from '../../../simulator/timeline/trace-format.js';
import type { ProbeRequest } from '../../chip.js';

/** Groups of signals. */
const GROUPS = ['units', 'links', 'layer'] as const;

/** Records a core over the cycles of the request. @throws UserError for what is not there */
export function probeNorthPole(
  program: NorthPoleProgram,
  { core: [x, y], neurons, signals = GROUPS, from, to }: ProbeRequest,
): readonly WaveSignal[] {
  const { gridWidth, gridHeight } = program.spec;
  if (x >= gridWidth || y >= gridHeight) {
    const message = `the chip has ${gridWidth} x ${gridHeight} cores`;
    fail('unknown-core', `core ${x},${y}`, message, `use 0,0 to ${gridWidth - 1},${gridHeight - 1}`);
  }
  if (neurons !== undefined) {
    fail('no-neurons', `neurons ${neurons.join('-')}`, 'cores of this chip have units, no neurons', 'leave it out');
  }
  const unknown = signals.filter((name) => !GROUPS.some((known) => known === name));
  if (unknown.length > 0) {
    fail('unknown-signal', `signals ${unknown.join(',')}`, 'a core has no such signals', `use ${GROUPS.join(', ')}`);
  }
  const events = [...timelineOf(program, { cores: [y * gridWidth + x] })];
  const processes = namesOf(events, 'process_name');
  const threads = namesOf(events, 'thread_name');
  const busy = new Map<string, { readonly group: string; readonly name: string; readonly spans: Span[] }>();
  for (const event of events) {
    if (event.ph !== 'X') continue;
    const process = processes.get(`${event.pid}`) ?? '';
    // Accesses side by side in a cycle stand on lanes of the thread.
    const thread = threads.get(`${event.pid}/${event.tid % LANE}`) ?? '';
    const group = process.startsWith('core ') ? 'units' : thread.startsWith('link ') ? 'links' : undefined;
    if (group === undefined || !signals.includes(group)) continue;
    const name = group === 'units' ? thread : `${process}: ${thread}`;
    const signal = busy.get(`${group} ${name}`) ?? { group, name, spans: [] };
    busy.set(`${group} ${name}`, signal);
    signal.spans.push(spanOf(event));
  }
  const levels = [...busy.values()].map(({ group, name, spans }) =>
    levelOf(spans, [from, to]).signal({ group, name: name.replaceAll(/[^\w]+/g, '_'), kind: 'level' }),
  );
  return [...levels, ...(signals.includes('layer') ? [runningLayer(program, [from, to])] : [])];
}

type Span = readonly [first: number, end: number];

const spanOf = ({ ts, dur }: CompleteEvent): Span => [ts, ts + dur];

/** 1 in the cycles of any span. */
function levelOf(spans: readonly Span[], [from, to]: Span): WaveRecorder {
  const sorted = spans.toSorted((a, b) => a[0] - b[0]);
  let at = 0;
  const recorder = new WaveRecorder();
  const changes = new Map<number, number>([[from, 0]]);
  while (at < sorted.length) {
    const [first, end] = sorted[at] ?? [0, 0];
    let until = end;
    for (at++; at < sorted.length && (sorted[at]?.[0] ?? 0) <= until; at++)
      until = Math.max(until, sorted[at]?.[1] ?? 0);
    if (until <= from || first >= to) continue;
    changes.set(Math.max(first, from), 1);
    if (until < to) changes.set(until, 0);
  }
  for (const [cycle, value] of [...changes].sort(([a], [b]) => a - b)) recorder.record(cycle, value);
  return recorder;
}

/** The layer that was started last, -1 before the first one. */
function runningLayer({ layers }: NorthPoleProgram, [from, to]: Span): WaveSignal {
  const recorder = new WaveRecorder();
  const starts = layers.map(({ timing }, l) => [timing.start, l] as const).sort(([a], [b]) => a - b);
  const before = starts.filter(([start]) => start <= from).at(-1);
  recorder.record(from, before?.[1] ?? -1);
  for (const [start, l] of starts) if (start > from && start < to) recorder.record(start, l);
  return recorder.signal({ group: 'layer', name: 'layer', kind: 'value' });
}

/** Names of processes by `pid`, of threads by `pid/tid`. */
function namesOf(events: readonly TraceEvent[], what: 'process_name' | 'thread_name'): ReadonlyMap<string, string> {
  return new Map(
    events.flatMap((event): readonly (readonly [string, string])[] => {
      if (event.ph !== 'M' || event.name !== what || !('name' in event.args)) return [];
      return [[what === 'process_name' ? `${event.pid}` : `${event.pid}/${event.tid}`, event.args.name]];
    }),
  );
}
