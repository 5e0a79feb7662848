/**
 * Energy of a NorthPole-style chip from event counts: exact events times the spec's energy table, at report time only.
 *
 *   E = sum over events of pJ per event  +  static power x cycles / clock
 *
 * The energies per event follow from the parameters of the chip by laws of the literature (core-costs.ts), unless a spec sets its own. One
 * constant is fitted: the static power, on one published figure (fitted-power.ts). What the other figures then come out at is
 * prediction.
 *
 * The band of a sum. Every price may be anywhere in its band, and static power follows by its fit: what an event costs more is missing from it.
 * So a price counts with its events less those of the same time of the fitted run. The ends are the extremes of all prices at once. A price
 * that a spec sets has no band.
 */
import { type Band, perBand, type Quantity, sumBand, type Term, timesBand } from '../../common/quantity.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import type { NorthPoleCounters } from '../../ir/trace/northpole-counters.js';
import { coreAreaMm2 } from './core-area.js';
import {
  energyTableOf,
  EVENT_COSTS,
  type EventCost,
  macPj,
  memoryBytePj,
  networkByteHopPj,
  northPoleCosts,
  vectorOperationPj,
} from './core-costs.js';
import { eventPj, FITTED_POWER, type PricedEvents, RESNET50_EVENTS } from './fitted-power.js';
import { PUBLISHED_STRUCTURE } from './structure.js';

/** Energy of a batch in microjoules by what spends it. */
export interface NorthPoleEnergyParts {
  readonly static: number;
  readonly macs: number;
  readonly memory: number;
  readonly networks: number;
  readonly vector: number;
}

/** What a batch costs on a chip that does nothing but run such batches one after the other. */
export interface NorthPolePower {
  /** Frames per second. */
  readonly framesPerSecond: Quantity;
  /** Microjoules per frame. */
  readonly energyPerFrame: Quantity;
  readonly framesPerJoule: Quantity;
  readonly watts: Quantity;
  /** Microjoules per batch by part. */
  readonly parts: NorthPoleEnergyParts;
}

const SOURCE =
  'event counts times the energy table of the spec; static power fitted to ResNet-50 at 74 W; band: every energy per event anywhere ' +
  'in its band, static power fitted to it';

/** Seconds of a number of cycles. */
export const secondsOf = (spec: Pick<NorthPoleSpec, 'clockMhz'>, cycles: number): number =>
  cycles / (spec.clockMhz * 1e6);

/** The events of a batch that have a price. */
export function pricedEvents(spec: Pick<NorthPoleSpec, 'clockMhz'>, counters: NorthPoleCounters): PricedEvents {
  const { macs, vectorOperations } = counters;
  return {
    seconds: secondsOf(spec, counters.cycles),
    macs,
    memoryBytes: memoryBytesOf(counters),
    byteHops: byteHopsOf(counters),
    vectorOperations,
  };
}

/** Bytes of a batch through the ports of the memories. */
export const memoryBytesOf = ({
  memoryBytes: { activationRead, weightRead, dataRead, dataWrite },
}: Pick<NorthPoleCounters, 'memoryBytes'>): number => activationRead + weightRead + dataRead + dataWrite;

/** Bytes of a batch times links crossed, over all four networks. */
export const byteHopsOf = ({
  networks: { model, partialSum, activation, instruction },
}: Pick<NorthPoleCounters, 'networks'>): number =>
  model.byteHops + partialSum.byteHops + activation.byteHops + instruction.byteHops;

/** Energy of events in microjoules by part. */
export function eventPartsUj({ energy }: Pick<NorthPoleSpec, 'energy'>, events: PricedEvents): NorthPoleEnergyParts {
  const pj = eventPj(energy, events);
  return {
    static: energy.staticWatts * events.seconds * 1e6,
    macs: pj.mac * 1e-6,
    memory: pj.memoryByte * 1e-6,
    networks: pj.networkByteHop * 1e-6,
    vector: pj.vectorOperation * 1e-6,
  };
}

