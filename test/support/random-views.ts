/** Random float networks full of rearrangements: what literal imports leave between layers. Numbers are small multiples of powers of two, sums exact. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, Shape } from '../../src/ir/network/types.js';
import { Dice } from './dice.js';

interface Value {
  readonly id: string;
  readonly shape: Shape;
}

/** A network of rearrangements, activations, norms, joins, convolutions and matrices. */
export function randomViews(seed: number): NetworkGraph {
  const d = new Dice(sequence(seed, PURPOSE.test, 15));
  const nodes: NetworkNode[] = [];
  const add = (node: NetworkNode, ...inputs: readonly Value[]): Value => {
    nodes.push(node);
    return { id: node.id, shape: shapeAfter(node, inputs.map(({ shape }) => shape)) };
  };
  const name = (kind: string): string => `${kind}${nodes.length}`;
  const image = add({ kind: 'input', id: 'image', shape: d.one<Shape>([2, 3, 2], [3, 2, 2], [2, 2, 4]) });
  const code = { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 / 8 } as const;
  let value = add({ kind: 'encode', id: 'code', input: 'image', code }, image);
  const kept: Value[] = [value];
  const moved = (from: Value, at: number = d.one(0, 0, 1, 2, 3, 4, 5, 6)): Value => {
    const [h = 1, w = 1, c = 1] = from.shape.length === 3 ? from.shape : [1, 1, ...from.shape];
    const n = h * w * c;
    const place = (shape: Shape, source?: (e: number) => number, fill: number = d.one(0, 0, 1, -0.5)): Value => {
      const index = source === undefined ? undefined : Int32Array.from({ length: sizeOf(shape) }, (_, e) => source(e));
      const filled = index?.includes(-1) === true && fill !== 0 ? { fill } : {};
      return add({ kind: 'rearrange', id: name('moved'), input: from.id, shape, ...(index === undefined ? {} : { index }), ...filled }, from);
    };
    if (at === 0) return place([c, h, w], (e) => (e % (h * w)) * c + Math.floor(e / (h * w)));
    if (at === 1) return place([h * w, 1, c].length === 3 ? [w, h, c] : [n], (e) => ((Math.floor(e / c) % h) * w + Math.floor(e / (h * c))) * c + (e % c));
    if (at === 2) {
      const [top, bottom, left, right] = [d.one(0, 1), d.one(0, 1), d.one(0, 1, 2), d.one(0, 1)];
      const wide = w + left + right;
      return place([h + top + bottom, wide, c], (e) => {
        const [y, x] = [Math.floor(e / (wide * c)) - top, (Math.floor(e / c) % wide) - left];
        return y < 0 || x < 0 || y >= h || x >= w ? -1 : (y * w + x) * c + (e % c);
      }, d.one(0, 0, 1, -1, 0.5, -128, -129, 255, 256));
    }
    if (at === 3) return place([n], (e) => n - 1 - e);
    if (at === 4) return place(d.one<Shape>([n], [1, n, 1], [w, h, c], [h, w, c]));
    if (at === 5) return place([h, w, c], (e) => (e % 5 === 4 ? -1 : e % Math.max(1, n - c)));
    return place([h, w, c], (e) => e - (e % c) + (c - 1 - (e % c)));
  };
  const one = (from: Value): Value => {
    const channels = from.shape.at(-1) ?? 1;
    const { id: input } = from;
    const kind = d.one('relu', 'clip', 'sign', 'step', 'quantise', 'norm', 'norm', 'shared', 'function', 'each');
    const numbers = (n: number, isAlike: boolean, ...of: readonly number[]): Float64Array =>
      isAlike ? new Float64Array(n).fill(d.one(...of)) : Float64Array.from(d.list(n, ...of));
    if (kind === 'relu' || kind === 'sign' || kind === 'step') return add({ kind, id: name(kind), input }, from);
    if (kind === 'clip') return add({ kind, id: name(kind), input, min: d.one(-1, 0, 0.5), max: d.one(1, 6) }, from);
    if (kind === 'quantise') return add({ kind, id: name(kind), input, step: 0.25, bits: 4, signed: d.one(true, false) }, from);
    if (kind === 'function') return add({ kind, id: name(kind), input, function: 'leakyRelu', parameters: Float64Array.of(0.5) }, from);
    if (kind === 'each') return add({ kind: 'function', id: name('each'), input, function: 'leakyRelu', parameters: numbers(channels, false, 0.5, 0.25, 2) }, from);
    const isAlike = kind === 'shared';
    return add({
      ...{ kind: 'batchNorm', id: name('norm'), input, gamma: numbers(channels, isAlike, 1, 2, -0.5) },
      ...{ beta: numbers(channels, isAlike, 0, 1, -2), mean: numbers(channels, isAlike, 0, 0.5), variance: numbers(channels, isAlike, 1), epsilon: 0 },
    }, from);
  };
  const joined = (a: Value, b: Value): Value => {
    const isAlike = a.shape.join() === b.shape.join();
    const inputs = [a.id, b.id] as const;
    const kind = d.one('add', 'multiply', 'extremum', 'concat');
    if (kind === 'concat' && a.shape.slice(0, -1).join() === b.shape.slice(0, -1).join()) return add({ kind, id: name(kind), inputs }, a, b);
    if (!isAlike) return a;
    if (kind === 'extremum') return add({ kind, id: name(kind), inputs, of: d.one('max', 'min') }, a, b);
    return add({ kind: kind === 'multiply' ? kind : 'add', id: name(kind), inputs }, a, b);
  };
  const n = d.one(3, 5, 7);
  for (let k = 0; k < n; k++) {
    const kind = d.one('moved', 'moved', 'moved', 'one', 'one', 'alike', 'joined', 'conv', 'dense', 'flat');
    if (kind === 'moved') value = moved(value);
    else if (kind === 'one') value = one(value);
    else if (kind === 'alike') {
      const at = d.one(0, 1, 2, 3, 6);
      const [a, b] = [moved(value, at), moved(one(value), at)];
      value = joined(a, b);
    } else if (kind === 'joined') value = joined(value, d.one(...kept));
    else if (kind === 'flat') value = add({ kind: 'flatten', id: name('flat'), input: value.id }, value);
    else if (kind === 'conv' && value.shape.length === 3) {
      const c = value.shape[2] ?? 1;
      const size = Math.min(2, value.shape[0]!, value.shape[1]!);
      const weights = Int8Array.from(d.list(2 * size * size * c, -2, -1, 1, 2));
      const [padding, padValue] = d.one(true, false) ? ([[0, 0, 0, 0], 0] as const) : ([[1, 0, 0, 1], d.one(0, 1, -1)] as const);
      value = add({ kind: 'conv2d', id: name('conv'), input: value.id, window: [size, size], stride: [1, 1], padding, nOut: 2, weights, groups: 1, padValue }, value);
    } else if (kind === 'dense' && value.shape.length === 1) {
      const list = d.list(3 * sizeOf(value.shape), -2, -1, 1, 2);
      const weights = d.one(true, false) ? Int8Array.from(list) : Float32Array.from(list);
      value = add({ kind: 'dense', id: name('dense'), input: value.id, nOut: 3, weights }, value);
    }
    kept.push(value);
  }
  if (value.shape.length > 1) value = add({ kind: 'flatten', id: 'end', input: value.id }, value);
  add({ kind: 'scores', id: 'scores', input: value.id }, value);
  return { name: `views-${seed}`, dialect: 'float', nodes };
} // prettier-ignore
