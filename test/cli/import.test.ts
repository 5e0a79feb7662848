import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { foreignFile } from '../../src/cli/import-options.js';
import { folderReader, listTree } from '../../src/data/files/folder-reader.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { kerasH5, sequential } from '../support/keras-files.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const made = writeMadeFolder(folder.at('made'));

describe('lodestone import', () => {
  it('says what became of each operator, and writes a model that every command reads', async () => {
    const model = folder.at('made.lsn');
    const { code, out } = await cli(['import', made, '-o', model]);
    expect(code).toBe(0);
    expect(out).toMatch(/L0 +fully connected +layer0\.flat, layer0, layer0\.sign +exact/);
    expect(out).toContain('BNN-PYNQ parameters: 2 operators became 7 layers of the float dialect');
    const few = ['--limit', '20', '--json'];
    const direct = await cli(['run', made, ...few]);
    const imported = await cli(['run', model, ...few]);
    expect(direct.code).toBe(0);
    const result = ({ out: text }: { readonly out: string }): string => text.replace(/"host": \{[^]*?\n  \}/, '');
    expect(result(direct)).toBe(result(imported));
  });

  it('is done on the way by every command that takes a model', async () => {
    for (const command of ['compile', 'inspect']) {
      const { code, err } = await cli([command, made]);
      expect(err).toBe('');
      expect(code).toBe(0);
    }
    const onNetwork = ['--on', 'network', '--distortion', 'round', '--levels', '2', '--limit', '5', '--chips', '1'];
    expect((await cli(['sweep', made, ...onNetwork])).code).toBe(0);
  });

  it('takes a mean image from a .npy file of floats', async () => {
    const layers = [{ class_name: 'Flatten', config: { name: 'flat' } }];
    const [model, mean] = [folder.at('keras.h5'), folder.at('mean.npy')];
    writeFileSync(model, await kerasH5(sequential([1, 2, 2], layers), layers));
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 2), }".padEnd(117) + '\n';
    const npy = Buffer.alloc(10 + header.length + 16);
    npy.write('\x93NUMPY\x01\0', 'latin1');
    npy.writeUInt16LE(header.length, 8);
    npy.write(header, 10);
    [0, 10.5, 100, 200].forEach((m, i) => npy.writeFloatLE(m, 10 + header.length + 4 * i));
    writeFileSync(mean, npy);
    const output = folder.at('keras.lsn');
    const scaling = ['--input-range', '0,255', '--input-mean', mean, '--input-std', '255'];
    expect((await cli(['import', model, '-o', output, ...scaling])).code).toBe(0);
    const [subtract] = decodeNetwork(readFileSync(output), output).preprocessing ?? [];
    expect(subtract).toEqual({ kind: 'subtract', values: Float64Array.of(0, 10.5, 100, 200) });
    const list = await cli(['import', model, '-o', output, '--input-range', '0,255', '--input-mean', '1,2,3']);
    expect(list.err).toContain('3 numbers for images of [1, 2, 2]');
  });

  it('refuses a model of ours, and options of imports where nothing is imported', async () => {
    const own = await cli(['import', modelPath('mnist-5core')]);
    expect(own.err).toContain('[not-foreign]');
    const options = ['--input-range', '0,1', '--time-step', '0.001'];
    for (const command of ['inspect', 'compile', 'run']) {
      const { code, err } = await cli([command, modelPath('mnist-5core'), ...options]);
      expect(code).toBe(1);
      expect(err).toMatch(/\[unread-option\] \S+: --input-range: [^]*\[unread-option\] \S+: --time-step: /);
    }
    const nothing = folder.at('nothing');
    mkdirSync(nothing);
    expect((await cli(['import', nothing])).err).toContain('[not-a-file]');
  });

  it('refuses texts that are no values of its options', async () => {
    const bad = [
      ['--input-range', '1,0'],
      ['--input-range', '0'],
      ['--input-std', '1,0'],
      ['--input-shape', '3,0.5'],
      ['--input-layout', 'sideways'],
      ['--time-step', '0'],
    ];
    for (const option of bad) expect((await cli(['import', made, ...option])).code, option.join(' ')).toBe(2);
  });
});

describe('files beside a model', () => {
  it('are read by relative names, and never from outside of its folder', async () => {
    const root = folder.at('models');
    mkdirSync(join(root, 'deep'), { recursive: true });
    writeFileSync(folder.at('secret.bin'), 'secret');
    writeFileSync(join(root, 'deep', 'weights.bin'), 'abc');
    symlinkSync(folder.at('secret.bin'), join(root, 'link.bin'));
    const read = folderReader(root);
    expect(Buffer.from((await read('deep/weights.bin', 10)) ?? []).toString()).toBe('abc');
    expect(await read('missing.bin', 10)).toBeUndefined();
    for (const name of ['../secret.bin', 'deep/../../secret.bin', folder.at('secret.bin'), 'link.bin', 'a\0b', 'C:x']) {
      await expect(read(name, 10), name).rejects.toThrow(/outside-folder/);
    }
    await expect(read('deep/weights.bin', 2)).rejects.toThrow(UserError);
    expect(await listTree(root)).toEqual(['deep/weights.bin']);
  });

  it('belong to the folder of the file that is passed', async () => {
    const { beside } = await foreignFile(join(folder.at('models'), 'deep', 'weights.bin'));
    await expect(beside('../link.bin', 10)).rejects.toThrow(/outside-folder/);
  });
});
