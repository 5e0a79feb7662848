import { readFileSync, writeFileSync } from 'node:fs';
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
    const { code, out } = await cli(['check', modelPath('sums-transformer'), '--chip', 'truenorth', '--json']);
    expect(code).toBe(1);
    const stages = z.array(
      z.looseObject({ stage: z.string(), outcome: z.string(), findings: z.array(z.looseObject({ code: z.string() })) }),
    );
    const found = z.looseObject({ fits: z.boolean(), stages }).parse(JSON.parse(out));
    expect(found.fits).toBe(false);
    expect(found.stages.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'stopped']);
    const codes = new Set(found.stages[2]?.findings.map(({ code: one }) => one));
    expect([...codes].sort()).toEqual(['sequence-layer']);
  });

  it('tells what is said of many layers once, with all of them, however many findings there are', async () => {
    const { code, out } = await cli(['check', modelPath('sums-transformer'), '--chip', 'truenorth']);
    expect(code).toBe(1);
    expect(out).toContain('the chip       stopped, 9 errors');
    expect(out).toMatch(
      /error\[sequence-layer\] sums-transformer: 9 layers: layers of sequence models have no form on the chip/,
    );
    const [, layers = ''] = /sequence-layer[^]*?\n +layers: (.*)\n/.exec(out) ?? [];
    expect(layers.split(', ')).toHaveLength(9);
    expect(layers).toContain('"b1-attention" (attention)');
    expect(out).not.toContain('more of such findings');
  });

  it('says what is split, why, into what, and what that costs', async () => {
    const { code, out } = await cli(['check', modelPath('mnist-mlp'), '--chip', 'truenorth']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /\nsplit\n {2}dense1: sums of 784 inputs[^\n]* 256 axons: sums in parts on \d+ cores, which \d+ cores add; costs \d+ cores/,
    );
    expect(out).toMatch(/ {2}dense1: several cores read its outputs/);
    const json = await cli(['check', modelPath('mnist-resnet-4bit'), '--chip', 'northpole', '--json']);
    const { program } = z
      .looseObject({
        program: z.looseObject({ splits: z.array(z.looseObject({ layer: z.string(), into: z.string() })) }),
      })
      .parse(JSON.parse(json.out));
    expect(program.splits).toMatchObject([{ layer: 'fc', into: expect.stringContaining('chains of 2 cores') }]);
    expect((await cli(['check', modelPath('mnist-5core'), '--chip', 'truenorth'])).out).toContain('no layer is split');
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

  it('prints the same as JSON: every layer in every form, or why a form does not have it', async () => {
    const { out } = await cli(['compare', made, '--chip', 'northpole', '--limit', '5', '--json']);
    const layer = z.looseObject({ layer: z.string(), integer: z.looseObject({ equal: z.literal(1) }) });
    const found = z
      .looseObject({ samples: z.int(), mismatches: z.int(), layers: z.array(layer), first: z.looseObject({}) })
      .parse(JSON.parse(out));
    expect(found).toMatchObject({ samples: 5, mismatches: 0, first: { float: null, integer: null, chip: null } });
    expect(found.layers.map(({ layer: id }) => id)).toEqual(
      expect.arrayContaining(['code', 'layer0', 'layer0.sign', 'layer1', 'scores']),
    );
    // The file's own column: what BNN-PYNQ's parameters say by themselves.
    expect(found.layers[0]).toMatchObject({ float: { equal: 1, largest: 0 } });
  });

  it('reads the layers of both kinds of chips, and says which chip tells nothing of them', async () => {
    for (const chip of ['truenorth', 'northpole']) {
      const { code, out } = await cli(['compare', made, '--chip', chip, '--limit', '3']);
      expect(code).toBe(0);
      expect(out).toMatch(/chip against integer network: every element of the \d+ layers that both have is equal/);
    }
    const ranc = await cli(['compare', modelPath('mnist-5core'), '--chip', 'ranc', '--limit', '3']);
    expect(ranc.out).toContain('chip against integer network: not compared: ');
  });

  it('goes as far as networks with real weights do: the file and the float network, and says what makes integers', async () => {
    const real = folder.at('real.lsn');
    const weights = Array.from({ length: 784 * 10 }, (_, k) => ((k * 37) % 101) / 64 - 1).join(',');
    writeFileSync(
      real,
      `lodestone-network 1 float "real"\n%i = input\n  shape [28,28,1]\n%c = encode %i\n  code {"kind":"integer","bits":8,"zeroPoint":0,"step":0.0039}\n%f = flatten %c\n%d = dense %f\n  nOut 10\n  weights f32(${weights})\n%s = scores %d\n`,
    );
    const { code, out, err } = await cli(['compare', real, '--chip', 'northpole', '--limit', '3', '--json']);
    expect([code, err]).toEqual([0, '']);
    const found = z
      .looseObject({
        mismatches: z.null(),
        accuracy: z.looseObject({ chip: z.null(), integer: z.null(), float: z.number() }),
      })
      .parse(JSON.parse(out));
    expect(found).toMatchObject({ layers: expect.arrayContaining([expect.objectContaining({ layer: 'd' })]) });
    expect((await cli(['compare', real, '--chip', 'northpole', '--limit', '3'])).out).toContain(
      'its weights are real numbers: `lodestone quantize` makes the integers',
    );
  });

  it('writes a page with the table and the figure, and no other file than asked for', async () => {
    const page = folder.at('layers.html');
    const { code, err } = await cli(['compare', made, '--chip', 'northpole', '--limit', '2', '--report', page]);
    expect(code).toBe(0);
    expect(err).toContain(`report written to ${page}`);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('<svg');
    for (const layer of ['layer0.sign', 'layer1']) expect(text).toContain(`<th scope="row">${layer}</th>`);
  });

  it('refuses sequence models, whose samples are no images', async () => {
    const { code, err } = await cli(['compare', modelPath('sums-transformer'), '--chip', 'northpole']);
    expect(code).toBe(1);
    expect(err).toContain('[sequence-model]');
  });
});
