/** Layers of spiking networks as nodes of NIR: their fields as datasets, by name. Source: nir/ir of neuromorphs/NIR. */
import type { WrittenDataset } from '../../common/hdf5/write.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { Conv2dNode, NetworkNode, NeuronNode, Window2d } from '../../ir/network/types.js';
import { fileIndex, type ValueForm } from '../frontends/nir/values.js';

/** Datasets of a node, `type` among them. */
export type NirFields = ReadonlyMap<string, WrittenDataset>;

/** Why a layer is no node, and what would help. */
export class Unwritable extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/** Where a layer stands. */
export interface NodePlace {
  /** Of the first value it reads; none for the input. */
  readonly input: ValueForm | undefined;
  readonly output: ValueForm;
  /** Whether every reset of the network subtracts the threshold, which the metadata say. */
  readonly isSubtracting: boolean;
}

/** Texts of a shape. */
export const texts = (shape: readonly number[], values: readonly string[]): WrittenDataset => ({ shape, values });

const integers = (...values: readonly number[]): WrittenDataset => ({
  shape: [values.length],
  values: BigInt64Array.from(values, BigInt),
});

const integer = (value: number): WrittenDataset => ({ shape: [], values: BigInt64Array.of(BigInt(value)) });

/** Real numbers, as float32 where that holds all of them. */
function reals(shape: readonly number[], values: Float64Array): WrittenDataset {
  const narrow = Float32Array.from(values);
  return { shape, values: values.every((v, k) => v === narrow[k]) ? narrow : values };
}

/** The fields of a layer. @throws Unwritable */
export function nodeFields(node: NetworkNode, place: NodePlace): NirFields {
  const { input, output } = place;
  switch (node.kind) {
    case 'input':
      return fields('Input', { shape: integers(...output.nir) });
    case 'scores':
      if (node.scale !== undefined || node.offset !== undefined) {
        throw new Unwritable('its scores have a scale or an offset', 'put them into the layer before');
      }
      return fields('Output', { shape: integers(...output.nir) });
    case 'dense': {
      const nIn = node.weights.length / node.nOut;
      const weight = new Float64Array(node.weights.length);
      const form = input ?? output;
      for (let o = 0; o < node.nOut; o++) {
        for (let i = 0; i < nIn; i++)
          weight[o * nIn + fileIndex(form, i)] = node.weights[o * nIn + i]! * scaleOf(node, o);
      }
      const written = { weight: reals([node.nOut, nIn], weight) };
      if (node.bias === undefined) return fields('Linear', written);
      return fields('Affine', { ...written, bias: reals([node.nOut], node.bias) });
    }
    case 'conv2d':
      return convolution(node, input ?? output);
    case 'batchNorm': {
      const isScale =
        node.epsilon === 0 &&
        node.beta.every((v) => v === 0) &&
        node.mean.every((v) => v === 0) &&
        node.variance.every((v) => v === 1);
      if (!isScale) throw new Unwritable('NIR has no batch norm', 'fold it into the layer before');
      const n = node.gamma.length;
      const values = Float64Array.from({ length: sizeOf(output.ours) }, (_, e) => node.gamma[e % n]!);
      return fields('Scale', { scale: reals(output.nir, inFileOrder(output, values)) });
    }
    case 'sumPool':
    case 'avgPool':
      if (node.kind === 'avgPool' && (node.counted !== undefined || node.factor !== undefined)) {
        throw new Unwritable('its windows divide by different numbers', 'let averages count their padding');
      }
      return fields(node.kind === 'sumPool' ? 'SumPool2d' : 'AvgPool2d', {
        kernel_size: integers(...node.window),
        stride: integers(...node.stride),
        padding: integers(...evenPadding(node)),
      });
    case 'flatten':
      return fields('Flatten', {
        start_dim: integer(0),
        end_dim: integer(-1),
        input_type: integers(...(input ?? output).nir),
      });
    case 'neuron':
      return neuron(node, place);
    default:
      throw new Unwritable(`NIR has no node for ${node.kind}`, 'use layers that NIR has');
  }
}

const fields = (type: string, others: Readonly<Record<string, WrittenDataset>>): NirFields =>
  new Map([['type', texts([], [type])], ...Object.entries(others)]);

const scaleOf = ({ scale }: { readonly scale?: Float64Array }, o: number): number =>
  scale === undefined ? 1 : scale[scale.length === 1 ? 0 : o]!;

