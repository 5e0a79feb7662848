import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { withRegion } from '../../../src/common/marked-region.js';
import { parameterTable } from '../../../src/common/parameters/print-table.js';
import { parametersOf } from '../../../src/common/parameters/value-tree.js';
import { trueNorthSpecOf } from '../../../src/chips/ranc/truenorth.js';
import { RANC_CHIP, RANC_PARAMETERS, RANC_SPECS, widthsOf } from '../../../src/hw-models/ranc/chip-spec.js';
import { RTL_WIDTHS, SIMULATOR_WIDTHS } from '../../../src/hw-models/ranc/spec.js';
import { TRUENORTH_SPECS } from '../../../src/hw-models/truenorth/spec.js';

const findings = (text: string): readonly string[] => {
  try {
    RANC_SPECS.parse(text, 'chip.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ place, message }) => `${place} ${message}`);
    throw error;
  }
  return [];
};

describe('specs of RANC', () => {
  it.each(RANC_SPECS.presetNames)('print %s with every parameter, and read it back', (name) => {
    const spec = RANC_SPECS.presets[name];
    const text = RANC_SPECS.print(spec);
    expect(RANC_SPECS.parse(text, 'chip.yaml')).toEqual({ spec, base: name, warnings: [] });
    for (const { path } of parametersOf(RANC_PARAMETERS)) expect(text).toMatch(new RegExp(`^${path}: `, 'm'));
    expect(RANC_SPECS.check(spec, name)).toEqual([]);
  });

  it('stand in docs/formats-ranc.md (npm run docs:tables prints them there)', () => {
    const page = readFileSync(new URL('../../../docs/formats-ranc.md', import.meta.url), 'utf8');
    const table = parameterTable(RANC_SPECS.describe(RANC_CHIP));
    expect(withRegion(page, 'docs/formats-ranc.md', 'table of parameters', table)).toBe(page);
  });

  it('have the widths of the simulator and of the Verilog', () => {
    expect(widthsOf(RANC_CHIP)).toEqual(SIMULATOR_WIDTHS);
    expect(widthsOf(RANC_SPECS.presets['ranc-rtl'])).toEqual(RTL_WIDTHS);
  });

  it('refuse what is out of range, and what contradicts itself', () => {
    expect(findings('base: ranc\nresetType: 2\nnWeights: 0\npotentialBits: 33\n')).toHaveLength(3);
    expect(findings('base: ranc-rtl\nresetType: 1\nthresholdBits: 12\n')).toEqual([
      'chip.yaml: resetType the hardware of 9-bit potentials compares with <, which is reset type 0',
      'chip.yaml: potentialBits potentials have 9 bits, what is added or compared has 12',
    ]);
  });

  it('become TrueNorth-style chips without anything that RANC does not have', () => {
    for (const spec of [RANC_CHIP, RANC_SPECS.presets['ranc-rtl'], { ...RANC_CHIP, resetType: 1, maxTickOffset: 5 }]) {
      const equal = trueNorthSpecOf(spec);
      expect(TRUENORTH_SPECS.check(equal, 'equal')).toEqual([]);
      expect(equal).toMatchObject({
        ...{ negativeModes: ['reset'], resetModes: ['normal', 'linear'], leakReversal: false },
        ...{ stochasticWeights: false, stochasticLeak: false, thresholdDrawBits: 0 },
        ...{ positiveComparison: 'atLeast', negativeComparison: spec.resetType === 0 ? 'below' : 'atMost' },
        maxDelay: spec.maxTickOffset - 1,
      });
    }
    expect(trueNorthSpecOf(RANC_SPECS.presets['ranc-rtl'])).toMatchObject({
      ...{ weightMax: 255, leakMax: 255, thresholdMax: 255, potentialMax: 255 },
      ...{ potentialOverflow: 'wrap', maxHop: 255 },
    });
    expect(() => trueNorthSpecOf({ ...RANC_CHIP, axonsPerCore: 1025, nWeights: 17, maxTickOffset: 1 })).toThrow(
      /axonsPerCore[^]*nWeights[^]*maxTickOffset/,
    );
  });
});
