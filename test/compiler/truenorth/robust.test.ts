import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lowerToInteger } from '../../../src/compiler/pipelines.js';
import { compileTrueNorth, type TrueNorthOptions } from '../../../src/compiler/targets/truenorth/compile.js';
import { isProblem } from '../../../src/compiler/targets/truenorth/lowered.js';
import { planLowering } from '../../../src/compiler/targets/truenorth/plan-lowering.js';
import { planSigned, ROBUST_ROWS } from '../../../src/compiler/targets/truenorth/robust-plan.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { withCrossbarFaults } from '../../../src/hw-models/faults/core-faults.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NO_NOISE } from '../../../src/ir/faults/levels.js';
import { encodeCounts } from '../../../src/ir/network/input-code.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { runProgram } from '../../../src/simulator/run.js';
import { expectExact } from '../../support/exact-program.js';
import { randomNetwork, type RandomNetworkOptions, randomPixels } from '../../support/random-network.js';
import { FUZZ } from '../../support/random-runs.js';
import { contextOf, layerOf } from './chip-layer.js';

const network = (options: RandomNetworkOptions) => fc.nat(1_000_000).map((seed) => randomNetwork(seed, options));
const robust = { objective: 'robustness' } as const;

describe('with --objective robustness the chip computes every class score of the integer network', () => {
  test('on random networks with every input code', async () => {
    await fc.assert(
      fc.asyncProperty(network({ averagePool: true, overlappingPool: true }), (graph) =>
        expectExact(graph, robust, 'reference'),
      ),
      { numRuns: 25 * FUZZ },
    );
  });

  test('on cores so small that most layers need partial sums, with windows of every length, or is refused for its fan-in', async () => {
    const small = { ...TRUENORTH, axonsPerCore: 40, neuronsPerCore: 40 };
    const runs = 25 * FUZZ;
    let compiled = 0;
    await fc.assert(
      fc.asyncProperty(network({ codes: ['threshold'] }), fc.constantFrom(3, 5, 9, 17, 40), async (graph, window) => {
        try {
          await expectExact(graph, { ...robust, spec: small, window }, 'reference');
          compiled++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          for (const { code } of error.diagnostics) expect(code).toBe('fan-in-exceeds-gated-core');
        }
      }),
      { numRuns: runs },
    );
    expect(compiled).toBeGreaterThan(runs / 2);
  });

  test('on wide layers, whose fan-in exceeds a core of full size', async () => {
    const wide = network({ codes: ['threshold'], maxChannels: 40, maxSide: 5, maxDense: 300, layers: 3 });
    await fc.assert(
      fc.asyncProperty(wide, (graph) => expectExact(graph, robust, 'fast')),
      { numRuns: 5 * FUZZ },
    );
  });

  test.each([
    ['fire above their threshold', { positiveComparison: 'above' }],
    ['do not saturate below', { negativeModes: ['reset'] }],
    ['reset at the negative threshold', { negativeComparison: 'atMost' }],
  ] as const)('on chips that %s', async (_, rules) => {
    const spec = { ...TRUENORTH, axonsPerCore: 40, neuronsPerCore: 40, ...rules };
    await fc.assert(
      fc.asyncProperty(network({ codes: ['threshold'] }), (graph) =>
        expectExact(graph, { ...robust, spec }, 'reference'),
      ),
      { numRuns: 10 * FUZZ },
    );
  });
});

/** 400 inputs and 64 units that vote for 8 classes, weights +-1. */
function wideNetwork(): NetworkGraph {
  const r = sequence(5, PURPOSE.test);
  const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => r.below(2) * 2 - 1);
  return {
    name: 'wide',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [20, 20, 1] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
      { kind: 'flatten', id: 'flat', input: 'code' },
      { kind: 'dense', id: 'hidden', input: 'flat', nOut: 64, weights: weights(400 * 64) },
      { kind: 'step', id: 'fires', input: 'hidden' },
      { kind: 'votes', id: 'votes', input: 'fires', nClasses: 8 },
    ],
  };
}

