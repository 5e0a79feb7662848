import type { Quantity, Unknown } from '../../common/quantity.js';
import type { NorthPoleCounters } from './northpole-counters.js';

/** Events counted by a run, summed over all its ticks and samples. */
export interface Counters {
  readonly ticks: number;
  /** Cores times ticks: one core-tick updates every neuron of a core once. */
  readonly coreTicks: number;
  /** Neuron updates (SRAM rows read): core-ticks times neurons per core. */
  readonly rows: number;
  /** Spikes fired by neurons, to axons or to pins, after drops. */
  readonly spikes: number;
  /** Axon events from the host. */
  readonly inputSpikes: number;
  /** Active axon times connected neurons. */
  readonly synapticOperations: number;
  /** Mesh hops of spikes from core to core (|dx| + |dy|). */
  readonly hops: number;
}

/** Where the energy goes, in the unit of the whole; the parts add up to it. */
export interface EnergyParts {
  /** Cores that are switched on, whatever they do: leakage and all else that flows without a row read or a spike. */
  readonly idle: number;
  /** Neuron updates. */
  readonly rows: number;
  readonly synapticOperations: number;
  readonly hops: number;
}

/** An energy and, where the cost model says so, its parts. */
export interface Energy extends Quantity {
  readonly parts?: EnergyParts;
}

/** What every run of a network on a chip says, whichever chip it is. */
interface RunResultBase {
  readonly kind: 'run-result';
  readonly name: string;
  readonly chip: string;
  readonly data: string;
  readonly samples: number;
  readonly correct: number;
  readonly accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  readonly accuracyInterval: readonly [number, number];
  /** Accuracy of the integer network on the same samples. */
  readonly accuracyInteger: number;
  /** Accuracy of the float network on the same samples; absent when only the compiled program was at hand. */
  readonly accuracyFloat?: number;
  /** Samples whose chip output differs from the integer network's in any class score. */
  readonly mismatches: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Cores in use. */
  readonly cores: number;
  readonly seed: number;
  readonly workers: number;
  readonly engine: string;
  readonly noise: NoiseSpec;
  /** Where the faults are, if not everywhere. */
  readonly scope?: FaultScope;
}

/** A run on a TrueNorth-style chip. */
export interface TrueNorthRunResult extends RunResultBase {
  readonly target: 'truenorth';
  readonly ticksPerSample: number;
  readonly latencyTicks: number;
  readonly coreTicks: number;
  readonly spikes: number;
  readonly synapticOperations: number;
  readonly counters: Counters;
  /** Energy per sample. */
  readonly energyUj: Energy | Unknown;
  /** [nCores] spikes fired and synaptic operations, for the floor plan. */
  readonly coreSpikes: readonly number[];
  readonly coreSynapticOperations: readonly number[];
}

/** What the static schedule of a program on a NorthPole-style chip says; the same for every run. */
export interface NorthPolePerformance {
  /** Frames that go through each layer together, and the cycles that takes. */
  readonly batch: number;
  readonly cycles: number;
  readonly clockMhz: number;
  /** batch * clock / cycles. */
  readonly framesPerSecond: number;
  /** From the first step to the last write of a batch. */
  readonly latencyUs: number;
  /** Cycles the whole array would need at its peak for the network's multiply-accumulates, over the cycles it takes; 0..1. */
  readonly utilisation: number;
  /** Cores in use. */
  readonly cores: number;
  /** Events of one batch. */
  readonly counters: NorthPoleCounters;
  readonly bytesMoved: NorthPoleBytes;
  /** Energy per sample. */
  readonly energyUj: Quantity | Unknown;
  /** Parts of energyUj, in its unit. */
  readonly energyParts: Readonly<Record<string, number>>;
  readonly watts: Quantity | Unknown;
}

/** A run on a NorthPole-style chip. */
export interface NorthPoleRunResult extends RunResultBase, NorthPolePerformance {
  readonly target: 'northpole';
}

/** Bytes moved for one frame: over each network (once per byte, however many hops) and through the memory ports. */
export interface NorthPoleBytes {
  readonly model: number;
  readonly partialSum: number;
  readonly activation: number;
  readonly instruction: number;
  readonly memory: number;
}

/** What `lodestone run` prints and `lodestone report` reads. */
export type RunResult = TrueNorthRunResult | NorthPoleRunResult;

