/**
 * Every published number the project is compared with, next to ours. The list only grows; a row is removed when its
 * source turns out to be wrong.
 */
import { type Band, bandOf, hasBand, timesBand } from '../../../common/quantity.js';
import { STANDARD_CORE } from '../../../hw-models/truenorth/core-structure.js';
import { TRUENORTH_COSTS } from '../../../hw-models/truenorth/cost-table.js';
import { modelledPowerMw, powerBandMw, powerPartsMw, totalOf } from '../../../hw-models/truenorth/costs.js';
import { PUBLISHED_POWER, publishedRates } from '../../../hw-models/truenorth/published-power.js';
import type { LayerMapping } from '../../../ir/program/truenorth.js';
import type { RunResult } from '../../../ir/trace/run-result.js';
import type { ValidationRow } from '../../../ir/trace/validation-row.js';
import { row } from '../../validation-row.js';
import { type FreeConstant, withFits } from '../../free-constant.js';
import { EEDN, EEDN_NETWORKS, EEDN_NOTE, EEDN_POWER_NOTE, type EednNetwork } from './eedn.js';

/** A run of one of the example networks over the whole MNIST test set, and the layers of its program. */
export interface MeasuredNetwork {
  readonly result: RunResult;
  readonly layers: readonly LayerMapping[];
}

/** The networks {@link validationRows} looks for, by the names of their results. */
export const VALIDATED_NETWORKS = ['mnist-5core', 'mnist-30core'] as const;
type ValidatedNetwork = (typeof VALIDATED_NETWORKS)[number];

const NIPS = 'Esser et al., "Backpropagation for energy-efficient neuromorphic computing", NIPS 2015';
const RETRAINED = 'the published structure with weights trained by this project';

/** Accuracy of a proportion that is compared with print needs all of the test set. */
const TEST_SAMPLES = 10_000;

const FITTED_ON = [...PUBLISHED_POWER.map(({ id }) => `power/${id}`), 'power/rms-deviation'];

/** Every fitted constant behind the rows below. */
export const TRUENORTH_FREE_CONSTANTS: readonly FreeConstant[] = [
  { id: 'truenorth.idle', ...TRUENORTH_COSTS.idle, fittedOn: FITTED_ON },
  {
    id: 'truenorth.idle.exponent',
    value: TRUENORTH_COSTS.idle.exponent,
    unit: '',
    status: 'calibrated',
    source: 'of the idle power over the supply',
    fittedOn: FITTED_ON,
  },
  { id: 'truenorth.synapticOperation', ...TRUENORTH_COSTS.synapticOperation, fittedOn: FITTED_ON },
];

/** All rows. A row whose network is not among `measured` has `ours: null`: not computed is not zero. */
export function validationRows(measured: readonly MeasuredNetwork[]): readonly ValidationRow[] {
  return withFits(drafts(measured), TRUENORTH_FREE_CONSTANTS);
}

function drafts(measured: readonly MeasuredNetwork[]): readonly ValidationRow[] {
  const find = (name: ValidatedNetwork): MeasuredNetwork | undefined =>
    measured.find(({ result }) => result.name === name && result.samples === TEST_SAMPLES);
  const five = find('mnist-5core');
  const thirty = find('mnist-30core');
  return [
    row({
      id: 'nips2015/5-core/cores',
      published: 5,
      ours: five?.result.cores,
      unit: 'cores',
      tolerance: { kind: 'absolute', value: 0 },
      status: 'validated',
      source: NIPS,
    }),
    row({
      id: 'nips2015/5-core/neurons',
      published: 512,
      ours: five === undefined ? undefined : logicalNeurons(five.layers),
      unit: 'neurons',
      tolerance: { kind: 'absolute', value: 0 },
      status: 'validated',
      source: NIPS,
    }),
    row({
      id: 'nips2015/5-core/accuracy',
      published: 92.7,
      ours: five === undefined ? undefined : five.result.accuracy * 100,
      unit: '%',
      tolerance: { kind: 'atLeast' },
      status: 'validated',
      source: NIPS,
      note: RETRAINED,
    }),
    row({
      id: 'nips2015/5-core/energy',
      published: 0.268,
      ours: five === undefined ? undefined : energyOf(five.result),
      unit: 'uJ/image',
      tolerance: { kind: 'none' },
      status: 'reported',
      source: NIPS,
      ...bandOfRun(five),
      note: 'the proceedings page prints 0.408; ours is for one image per 1 ms tick at 0.775 V, cores in use only',
    }),
    row({
      id: 'nips2015/30-core/cores',
      published: 30,
      ours: thirty?.result.cores,
      unit: 'cores',
      tolerance: { kind: 'absolute', value: 0 },
      status: 'validated',
      source: NIPS,
      note: 'one of the 64 networks of the ensemble of 1920 cores',
    }),
    row({
      id: 'nips2015/30-core/neurons',
      published: 3840,
      ours: thirty === undefined ? undefined : logicalNeurons(thirty.layers),
      unit: 'neurons',
      tolerance: { kind: 'absolute', value: 0 },
      status: 'validated',
      source: NIPS,
    }),
    ...ensembleRows(thirty),
    ...PUBLISHED_POWER.map((point) =>
      row({
        id: `power/${point.id}`,
        published: point.powerMw,
        ours: modelledPowerMw(point),
        unit: 'mW',
        tolerance: { kind: 'relative', value: 0.08 },
        status: 'fitted',
        band: powerBandMw(publishedRates(point), point.voltage),
        source: point.source,
      }),
    ),
    row({
      id: 'power/rms-deviation',
      published: 0,
      ours: rmsDeviation() * 100,
      unit: '%',
      tolerance: { kind: 'absolute', value: 5 },
      status: 'fitted',
      source: 'the eight power figures above',
    }),
    ...EEDN_NETWORKS.flatMap(eednRows),
  ];
}