/** Mean difference of a class score of chips with bit errors from that of the integer network. */
async function scoreError(graph: NetworkGraph, options: Partial<TrueNorthOptions>, ber: number): Promise<number> {
  const integer = lowerToInteger(graph);
  const { program } = compileTrueNorth(integer, { spec: TRUENORTH, ...options });
  const [nSamples, nPixels, nClasses] = [40, 400, program.outputs.nClasses];
  const images = randomPixels(3, nSamples * nPixels);
  const data = { name: 'random', shape: program.inputShape, images, labels: new Uint8Array(nSamples), nClasses };
  const interpreter = createInterpreter(integer);
  const counts = new Uint8Array(nPixels);
  const chips = [1, 2, 3];
  let error = 0;
  for (const chipSeed of chips) {
    const rates = { flip0to1: ber, flip1to0: ber, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed };
    const faulty = withCrossbarFaults(program, rates);
    const run = { workers: 1, seed: 1, chipSeed, noise: NO_NOISE, engine: 'fast' } as const;
    const { scores } = await runProgram(faulty, data, run);
    for (let s = 0; s < nSamples; s++) {
      encodeCounts(program.inputCode, images.subarray(s * nPixels, (s + 1) * nPixels), s, 1, counts);
      interpreter.run(counts).forEach((score, c) => (error += Math.abs(score - scores[s * nClasses + c]!)));
    }
  }
  return error / (chips.length * nSamples * nClasses);
}

test('bit errors change less than half as many votes on a chip compiled for robustness as on one compiled for core-ticks', async () => {
  const graph = wideNetwork();
  expect(await scoreError(graph, robust, 0)).toBe(0);
  const plain = await scoreError(graph, {}, 0.01);
  expect(await scoreError(graph, robust, 0.01)).toBeLessThan(plain / 2);
});

describe('signed sums', () => {
  const rows = [
    [1, -1, 1, 1, -1, 1],
    [-1, -1, 1, -1, 1, 1],
  ];

  test('have two counters per row and chunk, which together see every input of the row once', () => {
    const plans = planSigned(layerOf(rows), contextOf(2, { window: 2 }));
    for (const [r, row] of plans?.[0]?.rows.entries() ?? []) {
      const seen = plans![0]!.lanes[r]!.flat().flatMap(({ sign, inputs }) => (sign > 0 ? inputs : []));
      expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(row.outputs[0]?.demand).toMatchObject({ theta: 1 });
    }
    expect(plans?.[0]?.rows).toHaveLength(2);
  });

  test('end within the window, whatever the inputs are', () => {
    for (const window of [1, 2, 3, 4, 6]) {
      const plans = planSigned(layerOf(rows), contextOf(2, { window }));
      for (const [r, { row }] of plans?.[0]?.rows.entries() ?? []) {
        for (const { sign, inputs } of plans![0]!.lanes[r]!.flat()) {
          const most = inputs.reduce((n, i) => n + Math.max(0, sign * rows[row]![i]!), 0);
          expect(most).toBeGreaterThan(0);
          expect(most).toBeLessThanOrEqual(window);
        }
      }
    }
  });

  test('are not for inputs that come over several ticks, weights beyond the window, or chips that do not saturate below', () => {
    const late = { maxCount: 3, span: 3, aligned: true };
    expect(planSigned(layerOf(rows), contextOf(2, { arrival: late }))).toBeUndefined();
    const resets = { rules: { ...contextOf(2).size.rules, negativeSaturate: false } };
    expect(planSigned(layerOf(rows), contextOf(2, { core: resets }))).toBeUndefined();
    expect(planSigned(layerOf([[5, 1]]), contextOf(1, { window: 4 }))).toBeUndefined();
    expect(planSigned(layerOf([[5, 1]]), contextOf(1, { window: 5 }))).toBeDefined();
  });

  test('are added up in cores of few rows', () => {
    const wide = layerOf(
      Array.from({ length: 40 }, (_, o) => Array.from({ length: 300 }, (_, i) => ((o * i) % 3) - 1)),
    );
    const plan = planLowering(wide, contextOf(40, { robust: true }));
    if (isProblem(plan)) throw new Error(plan.message);
    const gated = plan.build().cores.filter(({ role }) => role === 'layer');
    expect(Math.max(...gated.map(({ neurons }) => neurons.length))).toBeLessThanOrEqual(ROBUST_ROWS);
    expect(gated.length).toBe(Math.ceil(40 / ROBUST_ROWS));
  });

  test('of which an output needs more than a gated core collects leave the layer to counts', () => {
    const core = { axons: 24, neurons: 24 };
    const wide = layerOf(
      [0, 1].map((o) => Array.from({ length: 240 }, (_, i) => ((o + Math.floor(i / 20)) % 2) * 2 - 1)),
    );
    const context = contextOf(2, { window: 24, core });
    const plain = planLowering(wide, context);
    if (isProblem(plain)) throw new Error(plain.message);
    // Pairs of axons halve the inputs of a core: 20 chunks with two sums each.
    expect(planSigned(wide, context)?.[0]?.lanes[0]?.flat()).toHaveLength(40);
    expect(planLowering(wide, { ...context, robust: true })).toMatchObject({ nCores: plain.nCores });
  });
});
