/**
 * Every parameter of a TrueNorth-style chip, with range, standard value, unit, status and source. All limits are checked by the chip
 * verifier; all rules are followed by the engines. Type, presets, spec files and docs are derived from this table.
 *
 * Not here: what cores and mesh cost in energy (hw-models/truenorth/costs.ts) and the time inside a tick (timing.ts).
 */
import { z } from 'zod';
import {
  assumed,
  type Bounds,
  choice,
  custom,
  derived,
  flag,
  published,
  real,
  type SpecOf,
  subset,
  whole,
} from '../../common/parameters/parameter.js';
import { entriesOf } from '../../common/parameters/value-tree.js';
import { specSchema, withStandardValues } from '../../common/parameters/spec-schema.js';

const SCIENCE = 'Merolla et al., Science 345:668 (2014)';
const TCAD = 'Akopyan et al., IEEE TCAD 34:1537 (2015)';
const NEURON = 'Cassidy et al., "Cognitive computing building block", IJCNN 2013';

/** Rows and columns of a grid, at most. */
const MAX_GRID = 4096;
/** Cores in a row or column of one chip, at most. */
const MAX_CHIP = 256;
/** Axons and neurons of a core. */
const CORE_BOUNDS = [8, 1024] as const;

/** The table, in the order in which it is printed. */
export const TRUENORTH_PARAMETERS = {
  axonsPerCore: whole(CORE_BOUNDS, 256, published('rows of the crossbar', 'axons', `${SCIENCE}; ${TCAD}`)),
  neuronsPerCore: whole(CORE_BOUNDS, 256, published('columns of the crossbar', 'neurons', `${SCIENCE}; ${TCAD}`)),
  axonTypes: whole([1, 16], 4, published('weights of a neuron, one for each type of axon', 'types', NEURON)),
  weightMax: whole([1, 32_767], 255, published('largest weight; 255 are 9 bits with the sign', '', NEURON)),
  leakMax: whole([1, 32_767], 255, published('largest leak; 255 are 9 bits with the sign', '', NEURON)),
  thresholdMax: whole(
    [1, 2 ** 30 - 1],
    262_143,
    derived(
      'largest threshold, positive or negative; 262143 are 18 bits',
      '',
      `largest value that every neuron rule fits; ${TCAD}`,
    ),
  ),
  potentialMax: whole(
    [1, 2 ** 30 - 1],
    393_216,
    derived(
      'largest potential at the end of a tick; 393216 are three halves of 2^18, stored in 20 bits',
      '',
      `V has 20 bits (${TCAD}) and must not overflow within a tick`,
    ),
  ),
  signedRange: choice(
    ['symmetric', 'twosComplement'],
    'symmetric',
    published(
      'weights and leaks from -max (symmetric) or from -max - 1 (two’s complement)',
      '',
      `sign and magnitude; ${NEURON}`,
    ),
  ),
  potentialOverflow: choice(
    ['clamp', 'wrap'],
    'clamp',
    assumed('what a potential beyond its register becomes; no compiled program gets there', '', 'not printed'),
  ),
  resetModes: subset(
    ['normal', 'linear', 'none'],
    ['normal', 'linear', 'none'],
    published(
      'what a neuron may do when it fires: become R, subtract its threshold, go on (gamma 0, 1, 2)',
      '',
      NEURON,
    ),
  ),
  negativeModes: subset(
    ['reset', 'saturate'],
    ['reset', 'saturate'],
    published('what a neuron may do below its negative threshold (kappa 0, 1)', '', NEURON),
  ),
  leakReversal: flag(true, published('a leak may take the sign of the potential (epsilon)', '', NEURON)),
  stochasticWeights: flag(true, published('weights may act by chance (b_G)', '', NEURON)),
  stochasticLeak: flag(true, published('leaks may act by chance (c_lambda)', '', NEURON)),
  thresholdDrawBits: whole(
    [0, 30],
    17,
    derived(
      'most random bits of a threshold (TM); 0: no random thresholds',
      'bits',
      'range of TM in models of the vendor’s tools',
    ),
  ),
  drawBits: whole(
    [1, 8],
    8,
    derived(
      'random bits that a stochastic weight or leak is compared with',
      'bits',
      `as many as the magnitude of a weight has; ${NEURON}`,
    ),
  ),
  positiveComparison: choice(
    ['atLeast', 'above'],
    'atLeast',
    published(
      'spike when V >= threshold (atLeast) or V > threshold (above)',
      '',
      `${NEURON}, eq. 4; other descriptions say >`,
    ),
  ),
  negativeComparison: choice(
    ['below', 'atMost'],
    'below',
    assumed('negative rule when V < -beta (below) or V <= -beta (atMost)', '', `${NEURON}; descriptions disagree`),
  ),
  linearReset: choice(
    ['thresholdAndDraw', 'threshold'],
    'thresholdAndDraw',
    assumed('linear reset subtracts alpha and the draw, or alpha only', '', `${NEURON}; descriptions disagree`),
  ),
  maxDelay: whole([1, 63], 15, published('longest delay of a spike; a scheduler has one slot more', 'ticks', TCAD)),
  gridWidth: whole([1, MAX_GRID], 64, published('cores in a row, over all chips', 'cores', SCIENCE)),
  gridHeight: whole([1, MAX_GRID], 64, published('rows of cores, over all chips', 'cores', SCIENCE)),
  chipWidth: whole(
    [1, MAX_CHIP],
    64,
    published('cores in a row of one chip; spikes between chips share a port', 'cores', SCIENCE),
  ),
  chipHeight: whole([1, MAX_CHIP], 64, published('rows of cores of one chip', 'cores', SCIENCE)),
  maxHop: whole([1, MAX_GRID], 255, published('farthest target in x and in y', 'cores', `9-bit offsets; ${TCAD}`)),
  faultyCores: custom<readonly (readonly [number, number])[]>(
    z
      .array(
        z.tuple([
          z
            .int()
            .min(0)
            .max(MAX_GRID - 1),
          z
            .int()
            .min(0)
            .max(MAX_GRID - 1),
        ]),
      )
      .max(65_536),
    `pairs [x, y] of 0..${MAX_GRID - 1}`,
    [],
    assumed('cores that must not be used', '', 'a chip without defects'),
  ),
  tickHz: real([0.001, 1_000_000_000], 1000, published('ticks per second', 'Hz', SCIENCE)),
} as const;

