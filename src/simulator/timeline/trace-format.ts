/**
 * The JSON format of Chrome's trace viewer and Perfetto (ui.perfetto.dev): complete events on threads of processes. The viewer's microsecond
 * stands for one clock cycle.
 *
 * Source: "Trace Event Format", Google, the JSON object form with `traceEvents`; `ph: "X"` complete events, `ph: "M"` metadata.
 */

/** Something that lasts, on a thread. */
export interface CompleteEvent {
  readonly ph: 'X';
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  /** First cycle. */
  readonly ts: number;
  /** Cycles, at least 1. */
  readonly dur: number;
  readonly args: Readonly<Record<string, number | string>>;
}

/** Name or place of a process or thread. */
export interface MetadataEvent {
  readonly ph: 'M';
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index';
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name: string } | { readonly sort_index: number };
}

/** One entry of `traceEvents`. */
export type TraceEvent = CompleteEvent | MetadataEvent;

/** What stands beside the events: facts about the run, shown by the viewer as metadata. */
export type TraceFacts = Readonly<Record<string, string | number>>;

/** The file in pieces of about `chunkBytes` characters, so that it never has to be in memory as a whole. */
export function* traceJson(events: Iterable<TraceEvent>, facts: TraceFacts, chunkBytes = 65_536): Generator<string> {
  let chunk = `{"displayTimeUnit":"ns","otherData":${JSON.stringify(facts)},"traceEvents":[`;
  let first = true;
  for (const event of events) {
    chunk += `${first ? '\n' : ',\n'}${JSON.stringify(event)}`;
    first = false;
    if (chunk.length < chunkBytes) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n]}\n`;
}
