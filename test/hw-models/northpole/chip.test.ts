import { describe, expect, it } from 'vitest';
import { NorthPoleChip } from '../../../src/hw-models/northpole/chip.js';
import { loadTensor, loadWeights } from '../../../src/hw-models/northpole/load.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, randomValues, tensor } from '../../support/northpole-cases.js';

/** By the cycle in which a run is broken off: n(etworks), u(nit) or r(esults) are not at their end, or - where nothing is on its way. */
function brokenOff(program: NorthPoleProgram): string {
  const stateAt = (cycle: number): string => {
    const chip = new NorthPoleChip(program);
    loadWeights(chip, [0]);
    loadTensor(chip, 0, randomValues(1, 1, program.tensors[0]!), [0]);
    for (let n = 0; n < cycle; n++) chip.step(n);
    try {
      chip.finish(cycle);
    } catch (error) {
      const found = /cycle \d+, (networks: something|core \d+, core: (?:a unit|\d results))/.exec(String(error));
      return found === null ? '?' : found[1]!.replace(/^core \d+, core: /, '').replace(/^(?:a |\d )/, '')[0]!;
    }
    return '-';
  };
  return Array.from({ length: program.cycles + 2 }, (_, cycle) => stateAt(cycle)).join('');
}

describe('a run that is broken off', () => {
  it('is told from one that has ended, by the unit that is still at work', () => {
    const program = oneLayer({ input: tensor([1, 1, 8]), nOut: 8, geometry: ONE_PIXEL });
    expect([program.spec.vmm.latency, program.spec.vector.latency]).toEqual([4, 4]);
    // Eight lines a cycle apart that take one; the block waits for its slot; four cycles of the VMM, the last of which ends in the
    // buffer of partial sums; four of the vector unit; the result in its buffer; the write.
    expect(brokenOff(program)).toBe('-' + 'nnnnnnnn' + '-' + 'uuu' + '-' + 'uuuu' + 'r' + '--');
  });

  it('along a chain as well: sums on their link, in the latch, in the vector unit', () => {
    const program = oneLayer({ input: tensor([1, 1, 32]), nOut: 8, geometry: ONE_PIXEL, split: { inGroups: 2 } });
    // Two blocks on each core: the lines of the second come while the VMM works on the first.
    const weights = '-' + 'nnnnnnnnn' + 'uuu' + 'nnnn' + '-';
    expect(brokenOff(program)).toBe(weights + 'uuu' + '-' + 'n' + 'uuuuu' + 'r' + '--');
  });
});
