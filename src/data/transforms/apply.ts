import type { Transform } from '../../ir/network/preprocess.js';
import type { Dataset } from '../dataset.js';
import { type ImageShape, makeStep, type Step } from './steps.js';

/**
 * The data set with every image transformed: bytes again, of the shape the last transform gives. A function of the transforms
 * and each image alone. @throws UserError when a transform was fitted on images of another shape.
 */
export function applyTransforms(transforms: readonly Transform[], data: Dataset): Dataset {
  const steps = makeSteps(transforms, data.shape);
  const shape = steps[steps.length - 1]?.shape ?? data.shape;
  const size = sizeOf(data.shape);
  const n = data.labels.length;
  const out = new Uint8Array(n * sizeOf(shape));
  const run = pipeline(steps, data.shape);
  for (let i = 0; i < n; i++) {
    const image = run(data.images.subarray(i * size, (i + 1) * size));
    for (let k = 0; k < image.length; k++) out[i * image.length + k] = image[k]!;
  }
  return { ...data, shape, images: out, transforms: [...(data.transforms ?? []), ...transforms] };
}

/** Values of an image after the steps; the result is overwritten by the next call. */
export function pipeline(steps: readonly Step[], shape: ImageShape): (image: Uint8Array) => Float64Array {
  const input = new Float64Array(sizeOf(shape));
  const outputs = steps.map((step) => new Float64Array(sizeOf(step.shape)));
  return (image) => {
    input.set(image);
    let values = input;
    for (let s = 0; s < steps.length; s++) {
      const output = outputs[s]!;
      steps[s]!.run(values, output);
      values = output;
    }
    return values;
  };
}

/** The transforms made ready for images of a shape. @throws UserError */
export function makeSteps(transforms: readonly Transform[], shape: ImageShape): readonly Step[] {
  const steps: Step[] = [];
  for (const transform of transforms) steps.push(makeStep(transform, steps[steps.length - 1]?.shape ?? shape));
  return steps;
}

/** Values of an image. */
export const sizeOf = ([height, width, channels]: ImageShape): number => height * width * channels;
