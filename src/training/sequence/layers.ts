/**
 * The layers of a transformer with parameters: forward keeps what backward needs, backward adds to the gradients of the parameters and returns
 * that of the input. Values are rows [n, width].
 */
import { PURPOSE, sequence } from '../../common/rng.js';
import { rmsNorm, rmsNormGradient } from './functions.js';
import { matrixProduct, transpose } from './matrix.js';
import { type SequenceParameter, sequenceParameter } from './parameter.js';
import { fittingLogStep, initialLogSteps, quantise, quantiseGradient, type Range, rangeOf } from './quantise.js';

/** One use of a layer in the network. */
export interface SequenceLayer {
  forward(x: Float32Array): Float32Array;
  backward(dy: Float32Array): Float32Array;
}

/** Normally distributed values: a function of the seed and the number of the parameter. */
export function normalValues(seed: number, parameter: number, n: number, deviation: number): Float32Array {
  const random = sequence(seed, PURPOSE.sequenceTraining, parameter);
  return Float32Array.from({ length: n }, () => random.normal() * deviation);
}

/** A matrix [nIn, nOut] with a learned step per output. */
export interface LinearParameters {
  readonly nIn: number;
  readonly nOut: number;
  readonly range: Range;
  readonly weights: SequenceParameter;
  readonly logSteps: SequenceParameter;
}

/** Parameters of a matrix from its initial weights. */
export function linearParameters(
  name: string,
  sizes: { readonly nIn: number; readonly nOut: number; readonly bits: number },
  weights: Float32Array,
  decay: number,
): LinearParameters {
  const range = rangeOf(sizes.bits, true);
  return {
    ...sizes,
    range,
    weights: sequenceParameter(`${name}.weights`, weights, decay),
    logSteps: sequenceParameter(`${name}.steps`, initialLogSteps(weights, sizes.nOut, range)),
  };
}

/** x W with quantised weights. */
export function linearLayer({ nIn, nOut, range, weights, logSteps }: LinearParameters): SequenceLayer {
  let input: Float32Array = new Float32Array(0);
  let quantised: Float32Array = new Float32Array(0);
  return {
    forward: (x) => {
      input = x;
      quantised = quantise(weights.value, logSteps.value, range);
      return matrixProduct(x, quantised, [x.length / nIn, nIn, nOut]);
    },
    backward: (dy) => {
      const rows = dy.length / nOut;
      const dw = matrixProduct(transpose(input, rows, nIn), dy, [nIn, rows, nOut]);
      const from = { x: weights.value, logSteps: logSteps.value, range };
      addTo(weights.gradient, quantiseGradient(from, dw, logSteps.gradient));
      return matrixProduct(dy, transpose(quantised, nIn, nOut), [rows, nOut, nIn]);
    },
  };
}

/** One learned step for a whole value; NaN until the first batch has shown how large it is. */
export function stepParameter(name: string): SequenceParameter {
  return sequenceParameter(`${name}.step`, new Float32Array([Number.NaN]));
}

/** Quantises to a learned step; several layers may share one. */
export function quantiseLayer(logStep: SequenceParameter, range: Range, headroom = 1): SequenceLayer {
  let input: Float32Array = new Float32Array(0);
  return {
    forward: (x) => {
      input = x;
      if (Number.isNaN(logStep.value[0])) logStep.value[0] = fittingLogStep(x, range, headroom);
      return quantise(x, logStep.value, range);
    },
    backward: (dy) => quantiseGradient({ x: input, logSteps: logStep.value, range }, dy, logStep.gradient),
  };
}

/** Root-mean-square norm with a learned gain. */
export function normLayer(gain: SequenceParameter): SequenceLayer {
  let input: Float32Array = new Float32Array(0);
  return {
    forward: (x) => {
      input = x;
      return rmsNorm(x, gain.value);
    },
    backward: (dy) => rmsNormGradient(input, gain.value, dy, gain.gradient),
  };
}

/** into += values. */
export function addTo(into: Float32Array, values: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += values[i]!;
}

/** a + b. */
export function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((v, i) => v + b[i]!);
}
