/**
 * What a network needs to be kept: bits of its weights, of its other numbers and of the values between its layers, and how many weights are 0.
 *
 * Weights count with the width they are declared to have, else with the narrowest that holds them (one bit: -1 and +1); other integers with the
 * narrowest of their list, two's complement where one is below 0; real numbers as 32 bits, which is what most tools store.
 */
import { present } from '../../common/assert.js';
import { networkMacs } from './macs.js';
import { inferRanges, wholeRange } from './ranges.js';
import { inferShapes, sizeOf } from './shapes.js';
import { type BitWidth, inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type Shape } from './types.js';
import { fitsBits } from './verify-node.js';

/** Bits of a real number. */
const REAL_BITS = 32;

/** Some numbers of a layer. */
export interface Stored {
  readonly count: number;
  readonly bits: number;
}

/** Weights of a layer. */
export interface StoredWeights extends Stored {
  /** Of one weight; {@link REAL_BITS} for real ones. */
  readonly width: number;
  readonly isReal: boolean;
  /** Weights that are 0: those that stand for 0 where there is a zero point. */
  readonly zeros: number;
}

/** Values that a layer hands on. */
export interface StoredValues extends Stored {
  /** Of one value; {@link REAL_BITS} for real ones. */
  readonly width: number;
  readonly isReal: boolean;
}

/** A layer. */
export interface LayerFootprint {
  readonly id: NodeId;
  readonly kind: NetworkNode['kind'];
  readonly inputs: readonly NodeId[];
  readonly shape: Shape;
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  readonly weights?: StoredWeights;
  /** Thresholds, biases, scales, statistics, tables. */
  readonly constants: Stored;
  readonly values: StoredValues;
}

/** A network. */
export interface NetworkFootprint {
  readonly layers: readonly LayerFootprint[];
  readonly macs: number;
  readonly weights: Stored & { readonly zeros: number };
  readonly constants: Stored;
  /** The values of all layers, and the most bits of them that are needed at one time when the layers go one after the other, with the layer that goes then. */
  readonly values: Stored & { readonly most: number; readonly mostAt: NodeId };
}

/** Footprint of a verified network of either dialect. */
export function networkFootprint(graph: NetworkGraph): NetworkFootprint {
  const shapes = inferShapes(graph);
  const macs = networkMacs(graph);
  const widths = valueWidths(graph);
  const layers = graph.nodes.map((node): LayerFootprint => {
    const shape = present(shapes.get(node.id), `shape of ${node.id}`);
    const weights = storedWeights(node);
    const found = widths.get(node.id);
    const width = found ?? REAL_BITS;
    const count = sizeOf(shape);
    return {
      ...{ id: node.id, kind: node.kind, inputs: inputsOf(node), shape, macs: macs.get(node.id) ?? 0 },
      ...(weights === undefined ? {} : { weights }),
      constants: storedConstants(node, graph.dialect === 'float'),
      values: { count, width, isReal: found === undefined, bits: count * width },
    };
  });
  const sum = (of: (layer: LayerFootprint) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  return {
    layers,
    macs: sum((layer) => layer.macs),
    weights: {
      count: sum(({ weights }) => weights?.count ?? 0),
      bits: sum(({ weights }) => weights?.bits ?? 0),
      zeros: sum(({ weights }) => weights?.zeros ?? 0),
    },
    constants: { count: sum(({ constants }) => constants.count), bits: sum(({ constants }) => constants.bits) },
    values: {
      count: sum(({ values }) => values.count),
      bits: sum(({ values }) => values.bits),
      ...mostAtOnce(layers),
    },
  };
}

/** Bits of integers within bounds: two's complement where there are negative ones; at least 1. */
export function bitsOfRange(low: number, high: number): number {
  if (low >= 0) return Math.max(1, Math.ceil(Math.log2(high + 1)));
  return 1 + Math.max(Math.ceil(Math.log2(-low)), high <= 0 ? 0 : Math.ceil(Math.log2(high + 1)));
}

const WIDTHS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** The narrowest width of integer weights: one bit where they are -1 and +1. */
export function narrowestBits(weights: Int8Array): BitWidth {
  // Of the 256 weights there are, which ones occur: there may be a hundred million to look at.
  const occurs = new Uint8Array(256);
  for (const w of weights) occurs[w + 128] = 1;
  return WIDTHS.find((bits) => occurs.every((is, w) => is === 0 || fitsBits(w - 128, bits))) ?? 8;
}

function storedWeights(node: NetworkNode): StoredWeights | undefined {
  switch (node.kind) {
    case 'dense':
    case 'conv2d': {
      const { weights, weightZeroPoint, weightBits, nOut } = node;
      return weightsOf(weights, weightBits, weightZeroPoint, nOut);
    }
    case 'embedding':
      return weightsOf(node.table);
    case 'blockDense': {
      const parts = node.blocks.map(({ weights }) => weightsOf(weights));
      const width = parts.reduce((most, part) => Math.max(most, part.width), 1);
      const count = parts.reduce((total, part) => total + part.count, 0);
      const zeros = parts.reduce((total, part) => total + part.zeros, 0);
      return { count, width, zeros, bits: count * width, isReal: false };
    }
    default:
      return undefined;
  }
}

function weightsOf(
  weights: Int8Array | Float32Array,
  declared?: BitWidth,
  zeroPoint?: Int8Array,
  nOut = 1,
): StoredWeights {
  const isReal = weights instanceof Float32Array;
  const width = isReal ? REAL_BITS : (declared ?? narrowestBits(weights));
  const fanIn = weights.length / nOut;
  let zeros = 0;
  for (let k = 0; k < weights.length; k++) {
    const zero = zeroPoint === undefined ? 0 : zeroPoint[Math.floor(k / fanIn) % zeroPoint.length]!;
    if (weights[k] === zero) zeros++;
  }
  return { count: weights.length, width, bits: weights.length * width, isReal, zeros };
}

/** Fields that are no numbers of a layer: its weights, and which elements it reads. */
const NO_CONSTANTS: readonly string[] = ['weights', 'blocks', 'index'];

function storedConstants(node: NetworkNode, isFloat: boolean): Stored {
  const skipped = node.kind === 'embedding' ? [...NO_CONSTANTS, 'table'] : NO_CONSTANTS;
  const fields = Object.entries(node).filter(([key]) => !skipped.includes(key));
  const lists = fields.flatMap(([, value]) => listsIn(value));
  return lists.reduce(
    ({ count, bits }, list) => ({ count: count + list.length, bits: bits + list.length * widthOf(list, isFloat) }),
    { count: 0, bits: 0 },
  );
}

type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

const isNumbers = (value: unknown): value is Numbers =>
  [Int8Array, Uint8Array, Int16Array, Int32Array, Float32Array, Float64Array].some((type) => value instanceof type);

/** All arrays of numbers in a value, however deep: those of neurons are. */
function listsIn(value: unknown): readonly Numbers[] {
  if (isNumbers(value)) return [value];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).flatMap((field: unknown) => listsIn(field));
}

