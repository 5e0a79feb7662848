/**
 * The one published power that static power is fitted on, and the events of the same run by our schedule: ResNet-50, bits per layer as `mixed`, a
 * batch of 16. Static power is what remains, so it moves against every energy per event.
 */
import type { NorthPoleEnergyTable } from '../../ir/program/northpole.js';
import { NORTHPOLE_SOURCES as SOURCES } from '../../ir/program/northpole-sources.js';

/** Counted events of a chip that runs without a pause, in the words of the energy table. */
export interface PricedEvents {
  /** Seconds that static power flows, times chips. */
  readonly seconds: number;
  readonly macs: Readonly<Record<8 | 4 | 2 | 1, number>>;
  readonly memoryBytes: number;
  readonly byteHops: number;
  readonly vectorOperations: number;
}

/** Events of the batch (test/experiments/resnet50.test.ts counts them again). */
export const RESNET50_EVENTS: PricedEvents = {
  seconds: 146_287 / 400e6,
  macs: { 8: 1_920_991_232, 4: 46_858_764_288, 2: 16_647_192_576, 1: 0 },
  memoryBytes: 797_846_720,
  byteHops: 8_322_787_072,
  vectorOperations: 384_640_000,
};

/** Energy of events in picojoules by what prices them. */
export function eventPj(
  energy: Omit<NorthPoleEnergyTable, 'staticWatts'>,
  events: PricedEvents,
): Readonly<Record<'mac' | 'memoryByte' | 'networkByteHop' | 'vectorOperation', number>> {
  const { macs } = events;
  const { macPj } = energy;
  return {
    mac: macs[8] * macPj[8] + macs[4] * macPj[4] + macs[2] * macPj[2] + macs[1] * macPj[1],
    memoryByte: events.memoryBytes * energy.memoryBytePj,
    networkByteHop: events.byteHops * energy.networkByteHopPj,
    vectorOperation: events.vectorOperations * energy.vectorOperationPj,
  };
}

/** The published power and what of it are events. */
export const FITTED_POWER = {
  what: 'ResNet-50',
  watts: 74,
  source: SOURCES.science,
  /** Watts of the events of the run at the prices of `energy`. */
  eventWatts: (energy: Omit<NorthPoleEnergyTable, 'staticWatts'>): number =>
    (Object.values(eventPj(energy, RESNET50_EVENTS)).reduce((sum, pj) => sum + pj, 0) * 1e-12) /
    RESNET50_EVENTS.seconds,
} as const;
