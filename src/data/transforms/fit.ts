import { assertNever } from '../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import type { Transform } from '../../ir/network/preprocess.js';
import type { Dataset } from '../dataset.js';
import { type ImageShape, makeStep } from './steps.js';
import { sizeOf } from './apply.js';
import type { TransformSpec } from './spec.js';
import { dot } from './vector.js';
import { fitZca, MAX_WHITENED } from './zca.js';

/** Training images whose values a fit looks at: the first ones. */
export const FIT_IMAGES = 10_000;

/**
 * Fits a list of transforms on training images, each on what the ones before it give; the first {@link FIT_IMAGES} images
 * count. A function of the specs and these images alone, the same bits on every machine.
 * @throws UserError with everything about the list that cannot be: a last step without bytes, windows that do not fit.
 */
export function fitTransforms(specs: readonly TransformSpec[], data: Dataset): readonly Transform[] {
  throwIfErrors(checkSpecs(specs, data.shape));
  const n = Math.min(data.labels.length, FIT_IMAGES);
  let shape: ImageShape = data.shape;
  let values = new Float64Array(data.images.subarray(0, n * sizeOf(shape)));
  const fitted: Transform[] = [];
  for (const [index, spec] of specs.entries()) {
    const transform = fitOne(spec, values, shape, n);
    fitted.push(transform);
    if (index === specs.length - 1) break;
    const step = makeStep(transform, shape);
    const [before, after] = [sizeOf(shape), sizeOf(step.shape)];
    const next = new Float64Array(n * after);
    for (let i = 0; i < n; i++) {
      step.run(values.subarray(i * before, (i + 1) * before), next.subarray(i * after, (i + 1) * after));
    }
    values = next;
    shape = step.shape;
  }
  return fitted;
}

function fitOne(spec: TransformSpec, values: Float64Array, shape: ImageShape, n: number): Transform {
  switch (spec.kind) {
    case 'reals':
      return spec;
    case 'scale':
    case 'gcn':
    case 'threshold':
    case 'thermometer':
      return spec;
    case 'standardise': {
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i]!;
      const mean = sum / values.length;
      let squares = 0;
      for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) * (values[i]! - mean);
      // Images of one single value have no deviation: they are only centred.
      const deviation = Math.sqrt(squares / values.length) || 1;
      return { kind: 'scale', gain: 1 / deviation, offset: -mean / deviation };
    }
    case 'zca': {
      const window = spec.window === 'image' ? 0 : spec.window;
      return { kind: 'zca', window, ...fitZca(values, shape, n, window, spec.epsilon) };
    }
    case 'requantise': {
      const rms = Math.sqrt(dot(values, 0, values, 0, values.length) / values.length) || 1;
      return { kind: 'requantise', gain: 127 / (spec.deviations * rms), offset: 128 };
    }
    default:
      return assertNever(spec);
  }
}

/** Everything about a list that does not fit images of a shape; a recipe can be checked before its data is read. */
export function checkSpecs(specs: readonly TransformSpec[], shape: ImageShape): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const [height, width] = shape;
  let channels = shape[2];
  specs.forEach((spec, index) => {
    const place = `preprocess.${index} (${spec.kind})`;
    if (spec.kind === 'zca') {
      const size = spec.window === 'image' ? height * width * channels : spec.window * spec.window * channels;
      if (size > MAX_WHITENED) {
        const message = `vectors of ${size} values, at most ${MAX_WHITENED} are whitened`;
        found.push(errorAt('too-large-to-whiten', place, message, 'whiten patches with a smaller window'));
      }
      if (spec.window !== 'image' && (spec.window % 2 === 0 || spec.window > Math.min(height, width))) {
        const message = `a window of ${spec.window} pixels on images of ${height} x ${width}`;
        found.push(errorAt('bad-window', place, message, 'use an odd window that fits the image'));
      }
    }
    if (spec.kind === 'thermometer') channels *= spec.levels.length;
  });
  if (specs.some(({ kind }, i) => kind === 'reals' && i > 0)) {
    const message = 'reals says what the numbers of the files mean, and stands behind another step';
    found.push(errorAt('late-reals', 'preprocess', message, 'make it the first step'));
  }
  const last = specs[specs.length - 1]?.kind;
  if (last !== 'reals' && last !== 'requantise' && last !== 'threshold' && last !== 'thermometer') {
    const message = `the list ends with ${last ?? 'nothing'}, whose values are no 8-bit integers`;
    found.push(errorAt('no-integers', 'preprocess', message, 'end it with requantise, threshold or thermometer'));
  }
  return found;
}
