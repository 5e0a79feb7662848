/** NIR networks of other projects against plain loops over the arrays of their files, where a checkout of them is at hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { foreignFile } from '../../src/cli/import-options.js';
import { present } from '../../src/common/assert.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { roundSpiking, SPIKING_BITS } from '../../src/compiler/passes/spiking-to-integer.js';
import { exportNir } from '../../src/compiler/exporters/nir.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { compareSpiking } from '../../src/evaluation/spiking/compare.js';
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
  /** Measured here: layer, spikes of the float and of the integer network, mean and largest error of a neuron's count in a sample. */
  readonly integers: { readonly report: readonly string[]; readonly agreement: string };
}

const CASES: readonly Case[] = [
  {
    file: 'cnn_sinabs.nir',
    dt: 1,
    steps: 8,
    channels: 2,
    percent: 12,
    integers: {
      report: [
        '1 151526 151964 0.011 1',
        '3 195974 195586 0.059 2',
        '6 51306 50704 0.233 3',
        '10 10255 10380 0.162 4',
        '12 278 260 0.19 3',
      ],
      // Few of the noise's samples let the last layer spike at all: most classes are ties, or a matter of one spike.
      agreement: '58 of 100',
    },
  },
  {
    file: 'lif_norse.nir',
    dt: 0.001,
    asked: 0.001,
    steps: 200,
    channels: 1,
    percent: 30,
    integers: { report: ['1 6099 6099 0 0'], agreement: '100 of 100' },
  },
];

describe('a network of another project', () => {
  shared.each(CASES)('$file comes back from an export as NIR unchanged', async (given) => {
    const { graph } = await openNetwork(await foreignFile(join(MODELS, given.file)), { timeStep: given.asked });
    const { bytes } = exportNir(graph, given.file);
    const file = { bytes, place: 'other.nir', beside: () => Promise.resolve(undefined) };
    expect((await openNetwork(file)).graph).toEqual(graph);
  });
});

/** Frames of a sample, channels last. */
function* framesOf(sample: number, size: number, { steps, percent, channels }: Case): Generator<Float64Array> {
  const draw = sequence(sample, PURPOSE.test, 11);
  for (let t = 0; t < steps; t++) yield channelsLast(frame(draw, size, percent), channels);
}

const rounded = (v: number): number => Math.round(v * 1000) / 1000;

describe('its integer form, weights of 8 bits', () => {
  shared.each(CASES)('$file: errors of spike counts per layer', { timeout: 600_000 }, async (given) => {
    const { graph } = await openNetwork(await foreignFile(join(MODELS, given.file)), { timeStep: given.asked });
    const { graph: integer, weights, neurons } = roundSpiking(graph, SPIKING_BITS);
    const size = sizeOf(inferShapes(graph).get(graph.nodes[0]?.id ?? '') ?? []);
    const samples = Array.from({ length: 100 }, (_, s) => framesOf(s, size, given));
    const { layers, nSamples, sameClass } = compareSpiking(graph, present(integer, 'integer form'), samples);
    const report = layers.map(({ layer, float, integer: found, meanError, largestError }) =>
      [layer, float, found, rounded(meanError), largestError].join(' '),
    );
    expect(weights.every(({ largestError, scale }) => largestError <= 0.5001 * scale)).toBe(true);
    expect(neurons.length).toBe(layers.length);
    expect({ report, agreement: `${sameClass} of ${nSamples}` }).toEqual(given.integers);
  });
});

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
