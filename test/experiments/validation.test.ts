import { describe, expect, it } from 'vitest';
import { allMet } from '../../src/chips/validation-row.js';
import { validationRows } from '../../src/chips/truenorth/validation/rows.js';
import type { LayerMapping } from '../../src/ir/program/truenorth.js';
import { syntheticProgram, syntheticResult } from '../report/synthetic.js';

const view = syntheticProgram('mnist-5core', [4, 1]);
const LAYERS: readonly LayerMapping[] = [
  {
    ...{ name: 'one', scheme: 'direct', fanIn: 256, nIn: 784, nOut: 256, cores: 5, partialCores: 0, splitterCores: 0 },
    ...{ copies: 0, window: 1, ticks: 1, axonUse: 1, neuronUse: 1, limitedBy: 'axons' },
  },
];
const measured = (accuracy: number, cores: number) => ({
  result: { ...syntheticResult(view), samples: 10_000, accuracy, cores },
  layers: LAYERS,
});

describe('validation', () => {
  it('meets a claim at its edge and fails beyond it', () => {
    const verdict = (accuracy: number, cores: number, id: string): boolean | null | undefined =>
      validationRows([measured(accuracy, cores)]).find((row) => row.id === id)?.ok;
    expect(verdict(0.927, 5, 'nips2015/5-core/accuracy')).toBe(true);
    expect(verdict(0.9269, 5, 'nips2015/5-core/accuracy')).toBe(false);
    expect(verdict(0.95, 5, 'nips2015/5-core/cores')).toBe(true);
    expect(verdict(0.95, 6, 'nips2015/5-core/cores')).toBe(false);
    expect(allMet(validationRows([measured(0.95, 6)]))).toBe(false);
  });

  it('says "not computed" where no run is at hand, and counts a run over part of the data as none', () => {
    const partial = { ...measured(0.99, 5), result: { ...measured(0.99, 5).result, samples: 100 } };
    for (const rows of [validationRows([]), validationRows([partial])]) {
      const row = rows.find(({ id }) => id === 'nips2015/5-core/accuracy');
      expect(row).toMatchObject({ ours: null, ok: null });
    }
  });

  it('claims nothing for rows that are only reported, and meets every fitted one', () => {
    const rows = validationRows([measured(0.95, 5)]);
    expect(rows.filter((row) => row.status === 'reported').every((row) => row.ok === null)).toBe(true);
    const fitted = rows.filter((row) => row.status === 'fitted');
    expect(fitted).toHaveLength(9);
    expect(fitted.every((row) => row.ok === true)).toBe(true);
    // Each names what was fitted on it, and no other row does.
    const names = ['truenorth.idle', 'truenorth.idle.exponent', 'truenorth.synapticOperation'];
    for (const row of rows) expect(row.fits).toEqual(row.status === 'fitted' ? names : undefined);
  });

  it('gives powers a band that holds what was published', () => {
    const powers = validationRows([]).filter(({ id }) => /^power\/\d/.test(id));
    expect(powers).toHaveLength(8);
    for (const { band, published } of powers) {
      expect(band!.low).toBeLessThan(published);
      expect(band!.high).toBeGreaterThan(published);
    }
  });

  it('shows the published table of deep networks without claiming it', () => {
    const eedn = validationRows([]).filter(({ id }) => id.startsWith('eedn/'));
    expect(eedn).toHaveLength(32);
    expect(eedn.every(({ status, ok }) => status === 'reported' && ok === null)).toBe(true);
    for (const { id, published, ours } of eedn) {
      if (!id.endsWith('/power')) expect(ours).toBe(null);
      // Without spikes the model must stay below what was measured with them.
      else expect(ours !== null && ours > 0.5 * published && ours < published).toBe(true);
    }
  });

  it('names every row once, with a source', () => {
    const rows = validationRows([]);
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    for (const row of rows) expect(row.source.length).toBeGreaterThan(20);
  });
});
