/**
 * Networks of Xilinx BNN-PYNQ (W1A1, W1A2, W2A2): a folder, or a .tar.gz of one, with `config.h`, `classes.txt` and the packed parameters; or
 * `config.h` alone, with the rest named apart.
 *
 * Layer 0 of a fully connected network reads pixels as bits (level 128), padded with -1 to a multiple of SIMD; that of a convolutional one
 * reads x = (byte - 128) / 128 in 8 bits, and its thresholds have 8 fractional bits. Where weights, inputs and activations have one bit, a neuron
 * counts the synapses whose bits agree, p = (nIn + sum w x) / 2, and fires if p > threshold; else its sum is s = sum w x, and an activation of
 * two bits is -1 + the number of its two thresholds below s (bnn/src/library/hls/activations.hpp, bnn/src/network/NETWORK/hw/top.cpp). A 2 x 2
 * maximum follows where the next layer reads half the rows. The last layer's p - threshold (s - threshold) are the scores of the classes, of
 * which there are as many as classes.txt has lines; the neurons behind them are padding.
 */
import { parseTar } from '../../../common/archive/tar.js';
import { unpack } from '../../../common/archive/unpack.js';
import { decodeText } from '../../../common/decode-text.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../../../common/diagnostics.js';
import type { NetworkGraph, NetworkNode } from '../../../ir/network/types.js';
import { throwIfUnsound } from '../check-import.js';
import type { ForeignFile, Frontend, ImportedNetwork, ImportedOperator } from '../frontend.js';
import { BNN_PYNQ, isHeader } from './entry.js';
import { type LayerConfig, readConfig } from './config.js';
import { fileValues } from './file-values.js';
import { type LayerParameters, readParameters } from './parameters.js';

/** Parameters of the largest published network are 0.2 MB; this is far above any of the kind. */
const MAX_BYTES = 1 << 28;
const MAX_TEXT = 1 << 20;

export const bnnPynq: Frontend = {
  ...BNN_PYNQ,
  read: async (file, { weights }) =>
    readNetwork(file, await (isHeader(file.bytes) ? apart(file, weights) : filesOf(file))),
};

/** A header, and the parameters that stand apart: the overlays of the published networks have the one, their folders of parameters the others. */
async function apart(
  { bytes, place }: ForeignFile,
  weights: ForeignFile | undefined,
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (weights === undefined)
    return fail(
      'missing-weights',
      place,
      'a header without its parameters',
      'name their folder, or the .tar.gz of it, with --weights',
    );
  if (weights.names === undefined && !(weights.bytes[0] === 0x1f && weights.bytes[1] === 0x8b))
    return fail('bad-weights', weights.place, 'it is no folder and no .tar.gz', 'pass the folder of the parameters');
  const files = [...(await filesOf(weights))].filter(([name]) => !isConfig(name));
  const name = place.slice(place.lastIndexOf('/') + 1);
  return new Map([...files, [isConfig(name) ? name : 'config.h', bytes]]);
}

const isConfig = (name: string): boolean => /config.*\.h$/.test(name);

/** The files of the folder or archive by their names, without folders: parameters of two networks in one are refused by their sizes. */
async function filesOf(file: ForeignFile): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, bytes: Uint8Array): void => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (files.has(name))
      fail('two-networks', file.place, `it has two files named ${name}`, 'pass the folder of one network');
    files.set(name, bytes);
  };
  if (file.names === undefined) {
    for (const { name, bytes } of parseTar(unpack(file.bytes, 'gzip', MAX_BYTES, file.place), file.place))
      add(name, bytes);
    return files;
  }
  let left = MAX_BYTES;
  for (const name of file.names.filter((path) => /\.(bin|h|txt)$/.test(path))) {
    const bytes = await file.beside(name, left);
    if (bytes === undefined) continue;
    left -= bytes.length;
    add(name, bytes);
  }
  return files;
}

