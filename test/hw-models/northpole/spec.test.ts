import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import {
  macsPerCycle,
  memoryBandwidth,
  NORTHPOLE,
  NORTHPOLE_PRESET_NAMES,
  NORTHPOLE_PRESETS,
  NORTHPOLE_SMALL,
  NORTHPOLE_SPECS,
  peakTops,
  portBytes,
} from '../../../src/hw-models/northpole/spec.js';
import { NORTHPOLE_RULES } from '../../../src/hw-models/northpole/rules.js';
import { parametersOf, valueAt } from '../../../src/common/parameters/value-tree.js';
import { parameterTable } from '../../../src/common/parameters/print-table.js';
import { withRegion } from '../../../src/common/marked-region.js';

describe('the published chip', () => {
  it('has the published operations per core and cycle and peak rates at 8, 4 and 2 bits', () => {
    expect([8, 4, 2].map((bits) => macsPerCycle(NORTHPOLE, bits) * NORTHPOLE.opsPerMac)).toEqual([2048, 4096, 8192]);
    expect([8, 4, 2].map((bits) => peakTops(NORTHPOLE, bits).toFixed(1))).toEqual(['209.7', '419.4', '838.9']);
  });

  it('has 256 cores, 192 MiB and 128 bytes per core and cycle, 13.1 TB/s', () => {
    const cores = NORTHPOLE.gridWidth * NORTHPOLE.gridHeight;
    expect(cores).toBe(256);
    expect(cores * NORTHPOLE.memory.bytes).toBe(192 * 2 ** 20);
    expect(portBytes(NORTHPOLE)).toBe(128);
    expect(memoryBandwidth(NORTHPOLE)).toBeCloseTo(13.1e12, -11);
  });

  it('fills a weight block in 8 cycles at the rate of the weight buffer', () => {
    const block = (NORTHPOLE.vmm.outputs * NORTHPOLE.vmm.vectorBits) / 8;
    expect(block / NORTHPOLE.weightFillBytes).toBe(8);
  });
});

describe('the description of a spec', () => {
  it.each(NORTHPOLE_PRESET_NAMES)('describes every value of %s and nothing else', (name) => {
    const lines = NORTHPOLE_SPECS.describe(NORTHPOLE_PRESETS[name]);
    expect(lines.map(({ path }) => path)).toEqual(parametersOf(NORTHPOLE_SPECS.table).map(({ path }) => path));
    for (const { what, source } of lines) expect([what, source]).not.toContain('');
  });

  it('shows a changed value as the user’s', () => {
    const changed = { ...NORTHPOLE, vmm: { ...NORTHPOLE.vmm, latency: 6 } };
    const lines = NORTHPOLE_SPECS.describe(changed);
    const users = lines.filter(({ status }) => status === 'user');
    expect(users.map(({ path, value }) => `${path} = ${value}`)).toEqual(['vmm.latency = 6']);
    expect(lines.find(({ path }) => path === 'gridWidth')?.status).toBe('published');
  });

  it('does not pass a value of the small chip off as published', () => {
    const lines = NORTHPOLE_SPECS.describe(NORTHPOLE_SMALL);
    const different = lines.filter(
      ({ path, value }) => value !== String(valueAt(NORTHPOLE, path)).replaceAll(',', ', '),
    );
    expect(different.length).toBeGreaterThan(10);
    for (const { path, status } of different) {
      if (path === 'energy.staticWatts') expect(status).toBe('calibrated');
      else expect(status, path).toBe(path.startsWith('energy.') ? 'derived' : 'assumed');
    }
  });
});

describe('the check of a spec', () => {
  it('refuses a width that is listed twice', () => {
    const rule = NORTHPOLE_RULES.find(({ paths }) => paths.join() === 'precisions')!;
    expect(rule.check({ ...NORTHPOLE, precisions: [8, 4, 2] })).toBeUndefined();
    expect(rule.check({ ...NORTHPOLE, precisions: [8, 4, 4] })).toMatchObject({
      message: '[8, 4, 4] is not descending',
    });
  });

  it.each(NORTHPOLE_PRESET_NAMES)('has nothing to say about %s', (name) => {
    expect(NORTHPOLE_SPECS.check(NORTHPOLE_PRESETS[name], name)).toEqual([]);
  });
});

describe('table 1 of docs/northpole.md', () => {
  it('is the table of the parameters (npm run docs:tables prints it there)', () => {
    const text = readFileSync(new URL('../../../docs/northpole.md', import.meta.url), 'utf8');
    const table = parameterTable(NORTHPOLE_SPECS.describe(NORTHPOLE));
    expect(withRegion(text, 'docs/northpole.md', 'table of parameters', table)).toBe(text);
  });
});
