import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerToInteger } from '../../../src/compiler/pipelines.js';
import { checkLayers } from '../../../src/compiler/targets/truenorth/check-layers.js';
import { type ChipNetwork, rowRange } from '../../../src/compiler/targets/truenorth/chip-layers.js';
import { type LegalNetwork, legalise } from '../../../src/compiler/targets/truenorth/legalise.js';
import { HOST } from '../../../src/compiler/targets/truenorth/wires.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { codeMax, inferShapes, sizeOf } from '../../../src/ir/network/shapes.js';
import { type NetworkGraph, type NetworkNode, SENSE } from '../../../src/ir/network/types.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { randomNetwork } from '../../support/random-network.js';

const legal = (graph: NetworkGraph, axonsPerCore = 256, maxCount = 15): LegalNetwork =>
  legalise(graph, { axonsPerCore, maxCount, inputMost: maxCount, weightMax: 255 });

/** Class scores of chip layers, as their definition reads. */
function scoresOf({ layers, wires, outputClass, nClasses }: ChipNetwork, host: ArrayLike<number>): readonly number[] {
  const outputs: number[][] = [];
  /** Outputs of one lag merge, those of different lags add up. */
  const countOf = (wire: number): number => {
    const byLag = new Map<number, number>();
    for (const { layer, output, lag } of wires.drivers(wire)) {
      const count = layer === HOST ? host[output]! : outputs[layer]![output]!;
      byLag.set(lag, Math.max(byLag.get(lag) ?? 0, count));
    }
    return [...byLag.values()].reduce((sum, count) => sum + count, 0);
  };
  layers.forEach(({ rule, matrix, theta, constant, inputs, max }) => {
    const counts = Array.from(inputs, countOf);
    counts.forEach((count, i) => expect(count).toBeLessThanOrEqual(max[i]!));
    outputs.push(
      Array.from({ length: matrix.nOut }, (_, o) => {
        let sum = 0;
        for (let k = matrix.rowStart[o]!; k < matrix.rowEnd[o]!; k++)
          sum += matrix.weight[k]! * counts[matrix.column[k]!]!;
        return rule === 'threshold' ? Number(sum >= theta[o]!) : sum + constant[o]!;
      }),
    );
  });
  expect(['threshold', 'score']).toContain(layers.at(-1)!.rule);
  const scores = new Array<number>(nClasses).fill(0);
  outputs.at(-1)!.forEach((value, o) => (scores[outputClass[o]!]! += value));
  return scores;
}

/** Random inputs of a network, and what it makes of them. */
function expectSame(graph: NetworkGraph, { network, diagnostics }: LegalNetwork, seed: number): void {
  expect(diagnostics).toEqual([]);
  expect(checkLayers(network)).toEqual([]);
  const random = sequence(seed, PURPOSE.test);
  const encode = graph.nodes.find(({ kind }) => kind === 'encode')!;
  const n = sizeOf(inferShapes(graph).get(encode.id)!);
  const interpreter = createInterpreter(graph);
  for (let sample = 0; sample < 4; sample++) {
    const counts = Uint8Array.from({ length: n }, () => random.below(codeMax(network.code) + 1));
    expect(scoresOf(network, counts)).toEqual(Array.from(interpreter.run(counts)));
  }
}

const graphOf = (shape: readonly number[], nodes: readonly NetworkNode[], bits = 1): NetworkGraph => ({
  name: 'net',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'in', shape },
    {
      kind: 'encode',
      id: 'code',
      input: 'in',
      code: bits === 1 ? { kind: 'threshold', level: 128 } : { kind: 'rate', bits },
    },
    ...nodes,
  ],
});

