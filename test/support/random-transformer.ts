import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { BitWidth, NetworkGraph, NetworkNode, RequantiseNode } from '../../src/ir/network/types.js';

/** Sizes of a random transformer; absent ones are drawn. */
export interface RandomTransformerOptions {
  readonly vocabulary?: number;
  readonly context?: number;
  readonly heads?: number;
  readonly depth?: number;
  readonly layers?: number;
  readonly hidden?: number;
  readonly weightBits?: BitWidth;
}

/**
 * A random legal transformer in the integer dialect, with every kind of layer a trained one has: tables by value and position, norms, attention
 * with a cache, additions of requantised branches. Scales are such that values fill their ranges and clip now and then.
 */
export function randomTransformer(seed: number, options: RandomTransformerOptions = {}): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 77);
  const vocabulary = options.vocabulary ?? 3 + r.below(20);
  const context = options.context ?? 2 + r.below(12);
  const heads = options.heads ?? 1 + r.below(4);
  const depth = options.depth ?? 3 + r.below(14);
  const layers = options.layers ?? 1 + r.below(2);
  const width = heads * depth;
  const hidden = options.hidden ?? 4 + r.below(60);
  const weightBits = options.weightBits ?? ([2, 4, 8] as const)[r.below(3)] ?? 4;
  const nodes: NetworkNode[] = [
    { id: 'token', kind: 'input', shape: [1] },
    { id: 'code', kind: 'encode', input: 'token', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
  ];
  const push = (node: NetworkNode): string => {
    nodes.push(node);
    return node.id;
  };
  const within = (low: number, high: number): number => low + r.below(high - low + 1);
  const ints = (n: number, low: number, high: number): Int8Array =>
    Int8Array.from({ length: n }, () => within(low, high));
  /** To 8 bits, around `factor` times the input. */
  const requantise = (id: string, input: string, factor: number, channels: number, low: number): string => {
    const shift = 24;
    const one = factor * 2 ** shift;
    const node: RequantiseNode = {
      id,
      kind: 'requantise',
      input,
      inputZeroPoint: 0,
      leftShift: 0,
      multiplier: Int32Array.from({ length: channels }, () => Math.max(1, Math.floor(one * (0.5 + r.uniform())))),
      shift: new Uint8Array(channels).fill(shift),
      addend: Float64Array.from({ length: channels }, () => 2 ** (shift - 1) + within(-3, 3) * 2 ** shift),
      zeroPoint: 0,
      min: low,
      max: low < 0 ? 127 : 255,
      rounding: 'floor',
    };
    return push(node);
  };
  const limit = 2 ** (weightBits - 1);
  const dense = (id: string, input: string, nIn: number, nOut: number): string =>
    push({ id, kind: 'dense', input, nOut, weightBits, weights: ints(nIn * nOut, 1 - limit, limit - 1) });
  /** What brings a sum of nIn products of values and weights to about 8 bits. */
  const toByte = (nIn: number): number => 1.5 / (Math.sqrt(nIn) * limit);
  const norm = (id: string, input: string): string =>
    push({
      ...{ id, kind: 'rmsNorm', input, fraction: within(4, 10), min: -128, max: 127 },
      gain: Float64Array.from(
        { length: width },
        () => Math.round(Math.sqrt(width) * within(20, 80)) * (r.below(5) === 0 ? -1 : 1),
      ),
    });
  const added = (id: string, x: string, branch: string): string => {
    const fine = push({
      ...{ id: `${id}-fine`, kind: 'requantise', input: x, inputZeroPoint: 0, leftShift: 4, zeroPoint: 0 },
      ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(0), min: -4096, max: 4096, rounding: 'halfUp' },
    });
    const sum = push({ id: `${id}-sum`, kind: 'add', inputs: r.below(2) === 0 ? [fine, branch] : [branch, fine] });
    return requantise(id, sum, 1 / 16, 1, -128);
  };
  const table = (id: string, by: 'value' | 'position', rows: number): string =>
    push({ id, kind: 'embedding', input: 'code', by, nOut: width, table: ints(rows * width, -90, 90) });
  const embedded = push({
    ...{ id: 'embed', kind: 'add' },
    inputs: [table('tokens', 'value', vocabulary), table('positions', 'position', context)],
  });
  let x = requantise('stream', embedded, 1, 1, -128);
  for (let layer = 1; layer <= layers; layer++) {
    const name = `b${layer}`;
    const h = norm(`${name}-norm1`, x);
    const [q, k, v] = ['q', 'k', 'v'].map((part) =>
      requantise(`${name}-${part}-r`, dense(`${name}-${part}`, h, width, width), toByte(width), width, -128),
    );
    const a = push({
      ...{ id: `${name}-attention`, kind: 'attention', inputs: [q ?? '', k ?? '', v ?? ''], heads, context },
      ...{ multiplier: within(1, 60), shift: within(6, 11) },
      // Any falling table will do: a straight one, cut off at 0.
      expTable: Uint8Array.from({ length: 256 }, (_, i) => Math.max(0, 255 - i * within(1, 2) - (i > 0 ? 2 : 0)))
        .sort()
        .reverse(),
    });
    const fine = toByte(width) * 12;
    const projected = push({
      ...{ id: `${name}-project-fine`, kind: 'requantise', input: dense(`${name}-project`, a, width, width) },
      ...{ inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, min: -32768, max: 32767, rounding: 'halfEven' },
      ...{ multiplier: Int32Array.of(Math.max(1, Math.floor(fine * 2 ** 20))), shift: Uint8Array.of(20) },
    });
    const y = added(`${name}-mid`, x, projected);
    const g = norm(`${name}-norm2`, y);
    const m = requantise(`${name}-hidden`, dense(`${name}-expand`, g, width, hidden), toByte(width), hidden, 0);
    const contracted = push({
      ...{ id: `${name}-contract-fine`, kind: 'requantise', input: dense(`${name}-contract`, m, hidden, width) },
      ...{ inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, min: -32768, max: 32767, rounding: 'halfAwayFromZero' },
      ...{
        multiplier: Int32Array.of(Math.max(1, Math.floor(toByte(hidden) * 12 * 2 ** 20))),
        shift: Uint8Array.of(20),
      },
    });
    x = added(`${name}-out`, y, contracted);
  }
  push({ id: 'scores', kind: 'scores', input: dense('output', norm('norm', x), width, vocabulary) });
  return { name: `random-transformer-${seed}`, dialect: 'integer', nodes };
}

