/** The network that goes onto a chip: the trained one, or, for real weights on a chip that takes integers of several bits, its quantised form. */
import type { Chip } from '../../chips/chip.js';
import { hasRealWeights } from '../../ir/network/real-weights.js';
import { fail } from '../../common/diagnostics.js';
import type { BitWidth, NetworkGraph } from '../../ir/network/types.js';
import { quantisedAfter } from '../../training/post/quantised-after.js';

/** What a network on a chip is made from. */
export interface DeployRequest {
  readonly network: NetworkGraph;
  readonly name: string;
  /** Data set by name or path, for the images that calibrate. */
  readonly data: string;
  readonly chip: Chip;
  /** Bits of weights and activations of the quantisation after training; undefined: none is asked for. */
  readonly quantiseBits: BitWidth | undefined;
}

/**
 * The network to compile. @throws UserError for real weights on a chip that cannot take them quantised, for real weights without a quantisation, and for networks that cannot be quantised
 */
export async function networkFor({ network, name, data, chip, quantiseBits }: DeployRequest): Promise<NetworkGraph> {
  if (!hasRealWeights(network)) return network;
  const place = `network "${name}"`;
  const { realWeights, title } = chip;
  if (realWeights !== 'quantised') return fail('real-weights', place, realWeights.refused, realWeights.remedy);
  if (quantiseBits === undefined) {
    const message = `its weights are real numbers, and ${title} store integers`;
    return fail('real-weights', place, message, 'add quantise: { bits: 8 } to the specification');
  }
  return quantisedAfter({ network, place, data }, { weights: quantiseBits, activations: quantiseBits, layers: {} });
}
