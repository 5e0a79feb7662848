import { PURPOSE, sequence } from '../../src/common/rng.js';
import { channelsOf, shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, NodeId, Shape } from '../../src/ir/network/types.js';

/** What a random quantised network may contain. */
export interface RandomQuantisedOptions {
  /** Residual sums of one step only, and concatenations of one step only: nothing has to be rounded. */
  readonly oneStep?: boolean;
  /** Steps and scales that are powers of two: sums hit the ties between two multiples. */
  readonly powersOfTwo?: boolean;
}

interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
}

type Unplaced = NetworkNode extends infer N ? (N extends { input: string } ? Omit<N, 'id' | 'input'> : never) : never;

/** A random float network of integer weights with scales, batch norm of both signs, rectifiers, quantisers and residual sums. */
export function randomQuantisedNetwork(seed: number, options: RandomQuantisedOptions = {}): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 3);
  const nodes: NetworkNode[] = [];
  const shapes = new Map<NodeId, Shape>();
  const place = (node: NetworkNode, inputs: readonly Value[]): Value => {
    nodes.push(node);
    const shape = shapeAfter(
      node,
      inputs.map((input) => input.shape),
    );
    shapes.set(node.id, shape);
    return { id: node.id, shape };
  };
  const add = (node: Unplaced, input: Value): Value =>
    place({ ...node, id: `${node.kind}${nodes.length}`, input: input.id }, [input]);
  const real = (low: number, high: number): number =>
    options.powersOfTwo === true
      ? 2 ** Math.round(Math.log2(low + r.uniform() * (high - low)))
      : low + r.uniform() * (high - low);
  const reals = (n: number, draw: () => number): Float64Array => Float64Array.from({ length: n }, draw);
  const step = options.oneStep === true ? real(0.05, 0.5) : undefined;

  const weights = (n: number): Int8Array => {
    const bits = 1 + r.below(4);
    return Int8Array.from({ length: n }, () =>
      bits === 1 ? r.below(2) * 2 - 1 : r.below(2 ** bits) - 2 ** (bits - 1),
    );
  };
  const parameters = (
    nOut: number,
    nWeights: number,
  ): Pick<Extract<NetworkNode, { kind: 'dense' }>, 'nOut' | 'weights'> => ({
    nOut,
    weights: weights(nWeights),
    ...(r.below(3) === 0 ? {} : { scale: reals(r.below(2) === 0 ? 1 : nOut, () => real(0.01, 0.5)) }),
    ...(r.below(2) === 0 ? {} : { bias: reals(nOut, () => (r.below(9) - 4) / 4) }),
  });
  const conv = (input: Value, nOut: number, stride: number): Value => {
    const nIn = channelsOf(input.shape);
    const k = r.below(2) === 0 ? 1 : 3;
    const pad = (k - 1) / 2;
    return add(
      {
        kind: 'conv2d',
        window: [k, k],
        stride: [stride, stride],
        padding: [pad, pad, pad, pad],
        groups: 1,
        padValue: 0,
        ...parameters(nOut, nOut * k * k * nIn),
      },
      input,
    );
  };
  const norm = (input: Value): Value => {
    if (r.below(3) === 0) return input;
    const c = channelsOf(input.shape);
    return add(
      {
        kind: 'batchNorm',
        gamma: reals(c, () => (r.below(8) === 0 ? 0 : (r.below(2) * 2 - 1) * real(0.2, 2))),
        beta: reals(c, () => (r.below(5) - 2) / 2),
        mean: reals(c, () => (r.below(5) - 2) / 4),
        variance: reals(c, () => (options.powersOfTwo === true ? 1 : 0.1 + 4 * r.uniform())),
        epsilon: options.powersOfTwo === true ? 0 : 1e-3,
      },
      input,
    );
  };
  const quantise = (input: Value): Value => {
    const relu = r.below(3) === 0 ? add({ kind: 'relu' }, input) : input;
    const signed = r.below(3) === 0;
    const bits = ([2, 3, 4, 8] as const)[r.below(4)]!;
    return add({ kind: 'quantise', step: step ?? real(0.05, 0.5), bits, signed }, relu);
  };
  const pool = (kind: 'maxPool' | 'avgPool', input: Value): Value => {
    const n = 2 + r.below(2);
    if (input.shape[0]! < n) return input;
    return add({ kind, window: [n, n], stride: [n, n], padding: [0, 0, 0, 0] }, input);
  };

  const side = 4 + r.below(4);
  const image = place({ kind: 'input', id: 'image', shape: [side, side, 1 + r.below(2)] }, []);
  const bits = 1 + r.below(8);
  const zeroPoint = r.below(2) === 0 ? 0 : r.below(2 ** bits);
  let value = add({ kind: 'encode', code: { kind: 'integer', bits, zeroPoint, step: step ?? real(0.01, 0.1) } }, image);
  const nBlocks = 1 + r.below(3);
  for (let block = 0; block < nBlocks; block++) {
    let sums = conv(value, 1 + r.below(6), 1 + r.below(2));
    if (r.below(4) === 0) sums = pool('maxPool', sums);
    value = quantise(norm(sums));
    if (r.below(4) === 0) value = quantise(pool('avgPool', value));
    else if (r.below(4) === 0) value = pool('maxPool', value);
    const choice = r.below(4);
    if (choice === 0) {
      const branch = quantise(norm(conv(value, channelsOf(value.shape), 1)));
      value = quantise(
        place({ kind: 'add', id: `add${nodes.length}`, inputs: [branch.id, value.id] }, [branch, value]),
      );
    } else if (choice === 1 && options.oneStep !== true) {
      const branch = norm(conv(value, channelsOf(value.shape), 1));
      value = quantise(
        place({ kind: 'add', id: `add${nodes.length}`, inputs: [branch.id, value.id] }, [branch, value]),
      );
    } else if (choice === 2) {
      const branch = quantise(norm(conv(value, 2, 1)));
      value = place({ kind: 'concat', id: `concat${nodes.length}`, inputs: [value.id, branch.id] }, [value, branch]);
    }
  }
  const flat = add({ kind: 'flatten' }, value);
  const nClasses = 2 + r.below(4);
  add({ kind: 'scores' }, add({ kind: 'dense', ...parameters(nClasses, nClasses * sizeOf(flat.shape)) }, flat));
  return { name: `random-quantised-${seed}`, dialect: 'float', nodes };
}
