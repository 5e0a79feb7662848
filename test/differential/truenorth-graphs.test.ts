/** Random graphs of the integer dialect on TrueNorth-style chips: every class score as the interpreter's, on every engine. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrueNorthOptions } from '../../src/compiler/targets/truenorth/compile.js';
import { UserError } from '../../src/common/diagnostics.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import { expectExact } from '../support/exact-program.js';
import { randomIntegerGraph, type RandomGraphOptions } from '../support/random-integer-graph.js';
import { FUZZ } from '../support/random-runs.js';

/** What graphs with large weights may be refused for. */
const REFUSALS = ['weights-exceed-gated-core', 'merged-weights-too-large', 'fan-in-exceeds-gated-core', 'no-mapping'];

const CHIPS = [
  TRUENORTH,
  { ...TRUENORTH, name: 'small cores', axonsPerCore: 64, neuronsPerCore: 48 },
  { ...TRUENORTH, name: 'short delays', maxDelay: 3 },
  { ...TRUENORTH, name: 'no delays', maxDelay: 1 },
  { ...TRUENORTH, name: 'fires above', positiveComparison: 'above' },
  { ...TRUENORTH, name: 'eight types, narrow weights', axonTypes: 8, weightMax: 31, leakMax: 31 },
] as const;

/** Runs random graphs on random chips; the share that was refused. */
async function share(
  options: RandomGraphOptions,
  engine: 'fast' | 'reference' | 'batch',
  numRuns: number,
  {
    refusals = REFUSALS,
    ...compile
  }: Pick<TrueNorthOptions, 'objective'> & { readonly refusals?: readonly string[] } = {},
): Promise<number> {
  let refused = 0;
  let legal = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(10_000_000), fc.constantFrom(...CHIPS), async (seed, spec) => {
      const graph = randomIntegerGraph(seed, options);
      fc.pre(verifyNetwork(graph).every(({ severity }) => severity !== 'error'));
      legal++;
      try {
        await expectExact(graph, { spec, ...compile }, engine);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused++;
        for (const { code, remedy } of error.diagnostics) {
          expect(refusals, `${code} of ${graph.name}`).toContain(code);
          expect(remedy).not.toBe('');
        }
      }
    }),
    { numRuns },
  );
  return refused / legal;
}

describe('the chip computes every class score of a graph', () => {
  test('that takes maxima of sums of bits (found by these tests)', async () => {
    await expectExact(randomIntegerGraph(7433710, { side: 3 }), {}, 'reference');
  });

  test('whose sums are taken apart more than twice on small cores (found by these tests)', async () => {
    await expectExact(randomIntegerGraph(7588417, { bits: 8, weightBits: 6, side: 3 }), { spec: CHIPS[1] }, 'fast');
  });

  test('that sums windows of counts on a chip with short delays (found by these tests)', async () => {
    const graph = randomIntegerGraph(5736595, { side: 3 });
    for (const maxDelay of [1, 2, 3]) await expectExact(graph, { spec: { ...TRUENORTH, maxDelay } }, 'fast');
  });

  test.each(['fast', 'reference', 'batch'] as const)('of up to three bits, on the %s engine', async (engine) => {
    expect(await share({ side: 3 }, engine, (engine === 'reference' ? 8 : 30) * FUZZ)).toBeLessThan(0.1);
  });

  test('of up to eight bits', async () => {
    // Hundreds of neurons for a value may be more than small cores have on a chip.
    const refusals = [...REFUSALS, 'chip-too-small'];
    const options = { bits: 8, weightBits: 6, side: 3 };
    expect(await share(options, 'fast', 6 * FUZZ, { refusals })).toBeLessThan(0.2);
  });

  test('of up to four bits', async () => {
    expect(await share({ bits: 4, weightBits: 4 }, 'fast', 10 * FUZZ)).toBeLessThan(0.2);
  });

  test('compiled for robustness', async () => {
    expect(await share({ side: 3 }, 'fast', 20 * FUZZ, { objective: 'robustness' })).toBeLessThan(0.1);
  });
});
