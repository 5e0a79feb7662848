/**
 * Published numbers of the NorthPole family next to ours. Speed of ResNet-50 comes from the compiled static schedule; energy and
 * language models from models with the few constants of {@link FREE_CONSTANTS}, each fitted on one row and named there.
 */
import { timesBand } from '../../../common/quantity.js';
import { fittedStaticBand, powerOf, secondsOf } from '../../../hw-models/northpole/costs.js';
import { NORTHPOLE_SOURCES as SOURCES } from '../../../ir/program/northpole-sources.js';
import {
  macsPerCycle,
  memoryBandwidth,
  NORTHPOLE,
  NORTHPOLE_32X256,
  NORTHPOLE_VPX,
  peakTops,
} from '../../../hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { NorthPoleCounters } from '../../../ir/trace/northpole-counters.js';
import type { ValidationRow } from '../../../ir/trace/validation-row.js';
import { type DraftRow, row } from '../../validation-row.js';
import { type FreeConstant, withFits } from '../../free-constant.js';
import type { MeasuredResnet50 } from './resnet50-measure.js';
import { LANGUAGE_MODEL_CONSTANTS } from '../language-model/constants.js';
import { DEPLOYMENT_3B, DEPLOYMENT_8B, GRANITE_8B, MODEL_3B, MODEL_70B } from '../language-model/models.js';
import { instancesPerRack, languageModelPerformance } from '../language-model/performance.js';
import { cardBytes, planCards } from '../language-model/plan.js';

/** Every fitted constant behind the rows below. */
export const FREE_CONSTANTS: readonly FreeConstant[] = [
  {
    id: 'energy.staticWatts',
    value: NORTHPOLE.energy.staticWatts,
    ...fittedStaticBand(),
    unit: 'W',
    status: 'calibrated',
    source: 'what flows without any event on a card',
    fittedOn: ['northpole/resnet50/power'],
  },
  {
    id: 'resnet50.layersWith2Bits',
    value: 9,
    unit: 'layers',
    status: 'calibrated',
    source: 'the 3x3 convolutions of the last two stages; print says mixed 8/4/2 bit and not which layers',
    fittedOn: ['northpole/resnet50/frames-per-second'],
  },
  {
    id: 'languageModel.handOver',
    ...LANGUAGE_MODEL_CONSTANTS.handOverUs,
    fittedOn: ['northpole/3b/tokens-per-second'],
  },
];

/** ResNet-50 compiled for the rows below. */
export interface CompiledResnet50 {
  /** Bits per layer as `mixed`, with its events. */
  readonly mixed: MeasuredResnet50 & { readonly counters: NorthPoleCounters };
  readonly int4: MeasuredResnet50;
  /** `mixed` on {@link NORTHPOLE_32X256}. */
  readonly otherShape: MeasuredResnet50;
}

const CARDS_PER_RACK = LANGUAGE_MODEL_CONSTANTS.cardsPerServer.value * LANGUAGE_MODEL_CONSTANTS.serversPerRack.value;

/** All rows; without a compiled ResNet-50 its rows are not computed. */
export function northPoleRows(resnet: CompiledResnet50 | undefined): readonly ValidationRow[] {
  return withFits([...chipRows(), ...resnetRows(resnet), ...languageModelRows(), ...rackRows()], FREE_CONSTANTS);
}

function chipRows(): readonly ValidationRow[] {
  const exact = { tolerance: { kind: 'absolute', value: 0 }, status: 'validated' } as const;
  return [
    ...([8, 4, 2] as const).map((bits) =>
      row({
        ...exact,
        id: `northpole/operations-per-core-and-cycle-${bits}-bit`,
        published: 16_384 / bits,
        ours: macsPerCycle(NORTHPOLE, bits) * NORTHPOLE.opsPerMac,
        unit: 'operations',
        source: SOURCES.science,
        note: 'a multiply-accumulate counts as two operations; peak at 400 MHz is 209.7, 419.4 and 838.9 TOPS',
      }),
    ),
    row({
      ...exact,
      id: 'northpole/memory',
      published: 192,
      ours: cardBytes(NORTHPOLE) / 2 ** 20,
      unit: 'MiB',
      source: SOURCES.science,
      note: '768 KB in each of 256 cores; 32 MB of frame buffer are beside them',
    }),
  ];
}

