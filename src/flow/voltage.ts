/** Energy of a chip at a voltage of a user's table. */
import { bandOf, hasBand, type Quantity, timesBand, type Unknown } from '../common/quantity.js';
import type { OperatingPoint } from '../hw-models/faults/voltage-table.js';
import type { Energy, RunResult } from '../ir/trace/run-result.js';
import type { KnownProgram } from '../ir/program/file.js';
import { northPolePerformance, STATIC_PART } from './performance.js';

/** An operating point and the table it comes from. */
export interface SuppliedChip extends OperatingPoint {
  /** File of the table. */
  readonly table: string;
}

/** What an energy depends on. */
type Supply = Omit<SuppliedChip, 'ber'>;

/**
 * An energy whose dynamic part is scaled: staticPart + energyScale * (value - staticPart), in its unit. What leaks is left as it is:
 * the table says nothing about it. The number is assumed, as the table is; its band stays as wide as it was, relative to the value.
 */
export function energyAt<E extends Quantity>(energy: E, staticPart: number, chip: Supply): E {
  const value = staticPart + chip.energyScale * (energy.value - staticPart);
  const { low, high } = timesBand(bandOf(energy), energy.value === 0 ? 0 : value / energy.value);
  return {
    ...energy,
    value,
    ...(hasBand(energy) ? { low, high } : {}),
    source: `${energy.source}; dynamic part times ${chip.energyScale}, by the user's table ${chip.table} at ${chip.volts} V`,
    status: 'assumed',
  };
}

/** The energy per sample of a run on a TrueNorth-style chip: all but the idle power scales. */
export function trueNorthEnergyAt(energy: Energy | Unknown, chip: Supply): Energy | Unknown {
  if ('unknown' in energy) return energy;
  const { parts } = energy;
  if (parts === undefined) return energyAt(energy, 0, chip);
  const { energyScale } = chip;
  return {
    ...energyAt(energy, parts.idle, chip),
    parts: {
      idle: parts.idle,
      rows: energyScale * parts.rows,
      synapticOperations: energyScale * parts.synapticOperations,
      hops: energyScale * parts.hops,
    },
  };
}

/** The energy per sample of a program on a chip at that voltage. */
export function chipEnergyAt(program: KnownProgram, energy: Energy | Unknown, chip: Supply): Energy | Unknown {
  if ('unknown' in energy) return energy;
  if (program.kind === 'truenorth') return trueNorthEnergyAt(energy, chip);
  return energyAt(energy, northPolePerformance(program).energyParts[STATIC_PART] ?? 0, chip);
}

/** A result with the energy of a chip at that voltage; everything else is as it was run. */
export function resultAt(result: RunResult, chip: SuppliedChip): RunResult {
  if (result.target === 'truenorth') return { ...result, energyUj: trueNorthEnergyAt(result.energyUj, chip) };
  const { energyUj, watts, energyParts } = result;
  if ('unknown' in energyUj) return result;
  const staticPart = energyParts[STATIC_PART] ?? 0;
  const scaled = energyAt(energyUj, staticPart, chip);
  const parts = Object.entries(energyParts).map(([name, uj]) => [
    name,
    name === STATIC_PART ? uj : chip.energyScale * uj,
  ]);
  return {
    ...result,
    energyUj: scaled,
    energyParts: Object.fromEntries(parts),
    // Frames per second do not change: power is to energy as before.
    watts: 'unknown' in watts ? watts : energyAt(watts, (watts.value * staticPart) / energyUj.value, chip),
  };
}
