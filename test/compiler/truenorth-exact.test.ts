import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { type Objective, OBJECTIVES } from '../../src/compiler/targets/truenorth/compile.js';
import type { TrueNorthSpec } from '../../src/ir/program/truenorth.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { compilableSpecs } from '../support/random-spec.js';
import { expectExact } from '../support/exact-program.js';
import { randomNetwork, type RandomNetworkOptions } from '../support/random-network.js';
import { FUZZ } from '../support/random-runs.js';

/**
 * The same on a chip that may be too small or lack what the network needs: then it is refused with findings that have a remedy and blame the
 * network or the chip, never us. Returns whether it compiled.
 */
async function expectExactOrRefused(graph: NetworkGraph, spec: TrueNorthSpec, objective: Objective): Promise<boolean> {
  try {
    await expectExact(graph, { spec, objective }, spec.neuronsPerCore > 128 ? 'fast' : 'reference');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const { code, remedy } of error.diagnostics) {
      expect(REFUSALS, `${code} of ${graph.name}`).toContain(code);
      expect(remedy).not.toBe('');
    }
    return false;
  }
  return true;
}

/** What a chip can lack. */
const REFUSALS = [
  ...['too-few-axon-types', 'no-negative-reset', 'no-linear-reset', 'unsupported-chip', 'fan-in-exceeds-gated-core'],
  ...[
    'counting-core-too-small',
    'fan-in-exceeds-core',
    'threshold-range',
    'potential-range',
    'hop-range',
    'chip-too-small',
  ],
  ...['weights-exceed-gated-core', 'no-mapping'],
];

const network = (options: RandomNetworkOptions) => fc.nat(1_000_000).map((seed) => randomNetwork(seed, options));

describe('the chip computes every class score of the integer network', () => {
  test('on chips whose every parameter is random and for every objective, or says what the chip lacks', async () => {
    let compiled = 0;
    const runs = 60 * FUZZ;
    await fc.assert(
      fc.asyncProperty(
        network({ codes: ['threshold', 'rate'] }),
        compilableSpecs(),
        fc.constantFrom(...OBJECTIVES),
        async (graph, spec, objective) => {
          if (await expectExactOrRefused(graph, spec, objective)) compiled++;
        },
      ),
      { numRuns: runs },
    );
    expect(compiled).toBeGreaterThan(runs / 5);
  });

  test('on random networks with binary, thermometer and rate inputs', async () => {
    await fc.assert(
      fc.asyncProperty(network({ averagePool: true, overlappingPool: true }), (graph) =>
        expectExact(graph, {}, 'reference'),
      ),
      { numRuns: 40 * FUZZ },
    );
  });

  test('with windows of every length and each objective', async () => {
    await fc.assert(
      fc.asyncProperty(network({ codes: ['threshold'] }), fc.constantFrom(3, 5, 9, 17, 40), (graph, window) =>
        expectExact(graph, { window }, 'reference'),
      ),
      { numRuns: 20 * FUZZ },
    );
  });

  test('on wide layers, whose fan-in exceeds a core of full size', async () => {
    const wide = network({ averagePool: true, maxChannels: 40, maxSide: 5, maxDense: 300, layers: 3 });
    await fc.assert(
      fc.asyncProperty(wide, (graph) => expectExact(graph, {}, 'fast')),
      { numRuns: 6 * FUZZ },
    );
  });

  test('with Bernoulli inputs', async () => {
    await fc.assert(
      fc.asyncProperty(network({ codes: ['bernoulli'], maxSide: 3, layers: 1 }), (graph) =>
        expectExact(graph, {}, 'reference'),
      ),
      { numRuns: 15 * FUZZ },
    );
  });
});
