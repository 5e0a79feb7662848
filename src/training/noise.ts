/**
 * Noise in training (see {@link LayerNoise}). Everything drawn is a function of the recipe's seed, the layer, the group, the index
 * and the step of the optimiser: a training that goes on from a checkpoint sees the same noise.
 */
import { assert, assertNever } from '../common/assert.js';
import { draw4, PURPOSE, type Purpose } from '../common/rng.js';
import { largestLevel } from '../common/weight-projections.js';
import type { Layer } from './layers/layer.js';
import type { LayerNoise } from './noise-spec.js';
import { addNormals, multiplyNormals } from './normals.js';
import type { Parameter } from './parameter.js';
import { latentBound, type Projection } from './projection.js';

/** Where the draws of a layer come from: the recipe's seed and the number of the layer. */
export interface NoiseDraws {
  readonly seed: number;
  readonly layerIdx: number;
}

/** The layer with noise on its weights: those of its groups or blocks, made with `withNoise`. */
export function withWeightNoise(
  layer: Layer,
  weights: readonly Parameter[],
  noise: LayerNoise,
  { seed, layerIdx }: NoiseDraws,
): Layer {
  assert(
    weights.every(({ seen, deployed }) => seen !== deployed),
    'weights with room for noise',
  );
  const rate = noise.bitErrors?.rate ?? 0;
  const multiplicative = noise.multiplicative?.sigma ?? 0;
  const additive = noise.additive?.sigma ?? 0;
  return {
    ...layer,
    perturb(step) {
      const bound = step === undefined || additive === 0 ? 0 : boundOf(weights);
      weights.forEach((parameter, group) => {
        const { deployed, seen } = parameter;
        seen.set(deployed);
        if (step === undefined) return;
        const at = { seed, stream: layerIdx * 65536 + group, step };
        if (rate > 0) flipBits(parameter, rate, { ...at, purpose: PURPOSE.trainingBitError });
        if (multiplicative > 0) {
          multiplyNormals(seen, multiplicative, { ...at, purpose: PURPOSE.trainingMultiplicative });
        }
        if (additive > 0) addNormals(seen, additive * bound, { ...at, purpose: PURPOSE.trainingAdditive });
      });
    },
  };
}

/**
 * The activation layer whose values are lost with a probability, drawn for every value of the batch: a lost one becomes
 * `silence`. Backward it is as if all had arrived.
 */
export function withDroppedSpikes(
  layer: Layer,
  silence: number,
  probability: number,
  { seed, layerIdx }: NoiseDraws,
): Layer {
  const purpose = PURPOSE.trainingSpikeDrop;
  let noiseStep: number | undefined;
  return {
    ...layer,
    perturb(step) {
      noiseStep = step;
    },
    forward(x, batch) {
      // An array of the layer's own, which its backward pass does not read.
      const y = layer.forward(x, batch);
      if (noiseStep !== undefined) {
        forEachHit(y.length, probability, { seed, purpose, stream: layerIdx, step: noiseStep }, (i) => {
          y[i] = silence;
        });
      }
      return y;
    },
  };
}

/** Largest magnitude of a layer's weights: their bound, or what they reach where there is none. */
function boundOf(weights: readonly Parameter[]): number {
  let largest = 0;
  for (const { projection, deployed } of weights) {
    const bound = latentBound(projection);
    if (Number.isFinite(bound)) return bound;
    for (let i = 0; i < deployed.length; i++) largest = Math.max(largest, Math.abs(deployed[i]!));
  }
  return largest;
}

/** Bits of the integer that a weight deploys as; undefined for real weights, which have none. */
export function storedBits(projection: Projection): number | undefined {
  switch (projection.kind) {
    case 'real':
    case 'clip':
    case 'power':
      return undefined;
    case 'binary':
    case 'sign':
    case 'masked':
    case 'probability':
    case 'stochastic':
    case 'stochasticMultiplicative':
      return 1;
    case 'ternary':
      return 2;
    case 'round':
    case 'lsq':
      return projection.bits;
    default:
      return assertNever(projection);
  }
}

/** Flips stored bits: bit b of weight w is number w * bits + b, bit 0 the lowest. */
function flipBits(parameter: Parameter, rate: number, source: HitSource): void {
  const { projection, seen } = parameter;
  const bits = storedBits(projection);
  assert(bits !== undefined, 'integer weights');
  const n = seen.length * bits;
  if (projection.kind === 'masked' || projection.kind === 'probability') {
    const { signs } = projection;
    forEachHit(n, rate, source, (w) => {
      seen[w] = signs[w]! - seen[w]!;
    });
  } else if (bits === 1) {
    forEachHit(n, rate, source, (w) => {
      seen[w] = -seen[w]!;
    });
  } else {
    const unit = unitOf(parameter);
    const unused = 32 - bits;
    forEachHit(n, rate, source, (position) => {
      const bit = position % bits;
      const w = (position - bit) / bits;
      const level = Math.round(seen[w]! / unit) ^ (1 << bit);
      seen[w] = unit * ((level << unused) >> unused);
    });
  }
}

/** What one step of the deployed integer is worth. */
function unitOf({ projection, own }: Parameter): number {
  if (projection.kind === 'round') return projection.bound / largestLevel(projection.bits);
  return own === undefined ? 1 : own.latent[0]!;
}

interface HitSource {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly stream: number;
  readonly step: number;
}

/**
 * Visits each of the indices 0..n - 1 with a probability, independently, ascending. Draws the gaps between hits (geometric
 * distribution), so that rare hits among many indices cost little.
 */
function forEachHit(
  n: number,
  probability: number,
  { seed, purpose, stream, step }: HitSource,
  visit: (index: number) => void,
): void {
  if (probability === 0) return;
  // P(gap >= g) = (1 - p)^g. With p = 1 the factor is -0 and every gap 0.
  const factor = 1 / Math.log1p(-probability);
  let index = -1;
  for (let k = 0; ; k++) {
    if (k % 4 === 0) draw4(seed, purpose, stream, k / 4, step, words);
    index += 1 + Math.floor(Math.log((words[k % 4]! + 1) / 4294967296) * factor);
    if (index >= n) return;
    visit(index);
  }
}

/** Four random words; overwritten by every draw. */
const words = new Uint32Array(4);
