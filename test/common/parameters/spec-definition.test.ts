import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import {
  assumed,
  choice,
  derived,
  flag,
  following,
  published,
  real,
  subset,
  whole,
} from '../../../src/common/parameters/parameter.js';
import { defineSpec, preset } from '../../../src/common/parameters/spec-definition.js';

const NOWHERE = 'nothing is published';
const TOYS = defineSpec({
  chip: 'toy',
  table: {
    clockMhz: real([1, 1000], 400, published('clock', 'MHz', 'Someone et al., 2020')),
    core: {
      lanes: whole([8, 256], 64, assumed('adders', 'lanes', NOWHERE), { multipleOf: 8 }),
      bytes: whole([1, 4096], 1024, assumed('memory', 'B', NOWHERE)),
    },
    rounding: choice(['up', 'down'], 'up', assumed('ties', '', NOWHERE)),
    widths: subset([8, 4, 2], [8, 4], published('operands', 'bits', 'Someone et al., 2020')),
    fast: flag(false, assumed('skips zeros', '', NOWHERE)),
  },
  presets: {
    toy: preset('the toy'),
    'toy-small': preset('a small toy', { core: { lanes: 8 } }, { source: 'scaled down' }),
  },
  rules: [
    {
      paths: ['core.bytes', 'core.lanes'],
      check: ({ core }) =>
        core.bytes >= core.lanes
          ? undefined
          : { message: `${core.bytes} bytes feed ${core.lanes} lanes`, remedy: 'add bytes' },
    },
  ],
});

const findings = (text: string): readonly string[] => {
  try {
    TOYS.parse(text, 'toy.yaml');
  } catch (error) {
    if (error instanceof UserError)
      return error.diagnostics.map(({ code, place, message, remedy }) => [code, place, message, remedy].join(' | '));
    throw error;
  }
  return [];
};

describe('a chip from its table', () => {
  it('takes what a file sets and everything else from the base', () => {
    const { spec, base } = TOYS.parse('base: toy-small\ncore: { bytes: 16 }\n', 'toy.yaml');
    expect(base).toBe('toy-small');
    expect(spec).toEqual({
      ...{ name: 'toy-small-changed', clockMhz: 400, core: { lanes: 8, bytes: 16 } },
      ...{ rounding: 'up', widths: [8, 4], fast: false },
    });
  });

  it('reports everything that is wrong at once, contradictions between right values too', () => {
    const text =
      'base: toy-smal\nclok: 3\nclockMhz: fast\ncore: { lanes: 16, bytes: 8, byte: 1 }\nwidths: [8, 8]\nrounding: left\n';
    expect(findings(text)).toEqual([
      'unknown-key | toy.yaml | unknown key "clok" | remove the key or correct its name',
      'bad-value | toy.yaml: clockMhz | is "fast"; clock, MHz: 1..1000 | use 1..1000; the standard value is 400',
      'unknown-key | toy.yaml: core | unknown key "byte" (did you mean "bytes"?) | remove the key or correct its name',
      'bad-value | toy.yaml: rounding | is "left"; ties: up or down | use up or down; the standard value is "up"',
      'bad-value | toy.yaml: widths | is [8,8]; operands, bits: 1 or more of 8, 4, 2 | use 1 or more of 8, 4, 2; the standard value is [8,4]',
      'bad-value | toy.yaml: base | is "toy-smal", no preset; did you mean "toy-small"? | use toy, toy-small',
      'bad-spec | toy.yaml: core.bytes | 8 bytes feed 16 lanes | add bytes',
    ]);
  });

  it('does not judge a contradiction with a value that is wrong by itself', () => {
    expect(findings('base: toy\ncore: { lanes: 20, bytes: 8 }\n')).toEqual([
      'bad-value | toy.yaml: core.lanes | is 20; adders, lanes: 8..256, a multiple of 8 | use 8..256, a multiple of 8; the standard value is 64',
    ]);
  });

  it.each(['base: toy\ncore: 5\n', 'base: toy\ncore: [1]\n', 'base: toy\ncore:\n', '5\n', '- 1\n'])(
    'refuses %j',
    (text) => {
      expect(findings(text).join()).toMatch(/where \d parameters belong/);
    },
  );

  it('prints every parameter with meaning, unit, range, status and source, and reads it back', () => {
    const spec = { ...TOYS.presets.toy, name: 'mine', fast: true, core: { lanes: 8, bytes: 99 } };
    const text = TOYS.print(spec);
    expect(text).toBe(
      [
        '# A toy chip. What a file leaves out is as in its base, toy: the toy.',
        'base: toy',
        'name: mine',
        '# clock [MHz, 1..1000]; published: Someone et al., 2020',
        'clockMhz: 400',
        '',
        'core:',
        '  # adders [lanes, 8..256, a multiple of 8]; user: set by the user',
        '  lanes: 8',
        '  # memory [B, 1..4096]; user: set by the user',
        '  bytes: 99',
        '# ties [up or down]; assumed: nothing is published',
        'rounding: up',
        '# operands [bits, 1 or more of 8, 4, 2]; published: Someone et al., 2020',
        'widths: [ 8, 4 ]',
        '# skips zeros [true or false]; user: set by the user',
        'fast: true',
        '',
      ].join('\n'),
    );
    expect(TOYS.parse(text, 'toy.yaml').spec).toEqual(spec);
  });

  it('says where the values of a preset come from', () => {
    const lines = TOYS.describe(TOYS.presets['toy-small']);
    expect(lines.map(({ path, status, source }) => [path, status, source])).toContainEqual([
      'core.lanes',
      'assumed',
      'scaled down',
    ]);
    expect(lines.map(({ path, status }) => [path, status])).toContainEqual(['clockMhz', 'published']);
  });

  it('knows a whole spec from a partial one, and from one with more', () => {
    const whole = TOYS.presets.toy;
    expect(TOYS.schema.safeParse(whole).success).toBe(true);
    expect(TOYS.schema.safeParse({ ...whole, core: { lanes: 8 } }).error?.issues).toMatchObject([
      { path: ['core', 'bytes'] },
    ]);
    expect(TOYS.schema.safeParse({ ...whole, more: 1 }).success).toBe(false);
    expect(TOYS.schema.safeParse({ ...whole, name: '' }).error?.issues).toMatchObject([{ path: ['name'] }]);
  });
});

