/**
 * What the parameters of BNN-PYNQ say of an image by themselves, as the hardware computes it (bnn/src/library/hls/activations.hpp, weights.hpp,
 * interpret.hpp): bits that agree are counted in words, or products summed; counts and sums are compared with the thresholds of the file.
 */
import type { NodeId } from '../../../ir/network/types.js';
import type { FileValues } from '../frontend.js';
import { popCount } from '../reference/bits.js';
import { sampleOf } from '../reference/sample.js';
import type { LayerConfig } from './config.js';
import type { LayerParameters } from './parameters.js';

/** What to evaluate. */
export interface FileValuesRequest {
  readonly layers: readonly LayerConfig[];
  readonly parameters: readonly LayerParameters[];
  readonly nClasses: number;
}

const WHAT =
  'bits that agree, counted word by word, and sums of products, compared with the thresholds as they stand: what evaluates them shares with the importer only the reading of the parameters';

/** Values between layers: -1 and +1 as bits 0 and 1, or numbers. */
interface Values {
  readonly data: Int32Array;
  readonly isBits: boolean;
}

/** The file by itself. Layers go by the names that the importer gives them. */
export function fileValues({ layers, parameters, nClasses }: FileValuesRequest): FileValues {
  const isImage = layers[0]?.window !== undefined;
  const evaluators = layers.map((layer, l) => new LayerEvaluator(layer, parameters[l]!, l === layers.length - 1));
  return {
    what: WHAT,
    evaluate: (image) => {
      const found = new Map<NodeId, Float64Array>();
      // Behind pixels that are bits stand zeros.
      const pixels = new Int32Array(isImage ? image.length : Math.max(image.length, layers[0]?.nIn ?? 0));
      image.forEach((byte, e) => (pixels[e] = isImage ? byte - 128 : byte >> 7));
      found.set(
        'code',
        Float64Array.from(pixels.subarray(0, image.length), (x) => (isImage ? x / 128 : x)),
      );
      let values: Values = { data: pixels, isBits: !isImage };
      let scores = new Float64Array(0);
      layers.forEach((layer, l) => {
        const evaluator = evaluators[l]!;
        const sums = evaluator.sums(values);
        // Sums of pixels are 256ths.
        const isFirstOfImage = l === 0 && isImage;
        if (isFirstOfImage) sums.forEach((_, e) => (sums[e]! *= 2));
        if (l === layers.length - 1) {
          const unit = scoreUnit(values.isBits && evaluator.isBinary, l, isImage);
          scores = evaluator.scores(sums, nClasses).map((v) => v * unit);
          return;
        }
        values = evaluator.activations(sums);
        found.set(`layer${l}.${values.isBits ? 'sign' : 'activation'}`, numbersOf(values));
        if (layer.window === undefined) return;
        const { output } = layer.window;
        const next = layers[l + 1]?.window?.input ?? output;
        if (next !== output && Math.floor(output / 2) === next) {
          values = { ...values, data: pooled(values.data, output, layer.nOut) };
          found.set(`layer${l}.pool`, numbersOf(values));
        }
      });
      found.set(`layer${layers.length - 1}`, scores);
      return sampleOf(found, 'scores', scores);
    },
  };
}

/** What one of the scores of the file is in those of the network: its sums are of products, of pixels as bits in the first layer. */
const scoreUnit = (isCounted: boolean, l: number, isImage: boolean): number =>
  l === 0 && isImage ? 1 / 256 : (isCounted ? 2 : 1) / (l === 0 ? 2 : 1);

const numbersOf = ({ data, isBits }: Values): Float64Array => Float64Array.from(data, (v) => (isBits ? 2 * v - 1 : v));

/** The maxima of 2 x 2 pixels. */
function pooled(data: Int32Array, side: number, channels: number): Int32Array {
  const half = Math.floor(side / 2);
  return Int32Array.from({ length: half * half * channels }, (_, e) => {
    const [y, x, c] = [Math.floor(e / (half * channels)), Math.floor(e / channels) % half, e % channels];
    const at = (dy: number, dx: number): number => data[((2 * y + dy) * side + 2 * x + dx) * channels + c]!;
    return Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
  });
}

