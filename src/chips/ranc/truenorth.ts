/**
 * RANC and TrueNorth-style chips: the spec that networks are compiled for, the program of a compiled one, and the TrueNorth program that fires
 * the same spikes, which the fast engines run and faults are drawn for.
 */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { RANC_CHIP, type RancChipSpec } from '../../hw-models/ranc/chip-spec.js';
import { unusedCores } from '../../ir/program/core-arrays.js';
import { rancFromTrueNorth } from '../../ir/program/formats/ranc/from-truenorth.js';
import { RANC_RESET_MODE, RANC_RESET_TYPE } from '../../ir/program/formats/ranc/types.js';
import {
  NEGATIVE,
  NO_TARGET,
  OUTPUT_PIN_BASE,
  RESET,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../ir/program/truenorth.js';
import { lastTickOf, samplesPerRun } from '../../simulator/frames.js';
import type { RancProgram } from './program.js';

/** Sizes of cores, weights and rings that programs of TrueNorth-style chips can have, by the parameter of RANC. */
const LIMITS = {
  axonsPerCore: [8, 1024],
  neuronsPerCore: [8, 1024],
  nWeights: [1, 16],
  maxTickOffset: [2, 64],
} as const;
/** Weights and leaks have 16 bits there, everything else 31. */
const INT16 = 32_767;
const INT31 = 2 ** 30 - 1;

/** What of a spec the compiler and the fast engines do not take; RANC's own model takes all of it. */
export function unequalSizes(spec: RancChipSpec): readonly Diagnostic[] {
  return (['axonsPerCore', 'neuronsPerCore', 'nWeights', 'maxTickOffset'] as const).flatMap((name) => {
    const [low, high] = LIMITS[name];
    const value = spec[name];
    if (value >= low && value <= high) return [];
    const message = `compiler and fast engines take ${low}..${high}, it is ${value}`;
    return [errorAt('unsupported-chip', `chip "${spec.name}": ${name}`, message, `use ${low}..${high}`)];
  });
}

/**
 * A TrueNorth-style chip all of whose programs are programs for RANC, exactly: no saturation, no neuron without reset, nothing by chance. The last
 * place of the grid stays free, so that there is one for the bus. @throws UserError for sizes that compiler and engines do not take
 */
export function trueNorthSpecOf(spec: RancChipSpec): TrueNorthSpec {
  throwIfErrors(unequalSizes(spec));
  const { gridWidth, gridHeight } = spec;
  return { ...equalSpec(spec), faultyCores: [[gridWidth - 1, gridHeight - 1]] };
}

/** RANC with the sizes and comparisons of a TrueNorth-style chip. */
export const rancOfSizes = (chip: TrueNorthSpec): RancChipSpec => ({
  ...RANC_CHIP,
  name: chip.name,
  neuronsPerCore: chip.neuronsPerCore,
  axonsPerCore: chip.axonsPerCore,
  gridWidth: chip.gridWidth,
  gridHeight: chip.gridHeight,
  nWeights: chip.axonTypes,
  maxTickOffset: chip.maxDelay + 1,
  resetType: chip.negativeComparison === 'below' ? RANC_RESET_TYPE.below : RANC_RESET_TYPE.atMost,
});

function equalSpec(spec: RancChipSpec): TrueNorthSpec {
  const largest = (bits: number): number => 2 ** (bits - 1) - 1;
  const potentialMax = Math.min(INT31, largest(spec.potentialBits));
  const within = (bits: number, most: number): number => Math.min(most, potentialMax, largest(bits));
  return {
    name: spec.name,
    axonsPerCore: spec.axonsPerCore,
    neuronsPerCore: spec.neuronsPerCore,
    axonTypes: spec.nWeights,
    weightMax: within(spec.weightBits, INT16),
    leakMax: within(spec.leakBits, INT16),
    thresholdMax: within(spec.thresholdBits, INT31),
    potentialMax,
    signedRange: 'twosComplement',
    potentialOverflow: 'wrap',
    resetModes: ['normal', 'linear'],
    negativeModes: ['reset'],
    leakReversal: false,
    stochasticWeights: false,
    stochasticLeak: false,
    thresholdDrawBits: 0,
    drawBits: 1,
    positiveComparison: 'atLeast',
    negativeComparison: spec.resetType === RANC_RESET_TYPE.below ? 'below' : 'atMost',
    linearReset: 'threshold',
    maxDelay: spec.maxTickOffset - 1,
    gridWidth: spec.gridWidth,
    gridHeight: spec.gridHeight,
    chipWidth: Math.min(256, spec.gridWidth),
    chipHeight: Math.min(256, spec.gridHeight),
    maxHop: spec.maxHop,
    faultyCores: [],
    tickHz: spec.tickHz,
  };
}

/** The program for RANC that fires the same spikes. @throws UserError with every kind of neuron or wiring that RANC does not have */
export function rancProgramOf(
  program: TrueNorthProgram,
  spec: RancChipSpec,
): { readonly program: RancProgram; readonly warnings: readonly Diagnostic[] } {
  const { network, warnings } = rancFromTrueNorth(program);
  const { coreLayer, coreRole, layers, inputShape, inputCode, inputs, timing, outputs, name, events } = program;
  const { cores, outputBus } = network;
  const common = { coreLayer, coreRole, layers, inputShape, inputCode, inputs, timing, outputs };
  const frame = events === undefined ? common : { ...common, events };
  return { program: { kind: 'ranc', name, spec, cores, outputBus, ...frame }, warnings };
}

/** The TrueNorth program that fires the same spikes, or what of the program has no counterpart there. */
export type Equivalent = { readonly program: TrueNorthProgram } | { readonly problems: readonly Diagnostic[] };

/**
 * Neuron by neuron with the same numbers (beta is minus the negative threshold, kappa is 0); a target without a core, and a packet of the largest
 * offset, which never arrives, become no target.
 */
export function trueNorthOf(program: RancProgram): Equivalent {
  const { spec: chip, cores: ranc, outputBus } = program;
  const sizes = unequalSizes(chip);
  if (sizes.length > 0) return { problems: sizes };
  const spec = equalSpec(chip);
  const { neuronsPerCore: nN, axonTypes } = spec;
  const cores = unusedCores(ranc.nCores, spec);
  cores.x.set(ranc.x);
  cores.y.set(ranc.y);
  cores.axonType.set(ranc.axonType);
  cores.synapses.set(ranc.synapses);
  cores.weights.set(ranc.weights);
  const at = new Map(Array.from({ length: ranc.nCores }, (_, c) => [placeOf(ranc.x[c]!, ranc.y[c]!), c]));
  const bus = placeOf(outputBus.x, outputBus.y);
  const report = new Report(program);
  const lines = new Set<number>();
  for (let c = 0; c < ranc.nCores; c++) {
    for (let j = 0; j < ranc.listedNeurons[c]!; j++) {
      const n = c * nN + j;
      cores.leak[n] = ranc.leak[n]!;
      cores.threshold[n] = ranc.positiveThreshold[n]!;
      cores.negativeThreshold[n] = -ranc.negativeThreshold[n]! + 0;
      cores.resetMode[n] = ranc.resetMode[n] === RANC_RESET_MODE.linear ? RESET.linear : RESET.normal;
      cores.negativeMode[n] = NEGATIVE.reset;
      cores.resetPotential[n] = ranc.resetPotential[n]!;
      cores.initialPotential[n] = ranc.initialPotential[n]!;
      const place = placeOf(ranc.x[c]! + ranc.dx[n]!, ranc.y[c]! + ranc.dy[n]!);
      const line = ranc.targetAxon[n]!;
      if (place === bus) {
        if (lines.has(line)) report.add('shared-line', n, `drives line ${line} of the bus like another neuron`);
        lines.add(line);
        cores.target[n] = OUTPUT_PIN_BASE - line;
      } else if (ranc.tickOffset[n]! < chip.maxTickOffset - 1) {
        cores.target[n] = at.get(place) ?? NO_TARGET;
        cores.targetAxon[n] = line;
        cores.delay[n] = ranc.tickOffset[n]! + 1;
      }
      report.range('positive threshold', n, ranc.positiveThreshold[n]!, [0, spec.thresholdMax]);
      report.range('negative threshold', n, ranc.negativeThreshold[n]!, [-spec.thresholdMax, 0]);
      report.range('leak', n, ranc.leak[n]!, [-spec.leakMax - 1, spec.leakMax]);
      for (let t = 0; t < axonTypes; t++) {
        report.range('weight', n, ranc.weights[n * axonTypes + t]!, [-spec.weightMax - 1, spec.weightMax]);
      }
    }
  }
  const { coreLayer, coreRole, layers, inputShape, inputCode, inputs, timing, outputs, name, events } = program;
  const common = { name, coreLayer, coreRole, layers, inputShape, inputCode, inputs, timing, outputs };
  const frame = events === undefined ? common : { ...common, events };
  const equal: TrueNorthProgram = { kind: 'truenorth', spec, cores, mergedAxons: new Int32Array(0), ...frame };
  // Registers of 31 bits and fewer wrap alike; wider ones must not get that far in a run.
  if (chip.potentialBits > 31) reportReach(equal, report);
  const problems = report.problems();
  return problems.length > 0 ? { problems } : { program: equal };
}

/** Neurons whose potential could leave 31 bits within a run. */
function reportReach(program: TrueNorthProgram, report: Report): void {
  const { spec, cores } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN, axonTypes } = spec;
  const words = Math.ceil(nN / 32);
  const change = Float64Array.from(cores.leak, Math.abs);
  for (let row = 0; row < cores.nCores * nA; row++) {
    const type = cores.axonType[row]!;
    const first = Math.floor(row / nA) * nN;
    for (let w = 0; w < words; w++) {
      for (let bits = cores.synapses[row * words + w]!; bits !== 0; bits &= bits - 1) {
        const n = first + w * 32 + 31 - Math.clz32(bits & -bits);
        change[n]! += Math.abs(cores.weights[n * axonTypes + type]!);
      }
    }
  }
  const ticks = lastTickOf(program, samplesPerRun(program));
  change.forEach((perTick, n) => {
    const start = Math.max(
      ...[cores.threshold[n]!, cores.negativeThreshold[n]!].map(Math.abs),
      ...[cores.resetPotential[n]!, cores.initialPotential[n]!].map(Math.abs),
    );
    // Subtracting a threshold may leave something behind, tick after tick.
    const most = start + perTick * (cores.resetMode[n] === RESET.linear ? ticks : 1);
    report.range('reach of the potential', n, most, [0, INT31]);
  });
}

