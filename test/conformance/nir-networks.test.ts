/** NIR networks of other projects against plain loops over the arrays of their files, where a checkout of them is at hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { foreignFile } from '../../src/cli/import-options.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { createSpikingEvaluator } from '../../src/evaluation/spiking/evaluator.js';
import { inferShapes, sizeOf } from '../../src/ir/network/shapes.js';
import { nirReference } from '../support/nir-reference.js';

const MODELS = fileURLToPath(new URL('../../../shared/models/nir', import.meta.url));
const shared = test.skipIf(!existsSync(MODELS));

/** Each element is an event with a probability, as a frame [channels, height, width]. */
function frame(draw: { below(n: number): number }, n: number, percent: number): Float64Array {
  return Float64Array.from({ length: n }, () => (draw.below(100) < percent ? 1 : 0));
}

/** [channels, height, width] to [height, width, channels]. */
function channelsLast(values: Float64Array, channels: number): Float64Array {
  const n = values.length / channels;
  return values.map((_, e) => values[(e % channels) * n + Math.floor(e / channels)]!);
}

interface Case {
  readonly file: string;
  readonly dt: number;
  readonly asked?: number;
  readonly steps: number;
  readonly channels: number;
  readonly percent: number;
}

const CASES: readonly Case[] = [
  { file: 'cnn_sinabs.nir', dt: 1, steps: 8, channels: 2, percent: 12 },
  { file: 'lif_norse.nir', dt: 0.001, asked: 0.001, steps: 200, channels: 1, percent: 30 },
];

describe('an imported NIR network spikes as loops over the arrays of its file', () => {
  shared.each(CASES)('$file, on 100 random inputs', { timeout: 600_000 }, async (given) => {
    const path = join(MODELS, given.file);
    const { graph } = await openNetwork(await foreignFile(path), { timeStep: given.asked });
    const reference = nirReference(path, given.dt);
    const evaluator = createSpikingEvaluator(graph);
    const shapes = inferShapes(graph);
    const [input] = graph.nodes;
    const size = sizeOf(shapes.get(input?.id ?? '') ?? []);
    const neurons = graph.nodes.flatMap(({ id, kind }) => (kind === 'neuron' ? [id] : []));
    expect(neurons.length).toBeGreaterThan(0);
    const spikes = new Map(neurons.map((id) => [id, 0]));
    for (let sample = 0; sample < 100; sample++) {
      const draw = sequence(sample, PURPOSE.test, 11);
      reference.reset();
      evaluator.reset();
      for (let t = 0; t < given.steps; t++) {
        const events = frame(draw, size, given.percent);
        evaluator.step(channelsLast(events, given.channels));
        const expected = reference.step(events);
        for (const id of neurons) {
          const shape = shapes.get(id) ?? [];
          const want = expected.get(id) ?? new Float64Array(0);
          const found = evaluator.value(id) ?? new Float64Array(0);
          const wanted = shape.length === 3 ? channelsLast(want, shape[2] ?? 1) : want;
          if (!wanted.every((v, n) => v === found[n])) {
            expect.fail(`sample ${sample}, step ${t}, layer ${id}: other spikes`);
          }
          spikes.set(id, (spikes.get(id) ?? 0) + wanted.reduce((a, b) => a + b, 0));
        }
      }
    }
    // Silence would agree too.
    for (const [id, n] of spikes) expect(n, `spikes of ${id}`).toBeGreaterThan(100);
  });
});
