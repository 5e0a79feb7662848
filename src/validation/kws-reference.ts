/**
 * The graph of kwsmlp_w3a3.onnx in float64, operator by operator, in plain loops over the tensors of the file: Quant of the input, then MatMul with Quant
 * of the weights, BatchNormalization, Relu and Quant three times, then one more MatMul. Shares nothing with the import but the reading of tensors.
 */
import { present } from '../common/assert.js';
import { parseModel } from '../compiler/frontends/onnx/model.js';
import { numbersOf } from '../compiler/frontends/onnx/tensor.js';

/** The network as its file says. */
export interface KwsReference {
  /** Real value of a level of the input. */
  readonly step: number;
  /** Level of an input, -127..127. */
  quantisedInput(x: number): number;
  /** [12] class scores of [490] inputs. */
  scores(input: readonly number[]): number[];
}

const EPSILON = 9.999999747378752e-6;
/** Names of the tensors of a layer, and of the step of what it sends. */
const LAYERS = [
  { weights: '30', scale: '31', norm: 'features.4', out: '39' },
  { weights: '43', scale: '44', norm: 'features.8', out: '52' },
  { weights: '56', scale: '57', norm: 'features.12', out: '65' },
  { weights: '69', scale: '70', norm: undefined, out: undefined },
] as const;

/** Reads the file. */
export function kwsReference(bytes: Uint8Array, place: string): KwsReference {
  const tensors = new Map(parseModel(bytes, place).initialisers.map((tensor) => [tensor.name, tensor]));
  const get = (name: string) => {
    const tensor = present(tensors.get(name), name);
    return { dims: tensor.dims, data: Array.from(numbersOf(tensor, place)) };
  };
  const step = present(get('25').data[0], 'step');
  const quantisedInput = (x: number): number => toEven(clip(x / step, -127, 127));
  const layers = LAYERS.map(({ weights, scale, norm, out }) => {
    const { dims, data } = get(weights);
    const [nOut = 0, nIn = 0] = dims;
    const scales = get(scale).data;
    const of = (o: number): number => scales[scales.length === 1 ? 0 : o]!;
    const real = data.map((w, k) => toEven(clip(w / of(Math.floor(k / nIn)), -3, 3)) * of(Math.floor(k / nIn)));
    const part = (name: string): readonly number[] => (norm === undefined ? [] : get(`${norm}.${name}`).data);
    return {
      ...{ nOut, nIn, real, gamma: part('weight'), beta: part('bias') },
      ...{ mean: part('running_mean'), variance: part('running_var') },
      step: out === undefined ? undefined : present(get(out).data[0], 'step'),
    };
  });
  const scores = (input: readonly number[]): number[] => {
    let x = input.map((v) => quantisedInput(v) * step);
    for (const { nOut, nIn, real, gamma, beta, mean, variance, step: outStep } of layers) {
      x = Array.from({ length: nOut }, (_, o) => {
        let sum = 0;
        for (let i = 0; i < nIn; i++) sum += real[o * nIn + i]! * x[i]!;
        if (outStep === undefined) return sum;
        const normed = ((sum - mean[o]!) / Math.sqrt(variance[o]! + EPSILON)) * gamma[o]! + beta[o]!;
        return toEven(clip(Math.max(normed, 0) / outStep, 0, 7)) * outStep;
      });
    }
    return x;
  };
  return { step, quantisedInput, scores };
}

/** The nearest integer, ties to even. */
function toEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
