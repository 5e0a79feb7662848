// A TrueNorth-style chip of small cores: 64 x 64, weights of 8 bits with the sign, two types of axons.
//
//   lodestone compile MODEL --chip examples/chips/core64 --allow-code
import { chipLike, trueNorth } from 'lodestone/chips';

/** The chip. */
export const chip = chipLike(trueNorth, {
  name: 'core64',
  title: 'chips of 64 x 64 cores',
  presets: {
    core64: {
      what: 'cores of 64 axons and 64 neurons, two types of axons, weights -127..127',
      source: 'an example',
      values: {
        axonsPerCore: 64,
        neuronsPerCore: 64,
        axonTypes: 2,
        weightMax: 127,
        leakMax: 127,
        gridWidth: 128,
        gridHeight: 128,
        chipWidth: 128,
        chipHeight: 128,
      },
    },
  },
});
