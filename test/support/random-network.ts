import { PURPOSE, type Sequence, sequence } from '../../src/common/rng.js';
import { channelsOf, codedShape, shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import type { InputCode, NetworkGraph, NetworkNode, Shape } from '../../src/ir/network/types.js';

/** What a random network may contain. */
export interface RandomNetworkOptions {
  readonly codes?: readonly InputCode['kind'][];
  readonly maxSide?: number;
  readonly maxDense?: number;
  readonly layers?: number;
  /** Most output channels of a group of a convolution. */
  readonly maxChannels?: number;
  /** Window sizes of average pools; only powers of two are exact in float64. */
  readonly averagePool?: boolean;
  readonly overlappingPool?: boolean;
}

type Unplaced = NetworkNode extends infer N ? (N extends { input: string } ? Omit<N, 'id' | 'input'> : never) : never;

/** A random legal float network: convolutions, pooling, dense layers, batch norm with both signs and zero scale, ties. */
export function randomNetwork(seed: number, options: RandomNetworkOptions = {}): NetworkGraph {
  const r = sequence(seed, PURPOSE.test);
  const side = 4 + r.below(options.maxSide ?? 6);
  const inputShape = [side, side, 1 + r.below(2)];
  const code = randomCode(r, options.codes ?? ['threshold', 'thermometer', 'rate']);
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: inputShape },
    { kind: 'encode', id: 'code', input: 'image', code },
  ];
  let shape: Shape = codedShape(inputShape, code);
  const add = (node: Unplaced): void => {
    const placed = { ...node, id: `${node.kind}${nodes.length}`, input: nodes.at(-1)!.id };
    nodes.push(placed);
    shape = shapeAfter(placed, [shape]);
  };
  const weights = (n: number): Int8Array => {
    const ternary = r.below(2) === 0;
    return Int8Array.from({ length: n }, () => (ternary ? r.below(3) - 1 : r.below(2) * 2 - 1));
  };
  const bias = (n: number): { bias?: Float64Array } =>
    r.below(3) === 0 ? { bias: Float64Array.from({ length: n }, () => (r.below(9) - 4) / 2) } : {};
  const activate = (): void => add({ kind: r.below(2) === 0 ? 'sign' : 'step' });
  const norm = (): void => {
    if (r.below(4) === 0) return;
    const c = channelsOf(shape);
    const f = (draw: () => number): Float64Array => Float64Array.from({ length: c }, draw);
    add({
      kind: 'batchNorm',
      gamma: f(() => (r.below(8) === 0 ? 0 : r.normal())),
      // Halves and integers, so that sums hit thresholds exactly.
      beta: f(() => (r.below(2) === 0 ? 0 : (r.below(5) - 2) / 2)),
      mean: f(() => r.below(9) - 4),
      variance: f(() => (r.below(3) === 0 ? 1 : 0.1 + 4 * r.uniform())),
      epsilon: r.below(2) === 0 ? 0 : 1e-3,
    });
  };
  const pool = (kind: 'maxPool' | 'avgPool'): void => {
    const n = kind === 'avgPool' || r.below(2) === 0 ? 2 : 3;
    const stride = options.overlappingPool === true && r.below(2) === 0 ? 1 : 2;
    if (shape[0]! < n || shape[1]! < n) return;
    add({ kind, window: [n, n], stride: [stride, stride], padding: [0, 0, 0, 0] });
  };
  const nLayers = options.layers ?? 1 + r.below(2);
  for (let layer = 0; layer < nLayers && shape[0]! > 1; layer++) {
    const nIn = channelsOf(shape);
    const groups = nIn % 2 === 0 && r.below(3) === 0 ? 2 : 1;
    const k = 1 + r.below(Math.min(3, shape[0]!));
    const pad = r.below(Math.min(2, k));
    const stride = 1 + r.below(2);
    const nOut = groups * (1 + r.below(options.maxChannels ?? 4));
    add({
      kind: 'conv2d',
      window: [k, k],
      stride: [stride, stride],
      padding: [pad, pad, pad, pad],
      nOut,
      groups,
      weights: weights(nOut * k * k * (nIn / groups)),
      padValue: [-1, 0, 1].at(r.below(3)) === 0 ? 0 : r.below(2) === 0 ? -1 : 1,
      ...bias(nOut),
    });
    const where = r.below(4);
    if (where === 0) pool('maxPool');
    if (where === 1 && options.averagePool === true) pool('avgPool');
    norm();
    activate();
    if (where === 2) pool('maxPool');
    if (where === 3 && options.averagePool === true) pool('avgPool');
  }
  add({ kind: 'flatten' });
  if (r.below(2) === 0) {
    const nOut = 1 + r.below(options.maxDense ?? 20);
    add({ kind: 'dense', nOut, weights: weights(nOut * sizeOf(shape)), ...bias(nOut) });
    norm();
    activate();
  }
  const nOut = 3 + r.below(10);
  add({ kind: 'dense', nOut, weights: weights(nOut * sizeOf(shape)) });
  if (r.below(2) === 0) {
    norm();
    activate();
    add({ kind: 'votes', nClasses: 3 });
  } else {
    add({ kind: 'scores' });
  }
  return { name: `random-${seed}`, dialect: 'float', nodes };
}

function randomCode(r: Sequence, kinds: readonly InputCode['kind'][]): InputCode {
  const kind = kinds[r.below(kinds.length)]!;
  switch (kind) {
    case 'threshold':
      return { kind, level: 128 };
    case 'rate':
      return { kind, bits: 1 + r.below(3) };
    case 'thermometer':
      return { kind, levels: [64, 128, 192].slice(0, 1 + r.below(3)) };
    case 'bernoulli':
      return { kind, ticks: 1 + r.below(6) };
    case 'integer': {
      const bits = 1 + r.below(8);
      return { kind, bits, zeroPoint: r.below(2) === 0 ? 0 : r.below(2 ** bits), step: 1 / 2 ** r.below(8) };
    }
  }
}

/** Random 8-bit samples. */
export function randomPixels(seed: number, n: number): Uint8Array {
  const r = sequence(seed, PURPOSE.test, 1);
  return Uint8Array.from({ length: n }, () => r.below(256));
}

export { randomIntegerNetwork, type RandomIntegerOptions } from '../../src/chips/northpole/kit/random-network.js';
