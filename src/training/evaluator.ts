/**
 * Runs a network of the float dialect on batches, fast: the reference is the interpreter, and both agree bit for bit where the
 * weights are integers. From quantise, sign or step to the next layer a value is an integer on a grid; products of integer
 * matrices are exact in float32 as long as every sum stays below 2^24. Everything else is float64 in the order of operations
 * that defines the dialect. Only real weights multiply in float32, and so may differ in the last bits; with `realProducts:
 * 'float32'` so do real values, by the library in place of a loop.
 */
import { assert, assertNever, present } from '../common/assert.js';
import { averageWindows } from '../ir/network/average.js';
import { batchNormFunction } from '../ir/network/batch-norm.js';
import { channelsOf, inferShapes, sizeOf } from '../ir/network/shapes.js';
import {
  type BlockDenseNode,
  type Conv2dNode,
  type DenseNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type NodeKind,
  type Shape,
} from '../ir/network/types.js';
import { unitOf } from './batches.js';
import { transposeInto } from './layers/dense.js';
import { poolTaps } from './layers/pool.js';
import { copyTaps, tapsOf } from './layers/taps.js';
import { product, type ProductSizes } from './layers/tensor-data.js';
import { levelsOf } from './projection.js';

/** A batch of values: integers q that stand for (unit * q) / divisor, or real numbers where there is no grid. */
interface Value {
  readonly values: Float64Array;
  readonly grid: Grid | undefined;
}

interface Grid {
  readonly unit: number;
  readonly divisor: number;
}

/** Called with the real numbers of every layer, [batch, shape], for as long as the call lasts. */
export type Visit = (id: NodeId, values: Float64Array) => void;

/** A network ready to run on batches. */
export interface Evaluator {
  readonly graph: NetworkGraph;
  /** Features the output layer reads, [batch, nFeatures], of coded images (see `makeBatch`). */
  run(coded: Float32Array, visit?: Visit): Float64Array;
}

/** Kinds of layers that {@link createEvaluator} knows. */
export const EVALUATED_KINDS: readonly NodeKind[] = [
  ...(['input', 'encode', 'dense', 'blockDense', 'conv2d', 'batchNorm', 'sign', 'step', 'relu', 'quantise'] as const),
  ...(['maxPool', 'avgPool', 'flatten', 'add', 'concat', 'votes', 'scores'] as const),
];

/** How real values, those without a grid, are multiplied with integer weights. */
export interface EvaluatorOptions {
  /** `float64`, in the order of the interpreter, unless given. */
  readonly realProducts?: RealProducts;
}

type Step = (inputs: readonly Value[], batch: number) => Value;

/** Prepares a verified network of the float dialect with layers of {@link EVALUATED_KINDS}. */
export function createEvaluator(graph: NetworkGraph, { realProducts = 'float64' }: EvaluatorOptions = {}): Evaluator {
  const shapes = inferShapes(graph);
  const shapeOf = (id: NodeId): Shape => present(shapes.get(id), `shape of "${id}"`);
  const code = graph.nodes[1];
  assert(code?.kind === 'encode', 'the second node is the input code');
  const size = sizeOf(shapeOf(code.id));
  const steps = graph.nodes.slice(2, -1).map((node) => ({
    id: node.id,
    inputs: inputsOf(node),
    step: makeStep(node, inputsOf(node).map(shapeOf), realProducts),
  }));
  const last = present(inputsOf(present(graph.nodes.at(-1), 'output'))[0], 'features');
  return {
    graph,
    run(coded, visit) {
      const batch = coded.length / size;
      const values = new Map<NodeId, Value>([
        [code.id, { values: new Float64Array(coded), grid: gridOf(unitOf(code.code)) }],
      ]);
      const valueOf = (id: NodeId): Value => present(values.get(id), `value of "${id}"`);
      for (const { id, inputs, step } of steps) {
        const value = step(inputs.map(valueOf), batch);
        values.set(id, value);
        visit?.(id, realOf(value));
      }
      return realOf(valueOf(last));
    },
  };
}

const gridOf = (unit: number, divisor = 1): Grid => ({ unit, divisor });

/** The real numbers of integers q on a grid, in the interpreter's order of operations. May be the array itself. */
function realNumbers(q: Float64Array, grid: Grid | undefined): Float64Array {
  if (grid === undefined || (grid.unit === 1 && grid.divisor === 1)) return q;
  const { unit, divisor } = grid;
  return q.map((value) => (unit * value) / divisor);
}

