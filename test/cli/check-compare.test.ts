import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const made = writeMadeFolder(folder.at('made'));

describe('lodestone check', () => {
  it('says that a network fits, what limits each layer and what it costs, with exit code 0', async () => {
    const { code, out } = await cli(['check', made, '--chip', 'truenorth']);
    expect(code).toBe(0);
    expect(out).toMatch(/^the file +passed\ninteger form +passed\nthe chip +passed\n/);
    expect(out).toMatch(/limited by/);
    expect(out).toMatch(/cores +\d+/);
    expect(out).toMatch(/fits TrueNorth-style chips\n$/);
  });

  it('says everything that keeps it from fitting at once, with the stage, and exit code 1', async () => {
    const { code, out } = await cli(['check', modelPath('mnist-resnet-4bit'), '--chip', 'truenorth', '--json']);
    expect(code).toBe(1);
    const stages = z.array(
      z.looseObject({ stage: z.string(), outcome: z.string(), findings: z.array(z.looseObject({ code: z.string() })) }),
    );
    const found = z.looseObject({ fits: z.boolean(), stages }).parse(JSON.parse(out));
    expect(found.fits).toBe(false);
    expect(found.stages.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'stopped']);
    const codes = new Set(found.stages[2]?.findings.map(({ code: one }) => one));
    expect([...codes].sort()).toEqual(['branching', 'integer-input-code', 'multi-bit-activation']);
  });

  it('stops where a file cannot be read, and tells the stages behind it as not reached', async () => {
    const { code, out } = await cli(['check', folder.at('missing.lsn')]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /the file +stopped, 1 error\n {2}error\[file-missing\][^]*integer form +not reached\nthe chip +not reached/,
    );
  });
});

describe('lodestone compare', () => {
  it('shows every layer, and that the chip agrees with the integer network on every sample', async () => {
    const { code, out } = await cli(['compare', made, '--chip', 'northpole', '--limit', '12']);
    expect(code).toBe(0);
    for (const layer of ['code', 'layer0', 'layer0.sign', 'layer1'])
      expect(out).toMatch(new RegExp(`^${layer} .*100.00 %`, 'm'));
    expect(out).toContain('every element of every layer is equal');
    expect(out).toContain('the class scores of 12 of 12 samples are those of the integer network');
  });

  it('finds no difference in networks of BNN-PYNQ with activations of two bits', async () => {
    for (const weights of [1, 2] as const) {
      const path = writeMadeFolder(folder.at(`w${weights}a2`), { weights, activations: 2 });
      const { out } = await cli(['compare', path, '--chip', 'northpole', '--limit', '12']);
      expect(out).toContain('every element of every layer is equal');
      expect(out).toContain('the class scores of 12 of 12 samples are those of the integer network');
    }
  });

  it('prints the same as JSON, with the first place where both part for a network that is not lowered exactly', async () => {
    const { out } = await cli(['compare', made, '--chip', 'northpole', '--limit', '5', '--json']);
    const found = z
      .looseObject({ float: z.looseObject({ samples: z.int() }), onChip: z.looseObject({ mismatches: z.int() }) })
      .parse(JSON.parse(out));
    expect(found.float.samples).toBe(5);
    expect(found.onChip.mismatches).toBe(0);
  });

  it('refuses sequence models, whose samples are no images', async () => {
    const { code, err } = await cli(['compare', modelPath('sums-transformer'), '--chip', 'northpole']);
    expect(code).toBe(1);
    expect(err).toContain('[sequence-model]');
  });
});