/** Limits and semantics of a chip. */
export interface TrueNorthSpec extends SpecOf<typeof TRUENORTH_PARAMETERS> {
  /** Name of the preset or of the user's chip. */
  readonly name: string;
}

/** The weights a chip stores, from the least to the largest. */
export const weightRange = (spec: Pick<TrueNorthSpec, 'weightMax' | 'signedRange'>): Bounds =>
  signedBounds(spec.weightMax, spec.signedRange);

/** The leaks a chip stores. */
export const leakRange = (spec: Pick<TrueNorthSpec, 'leakMax' | 'signedRange'>): Bounds =>
  signedBounds(spec.leakMax, spec.signedRange);

/** The potentials a chip stores. */
export const potentialRange = (spec: Pick<TrueNorthSpec, 'potentialMax' | 'potentialOverflow'>): Bounds =>
  signedBounds(spec.potentialMax, spec.potentialOverflow === 'clamp' ? 'symmetric' : 'twosComplement');

const signedBounds = (max: number, range: TrueNorthSpec['signedRange']): Bounds => [
  range === 'symmetric' ? -max : -max - 1,
  max,
];

/**
 * Structure and bounds of a spec in a file. Files of version 0.1 lack what came later: they are of chips with the standard values, whose
 * leaks are as large as their weights.
 */
export const trueNorthSpecSchema: z.ZodType<TrueNorthSpec> = z.preprocess((value) => {
  const spec = entriesOf(value);
  const leakMax = spec.get('leakMax') ?? spec.get('weightMax');
  return withStandardValues(TRUENORTH_PARAMETERS, { ...Object.fromEntries(spec), leakMax });
}, specSchema(TRUENORTH_PARAMETERS));
