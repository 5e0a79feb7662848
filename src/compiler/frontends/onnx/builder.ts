/**
 * Builds the network literally: every value keeps the order of elements that the file has (channels before rows and columns), without its batch
 * dimension. Layers that want channels last are put between two rearrangements; normalise.ts takes out what cancels.
 */
import { shapeAfter, sizeOf } from '../../../ir/network/shapes.js';
import { quantiseLevels } from '../../../ir/network/quantise.js';
import {
  type BitWidth,
  inputsOf,
  type NetworkNode,
  type NodeId,
  type QuantiserRounding,
  type Shape,
} from '../../../ir/network/types.js';
import type { FunctionName } from '../../../ir/network/functions.js';
import type { NameMaker } from '../../fresh-names.js';
import { type Affine, affineAfter, type AffineStep, isIdentity } from './affine.js';
import { type Code, type Dims, elements, isPermutation, refuse, transposedIndex, type Value } from './values.js';

/** Bounds on values; far above what a chip holds. */
const MAX_ELEMENTS = 1 << 22;
const MAX_RANK = 6;
/** Elements of all index lists together: 256 MiB. */
const MAX_INDEX = 1 << 26;

/** What a quantiser does to real numbers, as operators say it. */
export interface QuantiserSpec {
  readonly step: number;
  readonly low: number;
  readonly high: number;
  readonly rounding: QuantiserRounding;
}

/** Distributes `Omit` over the kinds of layers. */
type Draft<T> = T extends NetworkNode ? Omit<T, 'id'> : never;

/** The network while it grows. */
export class NetworkBuilder {
  readonly nodes: NetworkNode[] = [];
  readonly #fresh: NameMaker;
  readonly #shapes = new Map<NodeId, Shape>();
  readonly #affines = new Map<NodeId, { readonly source: Value; readonly affine: Affine }>();
  readonly #transposed = new Map<string, Int32Array>();
  #wanted = 'layer';
  #indexed = 0;

  constructor(fresh: NameMaker) {
    this.#fresh = fresh;
  }

  /** Names of the next layers begin like this. */
  startOperator(name: string): void {
    this.#wanted = layerName(name);
  }