/** The band of the energy of events in microjoules; see the head of this file. */
export function eventBandUj(spec: NorthPoleSpec, events: PricedEvents): Band {
  const costs = northPoleCosts(spec);
  const { energy } = spec;
  const { table, relative } = costs;
  const isOwn: Readonly<Record<EventCost, boolean>> = {
    mac: ([8, 4, 2, 1] as const).some((bits) => energy.macPj[bits] !== table.macPj[bits]),
    memoryByte: energy.memoryBytePj !== table.memoryBytePj,
    networkByteHop: energy.networkByteHopPj !== table.networkByteHopPj,
    vectorOperation: energy.vectorOperationPj !== table.vectorOperationPj,
  };
  const isFitted = energy.staticWatts === table.staticWatts;
  const spent = eventPj(energy, events);
  // What the same time of the fitted run spends, at the prices static power was fitted with.
  const fitted = eventPj(energyTableOf(PUBLISHED_STRUCTURE), RESNET50_EVENTS);
  const share = (costs.staticScale * events.seconds) / RESNET50_EVENTS.seconds;
  const terms: Term[] = EVENT_COSTS.flatMap((cost): readonly Term[] => {
    // Static power holds `fixed` less where the price is higher; at the price itself that is in staticWatts already.
    const fixed = isFitted ? fitted[cost] * share : 0;
    const own = isOwn[cost] ? spent[cost] : 0;
    return [
      { count: spent[cost] - own - fixed, value: 1, ...relative[cost] },
      { count: own + fixed, value: 1 },
    ];
  });
  const { value, low = value, high = value } = costs.static;
  const fixedWatts: Term = isFitted
    ? {
        count: events.seconds * 1e12,
        value: energy.staticWatts,
        low: energy.staticWatts - (value - low),
        high: energy.staticWatts + (high - value),
      }
    : { count: events.seconds * 1e12, value: energy.staticWatts };
  const { low: least, high: most } = timesBand(sumBand([...terms, fixedWatts], 'extremes'), 1e-6);
  // Where static power is a rest, the ends of all prices may leave less than nothing of it; no chip gives energy back.
  return { low: Math.max(0, least), high: most };
}

/** The band of the static power of the published chip in watts: what the published power leaves at the ends of all prices. */
export function fittedStaticBand(): Band {
  const prices = northPoleCosts(PUBLISHED_STRUCTURE);
  const spent = eventPj(prices.table, RESNET50_EVENTS);
  const watts = 1e-12 / RESNET50_EVENTS.seconds;
  return sumBand(
    [
      { count: FITTED_POWER.watts, value: 1 },
      ...EVENT_COSTS.map((cost) => ({ count: -spent[cost] * watts, value: 1, ...prices.relative[cost] })),
    ],
    'extremes',
  );
}

/**
 * What follows from the parameters of a chip: every price, static power with all its fit leaves open, the area of a core; by name, for people. What
 * a spec sets itself is not here.
 */
export function describedCosts(spec: NorthPoleSpec): Readonly<Record<string, Quantity>> {
  const { table, static: flows } = northPoleCosts(spec);
  const second = { seconds: 1, macs: { 8: 0, 4: 0, 2: 0, 1: 0 }, memoryBytes: 0, byteHops: 0, vectorOperations: 0 };
  return {
    '8-bit multiply-accumulate': macPj(8),
    '4-bit multiply-accumulate': macPj(4),
    '2-bit multiply-accumulate': macPj(2),
    'byte of memory': memoryBytePj(spec),
    'byte over a link': networkByteHopPj(spec),
    'lane operation': vectorOperationPj(),
    'static power of the chip': { ...flows, ...timesBand(eventBandUj({ ...spec, energy: table }, second), 1e-6) },
    'area of a core': coreAreaMm2(spec),
  };
}

/** Energy of the batch in microjoules by part. */
export const energyPartsUj = (spec: NorthPoleSpec, counters: NorthPoleCounters): NorthPoleEnergyParts =>
  eventPartsUj(spec, pricedEvents(spec, counters));

/** Sum of the parts. */
export const totalUj = (parts: NorthPoleEnergyParts): number =>
  parts.static + parts.macs + parts.memory + parts.networks + parts.vector;

/** Speed, energy and power of batches that follow each other without a pause. */
export function powerOf(spec: NorthPoleSpec, counters: NorthPoleCounters): NorthPolePower {
  const events = pricedEvents(spec, counters);
  const parts = eventPartsUj(spec, events);
  const total = totalUj(parts);
  const band = eventBandUj(spec, events);
  const { seconds } = events;
  const calibrated = (value: number, unit: string, ends: Partial<Band>): Quantity => ({
    value,
    ...ends,
    unit,
    status: 'calibrated',
    source: SOURCE,
  });
  const { frames } = counters;
  return {
    framesPerSecond: {
      value: frames / seconds,
      unit: '1/s',
      status: 'measured',
      source: `${counters.cycles} cycles of the static schedule for ${frames} frames at ${spec.clockMhz} MHz`,
    },
    energyPerFrame: calibrated(total / frames, 'uJ', timesBand(band, 1 / frames)),
    framesPerJoule: calibrated((frames * 1e6) / total, '1/J', perBand(frames * 1e6, band)),
    watts: calibrated((total * 1e-6) / seconds, 'W', timesBand(band, 1e-6 / seconds)),
    parts,
  };
}
