/** What all evaluations share: data sets and seeds. */
import { type Diagnostic, errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { sampleProblems, type SampleReader } from '../../ir/network/check-samples.js';
import type { Transform } from '../../ir/network/preprocess.js';
import { sizeOf } from '../../ir/network/shapes.js';

/** 8-bit samples with labels. */
export interface LabelledImages {
  readonly name: string;
  /** Shape of one sample, channels last. */
  readonly shape: readonly number[];
  /** [n, ...shape] values 0..255. */
  readonly images: Uint8Array;
  /** [n] class of every sample. */
  readonly labels: Uint8Array;
  readonly nClasses: number;
  /** What was done to the images, where a network asks for it. */
  readonly transforms?: readonly Transform[];
}

/** How many samples to run. @throws UserError if the data do not fit the network or program, or there are none */
export function countSamples(reader: SampleReader, data: LabelledImages, limit: number | undefined): number {
  const available = Math.floor(data.images.length / sizeOf(data.shape));
  const nSamples = Math.min(available, limit ?? available);
  throwIfErrors(sampleProblems(reader, { ...data, labels: data.labels.subarray(0, Math.max(0, nSamples)) }));
  if (!(nSamples >= 1) || !Number.isInteger(nSamples)) {
    fail(
      'no-samples',
      `data set "${data.name}"`,
      `${nSamples} of ${available} samples are asked for`,
      'give a limit of at least 1, or data with samples',
    );
  }
  return nSamples;
}

/** A finding for every seed that is not a safe integer >= 0. */
export function badSeeds(seeds: Readonly<Record<string, number>>): readonly Diagnostic[] {
  return Object.entries(seeds)
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 0)
    .map(([name, value]) =>
      errorAt('seed-range', name, `${value} is not a seed.`, 'Give an integer from 0 to 2^53 - 1.'),
    );
}