describe('a parameter that follows from the others', () => {
  const POWERED = defineSpec({
    chip: 'powered',
    table: {
      lanes: whole([1, 64], 8, assumed('adders', 'lanes', NOWHERE)),
      energy: {
        watts: following([0, 100], derived('power', 'W', 'calculated')),
        leak: following([0, 100], derived('leakage', 'W', 'calculated')),
      },
    },
    presets: {
      powered: preset('the chip'),
      measured: preset('one that was measured', { energy: { watts: 5 } }, { status: 'published', source: 'Someone' }),
    },
    rules: [],
    follows: ({ lanes }) =>
      new Map([
        ['energy.watts', { value: lanes / 4, status: 'derived', source: `${lanes} lanes` }],
        ['energy.leak', { value: lanes / 8, status: 'derived', source: `${lanes} lanes` }],
      ]),
  });
  const energyOf = (text: string): unknown => POWERED.parse(text, 'p.yaml').spec.energy;

  it('has the value that follows, where neither file nor preset sets one', () => {
    expect(POWERED.presets.powered.energy).toEqual({ watts: 2, leak: 1 });
    expect(POWERED.presets.measured.energy).toEqual({ watts: 5, leak: 1 });
    expect(energyOf('base: powered\nlanes: 16\n')).toEqual({ watts: 4, leak: 2 });
    expect(energyOf('base: measured\nlanes: 16\n')).toEqual({ watts: 5, leak: 2 });
    expect(energyOf('base: powered\nlanes: 16\nenergy: { watts: 7 }\n')).toEqual({ watts: 7, leak: 2 });
  });

  it('is described by how it follows, or as somebody’s choice', () => {
    const { spec, base } = POWERED.parse('base: powered\nlanes: 16\nenergy: { watts: 7 }\n', 'p.yaml');
    expect(POWERED.describe(spec, base).map(({ path, status, source }) => `${path} ${status} ${source}`)).toEqual([
      'lanes user set by the user',
      'energy.watts user set by the user',
      'energy.leak derived 16 lanes',
    ]);
    const measured = POWERED.describe(POWERED.presets.measured);
    expect(measured[1]).toMatchObject({ path: 'energy.watts', status: 'published', source: 'Someone' });
  });

  it('is a comment in a printed file, so that it follows what is edited there', () => {
    const printed = POWERED.print(POWERED.presets.powered);
    expect(printed).toContain('# energy.watts is 2 W and follows from the others: power [0..100]; derived: 8 lanes');
    expect(POWERED.parse(printed, 'p.yaml').spec).toEqual(POWERED.presets.powered);
    expect(energyOf(printed.replace('lanes: 8', 'lanes: 32'))).toEqual({ watts: 8, leak: 4 });
    const { spec, base } = POWERED.parse('base: powered\nenergy: { leak: 3 }\n', 'p.yaml');
    expect(POWERED.parse(POWERED.print(spec, base), 'p.yaml')).toEqual({ spec, base, warnings: [] });
  });
});

describe('the name of a chip in a file', () => {
  it('is a text of 1 to 64 characters; without one it is that of the base, or says that something was changed', () => {
    const nameOf = (text: string): string => TOYS.parse(text, 'toy.yaml').spec.name;
    expect(nameOf('base: toy')).toBe('toy');
    expect(nameOf('base: toy\nfast: true')).toBe('toy-changed');
    expect(nameOf('base: toy\nname: m')).toBe('m');
    expect(nameOf(`base: toy\nname: ${'m'.repeat(64)}`)).toHaveLength(64);
    const refused = (name: string) =>
      `bad-value | toy.yaml: name | is ${name}, no text of 1..64 characters | give the chip a short name, or leave it out`;
    expect(findings(`base: toy\nname: ${'m'.repeat(65)}`)).toEqual([refused(`"${'m'.repeat(65)}"`)]);
    expect(findings('base: toy\nname: ""')).toEqual([refused('""')]);
    expect(findings('base: toy\nname: 7')).toEqual([refused('7')]);
  });

  it('comes in a file of at most 65,536 characters', () => {
    const text = 'base: toy\n#';
    expect(findings(text + ' '.repeat(65_536 - text.length))).toEqual([]);
    expect(findings(text + ' '.repeat(65_537 - text.length))).toEqual([
      'bad-yaml | toy.yaml | 65537 characters are more than the 65536 of a spec file | keep what differs from the base',
    ]);
  });
});
