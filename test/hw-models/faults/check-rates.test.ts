import { describe, expect, it } from 'vitest';
import { loadExample } from '../../../examples/networks.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { compileNetwork } from '../../../src/flow.js';
import { withCrossbarFaults, withNeuronFaults } from '../../../src/hw-models/faults/core-faults.js';
import { withDeviations } from '../../../src/hw-models/faults/parameter-deviations.js';
import { withDestinationFaults, withThresholdFaults } from '../../../src/hw-models/faults/stored-words.js';
import { faultWeights, programWeights } from '../../../src/hw-models/faults/weight-faults.js';
import { drawDeadCores } from '../../../src/hw-models/truenorth/board-faults.js';
import { drawDownFabric } from '../../../src/hw-models/truenorth/fabric-faults.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { runNorthPole } from '../../../src/simulator/run-northpole.js';
import { loadDataset } from '../../../src/data/index.js';

const { program } = compileNetwork(await loadExample('mnist-5core'), { chip: trueNorth });
const bits = { flip0to1: 0, flip1to0: 0, stuckAt0: 0, stuckAt1: 0, protectedBits: [], chipSeed: 1 };
const store = { layer: 0, weightBits: 8 } as const;
const weights = Int8Array.of(1, 2, 3);

describe.each([Number.NaN, -0.1, 100.5, Infinity])('a rate of %d', (bad) => {
  it.each<readonly [string, () => unknown, RegExp]>([
    ['crossbars', () => withCrossbarFaults(program, { ...bits, flip0to1: bad }), /flip0to1/],
    ['thresholds', () => withThresholdFaults(program, { ...bits, stuckAt1: bad }), /stuckAt1/],
    ['destinations', () => withDestinationFaults(program, { ...bits, flip1to0: bad }), /flip1to0/],
    ['neurons', () => withNeuronFaults(program, { dead: bad, saturated: bad, chipSeed: 1 }), /dead: [^]*saturated: /],
    [
      'parameters',
      () => withDeviations(program, { thresholdMismatch: 0, leakMismatch: bad, programmingError: bad, chipSeed: 1 }),
      /leakMismatch[^]*programmingError/,
    ],
    ['stored weights', () => faultWeights(weights, store, { ...bits, stuckAt0: bad }), /stuckAt0/],
    [
      'programmed weights',
      () => programWeights(weights, store, { programmingError: bad, chipSeed: 1 }),
      /programmingE/,
    ],
    ['dead cores', () => drawDeadCores(TRUENORTH, bad, 1), /rate/],
    ['the mesh', () => drawDownFabric(TRUENORTH, { cores: 0, links: bad, chips: bad }, 1), /links[^]*chips/],
  ])('is refused for %s', (_, attempt, field) => {
    expect(attempt).toThrow(/bad-noise-level/);
    expect(attempt).toThrow(field);
  });

  it('is refused by the engine of NorthPole-style chips', async () => {
    const onNorthPole = compileNetwork(await loadExample('mnist-5core'), { chip: northPole }).program;
    const data = await loadDataset('mnist', 'test');
    const faults = {
      bits: { ...bits, flip0to1: bad },
      memories: [],
      programmingError: 0,
      readNoise: bad,
      noiseSeed: 1,
    };
    await expect(runNorthPole(onNorthPole, data, { seed: 1, workers: 1, limit: 1, faults })).rejects.toThrow(
      /bits\.flip0to1[^]*readNoise/,
    );
  });
});
