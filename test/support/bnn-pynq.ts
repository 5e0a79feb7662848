/**
 * Parameter folders of BNN-PYNQ with random contents, and what the hardware computes from them: XNOR, count, compare; with activations of two
 * bits sums of products, and the number of thresholds below them (bnn/src/library/hls/activations.hpp, weights.hpp, interpret.hpp).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { ForeignFile } from '../../src/compiler/frontends/frontend.js';

/** A layer to make up: dense, or a convolution of `window` x `window` on images of `input` x `input`. */
export interface MadeLayer {
  readonly nIn: number;
  readonly nOut: number;
  readonly simd: number;
  readonly pe: number;
  readonly conv?: { readonly window: number; readonly channels: number; readonly input: number };
}

/** Bits of weights and of activations between layers, as in the names of the overlays: W1A1, W1A2, W2A2. */
export interface MadeBits {
  readonly weights: 1 | 2;
  readonly activations: 1 | 2;
}

/** A made network: its files, its weights as bits (or, of two bits, as numbers) and thresholds, those of a neuron in a row. */
export interface MadeNetwork {
  readonly files: Map<string, Uint8Array>;
  readonly bits: MadeBits;
  readonly layers: readonly (MadeLayer & { readonly bits: Int8Array; readonly thresholds: number[] | undefined })[];
}

/** Writes the files of random layers; the last one has thresholds where `lastThresholds` says so. */
export function madeNetwork(
  layers: readonly MadeLayer[],
  {
    seed,
    nClasses,
    lastThresholds,
    bits: width = { weights: 1, activations: 1 },
  }: {
    readonly seed: number;
    readonly nClasses: number;
    readonly lastThresholds: boolean;
    readonly bits?: MadeBits;
  },
): MadeNetwork {
  const random = sequence(seed, PURPOSE.test, 40);
  const files = new Map<string, Uint8Array>();
  const lines: string[] = [];
  const made = layers.map((layer, l) => {
    const { nIn, nOut, simd, pe, conv } = layer;
    const isLast = l === layers.length - 1;
    // Numbers of two bits are -1, 0 and 1, and rarely -2, which the quantiser of the trainer never writes but the hardware reads.
    const weight = (): number => (random.below(40) === 0 ? -2 : random.below(3) - 1);
    const bits = Int8Array.from({ length: nIn * nOut }, () => (width.weights === 1 ? random.below(2) : weight()));
    const isPixels = l === 0 && conv !== undefined;
    const isCounted = width.activations === 1;
    // Counts are around half of the synapses, sums around 0; pixels of 8 bits have sums of 8 fractional bits.
    const middle = isCounted ? Math.floor(nIn / 2) : 0;
    const around = isPixels ? 700 : middle;
    const spread = isPixels ? 800 : Math.ceil(Math.sqrt(nIn));
    const hasThresholds = !isLast || lastThresholds;
    const perNeuron = isLast || isCounted ? 1 : 2;
    const thresholds = Array.from({ length: nOut }, () => {
      const drawn = Array.from({ length: perNeuron }, () => around + random.below(2 * spread + 1) - spread);
      // Every fifth neuron has the same threshold twice.
      return random.below(5) === 0 ? drawn.map(() => drawn[0]!) : drawn.sort((a, b) => a - b);
    }).flat();
    for (let p = 0; p < pe; p++) {
      const groups = nOut / pe;
      const words = nIn / simd;
      const packed = new Uint8Array(groups * words * 8);
      const levels = new DataView(new ArrayBuffer(groups * perNeuron * 8));
      for (let group = 0; group < groups; group++) {
        const neuron = group * pe + p;
        for (let t = 0; t < perNeuron; t++) {
          levels.setBigInt64((group * perNeuron + t) * 8, BigInt(thresholds[neuron * perNeuron + t]!), true);
        }
        for (let k = 0; k < nIn; k++) {
          const at = (group * words + Math.floor(k / simd)) * 64 + (k % simd) * width.weights;
          const field = bits[neuron * nIn + k]! & (2 ** width.weights - 1);
          packed[at >> 3]! |= field << (at & 7);
        }
      }
      files.set(`${l}-${p}-weights.bin`, packed);
      if (hasThresholds) files.set(`${l}-${p}-thres.bin`, new Uint8Array(levels.buffer));
    }
    const define = (name: string, value: number): number => lines.push(`#define L${l}_${name} ${value}`);
    define('SIMD', simd);
    define('PE', pe);
    define('WPI', width.weights);
    define('API', isLast ? 1 : width.activations);
    define('WPF', 0);
    define('APF', 0);
    if (conv === undefined) {
      define('MW', nIn);
      define('MH', nOut);
    } else {
      define('K', conv.window);
      define('IFM_CH', conv.channels);
      define('IFM_DIM', conv.input);
      define('OFM_CH', nOut);
      define('OFM_DIM', conv.input - conv.window + 1);
    }
    return { ...layer, bits, thresholds: hasThresholds ? thresholds : undefined };
  });
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  files.set('config-made.h', text(`${lines.join('\n')}\n`));
  files.set('classes.txt', text(Array.from({ length: nClasses }, (_, k) => `class ${k}\n`).join('')));
  return { files, bits: width, layers: made };
}

