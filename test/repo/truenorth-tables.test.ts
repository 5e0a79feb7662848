import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TRUENORTH, TRUENORTH_SPECS } from '../../src/hw-models/truenorth/spec.js';
import { CORE_ARRAY_NAMES, CORE_ARRAYS } from '../../src/ir/program/core-arrays.js';

const page = readFileSync(new URL('../../docs/truenorth.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, as cells without the padding of the formatter. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

describe('docs/truenorth.md', () => {
  it('lists every parameter as the program prints it', () => {
    const printed = TRUENORTH_SPECS.describe(TRUENORTH).map(({ path, value, unit, range, what, status, source }) => [
      ...[`\`${path}\``, [value, unit].filter((text) => text !== '').join(' '), range, what, status, source],
    ]);
    expect(tableUnder('Parameters')).toEqual(printed);
  });

  it('lists every array of the cores of a program', () => {
    const shapes = {
      core: '[nCores]',
      axon: '[nCores, nA]',
      synapseWord: '[nCores, nA, words]',
      neuron: '[nCores, nN]',
      weight: '[nCores, nN, nT]',
    };
    const arrays = CORE_ARRAY_NAMES.map((name) => {
      const { type, per, unused, what } = CORE_ARRAYS[name];
      return [`\`${name}\``, type.name, shapes[per], String(unused), what];
    });
    expect(tableUnder('Programs in files')).toEqual(arrays);
  });
});
