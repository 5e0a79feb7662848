/** The published table of deep convolutional networks on TrueNorth. */

/** One network on one chip at 1.0 V. */
export interface EednNetwork {
  readonly id: string;
  readonly cores: number;
  /** Percent. */
  readonly accuracy: number;
  readonly framesPerSecond: number;
  readonly powerMw: number;
}

/** Where {@link EEDN_NETWORKS} comes from. */
export const EEDN =
  'Esser et al., "Convolutional networks for fast, energy-efficient neuromorphic computing", PNAS 113:11441 (2016), networks of ' +
  'one chip at 1.0 V';
/** Why there is no number of ours. */
export const EEDN_NOTE = 'the trained networks are not at hand: shown for comparison, nothing is run';
/** What stands next to the published power. */
export const EEDN_POWER_NOTE =
  'ours is a floor: idle power and row reads of as many cores at 1.0 V and one tick per frame, without a single spike';

/** All eight data sets. */
export const EEDN_NETWORKS: readonly EednNetwork[] = [
  { id: 'cifar-10', cores: 4042, accuracy: 83.41, framesPerSecond: 1249, powerMw: 204 },
  { id: 'cifar-100', cores: 4042, accuracy: 55.64, framesPerSecond: 1526, powerMw: 208 },
  { id: 'svhn', cores: 4042, accuracy: 96.66, framesPerSecond: 2526, powerMw: 257 },
  { id: 'gtsrb', cores: 4042, accuracy: 96.5, framesPerSecond: 1615, powerMw: 201 },
  { id: 'logo32', cores: 3236, accuracy: 85.7, framesPerSecond: 1775, powerMw: 172 },
  { id: 'vad', cores: 423, accuracy: 95.42, framesPerSecond: 1539, powerMw: 26 },
  { id: 'timit-class', cores: 1943, accuracy: 79.16, framesPerSecond: 2610, powerMw: 143 },
  { id: 'timit-frame', cores: 2476, accuracy: 71.17, framesPerSecond: 2107, powerMw: 166 },
];
