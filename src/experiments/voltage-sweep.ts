/** Accuracy and energy of a network on a chip at the voltages of a user's table. */
import { bandOf, hasBand, type Quantity, type Unknown } from '../common/quantity.js';
import { mean } from '../common/statistics.js';
import { chipEnergyAt, type SuppliedChip } from '../flow/voltage.js';
import type { VoltageTable } from '../hw-models/faults/voltage-table.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { NO_NOISE } from '../ir/faults/levels.js';
import type { Energy, NoisePoint } from '../ir/trace/run-result.js';
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
  model: NetworkGraph,
  data: LabelledImages,
  options: VoltageSweepOptions,
): Promise<readonly VoltagePoint[]> {
  const { table, chips, seed, target = 'truenorth', scope } = options;
  for (const { ber } of table.rows) checkSweptNoise({ ...NO_NOISE, ber }, options);
  const swept = createSweptChip(model, data, options);
  const points: VoltagePoint[] = [];
  try {
    for (const row of table.rows) {
      const supplied = { ...row, table: table.place };
      // Without errors every chip is the same chip.
      const nDifferent = row.ber === 0 ? 1 : chips;
      let done = points.length * chips;
      const runs = await Promise.all(
        Array.from({ length: nDifferent }, async (_, i) => {
          const run = await swept.run({ noise: { ...NO_NOISE, ber: row.ber }, scope, chipSeed: chipSeedOf(seed, i) });
          options.onProgress?.((done += chips / nDifferent), table.rows.length * chips);
          return run;
        }),
      );
      const accuracies = Array.from({ length: chips }, (_, i) => {
        const { correct, samples } = runs[i % nDifferent]!;
        return correct / samples;
      });
      const energies = runs.map(({ energyUj }) => chipEnergyAt(swept.program, energyUj, supplied));
      const accuracy = noisePoint(
        { network: model.name, target, distortion: 'ber', level: row.ber, chips },
        accuracies,
      );
      points.push({ ...supplied, accuracy, energyUj: meanEnergy(energies) });
    }
  } finally {
    await swept.close();
  }
  return points;
}

function meanEnergy(energies: readonly (Energy | Unknown)[]): Quantity | Unknown {
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
