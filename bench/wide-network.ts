/** A convolutional network of random binary weights whose number of cores grows with the area of its image. */
import { PURPOSE, sequence } from '../src/common/rng.js';
import type { NetworkGraph, NetworkNode } from '../src/ir/network/types.js';

/** How large it is. */
export interface WideNetworkSize {
  /** Pixels of a side of the image, a multiple of 8. */
  readonly side: number;
  /** Channels of every convolution; 3 x 3 windows of more than 28 do not fit a core, and take partial sums. */
  readonly channels: number;
  /** Convolutions, the first one included. */
  readonly convolutions: number;
}

/** Channels of the last convolution, whose pooled image the dense layer reads. */
const LAST_CHANNELS = 8;
const CLASSES = 10;

/** Convolutions of 3 x 3 with signs between them, a maximum over 8 x 8 pixels, and a dense layer of ten scores; the same for the same size. */
export function wideNetwork({ side, channels, convolutions }: WideNetworkSize): NetworkGraph {
  const random = sequence(1, PURPOSE.test);
  const signs = (n: number): Int8Array => Int8Array.from({ length: n }, () => 2 * random.below(2) - 1);
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: [side, side, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
  ];
  let last = 'code';
  let before = 1;
  for (let c = 1; c <= convolutions; c++) {
    const nOut = c === convolutions ? LAST_CHANNELS : channels;
    nodes.push(
      {
        ...{
          kind: 'conv2d',
          id: `conv${c}`,
          input: last,
          nOut,
          groups: 1,
          padValue: 0,
          weights: signs(nOut * 9 * before),
        },
        ...{ window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
      },
      { kind: 'step', id: `step${c}`, input: `conv${c}` },
    );
    last = `step${c}`;
    before = nOut;
  }
  const pooled = side / 8;
  nodes.push(
    { kind: 'maxPool', id: 'pool', input: last, window: [8, 8], stride: [8, 8], padding: [0, 0, 0, 0] },
    { kind: 'flatten', id: 'flat', input: 'pool' },
    {
      kind: 'dense',
      id: 'fc',
      input: 'flat',
      nOut: CLASSES,
      weights: signs(CLASSES * pooled * pooled * LAST_CHANNELS),
    },
    { kind: 'scores', id: 'scores', input: 'fc' },
  );
  return { name: `wide-${side}x${side}-${channels}x${convolutions}`, dialect: 'float', nodes };
}
