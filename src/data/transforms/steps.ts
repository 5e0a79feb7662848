import { assertNever } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import type { Transform } from '../../ir/network/preprocess.js';
import { dot } from './vector.js';

/** Shape of an image, channels last. */
export type ImageShape = readonly [number, number, number];

/** A transform made ready for images of one shape; `run` keeps no state between images. */
export interface Step {
  readonly shape: ImageShape;
  /** Reads an image of the shape before, writes one of `shape`. */
  readonly run: (input: Float64Array, output: Float64Array) => void;
}

/** @throws UserError when the transform was fitted on images of another shape. */
export function makeStep(transform: Transform, input: ImageShape): Step {
  const [height, width, channels] = input;
  const size = height * width * channels;
  switch (transform.kind) {
    case 'reals':
      // Done while the files were read.
      return each(input, (x) => x);
    case 'scale': {
      const { gain, offset } = transform;
      return each(input, (x) => x * gain + offset);
    }
    case 'subtract': {
      const { values } = transform;
      if (values.length !== size && values.length !== channels) {
        const message = `it takes a mean of ${values.length} values off, images of [${input.join(', ')}] have ${size} values and ${channels} channels`;
        fail('preprocessing-mismatch', 'preprocessing', message, 'use data of the shape the network was trained on');
      }
      const run: Step['run'] = (from, to) => {
        for (let i = 0; i < size; i++) to[i] = from[i]! - values[i % values.length]!;
      };
      return { shape: input, run };
    }
    case 'requantise': {
      const { gain, offset } = transform;
      return each(input, (x) => toByte(x * gain + offset));
    }
    case 'threshold': {
      const { level } = transform;
      return each(input, (x) => (x >= level ? 255 : 0));
    }
    case 'thermometer': {
      const { levels } = transform;
      const run: Step['run'] = (from, to) => {
        for (let i = 0; i < size; i++) {
          for (let l = 0; l < levels.length; l++) to[i * levels.length + l] = from[i]! >= levels[l]! ? 255 : 0;
        }
      };
      return { shape: [height, width, channels * levels.length], run };
    }
    case 'gcn':
      return { shape: input, run: (from, to) => normaliseContrast(from, to, size, transform) };
    case 'zca': {
      const { window, mean } = transform;
      const needed = window === 0 ? size : window * window * channels;
      if (mean.length !== needed) {
        const message = `its whitening is for vectors of ${mean.length} values, images of [${input.join(', ')}] have ${needed}`;
        fail('preprocessing-mismatch', 'preprocessing', message, 'use data of the shape the network was trained on');
      }
      return { shape: input, run: window === 0 ? whitenImage(transform, size) : whitenPatches(transform, input) };
    }
    default:
      return assertNever(transform);
  }
}

/** Nearest byte: floor(v + 1/2), limited to 0..255. */
function toByte(v: number): number {
  const rounded = Math.floor(v + 0.5);
  return rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
}

function each(shape: ImageShape, f: (x: number) => number): Step {
  return {
    shape,
    run: (from, to) => {
      for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
    },
  };
}

function normaliseContrast(
  from: Float64Array,
  to: Float64Array,
  size: number,
  { scale, minNorm }: Extract<Transform, { kind: 'gcn' }>,
): void {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += from[i]!;
  const mean = sum / size;
  for (let i = 0; i < size; i++) to[i] = from[i]! - mean;
  const norm = Math.sqrt(dot(to, 0, to, 0, size));
  const gain = norm < minNorm ? scale : scale / norm;
  for (let i = 0; i < size; i++) to[i] = to[i]! * gain;
}

type Zca = Extract<Transform, { kind: 'zca' }>;

function whitenImage({ mean, matrix }: Zca, size: number): Step['run'] {
  const centred = new Float64Array(size);
  return (from, to) => {
    for (let i = 0; i < size; i++) centred[i] = from[i]! - mean[i]!;
    for (let i = 0; i < size; i++) to[i] = dot(matrix, i * size, centred, 0, size);
  };
}

function whitenPatches({ window, mean, matrix }: Zca, [height, width, channels]: ImageShape): Step['run'] {
  const half = (window - 1) / 2;
  const patch = new Float64Array(mean.length);
  return (from, to) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let at = 0;
        for (let dy = -half; dy <= half; dy++) {
          for (let dx = -half; dx <= half; dx++) {
            const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
            const pixel = ((y + dy) * width + x + dx) * channels;
            for (let c = 0; c < channels; c++, at++) patch[at] = inside ? from[pixel + c]! - mean[at]! : 0;
          }
        }
        for (let c = 0; c < channels; c++)
          to[(y * width + x) * channels + c] = dot(matrix, c * patch.length, patch, 0, patch.length);
      }
    }
  };
}