const realOf = ({ values, grid }: Value): Float64Array => realNumbers(values, grid);

const real = (values: Float64Array): Value => ({ values, grid: undefined });

function makeStep(node: NetworkNode, shapes: readonly Shape[], realProducts: RealProducts): Step {
  const input = shapes[0] ?? [];
  switch (node.kind) {
    case 'dense':
      return denseStep(node, sizeOf(input), realProducts);
    case 'blockDense':
      return blockDenseStep(node, sizeOf(input), realProducts);
    case 'conv2d':
      return convStep(node, input, realProducts);
    case 'batchNorm': {
      const normalise = batchNormFunction(node);
      const n = channelsOf(input);
      return ([x]) => {
        const result = realOf(present(x, 'input')).slice();
        for (let i = 0, c = 0; i < result.length; i++, c = c + 1 === n ? 0 : c + 1)
          result[i] = normalise(result[i]!, c);
        return real(result);
      };
    }
    case 'sign':
    case 'step': {
      const low = node.kind === 'sign' ? -1 : 0;
      return ([x]) => ({ values: present(x, 'input').values.map((value) => (value >= 0 ? 1 : low)), grid: gridOf(1) });
    }
    case 'relu':
      return ([x]) => ({ ...present(x, 'input'), values: present(x, 'input').values.map((v) => (v > 0 ? v : 0)) });
    case 'quantise': {
      const [low, high] = node.bits === 1 && node.signed ? [-1, 0] : levelsOf(node.bits, node.signed);
      return ([x]) => ({
        values: realOf(present(x, 'input')).map((value) =>
          Math.min(high, Math.max(low, Math.floor(value / node.step + 0.5))),
        ),
        grid: gridOf(node.step),
      });
    }
    case 'maxPool': {
      const { nIn, nOut, from, to } = poolTaps(node, input);
      return ([x], batch) => {
        const { values, grid } = present(x, 'input');
        const result = new Float64Array(batch * nOut).fill(-Infinity);
        for (let b = 0; b < batch; b++) {
          for (let t = 0; t < from.length; t++) {
            const value = values[b * nIn + from[t]!]!;
            if (value > result[b * nOut + to[t]!]!) result[b * nOut + to[t]!] = value;
          }
        }
        return { values: result, grid };
      };
    }
    case 'avgPool': {
      const { nIn, nOut, from, to } = poolTaps(node, input);
      const { counts, common } = averageWindows(node, input);
      const channels = channelsOf(input);
      const countOf = (i: number): number => counts[Math.floor((i % nOut) / channels)]!;
      return ([x], batch) => {
        // On a grid the window sums integers, and averages are multiples of one unit where the counts have a common multiple.
        const { values, grid } = present(x, 'input');
        const result = new Float64Array(batch * nOut);
        for (let b = 0; b < batch; b++) {
          for (let t = 0; t < from.length; t++) result[b * nOut + to[t]!]! += values[b * nIn + from[t]!]!;
        }
        if (grid === undefined || common === undefined) {
          const scale = (total: number, n: number): number =>
            grid === undefined ? total / n : (grid.unit * total) / (grid.divisor * n);
          return real(result.map((total, i) => (countOf(i) === 0 ? 0 : scale(total, countOf(i)))));
        }
        const units = result.map((total, i) => (countOf(i) === 0 ? 0 : total * (common / countOf(i))));
        return { values: units, grid: gridOf(grid.unit, grid.divisor * common) };
      };
    }
    case 'flatten':
      return ([x]) => present(x, 'input');
    case 'add':
      return ([a, b]) => {
        const [first, second] = [present(a, 'input'), present(b, 'input')];
        const isShared = first.grid?.unit === second.grid?.unit && first.grid?.divisor === second.grid?.divisor;
        const [left, right] = isShared ? [first.values, second.values] : [realOf(first), realOf(second)];
        return { values: left.map((value, i) => value + right[i]!), grid: isShared ? first.grid : undefined };
      };
    case 'concat':
      return concatStep(shapes);
    case 'input':
    case 'encode':
    case 'sumPool':
    case 'threshold':
    case 'requantise':
    case 'lookup':
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
    case 'votes':
    case 'scores':
      throw new Error(`internal error: a ${node.kind} node is not evaluated`);
    default:
      return assertNever(node);
  }
}

