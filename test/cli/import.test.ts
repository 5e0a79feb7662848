import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { CATALOGUE } from '../../src/cli/catalogue.js';
import { foreignFile } from '../../src/cli/import-options.js';
import { leavesOf } from '../../src/cli/shared-options.js';
import { optionFlag } from '../../src/common/option-flag.js';
import { IMPORT_OPTIONS } from '../../src/compiler/frontends/frontend.js';
import { folderReader, listTree } from '../../src/data/files/folder-reader.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { kerasH5, randomTensor, sequential } from '../support/keras-files.js';
import { cli, modelPath, SETTING, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const made = writeMadeFolder(folder.at('made'));
/** `truenorth run`. */
const nameOf = (command: Command): string =>
  command.parent === null || command.parent.name() === 'lodestone'
    ? command.name()
    : `${command.parent.name()} ${command.name()}`;

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

  it('records what the numbers of data files mean, by which every command reads them', async () => {
    const file = folder.at('reals.lsn');
    const text = (rows: readonly (readonly number[])[]): string => rows.map((row) => `${row.join(',')}\n`).join('');
    const image = (x: number): number[] => Array.from({ length: 784 }, (_, i) => (i % 7 === 0 ? x : -x));
    writeFileSync(folder.at('reals.csv'), text([0, 1, 2].map((k) => [k, ...image(k / 2)])));
    const range = ['--data-range', '-1,1'];
    const data = ['--data', folder.at('reals.csv')];
    expect((await cli(['import', made, '-o', file, ...range])).code).toBe(0);
    expect((await cli(['inspect', file, '--text'])).out).toContain('"kind":"reals","low":-1,"high":1');
    const direct = await cli(['run', made, ...range, ...data, '--chip', 'northpole']);
    const recorded = await cli(['run', file, ...data, '--chip', 'northpole']);
    expect({ code: direct.code, err: direct.err }).toEqual({ code: 0, err: '' });
    const untimed = ({ out }: { readonly out: string }): string => out.replace(/^time .* with everything .*$/m, '');
    expect(untimed(recorded)).toBe(untimed(direct));
    const narrow = await cli(['run', made, '--data-range', '-0.5,0.5', ...data]);
    expect(narrow).toMatchObject({ code: 1, err: expect.stringMatching(/outside-data-range.*784 of 2352/) });
    const clipped = await cli(['run', made, '--data-range', '-0.5,0.5', '--data-outside', 'clip', ...data]);
    expect(clipped).toMatchObject({ code: 0, err: expect.stringMatching(/clipped-data.*784 numbers/) });
    expect((await cli(['run', made, ...data])).err).toContain('--data-range LOW,HIGH');
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

describe('options of imports', () => {
  it('stand in every command that takes a model: those without them take something else', async () => {
    const without: string[] = [];
    for (const { add } of CATALOGUE) {
      const program = new Command('lodestone');
      await add(program, SETTING);
      for (const command of leavesOf(program)) {
        const flags = command.options.flatMap(({ long }) => long ?? []);
        const own = IMPORT_OPTIONS.map(optionFlag).filter((flag) => flags.includes(flag));
        if (own.length === 0) without.push(nameOf(command));
        else expect(own, command.name()).toHaveLength(IMPORT_OPTIONS.length);
      }
    }
    expect(without).toEqual([
      // Recipes and specifications say it themselves.
      'train',
      // Programs and traces.
      ...['conform check', 'conform diff', 'conform fuzz'],
      // Chips, results, data, published numbers, experiment files.
      ...['chip', 'report', 'diff', 'data list', 'data fetch', 'validate'],
      ...['study robustness', 'study report', 'new chip', 'explore', 'worker', 'reproduce', 'completion'],
      // Files of the tools of one chip.
      ...['truenorth run', 'ranc run', 'ranc scores'],
    ]);
  });

  it('reach the file in the commands of single chips too', async () => {
    const model = folder.at('mlp.onnx');
    expect((await cli(['export', modelPath('mnist-mlp'), '-o', model])).code).toBe(0);
    const output = ['-o', folder.at('output')];
    const commands = [['timing'], ['timeline', ...output], ['truenorth', 'export', ...output], ['sums']];
    for (const command of [...commands, ['ranc', 'export', ...output]]) {
      const { code, err } = await cli([...command, model, '--time-step', '1']);
      expect(err, command.join(' ')).toMatch(/^error\[unread-option\] \S+mlp\.onnx: --time-step: /);
      expect(code).toBe(1);
    }
    const exported = ['truenorth', 'export', model, '-o', folder.at('model.json')];
    const bad = await cli([...exported, '--input-mean', '1,2,3', '--input-range', '0,255']);
    expect(bad.err).toContain('--input-mean');
    expect((await cli([...exported, '--input-range', '0,255'])).code).toBe(0);
  });

  it('stand in a recipe for the network that it starts from', async () => {
    const layers = [
      { class_name: 'Flatten', config: { name: 'flat' } },
      {
        ...{ class_name: 'Dense', config: { name: 'other', units: 10, use_bias: false } },
        weights: { 'kernel:0': randomTensor([784, 10], 3) },
      },
    ];
    writeFileSync(folder.at('start.h5'), await kerasH5(sequential([28, 28, 1], layers), layers));
    const own = readFileSync(modelPath('mnist-mlp').replace(/lsn$/, 'yaml'), 'utf8');
    const train = async (more: string): Promise<string> => {
      writeFileSync(folder.at('recipe.yaml'), `${own}\n${more}`);
      const { code, err } = await cli(['train', folder.at('recipe.yaml'), '-o', folder.at('trained.lsn')]);
      expect(code).toBe(1);
      return err;
    };
    expect(await train('start: start.h5\n')).toContain('--input-range');
    expect(await train('start: start.h5\nimport: { inputRange: [0, 1] }\n')).toContain('start-layer-missing');
    expect(await train('start: start.h5\nimport: { inputRange: [0, 1], timeStep: 1 }\n')).toContain(
      'start.h5: --time-step: ',
    );
    expect(await train('start: start.h5\nimport: { inputRnge: [0, 1] }\n')).toContain('did you mean "inputRange"');
    expect(await train('import: { inputRange: [0, 1] }\n')).toContain('there is no start');
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