const BITS = 'mixed 8/4/2 bit; the published bits per layer are not known, ours are stated in docs/northpole.md';

function resnetRows(resnet: CompiledResnet50 | undefined): readonly ValidationRow[] {
  const mixed = resnet && powerOf(NORTHPOLE, resnet.mixed.counters);
  const vpx = resnet && powerOf(NORTHPOLE_VPX, resnet.mixed.counters);
  const speed = (spec: NorthPoleSpec, measured: MeasuredResnet50 | undefined): number | undefined =>
    measured && measured.frames / secondsOf(spec, measured.cycles);
  const batch = resnet === undefined ? '' : `; batch ${resnet.mixed.frames}`;
  const board = 'same chip and clock as the card: what differs on the board is not published';
  const source = `${SOURCES.science}, table 1`;
  const id = 'northpole/resnet50';
  return [
    row({
      id: `${id}/frames-per-second`,
      published: 42_460,
      ours: mixed?.framesPerSecond.value,
      unit: '1/s',
      tolerance: { kind: 'relative', value: 0.1 },
      status: 'fitted',
      source,
      note: `${BITS}, chosen with this row in view${batch}; cycles of the static schedule`,
    }),
    row({
      id: `${id}/frames-per-second-32x256`,
      published: 42_460,
      ours: speed(NORTHPOLE_32X256, resnet?.otherShape),
      unit: '1/s',
      tolerance: { kind: 'relative', value: 0.1 },
      status: 'predicted',
      source,
      note: `the same with a VMM of 32 outputs x 256 bits: the shape is not published, the preset has 64 x 128${batch}`,
    }),
    row({
      id: `${id}/frames-per-second-4-bit`,
      published: 42_460,
      ours: speed(NORTHPOLE, resnet?.int4),
      unit: '1/s',
      tolerance: { kind: 'relative', value: 0.1 },
      status: 'predicted',
      source,
      note: `all weights and activations 4 bit instead of the published mixture: nothing is chosen, nothing fitted${batch}`,
    }),
    row({
      id: `${id}/power`,
      published: 74,
      ours: mixed?.watts.value,
      unit: 'W',
      tolerance: { kind: 'relative', value: 0.15 },
      status: 'fitted',
      source,
      note: 'static power was fitted to this row; energies per event are derived from the literature, none was fitted',
    }),
    row({
      id: `${id}/frames-per-joule`,
      published: 571,
      ours: mixed?.framesPerJoule.value,
      unit: '1/J',
      tolerance: { kind: 'none' },
      status: 'reported',
      source,
      note: 'the quotient of two rows above',
    }),
    row({
      id: `${id}/vpx/frames-per-second`,
      published: 40_300,
      ours: vpx?.framesPerSecond.value,
      unit: '1/s',
      tolerance: { kind: 'relative', value: 0.1 },
      status: 'predicted',
      source: 'the 3U VPX board, as reported',
      note: board,
    }),
    row({
      id: `${id}/vpx/frames-per-joule`,
      published: 611,
      ours: vpx?.framesPerJoule.value,
      unit: '1/J',
      tolerance: { kind: 'relative', value: 0.15 },
      status: 'predicted',
      source: 'the 3U VPX board, as reported',
      note: board,
    }),
  ];
}

