/**
 * Weights and thresholds of a layer from its files `LAYER-PE-weights.bin` (little-endian words of 64 bits) and `LAYER-PE-thres.bin` (int64).
 * Neuron n = group * PE + pe; the weights of a group of neurons are nIn / SIMD words per neuron, each with SIMD synapses, the first in the
 * lowest bits: one bit, 1 for +1, or two bits in two's complement. Thresholds stand group by group, all of a neuron in a row (Xilinx BNN-PYNQ,
 * bnn/src/training/finnthesizer.py: ArrayToAp_uints, __updatePEMapping; bnn/src/library/host/foldedmv-offload.cpp: FoldedMVLoadLayerMem).
 */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { LayerConfig } from './config.js';

/** What a layer holds. */
export interface LayerParameters {
  /** [nOut, nIn], -1 and +1, or -2..1. */
  readonly weights: Int8Array;
  /** [nOut, thresholds of a neuron]; undefined for a layer without thresholds. */
  readonly thresholds: Float64Array | undefined;
}

/** Bytes of a file by its name; undefined where there is none. */
export type FileByName = (name: string) => Uint8Array | undefined;

/** Bytes per word. */
const WORD = 8;
/** Thresholds beyond are never (or always) passed: no sum reaches them. */
const FAR = 2 ** 40;
/** So many findings of one layer are told one by one. */
const MAX_FINDINGS = 8;

const NOTHING: LayerParameters = { weights: new Int8Array(0), thresholds: undefined };

/** Reads a layer; findings for files that are missing or have another size, before anything is allocated for what they should hold. */
export function readParameters(
  config: LayerConfig,
  file: FileByName,
  place: string,
): { readonly parameters: LayerParameters; readonly findings: readonly Diagnostic[] } {
  const { index, simd, pe, nIn, nOut, weightBits, nThresholds: perNeuron } = config;
  const findings: Diagnostic[] = [];
  let nFindings = 0;
  const report = (name: string, message: string): void => {
    nFindings++;
    if (nFindings > MAX_FINDINGS) return;
    findings.push(
      errorAt('bad-parameters', `${place}: ${name}`, message, 'copy the parameters and their config.h again'),
    );
  };
  const groups = nOut / pe;
  const words = nIn / simd;
  if (!Number.isInteger(groups) || !Number.isInteger(words) || simd * weightBits > 64) {
    const folding = `${nIn} x ${nOut} does not divide into ${simd} synapses and ${pe} neurons at a time`;
    report('config.h', `layer ${index}: ${folding}, the synapses in words of 64 bits`);
    return { parameters: NOTHING, findings };
  }
  const needed = { weights: groups * words * WORD, thres: groups * perNeuron * WORD };
  const hasThresholds = Array.from({ length: pe }, (_, p) => file(`${index}-${p}-thres.bin`)).some(
    (bytes) => bytes !== undefined,
  );
  const parts = hasThresholds ? (['weights', 'thres'] as const) : (['weights'] as const);
  for (let p = 0; p < pe; p++) {
    for (const part of parts) {
      const name = `${index}-${p}-${part}.bin`;
      const length = file(name)?.length;
      if (length === undefined) report(name, 'the file is missing');
      else if (length !== needed[part]) report(name, `${length} bytes, ${needed[part]} are needed`);
    }
  }
  if (nFindings > MAX_FINDINGS) {
    const message = `${nFindings - MAX_FINDINGS} more files of layer ${index} are missing or have another size`;
    findings.push(errorAt('bad-parameters', place, message, 'copy the parameters and their config.h again'));
  }
  if (nFindings > 0) return { parameters: NOTHING, findings };
  const weights = new Int8Array(nOut * nIn);
  const thresholds = hasThresholds ? new Float64Array(nOut * perNeuron) : undefined;
  for (let p = 0; p < pe; p++) {
    const bytes = file(`${index}-${p}-weights.bin`) ?? new Uint8Array(0);
    unpackWeights(bytes, { ...config, groups, words, p }, weights);
    const levels = thresholds === undefined ? undefined : file(`${index}-${p}-thres.bin`);
    if (levels === undefined || thresholds === undefined) continue;
    const view = new DataView(levels.buffer, levels.byteOffset, levels.byteLength);
    for (let at = 0; at < groups * perNeuron; at++) {
      const neuron = Math.floor(at / perNeuron) * pe + p;
      const level = Number(view.getBigInt64(at * WORD, true));
      thresholds[neuron * perNeuron + (at % perNeuron)] = Math.min(Math.max(level, -FAR), FAR);
    }
  }
  return { parameters: { weights, thresholds }, findings };
}

interface WeightPlace extends LayerConfig {
  readonly groups: number;
  readonly words: number;
  readonly p: number;
}

function unpackWeights(
  bytes: Uint8Array,
  { groups, words, simd, pe, p, nIn, weightBits }: WeightPlace,
  weights: Int8Array,
): void {
  for (let group = 0; group < groups; group++) {
    const neuron = group * pe + p;
    for (let w = 0; w < words; w++) {
      const at = (group * words + w) * WORD;
      for (let k = 0; k < simd; k++) {
        const bit = k * weightBits;
        const field = bytes[at + (bit >> 3)]! >> (bit & 7);
        weights[neuron * nIn + w * simd + k] = weightBits === 1 ? 2 * (field & 1) - 1 : ((field & 3) << 30) >> 30;
      }
    }
  }
}
