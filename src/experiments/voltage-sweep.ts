/** Accuracy and energy of a network on a chip at the voltages of a user's table. */
import { bandOf, hasBand, type Quantity, type Unknown } from '../common/quantity.js';
import { mean } from '../common/statistics.js';
import { measuresAt, type SuppliedChip } from '../flow/voltage.js';
import type { VoltageTable } from '../hw-models/faults/voltage-table.js';
import type { Runnable } from '../flow/runnable.js';
import { noiseOf } from '../ir/faults/levels.js';
import type { NoisePoint } from '../ir/trace/run-result.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { chipSeedOf, noisePoint } from './noise-sweep.js';
import { checkSweptNoise, createSweptChip, type SweptChipOptions } from './swept-chip.js';

/** What to sweep. */
export interface VoltageSweepOptions extends SweptChipOptions {
  readonly table: VoltageTable;
  /** Simulated chips per voltage; >= 10 for intervals worth printing. */
  readonly chips: number;
  readonly seed: number;
  /** Counts chips that are done, over all voltages. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** One voltage. */
export interface VoltagePoint extends SuppliedChip {
  /** Accuracies of the chips at this rate of bit errors. */
  readonly accuracy: NoisePoint;
  /** Energy per sample, mean over the chips. */
  readonly energyUj: Quantity | Unknown;
}

/** Runs the rows of the table from the lowest voltage on. Rejects as sweepNoise does. */
export async function sweepVoltages(
  runnable: Runnable,
  data: LabelledImages,
  options: VoltageSweepOptions,
): Promise<readonly VoltagePoint[]> {
  const { table, chips, seed, scope } = options;
  for (const { ber } of table.rows) checkSweptNoise(runnable, noiseOf('ber', ber), options);
  const swept = createSweptChip(runnable, data, options);
  const points: VoltagePoint[] = [];
  try {
    for (const row of table.rows) {
      const supplied = { ...row, table: table.place };
      // Without errors every chip is the same chip.
      const nDifferent = row.ber === 0 ? 1 : chips;
      let done = points.length * chips;
      const runs = await Promise.all(
        Array.from({ length: nDifferent }, async (_, i) => {
          const run = await swept.run({ noise: noiseOf('ber', row.ber), scope, chipSeed: chipSeedOf(seed, i) });
          options.onProgress?.((done += chips / nDifferent), table.rows.length * chips);
          return run;
        }),
      );
      const accuracies = Array.from({ length: chips }, (_, i) => {
        const { correct, samples } = runs[i % nDifferent]!;
        return correct / samples;
      });
      const energies = runs.map(({ measures }) => measuresAt(measures, supplied).energyUj);
      const accuracy = noisePoint(
        { network: runnable.program.name, target: runnable.chip.name, distortion: 'ber', level: row.ber, chips },
        accuracies,
      );
      points.push({ ...supplied, accuracy, energyUj: meanEnergy(energies) });
    }
  } finally {
    await swept.close();
  }
  return points;
}

function meanEnergy(energies: readonly (Quantity | Unknown)[]): Quantity | Unknown {
  const [first] = energies;
  const known = energies.flatMap((energy) => ('unknown' in energy ? [] : [energy]));
  if (first === undefined) return { unknown: true, reason: 'no chip was run' };
  if ('unknown' in first || known.length < energies.length) {
    return energies.find((energy) => 'unknown' in energy) ?? first;
  }
  const { unit, source, status } = first;
  const bands = known.map(bandOf);
  return {
    value: mean(known.map(({ value }) => value)),
    unit,
    source,
    status,
    ...(known.some(hasBand)
      ? { low: mean(bands.map(({ low }) => low)), high: mean(bands.map(({ high }) => high)) }
      : {}),
  };
}