/** Bits of one number of a list. */
function widthOf(list: Numbers, isFloat: boolean): number {
  const mayBeReal = list instanceof Float32Array || list instanceof Float64Array;
  if (mayBeReal && (isFloat || !list.every((v) => Number.isInteger(v)))) return REAL_BITS;
  let [low, high] = [Infinity, -Infinity];
  for (const v of list) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return list.length === 0 ? 0 : bitsOfRange(low, high);
}

/** Bits of one value of each layer; nothing for real ones. */
function valueWidths(graph: NetworkGraph): ReadonlyMap<NodeId, number> {
  const widths = new Map<NodeId, number>();
  if (graph.dialect === 'integer') {
    for (const [id, range] of inferRanges(graph)) widths.set(id, bitsOfRange(...wholeRange(range)));
    return widths;
  }
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => widths.get(id));
    const width = floatWidth(node, inputs);
    if (width !== undefined) widths.set(node.id, width);
  }
  return widths;
}

/** Bits of a value of the float dialect: of those that take few values, how many say which one it is. */
function floatWidth(node: NetworkNode, inputs: readonly (number | undefined)[]): number | undefined {
  switch (node.kind) {
    case 'input':
      return 8;
    case 'encode':
      return node.code.kind === 'integer' || node.code.kind === 'rate' ? node.code.bits : 1;
    case 'sign':
    case 'step':
      return 1;
    case 'quantise':
      return node.bits;
    case 'neuron':
      return node.spike === undefined ? undefined : 1;
    case 'relu':
    case 'clip':
    case 'maxPool':
    case 'flatten':
    case 'rearrange':
    case 'delay':
    case 'extremum':
    case 'concat':
      return inputs.reduce((most, width) =>
        most === undefined || width === undefined ? undefined : Math.max(most, width),
      );
    default:
      return undefined;
  }
}

/** The layer at which most bits of values are needed: its own, those that it reads, and those that later layers read. */
function mostAtOnce(layers: readonly LayerFootprint[]): { readonly most: number; readonly mostAt: NodeId } {
  const last = new Map<NodeId, number>();
  layers.forEach(({ inputs }, i) => {
    for (const id of inputs) last.set(id, Math.max(i, last.get(id) ?? 0));
  });
  let [most, mostAt] = [0, ''];
  layers.forEach(({ id: at }, i) => {
    const held = layers.slice(0, i + 1).filter(({ id }, j) => j === i || (last.get(id) ?? -1) >= i);
    const bits = held.reduce((total, { values }) => total + values.bits, 0);
    if (bits > most) [most, mostAt] = [bits, at];
  });
  return { most, mostAt };
}
