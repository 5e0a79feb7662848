/**
 * Shapes and orders of elements. NIR orders images channels first, [C, H, W] and [C, L]; our layers order them channels last. What was flattened keeps
 * the order of the image it came from, and whoever has a parameter per element permutes it.
 */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { Shape } from '../../../ir/network/types.js';

/** A value: its shape in the file, its shape here, and the number of channels that lie side by side in the order of its elements here. */
export interface ValueForm {
  readonly nir: Shape;
  readonly ours: Shape;
  /** 1 where both orders are the same. */
  readonly channels: number;
}

/** A flat vector in the order of the file. */
export const flatForm = (n: number): ValueForm => ({ nir: [n], ours: [n], channels: 1 });

/** An image [C, H, W] or a sequence [C, L], which is an image of one row. */
export function imageForm(nir: Shape): ValueForm {
  const [c = 1, ...space] = nir;
  const [h = 1, w = 1] = space.length === 1 ? [1, ...space] : space;
  return { nir, ours: [h, w, c], channels: c };
}

/**
 * The form of a value that comes into the network. Two dimensions are a sequence with channels where the network convolves sequences, else rows and
 * columns of an image of one channel. Undefined for more than three.
 */
export function inputForm(nir: Shape, hasSequences: boolean): ValueForm | undefined {
  if (nir.length <= 1) return flatForm(sizeOf(nir));
  if (nir.length === 3 || (nir.length === 2 && hasSequences)) return imageForm(nir);
  return nir.length === 2 ? { nir, ours: [...nir, 1], channels: 1 } : undefined;
}

/** The element of the file that element e here is. */
export function fileIndex({ ours, channels }: ValueForm, e: number): number {
  if (channels === 1) return e;
  const perChannel = sizeOf(ours) / channels;
  return (e % channels) * perChannel + Math.floor(e / channels);
}

/** Whether elements stand in the order of the file. */
export const isInFileOrder = ({ ours, channels }: ValueForm): boolean => channels === 1 || channels === sizeOf(ours);

/** Numbers of the file, one per element in its order, in the order here. */
export function inOurOrder(form: ValueForm, values: Float64Array): Float64Array {
  return isInFileOrder(form) ? values : values.map((_, e) => values[fileIndex(form, e)]!);
}

/** Whether two values may be added element by element. */
export const isSameForm = (a: ValueForm, b: ValueForm): boolean =>
  a.ours.join() === b.ours.join() && (a.channels === b.channels || (isInFileOrder(a) && isInFileOrder(b)));

/** Which element of a value has the place of each element of another form of the same shape in the file. */
export function reordering(from: ValueForm, to: ValueForm): Int32Array {
  const n = sizeOf(to.ours);
  const at = new Int32Array(n);
  for (let e = 0; e < n; e++) at[fileIndex(from, e)] = e;
  return Int32Array.from({ length: n }, (_, e) => at[fileIndex(to, e)]!);
}
