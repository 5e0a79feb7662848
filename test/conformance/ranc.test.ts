/** RANC's own outputs, byte for byte: `ranc-vectors/` beside this file, and the larger set where a checkout of it is at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RancChip } from '../../src/hw-models/ranc/chip.js';
import { runRanc } from '../../src/hw-models/ranc/run.js';
import { encodeRancOutput } from '../../src/ir/program/formats/ranc/output.js';
import { printRancConfig, printRancInput } from '../../src/ir/program/formats/ranc/print.js';
import { readRancModel } from '../../src/ir/program/formats/ranc/read.js';
import type { RancModel } from '../../src/ir/program/formats/ranc/types.js';

const OURS = fileURLToPath(new URL('ranc-vectors', import.meta.url));
const SHARED = fileURLToPath(new URL('../../../shared/vectors/ranc', import.meta.url));

const foldersOf = (root: string): readonly string[] =>
  existsSync(root)
    ? readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(root, entry.name))
    : [];

function load(folder: string): RancModel {
  const named = (name: string) => ({ text: readFileSync(join(folder, name), 'utf8'), place: name });
  const { model, warnings } = readRancModel(named('input.json'), named('config.json'));
  expect(warnings).toEqual([]);
  return model;
}

/** Runs for as many ticks as the recording has rows, and compares the bytes of the files. */
function expectSameBytes(folder: string): void {
  const recorded = readFileSync(join(folder, 'output.txt'));
  const ticks = recorded.filter((byte) => byte === 10).length;
  const model = load(folder);
  const written = encodeRancOutput(runRanc(model, { ticks }).output);
  expect(Buffer.from(written).equals(recorded), `${folder}, ${ticks} ticks`).toBe(true);
  // The model printed and read again gives the same bytes.
  const copy = readRancModel(
    { text: printRancInput(model), place: 'copy' },
    { text: printRancConfig(model.spec), place: 'copy' },
  ).model;
  expect(Buffer.from(encodeRancOutput(runRanc(copy, { ticks }).output)).equals(recorded), `copy of ${folder}`).toBe(
    true,
  );
}

describe("RANC's recorded outputs", () => {
  test.each(foldersOf(OURS).map((folder) => basename(folder)))('%s', (name) => {
    expectSameBytes(join(OURS, name));
  });

  test('there are recordings', () => {
    expect(foldersOf(OURS).length).toBe(3);
  });

  const shared = foldersOf(SHARED);
  test.skipIf(shared.length === 0)(
    `the larger set is reproduced byte for byte (skipped without ../shared/vectors/ranc)`,
    () => {
      for (const folder of shared) expectSameBytes(folder);
    },
  );
});

test("potentials follow RANC's trace tick by tick", () => {
  const folder = join(OURS, 'e-neuron-type0');
  const rows = readFileSync(join(folder, 'potentials.txt'), 'utf8').trim().split('\n');
  const chip = new RancChip(load(folder));
  rows.forEach((row, t) => {
    chip.tick();
    expect(Array.from(chip.potentials()), `tick ${t + 1}`).toEqual(row.split(' ').map(Number));
  });
});
