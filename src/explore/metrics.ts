/** What a point measures: names for objectives and constraints, in which direction they are better, and who can give them. */
import type { Chip } from '../chips/chip.js';

/** A measure of every chip that can give it. */
export interface MetricInfo {
  readonly what: string;
  /** Empty for counts and shares. */
  readonly unit: string;
  readonly better: 'min' | 'max';
  /** Known once the network is compiled, before anything runs. */
  readonly isStatic: boolean;
}

const metric = (
  what: string,
  unit: string,
  better: MetricInfo['better'],
  when: 'static' | 'run' = 'run',
): MetricInfo => ({ what, unit, better, isStatic: when === 'static' });

/** The measures, in the order of their columns. */
export const METRICS = {
  accuracy: metric(
    'share of the images that the chip decides as labelled, mean over the chips of a point with faults',
    '',
    'max',
  ),
  robustAccuracy: metric('the same with the faults of `robust`, mean over its chips', '', 'max'),
  latency: metric('from the first input of a sample to its last output', 's', 'min', 'static'),
  throughput: metric('samples per second, one after the other', '1/s', 'max', 'static'),
  energy: metric('energy per sample', 'uJ', 'min'),
  energyDelay: metric('energy per sample times latency', 'uJ s', 'min'),
  power: metric('energy per sample times throughput', 'W', 'min'),
  cores: metric('cores in use', '', 'min', 'static'),
  area: metric('area of the cores that are paid for', 'mm2', 'min', 'static'),
  memory: metric('bits of the memories of these cores', 'bit', 'min', 'static'),
  utilisation: metric('share of the chip that is in use, as the chip counts it', '', 'max', 'static'),
  footprint: metric(
    'bits of weights, constants and of the values that are held at one time (the integer network)',
    'bit',
    'min',
    'static',
  ),
  connectionSparsity: metric('share of the weights that are 0', '', 'max', 'static'),
  activationSparsity: metric(
    'share of the values between layers that are 0, over the first images',
    '',
    'max',
    'static',
  ),
  denseOperations: metric('multiply-accumulates of a sample, zeros included', '', 'min', 'static'),
  effectiveOperations: metric('of these, those of a weight and a value that are both not 0', '', 'min', 'static'),
  membraneUpdates: metric(
    'updates of the neurons of the network that keep a potential, per step; 0 where none does',
    '',
    'min',
    'static',
  ),
} as const satisfies Readonly<Record<string, MetricInfo>>;

/** A name of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** All of them. */
export const METRIC_NAMES: readonly MetricName[] = Object.keys(METRICS).filter(isMetricName);

/** Whether a text is one. */
export function isMetricName(text: string): text is MetricName {
  return Object.hasOwn(METRICS, text);
}

/** What a chip counts for itself is named after it: `metrics.cycles`. */
export const OWN_METRIC = /^metrics\.\w+$/;

/** Numbers of a point by name: {@link METRICS}, and the chip's own as `metrics.NAME`. */
export type Metrics = Readonly<Record<string, number>>;

/** Something to be made small or large. */
export interface Objective {
  readonly metric: string;
  readonly better: 'min' | 'max';
}

/** Why a chip cannot give a measure; undefined where it can, as far as is known before a run. */
export function cannotGive(chip: Chip, name: string, hasRobust: boolean): string | undefined {
  const hasEnergy = (): boolean => {
    const [standard] = Object.values(chip.specs.presets);
    return standard !== undefined && Object.keys(chip.costs(standard)).length > 0;
  };
  switch (name) {
    case 'area':
    case 'memory':
    case 'utilisation':
      return chip.extent === undefined ? `the model of ${chip.title} does not say what their cores take` : undefined;
    case 'energy':
    case 'energyDelay':
    case 'power':
      return hasEnergy() ? undefined : `there is no cost model of ${chip.title}`;
    case 'robustAccuracy':
      return hasRobust ? undefined : 'the experiment says no faults under `robust`';
    default:
      return undefined;
  }
}

/** An objective as a number that is to be small. */
export const minimised = ({ metric: name, better }: Objective, metrics: Metrics): number | undefined => {
  const value = metrics[name];
  return value === undefined ? undefined : better === 'min' ? value : -value;
};