function readNetwork({ place }: ForeignFile, files: ReadonlyMap<string, Uint8Array>): ImportedNetwork {
  const header = [...files].find(([name]) => isConfig(name));
  if (header === undefined) {
    const message = 'there is no config.h among its files, which says how the parameters are folded';
    const remedy =
      'pass the config.h of the overlay as the model, and the parameters with --weights; or put it into their folder';
    fail('missing-config', place, message, remedy);
  }
  const [headerName, headerBytes] = header;
  const text = decodeText(headerBytes.subarray(0, MAX_TEXT), `${place}: ${headerName}`);
  const { layers, findings } = readConfig(text, `${place}: ${headerName}`);
  const all: Diagnostic[] = [...findings, ...unsupported(layers, place)];
  const classes = files.get('classes.txt');
  if (classes === undefined)
    all.push(errorAt('missing-classes', place, 'there is no classes.txt', 'put one name per line'));
  throwIfErrors(all);
  const read = layers.map((config) => readParameters(config, (name) => files.get(name), place));
  throwIfErrors(read.flatMap((layer) => layer.findings));
  const nClasses = lines(decodeText((classes ?? new Uint8Array(0)).subarray(0, MAX_TEXT), `${place}: classes.txt`));
  const last = layers.at(-1);
  if (last === undefined || nClasses < 1 || nClasses > last.nOut) {
    fail(
      'bad-classes',
      `${place}: classes.txt`,
      `${nClasses} names for ${last?.nOut ?? 0} outputs`,
      'put one name per line',
    );
  }
  const parameters = read.map((layer) => layer.parameters);
  return build(headerName, layers, parameters, nClasses, place);
}

const lines = (text: string): number => text.split(/\r?\n/).filter((line) => line.trim() !== '').length;

function unsupported(layers: readonly LayerConfig[], place: string): readonly Diagnostic[] {
  return layers.flatMap((layer, l) => {
    const { index, weightBits, activationBits, fractionBits } = layer;
    const isLast = l === layers.length - 1;
    const inputBits = inputBitsOf(layers, l);
    const isKnown = activationBits === 2 || (activationBits === 1 && weightBits === 1 && inputBits !== 2);
    const isWhole = fractionBits.every((bits) => bits === 0);
    if (weightBits <= 2 && (isLast || isKnown) && isWhole) return [];
    const bits = isWhole
      ? `weights of ${weightBits} and activations of ${activationBits} bits on inputs of ${inputBits}`
      : `${fractionBits[0]} and ${fractionBits[1]} bits of weights and activations behind the point`;
    const message = `layer ${index} has ${bits}; the overlays that are known are W1A1, W1A2 and W2A2, in whole numbers`;
    return [errorAt('unsupported-bits', place, message, 'export the network as one of these')];
  });
}

/** Bits of what a layer reads: pixels of 8, or bits, then activations. */
function inputBitsOf(layers: readonly LayerConfig[], l: number): number {
  const before = layers[l - 1];
  if (before !== undefined) return before.activationBits;
  return layers[l]?.window === undefined ? 1 : 8;
}

function build(
  configName: string,
  layers: readonly LayerConfig[],
  parameters: readonly LayerParameters[],
  nClasses: number,
  place: string,
): ImportedNetwork {
  const [first] = layers;
  if (first === undefined) throw new UserError([errorAt('bad-config', place, 'no layers', 'pass another folder')]);
  const isImage = first.window !== undefined;
  const side = isImage ? first.window.input : 28;
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: isImage ? [side, side, first.window.channels] : [28, 28, 1] },
    {
      kind: 'encode',
      id: 'code',
      input: 'image',
      code: isImage ? { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 / 128 } : { kind: 'threshold', level: 128 },
    },
  ];
  const operators: ImportedOperator[] = [];
  const findings: Diagnostic[] = [];
  let from = 'code';
  let isFlat = false;
  layers.forEach((layer, l) => {
    const id = `layer${l}`;
    const { weights, thresholds } = parameters[l]!;
    const isLast = l === layers.length - 1;
    const reads = { ...layer, isFirst: l === 0, isImage, isLast, inputBits: inputBitsOf(layers, l) };
    const made: string[] = [];
    const push = (node: NetworkNode): void => {
      nodes.push(node);
      made.push(node.id);
      from = node.id;
    };
    const nOut = isLast ? nClasses : layer.nOut;
    const { used, ...linear } = sums(reads, weights, thresholds, nOut);
    const weightBits = layer.weightBits === 1 ? 1 : 2;
    const activate = (): void => {
      const [to, input] = [`${id}.activation`, id];
      if (layer.activationBits === 1) push({ kind: 'sign', id: `${id}.sign`, input });
      else push({ kind: 'quantise', id: to, input, step: 1, bits: 2, signed: true, levels: [-1, 1] });
    };
    if (layer.window === undefined) {
      if (!isFlat) push({ kind: 'flatten', id: `${id}.flat`, input: from });
      isFlat = true;
      push({ kind: 'dense', id, input: from, nOut, weights: used, weightBits, ...linear });
    } else {
      const { size, output } = layer.window;
      const window = { window: [size, size], stride: [1, 1], padding: [0, 0, 0, 0] } as const;
      push({
        kind: 'conv2d',
        id,
        input: from,
        ...window,
        nOut,
        groups: 1,
        padValue: 0,
        weights: used,
        weightBits,
        ...linear,
      });
      if (isLast) push({ kind: 'flatten', id: `${id}.flat`, input: from });
      const next = layers[l + 1]?.window?.input ?? output;
      if (!isLast) activate();
      if (!isLast && next !== output && Math.floor(output / 2) === next) {
        push({ kind: 'maxPool', id: `${id}.pool`, input: from, window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] });
      }
    }
    if (!isLast && layer.window === undefined) activate();
    if (!isLast && thresholds === undefined) {
      findings.push(errorAt('bad-parameters', place, `layer ${l} has no thresholds`, 'copy the parameters again'));
    }
    const operator = layer.window === undefined ? 'fully connected' : 'convolution';
    operators.push({ name: `L${l}`, operator, layers: made, fidelity: 'exact' });
  });
  throwIfErrors(findings);
  nodes.push({ kind: 'scores', id: 'scores', input: from });
  const name = /config-?(.+)\.h$/.exec(configName)?.[1] ?? 'bnn-pynq';
  const graph: NetworkGraph = { name, dialect: 'float', nodes };
  throwIfUnsound(graph, place);
  return { graph, operators, warnings: [], file: fileValues({ layers, parameters, nClasses }) };
}

