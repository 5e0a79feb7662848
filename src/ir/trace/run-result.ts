import type { Quantity, Unknown } from '../../common/quantity.js';
import type { FaultName } from '../faults/catalogue.js';
import type { NoiseSpec } from '../faults/levels.js';
import type { FaultScope } from '../faults/scope.js';
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

/** One point of a noise sweep: one network, one kind of noise, one level, several chips. */
export interface NoisePoint {
  readonly network: string;
  readonly target: 'truenorth' | 'northpole';
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