/** Noise and faults of a run; 0 is off. The exact definitions, and which chip has which: docs/faults.md. */
export interface NoiseSpec {
  /**
   * Probability that a stored bit (of a crossbar; of a weight) is flipped, drawn once per chip; nested: the flips at a lower rate are a
   * subset.
   */
  readonly ber: number;
  /** The same for stored bits that hold 0 only, and for those that hold 1. */
  readonly ber_0to1: number;
  readonly ber_1to0: number;
  /** Fraction of the stored bits that always read as 0, and as 1; drawn once per chip, nested. Their sum is at most 1. */
  readonly stuck_at_0: number;
  readonly stuck_at_1: number;
  /** Fraction of the neurons that never fire, and that fire in every tick; drawn once per chip, nested. Their sum is at most 1. */
  readonly dead_neuron: number;
  readonly saturated_neuron: number;
  /** Standard deviation of the thresholds of the neurons, relative to them; drawn once per chip. */
  readonly threshold_mismatch: number;
  /** The same of their leaks. */
  readonly leak_mismatch: number;
  /** Standard deviation of a deployed weight, relative to the largest weight of its layer; drawn once per chip, rounded to what is stored. */
  readonly programming_error: number;
  /** The same, drawn anew at every use. */
  readonly read_noise: number;
  /** Fraction of the cores, of the links between neighbouring cores (each direction by itself) and of the chips that are down; drawn once per chip, nested. */
  readonly down_cores: number;
  readonly down_links: number;
  readonly down_chips: number;
  /** Probability that a spike is lost on its way, drawn per spike. */
  readonly drop: number;
  /** Probability that a spike arrives one tick late, drawn per spike. */
  readonly spike_delay: number;
  /** Standard deviation of Gaussian noise added to each weight (in units of the largest weight) before deployment. */
  readonly additive: number;
  /** Standard deviation s of the factor (1 + s * normal) on each weight before deployment. */
  readonly multiplicative: number;
}

/** Memories whose stored bits can fail; which chip has which: docs/faults.md. */
export const FAULT_MEMORIES = [
  'synapses',
  'thresholds',
  'potentials',
  'destinations',
  'weights',
  'activations',
  'biases',
] as const;

/** A name of {@link FAULT_MEMORIES}. */
export type FaultMemory = (typeof FAULT_MEMORIES)[number];

/** Where the faults of a run are; a field that is left out means everywhere, but for `memories` and `known`. */
export interface FaultScope {
  /** Memories with bit errors and stuck bits; the synapses of a TrueNorth-style, the weights of a NorthPole-style chip without it. */
  readonly memories?: readonly FaultMemory[];
  /** Positions, 0 = least significant, of the bits without faults in all memories that hold numbers. */
  readonly protectedBits?: readonly number[];
  /** Names of the layers with faults. */
  readonly layers?: readonly string[];
  /** Indices of the cores of the program with faults. */
  readonly cores?: readonly number[];
  /** Cores, links and chips that are down are known to the compiler, which avoids them; false without it: what goes there vanishes. */
  readonly known?: boolean;
}

/** No noise. */
export const NO_NOISE: NoiseSpec = {
  ber: 0,
  ber_0to1: 0,
  ber_1to0: 0,
  stuck_at_0: 0,
  stuck_at_1: 0,
  dead_neuron: 0,
  saturated_neuron: 0,
  threshold_mismatch: 0,
  leak_mismatch: 0,
  programming_error: 0,
  read_noise: 0,
  down_cores: 0,
  down_links: 0,
  down_chips: 0,
  drop: 0,
  spike_delay: 0,
  additive: 0,
  multiplicative: 0,
};

/** Largest level of each kind. Probabilities end at 1; standard deviations have no natural end, this one is far past any use. */
export const NOISE_LIMITS: NoiseSpec = {
  ber: 1,
  ber_0to1: 1,
  ber_1to0: 1,
  stuck_at_0: 1,
  stuck_at_1: 1,
  dead_neuron: 1,
  saturated_neuron: 1,
  threshold_mismatch: 100,
  leak_mismatch: 100,
  programming_error: 100,
  read_noise: 100,
  down_cores: 1,
  down_links: 1,
  down_chips: 1,
  drop: 1,
  spike_delay: 1,
  additive: 100,
  multiplicative: 100,
};

/** One point of a noise sweep: one network, one kind of noise, one level, several chips. */
export interface NoisePoint {
  readonly network: string;
  readonly target: 'truenorth' | 'northpole';
  readonly distortion: keyof NoiseSpec;
  readonly level: number;
  readonly chips: number;
  readonly accuracies: readonly number[];
  readonly accuracyMean: number;
  /** Sample standard deviation over chips (n - 1). */
  readonly accuracyStd: number;
  /** 95 % interval of the mean (Student t), cut to 0..1. */
  readonly interval: readonly [number, number];
}
