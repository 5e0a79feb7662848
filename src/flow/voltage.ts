/** Energy of a chip at a voltage of a user's table. */
import { bandOf, hasBand, type Quantity, timesBand, type Unknown } from '../common/quantity.js';
import type { OperatingPoint } from '../hw-models/faults/voltage-table.js';
import type { ChipMeasures } from '../ir/trace/measures.js';

/** An operating point and the table it comes from. */
export interface SuppliedChip extends OperatingPoint {
  /** File of the table. */
  readonly table: string;
}

/** What an energy depends on. */
type Supply = Omit<SuppliedChip, 'ber'>;

/** The measures of a chip at that voltage: all of its energy scales but the fixed parts. Everything else is as it was run. */
export function measuresAt<M extends ChipMeasures>(measures: M, supply: Supply): M {
  const { energyUj, energyParts, watts } = measures;
  if ('unknown' in energyUj) return measures;
  const { energyScale } = supply;
  const fixed = energyParts.reduce((sum, part) => sum + (part.fixed ? part.value : 0), 0);
  return {
    ...measures,
    energyUj: energyAt(energyUj, fixed, supply),
    energyParts: energyParts.map((part) => (part.fixed ? part : { ...part, value: energyScale * part.value })),
    // Samples per second do not change: power is to energy as before.
    ...(watts === undefined ? {} : { watts: wattsAt(watts, fixed / energyUj.value, supply) }),
  };
}

const wattsAt = (watts: Quantity | Unknown, fixedShare: number, supply: Supply): Quantity | Unknown =>
  'unknown' in watts ? watts : energyAt(watts, watts.value * fixedShare, supply);

/**
 * An energy whose dynamic part is scaled: fixed + energyScale * (value - fixed), in its unit. What leaks is left as it is: the table says
 * nothing about it. The number is assumed, as the table is; its band stays as wide as it was, relative to the value.
 */
function energyAt(energy: Quantity, fixed: number, chip: Supply): Quantity {
  const value = fixed + chip.energyScale * (energy.value - fixed);
  const { low, high } = timesBand(bandOf(energy), energy.value === 0 ? 0 : value / energy.value);
  return {
    ...energy,
    value,
    ...(hasBand(energy) ? { low, high } : {}),
    source: `${energy.source}; dynamic part times ${chip.energyScale}, by the user's table ${chip.table} at ${chip.volts} V`,
    status: 'assumed',
  };
}
