/** TrueNorth-style chips by name, and what a spec file of one has to hold. */
import { preset, type Preset, type SpecRule, defineSpec } from '../../common/parameters/spec-definition.js';
import { TRUENORTH_PARAMETERS, type TrueNorthSpec } from '../../ir/program/truenorth-parameters.js';

export { TRUENORTH_PARAMETERS } from '../../ir/program/truenorth-parameters.js';

const board = (
  what: string,
  source: string,
  gridWidth: number,
  gridHeight: number,
): Preset<typeof TRUENORTH_PARAMETERS> =>
  preset<typeof TRUENORTH_PARAMETERS>(what, { gridWidth, gridHeight }, { status: 'published', source });

/** What values that are each in range have to be to each other. */
const TRUENORTH_RULES: readonly SpecRule<TrueNorthSpec>[] = [
  {
    paths: ['potentialMax', 'thresholdMax'],
    check: ({ potentialMax, thresholdMax }) =>
      potentialMax >= thresholdMax
        ? undefined
        : {
            message: `potentials end at ${potentialMax}, below the largest threshold ${thresholdMax}`,
            remedy: `use a potentialMax of at least ${thresholdMax}, or a smaller thresholdMax`,
          },
  },
  {
    paths: ['potentialMax', 'weightMax', 'leakMax'],
    check: ({ potentialMax, weightMax, leakMax }) =>
      potentialMax >= Math.max(weightMax, leakMax)
        ? undefined
        : {
            message: `potentials end at ${potentialMax}, below a single weight or leak of ${Math.max(weightMax, leakMax)}`,
            remedy: `use a potentialMax of at least ${Math.max(weightMax, leakMax)}, or smaller weights and leaks`,
          },
  },
  {
    paths: ['potentialMax', 'potentialOverflow'],
    check: ({ potentialMax, potentialOverflow }) =>
      potentialOverflow === 'clamp' || Number.isInteger(Math.log2(potentialMax + 1))
        ? undefined
        : {
            message: `a register that wraps holds -2^n..2^n - 1; ${potentialMax} is not 2^n - 1`,
            remedy: `use ${2 ** Math.ceil(Math.log2(potentialMax + 1)) - 1}, or clamp`,
          },
  },
  {
    paths: ['thresholdDrawBits', 'thresholdMax'],
    check: ({ thresholdDrawBits, thresholdMax }) =>
      2 ** thresholdDrawBits - 1 <= thresholdMax
        ? undefined
        : {
            message: `${thresholdDrawBits} random bits are more than a threshold of at most ${thresholdMax} has`,
            remedy: `use at most ${Math.floor(Math.log2(thresholdMax + 1))} bits`,
          },
  },
  {
    paths: ['faultyCores', 'gridWidth', 'gridHeight'],
    check: ({ faultyCores, gridWidth, gridHeight }) => {
      const outside = faultyCores.filter(([x, y]) => x >= gridWidth || y >= gridHeight);
      const [first] = outside;
      return first === undefined
        ? undefined
        : {
            message: `${outside.length} of the faulty cores lie outside the grid of ${gridWidth} x ${gridHeight}, the first at ${first.join(', ')}`,
            remedy: 'remove them, or use a larger grid',
          };
    },
  },
];

/** Everything about specs of TrueNorth-style chips: presets, schema, spec files, descriptions. */
export const TRUENORTH_SPECS = defineSpec({
  chip: 'TrueNorth-style',
  table: TRUENORTH_PARAMETERS,
  presets: {
    truenorth: preset('the published chip, 64 x 64 cores of 256 x 256 (Merolla et al., Science 345:668, 2014)'),
    ns1e: board('a board with one chip', 'Sawada et al., SC16', 64, 64),
    ns16e: board('a board of 4 x 4 chips', 'Sawada et al., SC16', 256, 256),
    'truenorth-small': preset(
      'scaled down for tests and first steps, so that limits bite at sizes a person can follow',
      {
        ...{ axonsPerCore: 32, neuronsPerCore: 32, weightMax: 31, leakMax: 31, thresholdMax: 1023, potentialMax: 2047 },
        ...{
          thresholdDrawBits: 6,
          drawBits: 5,
          maxDelay: 7,
          gridWidth: 16,
          gridHeight: 16,
          chipWidth: 8,
          chipHeight: 8,
        },
        maxHop: 15,
      },
    ),
  },
  rules: TRUENORTH_RULES,
});

/** The chips by name, as `base:` of a spec file takes them. */
export const TRUENORTH_PRESETS = TRUENORTH_SPECS.presets;
/** Name of a preset. */
export type TrueNorthPreset = keyof typeof TRUENORTH_PRESETS;

/** The published TrueNorth chip. */
export const TRUENORTH: TrueNorthSpec = TRUENORTH_PRESETS.truenorth;

/** Reads a spec file: a base and what differs from it. @throws UserError with everything that is wrong with it */
export const parseTrueNorthSpec = TRUENORTH_SPECS.parse;
/** The spec file of a chip, every parameter with comment, unit, range, status and source; {@link parseTrueNorthSpec} reads it back. */
export const printTrueNorthSpec = TRUENORTH_SPECS.print;
