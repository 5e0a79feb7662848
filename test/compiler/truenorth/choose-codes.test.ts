import { expect, it } from 'vitest';
import { chooseCodes } from '../../../src/compiler/targets/truenorth/choose-codes.js';
import { costOf, OBJECTIVES } from '../../../src/compiler/targets/truenorth/choose-mapping.js';
import { capacityOf } from '../../../src/compiler/targets/truenorth/capacity.js';
import { present } from '../../../src/common/assert.js';
import { TRUENORTH_PRESETS } from '../../../src/hw-models/truenorth/spec.js';
import { toInteger } from '../../../src/flow.js';
import { loadExample } from '../../../examples/networks.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { expectExact } from '../../support/exact-program.js';

/** Inputs of 8 bits, a sum of them in 16 steps, scores. */
const networkOfBits: NetworkGraph = {
  name: 'bits',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'x', shape: [20] },
    { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
    {
      ...{ kind: 'dense', id: 'sums', input: 'c', nOut: 4 },
      weights: Int8Array.from({ length: 80 }, (_, i) => ((i * 7) % 5) - 2),
    },
    {
      ...{ kind: 'requantise', id: 'q', input: 'sums', inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, min: 0, max: 15 },
      ...{ multiplier: Int32Array.of(Math.round(2 ** 31 / 100)), shift: Uint8Array.of(31), rounding: 'halfUp' },
    },
    {
      ...{ kind: 'dense', id: 'last', input: 'q', nOut: 2 },
      weights: Int8Array.of(1, -1, 2, 1, -1, 1, 1, -2),
    },
    { kind: 'scores', id: 's', input: 'last' },
  ],
};

const spec = TRUENORTH_PRESETS.truenorth;

it.each(OBJECTIVES)('the codes whose mapping costs least are chosen, and each is tried once (%s)', (objective) => {
  const { tried, mapping } = chooseCodes({ graph: networkOfBits, options: { spec, objective } });
  const names = tried.map(({ codes, digits }) => JSON.stringify([codes.stairs, digits]));
  expect(new Set(names).size).toBe(names.length);
  // Digits of radix 16 first, then of 4 and one of 256.
  expect(new Set(tried.map(({ digits }) => digits?.count)).size).toBe(3);
  const cost = ({ best }: (typeof tried)[number]): number =>
    best === undefined ? Infinity : costOf(objective, best, capacityOf(spec));
  const [chosen, ...none] = tried.filter((choice) => choice.chosen);
  expect(none).toEqual([]);
  expect(cost(present(chosen, 'chosen'))).toBe(Math.min(...tried.map(cost)));
  expect(mapping.result?.tried.find((choice) => choice.chosen)).toEqual(chosen?.best);
});

it('a network of binary layers leaves no choice', async () => {
  const graph = toInteger(await loadExample('mnist-5core'));
  expect(chooseCodes({ graph, options: { spec } }).tried).toEqual([]);
});

it.each(OBJECTIVES)('whatever is chosen gives the scores of the network (%s)', async (objective) => {
  await expectExact(networkOfBits, { objective }, 'fast');
});
