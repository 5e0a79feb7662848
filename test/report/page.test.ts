import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { bitsToText } from '../../src/common/bit-text.js';
import type { ProgramView } from '../../src/ir/trace/program-view.js';
import { categoryColour, partColour, RAMP } from '../../src/report/palette.js';
import { renderReport } from '../../src/report/render-report.js';
import { decodeResultFile, encodeResultFile } from '../../src/report/result-file.js';
import { unbalancedTags } from './page-checks.js';
import { syntheticNoise, syntheticProgram, syntheticResult } from './synthetic.js';

const one = syntheticProgram('net', [4, 1]);
const { floorPlan, ...flat } = one;
/** The same network on another chip, with fewer cores and another clock. */
const other: ProgramView = {
  ...flat,
  target: 'other',
  chip: 'fast-one',
  cores: 3,
  time: { unit: 'cycle', perSample: 400, latency: 800, unitSeconds: { ...one.time.unitSeconds, value: 2.5e-9 } },
  timeBar: {
    ...{ title: 'Layers along time', unit: 'cycles', note: '' },
    pieces: [
      { label: 'layer-1', value: 300, group: 'compute' },
      { label: 'layer-2', value: 100, group: 'latency' },
    ],
    groups: ['compute', 'memory', 'latency'],
  },
};
const page = (programs: readonly ProgramView[], results = programs.map((program) => syntheticResult(program))) =>
  renderReport({ title: 't', results, programs, noise: [] });
const section = (text: string, heading: RegExp): string =>
  present(
    text.split('<section').find((part) => heading.test(part)),
    String(heading),
  );
/** Text without tags and runs of spaces. */
const words = (markup: string): string => markup.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

describe('mappings of one network', () => {
  it('stand side by side: cores, time in units and seconds, energy, and the change against the first', async () => {
    expect(floorPlan.x.length).toBe(6);
    const text = await page([one, other]);
    expect(unbalancedTags(text)).toEqual([]);
    const beside = words(section(text, /net: 2 mappings side by side/));
    expect(beside).toContain('cores 6 3 -3 (-50.0 %)');
    expect(beside).toContain('time per sample 19 ticks, 19 ms 400 cycles, 1 \u00b5s x 5.26e-5');
    expect(beside).toContain('latency 57 ticks, 57 ms 800 cycles, 2 \u00b5s');
    expect(beside).toContain('energy per sample 12 \u00b5J (10 \u2013 14) 12 \u00b5J (10 \u2013 14) the same');
    expect(beside).toContain('cores of layer-1 4 4');
  });

  it('of one spec are told apart by their cores, and each is shown with its own run', async () => {
    const wide = { ...syntheticProgram('net', [8, 1]), time: { ...one.time, perSample: 7 } };
    const text = await page([one, wide]);
    expect(words(section(text, /2 mappings side by side/))).toMatch(/mapping 1, 6 cores .*mapping 2, 10 cores/);
    expect(text).not.toContain('its load is not known');
  });

  it('without runs show what the mapping alone says; a single one has no such section', async () => {
    const beside = words(section(await page([one, other], []), /2 mappings side by side/));
    expect(beside).toContain('cores 6 3');
    expect(beside).not.toContain('energy');
    expect(await page([one])).not.toContain('side by side');
  });
});

