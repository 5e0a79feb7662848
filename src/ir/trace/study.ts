/**
 * What a robustness study measures: one row per accuracy of one network on one chip. Rows are the data files (CSV, Parquet, JSON) and what
 * figures and tables are made of.
 */

/** Parts of a study, in the order of its report. */
export const STUDY_PARTS = [
  /** Undisturbed accuracies, on the network and on every chip. */
  'golden',
  /** Distortions of the float network: train projection x test distortion. */
  'distortions',
  /** Faults of the deployed chip. */
  'faults',
  /** One layer, and one core, faulty at a time. */
  'layers',
  'cores',
  /** One bit position faulty at a time. */
  'bits',
  /** A supply voltage at a time. */
  'voltage',
  /** What can be done about a fault. */
  'countermeasures',
] as const;

/** A name of {@link STUDY_PARTS}. */
export type StudyPart = (typeof STUDY_PARTS)[number];

/** Where a network ran: `network`, by itself in the float dialect, or a kind of chip, as in `--chip`. */
export type StudyTarget = string;

/** Energy per sample in microjoules; empty where the chip's cost model does not say one. */
export interface StudyEnergy {
  readonly energyUj?: number;
  /** The band of the sum: its costs are known that well. Absent where the cost model has none. */
  readonly energyLowUj?: number;
  readonly energyHighUj?: number;
}

/** One accuracy: a network, an effect at a level, a chip. */
export interface StudyRow extends StudyEnergy {
  readonly part: StudyPart;
  /** Name of the network, unique in the study. */
  readonly network: string;
  /** What was trained (mlp, conv), on what, and how its weights were projected: the variant of the specification. */
  readonly family: string;
  readonly dataset: string;
  readonly variant: string;
  readonly target: StudyTarget;
  /** Name of the distortion or fault; `none` where nothing is disturbed. */
  readonly effect: string;
  /** In the unit of the effect; 0 without one. */
  readonly level: number;
  /** Name of the layer, index of the core or bit position where the fault is alone; empty where it is everywhere. */
  readonly where: string;
  /** Name of the countermeasure; empty without one. */
  readonly countermeasure: string;
  /** Index of the chip, from 0, and its seed. Chip i is the same at every level. */
  readonly chip: number;
  readonly chipSeed: number;
  readonly samples: number;
  readonly correct: number;
  /** Supply voltage, in volts, of the part `voltage`. */
  readonly volts?: number;
  /** Effective bits per weight of additive distortions, by the Gaussian channel formula and as mutual information (docs/distortions.md). */
  readonly gaussianBits?: number;
  readonly mutualBits?: number;
}

/** A network of a study. */
export interface StudyNetwork {
  readonly name: string;
  readonly family: string;
  readonly dataset: string;
  readonly variant: string;
  readonly nClasses: number;
  readonly nWeights: number;
  /** Accuracy on the images that chose the epoch, 0..1; absent for networks that were not trained by the study. */
  readonly validationAccuracy?: number;
  readonly epochs?: number;
}

/** What one countermeasure costs, beside the same network without it. */
export interface CountermeasureCost extends StudyEnergy {
  readonly countermeasure: string;
  readonly network: string;
  readonly target: StudyTarget;
  /** Networks that vote, 1 without an ensemble. */
  readonly members: number;
  /** Cores in use, and energy per sample, all members together. */
  readonly cores: number;
  /** Bits of the faulty memories that are stored, and how many of them are protected. */
  readonly storedBits: number;
  readonly protectedBits: number;
  /** Epochs of training, all members together; absent for networks that were not trained by the study. */
  readonly epochs?: number;
}

/** A point that could not be measured. The rest goes on without it. */
export interface StudyFailure {
  readonly part: StudyPart;
  /** What was to be measured, in words. */
  readonly point: string;
  readonly message: string;
}

/** A whole study. */
export interface StudyResult {
  readonly kind: 'lodestone-study';
  readonly version: 1;
  readonly name: string;
  readonly seed: number;
  /** Chips per point of random effects, and test images per chip. */
  readonly chips: number;
  readonly images: number;
  readonly networks: readonly StudyNetwork[];
  readonly rows: readonly StudyRow[];
  readonly costs: readonly CountermeasureCost[];
  readonly failures: readonly StudyFailure[];
  /** Text of the specification, and the command that made the study. */
  readonly specification: string;
  readonly command: string;
}
