import { PURPOSE, sequence } from '../../src/common/rng.js';
import { FUNCTION_NAMES, FUNCTIONS } from '../../src/ir/network/functions.js';
import { channelsOf, shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import {
  QUANTISER_ROUNDINGS,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
} from '../../src/ir/network/types.js';

interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
}

type Unplaced = NetworkNode extends infer N
  ? N extends { input: string } | { inputs: readonly string[] }
    ? Omit<N, 'id' | 'input' | 'inputs'>
    : never
  : never;

/**
 * A random float network of the layers that importers make: clips, functions, products, extrema, moved elements, averages of partial windows,
 * quantisers with levels and roundings, dilated and grouped convolutions. Some have no exact integer form, which is a finding.
 */
export function randomImportedNetwork(seed: number): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 5);
  const nodes: NetworkNode[] = [];
  const place = (node: NetworkNode, inputs: readonly Value[]): Value => {
    nodes.push(node);
    const shape = shapeAfter(
      node,
      inputs.map((input) => input.shape),
    );
    return { id: node.id, shape };
  };
  const name = (kind: string): string => `${kind}${nodes.length}`;
  const add = (node: Extract<Unplaced, { kind: string }>, input: Value): Value => {
    const placed: unknown = { ...node, id: name(node.kind), input: input.id };
    if (!isNode(placed)) throw new Error('no node');
    return place(placed, [input]);
  };
  const pick = <T>(choices: readonly T[]): T => choices[r.below(choices.length)]!;
  const grid = 2 ** -r.below(4);
  const quantise = (input: Value): Value => {
    const bits = pick([2, 3, 4, 6, 8] as const);
    const signed = r.below(2) === 0;
    const low = signed ? -(2 ** (bits - 1)) : 0;
    const zero = r.below(2 ** bits);
    const levels = pick([
      undefined,
      [low + (signed ? 1 : 0), low + 2 ** bits - 1],
      [-zero, 2 ** bits - 1 - zero],
    ] as const);
    const rounding = pick([undefined, ...QUANTISER_ROUNDINGS]);
    return add(
      {
        kind: 'quantise',
        step: grid * pick([1, 0.5, 2, 0.3]),
        bits,
        signed: levels === undefined ? signed : levels[0] < 0,
        ...(levels === undefined ? {} : { levels }),
        ...(rounding === undefined ? {} : { rounding }),
      },
      input,
    );
  };
  const conv = (input: Value): Value => {
    const nIn = channelsOf(input.shape);
    const groups = nIn % 2 === 0 && r.below(2) === 0 ? pick([2, nIn]) : 1;
    const k = Math.min(pick([1, 2, 3]), ...input.shape.slice(0, 2));
    const nOut = groups * (1 + r.below(3));
    const most = pick([1, 3, 7, 127]);
    return add(
      {
        kind: 'conv2d',
        window: [k, k],
        stride: [1 + r.below(2), 1],
        padding: [r.below(k), r.below(k), r.below(k), r.below(k)],
        ...(k > 1 && input.shape[0]! > 4 && r.below(3) === 0 ? { dilation: [2, 1] } : {}),
        groups,
        padValue: 0,
        nOut,
        weights: Int8Array.from({ length: (nOut * k * k * nIn) / groups }, () => r.below(2 * most + 1) - most),
        ...(r.below(2) === 0 ? { scale: Float64Array.of(grid * pick([1, 0.25, 0.1])) } : {}),
        ...(r.below(2) === 0 ? { bias: Float64Array.from({ length: nOut }, () => (r.below(9) - 4) * grid) } : {}),
      },
      input,
    );
  };
  const activation = (input: Value): Value => {
    const choice = r.below(r.below(6) === 0 ? 4 : 3);
    if (choice === 0) return add({ kind: 'relu' }, input);
    if (choice === 1) return add({ kind: 'clip', min: -grid * r.below(5), max: grid * (1 + r.below(9)) }, input);
    if (choice === 2) return input;
    return functionOf(input);
  };
  const functionOf = (input: Value): Value => {
    const fn = pick(FUNCTION_NAMES);
    const count = FUNCTIONS[fn].parameters.length;
    const parameters = Float64Array.from({ length: count }, () => pick([0.5, 0.25, 1, 0.1]));
    return add({ kind: 'function', function: fn, ...(count === 0 ? {} : { parameters }) }, input);
  };
  const movedElements = (input: Value): Value => {
    const [h = 1, w = 1, c = 1] = input.shape;
    const choice = r.below(3);
    if (choice === 0) {
      // Transposed rows and columns.
      const index = Int32Array.from({ length: h * w * c }, (_, e) => {
        const [y, x] = [Math.floor(e / (h * c)), Math.floor(e / c) % h];
        return (x * w + y) * c + (e % c);
      });
      return add({ kind: 'rearrange', shape: [w, h, c], index }, input);
    }
    if (choice === 1) {
      // A frame of one pixel on all sides.
      const index = Int32Array.from({ length: (h + 2) * (w + 2) * c }, (_, e) => {
        const [y, x] = [Math.floor(e / ((w + 2) * c)) - 1, (Math.floor(e / c) % (w + 2)) - 1];
        return y < 0 || x < 0 || y >= h || x >= w ? -1 : (y * w + x) * c + (e % c);
      });
      return add({ kind: 'rearrange', shape: [h + 2, w + 2, c], index, fill: pick([0, grid, -grid]) }, input);
    }
    const kept = Math.max(1, h - 1);
    return add(
      { kind: 'rearrange', shape: [kept, w, c], index: Int32Array.from({ length: kept * w * c }, (_, e) => e) },
      input,
    );
  };
  /** Averages of partial windows at the borders, of the same shape, before any quantiser. */
  const blurred = (input: Value): Value =>
    add(
      { kind: 'avgPool', window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1], counted: [0, 0, 0, 0] as const },
      input,
    );
  const two = (input: Value): Value => {
    const other = r.below(3) === 0 ? blurred(input) : quantise(activation(input));
    const choice = r.below(4);
    const inputs = [input.id, other.id] as const;
    if (choice === 0) return place({ kind: 'multiply', id: name('multiply'), inputs }, [input, other]);
    if (choice === 1)
      return place({ kind: 'extremum', id: name('extremum'), of: pick(['max', 'min'] as const), inputs }, [
        input,
        other,
      ]);
    if (choice === 2) return place({ kind: 'add', id: name('add'), inputs }, [input, other]);
    return place({ kind: 'concat', id: name('concat'), inputs }, [input, other]);
  };
  const pool = (input: Value): Value => {
    const n = 2 + r.below(2);
    if (input.shape[0]! < n || input.shape[1]! < n) return input;
    const padding = [0, r.below(2), 0, r.below(2)] as const;
    const window2d = { window: [n, n], stride: [n, n], padding } as const;
    if (r.below(2) === 0) return add({ kind: 'maxPool', ...window2d }, input);
    return add(
      { kind: 'avgPool', ...window2d, ...(r.below(2) === 0 ? { counted: [0, 0, 0, 0] as const } : {}) },
      input,
    );
  };
  const side = 4 + r.below(4);
  const image = place({ kind: 'input', id: 'image', shape: [side, side, 1 + r.below(3)] }, []);
  const bits = pick([1, 4, 8] as const);
  const code = { kind: 'integer', bits, zeroPoint: r.below(2 ** bits), step: grid } as const;
  let value = add({ kind: 'encode', code }, image);
  const blocks = 1 + r.below(3);
  for (let block = 0; block < blocks; block++) {
    value = quantise(activation(conv(r.below(3) === 0 ? movedElements(value) : value)));
    if (r.below(3) === 0) value = quantise(functionOf(value));
    const choice = r.below(4);
    if (choice === 0) value = quantise(two(value));
    else if (choice === 1) value = quantise(pool(value));
    else if (choice === 2) value = pool(value);
  }
  const flat = add({ kind: 'flatten' }, value);
  const nOut = 2 + r.below(3);
  const weights = Int8Array.from({ length: nOut * sizeOf(flat.shape) }, () => r.below(7) - 3);
  add({ kind: 'scores' }, add({ kind: 'dense', nOut, weights }, flat));
  return { name: `random-imported-${seed}`, dialect: 'float', nodes };
}

const isNode = (node: unknown): node is NetworkNode => typeof node === 'object' && node !== null && 'kind' in node;
