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

  it('uses the output buffer to its last byte', () => {
    const cyclesAt = (outputBufferBytes: number): number =>
      compileNorthPole(residualNetwork, { spec: { ...NORTHPOLE_SMALL, outputBufferBytes }, batch: 2 }).program.cycles;
    // One vector of 32-bit results is the least there is; scores take all of it.
    const { outputs } = NORTHPOLE_SMALL.vmm;
    expect(cyclesAt(4 * outputs)).toBeGreaterThan(0);
    expect(cyclesAt(8 * outputs)).toBeLessThanOrEqual(cyclesAt(4 * outputs));
  });

  it('gives the same program every time', () => {
    const compile = (): unknown => compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL, batch: 2 }).program;
    expect(compile()).toEqual(compile());
  });
});
