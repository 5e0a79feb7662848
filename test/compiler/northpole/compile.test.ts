import { describe, expect, it } from 'vitest';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { residualNetwork } from './small-networks.js';

describe('the NorthPole compiler', () => {
  it.each([1, 2, 3])('schedules a residual network without a collision at batch %d', (batch) => {
    expect(verifyNetwork(residualNetwork)).toEqual([]);
    const { program } = compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL, batch });
    expect(checkSchedule(program)).toEqual([]);
    expect(program.layers.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'a vmm',
      'b vmm',
      'pool vector',
      'classes vmm',
    ]);
  });

  it('gives the same program every time', () => {
    const compile = (): unknown => compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL, batch: 2 }).program;
    expect(compile()).toEqual(compile());
  });
});
