import { assertNever } from '../common/assert.js';
import { PURPOSE, sequence } from '../common/rng.js';
import { codedShape, sizeOf } from '../ir/network/shapes.js';
import type { InputCode } from '../ir/network/types.js';
import type { Dataset } from '../data/index.js';

/** Coded images [n, coded shape], integers (see {@link unitOf}), and their labels [n]. */
export interface Batch {
  readonly coded: Float32Array;
  readonly labels: Uint8Array;
}

/** Rows and columns an image is moved by, down and to the right. */
type Shift = readonly [number, number];

/** What a coded value stands for is this times the integer. */
export const unitOf = (code: InputCode): number => (code.kind === 'integer' ? code.step : 1);

/** The order in which an epoch visits n images: Fisher-Yates from the recipe's seed and the epoch alone. */
export function epochOrder(seed: number, epoch: number, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const random = sequence(seed, PURPOSE.shuffle, epoch, 0);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const other = order[j]!;
    order[j] = order[i]!;
    order[i] = other;
  }
  return order;
}

/** How far each of the n images of an epoch is moved, up to `shift` pixels each way. */
export function epochShifts(seed: number, epoch: number, n: number, shift: number): readonly Shift[] {
  const random = sequence(seed, PURPOSE.shuffle, epoch, 1);
  const one = (): number => random.below(2 * shift + 1) - shift;
  return Array.from({ length: n }, () => [one(), one()]);
}

/** Codes the images with the given indices, moved by `shifts` (one per index; pixels from outside are 0). */
export function makeBatch(data: Dataset, indices: Int32Array, input: InputCode, shifts: readonly Shift[] = []): Batch {
  const size = sizeOf(data.shape);
  const codedSize = sizeOf(codedShape(data.shape, input));
  const coded = new Float32Array(indices.length * codedSize);
  const labels = new Uint8Array(indices.length);
  const moved = new Uint8Array(size);
  indices.forEach((index, i) => {
    labels[i] = data.labels[index]!;
    const image = data.images.subarray(index * size, (index + 1) * size);
    const shift = shifts[i];
    if (shift !== undefined) shiftImage(image, data.shape, shift, moved);
    codeImage(shift === undefined ? image : moved, input, coded.subarray(i * codedSize, (i + 1) * codedSize));
  });
  return { coded, labels };
}

function shiftImage(image: Uint8Array, shape: Dataset['shape'], [down, right]: Shift, out: Uint8Array): void {
  const [height, width, channels] = shape;
  out.fill(0);
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const first = Math.max(0, right);
    const end = Math.min(width, width + right);
    const from = ((y - down) * width + first - right) * channels;
    out.set(image.subarray(from, from + (end - first) * channels), (y * width + first) * channels);
  }
}

function codeImage(image: Uint8Array, input: InputCode, out: Float32Array): void {
  switch (input.kind) {
    case 'threshold':
      for (let i = 0; i < image.length; i++) out[i] = image[i]! >= input.level ? 1 : 0;
      return;
    case 'rate':
      for (let i = 0; i < image.length; i++) out[i] = image[i]! >> (8 - input.bits);
      return;
    case 'thermometer': {
      const { levels } = input;
      // Images are channels-last: the levels of a channel stand together.
      for (let i = 0; i < image.length; i++) {
        for (let l = 0; l < levels.length; l++) out[i * levels.length + l] = image[i]! >= levels[l]! ? 1 : 0;
      }
      return;
    }
    case 'integer':
      for (let i = 0; i < image.length; i++) out[i] = (image[i]! >> (8 - input.bits)) - input.zeroPoint;
      return;
    case 'bernoulli':
      throw new Error('internal error: a network is not trained on random spikes');
    default:
      assertNever(input);
  }
}
