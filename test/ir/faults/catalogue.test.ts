import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withRegion } from '../../../src/common/marked-region.js';
import { CHIPS } from '../../../src/chips/installed.js';
import { FAULT, FAULT_NAMES, FAULTS, isFaultName } from '../../../src/ir/faults/catalogue.js';
import { noiseSchema } from '../../../src/ir/faults/level-schemas.js';
import { isLevel, levelProblems, NO_NOISE, noiseOf } from '../../../src/ir/faults/levels.js';
import { faultTable } from '../../../src/ir/faults/table.js';

describe('the catalogue of faults', () => {
  it('names each fault once, and others only by their names', () => {
    expect(new Set(FAULT_NAMES).size).toBe(FAULT_NAMES.length);
    for (const { name, partOf, sharesWith } of FAULTS) {
      for (const other of [partOf, sharesWith]) expect(other === undefined || isFaultName(other), name).toBe(true);
      const partner = sharesWith !== undefined && isFaultName(sharesWith) ? FAULT[sharesWith].sharesWith : name;
      expect(partner, 'what is shared is shared by both').toBe(name);
    }
  });

  it('limits positions and memories of faults of stored bits, and of nothing else', () => {
    for (const { name, memories, scope } of FAULTS) {
      for (const part of ['memories', 'protectedBits'] as const) {
        expect(scope.includes(part), `${name}, ${part}`).toBe(memories.length > 0);
      }
    }
  });

  it('gives every fault a level in files, 0 where it is left out', () => {
    expect(noiseSchema.parse({})).toEqual(NO_NOISE);
    for (const { name, limit } of FAULTS) {
      expect(noiseSchema.parse({ [name]: limit })).toEqual(noiseOf(name, limit));
      for (const bad of [-0.1, limit + 0.5, '0.1', null]) {
        expect(noiseSchema.safeParse({ [name]: bad }).success, `${name}=${bad}`).toBe(false);
      }
    }
  });

  it('takes levels from 0 to the limit, and no others', () => {
    for (const { name, limit } of FAULTS) {
      for (const level of [0, 1e-9, limit]) expect(levelProblems(name, level)).toEqual([]);
      for (const level of [Number.NaN, -0.1, -1e-9, limit * 1.5, Infinity, -Infinity]) {
        expect(isLevel(name, level), `${name}=${level}`).toBe(false);
        expect(levelProblems(name, level).map(({ code, place }) => [code, place])).toEqual([
          ['bad-noise-level', `noise.${name}`],
        ]);
      }
    }
  });

  it('is the table of docs/faults.md (npm run docs:tables prints it there)', () => {
    const text = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');
    const table = faultTable(CHIPS.map((chip) => chip.faults()));
    expect(withRegion(text, 'docs/faults.md', 'table of faults', table)).toBe(text);
  });
});
