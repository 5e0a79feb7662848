/** Random legal programs over the whole parameter space. */
import { PURPOSE, sequence, type Sequence } from '../../../common/rng.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import { sharedAxons, stochasticLeakBit } from '../../../ir/program/core-arrays.js';
import { leakRange, potentialRange, weightRange } from '../../../ir/program/truenorth-parameters.js';
import {
  NEGATIVE,
  NO_TARGET,
  OUTPUT_PIN_BASE,
  RESET,
  type CoreArrays,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';
import { emptyCores, programOf } from './program-builder.js';

/** What shapes a random program; everything else follows from the seed. */
export interface RandomProgramShape {
  readonly seed: number;
  readonly nCores: number;
  /** Share of crossbar bits that are set, 0..1; rows differ. */
  readonly density: number;
  /** Share of neurons with stochastic modes, 0 by default. */
  readonly stochastic?: number;
  /** Parameters that fit 16-bit potentials, in some cores the same for all neurons; a few potentials grow out of them. */
  readonly compact?: boolean;
  /** Only what the batch engine can do too: no leak reversal. */
  readonly plain?: boolean;
  /** Named switches and sizes; the published chip otherwise. */
  readonly spec?: Partial<TrueNorthSpec>;
}

/** Number of output pins of a random program. */
export const RANDOM_PINS = 4;

/** A program whose cores feed each other, pins and nothing, with small and extreme parameters side by side. */
export function randomProgram({
  seed,
  nCores,
  density,
  stochastic = 0,
  compact = false,
  plain = false,
  spec: changes,
}: RandomProgramShape): TrueNorthProgram {
  const spec = { ...TRUENORTH, ...changes };
  const random = sequence(seed, PURPOSE.test);
  const cores = emptyCores(nCores, spec);
  for (let core = 0; core < nCores; core++) {
    placeCore(cores, spec, core, random);
    fillCrossbar(cores, spec, core, density, random);
    const style = compact ? random.below(4) : 0;
    // One in four cores is quiet: no leak, thresholds out of easy reach. Cores at rest must wake up.
    const quiet = random.below(4) === 0;
    for (let neuron = 0; neuron < spec.neuronsPerCore; neuron++) {
      const i = core * spec.neuronsPerCore + neuron;
      fillNeuron(cores, spec, i, quiet, random);
      if (plain) cores.leakReversal[i] = 0;
      if (compact) makeCompact(cores, core * spec.neuronsPerCore, i, style, random);
      if (stochastic > 0 && random.uniform() < stochastic) {
        cores.stochastic[i] = random.below(2 * stochasticLeakBit(spec)) & allowedDraws(spec);
        cores.thresholdBits[i] = Math.min(pick(random, [0, 0, 1, 3, 8, 17]), spec.thresholdDrawBits);
      }
    }
  }
  const program = programOf(cores, { spec, pinClass: Array.from({ length: RANDOM_PINS }, (_, pin) => pin % 2) });
  const inputs = { ...program.inputs, nElements: 1, rowStart: new Int32Array(2) };
  return { ...program, inputs, mergedAxons: sharedAxons(cores, spec.axonsPerCore) };
}

/** A free place: one in three in a corner, so that distances are the largest there are. */
function placeCore(cores: CoreArrays, spec: TrueNorthSpec, core: number, random: Sequence): void {
  const faulty = new Set(spec.faultyCores.map(([x, y]) => y * 65_536 + x));
  const place = (c: number): number => cores.y[c]! * 65_536 + cores.x[c]!;
  const reach = (from: number, size: number): number => Math.min(size, from + spec.maxHop + 1);
  const [width, height] = [reach(0, spec.gridWidth), reach(0, spec.gridHeight)];
  const tries = width * height;
  for (let n = 0; n < 64 + tries; n++) {
    const corner = random.below(3) === 0;
    // Where drawing finds no free place the grid is searched.
    const [x, y] =
      n >= 64
        ? [(n - 64) % width, Math.floor((n - 64) / width)]
        : corner
          ? [random.below(2) * (width - 1), random.below(2) * (height - 1)]
          : [random.below(width), random.below(height)];
    cores.x[core] = x;
    cores.y[core] = y;
    const taken = Array.from({ length: core }, (_, other) => place(other)).includes(place(core));
    if (!taken && !faulty.has(place(core))) return;
  }
}

function fillCrossbar(cores: CoreArrays, spec: TrueNorthSpec, core: number, density: number, random: Sequence): void {
  const words = Math.ceil(spec.neuronsPerCore / 32);
  for (let axon = 0; axon < spec.axonsPerCore; axon++) {
    const row = core * spec.axonsPerCore + axon;
    cores.axonType[row] = random.below(spec.axonTypes);
    const rowDensity = pick(random, [0, density / 8, density, Math.min(1, density * 4), 1]);
    for (let neuron = 0; neuron < spec.neuronsPerCore; neuron++) {
      if (random.uniform() < rowDensity) cores.synapses[row * words + (neuron >>> 5)]! |= 1 << (neuron & 31);
    }
  }
}

function fillNeuron(cores: CoreArrays, spec: TrueNorthSpec, i: number, quiet: boolean, random: Sequence): void {
  const small = (): number => random.below(7) - 3;
  const extreme = ([low, high]: readonly [number, number]): number => pick(random, [low, high, 0, small()]);
  const within = (value: number, [low, high]: readonly [number, number]): number =>
    Math.max(low, Math.min(high, value));
  const weights = weightRange(spec);
  const leaks = leakRange(spec);
  const potentials = potentialRange(spec);
  for (let type = 0; type < spec.axonTypes; type++) {
    cores.weights[i * spec.axonTypes + type] = within(random.below(8) === 0 ? extreme(weights) : small(), weights);
  }
  const leak = quiet || random.below(2) === 0 ? 0 : random.below(10) === 0 ? extreme(leaks) : small();
  cores.leak[i] = within(leak, leaks);
  cores.leakReversal[i] = random.below(4) === 0 && spec.leakReversal ? 1 : 0;
  const threshold = (): number =>
    Math.min(spec.thresholdMax, pick(random, [0, 1, 2, 5, 40, 300, spec.thresholdMax, random.below(1000)]));
  cores.threshold[i] = quiet ? Math.min(spec.thresholdMax, 20 + random.below(300)) : threshold();
  cores.negativeThreshold[i] = threshold();
  cores.resetMode[i] = RESET[spec.resetModes[random.below(spec.resetModes.length)]!];
  cores.negativeMode[i] = NEGATIVE[spec.negativeModes[random.below(spec.negativeModes.length)]!];
  cores.resetPotential[i] = within(
    pick(random, [0, 0, small(), random.below(2000) - 1000, spec.thresholdMax]),
    potentials,
  );
  cores.initialPotential[i] = within(
    pick(random, [0, 0, small(), random.below(600) - 300, spec.potentialMax]),
    potentials,
  );
  const kind = random.below(10);
  cores.target[i] =
    kind < 7 ? random.below(cores.nCores) : kind < 9 ? OUTPUT_PIN_BASE - random.below(RANDOM_PINS) : NO_TARGET;
  // Few axons, so that spikes collapse.
  cores.targetAxon[i] = random.below(Math.min(random.below(2) === 0 ? 6 : spec.axonsPerCore, spec.axonsPerCore));
  cores.delay[i] = pick(random, [1, spec.maxDelay, 1 + random.below(spec.maxDelay)]);
}

/** Styles: 0 any negative rule, 1 saturating, 2 and 3 the same with equal neurons. */
function makeCompact(cores: CoreArrays, first: number, i: number, style: number, random: Sequence): void {
  const from = style >= 2 ? first : i;
  cores.leakReversal[i] = 0;
  const nTypes = cores.weights.length / cores.leak.length;
  for (let type = 0; type < nTypes; type++) {
    cores.weights[i * nTypes + type] = Math.max(-127, Math.min(127, cores.weights[from * nTypes + type]!));
  }
  cores.leak[i] = cores.leak[from]!;
  cores.threshold[i] = cores.threshold[from]!;
  cores.negativeThreshold[i] = cores.negativeThreshold[from]!;
  cores.resetMode[i] = cores.resetMode[from]!;
  cores.negativeMode[i] = style % 2 === 1 ? 1 : cores.negativeMode[from]!;
  cores.resetPotential[i] = Math.min(16_383, cores.resetPotential[from]!);
  cores.initialPotential[i] = random.below(2000) === 0 ? 16_300 : random.below(21) - 10;
}

/** The bits of `stochastic` that a chip has. */
function allowedDraws(spec: TrueNorthSpec): number {
  const leak = stochasticLeakBit(spec);
  return (spec.stochasticWeights ? leak - 1 : 0) | (spec.stochasticLeak ? leak : 0);
}

function pick<T>(random: Sequence, values: readonly [T, ...T[]]): T {
  return values[random.below(values.length)] ?? values[0];
}