const dense = (id: string, input: string, nOut: number, weights: readonly number[]): NetworkNode => ({
  ...{ kind: 'dense', id, input, nOut, weights: Int8Array.from(weights) },
});
const threshold = (id: string, input: string, theta: readonly number[], sense?: readonly number[]): NetworkNode => ({
  ...{
    kind: 'threshold',
    id,
    input,
    theta: Int32Array.from(theta),
    sense: Uint8Array.from(sense ?? theta.map(() => SENSE.atLeast)),
  },
});
const pool = (id: string, input: string, minChannels?: readonly number[]): NetworkNode => ({
  ...{ kind: 'maxPool', id, input, window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
  ...(minChannels === undefined ? {} : { minChannels: Uint8Array.from(minChannels) }),
});
const flatten = (id: string, input: string): NetworkNode => ({ kind: 'flatten', id, input });
const votes = (input: string, nClasses: number): NetworkNode => ({ kind: 'votes', id: 'out', input, nClasses });
const scores = (input: string): NetworkNode => ({ kind: 'scores', id: 'out', input });
const sums = (id: string, input: string): NetworkNode => ({
  kind: 'sumPool',
  id,
  input,
  window: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
});

describe('chip layers compute the scores of their network', () => {
  it.each([
    ['with pools of every kind', { averagePool: true, overlappingPool: true }],
    ['with counts as inputs', { codes: ['rate', 'thermometer'], averagePool: true }],
    ['of binary inputs', { codes: ['threshold'], overlappingPool: true, layers: 3 }],
  ] as const)('%s', (_, options) => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.constantFrom(4, 12, 256), (seed, axons) => {
        const graph = lowerToInteger(randomNetwork(seed, { ...options, maxSide: 5 }));
        expectSame(graph, legal(graph, axons), seed);
      }),
      { numRuns: 40 },
    );
  });

  it('with minima, which are maxima of complements', () => {
    const layers = [threshold('bits', 'code', [1, 1, 0], [SENSE.atLeast, SENSE.atMost, SENSE.atMost])];
    for (const last of [
      [flatten('f', 'q'), dense('d', 'f', 2, [1, -2, 3, 1, 1, -1]), scores('d')],
      [flatten('f', 'q'), votes('f', 3)],
    ]) {
      const one = graphOf([2, 2, 3], [...layers, pool('q', 'bits', [1, 0, 1]), ...last]);
      expectSame(one, legal(one, 256), 3);
    }
    // A pool of a pool; the second starts from plain outputs again.
    const two = [
      ...layers,
      pool('p', 'bits', [1, 0, 1]),
      pool('q', 'p', [0, 1, 1]),
      flatten('f', 'q'),
      dense('d', 'f', 2, [1, -2, 3, 1, 1, -1]),
    ];
    const twice = graphOf([4, 4, 3], [...two, scores('d')]);
    const built = legal(twice, 256);
    expectSame(twice, built, 4);
    expect(built.relays).toBe(1);
    // A minimum of plain maxima as well.
    const after = graphOf(
      [4, 4, 3],
      [...layers, pool('p', 'bits'), pool('q', 'p', [0, 1, 1]), flatten('f', 'q'), votes('f', 3)],
    );
    expectSame(after, legal(after, 256), 5);
  });

  it('with sums of complements', () => {
    const nodes = [threshold('bits', 'code', [1, 1]), pool('p', 'bits', [1, 0]), sums('s', 'p'), flatten('f', 's')];
    for (const last of [
      [dense('d', 'f', 2, [1, -2, 3, 1]), scores('d')],
      [dense('d', 'f', 2, [1, -2, 3, 1]), threshold('t', 'd', [1, 3]), votes('t', 2)],
    ]) {
      const graph = graphOf([4, 4, 2], [...nodes, ...last]);
      const built = legal(graph, 256);
      expectSame(graph, built, 6);
      // Counts have no constant: the complements become plain outputs first.
      expect(built.relays).toBe(1);
      expect(built.network.layers.map(({ rule }) => rule).slice(0, 3)).toEqual(['threshold', 'threshold', 'count']);
    }
  });
});

