/** Sequences of frames: what they are, and what can be said about their making. */
import { MAX_BYTES } from '../../common/archive/unpack.js';
import { type Diagnostic, fail, warningAt } from '../../common/diagnostics.js';
import type { Split } from '../dataset.js';
import { type BinningLosses, type EventCounts, MAX_COUNT, type Strays, type TimeOrigin } from './bin.js';
import type { EventField, TimeUnit } from './event-list.js';

/** What can be said about events and frames. */
export interface SequenceOptions {
  /** Duration of a step, seconds; the network's time step without it. */
  readonly bin?: number | undefined;
  /** Steps of a sample. Frames have as many as their file without it; events and images need it. */
  readonly steps?: number | undefined;
  readonly timeUnit?: TimeUnit | undefined;
  /** Columns of plain arrays of events; t, x, y, p without it. */
  readonly columns?: readonly EventField[] | undefined;
  /** [rows, columns, polarities]; the shape that the network reads without it. */
  readonly sensor?: readonly [number, number, number] | undefined;
  readonly counts?: EventCounts | undefined;
  readonly strays?: Strays | undefined;
  readonly origin?: TimeOrigin | undefined;
}

/** What reads the sequences. */
export interface SequenceReader {
  /** Shape of one frame. */
  readonly inputShape: readonly number[];
  /** Seconds from step to step. */
  readonly stepSeconds: number;
}

/** Labelled sequences of frames in memory. */
export interface Sequences {
  readonly name: string;
  readonly split: Split;
  /** [steps, ...shape of a frame]. */
  readonly shape: readonly number[];
  /** [n, steps, ...shape of a frame] counts 0..255. */
  readonly images: Uint8Array;
  /** [n] class of every sample. */
  readonly labels: Uint8Array;
  readonly nClasses: number;
  readonly classNames?: readonly string[];
}

/** Sequences, and what was left out on the way. */
export interface LoadedSequences {
  readonly data: Sequences;
  readonly warnings: readonly Diagnostic[];
}

/** A split of sequences on disk. Only what is taken is read and binned. */
export interface OpenSequences {
  readonly nSamples: number;
  take(first: number, end: number): Promise<LoadedSequences>;
}

/** A data set and the split of it. */
export type NamedSplit = Pick<Sequences, 'name' | 'split'>;

/** What the frames of a sample do not show, said once for all samples. */
export function lossWarnings(losses: BinningLosses, name: string): readonly Diagnostic[] {
  const dropped = losses.before + losses.after + losses.outside;
  const place = `data set "${name}"`;
  const warnings: Diagnostic[] = [];
  if (dropped > 0) {
    const parts = [
      [losses.before, 'before time 0'],
      [losses.after, 'beyond the last step'],
      [losses.outside, 'outside of the sensor'],
    ] as const;
    const text = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
    const message = `${dropped} events are dropped: ${text.join(', ')}`;
    warnings.push(warningAt('dropped-events', place, message, 'leave --stray-events out to see them file by file'));
  }
  if (losses.capped > 0) {
    const message = `${losses.capped} events are beyond ${MAX_COUNT} of a pixel in a step, which is as far as a frame counts`;
    warnings.push(warningAt('capped-events', place, message, 'use a shorter --bin'));
  }
  return warnings;
}

/** Elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/** @throws UserError for more frames than are kept; room is asked for after this only */
export function checkRoom(nSamples: number, steps: number, size: number, name: string): void {
  const bytes = nSamples * steps * size;
  if (bytes <= MAX_BYTES) return;
  const message = `${nSamples} samples of ${steps} frames of ${size} values are ${bytes} bytes, at most ${MAX_BYTES} are kept`;
  fail(
    'sequences-too-large',
    `data set "${name}"`,
    message,
    'pass a smaller --limit, fewer --steps, or a longer --bin',
  );
}
