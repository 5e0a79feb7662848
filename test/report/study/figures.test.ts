import { describe, expect, it } from 'vitest';
import { linearAxis, logAxis, shareAxis } from '../../../src/report/study/axes.js';
import { layerMatrix } from '../../../src/report/study/sensitivity-section.js';
import { lossOf } from '../../../src/report/study/accuracy-loss.js';
import { trainTestMatrix } from '../../../src/report/study/distortion-section.js';
import { isEqualCost, measureRows } from '../../../src/report/study/countermeasure-table.js';
import { wrapText } from '../../../src/report/study/figure.js';
import { levelPlot } from '../../../src/report/study/level-figure.js';
import { textOn } from '../../../src/report/study/matrix.js';
import { viewStudy } from '../../../src/report/study/points.js';
import { seriesStyle } from '../../../src/report/study/series-style.js';
import { createNamer } from '../../../src/report/study/words.js';
import { syntheticStudy } from './synthetic-study.js';

const view = viewStudy(syntheticStudy({ chips: 10, variants: ['clip', 'sign'] }));
const partOf = (part: string, effect?: string) =>
  view.points.filter((point) => point.part === part && (effect === undefined || point.effect === effect));

describe('axes of a study', () => {
  it('put zero behind a break left of the smallest rate', () => {
    const axis = logAxis([0, 0.001, 0.1, 0.01]);
    expect(axis.position(0.1) - axis.position(0.01)).toBeCloseTo(1, 12);
    expect(axis.position(0)).toBeLessThan(axis.breakAt!);
    expect(axis.breakAt).toBeLessThan(axis.position(0.001));
    expect(axis.ticks).toEqual([0, 0.001, 0.01, 0.1].map(axis.position));
    expect(logAxis([0.001, 0.1]).breakAt).toBeUndefined();
  });

  it('label every level that has room, the last one always', () => {
    expect(linearAxis([0, 0.2, 0.4]).ticks).toEqual([0, 0.2, 0.4]);
    expect(linearAxis([0.01, 0.02, 0.05, 0.5]).ticks).toEqual([0.01, 0.05, 0.5]);
    expect(linearAxis([0, 0.5, 0.99, 1]).ticks).toEqual([0, 0.5, 1]);
    expect(linearAxis([3]).ticks).toEqual([3]);
  });

  it('show chance unless what is measured would be a sliver, and then name it', () => {
    expect(shareAxis([5, 60], [90], 'error')).toEqual({ domain: [0, expect.closeTo(95.4, 9)], offScale: [] });
    expect(shareAxis([5, 8], [90], 'error')).toMatchObject({ domain: [0, expect.closeTo(8.96, 9)], offScale: [90] });
    expect(shareAxis([30, 95], [10], 'accuracy')).toMatchObject({ domain: [0, 100], offScale: [] });
    expect(shareAxis([92, 95], [10], 'accuracy')).toMatchObject({ offScale: [10] });
    for (const [low, high] of [shareAxis([0], [], 'error'), shareAxis([0], [], 'accuracy')].map(
      (axis) => axis.domain,
    )) {
      expect(high).toBeGreaterThan(low);
    }
  });
});

describe('curves of a study', () => {
  const text = { name: 'x', title: 'x', axisTitle: 'x', measure: 'error' } as const;

  it('have golden and chance in the measure of the axis, one curve per network and target', () => {
    const plot = levelPlot(view, partOf('faults', 'ber'), text, (point) => point.level);
    expect(plot.curves.map((curve) => curve.label)).toEqual(['clip, northpole', 'sign, northpole', 'sign, truenorth']);
    expect(plot.curves.map((curve) => curve.golden)).toEqual([0.054, 0.08, 0.08].map((e) => expect.closeTo(e, 12)));
    expect(plot.chance).toEqual([0.9]);
    expect(plot.axis.breakAt).toBeDefined();
    const accuracy = levelPlot(view, partOf('faults', 'ber'), { ...text, measure: 'accuracy' }, (p) => p.level);
    expect(accuracy.chance).toEqual([0.1]);
    expect(accuracy.curves[0]?.golden).toBeCloseTo(0.946, 12);
  });

  it('take the golden measurement where the level that changes nothing was not measured', () => {
    const plot = levelPlot(view, partOf('distortions', 'power'), text, (point) => point.level);
    const [curve] = plot.curves;
    expect(curve?.points.map((point) => point.level)).toEqual([0.25, 0.5, 0.75, 1, 1.5, 2]);
    expect(curve?.points[3]?.mean).toBe(curve?.golden);
    const additive = levelPlot(view, partOf('distortions', 'additive'), text, (point) => point.level);
    expect(additive.curves[0]?.points.filter((point) => point.level === 0)).toHaveLength(1);
  });

  it('have ten chips and a band around the mean at each random point', () => {
    const plot = levelPlot(view, partOf('distortions', 'multiplicative'), text, (point) => point.level);
    for (const { level, mean, interval, chips } of plot.curves.flatMap((curve) => curve.points)) {
      if (level === 0) continue;
      expect(chips).toHaveLength(10);
      expect(interval![0]).toBeLessThan(mean);
      expect(interval![1]).toBeGreaterThan(mean);
    }
  });

  it('keep the look of a variant, and tell the first eight apart without the hue', () => {
    const styles = Array.from({ length: 8 }, (_, i) => seriesStyle(i));
    for (const look of ['colour', 'shape', 'dash'] as const) {
      expect(new Set(styles.map((style) => JSON.stringify(style[look]))).size).toBe(8);
    }
    const all = levelPlot(view, partOf('distortions', 'additive'), text, (point) => point.level);
    const few = levelPlot(view, partOf('faults', 'dead_neuron'), text, (point) => point.level);
    expect(few.curves[0]?.style).toEqual(all.curves[1]?.style);
  });
});

