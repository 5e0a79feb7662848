/**
 * Bits per layer of ResNet-50. The published network is "mixed 8/4/2 bit" (Modha et al., Science 382:329, 2023); which layer has which
 * width is not known, so `mixed` is our choice, stated here.
 */
import type { BitWidth } from '../../../ir/network/types.js';
import { CLASSIFIER, STEM } from './resnet50-layers.js';

/** Widths of a matrix layer: its weights, and the activations it puts out (of the classifier: those it reads). */
export interface LayerPrecision {
  readonly weights: BitWidth;
  readonly activations: BitWidth;
}

/** Widths of the whole network. */
export interface Resnet50Precision {
  readonly name: string;
  /** Bits of a pixel of the input. */
  readonly image: BitWidth;
  /** By name of the layer. */
  readonly of: (layer: string) => LayerPrecision;
}

const all = (bits: BitWidth): Resnet50Precision => ({
  name: `int${bits}`,
  image: bits,
  of: () => ({ weights: bits, activations: bits }),
});

/**
 * The first and last layer have 8-bit weights; inside the bottlenecks of the last two stages, where most weights are and redundancy is largest,
 * the 3x3 convolutions have 2-bit weights and read 2-bit activations; everything else, the residual stream too, has 4 bits. That 2-bit weights
 * and activations throughout cost ResNet-50 about 3 points of accuracy (Esser et al., arXiv 1902.08153) makes it a plausible choice.
 */
const MIXED: Resnet50Precision = {
  name: 'mixed',
  image: 8,
  of: (layer) => {
    if (layer === STEM) return { weights: 8, activations: 4 };
    if (layer === CLASSIFIER) return { weights: 8, activations: 8 };
    const deep = layer.startsWith('s3') || layer.startsWith('s4');
    if (deep && layer.endsWith('.a')) return { weights: 4, activations: 2 };
    if (deep && layer.endsWith('.b')) return { weights: 2, activations: 4 };
    return { weights: 4, activations: 4 };
  },
};

/** The presets. */
export const RESNET50_PRECISIONS = { int8: all(8), int4: all(4), mixed: MIXED } as const;
