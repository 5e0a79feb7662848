import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../src/compiler/exporters/onnx.js';
import { onnx } from '../../../src/compiler/frontends/onnx/index.js';
import { loadSamples } from '../../../src/data/samples.js';
import { decodeNetwork } from '../../../src/ir/network/file.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { modelPath } from '../../cli/harness.js';
import { asFile } from '../../support/onnx-case.js';
import { randomImage, scoresOf, single } from '../../support/network-scores.js';
import { evaluateOnnx } from '../../support/onnx-evaluator.js';
import { randomNetwork } from '../../support/random-network.js';
import { randomQuantisedNetwork } from '../../support/random-quantised-network.js';

/** The pixels of an image in the order of the file: channels first. */
function inFileOrder(network: NetworkGraph, image: Uint8Array): Uint8Array {
  const [input] = network.nodes;
  const channels = input?.kind === 'input' ? (input.shape[2] ?? 1) : 1;
  const pixels = image.length / channels;
  return image.map((_, i) => image[(i % pixels) * channels + Math.floor(i / pixels)]!);
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
    'computes every score of %s on 50 images of MNIST with its numbers rounded to float32',
    async (name) => {
      const network = decodeNetwork(readFileSync(modelPath(name)), name);
      const { images } = await loadSamples('mnist', network);
      const evaluate = evaluateOnnx(exportOnnx(network, '1', name).bytes);
      const run = scoresOf(network);
      for (let s = 0; s < 50; s++) {
        const image = images.subarray(s * 784, (s + 1) * 784);
        const found = evaluate(image);
        run(image).forEach((score, k) => expect(Math.abs(found[k]! - score)).toBeLessThanOrEqual(1e-9));
      }
    },
    60_000,
  );
});
