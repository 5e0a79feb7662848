import { Resvg } from '@resvg/resvg-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { mean } from '../../../src/common/statistics.js';
import { type StudyResult, STUDY_PARTS } from '../../../src/ir/trace/study.js';
import { renderStudy, type StudyFiles } from '../../../src/report/study/render-study.js';
import { outsideAddresses, unbalancedTags } from '../page-checks.js';
import { syntheticStudy } from './synthetic-study.js';

const EMPTY: StudyResult = { ...syntheticStudy({ variants: [] }), rows: [], costs: [], failures: [] };

/** Texts of an SVG file. */
const textsOf = (svg: string): string => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text).join(' ');

describe('the report of a study', () => {
  const study = syntheticStudy({ chips: 4, variants: ['clip', 'sign'] });
  let files: StudyFiles = { html: '', figures: [] };
  beforeAll(async () => {
    files = await renderStudy(study);
  }, 60_000);
  const figure = (name: string) => {
    const found = files.figures.find((other) => other.name === name);
    expect(found, files.figures.map((other) => other.name).join(', ')).toBeDefined();
    return found!;
  };

  it('has the figures that the field expects', () => {
    expect(files.figures.map((other) => other.name)).toEqual([
      'distortions-mlp-mnist-additive',
      'distortions-mlp-mnist-multiplicative',
      'distortions-mlp-mnist-uniform-log',
      'distortions-mlp-mnist-power',
      'distortions-mlp-mnist-round',
      'bits-per-weight-mlp-mnist-gaussian-bits',
      'bits-per-weight-mlp-mnist-mutual-bits',
      'matrix-mlp-mnist',
      'faults-mlp-mnist-ber',
      'faults-mlp-mnist-dead-neuron',
      'faults-mlp-mnist-drop',
      'layers-mlp-mnist-northpole',
      'cores-mlp-mnist-sign-truenorth-ber-0-1',
      'bits-mlp-mnist-northpole-ber-0-01',
      'voltage-accuracy-mlp-mnist-truenorth',
      'voltage-energy-mlp-mnist-truenorth',
      'pareto-mnist-truenorth',
      'countermeasures-mlp-mnist-clip-northpole-ber-0-01',
      'countermeasures-mlp-mnist-clip-northpole-ber-0-05',
    ]);
  });

  it('says n, golden and chance in every figure of accuracies, and that four chips are few', () => {
    for (const { name, svg, caption } of files.figures) {
      const texts = textsOf(svg);
      expect(texts, name).toMatch(/n = [14] chips? \u00d7 500 images/);
      expect(caption, name).toMatch(/n = [14] chips? \u00d7 500 images/);
      if (name.startsWith('voltage-energy')) continue;
      expect(texts, name).toMatch(/golden/i);
      expect(texts, name).toMatch(/chance/i);
      const isDrawn = !/power|round/.test(name);
      expect(caption.includes('Fewer than 10 chips (4)'), name).toBe(isDrawn);
    }
  });

  it('draws golden lines in dashes, chance in dots, and bands', () => {
    const { svg } = figure('distortions-mlp-mnist-additive');
    expect(svg.match(/<line [^>]*stroke-dasharray="9,4"/g)?.length).toBe(3);
    expect(svg.match(/<line [^>]*stroke-dasharray="1.5,3.5"/g)?.length).toBe(2);
    expect(textsOf(svg)).toContain('chance 90.0 %');
    expect(svg.match(/<path [^>]*opacity="0.16"/g)?.length).toBe(2);
    expect(textsOf(figure('faults-mlp-mnist-ber').svg)).toContain('//');
  });

  it('numbers the cells of the matrix', () => {
    const cell = study.rows.filter((row) => row.effect === 'additive' && row.level === 0.8 && row.variant === 'sign');
    const error = 1 - mean(cell.map((row) => row.correct / row.samples));
    expect(textsOf(figure('matrix-mlp-mnist').svg).split(' ')).toContain((error * 100).toFixed(1));
  });

  it('gives whole SVG files: white ground, fixed colours, nothing fetched, readable as XML', () => {
    for (const { name, svg } of files.figures) {
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="'), name).toBe(true);
      expect(svg, name).toContain('fill="#ffffff"/>');
      expect(svg, name).not.toMatch(/="var\(/);
      expect(outsideAddresses(svg), name).toEqual([]);
      const image = new Resvg(svg, { font: { loadSystemFonts: false } });
      expect(image.width, name).toBeGreaterThan(500);
    }
    expect(() => new Resvg(files.figures[0]!.svg.replace('</svg>', '</g>'))).toThrow();
  });

  it('is one page: no scripts, nothing fetched, well formed, every id once', () => {
    const { html } = files;
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<object|@import|\bsrc=/i);
    expect(outsideAddresses(html)).toEqual([]);
    expect(unbalancedTags(html)).toEqual([]);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/<a href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const { name } of files.figures) expect(ids).toContain(`figure-${name}-title`);
  });

  it('shows golden accuracies with Wilson intervals, doubling levels, paired differences and what failed', () => {
    const { html } = files;
    expect(html).toContain('92.00 %');
    expect(html).toContain('89.29 \u2013 94.07 %, n = 500');
    expect(html).toMatch(/between 0\.\d+ and 0\.\d+\)/);
    expect(html).toMatch(/bits: \d\.\d{3} \(Gaussian channel\), 0\.\d{3} \(mutual information\)/);
    expect(html).toMatch(/ensemble-of-3[^]*?\+\d+\.\d/);
    expect(html).toContain('real weights do not fit a TrueNorth-style chip');
    expect(html).toContain('lodestone study robustness synthetic.yaml -o out');
    expect(html).toContain('not measured');
  });

  it('is the same bytes for the same result', async () => {
    const parts = ['golden', 'layers', 'bits', 'countermeasures'];
    const some = { ...study, rows: study.rows.filter((row) => parts.includes(row.part)) };
    expect(await renderStudy(structuredClone(some))).toEqual(await renderStudy(some));
  }, 60_000);
});

