import { describe, expect, it } from 'vitest';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { toInteger } from '../../../src/flow.js';
import { randomIntegerNetwork } from '../../../src/chips/northpole/kit/random-network.js';
import { randomNetwork } from '../../support/random-network.js';

const GRIDS = [
  [4, 4],
  [3, 5],
  [5, 2],
  [1, 1],
] as const;

describe('random integer networks', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i + 1))('seed %d has a schedule without a collision', (seed) => {
    const [gridWidth, gridHeight] = GRIDS[seed % GRIDS.length] ?? [4, 4];
    const spec = { ...NORTHPOLE_SMALL, gridWidth, gridHeight };
    const { program } = compileNorthPole(randomIntegerNetwork(seed), { spec, batch: 1 + (seed % 3) });
    expect(checkSchedule(program)).toEqual([]);
  });
});

describe('binary networks made for spiking chips', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i + 1))('seed %d compiles unchanged', (seed) => {
    const integer = toInteger(randomNetwork(seed));
    const { program } = compileNorthPole(integer, { spec: NORTHPOLE_SMALL, batch: 2 });
    expect(checkSchedule(program)).toEqual([]);
    expect(program.tensors[0]?.bits).toBeLessThanOrEqual(8);
  });
});
