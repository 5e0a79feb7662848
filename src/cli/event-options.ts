/** What the command line says about events: how recordings become the frames that a spiking network reads. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import {
  EVENT_COUNTS,
  type EventCounts,
  STRAYS,
  type Strays,
  TIME_ORIGINS,
  type TimeOrigin,
} from '../data/events/bin.js';
import { EVENT_FIELDS, type EventField, TIME_UNITS, type TimeUnit } from '../data/events/event-list.js';
import type { SequenceOptions } from '../data/events/sequence-types.js';
import { decimal } from './options.js';

/** Values of the options. */
interface EventTexts {
  readonly bin?: number;
  readonly steps?: number;
  readonly timeUnit?: TimeUnit;
  readonly eventColumns?: readonly EventField[];
  readonly sensor?: readonly [number, number, number];
  readonly eventCounts?: EventCounts;
  readonly strayEvents?: Strays;
  readonly eventOrigin?: TimeOrigin;
}

/** Options by their names in {@link EventTexts}. */
const FLAGS = {
  bin: '--bin <seconds>',
  steps: '--steps <n>',
  timeUnit: '--time-unit <unit>',
  eventColumns: '--event-columns <list>',
  sensor: '--sensor <list>',
  eventCounts: '--event-counts <what>',
  strayEvents: '--stray-events <what>',
  eventOrigin: '--event-origin <where>',
} as const satisfies Readonly<Record<keyof EventTexts, string>>;

const MAX_STEPS = 1 << 24;

/** Adds the options of events. */
export function withEventOptions(command: Command): Command {
  const choice = (flag: string, help: string, choices: readonly string[]): Option =>
    new Option(flag, `spiking networks: ${help}`).choices(choices);
  return command
    .option(FLAGS.bin, 'spiking networks: duration of a step (default: the time step of the network)', parseSeconds)
    .option(FLAGS.steps, 'spiking networks: steps of a sample', parseSteps)
    .addOption(choice(FLAGS.timeUnit, 'unit of times in .csv and .npy', Object.keys(TIME_UNITS)))
    .option(FLAGS.eventColumns, 'spiking networks: columns of plain arrays of events (default: t,x,y,p)', parseColumns)
    .option(FLAGS.sensor, 'spiking networks: rows,columns,polarities of flat inputs', parseSensor)
    .addOption(choice(FLAGS.eventCounts, 'a pixel of a step counts its events up to 255, or once', EVENT_COUNTS))
    .addOption(choice(FLAGS.strayEvents, 'what becomes of events that no frame has a place for', STRAYS))
    .addOption(choice(FLAGS.eventOrigin, 'time 0 is that of the file, or its first event', TIME_ORIGINS));
}

const KEYS: readonly (keyof EventTexts)[] = [
  ...(['bin', 'steps', 'timeUnit', 'eventColumns', 'sensor', 'eventCounts'] as const),
  ...(['strayEvents', 'eventOrigin'] as const),
];

/** The options of events that a command was given. */
export function eventOptionsOf(command: Command): SequenceOptions {
  const { bin, steps, timeUnit, eventColumns, sensor, eventCounts, strayEvents, eventOrigin } =
    command.opts<EventTexts>();
  return {
    ...{ bin, steps, timeUnit, sensor, columns: eventColumns },
    ...{ counts: eventCounts, strays: strayEvents, origin: eventOrigin },
  };
}

/** The options of events that a command was given, as they are written. */
export const givenEventOptions = (command: Command): readonly string[] =>
  KEYS.filter((key) => command.getOptionValueSource(key) === 'cli').map((key) => FLAGS[key].split(' ')[0] ?? key);

/** @throws UserError with every option of events that was given to a command whose network reads images */
export function refuseEventOptions(command: Command): void {
  throwIfErrors(eventOptionProblems(command));
}

/** Every option of events that was given to a command whose network reads images. */
export function eventOptionProblems(command: Command): readonly Diagnostic[] {
  const message = 'it says how events become frames, and the network reads images';
  return givenEventOptions(command).map((flag) => errorAt('option-of-events', flag, message, 'leave the option out'));
}

function parseSeconds(text: string): number {
  const value = decimal(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function parseSteps(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= MAX_STEPS)) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_STEPS}.`);
  }
  return value;
}

function parseColumns(text: string): readonly EventField[] {
  const columns = text.split(',').map((part) => {
    const field = EVENT_FIELDS.find((known) => known === part.trim());
    if (field === undefined) throw new InvalidArgumentError(`"${part}" is none of ${EVENT_FIELDS.join(', ')}.`);
    return field;
  });
  const isComplete = columns.includes('t') && columns.includes('x') && new Set(columns).size === columns.length;
  if (!isComplete) throw new InvalidArgumentError('It must name t and x, and each column once.');
  return columns;
}

function parseSensor(text: string): readonly [number, number, number] {
  const [rows = Number.NaN, columns = Number.NaN, polarities = 1, ...more] = text
    .split(',')
    .map((part) => decimal(part.trim()));
  const all = [rows, columns, polarities];
  if (more.length > 0 || all.some((value) => !Number.isInteger(value) || value < 1 || value > 65_536)) {
    throw new InvalidArgumentError('It must be rows,columns,polarities, for example 34,34,2.');
  }
  return [rows, columns, polarities];
}