  /** Adds a layer and returns its name. */
  add(draft: Draft<NetworkNode>, suffix = ''): NodeId {
    return this.addNode({ ...draft, id: this.#fresh(this.#wanted + suffix) });
  }

  /** Adds a layer that has a name. */
  addNode(node: NetworkNode): NodeId {
    const shapes = inputsOf(node).map((id) => this.shape(id));
    const shape = shapeAfter(node, shapes);
    if (sizeOf(shape) > MAX_ELEMENTS) {
      refuse(`its result [${shape.join(', ')}] has more than ${MAX_ELEMENTS} elements`, 'use smaller inputs');
    }
    if (shape.some((n) => !(n >= 1))) refuse(`its result [${shape.join(', ')}] has no elements`, 'correct the shapes');
    this.nodes.push(node);
    this.#shapes.set(node.id, shape);
    return node.id;
  }

  shape(id: NodeId): Shape {
    return this.#shapes.get(id) ?? [];
  }

  /** Elements of a value at other places, -1 for `fill`. */
  rearranged(id: NodeId, shape: Shape, index: Int32Array | undefined, fill = 0): NodeId {
    const isSame = this.shape(id).join() === shape.join();
    if (index === undefined && isSame) return id;
    return this.add(
      {
        kind: 'rearrange',
        input: id,
        shape,
        ...(index === undefined ? {} : { index }),
        ...(fill === 0 ? {} : { fill }),
      },
      '.order',
    );
  }

  /** A value in another order of its dimensions, as a layer of the shape `shape`. */
  permuted(id: NodeId, dims: Dims, permutation: readonly number[], shape: Shape): NodeId {
    const index = this.#permutation(dims, permutation);
    return this.rearranged(id, shape, index);
  }

  /** A result with the elements of a value at other places. */
  moved(value: Value, dims: Dims, index: Int32Array | undefined, fill = 0): Value {
    const shape = layerShape(dims);
    if (index !== undefined) this.#count(index.length);
    return { ...value, dims, id: this.rearranged(value.id, shape, index, fill) };
  }

  /** A result of a layer that has another order: dimension i of what the layer gives is dimension permutation[i] of `dims`. */
  restored(id: NodeId, dims: Dims, permutation: readonly number[]): Value {
    const inverse = permutation.map((_, a) => permutation.indexOf(a));
    const from = permutation.map((a) => dims[a]!);
    return value(this.permuted(id, from, inverse, layerShape(dims)), dims);
  }

  /** Applies a layer with the dimension `axis` last, in the shape [others, channels]. */
  along(input: Value, axis: number, layer: (id: NodeId, channels: number) => NodeId): Value {
    const { dims } = input;
    const channels = dims[axis] ?? 1;
    const permutation = [...dims.keys()].filter((a) => a !== axis);
    if (dims.length > 0) permutation.push(axis);
    const id = this.permuted(input.id, dims, permutation, [elements(dims) / channels, channels]);
    return { ...input, ...this.restored(layer(id, channels), dims, permutation) };
  }

  /** A layer on every element by itself. */
  each(input: Value, layer: (id: NodeId) => Draft<NetworkNode>): Value {
    return { ...input, id: this.add(layer(input.id)) };
  }

  named(input: Value, name: FunctionName, parameters: readonly number[] = []): Value {
    return this.each(this.plain(input), (id) => ({
      kind: 'function',
      input: id,
      function: name,
      ...(parameters.length === 0 ? {} : { parameters: Float64Array.from(parameters) }),
    }));
  }

  /** The elements themselves: neither a factor nor a code is left to do. */
  plain(input: Value): Value {
    const { code, factor } = input;
    const bare = value(input.id, input.dims);
    if (code !== undefined) {
      const { scale, zeroPoint } = code;
      const divided = this.affine(bare, { kind: 'divide', axis: undefined, by: Float64Array.of(scale) });
      return this.affine(divided, { kind: 'add', axis: undefined, by: Float64Array.of(zeroPoint) });
    }
    if (factor === 1) return input;
    return this.affine(bare, { kind: 'multiply', axis: undefined, by: Float64Array.of(factor) });
  }

  /** A value whose factor does not matter: signs are those of the numbers without it. */
  unfactored(input: Value): Value {
    return input.code === undefined ? value(input.id, input.dims) : this.plain(input);
  }

  /** Like `plain`, but a factor may stay: for layers that take it into their scale. */
  plainCode(input: Value): Value {
    return input.code === undefined ? input : this.plain(input);
  }

  /** A sum, difference, product or quotient with constants: joins the one before it where that changes no rounding. */
  affine(input: Value, step: AffineStep): Value {
    if (isIdentity(step)) return input;
    const before = this.#affines.get(input.id);
    const joined = before === undefined ? undefined : affineAfter(before.affine, step);
    const source = joined === undefined ? input : (before?.source ?? input);
    const affine = joined ?? affineAfter(undefined, step);
    if (affine === undefined) return input;
    const result = this.#normed(source, affine);
    this.#affines.set(result.id, { source, affine });
    return result;
  }

  /** Rounds to levels of a step; levels that 8 bits do not tell apart are a function, for which a chip has no layer. */
  quantised(input: Value, spec: QuantiserSpec): Value {
    const { step, low, high } = spec;
    const lowered = spec.rounding === 'floor' ? this.#raisedBy(input, step / 2) : undefined;
    const real = this.plain(lowered ?? input);
    // Half a step more, then down: halves go up.
    const rounding = lowered === undefined ? spec.rounding : 'halfUp';
    const bits = bitsFor(low, high);
    if (bits === undefined) {
      const divided = this.affine(real, { kind: 'divide', axis: undefined, by: Float64Array.of(step) });
      const rounded = this.named(divided, rounding === 'floor' || rounding === 'ceil' ? rounding : 'roundHalfEven');
      const clipped = this.each(rounded, (id) => ({ kind: 'clip', input: id, min: low, max: high }));
      return this.affine(clipped, { kind: 'multiply', axis: undefined, by: Float64Array.of(step) });
    }
    const signed = low < 0;
    const plain = { step, bits, signed };
    const [least, most] = quantiseLevels(plain);
    return this.each(real, (id) => ({
      kind: 'quantise',
      input: id,
      ...plain,
      ...(low === least && high === most ? {} : { levels: [low, high] as const }),
      rounding,
    }));
  }

  /** The quantiser whose result this is, with fewer levels; undefined where it is none. */
  tightened(id: NodeId, low: number, high: number): NodeId | undefined {
    const node = this.nodes.find((other) => other.id === id);
    if (node?.kind !== 'quantise') return undefined;
    const [least, most] = quantiseLevels(node);
    const levels = [Math.max(least, Math.round(low)), Math.min(most, Math.round(high))] as const;
    if (levels[0] > levels[1]) return undefined;
    const { input, step, rounding } = node;
    return this.quantised(value(input, this.shape(input)), {
      step,
      low: levels[0],
      high: levels[1],
      rounding: rounding ?? 'halfUp',
    }).id;
  }

  /** A value that is only multiplied by a positive number, without that: linear layers take it into their scale. */
  unscaled(input: Value): Value {
    const before = this.#affines.get(input.id);
    if (before === undefined || before.affine.axis !== undefined) return input;
    const { mean, divide, gamma, beta } = before.affine;
    const factor = (gamma[0] ?? 1) / (divide[0] ?? 1);
    if (mean[0] !== 0 || beta[0] !== 0 || !(factor > 0)) return input;
    return { ...before.source, dims: input.dims, factor: input.factor * factor };
  }

  /** The value that this one is with one number added to every element; undefined where it is another. */
  #raisedBy(input: Value, by: number): Value | undefined {
    const before = this.#affines.get(input.id);
    if (before === undefined || input.factor !== 1 || input.code !== undefined) return undefined;
    const { axis, mean, divide, gamma, beta } = before.affine;
    const isSum = axis === undefined && mean[0] === 0 && divide[0] === 1 && gamma[0] === 1 && beta[0] === by;
    return isSum ? { ...before.source, dims: input.dims } : undefined;
  }

  #normed(source: Value, { axis, mean, divide, gamma, beta }: Affine): Value {
    const spread = (a: Float64Array, n: number): Float64Array =>
      a.length === n ? a : new Float64Array(n).fill(a[0] ?? 0);
    const layer = (id: NodeId, n: number): NodeId =>
      this.add({
        kind: 'batchNorm',
        input: id,
        gamma: spread(gamma, n),
        beta: spread(beta, n),
        mean: spread(mean, n),
        variance: spread(divide, n).map((d) => d * d),
        epsilon: 0,
      });
    if (axis === 'element') {
      const n = elements(source.dims);
      const flat = this.rearranged(source.id, [n], undefined);
      return value(this.rearranged(layer(flat, n), layerShape(source.dims), undefined), source.dims);
    }
    if (axis === undefined) return value(layer(source.id, this.shape(source.id).at(-1) ?? 1), source.dims);
    return this.along(value(source.id, source.dims), axis, layer);
  }

