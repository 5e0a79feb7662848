import type { Quantity } from '../../common/quantity.js';
import type { FaultName } from '../faults/catalogue.js';
import type { NoiseSpec } from '../faults/levels.js';
import type { FaultScope } from '../faults/scope.js';
import type { ChipMeasures } from './measures.js';

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

/** What `lodestone run` prints and `lodestone report` reads: a data set on a chip, whichever chip it is. */
export interface RunResult extends ChipMeasures {
  readonly kind: 'run-result';
  /** The network. */
  readonly name: string;
  /** Kind of chip, as in `--chip`, and the name of its spec. */
  readonly target: string;
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
  /**
   * One bit per sample, 1 = decided as labelled: base64 of bytes, bit s mod 8 of byte s div 8. For paired comparisons; absent in results of
   * files that did not keep it.
   */
  readonly outcomes?: string;
  readonly seed: number;
  readonly engine: string;
  readonly noise: NoiseSpec;
  /** Where the faults are, if not everywhere. */
  readonly scope?: FaultScope;
  /** What differs from run to run and from machine to machine; nothing else does. */
  readonly host: RunHost;
}

/** The machine's part of a result. */
export interface RunHost {
  /** Wall clock of the simulation. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly workers: number;
}

/** One point of a noise sweep: one network, one kind of noise, one level, several chips. */
export interface NoisePoint {
  readonly network: string;
  /** Kind of chip, as in `--chip`. */
  readonly target: string;
  readonly distortion: FaultName;
  readonly level: number;
  readonly chips: number;
  readonly accuracies: readonly number[];
  readonly accuracyMean: number;
  /** Sample standard deviation over chips (n - 1). */
  readonly accuracyStd: number;
  /** 95 % interval of the mean (Student t), cut to 0..1. */
  readonly interval: readonly [number, number];
}
