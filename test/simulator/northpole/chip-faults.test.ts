import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import type { NorthPoleFaults } from '../../../src/hw-models/faults/northpole-faults.js';
import { weightsOnChip } from '../../../src/hw-models/faults/weight-faults.js';
import type { Precision } from '../../../src/ir/program/northpole.js';
import { openWeightDrawing } from '../../../src/simulator/engines/northpole/chip-faults.js';
import { faultsOf } from '../../support/northpole-faults.js';

function weightsOf(n: number, weightBits: Precision): Int8Array {
  const r = sequence(n, PURPOSE.test, weightBits);
  const size = 2 ** weightBits;
  return Int8Array.from({ length: n }, () => (weightBits === 1 ? r.below(2) * 2 - 1 : r.below(size) - size / 2));
}

const CASES: readonly (readonly [string, NorthPoleFaults])[] = [
  ['no faults', faultsOf({})],
  ['few flips', faultsOf({ flip0to1: 0.003, flip1to0: 0.003 })],
  ['flips of one bit in 2^32', faultsOf({ flip0to1: 2 ** -32, flip1to0: 0.5 })],
  ['all flips', faultsOf({ flip0to1: 1, flip1to0: 1 })],
  ['flips of one direction', faultsOf({ flip0to1: 0.2 })],
  ['flips of different rates', faultsOf({ flip0to1: 0.01, flip1to0: 0.3, chipSeed: 2 ** 40 + 3 })],
  ['stuck bits', faultsOf({ stuckAt0: 0.1, stuckAt1: 0.25 })],
  ['stuck and flipping bits', faultsOf({ flip0to1: 0.5, flip1to0: 0.4, stuckAt0: 0.3, stuckAt1: 0.2 })],
  ['nothing but stuck bits', faultsOf({ flip0to1: 1, stuckAt0: 1 / 3, stuckAt1: 2 / 3 })],
  ['protected bits', faultsOf({ flip0to1: 0.5, flip1to0: 0.5, stuckAt1: 0.2, protectedBits: [0, 3, 7] })],
  ['a small deviation', faultsOf({}, { programmingError: 0.02 })],
  ['a large deviation', faultsOf({}, { programmingError: 3 })],
  ['a deviation and flips', faultsOf({ flip0to1: 0.1, chipSeed: 9 }, { programmingError: 0.3 })],
  ['bits of other memories', faultsOf({ flip0to1: 0.5 }, { memories: ['biases', 'activations'] })],
];

describe('weights drawn by the kernel', () => {
  const draw = openWeightDrawing();

  it.each(CASES)('are those of the definition: %s', (_, faults) => {
    for (const weightBits of [1, 2, 4, 8] as const) {
      for (const n of [1, 63, 64, 65, 777]) {
        const weights = weightsOf(n, weightBits);
        const store = { layer: n % 5, weightBits };
        const found = draw(weights, store, faults);
        expect(Array.from(found), `${n} weights of ${weightBits} bits`).toEqual(
          Array.from(weightsOnChip(weights, store, faults)),
        );
      }
    }
  });

  it('are those of the definition beyond the memory of the kernel', () => {
    const n = 2 ** 16 + 100;
    const weights = new Int8Array(n).fill(1);
    const faults = faultsOf({ flip1to0: 0.01 });
    const store = { layer: 1, weightBits: 1 } as const;
    expect(draw(weights, store, faults)).toEqual(weightsOnChip(weights, store, faults));
  });
});
