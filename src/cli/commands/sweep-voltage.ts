/** `lodestone sweep MODEL --voltage-table FILE`: accuracy and energy at the voltages of a user's table. */
import type { VoltagePoint } from '../../experiments/voltage-sweep.js';
import { bandText, percent, percentInterval, significant, unitSign } from '../../common/format.js';
import { textTable } from '../table.js';

/** The points as a table, from the lowest voltage on. */
export function voltageText(points: readonly VoltagePoint[]): string {
  const unit =
    points
      .map(({ energyUj }) => ('unknown' in energyUj ? undefined : energyUj.unit))
      .find((one) => one !== undefined) ?? 'uJ';
  const header = ['volts', 'ber', 'chips', 'accuracy', '95 %', `${unitSign(unit)} per sample`, 'band', 'status'];
  return textTable(header, points.map(row));
}

function row({ volts, ber, accuracy, energyUj }: VoltagePoint): readonly string[] {
  return [
    String(volts),
    String(ber),
    String(accuracy.chips),
    percent(accuracy.accuracyMean),
    percentInterval(accuracy.interval),
    'unknown' in energyUj ? '-' : significant(energyUj.value),
    'unknown' in energyUj ? '-' : bandText(energyUj),
    'unknown' in energyUj ? energyUj.reason : energyUj.status,
  ];
}
