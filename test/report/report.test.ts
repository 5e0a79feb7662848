import { describe, expect, it } from 'vitest';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { renderReport, type ReportInput } from '../../src/report/render-report.js';
import { outsideAddresses, unbalancedTags } from './page-checks.js';
import { syntheticNoise, syntheticProgram, syntheticResult } from './synthetic.js';

const small = syntheticProgram('mnist-5core', [4, 1]);
const large = syntheticProgram('mnist-mlp', [14, 6, 3, 1]);
const input: ReportInput = {
  title: 'MNIST on TrueNorth',
  results: [syntheticResult(large), syntheticResult(small)],
  programs: [large, small],
  noise: [
    ...syntheticNoise('mnist-mlp', 'ber', [0, 0.001, 0.01, 0.1], 0.964),
    ...syntheticNoise('mnist-5core', 'ber', [0, 0.001, 0.01, 0.1], 0.941),
    ...syntheticNoise('mnist-mlp', 'drop', [0.1, 0.2], 0.964),
  ],
  validation: [
    {
      id: 'cores of the network',
      published: 5,
      ours: 6,
      unit: 'cores',
      tolerance: { kind: 'absolute', value: 0 },
      ok: false,
      status: 'validated',
      source: 'a paper',
    },
  ],
  commands: ['lodestone run mnist-mlp.prog --data mnist'],
};

describe('report', () => {
  it('is one file: no scripts, nothing fetched', async () => {
    const page = await renderReport(input);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|@import|\bsrc=/i);
    expect(outsideAddresses(page)).toEqual([]);
    for (const [, target] of page.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^#/);
  });

  it('is well formed, names every figure, and uses every name once', async () => {
    const page = await renderReport(input);
    expect(unbalancedTags(page)).toEqual([]);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, list] of page.matchAll(/aria-labelledby="([^"]+)"/g)) {
      for (const id of (list ?? '').split(' ')) expect(ids).toContain(id);
    }
    for (const [, id] of page.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
  });

  it('gives the same bytes for the same input', async () => {
    expect(await renderReport(input)).toBe(await renderReport(input));
  });

  it('shows accuracy with its interval, energy with source and status, and the verdict of a comparison', async () => {
    const page = await renderReport(input);
    expect(page).toContain('96.40 %');
    expect(page).toContain('95.06 \u2013 97.39 %');
    expect(page).toContain('calibrated');
    expect(page).toContain('fitted to eight published power figures');
    expect(page).toMatch(/cores of the network[^]*class="bad">no</);
  });

  it('shows version and checksums of what made the numbers, and nothing where they are not known', async () => {
    const [modelSha256, programSha256] = ['a'.repeat(64), 'b'.repeat(64)];
    const origin = { name: 'net', target: 't', chip: 'c', lodestone: '1.2.3', modelSha256, programSha256 };
    const page = await renderReport({ ...input, origins: [origin] });
    for (const text of ['1.2.3', modelSha256, programSha256]) expect(page).toContain(text);
    expect(await renderReport(input)).not.toContain('SHA-256');
  });

  it('gives the time of a sample in the clock of its chip and in the unit of seconds that suits it', async () => {
    const time = {
      unit: 'cycle',
      perSample: 122,
      latency: 4_880_000,
      unitSeconds: { value: 2.5e-9, unit: 's', source: 'test', status: 'assumed' },
    } as const;
    const page = await renderReport({ ...input, results: [{ ...syntheticResult(small), time }] });
    expect(page).toContain('305 ns; latency 4,880,000 cycles, 12.2 ms');
    expect(page).toMatch(/122 cycles\s*<div class="small">305 ns<\/div>/);
  });

  it('shows the band of an energy beside it, in the figures, the table and the section of energies', async () => {
    const energyUj = { value: 4, low: 3, high: 6.5, unit: 'uJ', source: 'test', status: 'derived' } as const;
    const [result] = input.results;
    const page = await renderReport({ ...input, results: [{ ...result!, energyUj }] });
    expect(page.split('3 \u2013 6.50').length - 1).toBe(3);
    expect(page).toContain('4 \u00b5J (3 \u2013 6.50)');
    expect(page).toContain('3 \u2013 6.50, derived, see below');
  });

  it('names the constants that were fitted on a published number, and shows the band of ours', async () => {
    const [row] = input.validation ?? [];
    const fitted = {
      ...row!,
      status: 'fitted',
      fits: ['truenorth.idle', 'other'],
      band: { low: 3.5, high: 7.25 },
    } as const;
    const page = await renderReport({ ...input, validation: [{ ...fitted, ours: 5 }] });
    expect(page).toContain('fitted: truenorth.idle, other');
    expect(page).toContain('5 (3.50 \u2013 7.25)');
  });

  it('shows every core with its layer, role and load', async () => {
    const page = await renderReport({ ...input, programs: [large], results: [syntheticResult(large)] });
    for (let core = 0; core < large.cores; core++) {
      const place = `core ${core} at (${large.floorPlan.x[core]!}, ${large.floorPlan.y[core]!})`;
      expect(page.split(place).length - 1, place).toBe(3);
    }
    expect(page).toContain('no layer, timer');
    expect(page).toContain('faulty core at (0, 1)');
  });

  it('states the number of chips and draws mean, band, chips, fault-free and chance lines', async () => {
    const page = await renderReport(input);
    expect(page).toContain('10 simulated chips per point');
    expect(page).toContain('chance 10 %');
    expect(page).toMatch(/stroke-dasharray="7,4"/);
    expect(page).toMatch(/stroke-dasharray="1.5,3.5"/);
    // Two networks at four levels and one at two, ten chips each.
    const dots = page.match(/aria-roledescription="circle"/g) ?? [];
    expect(dots.length).toBe(8 * 10 + 2 * 10);
  });

  it('says so when the fault-free accuracy, the classes or the float network are not known', async () => {
    const page = await renderReport({
      title: 't',
      results: [],
      programs: [],
      noise: syntheticNoise('other', 'ber', [0.1, 0.2], 0.9).map((point) => ({ ...point, chips: 3 })),
    });
    expect(page).toContain('Fault-free accuracy not measured: other (truenorth).');
    expect(page).toContain('Number of classes not known: no chance line.');
    expect(page).toContain('Fewer than 10 chips');
    const { accuracyFloat, ...rest } = syntheticResult(small);
    expect(accuracyFloat).toBeDefined();
    expect(await renderReport({ title: 't', results: [rest], programs: [], noise: [] })).toContain('not run');
  });

  it('prints an unknown energy as unknown with its reason, never as zero', async () => {
    const result = { ...syntheticResult(small), energyUj: { unknown: true, reason: 'no cost table' } as const };
    const page = await renderReport({ title: 't', results: [result], programs: [small], noise: [] });
    expect(page).toContain('Not known: no cost table');
    expect(page).not.toContain('0 \u00b5J');
  });

  it('escapes names that look like markup, in text, in attributes and in plots', async () => {
    const evil = '"><script>alert(1)</script>&amp;';
    const program = { ...syntheticProgram(evil, [2, 1]), chip: evil };
    const page = await renderReport({
      title: evil,
      results: [{ ...syntheticResult(program, { ...NO_NOISE, ber: 0.5 }), data: evil, engine: evil }],
      programs: [program],
      noise: syntheticNoise(evil, 'ber', [0, 0.1], 0.9),
      commands: [evil],
    });
    expect(page).not.toContain('<script');
    expect(unbalancedTags(page)).toEqual([]);
  });
});