interface Reads extends LayerConfig {
  readonly isFirst: boolean;
  readonly isImage: boolean;
  readonly isLast: boolean;
  readonly inputBits: number;
}

/** What goes into a layer of the network: weights without padding, and what makes its activation of their sums. */
interface Sums {
  readonly used: Int8Array;
  readonly bias: Float64Array;
  readonly scale?: Float64Array;
}

/**
 * The layer's own sums are S = sum w x, and pass a threshold where S > unit * level, both multiples of `unit` (rounded down: S lies on the grid).
 *
 *   pixels of 8 bits    S = sum w x / 128 > t / 256
 *   pixels as bits      x = 2 b - 1, S = sum w b; padding is -1, and its weights count
 *   counts              p = (nIn + S) / 2 > t
 *
 * One bit: the bias makes S at least 0 where the neuron fires. Two bits: scale and bias put the thresholds, half a step above which no sum
 * lies, on -1/2 and +1/2, where the quantiser behind rounds to -1, 0 and 1; equal thresholds leave no 0. Last: the bias takes the threshold off.
 */
function sums(reads: Reads, weights: Int8Array, thresholds: Float64Array | undefined, nOut: number): Sums {
  const { nIn, isFirst, isImage, isLast, activationBits, nThresholds } = reads;
  const isPixels = isFirst && isImage;
  const unit = isPixels ? 1 / 128 : 1;
  // No sum is larger: two bits of a weight are -2 at least, and pixels 128 units.
  const bound = nIn * 2 * (isPixels ? 128 : 1);
  const nUsed = isFirst && !isImage ? 784 : nIn;
  const used = new Int8Array(nOut * nUsed);
  const bias = new Float64Array(nOut);
  const scale = !isLast && activationBits === 2 ? new Float64Array(nOut) : undefined;
  for (let o = 0; o < nOut; o++) {
    const row = weights.subarray(o * nIn, (o + 1) * nIn);
    used.set(row.subarray(0, nUsed), o * nUsed);
    const levels = Array.from({ length: nThresholds }, (_, k) =>
      levelOf(reads, row, thresholds?.[o * nThresholds + k] ?? 0),
    );
    const steps = levels.map((level) => Math.min(Math.max(Math.floor(level), -bound - 1), bound)).sort((a, b) => a - b);
    const [low = 0, high = low] = steps;
    if (isLast) bias[o] = -(levels[0] ?? 0) * unit;
    else if (scale === undefined) bias[o] = -(low + 1) * unit;
    else {
      const slope = high > low ? 1 / (high - low) : 2;
      scale[o] = slope / unit;
      bias[o] = -((low + high + 1) / 2) * slope;
    }
  }
  const plain = bias.map((b) => b + 0);
  return { used, bias: plain, ...(scale === undefined ? {} : { scale }) };
}

/** A threshold in units of the layer's own sums; the row has its padding. */
function levelOf(reads: Reads, row: Int8Array, threshold: number): number {
  const { nIn, weightBits, activationBits, inputBits, isFirst, isImage, isLast } = reads;
  if (isFirst && isImage) return threshold / 2;
  const isCounted = weightBits === 1 && inputBits === 1 && (isLast || activationBits === 1);
  if (!isFirst) return isCounted ? 2 * threshold - nIn : threshold;
  if (isCounted) return threshold - row.reduce((n, w) => n + (w < 0 ? 1 : 0), 0);
  return (threshold + row.reduce((sum, w) => sum + w, 0)) / 2;
}
