/**
 * Binary networks of Xilinx BNN-PYNQ (W1A1): a folder, or a .tar.gz of one, with `config.h`, `classes.txt` and the packed parameters.
 *
 * Layer 0 of a fully connected network reads pixels as bits (level 128), padded with -1 to a multiple of SIMD; that of a convolutional one
 * reads x = (byte - 128) / 128 in 8 bits, and its thresholds have 8 fractional bits. A neuron counts the synapses whose bits agree, p = (nIn + sum
 * w x) / 2, and fires if p > threshold. A 2 x 2 maximum follows where the next layer reads half the rows. The last layer's p - threshold
 * are the scores of the classes, of which there are as many as classes.txt has lines; the neurons behind them are padding.
 */
import { parseTar } from '../../../common/archive/tar.js';
import { unpack } from '../../../common/archive/unpack.js';
import { decodeText } from '../../../common/decode-text.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../../../common/diagnostics.js';
import type { NetworkGraph, NetworkNode } from '../../../ir/network/types.js';
import { throwIfUnsound } from '../check-import.js';
import type { ForeignFile, Frontend, ImportedNetwork, ImportedOperator } from '../frontend.js';
import { BNN_PYNQ } from './entry.js';
import { type LayerConfig, readConfig } from './config.js';
import { type LayerParameters, readParameters } from './parameters.js';

/** Parameters of the largest published network are 0.2 MB; this is far above any of the kind. */
const MAX_BYTES = 1 << 28;
const MAX_TEXT = 1 << 20;

export const bnnPynq: Frontend = {
  ...BNN_PYNQ,
  read: async (file) => readNetwork(file, await filesOf(file)),
};

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
  const header = [...files].find(([name]) => /config.*\.h$/.test(name));
  if (header === undefined) {
    const message = 'there is no config.h among its files, which says how the parameters are folded';
    fail('missing-config', place, message, 'put the config.h of the overlay into the folder of the parameters');
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
  return layers.flatMap(({ index, weightBits, activationBits }) => {
    const isLast = index === layers.length - 1;
    if (weightBits === 1 && (activationBits === 1 || isLast)) return [];
    const message = `layer ${index} has weights of ${weightBits} and activations of ${activationBits} bits; read are those of one bit (W1A1)`;
    return [errorAt('unsupported-bits', place, message, 'export the network with one-bit weights and activations')];
  });
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
    const reads = { ...layer, isFirst: l === 0, isImage, isLast };
    const made: string[] = [];
    const push = (node: NetworkNode): void => {
      nodes.push(node);
      made.push(node.id);
      from = node.id;
    };
    const nOut = isLast ? nClasses : layer.nOut;
    const { used, bias } = sums(reads, weights, thresholds, nOut);
    if (layer.window === undefined) {
      if (!isFlat) push({ kind: 'flatten', id: `${id}.flat`, input: from });
      isFlat = true;
      push({ kind: 'dense', id, input: from, nOut, weights: used, weightBits: 1, bias });
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
        weightBits: 1,
        bias,
      });
      if (isLast) push({ kind: 'flatten', id: `${id}.flat`, input: from });
      const next = layers[l + 1]?.window?.input ?? output;
      if (!isLast) push({ kind: 'sign', id: `${id}.sign`, input: id });
      if (!isLast && next !== output && Math.floor(output / 2) === next) {
        push({ kind: 'maxPool', id: `${id}.pool`, input: from, window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] });
      }
    }
    if (!isLast && layer.window === undefined) push({ kind: 'sign', id: `${id}.sign`, input: id });
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
  return { graph, operators, warnings: [] };
}

interface Reads extends LayerConfig {
  readonly isFirst: boolean;
  readonly isImage: boolean;
  readonly isLast: boolean;
}

/**
 * Weights without padding, and the bias with which a sum is at least 0 where the neuron fires (or, last, twice p - threshold). With x in {-1,
 * +1}: p > t is sum w x >= 2 t - nIn + 1. Pixels are bits b = (x + 1) / 2: p = sum w b + (number of weights -1, padding included, which is
 * -1 too). Pixels of 8 bits: sum w x > t / 256, sums are multiples of 1/128.
 */
function sums(
  { nIn, isFirst, isImage, isLast }: Reads,
  weights: Int8Array,
  thresholds: Float64Array | undefined,
  nOut: number,
): { readonly used: Int8Array; readonly bias: Float64Array } {
  const nUsed = isFirst && !isImage ? 784 : nIn;
  const used = new Int8Array(nOut * nUsed);
  const bias = new Float64Array(nOut);
  for (let o = 0; o < nOut; o++) {
    const row = weights.subarray(o * nIn, (o + 1) * nIn);
    used.set(row.subarray(0, nUsed), o * nUsed);
    const t = thresholds?.[o] ?? 0;
    if (isFirst && isImage) bias[o] = -(Math.floor(t / 2) + 1) / 128;
    else if (isFirst) bias[o] = row.reduce((n, w) => n + (w < 0 ? 1 : 0), 0) - t - 1;
    else if (isLast) bias[o] = nIn - 2 * t;
    else bias[o] = nIn - 2 * t - 1;
  }
  return { used, bias: bias.map((b) => b + 0) };
}
