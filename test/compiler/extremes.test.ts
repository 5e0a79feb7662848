/** Networks with extreme but legal numbers: compiled, or refused as the user's error at a layer the user has; never an internal error. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { compileNetwork, readProgram, writeProgram } from '../../src/flow.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { randomNetwork } from '../support/random-network.js';
import { randomQuantisedNetwork } from '../support/random-quantised-network.js';
import { randomFloatTransformer } from '../support/random-transformer.js';

const EXTREMES = [1e-320, 5e-324, 1e-200, 1e-30, 1e-9, 1e9, 1e30, 1e200, 1e308, 0.1, 3];

/** The node with its numbers pushed far out; `pick` draws what. */
function pushed(node: NetworkNode, pick: (n: number) => number): NetworkNode {
  const extreme = (): number => EXTREMES[pick(EXTREMES.length)] ?? 1;
  const some = (values: Float64Array, sign: boolean): Float64Array =>
    values.map((v) => (pick(3) > 0 ? v : extreme() * (sign && pick(2) === 0 ? -1 : 1)));
  switch (node.kind) {
    case 'dense':
    case 'conv2d':
      return {
        ...node,
        ...(node.scale === undefined ? {} : { scale: some(node.scale, false) }),
        ...(node.bias === undefined ? {} : { bias: some(node.bias, true) }),
      };
    case 'batchNorm':
      return {
        ...node,
        gamma: some(node.gamma, true),
        beta: some(node.beta, true),
        mean: some(node.mean, true),
        variance: some(node.variance, false),
      };
    case 'quantise':
      return { ...node, step: extreme() };
    case 'encode':
      return node.code.kind === 'integer' ? { ...node, code: { ...node.code, step: extreme() } } : node;
    case 'rmsNorm':
      return { ...node, gain: some(node.gain, true) };
    case 'embedding':
    case 'attention':
      return node.scale === undefined ? node : { ...node, scale: extreme() };
    case 'scores':
      return {
        ...node,
        ...(node.scale === undefined ? {} : { scale: some(node.scale, true) }),
        ...(node.offset === undefined ? {} : { offset: some(node.offset, true) }),
      };
    default:
      return node;
  }
}

function extreme(seed: number, draws: readonly number[]): NetworkGraph {
  let k = 0;
  const pick = (n: number): number => (draws[k++ % draws.length] ?? 0) % n;
  const graph =
    seed % 3 === 0
      ? randomNetwork(seed, { averagePool: true })
      : seed % 3 === 1
        ? randomQuantisedNetwork(seed)
        : randomFloatTransformer(seed);
  return { ...graph, nodes: graph.nodes.map((node) => (pick(3) === 0 ? pushed(node, pick) : node)) };
}

test('extreme numbers give a program that is read back, or errors at layers of the network', () => {
  let compiled = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.array(fc.nat(), { minLength: 8, maxLength: 40 }),
      fc.boolean(),
      (seed, draws, isTrueNorth) => {
        const graph = extreme(seed, draws);
        const chip = isTrueNorth && seed % 3 === 0 ? 'truenorth' : 'northpole';
        try {
          // Legal for a file.
          expect(decodeNetwork(encodeNetwork(graph), graph.name)).toEqual(graph);
          const compilation = compileNetwork(graph, { chip });
          expect(readProgram(writeProgram(compilation), 'program').program).toEqual(compilation.program);
          compiled++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refused++;
          const layers = new Set(graph.nodes.map(({ id }) => id));
          for (const { place, severity } of error.diagnostics) {
            const layer = /layer "([^"]+)"/.exec(place)?.[1];
            if (severity === 'error' && layer !== undefined)
              expect(layer.split('+').every((id) => layers.has(id))).toBe(true);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(compiled).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(5);
});
