/** The rows of a point: what its chips decide. */
import { assert } from '../../common/assert.js';
import { changesNothing, type Distortion, isRandom } from '../../compiler/passes/distort-weights.js';
import type { Dataset } from '../../data/index.js';
import { sweepDistortions } from '../../experiments/distortion-sweep.js';
import { effectiveBits, meanBits } from '../../experiments/effective-bits.js';
import { chipSeedOf } from '../../experiments/noise-sweep.js';
import type { ChipRun, SweptChip } from '../../experiments/swept-chip.js';
import { chipNamed } from '../../flow/chip-named.js';
import { measuresAt } from '../../flow/voltage.js';
import { NO_NOISE, noiseOf } from '../../ir/faults/levels.js';
import type { StudyEnergy, StudyRow } from '../../ir/trace/study.js';
import { studyEnergy, sumOfEnergies } from '../energy.js';
import { effectOf, type StudyPoint } from '../point.js';
import type { StudySpec } from '../spec.js';
import type { Bench } from './bench.js';
import { vote } from './vote.js';

/** How to measure. */
export interface MeasureOptions {
  readonly signal?: AbortSignal | undefined;
  /** Counts chips that are done. */
  readonly onChip?: ((done: number, total: number) => void) | undefined;
}

/** What differs between the rows of a point. */
interface ChipPart extends Pick<StudyRow, 'chip' | 'chipSeed' | 'samples' | 'correct'> {
  readonly energy?: StudyEnergy;
}

/**
 * Measures a point. Its rows are a function of the point, its networks, the images, chips and seed of the specification.
 * @throws UserError where the networks do not fit the chip, or the chip has no such faults
 */
export async function measurePoint(
  point: StudyPoint,
  spec: StudySpec,
  bench: Bench,
  options: MeasureOptions = {},
): Promise<readonly StudyRow[]> {
  const { disturbance, target, network, voltage } = point;
  const { family, dataset, variant } = bench.network(network).plan;
  const common = {
    part: point.part,
    network,
    family,
    dataset,
    variant,
    target,
    ...effectOf(disturbance),
    where: point.where,
    countermeasure: point.countermeasure,
  };
  const extra = voltage === undefined ? {} : { volts: voltage.volts };
  const rowsOf = (chips: readonly ChipPart[], bits: Partial<StudyRow> = {}): readonly StudyRow[] =>
    chips.map(({ energy, ...chip }) => ({
      ...common,
      ...chip,
      // The order of the fields of a row, which is how the journal gives them back.
      ...extra,
      ...energy,
      ...bits,
    }));
  if (target !== 'network') return rowsOf(await chipsOn(point, target, spec, bench, options));
  if (disturbance.kind === 'distortion') {
    const chips = await distortedChips(network, disturbance.distortion, spec, bench, options);
    return rowsOf(chips, bitsOf(bench, network, disturbance.distortion));
  }
  assert(disturbance.kind === 'none', 'faults are those of chips');
  const runner = await bench.floatRunner(network);
  const { correct, nSamples } = await runner.correctOf(bench.network(network).network, {
    seed: spec.seed,
    ...signalOf(options),
  });
  return rowsOf([{ chip: 0, chipSeed: chipSeedOf(spec.seed, 0), samples: nSamples, correct }]);
}

const signalOf = ({ signal }: MeasureOptions) => (signal === undefined ? {} : { signal });

async function distortedChips(
  network: string,
  distortion: Distortion,
  spec: StudySpec,
  bench: Bench,
  options: MeasureOptions,
): Promise<readonly ChipPart[]> {
  const { data } = await bench.images(network);
  const [measured] = await sweepDistortions(bench.network(network).network, data, {
    distortions: [distortion],
    chips: spec.chips,
    seed: spec.seed,
    runner: await bench.floatRunner(network),
    ...signalOf(options),
    ...(options.onChip === undefined ? {} : { onProgress: options.onChip }),
  });
  assert(measured !== undefined, 'one distortion gives one point');
  const { accuracies, samples } = measured;
  const chips = accuracies.map((accuracy, chip) => ({
    chip,
    chipSeed: chipSeedOf(spec.seed, chip),
    samples,
    correct: Math.round(accuracy * samples),
  }));
  return isRandom(distortion) && changesNothing(distortion) ? repeated(chips, spec) : chips;
}