function concatStep(shapes: readonly Shape[]): Step {
  const widths = shapes.map(channelsOf);
  const total = widths.reduce((sum, n) => sum + n, 0);
  return (inputs) => {
    const parts = inputs.map(realOf);
    const nRows = present(parts[0], 'input').length / present(widths[0], 'input');
    const result = new Float64Array(nRows * total);
    let at = 0;
    parts.forEach((part, p) => {
      const n = widths[p]!;
      for (let row = 0; row < nRows; row++) result.set(part.subarray(row * n, (row + 1) * n), row * total + at);
      at += n;
    });
    return real(result);
  };
}

function denseStep(node: DenseNode, nIn: number, realProducts: RealProducts): Step {
  const multiply = multiplier(node, { fanIn: nIn, nOut: node.nOut, firstOut: 0, realProducts });
  return ([x], batch) => {
    const input = present(x, 'input');
    return finish(node, multiply(input, { kind: 'whole' }, batch));
  };
}

function convStep(node: Conv2dNode, input: Shape, realProducts: RealProducts): Step {
  const { tables, size, outH, outW, fanIn } = tapsOf(node, input);
  const groupOut = node.nOut / node.groups;
  const multiply = tables.map((_, g) =>
    multiplier(node, { fanIn, nOut: groupOut, firstOut: g * groupOut, realProducts }),
  );
  const positions = outH * outW;
  const atOnce = Math.max(1, Math.floor(LARGEST_WINDOWS / (positions * fanIn)));
  const convolve = (value: Value, batch: number): Float64Array =>
    joinFloat64(
      tables.map((table, g) => {
        const windows: Rows = { kind: 'windows', table, size, padValue: node.padValue };
        return multiply[g]!(value, windows, batch * positions);
      }),
      groupOut,
    );
  return ([x], batch) => {
    const { values, grid } = present(x, 'input');
    if (batch <= atOnce) return finish(node, convolve({ values, grid }, batch));
    const sums = new Float64Array(batch * positions * node.nOut);
    for (let first = 0; first < batch; first += atOnce) {
      const n = Math.min(atOnce, batch - first);
      const part = { values: values.subarray(first * size, (first + n) * size), grid };
      sums.set(convolve(part, n), first * positions * node.nOut);
    }
    return finish(node, sums);
  };
}

/** Elements of the windows that are copied out at once, 64 MiB: those of a large layer and 250 images would fill the memory. */
const LARGEST_WINDOWS = 2 ** 24;

function blockDenseStep(node: BlockDenseNode, nIn: number, realProducts: RealProducts): Step {
  const multiply = node.blocks.map((block) =>
    multiplier(block, { fanIn: block.inputs.length, nOut: block.nOut, firstOut: 0, realProducts }),
  );
  return ([x], batch) => {
    const parts = node.blocks.map(({ inputs }, b) => {
      const windows: Rows = { kind: 'windows', table: inputs, size: nIn, padValue: 0 };
      return multiply[b]!(present(x, 'input'), windows, batch);
    });
    const nOut = node.blocks.reduce((sum, block) => sum + block.nOut, 0);
    const result = new Float64Array(batch * nOut);
    let at = 0;
    parts.forEach((part, p) => {
      const n = node.blocks[p]!.nOut;
      for (let b = 0; b < batch; b++) result.set(part.subarray(b * n, (b + 1) * n), b * nOut + at);
      at += n;
    });
    return real(result);
  };
}

/** The rows of the left matrix: the values as they are, or the elements of a table per image (`size`: padding). */
type Rows =
  | { readonly kind: 'whole' }
  | { readonly kind: 'windows'; readonly table: Int32Array; readonly size: number; readonly padValue: number };

/** Sums of a layer or group before scale and bias, [rows, nOut], in float64. */
type Multiply = (x: Value, rows: Rows, nRows: number) => Float64Array;

type RealProducts = 'float64' | 'float32';

/** The outputs of a layer that a multiplier computes. */
interface Outputs {
  readonly fanIn: number;
  readonly nOut: number;
  readonly firstOut: number;
  readonly realProducts: RealProducts;
}

