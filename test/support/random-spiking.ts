import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { IntegerNeuronNode, NetworkGraph, NetworkNode, Shape } from '../../src/ir/network/types.js';

/** What a random spiking network may have; absent ones are drawn. */
export interface RandomSpikingOptions {
  /** Largest count of an input element in a step. */
  readonly maxCount?: number;
  readonly weights?: 'binary' | 'ternary' | 'small';
  readonly recurrent?: boolean;
  readonly image?: boolean;
  readonly bits?: number;
  /** Longest delay, in steps. */
  readonly longestDelay?: number;
}

/**
 * A random network of integrate-and-fire neurons in the integer dialect: dense layers, convolutions, sums of windows, both resets, constants, delays and
 * recurrent edges. Class scores count the spikes of every neuron, so that none can differ unseen.
 */
export function randomSpiking(seed: number, options: RandomSpikingOptions = {}): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 91);
  const within = (low: number, high: number): number => low + r.below(high - low + 1);
  const chance = (share: number): boolean => r.uniform() < share;
  const maxCount = options.maxCount ?? 1;
  const image = options.image ?? chance(0.5);
  const kind = options.weights ?? (['binary', 'ternary', 'small'] as const)[r.below(3)] ?? 'small';
  const limit = kind === 'small' ? within(2, 5) : 1;
  const weightsOf = (n: number): Int8Array =>
    Int8Array.from({ length: n }, () => (kind === 'binary' ? (chance(0.6) ? 1 : -1) : within(-limit, limit)));
  const bits = options.bits ?? 18;
  let shape: Shape = image ? [within(2, 5), within(2, 5), within(1, 2)] : [within(1, 12)];
  const nodes: NetworkNode[] = [
    { id: 'events', kind: 'input', shape },
    {
      id: 'code',
      kind: 'encode',
      input: 'events',
      code: maxCount === 1 ? { kind: 'threshold', level: 1 } : { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 },
    },
  ];
  const sizeOf = (s: Shape): number => s.reduce((n, d) => n * d, 1);
  const push = (node: NetworkNode): string => {
    nodes.push(node);
    return node.id;
  };
  const delayed = (id: string, input: string, of: Shape): string => {
    const longest = options.longestDelay ?? 4;
    const each = chance(0.5);
    const steps = Int32Array.from({ length: each ? sizeOf(of) : 1 }, () => within(1, longest));
    return push({ id, kind: 'delay', input, shape: of, steps });
  };
  let value = 'code';
  const populations: { id: string; shape: Shape }[] = [];
  const nPopulations = within(1, 4);
  for (let p = 0; p < nPopulations; p++) {
    if (chance(0.3)) value = delayed(`delay${p}`, value, shape);
    if (shape.length === 3 && chance(0.3) && shape[0]! >= 2 && shape[1]! >= 2) {
      const window = { window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
      value = push({ id: `pool${p}`, kind: 'sumPool', input: value, ...window });
      shape = [Math.floor(shape[0]! / 2), Math.floor(shape[1]! / 2), shape[2]!];
    }
    if (shape.length === 3 && chance(0.6)) {
      const nOut = within(1, 4);
      const kernel = within(1, 3);
      const channels = shape[2]!;
      const padding = [1, 1, 1, 1] as const;
      value = push({
        ...{ id: `conv${p}`, kind: 'conv2d', input: value, nOut, groups: 1, window: [kernel, kernel] },
        ...{ stride: [1, 1], padding, padValue: 0, weights: weightsOf(nOut * kernel * kernel * channels) },
        ...(chance(0.3) ? { bias: Float64Array.from({ length: nOut }, () => within(-3, 3)) } : {}),
      } as const);
      shape = [shape[0]! + 3 - kernel, shape[1]! + 3 - kernel, nOut];
    } else {
      if (shape.length === 3) value = push({ id: `flat${p}`, kind: 'flatten', input: value });
      const nOut = within(1, 10);
      value = push({
        ...{ id: `dense${p}`, kind: 'dense', input: value, nOut, weights: weightsOf(nOut * sizeOf(shape)) },
        ...(chance(0.3) ? { bias: Float64Array.from({ length: nOut }, () => within(-3, 3)) } : {}),
      } as const);
      shape = [nOut];
    }
    const n = sizeOf(shape);
    const id = `if${p}`;
    if (options.recurrent ?? chance(0.4)) {
      const back = delayed(`back${p}`, id, shape);
      const flat = shape.length === 3 ? push({ id: `backflat${p}`, kind: 'flatten', input: back }) : back;
      const rec = push({ id: `rec${p}`, kind: 'dense', input: flat, nOut: n, weights: weightsOf(n * n) });
      const same = shape.length === 3 ? push({ id: `recshape${p}`, kind: 'rearrange', input: rec, shape }) : rec;
      value = push({ id: `sum${p}`, kind: 'add', inputs: [value, same] });
    }
    const each = chance(0.5);
    const threshold = Int32Array.from({ length: each ? n : 1 }, () => within(1, 3 * limit + 2));
    const reset: NonNullable<IntegerNeuronNode['spike']>['reset'] = chance(0.5)
      ? { kind: 'subtract', amount: threshold.slice() }
      : { kind: 'value', value: Int32Array.of(within(-2, 1)) };
    const forgets = chance(0.1);
    value = push({
      ...{ id, kind: 'integerNeuron', input: value, bits },
      ...(forgets ? { decay: { multiplier: Int32Array.of(8), shift: 3 } } : {}),
      ...(chance(0.3) ? { leak: Int32Array.from({ length: n }, () => within(-2, 2)) } : {}),
      spike: { threshold, reset },
    } as const);
    populations.push({ id, shape });
  }
  const flat = populations.map(({ id, shape: own }) =>
    own.length === 3 ? push({ id: `${id}-flat`, kind: 'flatten', input: id }) : id,
  );
  const [only = ''] = flat;
  const all = flat.length > 1 ? push({ id: 'all', kind: 'concat', inputs: flat }) : only;
  push({ id: 'classes', kind: 'scores', input: all });
  return { name: `spiking-${seed}`, dialect: 'integer', nodes, time: { step: 1e-3 } };
}

/** Random frames, [n, steps, ...shape]. */
export function randomFrames(
  graph: NetworkGraph,
  seed: number,
  { n, steps, maxCount }: { readonly n: number; readonly steps: number; readonly maxCount: number },
) {
  const r = sequence(seed, PURPOSE.test, 92);
  const [input] = graph.nodes;
  const shape = input?.kind === 'input' ? input.shape : [];
  const size = shape.reduce((product, d) => product * d, 1);
  const share = 0.1 + 0.5 * r.uniform();
  return {
    name: 'random events',
    shape: [steps, ...shape],
    images: Uint8Array.from({ length: n * steps * size }, () => (r.uniform() < share ? 1 + r.below(maxCount) : 0)),
    labels: new Uint8Array(n),
    nClasses: 1,
  };
}
