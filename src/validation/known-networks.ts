/** Trained networks of other projects, and what they are known to reach: one table, which `lodestone validate` and the tests read. */
import type { ImportText } from '../data/model-file.js';
import type { QuantiseAfter } from '../training/post/quantised-after.js';

/** Data of a known network: a data set, or files beside the models. */
export type KnownData =
  | { readonly kind: 'dataset'; readonly name: 'mnist' | 'cifar10'; readonly images: number }
  /** int8 inputs and labels in .npy files; a byte is an input plus 128. */
  | { readonly kind: 'npy'; readonly inputs: string; readonly labels: string; readonly nClasses: number };

/** A network, and the share of its data that it is known to decide as labelled. */
export interface KnownNetwork {
  readonly id: string;
  /** In the folder of models, as all files here. */
  readonly file: string;
  readonly import?: ImportText;
  /** What is done to it after its training. */
  readonly quantise?: QuantiseAfter;
  readonly data: KnownData;
  /** Weights, activations and input of one bit: for chips on which more bits take many times the cores. */
  readonly isBinary?: true;
  /** Real weights, which go to no chip. */
  readonly isFloat?: true;
  /** Per cent. */
  readonly accuracy: number;
  readonly tolerance: { readonly kind: 'absolute'; readonly value: 0 } | { readonly kind: 'atLeast' };
  readonly source: string;
  /** What comes out instead, and why, where that is understood. */
  readonly instead?: { readonly ours: number; readonly why: string };
}

const MNIST: KnownData = { kind: 'dataset', name: 'mnist', images: 10_000 };
const CIFAR10: KnownData = { kind: 'dataset', name: 'cifar10', images: 1000 };
const EQUAL = { kind: 'absolute', value: 0 } as const;
const OWN_TOOLS = 'with the tools it was trained with, on the same images';
const RESNET20: Pick<KnownNetwork, 'file' | 'import' | 'data'> = {
  file: 'cross-sim/resnet20_cifar10.h5',
  import: { inputRange: [0, 255], inputMean: 'cross-sim/x_train_mean.npy', inputStd: [255] },
  data: CIFAR10,
};

/** Every known network. */
export const KNOWN_NETWORKS: readonly KnownNetwork[] = [
  {
    id: 'TFC_1W1A (QONNX)',
    file: 'qonnx/TFC_1W1A.onnx',
    import: { inputRange: [0, 1] },
    data: MNIST,
    isBinary: true,
    accuracy: 92.87,
    tolerance: EQUAL,
    source: `${OWN_TOOLS}; published 93.17`,
    instead: {
      ours: 92.96,
      why: 'its graph in plain loops of float32 and of float64 decides 9,296 of 10,000 images as labelled, too',
    },
  },
  {
    id: 'lfcW1A1 (BNN-PYNQ)',
    file: 'bnn-pynq/mnist-lfcW1A1.tar.gz',
    data: MNIST,
    isBinary: true,
    accuracy: 98.34,
    tolerance: EQUAL,
    source: `${OWN_TOOLS}; published 98.35`,
  },
  {
    id: 'cnvW1A1 (BNN-PYNQ)',
    file: 'bnn-pynq/cifar10-cnvW1A1.tar.gz',
    data: CIFAR10,
    accuracy: 80.6,
    tolerance: EQUAL,
    source: `${OWN_TOOLS}; published 79.54 on all 10,000`,
  },
  {
    id: 'MNIST CNN (QKeras)',
    file: 'qkeras/qkeras_mnist_cnn.json',
    import: { inputRange: [0, 1], weights: 'qkeras/qkeras_mnist_cnn_weights.h5' },
    data: MNIST,
    accuracy: 98.86,
    tolerance: EQUAL,
    source: OWN_TOOLS,
  },
  {
    id: 'ResNet-8 (MLPerf Tiny), float',
    file: 'mlperf-tiny/pretrainedResnet.h5',
    import: { inputRange: [0, 255] },
    data: CIFAR10,
    isFloat: true,
    accuracy: 88.1,
    tolerance: EQUAL,
    source: OWN_TOOLS,
  },
  {
    id: 'ResNet-8 (MLPerf Tiny), int8',
    file: 'mlperf-tiny/pretrainedResnet_quant.tflite',
    data: CIFAR10,
    accuracy: 87.6,
    tolerance: EQUAL,
    source: OWN_TOOLS,
    instead: {
      ours: 88,
      why: 'the reference kernels round products twice and average stored numbers, and so do we; one rounding gives 87.6',
    },
  },
  {
    id: 'keyword spotting DS-CNN (MLPerf Tiny), int8',
    file: 'mlperf-tiny/kws/kws_ref_model.tflite',
    data: {
      kind: 'npy',
      inputs: 'mlperf-tiny/kws/kws01_inputs.npy',
      labels: 'mlperf-tiny/kws/kws01_labels.npy',
      nClasses: 12,
    },
    accuracy: 90.1,
    tolerance: EQUAL,
    source: 'a device with the reference kernels of TensorFlow Lite Micro, on the same inputs',
  },
  {
    id: 'ResNet-20 (CrossSim), float',
    ...RESNET20,
    isFloat: true,
    accuracy: 92.1,
    tolerance: EQUAL,
    source: OWN_TOOLS,
    instead: {
      ours: 91.9,
      why: 'the mean image is taken off and the difference rounded to 8 bits, which chips read; without that rounding 92.1',
    },
  },
  {
    id: 'ResNet-20 (CrossSim), 8 bits',
    ...RESNET20,
    quantise: { weights: 8, activations: 8, layers: {} },
    accuracy: 91,
    tolerance: { kind: 'atLeast' },
    source: 'our goal, by quantisation after training alone',
  },
  {
    id: 'ResNet-20 (CrossSim), 8 bits, 75.6 % of the weights at 4 bits',
    ...RESNET20,
    quantise: {
      weights: 8,
      activations: 8,
      layers: Object.fromEntries([15, 16, 17, 18, 19, 20, 21].map((n) => [`conv2d_${n}`, 4] as const)),
    },
    accuracy: 89,
    tolerance: { kind: 'atLeast' },
    source: 'our goal, by quantisation after training alone',
  },
];