describe('legalisation', () => {
  const layersOf = (graph: NetworkGraph, axons = 256): readonly string[] =>
    legal(graph, axons).network.layers.map(
      ({ name, rule, matrix }) => `${name} ${rule} ${matrix.nIn} -> ${matrix.nOut}`,
    );

  it('merges linear layers into one, named after both', () => {
    const graph = graphOf([2], [dense('a', 'code', 2, [1, 2, 3, 4]), dense('b', 'a', 1, [5, -6]), scores('b')]);
    expect(layersOf(graph)).toEqual(['a+b score 2 -> 1']);
    expect([...legal(graph, 256).network.layers[0]!.matrix.weight]).toEqual([5 - 18, 10 - 24]);
  });

  it('keeps sums of a window as counts where a core holds the window, and merges them where none does', () => {
    const graph = graphOf(
      [4, 4, 2],
      [sums('s', 'code'), flatten('f', 's'), dense('d', 'f', 2, new Array<number>(16).fill(1)), scores('d')],
    );
    expect(layersOf(graph, 4)).toEqual(['s count 32 -> 8', 'd score 8 -> 2']);
    expect(layersOf(graph, 3)).toEqual(['s+d score 32 -> 2']);
    const channels = legal(graph, 4).network.layers.map(({ inputChannel }) => new Set(inputChannel).size);
    expect(channels).toEqual([2, 8]);
    // Sums of sums are one matrix.
    const twice = graphOf(
      [4, 4, 1],
      [sums('s', 'code'), sums('t', 's'), flatten('f', 't'), dense('d', 'f', 1, [1]), scores('d')],
    );
    expect(layersOf(twice)).toEqual(['s+t+d score 16 -> 1']);
  });

  it('refuses merged weights beyond 16 bits, and names the largest', () => {
    const graph = (w: number) =>
      graphOf(
        [1],
        [
          dense('a', 'code', 3, [127, 127, w]),
          dense('b', 'a', 1, [127, 127, 127]),
          dense('c', 'b', 1, [1]),
          scores('c'),
        ],
      );
    expect(legal(graph(4), 256).diagnostics).toEqual([]);
    const found = legal(graph(5), 256).diagnostics;
    expect(found.map(({ code }) => code)).toContain('merged-weights-too-large');
    expect(found[0]?.message).toBe('merged with the layers before it, its weights reach 32893, beyond 32767');
  });

  it('has thresholds within what sums reach, whatever the sense', () => {
    // Sums of -2..3.
    const thetas = (theta: number, sense: number): readonly number[] => {
      const graph = graphOf(
        [2],
        [dense('a', 'code', 1, [3, -2]), threshold('t', 'a', [theta], [sense]), votes('t', 1)],
      );
      const { theta: found, matrix } = legal(graph, 256).network.layers[0]!;
      return [...found, ...matrix.weight];
    };
    expect([-9, -2, 1, 4, 9].map((t) => thetas(t, SENSE.atLeast)[0])).toEqual([-2, -2, 1, 4, 4]);
    expect(thetas(1, SENSE.atLeast)).toEqual([1, 3, -2]);
    // S <= t is -S >= -t; -S lies in -3..2.
    expect([-9, -3, -2, 1, 3, 9].map((t) => thetas(t, SENSE.atMost)[0])).toEqual([3, 3, 2, -1, -3, -3]);
    expect(thetas(1, SENSE.atMost)).toEqual([-1, -3, 2]);
    expect([thetas(1, SENSE.always)[0], thetas(1, SENSE.never)[0]]).toEqual([-2, 4]);
  });

  it('turns maxima of sums, minima of counts and maxima of random counts into steps first', () => {
    const end = [flatten('f', 'p'), votes('f', 1)];
    const conv: NetworkNode = {
      ...{ kind: 'conv2d', id: 'c', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
      ...{ nOut: 1, groups: 1, padValue: 0, weights: Int8Array.of(1) },
    };
    const relaysOf = (graph: NetworkGraph): number => {
      const built = legal(graph);
      if (built.network.code.kind !== 'bernoulli') expectSame(graph, built, 8);
      return built.relays;
    };
    // The sum gets neurons before the pool, and the maxima get some for the votes.
    expect(relaysOf(graphOf([2, 2, 1], [conv, pool('p', 'c'), ...end]))).toBe(2);
    expect(relaysOf(graphOf([2, 2, 1], [pool('p', 'code', [1]), ...end], 1))).toBe(2);
    expect(relaysOf(graphOf([2, 2, 1], [pool('p', 'code', [0]), ...end]))).toBe(1);
    const random = graphOf([2, 2, 1], [pool('p', 'code'), ...end]);
    const bernoulli = random.nodes.map((node) =>
      node.kind === 'encode' ? { ...node, code: { kind: 'bernoulli', ticks: 4 } as const } : node,
    );
    // votes read bits: a maximum of counts up to 4 is compared once more.
    expect(relaysOf({ ...random, nodes: bernoulli })).toBe(2);
  });

  it('says which maxima merge on the axons of which layer', () => {
    const graph = graphOf(
      [4, 4, 2],
      [
        threshold('t', 'code', [1, 1]),
        pool('p', 't'),
        flatten('f', 'p'),
        dense('d', 'f', 1, [1, 1, 1, 1, 1, 1, 1, 1]),
        scores('d'),
      ],
    );
    const { merges, layers, wires } = legal(graph).network;
    expect(merges).toEqual([{ name: 'p', layer: 1, nIn: 32, nOut: 8 }]);
    const [first, second] = Array.from(layers[1]!.inputs, (wire) => wires.drivers(wire).map(({ output }) => output));
    expect([first, second]).toEqual([
      [0, 2, 8, 10],
      [1, 3, 9, 11],
    ]);
  });

  it('bounds a row by its inputs at 0 and at most', () => {
    const rangesOf = (bits: number) => {
      const nodes = [dense('a', 'code', 2, [3, -2, 1, -1, -1, 0]), scores('a')];
      const layer = legal(graphOf([3], nodes, bits)).network.layers[0]!;
      return [rowRange(layer, 0), rowRange(layer, 1)];
    };
    expect(rangesOf(1)).toEqual([[-2, 4], [-2, 0]]); // prettier-ignore
    expect(rangesOf(2)).toEqual([[-6, 12], [-6, 0]]); // prettier-ignore
  });
});