/** The published ensemble of 64 thirty-core networks, beside our single one: reported, no claim. */
function ensembleRows(thirty: MeasuredNetwork | undefined): readonly ValidationRow[] {
  const energy = thirty === undefined ? undefined : energyOf(thirty.result);
  const common = { tolerance: { kind: 'none' }, status: 'reported', source: NIPS } as const;
  return [
    row({
      ...common,
      id: 'nips2015/64x30-core/accuracy',
      published: 99.42,
      ours: thirty === undefined ? undefined : thirty.result.accuracy * 100,
      unit: '%',
      note: 'published for 64 networks of 30 cores that vote; ours is one of them',
    }),
    row({
      ...common,
      id: 'nips2015/64x30-core/energy',
      published: 108,
      ours: energy === undefined ? undefined : 64 * energy,
      ...bandOfRun(thirty, 64),
      unit: 'uJ/image',
      note: 'the proceedings page prints 121; ours is 64 times one network of 30 cores',
    }),
  ];
}

/** Root mean square of the relative deviations from the published power figures. */
function rmsDeviation(): number {
  const squares = PUBLISHED_POWER.map((point) => (modelledPowerMw(point) / point.powerMw - 1) ** 2);
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

/** Idle power and row reads of the network's cores at 1.0 V, one tick per frame. */
function idlePowerMw({ cores, framesPerSecond }: EednNetwork): Band & { readonly value: number } {
  const rates = {
    coresOn: cores,
    rowsPerSecond: cores * STANDARD_CORE.neurons * framesPerSecond,
    synapticOperationsPerSecond: 0,
    hopsPerSecond: 0,
  };
  return { value: totalOf(powerPartsMw(rates, 1)), ...powerBandMw(rates, 1) };
}

/** Shown for comparison: no network of these is at hand, so there is nothing to run. */
function eednRows(network: EednNetwork): readonly ValidationRow[] {
  const shared = {
    ours: undefined,
    tolerance: { kind: 'none' },
    status: 'reported',
    source: EEDN,
    note: EEDN_NOTE,
  } as const;
  const id = `eedn/${network.id}`;
  const { value, ...band } = idlePowerMw(network);
  return [
    row({ ...shared, id: `${id}/cores`, published: network.cores, unit: 'cores' }),
    row({ ...shared, id: `${id}/accuracy`, published: network.accuracy, unit: '%' }),
    row({ ...shared, id: `${id}/frames-per-second`, published: network.framesPerSecond, unit: '1/s' }),
    row({
      ...shared,
      id: `${id}/power`,
      published: network.powerMw,
      ours: value,
      band,
      unit: 'mW',
      note: EEDN_POWER_NOTE,
    }),
  ];
}

const logicalNeurons = (layers: readonly LayerMapping[]): number => layers.reduce((sum, l) => sum + l.nOut, 0);

/** The band of the energy of so many runs, where its cost model has one. */
function bandOfRun(measured: MeasuredNetwork | undefined, times = 1): { readonly band?: Band } {
  const energy = measured?.result.energyUj;
  return energy === undefined || 'unknown' in energy || !hasBand(energy)
    ? {}
    : { band: timesBand(bandOf(energy), times) };
}

const energyOf = ({ energyUj }: RunResult): number | undefined => ('unknown' in energyUj ? undefined : energyUj.value);