  #permutation(dims: Dims, permutation: readonly number[]): Int32Array | undefined {
    if (!isPermutation(permutation, dims.length)) refuse(`the permutation [${permutation.join(', ')}]`, 'correct it');
    // Dimensions of 1 may move freely.
    const real = permutation.filter((a) => dims[a]! > 1);
    if (real.every((a, i) => i === 0 || a > real[i - 1]!)) return undefined;
    const key = `${dims.join()}:${permutation.join()}`;
    const known = this.#transposed.get(key);
    if (known !== undefined) return known;
    this.#count(elements(dims));
    const index = transposedIndex(dims, permutation);
    this.#transposed.set(key, index);
    return index;
  }

  #count(entries: number): void {
    this.#indexed += entries;
    if (this.#indexed > MAX_INDEX) refuse('its network moves more elements than are read', 'use smaller inputs');
  }
}

/** A value without a factor or a code. */
export const value = (id: NodeId, dims: Dims, code?: Code): Value => ({
  kind: 'value',
  id,
  dims,
  factor: 1,
  ...(code === undefined ? {} : { code }),
});

/** The shape of the layer that holds a value: without the batch. */
export function layerShape(dims: Dims): Shape {
  if (dims.length > MAX_RANK) refuse(`a tensor of ${dims.length} dimensions`, `use at most ${MAX_RANK}`);
  if (elements(dims) === 0) refuse('a tensor without elements', 'correct the shapes');
  if (dims.length === 0) return [1];
  return dims.length > 1 && dims[0] === 1 ? dims.slice(1) : dims;
}

const WIDTHS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** The narrowest width that tells levels apart. */
const bitsFor = (low: number, high: number): BitWidth | undefined => WIDTHS.find((bits) => high - low < 2 ** bits);

/** A name of the file as that of a layer. */
export function layerName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_./-]/g, '_').slice(0, 100);
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}
