import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

describe('lodestone export', () => {
  it('writes a file that every command takes as the network itself, and import gives back', async () => {
    const file = folder.at('mlp.onnx');
    const back = folder.at('mlp.lsn');
    const { code, out, err } = await cli(['export', modelPath('mnist-mlp'), '-o', file]);
    expect({ code, err }).toEqual({ code: 0, err: `network written to ${file}\n` });
    expect(out).toMatch(/^qonnx: 11 layers became 13 operators and 17 constants, [\d,]+ bytes\n$/);
    expect((await cli(['import', file, '-o', back])).code).toBe(0);
    const text = async (path: string): Promise<string> => (await cli(['inspect', path, '--text'])).out;
    const own = await text(modelPath('mnist-mlp'));
    expect(own).toContain('lodestone-network 1 float "mnist-mlp"');
    expect((await text(file)) === own).toBe(true);
    expect((await text(back)) === own).toBe(true);
  });

  it('takes the format from the ending of the file or from an option', async () => {
    const file = folder.at('net.bin');
    const without = await cli(['export', modelPath('mnist-mlp'), '-o', file]);
    expect(without).toMatchObject({ code: 1, err: expect.stringContaining('[unknown-format] --output') });
    expect((await cli(['export', modelPath('mnist-mlp'), '-o', file, '--format', 'qonnx'])).code).toBe(0);
    expect((await cli(['inspect', file])).out).toContain('mnist-mlp');
    expect((await cli(['export', modelPath('mnist-mlp'), '-o', file, '--format', 'onnx'])).code).toBe(2);
  });

  it('writes a tfjs layers-model with its shards beside it, which import gives back', async () => {
    const file = folder.at('model.json');
    const { code, out, err } = await cli(['export', modelPath('mnist-mlp'), '-o', file]);
    const beside = `network written to ${file}, its weights beside it in 1 files\n`;
    expect({ code, err }).toEqual({ code: 0, err: beside });
    expect(out).toMatch(/^tfjs: 11 layers became 11 operators and 11 constants, [\d,]+ bytes\n$/);
    expect(folder.list()).toContain('group1-shard1of1.bin');
    const text = async (path: string): Promise<string> => (await cli(['inspect', path, '--text'])).out;
    expect((await text(file)) === (await text(modelPath('mnist-mlp')))).toBe(true);
    // Two models may lie in one folder.
    const other = folder.at('conv.json');
    expect((await cli(['export', modelPath('mnist-conv'), '-o', other])).code).toBe(0);
    expect(folder.list()).toContain('conv.group1-shard1of1.bin');
    expect((await text(other)) === (await text(modelPath('mnist-conv')))).toBe(true);
    expect((await text(file)) === (await text(modelPath('mnist-mlp')))).toBe(true);
    const stream = await cli(['export', modelPath('mnist-mlp'), '-o', '-', '--format', 'tfjs']);
    expect(stream).toMatchObject({ code: 1, out: '', err: expect.stringContaining('several files') });
  });

  it('refuses every layer that has no operator, at once, and writes nothing', async () => {
    const file = folder.at('five.onnx');
    const { code, err } = await cli(['export', modelPath('mnist-5core'), '-o', file]);
    expect(code).toBe(1);
    for (const layer of ['blockDense1', 'blockDense2', 'votes']) {
      expect(err).toMatch(new RegExp(`\\[not-exportable\\] .*: layer "${layer}"`));
    }
    expect(folder.list()).not.toContain('five.onnx');
  });

  it('refuses sequence models and networks of the integer dialect', async () => {
    const file = folder.at('no.onnx');
    const sums = await cli(['export', modelPath('sums-transformer'), '-o', file]);
    expect(sums).toMatchObject({ code: 1, err: expect.stringContaining('[sequence-model]') });
    const lowered = folder.at('integer.txt');
    writeFileSync(lowered, (await cli(['inspect', modelPath('mnist-mlp'), '--integer', '--text'])).out);
    const integer = await cli(['export', lowered, '-o', file]);
    expect(integer).toMatchObject({ code: 1, err: expect.stringContaining('[integer-network]') });
    expect(folder.list()).not.toContain('no.onnx');
  });
});