describe('matrices of a study', () => {
  it('have the mean error in per cent of each training under each distortion', () => {
    const points = partOf('distortions');
    const matrix = trainTestMatrix(view, points);
    expect(matrix.columns).toEqual(['clip', 'sign']);
    expect(matrix.rows).toContain('additive 0.8');
    expect(matrix.rows[0]).toBe('undisturbed (golden)');
    for (const point of points.filter((p) => p.effect === 'additive' && p.level > 0)) {
      const cell = matrix.cells.find((c) => c.row === `additive ${point.level}` && c.column === point.variant);
      expect(cell?.text).toBe(((1 - point.accuracy) * 100).toFixed(1));
      expect(cell?.badness).toBeCloseTo((1 - point.accuracy) / 0.9, 12);
    }
    expect(matrix.rows).not.toContain('additive 0');
    expect(matrix.rows.indexOf('uniformLog 0.9')).toBeLessThan(matrix.rows.indexOf('uniformLog 0.1'));
  });

  it('have the accuracy that a layer costs, golden minus mean', () => {
    const points = partOf('layers');
    const matrix = layerMatrix(view, points);
    expect(matrix.rows).toEqual(['hidden-1', 'hidden-2', 'output']);
    const point = points.find((p) => p.variant === 'sign' && p.where === 'output')!;
    expect(lossOf(view, point)).toBeCloseTo(92 - point.accuracy * 100, 9);
    const cell = matrix.cells.find((c) => c.row === 'output' && c.column === 'sign');
    expect(cell?.text).toBe((92 - point.accuracy * 100).toFixed(1));
    // From golden, 92 %, to chance, 10 %.
    expect(cell?.badness).toBeCloseTo(Math.sqrt((92 - point.accuracy * 100) / 82), 9);
  });

  it('know no loss without a golden accuracy', () => {
    const study = syntheticStudy({ chips: 2, variants: ['clip'] });
    const blind = viewStudy({ ...study, rows: study.rows.filter((row) => row.part !== 'golden') });
    const points = blind.points.filter((point) => point.part === 'layers');
    expect(points.length).toBeGreaterThan(0);
    expect(points.map((point) => lossOf(blind, point))).toEqual(points.map(() => undefined));
    expect(layerMatrix(blind, points).cells).toEqual([]);
  });

  it('write dark on light and light on dark', () => {
    expect([textOn('#fde725'), textOn('#440154'), textOn('#ffffff'), textOn('#000000')]).toEqual([
      '#000000',
      '#ffffff',
      '#000000',
      '#ffffff',
    ]);
  });
});

describe('countermeasures of a study', () => {
  it('are sorted by cost, those of equal cost beside each other', () => {
    const rows = measureRows(view, partOf('countermeasures'));
    expect(rows.map((row) => row.name)).toEqual([
      'without a measure',
      'noise-aware-training',
      'protect-msb',
      'ensemble-of-3',
    ]);
    expect(isEqualCost(rows[0]!, rows[1]!)).toBe(true);
    expect(isEqualCost(rows[1]!, rows[2]!)).toBe(false);
  });

  it('of unknown cost come last and equal nothing', () => {
    const study = syntheticStudy({ chips: 2, variants: ['clip'] });
    const partial = viewStudy({ ...study, costs: study.costs.filter((cost) => cost.countermeasure !== '') });
    const rows = measureRows(
      partial,
      partial.points.filter((point) => point.part === 'countermeasures'),
    );
    expect(rows[rows.length - 1]?.name).toBe('without a measure');
    expect(rows.every((row) => !isEqualCost(row, rows[rows.length - 1]!))).toBe(true);
  });
});

describe('words of figures', () => {
  it('give file names of letters, digits and dashes, each once', () => {
    const name = createNamer();
    expect(name('faults', 'a/b', '../<x>')).toBe('faults-a-b-x');
    expect(name('faults', 'a b', 'X')).toBe('faults-a-b-x-2');
    expect(name('distortions', 'uniformLog')).toBe('distortions-uniform-log');
    expect(name('...')).toBe('figure');
  });

  it('break lines at words', () => {
    expect(wrapText('one two three four', 10, 60)).toEqual(['one two', 'three four']);
    expect(wrapText('', 10, 56)).toEqual([]);
  });
});