/** Rows of all chips where they cannot differ: a curve over levels has the same chips at each. */
function repeated(chips: readonly ChipPart[], spec: StudySpec): readonly ChipPart[] {
  const [first] = chips;
  assert(first !== undefined, 'a chip');
  return Array.from({ length: spec.chips }, (_, chip) => ({ ...first, chip, chipSeed: chipSeedOf(spec.seed, chip) }));
}

/** Effective bits per weight, where they are defined: under additive noise. */
function bitsOf(bench: Bench, network: string, distortion: Distortion): Partial<StudyRow> {
  if (distortion.kind !== 'additive') return {};
  const bits = meanBits(effectiveBits(bench.network(network).network, distortion.sigma));
  const { gaussianChannel, mutualInformation } = bits;
  return {
    ...('unknown' in gaussianChannel ? {} : { gaussianBits: gaussianChannel.value }),
    ...('unknown' in mutualInformation ? {} : { mutualBits: mutualInformation.value }),
  };
}

async function chipsOn(
  point: StudyPoint,
  target: string,
  spec: StudySpec,
  bench: Bench,
  options: MeasureOptions,
): Promise<readonly ChipPart[]> {
  const { disturbance } = point;
  assert(disturbance.kind !== 'distortion', 'distortions are those of a network');
  const level = disturbance.kind === 'none' ? 0 : disturbance.level;
  const isGolden = disturbance.kind === 'none';
  // Without faults every chip is the same.
  const nDifferent = level === 0 ? 1 : spec.chips;
  const members = await bench.chips(point.members, chipNamed(target, spec.targets));
  const { data } = await bench.images(point.members[0] ?? '');
  let done = 0;
  const chips = await Promise.all(
    Array.from({ length: nDifferent }, async (_, chip) => {
      const measured = await ensembleOn(point, members, chip, { spec, data });
      options.onChip?.(++done, nDifferent);
      return measured;
    }),
  );
  return level === 0 && !isGolden ? repeated(chips, spec) : chips;
}

/** Chip number `chip` of every member; member m has chips of its own, from number m * chips of the study on. */
async function ensembleOn(
  { disturbance, voltage }: StudyPoint,
  members: readonly SweptChip[],
  chip: number,
  { spec, data }: { readonly spec: StudySpec; readonly data: Dataset },
): Promise<ChipPart> {
  const runs: ChipRun[] = [];
  const energies: StudyEnergy[] = [];
  for (const [m, swept] of members.entries()) {
    const chipSeed = chipSeedOf(spec.seed, chip + m * spec.chips);
    const run = await swept.run(
      disturbance.kind === 'fault'
        ? { noise: noiseOf(disturbance.effect, disturbance.level), scope: disturbance.scope, chipSeed }
        : { noise: NO_NOISE, chipSeed },
    );
    runs.push(run);
    const energyUj =
      voltage === undefined
        ? run.measures.energyUj
        : measuresAt(run.measures, { ...voltage, table: 'of the study' }).energyUj;
    energies.push(studyEnergy(energyUj));
  }
  const predictions = vote(
    runs.map((run) => run.predictions),
    data.nClasses,
  );
  const correct = predictions.reduce((n, p, s) => n + (p === data.labels[s] ? 1 : 0), 0);
  return {
    chip,
    chipSeed: chipSeedOf(spec.seed, chip),
    samples: predictions.length,
    correct,
    energy: sumOfEnergies(energies),
  };
}