/** Numbers per element, in the order of the file. */
function inFileOrder(form: ValueForm, values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  values.forEach((v, e) => (out[fileIndex(form, e)] = v));
  return out;
}

/** A delay, in seconds. */
export function delayFields(steps: Int32Array, form: ValueForm, step: number): NirFields {
  const n = sizeOf(form.ours);
  const values = Float64Array.from({ length: n }, (_, e) => steps[steps.length === 1 ? 0 : e]! * step);
  return fields('Delay', { delay: reals(form.nir, inFileOrder(form, values)) });
}

function convolution(node: Conv2dNode, input: ValueForm): NirFields {
  const { nOut, window, groups, weights, stride } = node;
  if (node.padValue !== 0 && node.padding.some((p) => p > 0)) {
    throw new Unwritable(`it pads with ${node.padValue}`, 'pad with 0');
  }
  const taps = window[0] * window[1];
  const nIn = weights.length / (nOut * taps);
  const weight = new Float64Array(weights.length);
  let k = 0;
  for (let o = 0; o < nOut; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let i = 0; i < nIn; i++) weight[(o * nIn + i) * taps + tap] = weights[k++]! * scaleOf(node, o);
    }
  }
  const dilation = node.dilation ?? ([1, 1] as const);
  return fields('Conv2d', {
    input_shape: integers(...input.nir.slice(1)),
    weight: reals([nOut, nIn, ...window], weight),
    bias: reals([nOut], node.bias ?? new Float64Array(nOut)),
    stride: integers(...stride),
    dilation: integers(...dilation),
    groups: integer(groups),
    padding: isSame(node) ? texts([], ['same']) : integers(...evenPadding(node)),
  });
}

/** Uneven padding that PyTorch calls "same". */
function isSame({ window, stride, padding: [top, bottom, left, right], dilation = [1, 1] }: Conv2dNode): boolean {
  const isOdd = top !== bottom || left !== right;
  const spans = (before: number, after: number, d: 0 | 1): boolean => {
    const all = dilation[d] * (window[d] - 1);
    return before === Math.floor(all / 2) && after === Math.ceil(all / 2);
  };
  return isOdd && stride.every((s) => s === 1) && spans(top, bottom, 0) && spans(left, right, 1);
}

function evenPadding({ padding: [top, bottom, left, right] }: Window2d): readonly [number, number] {
  if (top === bottom && left === right) return [top, left];
  throw new Unwritable(`its padding [${[top, bottom, left, right].join(', ')}] is uneven`, 'pad both sides alike');
}

function neuron(node: NeuronNode, { output, isSubtracting }: NodePlace): NirFields {
  const { membrane, synapse, spike } = node;
  const n = sizeOf(output.ours);
  const each = (values: Float64Array): WrittenDataset => {
    const all = values.length === 1 ? new Float64Array(n).fill(values[0]!) : values;
    return reals(output.nir, inFileOrder(output, all));
  };
  if (spike?.compare === 'atLeast') {
    throw new Unwritable(
      'it spikes at its threshold, NIR neurons spike above it',
      'lower its threshold a little, and let it spike above that',
    );
  }
  if (membrane.kind === 'none') {
    return fields('Threshold', { threshold: each(spike?.threshold ?? new Float64Array(1)) });
  }
  if (spike !== undefined && (spike.reset?.kind === 'subtract') !== isSubtracting) {
    throw new Unwritable('some neurons subtract their threshold, others are set to a value', 'use one kind of reset');
  }
  const threshold = spike === undefined ? {} : { v_threshold: each(spike.threshold) };
  const reset = spike?.reset?.kind === 'value' ? { v_reset: each(spike.reset.value) } : {};
  const fires = { ...threshold, ...reset };
  if (membrane.kind === 'integrate') {
    if (synapse !== undefined)
      throw new Unwritable('NIR has no synapse in front of a neuron without leak', 'use a leak');
    return fields(spike === undefined ? 'I' : 'IF', { r: each(membrane.r), ...fires });
  }
  const common = { r: each(membrane.r), v_leak: each(membrane.leak), ...fires };
  if (synapse === undefined) return fields(spike === undefined ? 'LI' : 'LIF', { tau: each(membrane.tau), ...common });
  const cuba = { tau_mem: each(membrane.tau), tau_syn: each(synapse.tau), w_in: each(synapse.weight) };
  return fields(spike === undefined ? 'CubaLI' : 'CubaLIF', { ...cuba, ...common });
}