/** One finding per rule, with the first place and the number of places. */
class Report {
  readonly #program: RancProgram;
  readonly #found = new Map<string, { readonly first: number; readonly message: string; count: number }>();

  constructor(program: RancProgram) {
    this.#program = program;
  }

  add(rule: string, n: number, message: string): void {
    const known = this.#found.get(rule);
    if (known === undefined) this.#found.set(rule, { first: n, message, count: 1 });
    else known.count++;
  }

  range(what: string, n: number, value: number, [low, high]: readonly [number, number]): void {
    if (value < low || value > high)
      this.add(what.replaceAll(' ', '-'), n, `${what} ${value} is not in ${low}..${high}`);
  }

  problems(): readonly Diagnostic[] {
    const { name, spec, cores } = this.#program;
    return Array.from(this.#found, ([rule, { first, message, count }]) => {
      const c = Math.floor(first / spec.neuronsPerCore);
      const place = `core (${cores.x[c]}, ${cores.y[c]}) neuron ${first % spec.neuronsPerCore}`;
      const more = count > 1 ? ` and ${count - 1} more` : '';
      return errorAt(`ranc-${rule}`, `${name}: ${place}${more}`, message, REMEDY);
    });
  }
}

const REMEDY = 'run it without faults, on the reference engine: it takes all models';

const placeOf = (x: number, y: number): number => y * 65_536 + x;
