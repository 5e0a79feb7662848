/** One point of a study: what its rows have in common. Its chips differ by their seed only. */
import type { Distortion } from '../compiler/passes/distort-weights.js';
import { digestOf } from '../experiments/points/digest.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { StudyPart, StudyTarget } from '../ir/trace/study.js';

/** What is wrong at a point. */
export type Disturbance =
  | { readonly kind: 'none' }
  | { readonly kind: 'distortion'; readonly distortion: Distortion }
  | { readonly kind: 'fault'; readonly effect: keyof NoiseSpec; readonly level: number; readonly scope?: FaultScope };

/** A point of a study. */
export interface StudyPoint {
  readonly part: StudyPart;
  /** Network its rows belong to; of a countermeasure the one without it. */
  readonly network: string;
  /** Networks that run, one or those that vote. */
  readonly members: readonly string[];
  readonly target: StudyTarget;
  readonly disturbance: Disturbance;
  /** As in a row. */
  readonly where: string;
  readonly countermeasure: string;
  readonly voltage?: { readonly volts: number; readonly energyScale: number };
}

/** Name and level of what is wrong, as a row has them: `none` and 0 where nothing is. */
export function effectOf(disturbance: Disturbance): { readonly effect: string; readonly level: number } {
  switch (disturbance.kind) {
    case 'none':
      return { effect: 'none', level: 0 };
    case 'fault':
      return { effect: disturbance.effect, level: disturbance.level };
    case 'distortion':
      return { effect: disturbance.distortion.kind, level: levelOf(disturbance.distortion) };
  }
}

function levelOf(distortion: Distortion): number {
  switch (distortion.kind) {
    case 'additive':
    case 'multiplicative':
      return distortion.sigma;
    case 'uniformLog':
      return distortion.gamma;
    case 'power':
      return distortion.beta;
    case 'round':
      return distortion.bits;
    case 'sign':
    case 'stochastic':
      return 0;
  }
}

/** A point in words: `faults: mlp-mnist-sign on CHIP, ber = 0.01, thresholds`. */
export function describePoint(point: StudyPoint): string {
  const { part, network, members, target, disturbance, where, countermeasure, voltage } = point;
  const { effect, level } = effectOf(disturbance);
  const isPlain = members.length === 1 && members[0] === network;
  return [
    `${part}: ${network}${target === 'network' ? '' : ` on ${target}`}`,
    ...(effect === 'none' ? [] : [`${effect}${hasLevel(disturbance) ? ` = ${level}` : ''}`]),
    ...(voltage === undefined ? [] : [`${voltage.volts} V`]),
    ...(where === '' ? [] : [`${WHERE[part] ?? ''}${where}`]),
    ...(countermeasure === '' ? [] : [`with ${countermeasure}`]),
    ...(isPlain ? [] : [`running ${members.join(' + ')}`]),
  ].join(', ');
}

const WHERE: Readonly<Partial<Record<StudyPart, string>>> = {
  layers: 'only layer ',
  cores: 'only core ',
  bits: 'only bit ',
};

const hasLevel = (disturbance: Disturbance): boolean =>
  disturbance.kind !== 'distortion' || !['sign', 'stochastic'].includes(disturbance.distortion.kind);

/** A scope in words, as `where` of a row has it: `thresholds, bits 17 protected`. */
export function scopeText(scope: FaultScope = {}): string {
  const { memories, protectedBits, layers, cores, known } = scope;
  const list = (values: readonly (string | number)[]): string => values.join(' ');
  return [
    ...(memories === undefined ? [] : [list(memories)]),
    ...(layers === undefined ? [] : [`layers ${list(layers)}`]),
    ...(cores === undefined ? [] : [`cores ${list(cores)}`]),
    ...(protectedBits === undefined ? [] : [`bits ${list(protectedBits)} protected`]),
    ...(known === true ? ['known'] : []),
  ].join(', ');
}

/** Changes with anything that changes rows without changing what {@link PointContext} holds. */
const FORMAT = 2;

/** What decides the rows of a point beside the point itself. */
export interface PointContext {
  readonly seed: number;
  readonly chips: number;
  /** Digests of the model files of the members, in their order, and of the images they decide. */
  readonly models: readonly string[];
  readonly images: string;
  /** Bits of the quantisation of real weights for a chip. */
  readonly quantiseBits: number | undefined;
  /** Spec and options that the point's chip is compiled for with; undefined: the standard ones. */
  readonly compile?: string | undefined;
  /** The columns of a row that a network gives. */
  readonly labels: Readonly<Record<'family' | 'dataset' | 'variant', string>>;
}

/** Digest of everything that decides the rows of a point: the same key, the same rows. */
export function pointKey(point: StudyPoint, context: PointContext): string {
  return digestOf(JSON.stringify({ format: FORMAT, ...context, point }));
}
