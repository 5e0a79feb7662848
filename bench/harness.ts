/**
 * What all benchmarks share. Each prints a table, or with `--json` one object: what was measured (`rows`), and by how many times one thing is
 * faster or better than another (`ratios`, by name). `--quick` takes the smallest setting, to see that a benchmark works: its numbers mean nothing.
 */
import { cpus, loadavg } from 'node:os';

/** Whether the smallest setting was asked for. */
export const QUICK = process.argv.includes('--quick');
const JSON_WANTED = process.argv.includes('--json');

/** The options of every benchmark, for `parseArgs`. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

/** The default of an option: the usual one, or that of `--quick`. */
export const byDefault = <T>(usual: T, quick: T): T => (QUICK ? quick : usual);

/** Where it was measured. */
export interface Machine {
  readonly processors: number;
  readonly processor: string;
  readonly node: string;
  /** Load averages of 1, 5 and 15 minutes: other programs make numbers worse. */
  readonly load: readonly number[];
}

const machine: Machine = {
  processors: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  load: loadavg(),
};

/** The machine as the first line of a table. */
export const machineText = `machine: ${machine.processors} x ${machine.processor}, Node ${machine.node}, load ${machine.load
  .map((value) => value.toFixed(1))
  .join(' ')}`;

/** Prints a line of the table; nothing with `--json`. */
export function say(text: string): void {
  if (!JSON_WANTED) console.log(text);
}

/** What a benchmark measured. */
export interface BenchResult {
  /** As in `npm run bench -- NAME`. */
  readonly bench: string;
  readonly rows: readonly object[];
  /** Larger is better for us. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Whatever else one has to know. */
  readonly notes?: object;
}

/** Prints the object of `--json`; nothing without it. */
export function finish({ bench, rows, ratios, notes = {} }: BenchResult): void {
  if (JSON_WANTED) console.log(JSON.stringify({ bench, machine, quick: QUICK, ...notes, rows, ratios }, null, 2));
}

/** The middle one; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Seconds of CPU time of this process and its threads. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
