import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { exportOnnx } from '../../../src/compiler/exporters/onnx.js';
import { onnx } from '../../../src/compiler/frontends/onnx/index.js';
import { loadSamples } from '../../../src/data/samples.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { decodeNetwork } from '../../../src/ir/network/file.js';
import { codedBuffer, encodeCounts } from '../../../src/ir/network/input-code.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { modelPath } from '../../cli/harness.js';
import { asFile } from '../../support/onnx-case.js';
import { evaluateOnnx } from '../../support/onnx-evaluator.js';
import { randomNetwork } from '../../support/random-network.js';
import { randomQuantisedNetwork } from '../../support/random-quantised-network.js';

const randomImage = (network: NetworkGraph, seed: number): Uint8Array => {
  const [input] = network.nodes;
  const r = sequence(seed, PURPOSE.test, 5);
  return Uint8Array.from({ length: input?.kind === 'input' ? sizeOf(input.shape) : 0 }, () => r.below(256));
};

/** The class scores of an image, by the definition of the network. */
function scoresOf(network: NetworkGraph): (image: Uint8Array) => number[] {
  const interpreter = createInterpreter(network);
  const code = network.nodes.find((node) => node.kind === 'encode')?.code;
  if (code === undefined) throw new Error('no input code');
  return (image) => {
    const counts = codedBuffer(code, image.length);
    encodeCounts(code, image, 0, 0, counts);
    return Array.from(interpreter.run(counts));
  };
}

/** The pixels of an image in the order of the file: channels first. */
function inFileOrder(network: NetworkGraph, image: Uint8Array): Uint8Array {
  const [input] = network.nodes;
  const channels = input?.kind === 'input' ? (input.shape[2] ?? 1) : 1;
  const pixels = image.length / channels;
  return image.map((_, i) => image[(i % pixels) * channels + Math.floor(i / pixels)]!);
}

/** A network whose parameters float32 holds. */
function single(network: NetworkGraph): NetworkGraph {
  const rounded = (node: NetworkNode): NetworkNode => {
    switch (node.kind) {
      case 'batchNorm': {
        const { gamma, beta, mean, variance, epsilon } = node;
        return {
          ...node,
          gamma: gamma.map(Math.fround),
          beta: beta.map(Math.fround),
          mean: mean.map(Math.fround),
          variance: variance.map(Math.fround),
          epsilon: Math.fround(epsilon),
        };
      }
      case 'quantise':
        return { ...node, step: Math.fround(node.step) };
      case 'dense':
      case 'conv2d':
        return {
          ...node,
          ...(node.scale === undefined ? {} : { scale: node.scale.map(Math.fround) }),
          ...(node.bias === undefined ? {} : { bias: node.bias.map(Math.fround) }),
        };
      case 'encode':
        return node.code.kind === 'integer'
          ? { ...node, code: { ...node.code, step: Math.fround(node.code.step) } }
          : node;
      default:
        return node;
    }
  };
  return { ...network, nodes: network.nodes.map(rounded) };
}

function expectEqualScores(network: NetworkGraph, seed: number): void {
  const { bytes } = exportOnnx(network, '1', 'net');
  const evaluate = evaluateOnnx(bytes);
  const run = scoresOf(network);
  for (let i = 0; i < 4; i++) {
    const image = randomImage(network, seed + i);
    const scores = run(image);
    const found = Array.from(evaluate(inFileOrder(network, image)));
    expect(found).toHaveLength(scores.length);
    scores.forEach((score, k) =>
      expect(Math.abs(found[k]! - score)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(score))),
    );
  }
}

describe('an exported file', () => {
  it('computes the scores of random binary networks, by the definitions of its operators', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const network = single(
          randomNetwork(seed, { codes: ['threshold', 'rate'], averagePool: true, overlappingPool: true }),
        );
        fc.pre(network.nodes.at(-1)?.kind === 'scores');
        expectEqualScores(network, seed);
      }),
      { numRuns: 60 },
    );
  });

  it('computes the scores of random quantised networks', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => expectEqualScores(single(randomQuantisedNetwork(seed)), seed)),
      { numRuns: 60 },
    );
  });

  it('gives random networks back with every score', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.boolean(), async (seed, isBinary) => {
        const network = isBinary ? randomNetwork(seed, { codes: ['threshold', 'rate'] }) : randomQuantisedNetwork(seed);
        fc.pre(network.nodes.at(-1)?.kind === 'scores');
        const { graph } = await onnx.read(asFile(exportOnnx(network, '1', 'net').bytes), {});
        const [before, after] = [scoresOf(network), scoresOf(graph)];
        for (let i = 0; i < 4; i++) {
          const image = randomImage(network, seed + i);
          expect(after(image)).toEqual(before(image));
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(['mnist-mlp', 'mnist-conv', 'mnist-resnet-4bit', 'mnist-resnet-1bit', 'mnist-resnet-float'])(
    'computes the scores of %s',
    (name) => expectEqualScores(single(decodeNetwork(readFileSync(modelPath(name)), name)), 1),
  );

  it.each(['mnist-mlp', 'mnist-resnet-4bit'])(
    'computes every score of %s on 200 images of MNIST with its numbers rounded to float32',
    async (name) => {
      const network = decodeNetwork(readFileSync(modelPath(name)), name);
      const { images } = await loadSamples('mnist', network);
      const evaluate = evaluateOnnx(exportOnnx(network, '1', name).bytes);
      const run = scoresOf(network);
      for (let s = 0; s < 200; s++) {
        const image = images.subarray(s * 784, (s + 1) * 784);
        const found = evaluate(image);
        run(image).forEach((score, k) => expect(Math.abs(found[k]! - score)).toBeLessThanOrEqual(1e-9));
      }
    },
    60_000,
  );
});
