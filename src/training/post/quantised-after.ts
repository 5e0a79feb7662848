/** Quantisation after training as studies and explorations do it: the first training images calibrate, squared error chooses the ranges, a scale per output channel. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { openSamples } from '../../data/samples.js';
import type { BitWidth, NetworkGraph } from '../../ir/network/types.js';
import { calibrateNetwork, checkQuantisable, linearLayers, quantiseNetwork } from './index.js';

/** The bits of a quantisation after training. */
export interface QuantiseAfter {
  readonly weights: BitWidth;
  readonly activations: BitWidth;
  /** Bits of the weights of single layers. */
  readonly layers: Readonly<Record<string, BitWidth>>;
}

/** Training images, the first ones, that show the ranges of values. */
export const CALIBRATION_IMAGES = 500;

/** Where a network to be quantised comes from. */
export interface QuantiseFrom {
  readonly network: NetworkGraph;
  /** Where problems are. */
  readonly place: string;
  /** Data set by name or path, for the images that calibrate. */
  readonly data: string;
}

/** The network with integer weights. @throws UserError for networks that cannot be quantised, and for bits of layers that it has not */
export async function quantisedAfter(
  { network, place, data }: QuantiseFrom,
  { weights, activations, layers }: QuantiseAfter,
): Promise<NetworkGraph> {
  const names = linearLayers(network);
  const unknown = Object.keys(layers).filter((layer) => !names.includes(layer));
  throwIfErrors([
    ...checkQuantisable(network, place),
    ...unknown.map((layer): Diagnostic => {
      const suggestion = nearest(layer, names);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const message = `there is no dense or convolution layer "${layer}"${hint}`;
      return errorAt('unknown-layer', place, message, `use ${names.join(', ')}`);
    }),
  ]);
  const images = (await openSamples(data, network, 'train')).take(0, CALIBRATION_IMAGES);
  const calibrated = calibrateNetwork(network, images, { method: { kind: 'mse' }, scales: 'channel' });
  const bits = new Map(
    names.map((layer) => [layer, { weights: layers[layer] ?? weights, inputs: activations }] as const),
  );
  return quantiseNetwork(calibrated, bits, activations);
}
