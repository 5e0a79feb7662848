import { type Diagnostic, errorAt, fail } from '../common/diagnostics.js';
import type { Transform } from '../ir/network/preprocess.js';
import { throwProblems } from './files/bounded.js';
import type { IdxArray } from './idx.js';

/** Which part of a data set: `train` to learn and validate on, `test` to report on. */
export type Split = 'train' | 'test';

/** Labelled 8-bit images in memory. */
export interface Dataset {
  readonly name: string;
  readonly split: Split;
  /** Shape of one image, channels last: [height, width, channels]. */
  readonly shape: readonly [number, number, number];
  /** [n, height, width, channels], 0..255. */
  readonly images: Uint8Array;
  /** [n], 0..nClasses - 1. */
  readonly labels: Uint8Array;
  readonly nClasses: number;
  /** [nClasses], where the data set names its classes. */
  readonly classNames?: readonly string[];
  /** Numbers of the files that lay outside of the stated range, and were limited to it; absent for none. */
  readonly clipped?: number;
  /** What was done to the images after they were read. */
  readonly transforms?: readonly Transform[];
  /** The files have rows of features without a shape: `shape` is a guess, and any other of as many values is as good. */
  readonly shapeless?: true;
}

/** Labels are bytes. */
export const MAX_CLASSES = 256;

/** Images and labels as a reader found them, before they are checked against each other. */
export interface RawDataset {
  /** [n, ...]: [n, h, w], [n, h, w, c] or [n, features]. */
  readonly imageShape: readonly number[];
  /** Bytes; empty where `values` are none. */
  readonly images: Uint8Array;
  /** The numbers of the file, where they may be something else than unsigned bytes. */
  readonly values?: {
    /** As the file calls it. */
    readonly type: string;
    /** They are bytes, and stand in `images`. */
    readonly isBytes: boolean;
    readonly read: () => Float64Array;
  };
  readonly clipped?: number;
  /** [n] or [n, 1]. */
  readonly labelShape: readonly number[];
  readonly labels: ArrayLike<number>;
  readonly classNames?: readonly string[];
  /** Place of label i in messages, e.g. a line; the index by default. */
  readonly labelPlace?: (i: number) => string;
}

/** What {@link checkDataset} needs to know about raw data. */
export interface DatasetFrame {
  readonly name: string;
  readonly split: Split;
  /** Number of classes; by default that of `classNames`, else the largest label + 1 or `atLeast`, whichever is more. */
  readonly nClasses?: number | undefined;
  readonly atLeast?: number | undefined;
  /** Shape of one image, instead of the one its array suggests. */
  readonly shape?: readonly [number, number, number] | undefined;
}

/**
 * Joins images and labels. Features without a shape become [side, side, 1] where their number is a square, else
 * [1, features, 1]. @throws UserError with every problem: numbers that do not match, labels outside of the classes.
 */
export function checkDataset(raw: RawDataset, frame: DatasetFrame): Dataset {
  const { name, split } = frame;
  const place = `data set "${name}" (${split})`;
  const { imageShape, labelShape, labels } = raw;
  const n = imageShape[0] ?? 0;
  const flatLabels = labelShape.length === 1 || (labelShape.length === 2 && labelShape[1] === 1);
  if (imageShape.length < 2 || imageShape.length > 4 || !flatLabels || labelShape[0] !== n) {
    fail(
      'bad-dataset',
      place,
      `images of shape [${imageShape.join(', ')}] and labels of shape [${labelShape.join(', ')}] do not match`,
      'use images [n, height, width], [n, height, width, channels] or [n, features] with labels [n]',
    );
  }
  const size = imageShape.slice(1).reduce((product, d) => product * d, 1);
  if (n === 0 || size === 0)
    fail('bad-dataset', place, 'there are no images', 'use a data set with at least one image');
  const shape = frame.shape ?? shapeOf(imageShape.slice(1));
  if (shape[0] * shape[1] * shape[2] !== size) {
    const message = `images of ${size} values do not have the shape [${shape.join(', ')}]`;
    fail('bad-dataset', place, message, `use a shape of ${size} values`);
  }
  const fixed = frame.nClasses ?? raw.classNames?.length;
  const nClasses = fixed ?? Math.max(classesOf(labels), frame.atLeast ?? 1);
  const range = `0..${(fixed ?? MAX_CLASSES) - 1}`;
  const problems: Diagnostic[] = [];
  if (nClasses > MAX_CLASSES)
    problems.push(errorAt('bad-dataset', place, `${nClasses} classes, at most ${MAX_CLASSES}`, 'use fewer classes'));
  const checked = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < nClasses) checked[i] = label;
    else {
      const where = raw.labelPlace?.(i) ?? place;
      problems.push(
        errorAt('bad-label', where, `label ${label} of image ${i} is not in ${range}`, `use labels ${range}`),
      );
    }
  }
  throwProblems(problems, place);
  const names = {
    ...(raw.classNames === undefined ? {} : { classNames: raw.classNames }),
    ...(raw.clipped === undefined ? {} : { clipped: raw.clipped }),
  };
  const shapeless = imageShape.length === 2 && frame.shape === undefined ? ({ shapeless: true } as const) : {};
  return { name, split, shape, images: raw.images, labels: checked, nClasses, ...names, ...shapeless };
}

/** Largest whole label + 1; labels that are no class are reported by the check that follows. */
export function classesOf(labels: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label > largest && label < MAX_CLASSES) largest = label;
  }
  return largest + 1;
}

/** Joins images [n, h, w] and labels [n] of an IDX pair with ten classes. @throws UserError when they do not fit. */
export function toDataset(name: string, split: Split, images: IdxArray, labels: IdxArray): Dataset {
  const raw = { imageShape: images.shape, images: images.values, labelShape: labels.shape, labels: labels.values };
  return checkDataset(raw, { name, split, nClasses: 10 });
}

/** The images first..end-1 as a data set of their own (views, no copy). */
export function sliceDataset(data: Dataset, first: number, end: number): Dataset {
  const size = data.shape[0] * data.shape[1] * data.shape[2];
  return { ...data, images: data.images.subarray(first * size, end * size), labels: data.labels.subarray(first, end) };
}

function shapeOf(dimensions: readonly number[]): readonly [number, number, number] {
  const [height = 1, width = 1, channels = 1] = dimensions;
  if (dimensions.length > 1) return [height, width, channels];
  const side = Math.round(Math.sqrt(height));
  return side * side === height ? [side, side, 1] : [1, height, 1];
}
