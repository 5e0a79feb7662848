/** Every class of layers that is read, by name. */
import { activationLayer, dropped, parametricRelu, softmaxLayer } from './activations.js';
import type { LayerReader } from './context.js';
import { scaling } from './input.js';
import { quantizeLayer } from './fake-quant.js';
import { convolution, dense, depthwiseConvolution, separableConvolution } from './linear.js';
import { batchNormalization, concatenate, elementwise, multiply } from './merge.js';
import { globalPool, pool } from './pooling.js';
import { cropping, flatten, permute, reshape, upSampling, zeroPadding } from './shape-layers.js';
import { TRAINING_ONLY } from './training-only.js';

/** Classes of Keras; those of Larq (Quant...), QKeras (Q...) and the binary layers that read alike stand beside them. */
const CLASSES: Readonly<Record<string, LayerReader>> = {
  ...named(['Dense', 'QuantDense', 'QDense', 'QDenseBatchnorm', 'BinaryDense', 'TernaryDense'], dense),
  ...named(
    ['Conv2D', 'Convolution2D', 'QuantConv2D', 'QConv2D', 'QConv2DBatchnorm', 'BinaryConv2D', 'TernaryConv2D'],
    convolution(2),
  ),
  ...named(['Conv1D', 'Convolution1D', 'QuantConv1D', 'QConv1D'], convolution(1)),
  ...named(
    ['DepthwiseConv2D', 'QuantDepthwiseConv2D', 'QDepthwiseConv2D', 'QDepthwiseConv2DBatchnorm'],
    depthwiseConvolution(2),
  ),
  ...named(['DepthwiseConv1D'], depthwiseConvolution(1)),
  ...named(
    ['SeparableConv2D', 'SeparableConvolution2D', 'QuantSeparableConv2D', 'QSeparableConv2D'],
    separableConvolution(2),
  ),
  ...named(['SeparableConv1D', 'QuantSeparableConv1D', 'QSeparableConv1D'], separableConvolution(1)),
  ...named(['MaxPooling2D', 'MaxPool2D'], pool('max', 2)),
  ...named(['MaxPooling1D', 'MaxPool1D'], pool('max', 1)),
  ...named(['AveragePooling2D', 'AvgPool2D', 'QAveragePooling2D'], pool('average', 2)),
  ...named(['AveragePooling1D', 'AvgPool1D'], pool('average', 1)),
  ...named(['GlobalMaxPooling2D', 'GlobalMaxPool2D'], globalPool('max', 2)),
  ...named(['GlobalMaxPooling1D', 'GlobalMaxPool1D'], globalPool('max', 1)),
  ...named(['GlobalAveragePooling2D', 'GlobalAvgPool2D', 'QGlobalAveragePooling2D'], globalPool('average', 2)),
  ...named(['GlobalAveragePooling1D', 'GlobalAvgPool1D'], globalPool('average', 1)),
  ...named(['BatchNormalization', 'BatchNormalizationV1', 'QBatchNormalization'], batchNormalization),
  ...named(['Add', 'QAdd'], elementwise('add')),
  Subtract: elementwise('subtract'),
  Maximum: elementwise('max'),
  Minimum: elementwise('min'),
  Multiply: multiply,
  Concatenate: concatenate,
  ...named(['Activation', 'QActivation'], activationLayer()),
  ReLU: activationLayer('ReLU'),
  LeakyReLU: activationLayer('LeakyReLU'),
  ELU: activationLayer('elu'),
  PReLU: parametricRelu,
  Softmax: softmaxLayer,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding1D: zeroPadding(1),
  Cropping2D: cropping(2),
  Cropping1D: cropping(1),
  UpSampling2D: upSampling(2),
  UpSampling1D: upSampling(1),
  ...named(TRAINING_ONLY, dropped),
  ...named(['Rescaling', 'Normalization'], scaling),
  QuantizeLayer: quantizeLayer,
};

function named(names: readonly string[], reader: LayerReader): Readonly<Record<string, LayerReader>> {
  return Object.fromEntries(names.map((name) => [name, reader]));
}

/** The reader of a class; undefined for one that is not known. */
export const readerOf = (className: string): LayerReader | undefined =>
  Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined;

/** Why a class is not read, where there is more to say than that it is not known. */
export function refusalOf(className: string): readonly [reason: string, remedy: string] {
  if (className === 'Lambda' || className.endsWith('OpLambda')) {
    return ['it holds program code, which is never executed', 'write it with layers of Keras'];
  }
  if (/LSTM|GRU|RNN/.test(className)) return ['recurrent layers are not read', 'use a network without recurrence'];
  if (/Transpose/.test(className))
    return ['transposed convolutions of Keras are not read', 'use UpSampling2D and a convolution'];
  if (/Attention|Embedding/.test(className))
    return ['layers of language models are not read', 'use a network for images or features'];
  return [`there is no layer "${className.slice(0, 60)}" among those that are read`, 'use layers of docs/import.md'];
}
