/**
 * Effective bits of a weight under additive Gaussian noise of standard deviation sigma a, where a is the bound of the layer. Two
 * readings, for the phrase of arXiv 1606.01981 does not say which one is meant; both are printed with their names.
 */
import { binaryWeightBits, gaussianChannelBits } from '../common/channel-bits.js';
import type { Quantity, Unknown } from '../common/quantity.js';
import { boundOf, realWeights } from '../compiler/passes/distort-weights.js';
import type { NetworkGraph, NodeId } from '../ir/network/types.js';

export { binaryWeightBits, gaussianChannelBits };

/** Both readings for one layer. */
export interface LayerBits {
  readonly layer: NodeId;
  readonly nWeights: number;
  /** Mean of (w / a)^2, 0..1; 1 for weights -a and +a. */
  readonly meanSquare: number;
  /** Known with noise: without it the channel has no bound. */
  readonly gaussianChannel: Quantity | Unknown;
  /** Known for weights that are all -a or +a. */
  readonly mutualInformation: Quantity | Unknown;
}

/** The effective bits per weight of every dense and conv2d layer of a float network under additive noise of sigma a. */
export function effectiveBits(graph: NetworkGraph, sigma: number): readonly LayerBits[] {
  return graph.nodes.flatMap((node): readonly LayerBits[] => {
    if (node.kind !== 'dense' && node.kind !== 'conv2d') return [];
    const weights = realWeights(node);
    const a = boundOf(weights);
    const meanSquare = a === 0 ? 0 : weights.reduce((sum, w) => sum + (w / a) ** 2, 0) / weights.length;
    const isBinary = a > 0 && weights.every((w) => Math.abs(w) === a);
    return [
      {
        layer: node.id,
        nWeights: weights.length,
        meanSquare,
        gaussianChannel: known(
          gaussianChannelBits(meanSquare, sigma),
          `Gaussian channel, 0.5 log2(1 + S/N), S = ${meanSquare.toFixed(4)}, sigma = ${sigma}`,
        ),
        mutualInformation: isBinary
          ? known(binaryWeightBits(sigma), `mutual information of a +-1 weight in Gaussian noise, sigma = ${sigma}`)
          : { unknown: true, reason: 'the weights of the layer are not all -a or +a' },
      },
    ];
  });
}

/** Both readings for a network: means over all its weights, each unknown if it is so for one layer. */
export function meanBits(layers: readonly LayerBits[]): Pick<LayerBits, 'gaussianChannel' | 'mutualInformation'> {
  const total = layers.reduce((sum, { nWeights }) => sum + nWeights, 0);
  const meanOf = (reading: 'gaussianChannel' | 'mutualInformation'): Quantity | Unknown => {
    let sum = 0;
    for (const { layer, nWeights, [reading]: bits } of layers) {
      if ('unknown' in bits) return { unknown: true, reason: `layer "${layer}": ${bits.reason}` };
      sum += (nWeights / total) * bits.value;
    }
    return layers.length === 0
      ? { unknown: true, reason: 'the network has no dense or conv2d layer' }
      : known(sum, `${reading}, mean over ${total} weights`);
  };
  return { gaussianChannel: meanOf('gaussianChannel'), mutualInformation: meanOf('mutualInformation') };
}

const known = (value: number, source: string): Quantity | Unknown =>
  Number.isFinite(value)
    ? { value, unit: 'bit', source, status: 'measured' }
    : { unknown: true, reason: 'without noise the channel carries any number of bits' };
