import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { parametersOf, valueAt } from '../../../src/common/parameters/value-tree.js';
import {
  parseTrueNorthSpec,
  printTrueNorthSpec,
  TRUENORTH,
  TRUENORTH_PARAMETERS,
  TRUENORTH_PRESETS,
  TRUENORTH_SPECS,
} from '../../../src/hw-models/truenorth/spec.js';

const findings = (text: string): readonly string[] => {
  try {
    parseTrueNorthSpec(text, 'chip.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ place, remedy }) => `${place}: ${remedy}`);
    throw error;
  }
  return [];
};

describe('specs of TrueNorth-style chips', () => {
  it.each(TRUENORTH_SPECS.presetNames)('print %s with every parameter, and read it back', (name) => {
    const spec = TRUENORTH_PRESETS[name];
    const text = printTrueNorthSpec(spec);
    expect(parseTrueNorthSpec(text, 'chip.yaml')).toEqual({ spec, base: name, warnings: [] });
    for (const { path } of parametersOf(TRUENORTH_PARAMETERS)) expect(text).toMatch(new RegExp(`^${path}: `, 'm'));
  });

  it.each(TRUENORTH_SPECS.presetNames)('have no contradictions in %s', (name) => {
    expect(TRUENORTH_SPECS.check(TRUENORTH_PRESETS[name], name)).toEqual([]);
  });

  it('are the published chip in the standard preset', () => {
    expect(TRUENORTH).toMatchObject({
      ...{ name: 'truenorth', axonsPerCore: 256, neuronsPerCore: 256, axonTypes: 4, weightMax: 255, maxDelay: 15 },
      ...{ gridWidth: 64, gridHeight: 64, maxHop: 255, tickHz: 1000 },
    });
  });

  it('refuse the values just outside each range and take those at its ends', () => {
    const ends = { axonsPerCore: [8, 1024], neuronsPerCore: [8, 1024], axonTypes: [1, 16], maxDelay: [1, 63] };
    for (const [path, [min, max]] of Object.entries(ends)) {
      const at = (value: number): readonly string[] => findings(`base: truenorth\n${path}: ${value}\n`);
      expect([at(min!), at(max!)]).toEqual([[], []]);
      for (const value of [min! - 1, max! + 1, min! + 0.5]) expect(at(value)).toHaveLength(1);
    }
  });

  it('report every violation at once, each with its remedy', () => {
    expect(
      findings(
        'base: truenorth\nneuronPerCore: 8\nmaxDelay: 0\nweightMax: 1023\npotentialMax: 1000\nthresholdDrawBits: 20\n' +
          'potentialOverflow: wrap\ngridWidth: 4\nfaultyCores: [[4, 0], [9, 9]]\nresetModes: [linear, sometimes]\n',
      ),
    ).toEqual([
      'chip.yaml: remove the key or correct its name',
      'chip.yaml: resetModes: use 1 or more of normal, linear, none; the standard value is ["normal","linear","none"]',
      'chip.yaml: maxDelay: use 1..63; the standard value is 15',
      'chip.yaml: potentialMax: use a potentialMax of at least 262143, or a smaller thresholdMax',
      'chip.yaml: potentialMax: use a potentialMax of at least 1023, or smaller weights and leaks',
      'chip.yaml: potentialMax: use 1023, or clamp',
      'chip.yaml: thresholdDrawBits: use at most 18 bits',
      'chip.yaml: faultyCores: remove them, or use a larger grid',
    ]);
  });

  it('call what differs from the base the user’s', () => {
    const { spec, base } = parseTrueNorthSpec('base: ns16e\naxonsPerCore: 300\n', 'chip.yaml');
    expect(spec.name).toBe('ns16e-changed');
    const lines = TRUENORTH_SPECS.describe(spec, base);
    const statusOf = (path: string): string | undefined => lines.find((line) => line.path === path)?.status;
    expect([statusOf('axonsPerCore'), statusOf('gridWidth'), statusOf('potentialMax')]).toEqual([
      'user',
      'published',
      'derived',
    ]);
    expect(lines.map(({ path }) => valueAt(spec, path))).not.toContain(undefined);
  });
});
