import type { Quantity, Unknown } from '../../common/quantity.js';

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
  /** Cores that are switched on, whatever they do. */
  readonly leakage: number;
  /** Neuron updates. */
  readonly rows: number;
  readonly synapticOperations: number;
  readonly hops: number;
}

/** An energy and, where the cost model says so, its parts. */
export interface Energy extends Quantity {
  readonly parts?: EnergyParts;
}

/** What `lodestone run` prints and `lodestone report` reads. */
export interface RunResult {
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
  readonly cores: number;
  readonly ticksPerSample: number;
  readonly latencyTicks: number;
  readonly coreTicks: number;
  readonly spikes: number;
  readonly synapticOperations: number;
  readonly counters: Counters;
  /** Energy per sample. */
  readonly energyUj: Energy | Unknown;
  readonly seed: number;
  readonly workers: number;
  readonly engine: string;
  readonly noise: NoiseSpec;
  /** [nCores] spikes fired and synaptic operations, for the floor plan. */
  readonly coreSpikes: readonly number[];
  readonly coreSynapticOperations: readonly number[];
}

/** Noise and faults of a run; 0 is off. */
export interface NoiseSpec {
  /** Probability that a stored crossbar bit is flipped, drawn once per chip; nested: the flips at a lower rate are a subset. */
  readonly ber: number;
  /** Probability that a spike is lost on its way, drawn per spike. */
  readonly drop: number;
  /** Standard deviation of Gaussian noise added to each weight (in units of the largest weight) before deployment. */
  readonly additive: number;
  /** Standard deviation s of the factor (1 + s * normal) on each weight before deployment. */
  readonly multiplicative: number;
}

/** No noise. */
export const NO_NOISE: NoiseSpec = { ber: 0, drop: 0, additive: 0, multiplicative: 0 };

/** One point of a noise sweep: one network, one kind of noise, one level, several chips. */
export interface NoisePoint {
  readonly network: string;
  readonly distortion: keyof NoiseSpec;
  readonly level: number;
  readonly chips: number;
  readonly accuracies: readonly number[];
  readonly accuracyMean: number;
  /** Sample standard deviation over chips (n - 1). */
  readonly accuracyStd: number;
  /** 95 % interval of the mean (Student t). */
  readonly interval: readonly [number, number];
}
