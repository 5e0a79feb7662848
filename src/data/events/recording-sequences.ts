import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';
import { throwProblems } from '../files/bounded.js';
import { npyNumbers } from '../files/npy.js';
import { binEvents, type Binning, type BinningLosses, MAX_COUNT, stepsOf, strayProblems } from './bin.js';
import { EVENT_FIELDS } from './event-list.js';
import { readRecording, type Recording, type Recordings, unitProblems } from './recordings.js';
import {
  checkRoom,
  type LoadedSequences,
  lossWarnings,
  type NamedSplit,
  type OpenSequences,
  type SequenceOptions,
  type SequenceReader,
  sizeOf,
} from './sequence-types.js';

/** Recordings as sequences; each is read and binned when it is taken. @throws UserError */
export function openRecordings(
  recordings: Recordings,
  named: NamedSplit,
  reader: SequenceReader,
  options: SequenceOptions,
): OpenSequences {
  const { files, labels, classNames } = recordings;
  const { columns = EVENT_FIELDS, timeUnit, steps, counts = 'count', strays = 'error', origin = 'zero' } = options;
  const fileOptions = { timeUnit, columns };
  throwProblems(unitProblems(files, fileOptions), named.name);
  const sensor = options.sensor ?? sensorOf(reader.inputShape);
  checkSensor(sensor, reader.inputShape);
  const stepSeconds = options.bin ?? reader.stepSeconds;
  const size = sizeOf(sensor);
  const take = async (first: number, end: number): Promise<LoadedSequences> => {
    const asked = files.slice(first, end);
    const problems: Diagnostic[] = [];
    const read = (path: string): Promise<Recording | undefined> =>
      readRecording(path, fileOptions).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.diagnostics);
        return undefined;
      });
    if (steps === undefined) {
      let longest = 0;
      for (const { path } of asked) {
        const recording = await read(path);
        if (recording?.kind === 'events') longest = Math.max(longest, stepsOf(recording.events, stepSeconds, origin));
        if (recording?.kind === 'frames') longest = Math.max(longest, recording.frames.shape[0] ?? 0);
      }
      throwProblems(problems, named.name);
      return fail(
        'steps-missing',
        `data set "${named.name}"`,
        `nothing says how many steps a sample has; the longest of ${asked.length} recordings has ${longest} of ${stepSeconds} s`,
        `pass --steps ${Math.max(1, longest)}, or fewer and --stray-events drop`,
      );
    }
    checkRoom(asked.length, steps, size, named.name);
    const binning: Binning = { stepSeconds, steps, sensor, counts, strays, origin };
    const images = new Uint8Array(asked.length * steps * size);
    const sum = { before: 0, after: 0, outside: 0, capped: 0 };
    for (const [i, { path }] of asked.entries()) {
      const recording = await read(path);
      if (recording === undefined) continue;
      const frames = images.subarray(i * steps * size, (i + 1) * steps * size);
      const losses =
        recording.kind === 'events'
          ? binEvents(recording.events, binning, frames)
          : copyFrames(recording, binning, { path, frames, problems });
      if (strays === 'error') problems.push(...strayProblems(losses, binning, path));
      for (const key of LOSSES) sum[key] += losses[key];
    }
    throwProblems(problems, named.name);
    const shape = [steps, ...reader.inputShape];
    const data = { ...named, shape, images, labels: labels.slice(first, end), nClasses: classNames.length, classNames };
    return { data, warnings: lossWarnings(sum, named.name) };
  };
  return { nSamples: files.length, take };
}

const LOSSES = ['before', 'after', 'outside', 'capped'] as const satisfies readonly (keyof BinningLosses)[];

/** Copies the frames of one recording; frames beyond the last step are events beyond it. */
function copyFrames(
  { frames: array }: Recording & { readonly kind: 'frames' },
  { sensor, counts }: Binning,
  { path, frames, problems }: { readonly path: string; readonly frames: Uint8Array; readonly problems: Diagnostic[] },
): BinningLosses {
  const losses = { before: 0, after: 0, outside: 0, capped: 0 };
  if (array.shape.slice(1).join() !== sensor.join()) {
    const message = `frames of shape [${array.shape.join(', ')}], needed are [steps, ${sensor.join(', ')}]`;
    problems.push(errorAt('wrong-input-shape', path, message, 'save frames with polarities last: numpy.transpose'));
    return losses;
  }
  const values = npyNumbers(array);
  const bad = values.findIndex((value) => !Number.isInteger(value) || value < 0 || value > MAX_COUNT);
  if (bad >= 0) {
    const message = `element ${bad} is ${values[bad] ?? 0}, no count of 0..${MAX_COUNT}`;
    problems.push(errorAt('bad-event-file', path, message, 'save array.astype(numpy.uint8), after limiting it'));
    return losses;
  }
  values.forEach((value, i) => {
    if (i < frames.length) frames[i] = counts === 'one' ? Math.min(1, value) : value;
    else losses.after += value;
  });
  return losses;
}

/** The sensor of a network: [rows, columns, polarities]. A flat input is one row. */
function sensorOf(inputShape: readonly number[]): readonly [number, number, number] {
  const [first = 1, second = 1, third = 1] = inputShape;
  if (inputShape.length === 1) return [1, first, 1];
  return inputShape.length === 2 ? [first, second, 1] : [first, second, third];
}

function checkSensor(sensor: readonly number[], inputShape: readonly number[]): void {
  const isFlat = inputShape.length === 1;
  const fits = isFlat ? sizeOf(sensor) === inputShape[0] : sensor.join() === sensorOf(inputShape).join();
  if (fits) return;
  const message = `a sensor of [${sensor.join(', ')}] gives no frames of [${inputShape.join(', ')}], which the network reads`;
  fail('wrong-input-shape', `--sensor ${sensor.join(',')}`, message, 'say rows,columns,polarities of the network');
}
