import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { recogniseForeign } from '../../src/common/foreign-file.js';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const check = (text: string, what: RegExp, remedy: RegExp): void => {
  const found = recogniseForeign(bytesOf(text));
  expect(found?.what, text).toMatch(what);
  expect(found?.remedy, text).toMatch(remedy);
};

describe('a file that is none of ours', () => {
  it('is called what it is, with the command that reads it or the word that none does yet', () => {
    check('', /empty/, /write it again/);
    check('\x89HDF\r\n\x1a\n...', /HDF5/, /lodestone import/);
    check('\x1c\0\0\0TFL3...', /TFLite/, /lodestone import/);
    check('\x08\x07\x12\x0afuse_model', /ONNX/, /lodestone import/);
    check('\x93NUMPY\x01', /NumPy/, /--data/);
    check('PK\x03\x04', /zip/, /unpack/);
    check('\x1f\x8b\x08', /gzip/, /unpack/);
    check('\x89PNG\r\n', /PNG image/, /--data FOLDER/);
    check('{"a": 1}', /a JSON file/, /a program \(\.lsp\)/);
    check(' [1, 2]', /a JSON file/, /a program \(\.lsp\)/);
    check('{\n\t/* General */\n\t"model":{\n"coreCount":5', /CPE model/, /lodestone truenorth run/);
    check('{"packets":[[],[{"destination_core"', /RANC's input\.json/, /lodestone ranc run/);
    check('{\n "num_neurons": 256,', /RANC's config\.json/, /lodestone ranc run/);
    check('{"class_name": "Sequential"', /Keras/, /lodestone import/);
    check('{\n "kind": "lodestone-results"', /result file/, /lodestone report/);
    check('\xef\xbb\xbflodestone-network float "x"', /network as text/, /lodestone compile/);
    check('name: x\ntraining:\n  epochs: 1', /recipe/, /lodestone train/);
  });

  it('is an ONNX model by a version of 3 to 20 and the field that follows', () => {
    const what = (...bytes: readonly number[]): boolean =>
      /ONNX/.test(recogniseForeign(Uint8Array.from(bytes))?.what ?? '');
    for (const field of [0x12, 0x22, 0x3a, 0x42]) expect(what(8, 7, field, 1), `${field}`).toBe(true);
    expect([3, 20].map((version) => what(8, version, 0x12))).toEqual([true, true]);
    expect([2, 21].map((version) => what(8, version, 0x12))).toEqual([false, false]);
    expect([what(9, 7, 0x12), what(8, 7, 0x13), what(8, 7), what(8)]).toEqual([false, false, false, false]);
  });

  it('needs its whole signature, at its place', () => {
    for (const text of ['\x89HDX\r\n\x1a\n', ' \x89PNG', 'TFL3', '   TFL3', '     TFL3', 'P\x03\x04', '\x8b\x1f']) {
      expect(recogniseForeign(bytesOf(text)), text).toBeUndefined();
    }
  });

  it('is looked at near its beginning', () => {
    const recipe = (lines: number): string => `${'#'.repeat(15)}\n`.repeat(lines) + 'layers: 1';
    expect(recogniseForeign(bytesOf(recipe(255)))?.what).toBe('a recipe');
    expect(recogniseForeign(bytesOf(recipe(256)))).toBeUndefined();
  });

  it('stays unnamed where nothing is recognised', () => {
    for (const text of ['hello', '\0\0\0\0', 'LODESTO', '\x08', '\x08\x07\x99']) {
      expect(recogniseForeign(bytesOf(text)), text).toBeUndefined();
    }
  });

  const models = fileURLToPath(new URL('../../../shared/models', import.meta.url));
  it.skipIf(!existsSync(models))('is recognised among models of other tools', () => {
    const names = { onnx: /ONNX/, tflite: /TFLite/, h5: /HDF5/, nir: /HDF5/, npy: /NumPy/, gz: /gzip/ };
    const files = readdirSync(models, { recursive: true, encoding: 'utf8' });
    let seen = 0;
    for (const file of files) {
      const what = Object.entries(names).find(([end]) => file.endsWith(`.${end}`))?.[1];
      if (what === undefined) continue;
      seen++;
      expect(recogniseForeign(new Uint8Array(readFileSync(`${models}/${file}`)))?.what, file).toMatch(what);
    }
    expect(seen).toBeGreaterThan(10);
  });
});
