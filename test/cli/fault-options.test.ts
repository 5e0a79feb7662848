import { describe, expect, it } from 'vitest';
import { errorAt, UserError } from '../../src/common/diagnostics.js';
import { namingOptions, noiseOption } from '../../src/cli/fault-options.js';
import { noiseOf } from '../../src/ir/faults/levels.js';

describe('a finding about a field of a fault request', () => {
  const scope = {
    memories: ['thresholds', 'weights'],
    protectedBits: [3, 64],
    layers: ['a', 'b'],
    cores: [5],
    known: true,
  } as const;
  const placeOf = async (place: string): Promise<string> => {
    const fails = (): Promise<never> => Promise.reject(new UserError([errorAt('code', place, 'message', 'remedy')]));
    try {
      return await namingOptions({ scope, optionOf: noiseOption(noiseOf('ber', 0.5)) }, fails);
    } catch (error) {
      if (error instanceof UserError) return error.diagnostics[0]?.place ?? '';
      throw error;
    }
  };

  it.each([
    ['noise.ber', '--noise ber=0.5'],
    ['scope.memories[1]', '--fault-memories weights'],
    ['scope.memories', '--fault-memories thresholds,weights'],
    ['scope.protectedBits[1]', '--protected-bits 64'],
    ['scope.layers[0]', '--fault-layers a'],
    ['scope.cores[0]', '--fault-cores 5'],
    ['scope.known', '--known'],
    // Not a field: stays.
    ['noise.brr', 'noise.brr'],
    ['scope.elsewhere[0]', 'scope.elsewhere[0]'],
    ['model.lsn: scope.known', 'model.lsn: scope.known'],
  ])('names the option of %s', async (place, option) => {
    expect(await placeOf(place)).toBe(option);
  });

  it('leaves other errors alone', async () => {
    const bug = new Error('internal error');
    await expect(namingOptions({ optionOf: () => '' }, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
