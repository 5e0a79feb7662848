/**
 * Weights and thresholds of a layer from its files `LAYER-PE-weights.bin` (little-endian words of 64 bits) and `LAYER-PE-thres.bin` (int64).
 * Neuron n = group * PE + pe; the weights of a group of neurons are nIn / SIMD words per neuron, each with the bits of SIMD synapses, the
 * least significant first, 1 for +1 (Xilinx BNN-PYNQ, bnn/src/training/finnthesizer.py; facts checked by running the networks).
 */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { LayerConfig } from './config.js';

/** What a layer holds. */
export interface LayerParameters {
  /** [nOut, nIn], -1 and +1. */
  readonly weights: Int8Array;
  /** [nOut]; undefined for a layer without thresholds. */
  readonly thresholds: Float64Array | undefined;
}

/** Bytes of a file by its name; undefined where there is none. */
export type FileByName = (name: string) => Uint8Array | undefined;

/** Bytes per word. */
const WORD = 8;
/** Thresholds beyond are never (or always) passed: no sum reaches them. */
const FAR = 2 ** 40;

/** Reads a layer; findings for files that are missing or have another size. */
export function readParameters(
  config: LayerConfig,
  file: FileByName,
  place: string,
): { readonly parameters: LayerParameters; readonly findings: readonly Diagnostic[] } {
  const { index, simd, pe, nIn, nOut } = config;
  const findings: Diagnostic[] = [];
  const report = (name: string, message: string): void => {
    findings.push(
      errorAt('bad-parameters', `${place}: ${name}`, message, 'copy the parameters and their config.h again'),
    );
  };
  const weights = new Int8Array(nOut * nIn);
  const groups = nOut / pe;
  const words = nIn / simd;
  if (!Number.isInteger(groups) || !Number.isInteger(words) || simd > 64) {
    report(
      'config.h',
      `layer ${index}: ${nIn} x ${nOut} does not divide into ${simd} synapses and ${pe} neurons at a time`,
    );
    return { parameters: { weights, thresholds: undefined }, findings };
  }
  let thresholds: Float64Array | undefined;
  for (let p = 0; p < pe; p++) {
    const name = `${index}-${p}-weights.bin`;
    const bytes = file(name);
    if (bytes?.length === groups * words * WORD) unpackWeights(bytes, { ...config, groups, words, p }, weights);
    else
      report(
        name,
        bytes === undefined ? 'the file is missing' : `${bytes.length} bytes, ${groups * words * WORD} are needed`,
      );
    const levelsName = `${index}-${p}-thres.bin`;
    const levels = file(levelsName);
    if (levels === undefined) {
      if (thresholds !== undefined) report(levelsName, 'the file is missing');
      continue;
    }
    if (p > 0 && thresholds === undefined) report(levelsName, 'other files of thresholds of this layer are missing');
    if (levels.length !== groups * WORD) {
      report(levelsName, `${levels.length} bytes, ${groups * WORD} are needed`);
      continue;
    }
    thresholds ??= new Float64Array(nOut);
    const view = new DataView(levels.buffer, levels.byteOffset, levels.byteLength);
    for (let group = 0; group < groups; group++) {
      const level = Number(view.getBigInt64(group * WORD, true));
      thresholds[group * pe + p] = Math.min(Math.max(level, -FAR), FAR);
    }
  }
  return { parameters: { weights, thresholds }, findings };
}

interface WeightPlace extends LayerConfig {
  readonly groups: number;
  readonly words: number;
  readonly p: number;
}

function unpackWeights(bytes: Uint8Array, { groups, words, simd, pe, p, nIn }: WeightPlace, weights: Int8Array): void {
  for (let group = 0; group < groups; group++) {
    const neuron = group * pe + p;
    for (let w = 0; w < words; w++) {
      const at = (group * words + w) * WORD;
      for (let bit = 0; bit < simd; bit++) {
        const isSet = ((bytes[at + (bit >> 3)]! >> (bit & 7)) & 1) === 1;
        weights[neuron * nIn + w * simd + bit] = isSet ? 1 : -1;
      }
    }
  }
}