describe('what changes while a program runs', () => {
  // Cores 0 and 3 of a grid of two by two, then core 1.
  const steps = {
    ...{ title: 'Cores of each layer', gridWidth: 2, gridHeight: 2, note: '' },
    steps: [
      { label: 'layer-1', text: '2 cores', cores: bitsToText(Uint8Array.of(0b1001)) },
      { label: 'layer-2', text: '1 core', cores: bitsToText(Uint8Array.of(0b0010)) },
    ],
  };
  const tracks = [
    {
      ...{ title: 'Memory in use', timeUnit: 'cycles', note: '' },
      steps: [
        { label: 'layer-1', length: 300 },
        { label: 'layer-2', length: 100 },
      ],
      tracks: [
        { label: 'fullest', unit: 'bytes', values: [50, 20], limit: 100 },
        { label: 'mean', unit: 'bytes', values: [5, 2], limit: 100 },
        { label: 'load', unit: 'bytes per cycle', values: [0, 0] },
      ],
    },
  ];

  it('is drawn step by step: the cores at work in the colour of their layer', async () => {
    const text = await page([{ ...other, steps }]);
    expect(unbalancedTags(text)).toEqual([]);
    const paths = [...text.matchAll(/<path d="(M[^"]*)" fill="([^"]*)" \/>\s*<\/svg>\s*<div><b>/g)].map(
      ([, path, fill]) => [path?.match(/M[\d. ]+/g), fill],
    );
    expect(paths).toEqual([
      [['M0.1 0.1', 'M1.1 1.1'], categoryColour(0)],
      [['M1.1 0.1'], categoryColour(1)],
    ]);
  });

  it('is drawn along time: as wide as a step is long, as high as its share of the limit', async () => {
    const text = await page([{ ...other, tracks }]);
    expect(unbalancedTags(text)).toEqual([]);
    const said = words(text);
    expect(said).toContain('fullest: at most 50 bytes of 100, 50.0 % (height: 100)');
    // Far below its limit it is drawn larger.
    expect(said).toContain('mean: at most 5 bytes of 100, 5.0 % ');
    expect(said).toContain('load: at most 0 bytes per cycle ');
    expect(said).toContain('400 cycles, 1 \u00b5s from the start of the first one');
    const columns = [
      ...text.matchAll(/<rect\s+x="([\d.]+)%"\s+y="([\d.]+)%"\s+width="([\d.]+)%"\s+height="([\d.]+)%"/g),
    ];
    expect(columns.map(([, ...numbers]) => numbers.map(Number))).toEqual([
      [0, 50, 75, 50],
      [75, 80, 25, 20],
      [0, 0, 75, 100],
      [75, 60, 25, 40],
      [0, 0, 75, 0],
      [75, 0, 25, 0],
    ]);
    expect(text).not.toContain('NaN');
  });

  it('is refused in a file where it contradicts itself', () => {
    const content = (program: ProgramView) =>
      encodeResultFile({ results: [], programs: [program], noise: [], commands: [] });
    const bad = content({ ...other, steps: { ...steps, gridWidth: 5 } });
    expect(() => decodeResultFile(bad, 'r')).toThrow(/programs\.0\.steps: cores must have one bit per core/);
    const short = tracks.map((one) => ({ ...one, steps: one.steps.slice(1) }));
    expect(() => decodeResultFile(content({ ...other, tracks: short }), 'r')).toThrow(/one value per step/);
    expect(decodeResultFile(content({ ...other, steps, tracks }), 'r').programs).toEqual([{ ...other, steps, tracks }]);
  });
});

describe('colours', () => {
  it('of layers, parts of an energy and loads are different ones; what bounds a layer has a texture without colour', async () => {
    const layers = Array.from({ length: 12 }, (_, i) => categoryColour(i));
    const parts = Array.from({ length: 8 }, (_, i) => partColour(i));
    expect(new Set([...layers, ...parts, ...RAMP]).size).toBe(
      new Set(layers).size + new Set(parts).size + new Set(RAMP).size,
    );
    const text = await page([other]);
    const bar = present(/<svg[^>]*aria-labelledby="program-0-time-title[^]*?<\/svg>/.exec(text)?.[0], 'time bar');
    expect(bar).toContain('url(#program-0-texture-0)');
    expect(bar).toContain('url(#program-0-texture-2)');
    expect(bar).not.toMatch(/#[0-9a-f]{6}"/);
    expect(bar).toContain('layer-1: 300 cycles, 750 ns, compute');
  });

  it('of networks in a figure of noise are said to be those of networks', async () => {
    const noise = syntheticNoise('net', 'ber', [0, 0.1], 0.9);
    const text = await renderReport({ title: 't', results: [], programs: [], noise });
    expect(words(text)).toContain('Colours of this figure are networks.');
  });
});

describe('the axis of a figure of noise', () => {
  const draw = (levels: readonly number[]) =>
    renderReport({ title: 't', results: [], programs: [], noise: syntheticNoise('net', 'ber', levels, 0.9) });

  it('is broken where it is logarithmic and shows 0, which no line leads to', async () => {
    const text = await draw([0, 0.001, 0.01, 0.1]);
    expect(text).toContain('>//</text>');
    // The line has the three levels above 0.
    const line = present(/aria-roledescription="line mark" d="([^"]*)"/.exec(text)?.[1], 'line');
    expect(line.match(/[ML]/g)).toHaveLength(3);
  });

  it('is not broken where 0 is not shown or the axis is linear', async () => {
    expect(await draw([0.001, 0.01, 0.1])).not.toContain('>//</text>');
    expect(await draw([0, 0.05, 0.1])).not.toContain('>//</text>');
  });
});
