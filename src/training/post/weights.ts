import type { BitWidth } from '../../ir/network/types.js';
import { levelsOf } from '../projection.js';
import type { LinearNode } from './points.js';
import { addToHistogram, asStep, emptyHistogram, type RangeMethod, stepFor } from './ranges.js';

/** How weights become integers. */
export interface WeightOptions {
  readonly bits: BitWidth;
  readonly method: RangeMethod;
  /** One scale per output channel, or one for the layer. */
  readonly scales: 'channel' | 'tensor';
}

/** The layer with integer weights and scales. One bit: the sign, times the mean magnitude. */
export function quantiseWeights<T extends LinearNode>(node: T, { bits, method, scales }: WeightOptions): T {
  const fanIn = node.weights.length / node.nOut;
  const nScales = scales === 'channel' ? node.nOut : 1;
  const size = node.weights.length / nScales;
  const weights = new Int8Array(node.weights.length);
  const scale = new Float64Array(nScales);
  const [low, high] = levelsOf(bits, true);
  for (let s = 0; s < nScales; s++) {
    const own = Float32Array.from(node.weights.subarray(s * size, (s + 1) * size), (w, i) => {
      const o = Math.floor((s * size + i) / fanIn);
      return w * (node.scale?.[node.scale.length === 1 ? 0 : o] ?? 1);
    });
    const step = bits === 1 ? meanMagnitude(own) : weightStep(own, bits, method);
    scale[s] = step;
    own.forEach((w, i) => {
      const level = bits === 1 ? (w >= 0 ? 1 : -1) : Math.floor(w / step + 0.5);
      weights[s * size + i] = Math.min(high, Math.max(low, level));
    });
  }
  return { ...node, weights, scale, weightBits: bits };
}

/** Never 0: a channel without weights has all levels at 0 whatever its scale. */
const meanMagnitude = (values: Float32Array): number =>
  asStep(values.reduce((sum, w) => sum + Math.abs(w), 0) / values.length);

function weightStep(values: Float32Array, bits: number, method: RangeMethod): number {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const histogram = emptyHistogram(low, high);
  addToHistogram(histogram, values);
  return stepFor(histogram, bits, true, method);
}