/** The files as a folder. */
export const asFolder = (files: ReadonlyMap<string, Uint8Array>, place = 'made'): ForeignFile => ({
  bytes: new Uint8Array(0),
  names: [...files.keys()].sort(),
  place,
  beside: (name) => Promise.resolve(files.get(name)),
});

/** Decides for an image of bytes as the hardware does. */
export function decideByCounting({ layers, bits: width }: MadeNetwork, image: Uint8Array, nClasses: number): number {
  const [first] = layers;
  let side = first?.conv?.input ?? 0;
  // Bits 0 and 1 for -1 and +1; behind the image stand zeros.
  let values: number[] = Array.from(image, (v) => (first?.conv === undefined ? (v >= 128 ? 1 : 0) : v - 128));
  if (first !== undefined && first.conv === undefined) while (values.length < first.nIn) values.push(0);
  let scores: number[] = [];
  layers.forEach((layer, l) => {
    const { nIn, nOut, bits, thresholds, conv } = layer;
    const isPixels = l === 0 && conv !== undefined;
    // Bits of the image stand for -1 and +1 where they are multiplied.
    const isBits = l === 0 && conv === undefined;
    const isCounted = width.activations === 1 && !isPixels;
    const sumOf = (neuron: number, taps: readonly number[]): number => {
      let sum = 0;
      for (let k = 0; k < nIn; k++) {
        const bit = bits[neuron * nIn + k]!;
        const weight = width.weights === 1 ? 2 * bit - 1 : bit;
        const tap = taps[k]!;
        if (isCounted) sum += bit === tap ? 1 : 0;
        else sum += weight * (isBits ? 2 * tap - 1 : tap);
      }
      // Sums of pixels are 256ths.
      return isPixels ? 2 * sum : sum;
    };
    if (l === layers.length - 1) {
      scores = Array.from({ length: nClasses }, (_, o) => sumOf(o, values) - (thresholds?.[o] ?? 0));
      return;
    }
    const fires = (o: number, taps: readonly number[]): number => {
      const sum = sumOf(o, taps);
      if (width.activations === 1) return sum > thresholds![o]! ? 1 : 0;
      return -1 + [0, 1].filter((t) => sum > thresholds![2 * o + t]!).length;
    };
    if (conv === undefined) {
      values = Array.from({ length: nOut }, (_, o) => fires(o, values));
      return;
    }
    const { window, channels } = conv;
    const output = side - window + 1;
    let result: number[] = [];
    for (let p = 0; p < output * output; p++) {
      const taps: number[] = [];
      for (let ky = 0; ky < window; ky++) {
        for (let kx = 0; kx < window; kx++) {
          const at = ((Math.floor(p / output) + ky) * side + (p % output) + kx) * channels;
          taps.push(...values.slice(at, at + channels));
        }
      }
      for (let o = 0; o < nOut; o++) result.push(fires(o, taps));
    }
    side = output;
    const next = layers[l + 1]?.conv?.input;
    if (next !== undefined && next * 2 === output) {
      const pooled: number[] = [];
      for (let y = 0; y < next; y++) {
        for (let x = 0; x < next; x++) {
          for (let o = 0; o < nOut; o++) {
            const at = (dy: number, dx: number): number => result[((2 * y + dy) * output + 2 * x + dx) * nOut + o]!;
            pooled.push(Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1)));
          }
        }
      }
      result = pooled;
      side = next;
    }
    values = result;
  });
  return scores.indexOf(Math.max(...scores));
}

/** A small network for MNIST, in a folder of a folder as the tools unpack it; returns the path. */
export function writeMadeFolder(path: string, bits?: MadeBits): string {
  const layers = [
    { nIn: 832, nOut: 16, simd: 32, pe: 8 },
    { nIn: 16, nOut: 16, simd: 8, pe: 4 },
  ];
  const { files } = madeNetwork(layers, {
    ...{ seed: 6, nClasses: 10, lastThresholds: true },
    ...(bits === undefined ? {} : { bits }),
  });
  mkdirSync(join(path, 'mnist'), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(path, 'mnist', name), bytes);
  return path;
}

/** A ustar archive of regular files. */
export function tarOf(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const blocks = files.flatMap(([name, bytes]) => {
    const header = new Uint8Array(512);
    const put = (text: string, at: number): void => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put(bytes.length.toString(8).padStart(11, '0'), 124);
    put('0', 156);
    put('ustar', 257);
    put('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    body.set(bytes);
    return [header, body];
  });
  return new Uint8Array(Buffer.concat([...blocks, new Uint8Array(1024)]));
}
