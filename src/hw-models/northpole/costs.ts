/**
 * Energy of a NorthPole-style chip from event counts: exact events times the spec's energy table, at report time only.
 *
 *   E = sum over events of pJ per event  +  static power x cycles / clock
 *
 * The energies per event are from the literature, scaled to 12 nm (spec-parameters.ts). One constant is fitted: the static
 * power, on one published figure (free-constants.ts). What the other figures then come out at is prediction.
 */
import type { Quantity } from '../../common/quantity.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import type { ByPrecision, NorthPoleCounters } from '../../ir/trace/northpole-counters.js';

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

const SOURCE = 'event counts times the energy table of the spec; static power fitted to ResNet-50 at 74 W';

/** Seconds of a number of cycles. */
export const secondsOf = (spec: Pick<NorthPoleSpec, 'clockMhz'>, cycles: number): number =>
  cycles / (spec.clockMhz * 1e6);

/** Energy of the batch in microjoules by part. */
export function energyPartsUj(spec: NorthPoleSpec, counters: NorthPoleCounters): NorthPoleEnergyParts {
  const { energy } = spec;
  const { memoryBytes, networks } = counters;
  const bytes = memoryBytes.activationRead + memoryBytes.weightRead + memoryBytes.dataRead + memoryBytes.dataWrite;
  const byteHops =
    networks.model.byteHops +
    networks.partialSum.byteHops +
    networks.activation.byteHops +
    networks.instruction.byteHops;
  return {
    static: energy.staticWatts * secondsOf(spec, counters.cycles) * 1e6,
    macs: weighted(counters.macs, energy.macPj) * 1e-6,
    memory: bytes * energy.memoryBytePj * 1e-6,
    networks: byteHops * energy.networkByteHopPj * 1e-6,
    vector: counters.vectorOperations * energy.vectorOperationPj * 1e-6,
  };
}

const weighted = (counts: ByPrecision, pj: ByPrecision): number =>
  counts[8] * pj[8] + counts[4] * pj[4] + counts[2] * pj[2] + counts[1] * pj[1];

/** Sum of the parts. */
export const totalUj = (parts: NorthPoleEnergyParts): number =>
  parts.static + parts.macs + parts.memory + parts.networks + parts.vector;

/** Speed, energy and power of batches that follow each other without a pause. */
export function powerOf(spec: NorthPoleSpec, counters: NorthPoleCounters): NorthPolePower {
  const parts = energyPartsUj(spec, counters);
  const total = totalUj(parts);
  const seconds = secondsOf(spec, counters.cycles);
  const calibrated = (value: number, unit: string): Quantity => ({ value, unit, status: 'calibrated', source: SOURCE });
  return {
    framesPerSecond: {
      value: counters.frames / seconds,
      unit: '1/s',
      status: 'measured',
      source: `${counters.cycles} cycles of the static schedule for ${counters.frames} frames at ${spec.clockMhz} MHz`,
    },
    energyPerFrame: calibrated(total / counters.frames, 'uJ'),
    framesPerJoule: calibrated((counters.frames * 1e6) / total, '1/J'),
    watts: calibrated((total * 1e-6) / seconds, 'W'),
    parts,
  };
}
