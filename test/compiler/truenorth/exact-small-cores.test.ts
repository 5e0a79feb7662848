import fc from 'fast-check';
import { describe, test } from 'vitest';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { expectExact } from '../../support/exact-program.js';
import { randomNetwork } from '../../support/random-network.js';
import { FUZZ } from '../../support/random-runs.js';

describe('the chip computes every class score of the integer network', () => {
  test('on small cores, where every layer needs partial sums and splitters', async () => {
    const spec = { ...TRUENORTH, axonsPerCore: 48, neuronsPerCore: 32 };
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), (seed) =>
        expectExact(randomNetwork(seed, { averagePool: true, maxSide: 3 }), { spec }, 'reference'),
      ),
      { numRuns: 20 * FUZZ },
    );
  });
});