function languageModelRows(): readonly ValidationRow[] {
  const small = languageModelPerformance(NORTHPOLE, MODEL_3B, DEPLOYMENT_3B);
  const granite = languageModelPerformance(NORTHPOLE, GRANITE_8B, DEPLOYMENT_8B);
  return [
    row({
      id: 'northpole/3b/cards',
      published: 16,
      ours: small.cards,
      unit: 'cards',
      tolerance: { kind: 'absolute', value: 0 },
      status: 'validated',
      source: SOURCES.hpec,
      note: '14 cards of one layer each, two of the output layer; widths and bits of the model are assumed',
    }),
    row({
      id: 'northpole/3b/tokens-per-second',
      published: 28_356,
      ours: small.tokensPerSecond,
      unit: '1/s',
      tolerance: { kind: 'relative', value: 0.01 },
      status: 'fitted',
      source: SOURCES.hpec,
      note: 'the hand-over time of a card was fitted to this row',
    }),
    row({
      id: 'northpole/3b/ms-per-token',
      published: 1,
      ours: small.msPerToken,
      unit: 'ms',
      tolerance: { kind: 'atMost' },
      status: 'validated',
      source: SOURCES.hpec,
      note: 'per user, 28 users; published as below 1 ms',
    }),
    row({
      id: 'northpole/3b/power',
      published: 672,
      ours: small.watts,
      band: small.wattsBand,
      unit: 'W',
      tolerance: { kind: 'relative', value: 0.15 },
      status: 'predicted',
      source: SOURCES.hpec,
      note: 'static power is that fitted to ResNet-50',
    }),
    row({
      id: 'northpole/granite-8b/ms-per-token',
      published: 2.8,
      ours: granite.msPerToken,
      unit: 'ms',
      tolerance: { kind: 'relative', value: 0.15 },
      status: 'predicted',
      source: SOURCES.rack,
      note: `${granite.cards} cards, 28 users of 2048 positions; the hand-over time is that of the 3 B system, the software before the first and after the last card is not modelled`,
    }),
  ];
}

function rackRows(): readonly ValidationRow[] {
  const instances: Omit<DraftRow, 'id' | 'published' | 'ours'> = {
    unit: 'instances',
    tolerance: { kind: 'absolute', value: 0 },
    status: 'validated',
    source: SOURCES.rack,
    note: '18 servers of 16 cards, no server shared between instances',
  };
  const cards = (...args: readonly [typeof MODEL_3B, typeof DEPLOYMENT_3B]): number =>
    planCards(NORTHPOLE, ...args).length;
  const { watts, wattsBand } = languageModelPerformance(NORTHPOLE, GRANITE_8B, DEPLOYMENT_8B);
  const { cards: perInstance } = languageModelPerformance(NORTHPOLE, GRANITE_8B, DEPLOYMENT_8B);
  const rack = 'northpole/rack';
  return [
    row({ ...instances, id: `${rack}/3b`, published: 18, ours: instancesPerRack(cards(MODEL_3B, DEPLOYMENT_3B)) }),
    row({
      ...instances,
      id: `${rack}/granite-8b`,
      published: 3,
      ours: instancesPerRack(cards(GRANITE_8B, DEPLOYMENT_8B)),
    }),
    row({
      ...instances,
      id: `${rack}/70b`,
      published: 1,
      ours: instancesPerRack(cards(MODEL_70B, DEPLOYMENT_8B)),
      status: 'predicted',
      note: 'which model of 70 G parameters is meant is not published',
    }),
    row({
      id: `${rack}/operations`,
      published: 115,
      ours: (CARDS_PER_RACK * peakTops(NORTHPOLE, 4)) / 1000,
      unit: '10^15/s',
      tolerance: { kind: 'relative', value: 0.06 },
      status: 'validated',
      source: SOURCES.rack,
      note: '4 bit, 288 cards; 115 would be a clock of 381 MHz, the chip is modelled at its nominal 400 MHz',
    }),
    row({
      id: `${rack}/bandwidth`,
      published: 3.7,
      ours: (CARDS_PER_RACK * memoryBandwidth(NORTHPOLE)) / 1e15,
      unit: 'PB/s',
      tolerance: { kind: 'relative', value: 0.06 },
      status: 'validated',
      source: SOURCES.rack,
    }),
    row({
      id: `${rack}/power`,
      published: 30,
      ours: (CARDS_PER_RACK * watts) / perInstance / 1000,
      band: timesBand(wattsBand, CARDS_PER_RACK / perInstance / 1000),
      unit: 'kW',
      tolerance: { kind: 'none' },
      status: 'reported',
      source: SOURCES.rack,
      note: 'ours are the cards alone, at the power of a busy Granite 8B; servers, network and fans are not modelled',
    }),
  ];
}