function multiplier(
  { weights }: { readonly weights: Int8Array | Float32Array },
  { fanIn, nOut, firstOut, realProducts }: Outputs,
): Multiply {
  const own = weights.subarray(firstOut * fanIn, (firstOut + nOut) * fanIn);
  const right = new Float32Array(own.length);
  // [nOut, fanIn] -> [fanIn, nOut].
  transposeInto(Float32Array.from(own), nOut, fanIn, right, 0);
  const isInteger = weights instanceof Int8Array;
  return (x, rows, nRows) => {
    const sizes: ProductSizes = { rows: nRows, inner: fanIn, columns: nOut };
    const isReal = !isInteger || (x.grid === undefined && realProducts === 'float32');
    if (isReal) return new Float64Array(product(leftRows(new Float32Array(realOf(x)), rows), right, sizes));
    const { grid } = x;
    // Padding is a real number: in units of the values it is an integer only if it is 0 or they are the integers.
    const isPadded = rows.kind === 'windows' && rows.padValue !== 0;
    if (grid === undefined || (isPadded && (grid.unit !== 1 || grid.divisor !== 1))) {
      return float64Product(realOf(x), rows, right, sizes);
    }
    return realNumbers(exactProduct(leftRows(new Float32Array(x.values), rows), right, sizes), grid);
  };
}

const leftRows = (values: Float32Array, rows: Rows): Float32Array =>
  rows.kind === 'whole' ? values : copyTaps(values, rows.size, rows.table, rows.padValue);

/** Integers below this are exact in float32. */
const EXACT = 2 ** 24;

/** The product of two matrices of integers: in parts of so few columns that no sum reaches 2^24. */
function exactProduct(left: Float32Array, right: Float32Array, sizes: ProductSizes): Float64Array {
  const { rows, inner, columns } = sizes;
  const atOnce = Math.floor((EXACT - 1) / Math.max(1, largest(left) * largest(right)));
  assert(atOnce >= 1, 'integers that fit float32');
  if (atOnce >= inner) return new Float64Array(product(left, right, sizes));
  const sums = new Float64Array(rows * columns);
  for (let first = 0; first < inner; first += atOnce) {
    const n = Math.min(atOnce, inner - first);
    const part = new Float32Array(rows * n);
    for (let r = 0; r < rows; r++) part.set(left.subarray(r * inner + first, r * inner + first + n), r * n);
    const slice = right.subarray(first * columns, (first + n) * columns);
    const partSums = product(part, slice, { rows, inner: n, columns });
    for (let i = 0; i < sums.length; i++) sums[i]! += partSums[i]!;
  }
  return sums;
}

function largest(values: Float32Array): number {
  let result = 0;
  for (const value of values) if (Math.abs(value) > result) result = Math.abs(value);
  return result;
}

/** Sums in float64 in the order of the inputs, as the interpreter has them. */
function float64Product(values: Float64Array, rows: Rows, right: Float32Array, sizes: ProductSizes): Float64Array {
  const { rows: nRows, inner, columns } = sizes;
  const perImage = rows.kind === 'whole' ? 1 : rows.table.length / inner;
  const size = rows.kind === 'whole' ? inner : rows.size;
  const sums = new Float64Array(nRows * columns);
  for (let r = 0; r < nRows; r++) {
    const image = Math.floor(r / perImage) * size;
    for (let k = 0; k < inner; k++) {
      const at = rows.kind === 'whole' ? k : rows.table[(r % perImage) * inner + k]!;
      const value = at === size && rows.kind === 'windows' ? rows.padValue : values[image + at]!;
      if (value === 0) continue;
      for (let o = 0; o < columns; o++) sums[r * columns + o]! += value * right[k * columns + o]!;
    }
  }
  return sums;
}

/** scale * sum + bias, in this order. */
function finish({ scale, bias, nOut }: DenseNode | Conv2dNode, sums: Float64Array): Value {
  const factor = scale?.length === 1 ? new Float64Array(nOut).fill(scale[0]!) : scale;
  for (let i = 0, o = 0; i < sums.length; i++, o = o + 1 === nOut ? 0 : o + 1) {
    if (factor !== undefined) sums[i]! *= factor[o]!;
    if (bias !== undefined) sums[i]! += bias[o]!;
  }
  return real(sums);
}

function joinFloat64(parts: readonly Float64Array[], n: number): Float64Array {
  const first = present(parts[0], 'part');
  if (parts.length === 1) return first;
  const result = new Float64Array(first.length * parts.length);
  parts.forEach((part, p) => {
    for (let row = 0; row * n < part.length; row++) {
      result.set(part.subarray(row * n, (row + 1) * n), (row * parts.length + p) * n);
    }
  });
  return result;
}
