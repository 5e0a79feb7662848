/** Every parameter of RANC as a chip that networks are compiled for, with range, standard value, unit, status and source; its presets and spec files. */
import { assumed, type Bounds, published, real, type SpecOf, whole } from '../../common/parameters/parameter.js';
import { defineSpec, preset, type SpecRule } from '../../common/parameters/spec-definition.js';
import { RANC_RESET_TYPE } from '../../ir/program/formats/ranc/types.js';
import { type RancWidths, RTL_WIDTHS, SIMULATOR_WIDTHS } from './spec.js';

const PAPER = 'Mack et al., "RANC", IEEE TCAD 40:11 (2021)';
const SIMULATOR = 'github.com/UA-RCL/RANC, sim/ (config.json)';
const RTL = 'github.com/UA-RCL/RANC, rtl/RANCNetwork.v';

const SIZE: Bounds = [1, 65_536];
const GRID: Bounds = [1, 4096];
const WIDTH: Bounds = [2, 32];
const simulatorWidth = (what: string): ReturnType<typeof whole> =>
  whole(WIDTH, SIMULATOR_WIDTHS.potential, published(`${what}, with the sign`, 'bits', `C++ int; ${SIMULATOR}`));

/** The table, in the order in which it is printed. The first seven are the keys of config.json. */
export const RANC_PARAMETERS = {
  neuronsPerCore: whole(SIZE, 256, published('neurons of a core, num_neurons', 'neurons', `${PAPER}; ${SIMULATOR}`)),
  axonsPerCore: whole(SIZE, 256, published('axons of a core, num_axons', 'axons', `${PAPER}; ${SIMULATOR}`)),
  gridWidth: whole(GRID, 64, assumed('places in a row, num_cores_x', 'places', 'a user chooses it; as TrueNorth')),
  gridHeight: whole(GRID, 64, assumed('rows of places, num_cores_y', 'places', 'a user chooses it; as TrueNorth')),
  nWeights: whole(
    SIZE,
    4,
    published('weights of a neuron, one for each type of axon, num_weights', 'types', `${PAPER}; ${SIMULATOR}`),
  ),
  maxTickOffset: whole(
    SIZE,
    16,
    published(
      'words of the ring of a scheduler, max_tick_offset; the last offset never arrives',
      'ticks',
      `${PAPER}; ${SIMULATOR}`,
    ),
  ),
  resetType: whole(
    [0, 1],
    RANC_RESET_TYPE.below,
    published(
      'neuron_reset_type: the negative rule acts when V < threshold (0) or V <= threshold (1)',
      '',
      `sim/neuronblock.cpp; ${SIMULATOR}`,
    ),
  ),
  potentialBits: simulatorWidth('potential; sums beyond it wrap'),
  weightBits: simulatorWidth('weight'),
  leakBits: simulatorWidth('leak'),
  thresholdBits: simulatorWidth('threshold, positive and negative'),
  maxHop: whole(GRID, 4096, published('farthest target in x and in y', 'places', `C++ int; ${SIMULATOR}`)),
  busLines: whole(
    [1, 2 ** 20],
    2 ** 20,
    published('lines of the output bus, at most; any number in the simulator', 'lines', SIMULATOR),
  ),
  tickHz: real(
    [0.001, 1_000_000_000],
    1000,
    assumed('ticks per second', 'Hz', `the tick is an input of the design (${RTL}); the rate is that of TrueNorth`),
  ),
} as const;

/** RANC as its files and its design make it. Its first parameters are those of a RancSpec. */
export interface RancChipSpec extends SpecOf<typeof RANC_PARAMETERS> {
  /** Name of the preset or of the user's chip. */
  readonly name: string;
}

/** What values that are each in range have to be to each other. */
const RULES: readonly SpecRule<RancChipSpec>[] = [
  {
    paths: ['resetType', 'potentialBits'],
    check: ({ resetType, potentialBits }) =>
      potentialBits === SIMULATOR_WIDTHS.potential || resetType === RANC_RESET_TYPE.below
        ? undefined
        : {
            message: `the hardware of ${potentialBits}-bit potentials compares with <, which is reset type 0`,
            remedy: `use resetType 0, or potentialBits ${SIMULATOR_WIDTHS.potential}`,
          },
  },
  {
    paths: ['potentialBits', 'weightBits', 'leakBits', 'thresholdBits'],
    check: ({ potentialBits, weightBits, leakBits, thresholdBits }) => {
      const widest = Math.max(weightBits, leakBits, thresholdBits);
      return potentialBits >= widest
        ? undefined
        : {
            message: `potentials have ${potentialBits} bits, what is added or compared has ${widest}`,
            remedy: `use at least ${widest}, or narrower weights, leaks and thresholds`,
          };
    },
  },
];

const rtlValues = {
  potentialBits: RTL_WIDTHS.potential,
  weightBits: RTL_WIDTHS.weight,
  leakBits: RTL_WIDTHS.leak,
  thresholdBits: RTL_WIDTHS.threshold,
  maxHop: 255,
  busLines: 256,
};

/** Everything about specs of RANC: presets, schema, spec files, descriptions. */
export const RANC_SPECS = defineSpec({
  chip: 'RANC-style',
  table: RANC_PARAMETERS,
  presets: {
    ranc: preset(
      'RANC as its simulator computes it: 32 bits everywhere, whatever the grid (Mack et al., TCAD 40:11, 2021)',
    ),
    'ranc-rtl': preset('RANC as its Verilog has it by default: 9 bits that wrap, offsets of 9 bits', rtlValues, {
      status: 'published',
      source: RTL,
    }),
  },
  rules: RULES,
});

/** RANC as its simulator computes it. */
export const RANC_CHIP: RancChipSpec = RANC_SPECS.presets.ranc;

/** The widths of its numbers. */
export const widthsOf = ({ potentialBits, weightBits, leakBits, thresholdBits }: RancChipSpec): RancWidths => ({
  potential: potentialBits,
  weight: weightBits,
  leak: leakBits,
  threshold: thresholdBits,
});
