/** What all evaluations share: data sets and seeds. */
import { errorAt, fail, type Diagnostic } from '../../common/diagnostics.js';
import type { Transform } from '../../ir/network/preprocess.js';
import type { Shape } from '../../ir/network/types.js';

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

/** How many samples to run. Throws a UserError if the data do not fit the program or there are none. */
export function countSamples(
  program: { readonly name: string; readonly inputShape: Shape },
  data: LabelledImages,
  limit: number | undefined,
): number {
  const size = data.shape.reduce((product, extent) => product * extent, 1);
  const wanted = program.inputShape;
  const flat = wanted.length === 1 && wanted[0] === size;
  if (!flat && (wanted.length !== data.shape.length || wanted.some((extent, i) => extent !== data.shape[i]))) {
    fail(
      'input-shape',
      `data ${data.name}`,
      `samples have shape [${data.shape.join(', ')}], the program takes [${wanted.join(', ')}].`,
      'Use the data the network was trained on, or compile a network of this input shape.',
    );
  }
  const available = Math.floor(data.images.length / size);
  const nSamples = Math.min(available, limit ?? available);
  if (!(nSamples >= 1) || !Number.isInteger(nSamples)) {
    fail(
      'no-samples',
      `data ${data.name}`,
      `${nSamples} of ${available} samples are asked for.`,
      'Give a limit of at least 1, or data with samples.',
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
