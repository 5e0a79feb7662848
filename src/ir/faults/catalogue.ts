/**
 * The one list of faults and kinds of noise. Types, schemas, options, axes, checks and the table of docs/faults.md are derived from it; the exact
 * definitions stand in docs/faults.md. A new fault is a model, a row here and a line in the {@link FaultSupport} of each chip that has it.
 */
import { assert } from '../../common/assert.js';
import { FAULT_MEMORIES, type FaultMemory, KEPT_MEMORIES } from './memories.js';
import type { ScopePart } from './scope.js';

/** What the catalogue says of one fault. */
export interface FaultRow {
  readonly name: string;
  /** Largest level; the smallest is 0, the chip without this fault. Standard deviations have no natural end: 100 is far past any use. */
  readonly limit: number;
  readonly title: string;
  /** What a level is, for axes and tables. */
  readonly level: string;
  /** How levels are spread: rates over decades, or not. */
  readonly scale: 'log' | 'linear';
  /** What the field draws against the level. */
  readonly measure: 'error' | 'accuracy';
  /** Fixed: drawn once per chip (or board), nested in the level. Transient: drawn anew at every use. */
  readonly per: 'chip' | 'board' | 'use';
  /** Memories whose stored bits it hits; empty for what is no fault of stored bits. */
  readonly memories: readonly FaultMemory[];
  /** Parts of a scope that say something about it. */
  readonly scope: readonly ScopePart[];
  /** The fault that includes this one: not both. */
  readonly partOf?: string;
  /** The fault that it shares all there is with: their levels add up to 1 at most. */
  readonly sharesWith?: string;
}

const RATE = { limit: 1, scale: 'log', measure: 'error', per: 'chip' } as const;
const FRACTION = { limit: 1, scale: 'linear', measure: 'accuracy', per: 'chip' } as const;
const DEVIATION = { limit: 100, scale: 'linear', measure: 'error', per: 'chip' } as const;
const BITS = { scope: ['memories', 'protectedBits', 'layers', 'cores'] } as const;
const IN_CORES = { memories: [], scope: ['layers', 'cores'] } as const;
const ON_MESH = { memories: [], scope: ['known'] } as const;
/** Nowhere in particular: it cannot be limited to layers or cores. */
const PLACELESS = { memories: [], scope: [] } as const;

const ROWS = [
  {
    name: 'ber',
    title: 'Bit errors',
    level: 'probability that a stored bit is flipped',
    ...RATE,
    ...BITS,
    memories: FAULT_MEMORIES,
  },
  {
    name: 'ber_0to1',
    title: 'Bit errors from 0 to 1',
    level: 'probability that a stored 0 is flipped',
    ...RATE,
    ...BITS,
    memories: FAULT_MEMORIES,
    partOf: 'ber',
  },
  {
    name: 'ber_1to0',
    title: 'Bit errors from 1 to 0',
    level: 'probability that a stored 1 is flipped',
    ...RATE,
    ...BITS,
    memories: FAULT_MEMORIES,
    partOf: 'ber',
  },
  {
    name: 'stuck_at_0',
    title: 'Bits stuck at 0',
    level: 'fraction of the stored bits',
    ...RATE,
    ...BITS,
    memories: KEPT_MEMORIES,
    sharesWith: 'stuck_at_1',
  },
  {
    name: 'stuck_at_1',
    title: 'Bits stuck at 1',
    level: 'fraction of the stored bits',
    ...RATE,
    ...BITS,
    memories: KEPT_MEMORIES,
    sharesWith: 'stuck_at_0',
  },
  {
    name: 'dead_neuron',
    title: 'Dead neurons',
    level: 'fraction of the neurons that never fire',
    ...FRACTION,
    ...IN_CORES,
    sharesWith: 'saturated_neuron',
  },
  {
    name: 'saturated_neuron',
    title: 'Saturated neurons',
    level: 'fraction of the neurons that fire in every tick',
    ...FRACTION,
    ...IN_CORES,
    sharesWith: 'dead_neuron',
  },
  {
    name: 'threshold_mismatch',
    title: 'Threshold mismatch',
    level: 'standard deviation, relative to the threshold of the neuron',
    ...DEVIATION,
    ...IN_CORES,
  },
  {
    name: 'leak_mismatch',
    title: 'Leak mismatch',
    level: 'standard deviation, relative to the leak of the neuron',
    ...DEVIATION,
    ...IN_CORES,
  },
  {
    name: 'programming_error',
    title: 'Programming error',
    level: 'standard deviation of a deployed weight, in units of the largest of its layer',
    ...DEVIATION,
    ...IN_CORES,
  },
  {
    name: 'read_noise',
    title: 'Read noise',
    level: 'standard deviation of a deployed weight, in units of the largest of its layer',
    ...DEVIATION,
    ...IN_CORES,
    per: 'use',
  },
  {
    name: 'down_cores',
    title: 'Cores that are down',
    level: 'fraction of the cores',
    ...FRACTION,
    ...ON_MESH,
  },
  {
    name: 'down_links',
    title: 'Links that are down',
    level: 'fraction of the links',
    ...FRACTION,
    ...ON_MESH,
  },
  {
    name: 'down_chips',
    title: 'Chips that are down',
    level: 'fraction of the chips',
    ...FRACTION,
    ...ON_MESH,
    per: 'board',
  },
  {
    name: 'drop',
    title: 'Lost spikes',
    level: 'probability that a spike is lost',
    ...FRACTION,
    ...PLACELESS,
    per: 'use',
  },
  {
    name: 'spike_delay',
    title: 'Late spikes',
    level: 'probability that a spike arrives a tick late',
    ...FRACTION,
    ...PLACELESS,
    per: 'use',
  },
  {
    name: 'additive',
    title: 'Additive weight noise',
    level: 'standard deviation before deployment, in units of the largest weight',
    ...DEVIATION,
    ...PLACELESS,
  },
  {
    name: 'multiplicative',
    title: 'Multiplicative weight noise',
    level: 'standard deviation of the factor on each weight before deployment',
    ...DEVIATION,
    ...PLACELESS,
  },
] as const satisfies readonly FaultRow[];

/** The name of a fault or kind of noise. */
export type FaultName = (typeof ROWS)[number]['name'];

/** A row with its name. */
export type Fault = FaultRow & { readonly name: FaultName };

/** The catalogue, in the order of tables and messages. */
export const FAULTS: readonly Fault[] = ROWS;

/** The names of the catalogue. */
export const FAULT_NAMES: readonly FaultName[] = FAULTS.map(({ name }) => name);

/** Whether a text is the name of a fault. */
export const isFaultName = (name: string): name is FaultName => FAULT_NAMES.some((known) => known === name);

/** One value for each fault. */
export type ByFault<T> = Readonly<Record<FaultName, T>>;

/** The record of what `of` gives for each row. */
export function byFault<T>(of: (fault: Fault) => T): ByFault<T> {
  const values: Partial<Record<FaultName, T>> = {};
  for (const fault of FAULTS) values[fault.name] = of(fault);
  assert(isComplete(values), 'a value for each fault');
  return values;
}

const isComplete = <T>(values: Partial<Record<FaultName, T>>): values is Record<FaultName, T> =>
  FAULT_NAMES.every((name) => name in values);

/** The rows by name. */
export const FAULT: ByFault<Fault> = byFault((fault) => fault);

/** Title of the level axis of a plot. */
export const axisTitle = ({ level, per }: Fault): string => `${level} (per ${per})`;
