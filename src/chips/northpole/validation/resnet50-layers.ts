/**
 * The matrix layers of ResNet-50 v1.5 (He et al., CVPR 2016; the variant with the stride in the 3x3 convolution of a bottleneck, as in
 * the models of MLPerf and torchvision).
 */

/** One convolution, or the classifier as a 1x1 convolution on a 1x1 image. Square images, windows and strides. */
export interface Resnet50Layer {
  /** `stem`, `s<stage>b<block>.<a | b | c | shortcut>` or `classifier`. */
  readonly name: string;
  readonly nIn: number;
  readonly nOut: number;
  readonly window: number;
  readonly stride: number;
  /** Pixels of one side, in and out. */
  readonly sizeIn: number;
  readonly sizeOut: number;
}

/** Name of the first layer. */
export const STEM = 'stem';
/** Name of the last layer. */
export const CLASSIFIER = 'classifier';

/** Blocks and inner channels of the four stages; a block puts out four times as many. */
export const STAGES = [
  { blocks: 3, inner: 64 },
  { blocks: 4, inner: 128 },
  { blocks: 6, inner: 256 },
  { blocks: 3, inner: 512 },
] as const;

/** Channels of the stem. */
export const STEM_CHANNELS = 64;
/** Classes of ImageNet. */
export const CLASSES = 1000;

/** All 54 matrix layers for square images of `size` pixels (a multiple of 32), in an order in which they can be computed. */
export function resnet50Layers(size = 224): readonly Resnet50Layer[] {
  const layers: Resnet50Layer[] = [
    { name: STEM, nIn: 3, nOut: STEM_CHANNELS, window: 7, stride: 2, sizeIn: size, sizeOut: size / 2 },
  ];
  let nIn = STEM_CHANNELS;
  let side = size / 4;
  STAGES.forEach(({ blocks, inner }, s) => {
    const nOut = 4 * inner;
    for (let b = 0; b < blocks; b++) {
      const stride = b === 0 && s > 0 ? 2 : 1;
      const out = side / stride;
      const name = `s${s + 1}b${b + 1}`;
      const one = { window: 1, stride: 1, sizeIn: side, sizeOut: side };
      if (b === 0) layers.push({ name: `${name}.shortcut`, nIn, nOut, window: 1, stride, sizeIn: side, sizeOut: out });
      layers.push(
        { ...one, name: `${name}.a`, nIn, nOut: inner },
        { name: `${name}.b`, nIn: inner, nOut: inner, window: 3, stride, sizeIn: side, sizeOut: out },
        { ...one, name: `${name}.c`, nIn: inner, nOut, sizeIn: out, sizeOut: out },
      );
      nIn = nOut;
      side = out;
    }
  });
  layers.push({ name: CLASSIFIER, nIn, nOut: CLASSES, window: 1, stride: 1, sizeIn: 1, sizeOut: 1 });
  return layers;
}

/** Multiply-accumulates of a layer for one frame. */
export const macsOf = ({ nIn, nOut, window, sizeOut }: Resnet50Layer): number =>
  nIn * nOut * window * window * sizeOut * sizeOut;
