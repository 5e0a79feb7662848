/**
 * Small networks as text, before and after lowering, with their mapping. A changed golden is a changed compiler: read the
 * difference before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { compileNetwork, toInteger } from '../../src/flow.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

const network = (
  name: string,
  shape: readonly number[],
  code: 'threshold' | 'rate',
  nodes: NetworkNode[],
): NetworkGraph => ({
  name,
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'image', shape },
    {
      kind: 'encode',
      id: 'code',
      input: 'image',
      code: code === 'rate' ? { kind: 'rate', bits: 2 } : { kind: 'threshold', level: 128 },
    },
    ...nodes,
  ],
});

/** A fixed pattern of -1 and +1. */
const signs = (n: number): Int8Array =>
  Int8Array.from({ length: n }, (_, i) => ((i * i + (i >> 2)) % 3 === 0 ? -1 : 1));

const norm = (id: string, input: string, gamma: readonly number[]): NetworkNode => ({
  kind: 'batchNorm',
  id,
  input,
  gamma: Float64Array.from(gamma),
  beta: Float64Array.from(gamma, () => 0.5),
  mean: Float64Array.from(gamma, (_, i) => i),
  variance: Float64Array.from(gamma, () => 4),
  epsilon: 0,
});

const CASES: readonly NetworkGraph[] = [
  network('max-pool-of-a-falling-channel', [4, 4, 1], 'threshold', [
    {
      kind: 'conv2d',
      id: 'conv',
      input: 'code',
      window: [3, 3],
      stride: [1, 1],
      padding: [1, 1, 1, 1],
      nOut: 3,
      groups: 1,
      weights: signs(27),
      padValue: 0,
    },
    { kind: 'maxPool', id: 'pool', input: 'conv', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    norm('norm', 'pool', [1, -1, 0]),
    { kind: 'sign', id: 'act', input: 'norm' },
    { kind: 'flatten', id: 'flat', input: 'act' },
    { kind: 'dense', id: 'dense', input: 'flat', nOut: 2, weights: signs(24) },
    { kind: 'scores', id: 'out', input: 'dense' },
  ]),
  network('dense-beyond-a-core', [300], 'threshold', [
    { kind: 'dense', id: 'wide', input: 'code', nOut: 40, weights: signs(12_000) },
    { kind: 'sign', id: 'act', input: 'wide' },
    { kind: 'dense', id: 'dense', input: 'act', nOut: 4, weights: signs(160) },
    { kind: 'step', id: 'act2', input: 'dense' },
    { kind: 'votes', id: 'out', input: 'act2', nClasses: 2 },
  ]),
  network('rates-and-average-pooling', [4, 4, 2], 'rate', [
    { kind: 'avgPool', id: 'mean', input: 'code', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    { kind: 'flatten', id: 'flat', input: 'mean' },
    {
      kind: 'dense',
      id: 'dense',
      input: 'flat',
      nOut: 6,
      weights: signs(48),
      bias: Float64Array.from([0, 1, -1, 0.5, 2, -2]),
    },
    { kind: 'step', id: 'act', input: 'dense' },
    { kind: 'votes', id: 'out', input: 'act', nClasses: 3 },
  ]),
];

test.each(CASES.map((graph) => [graph.name, graph] as const))('%s', async (name, graph) => {
  const text = printNetwork(graph);
  expect(parseNetwork(text, name)).toEqual(graph);
  const integer = printNetwork(toInteger(graph));
  const { table } = compileNetwork(graph, { chip: trueNorth });
  const golden = `${text}\n--- integer\n${integer}\n--- mapping\n${table}\n`;
  await expect(golden).toMatchFileSnapshot(`../golden/${name}.txt`);
});
