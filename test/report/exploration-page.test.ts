import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { importanceOf } from '../../src/explore/results/page.js';
import type { ExplorationPage, ExplorationRow } from '../../src/ir/trace/exploration.js';
import { renderExploration } from '../../src/report/exploration/render-exploration.js';

const row = (
  point: number,
  values: ExplorationRow['values'],
  measures: ExplorationRow['measures'],
): ExplorationRow => ({
  ...{ point, group: 'net', network: 'net', chip: 'chip', isFeasible: true, isOnFront: point === 0, values, measures },
});
const PAGE: ExplorationPage = {
  name: 'of <b>tests</b>',
  points: 3,
  counts: { measured: 2, refused: 1 },
  feasible: 2,
  constraints: ['accuracy >= 0.9'],
  settings: ['size'],
  measures: [{ name: 'energy', unit: 'uJ', better: 'min' }],
  rows: [row(0, [1], [2]), row(1, ['</script><script>alert(1)</script>'], [null])],
  reasons: [{ status: 'refused', reason: 'too <small>', points: 1, example: 'net on chip' }],
  importance: [[0.5]],
  progress: [
    {
      group: 'net',
      at: [
        [1, 0.5],
        [3, 1],
      ],
    },
  ],
  mappings: [],
};

describe('the page of an exploration', () => {
  const text = renderExploration(PAGE);
  const scripts = [...text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];

  test('is one file that fetches nothing, with its data and a program that can be read', () => {
    expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|@import|src=|<link/);
    expect(scripts).toHaveLength(2);
    const [data, program] = scripts;
    expect(JSON.parse(data?.[2] ?? '')).toEqual({ rows: PAGE.rows, settings: PAGE.settings, measures: PAGE.measures });
    expect(() => new Script(program?.[2] ?? '')).not.toThrow();
    // Every element that the program looks for is there.
    for (const [, id] of (program?.[2] ?? '').matchAll(/(?:byId|sized|canvasOf)\('(\w+)'/g))
      expect(text).toContain(`id="${id}"`);
  });

  test('lets no text of an experiment become markup', () => {
    expect(text).toContain('of &lt;b&gt;tests&lt;/b&gt;');
    expect(text).toContain('too &lt;small&gt;');
    expect(text).not.toContain('alert(1)</script>');
  });

  test('says its counts, its constraints, and why points were not measured', () => {
    expect(text).toContain('3 points: 2 measured, 1 refused; 2 feasible under accuracy &gt;= 0.9.');
    expect(text).toContain('50 %');
  });
});

describe('the importance of a setting', () => {
  test('is 1 where it decides an objective, and next to nothing where it does not', () => {
    const rows = Array.from({ length: 60 }, (_, i) => row(i, [i % 3, (i * 7) % 5], [10 * (i % 3)]));
    const [decides, idle] = importanceOf(rows, ['a', 'b'], PAGE.measures).flat();
    expect(decides).toBeCloseTo(1, 12);
    expect(idle).toBeLessThan(0.1);
  });

  test('is not known where nothing varies', () => {
    const rows = Array.from({ length: 9 }, (_, i) => row(i, [1, i], [3]));
    expect(importanceOf(rows, ['a', 'b'], PAGE.measures)).toEqual([[null], [null]]);
  });

  test('takes slices of numbers that are all different', () => {
    const rows = Array.from({ length: 200 }, (_, i) => row(i, [i / 200], [(i / 200) ** 2]));
    const [share] = importanceOf(rows, ['a'], PAGE.measures).flat();
    expect(share).toBeGreaterThan(0.95);
  });
});