/** A random block of attention in the float dialect, quantised throughout; gains are multiples of step / sqrt(n). */
export function randomFloatTransformer(seed: number): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 78);
  const heads = 1 + r.below(3);
  const width = heads * (4 + r.below(8));
  const context = 6;
  const vocabulary = 9;
  const nodes: NetworkNode[] = [
    { id: 'token', kind: 'input', shape: [1] },
    { id: 'code', kind: 'encode', input: 'token', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
  ];
  const push = (node: NetworkNode): string => {
    nodes.push(node);
    return node.id;
  };
  const ints = (n: number, most: number): Int8Array =>
    Int8Array.from({ length: n }, () => r.below(2 * most + 1) - most);
  const stream = 0.02 + 0.05 * r.uniform();
  const quantise = (id: string, input: string, step: number): string =>
    push({ id, kind: 'quantise', input, step, bits: 8, signed: true });
  const table = (id: string, by: 'value' | 'position', rows: number): string =>
    push({ id, kind: 'embedding', input: 'code', by, nOut: width, table: ints(rows * width, 80), scale: stream });
  const dense = (id: string, input: string, nOut: number): string => {
    const scale = Float64Array.from({ length: nOut }, () => 0.02 + 0.06 * r.uniform());
    return push({ id, kind: 'dense', input, nOut, weights: ints(nOut * width, 7), weightBits: 4, scale });
  };
  const norm = (id: string, input: string): string => {
    const step = 0.02 + 0.02 * r.uniform();
    const gain = Float64Array.from({ length: width }, () => ((100 + r.below(200)) * step) / Math.sqrt(width));
    push({ id, kind: 'rmsNorm', input, gain, fraction: 12, min: -128, max: 127 });
    return quantise(`${id}-q`, id, step);
  };
  const sum = push({
    ...{ id: 'embed', kind: 'add' },
    inputs: [table('tokens', 'value', vocabulary), table('positions', 'position', context)],
  });
  const x = quantise('stream', sum, stream);
  const h = norm('b1-norm1', x);
  const valueStep = 0.02 + 0.02 * r.uniform();
  const q = quantise('b1-q', dense('b1-qw', h, width), 0.02 + 0.02 * r.uniform());
  const k = quantise('b1-k', dense('b1-kw', h, width), 0.02 + 0.02 * r.uniform());
  const v = quantise('b1-v', dense('b1-vw', h, width), valueStep);
  const scale = 1 / Math.sqrt(width / heads);
  push({ id: 'b1-attention', kind: 'attention', inputs: [q, k, v], heads, context, scale });
  const a = quantise('b1-attention-q', 'b1-attention', valueStep);
  const y = quantise('b1-mid', push({ id: 'b1-add', kind: 'add', inputs: [x, dense('b1-project', a, width)] }), stream);
  push({ id: 'scores', kind: 'scores', input: dense('output', norm('norm', y), vocabulary) });
  return { name: `random-float-transformer-${seed}`, dialect: 'float', nodes };
}