class LayerEvaluator {
  readonly #layer: LayerConfig;
  readonly #parameters: LayerParameters;
  /** Whether its weights are bits. */
  readonly isBinary: boolean;
  /** Words of 32 synapses of each neuron. */
  readonly #words: Int32Array;
  readonly #nWords: number;
  /** A layer whose activations have two bits sums products, of bits too. */
  readonly #isCounted: boolean;

  constructor(layer: LayerConfig, parameters: LayerParameters, isLast: boolean) {
    this.#isCounted = isLast || layer.activationBits === 1;
    this.#layer = layer;
    this.#parameters = parameters;
    this.isBinary = layer.weightBits === 1;
    this.#nWords = Math.ceil(layer.nIn / 32);
    this.#words = new Int32Array(this.isBinary ? layer.nOut * this.#nWords : 0);
    if (!this.isBinary) return;
    parameters.weights.forEach((w, k) => {
      if (w > 0) setBit(this.#words, Math.floor(k / layer.nIn) * this.#nWords, k % layer.nIn);
    });
  }

  /** Counts of bits that agree, or sums of products: [pixels, neurons]. */
  sums(values: Values): Int32Array {
    const { window, nIn, nOut } = this.#layer;
    const counts = this.isBinary && values.isBits && this.#isCounted;
    const side = window?.output ?? 1;
    const found = new Int32Array(side * side * nOut);
    const taps = new Int32Array(nIn);
    const words = new Int32Array(this.#nWords);
    for (let p = 0; p < side * side; p++) {
      if (window === undefined) taps.set(values.data.subarray(0, nIn));
      else this.#gather(values.data, p, taps);
      if (counts) {
        words.fill(0);
        for (let k = 0; k < nIn; k++) if (taps[k] === 1) setBit(words, 0, k);
        for (let o = 0; o < nOut; o++) {
          let different = 0;
          for (let k = 0; k < words.length; k++) different += popCount(words[k]! ^ this.#words[o * words.length + k]!);
          found[p * nOut + o] = nIn - different;
        }
        continue;
      }
      if (values.isBits) for (let k = 0; k < nIn; k++) taps[k] = 2 * taps[k]! - 1;
      const { weights } = this.#parameters;
      for (let o = 0; o < nOut; o++) {
        let sum = 0;
        for (let k = 0; k < nIn; k++) sum += weights[o * nIn + k]! * taps[k]!;
        found[p * nOut + o] = sum;
      }
    }
    return found;
  }

  #gather(data: Int32Array, p: number, taps: Int32Array): void {
    const { size = 1, channels = 1, input = 1, output = 1 } = this.#layer.window ?? {};
    for (let ky = 0; ky < size; ky++) {
      const from = ((Math.floor(p / output) + ky) * input + (p % output)) * channels;
      taps.set(data.subarray(from, from + size * channels), ky * size * channels);
    }
  }

  /** Whether each sum is above its threshold; of two thresholds -1 + the number of those below it. */
  activations(sums: Int32Array): Values {
    const { nOut, activationBits, nThresholds } = this.#layer;
    const { thresholds = new Float64Array(nOut * nThresholds) } = this.#parameters;
    const isBits = activationBits === 1;
    const data = sums.map((sum, e) => {
      let passed = 0;
      for (let t = 0; t < nThresholds; t++) if (sum > thresholds[(e % nOut) * nThresholds + t]!) passed++;
      return isBits ? passed : passed - 1;
    });
    return { data, isBits };
  }

  /** Sums of the neurons that are classes, less their thresholds. */
  scores(sums: Int32Array, nClasses: number): Float64Array {
    const { nOut, nThresholds } = this.#layer;
    const { thresholds } = this.#parameters;
    const at = (o: number): number => thresholds?.[o * nThresholds] ?? 0;
    return Float64Array.from({ length: (sums.length / nOut) * nClasses }, (_, e) => {
      const o = e % nClasses;
      return sums[Math.floor(e / nClasses) * nOut + o]! - at(o);
    });
  }
}

function setBit(words: Int32Array, from: number, k: number): void {
  words[from + (k >> 5)]! |= 1 << (k & 31);
}