describe('the report of an incomplete study', () => {
  it('says of each part that it was not measured, and draws nothing', async () => {
    const { html, figures } = await renderStudy(EMPTY);
    expect(figures).toEqual([]);
    expect(html).not.toContain('<svg');
    for (const sentence of [
      'The study has no measured distortions of the float networks.',
      'The study has no measured faults of chips.',
      'The study has no measured layers.',
      'The study has no measured cores.',
      'The study has no measured bit positions.',
      'The study has no measured supply voltages.',
      'The study has no measured countermeasures.',
      'No golden accuracy was measured.',
      'No effect was measured at several levels.',
    ]) {
      expect(html, sentence).toContain(sentence);
    }
    expect(unbalancedTags(html)).toEqual([]);
  });

  it.each(STUDY_PARTS)(
    'is drawn with nothing but %s',
    async (part) => {
      const study = syntheticStudy({ chips: 1, variants: ['clip', 'sign'] });
      const only = { ...study, networks: [], rows: study.rows.filter((row) => row.part === part), costs: [] };
      const { html, figures } = await renderStudy({
        ...only,
        rows: only.rows.filter((row) => !['multiplicative', 'uniformLog', 'round', 'drop'].includes(row.effect)),
      });
      expect(html).not.toMatch(/NaN|Infinity|undefined|-Infinity/);
      for (const { caption, svg } of figures) {
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(caption).not.toMatch(/NaN|Infinity|undefined/);
      }
      // Without golden accuracies a loss is not known: said, not drawn as zero.
      if (part === 'layers' || part === 'cores') {
        expect(figures).toEqual([]);
        expect(html).toContain('not known where no golden accuracy was measured: mlp-mnist-');
      }
    },
    60_000,
  );

  it('says that rows which nothing tells apart are left out', async () => {
    const study = syntheticStudy({ chips: 2, variants: ['clip'] });
    const rows = study.rows.filter((row) => row.part === 'golden');
    const { html } = await renderStudy({ ...study, rows: [...rows, rows[0]!] });
    expect(html).toContain('1 rows repeat a chip of a point that already has it');
  });

  it('escapes hostile names everywhere', async () => {
    const evil = '"><script>alert(1)</script>&\'<b>';
    const study = syntheticStudy({ chips: 2, variants: ['sign'] });
    const rows = study.rows
      .filter((row) => ['golden', 'layers', 'countermeasures'].includes(row.part) || row.effect === 'ber')
      .map((row) => ({ ...row, network: evil, family: evil, dataset: evil, variant: evil }));
    const { html, figures } = await renderStudy({
      ...study,
      name: evil,
      rows: rows.map((row) => (row.part === 'layers' ? { ...row, where: evil } : row)),
      networks: study.networks.map((network) => ({
        ...network,
        name: evil,
        family: evil,
        dataset: evil,
        variant: evil,
      })),
      costs: [],
      failures: [{ part: 'faults', point: evil, message: evil }],
      specification: evil,
      command: evil,
    });
    expect(figures.length).toBeGreaterThan(3);
    expect(html).not.toMatch(/<script|<b>/);
    expect(unbalancedTags(html)).toEqual([]);
    for (const { name, svg } of figures) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(svg).not.toMatch(/<script|<b>/);
      expect(() => new Resvg(svg, { font: { loadSystemFonts: false } })).not.toThrow();
    }
  }, 60_000);
});
