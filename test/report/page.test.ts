import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { bitsToText } from '../../src/common/bit-text.js';
import type { ProgramView } from '../../src/ir/trace/program-view.js';
import { categoryColour, partColour, RAMP, rampColour } from '../../src/report/palette.js';
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

  it('have their floor plans beside each other: one scale, one colour per layer', async () => {
    // Its layers stand in another order: colours are those of the first mapping.
    const label = (name: string, bits: number) => ({ label: name, text: '', cores: bitsToText(Uint8Array.of(bits)) });
    const use = { timeUnit: 'cycles', lengths: [1, 3], part: 'unit', memoryBytes: 8 };
    const values = [
      [1, 0, 0, 0],
      [1, 2, 0, 0],
    ];
    const steps = {
      ...{ title: 'Floor plan', gridWidth: 2, gridHeight: 2, note: '' },
      steps: [label('layer-2', 0b0001), label('layer-1', 0b0011)],
      use: { ...use, busy: values, memory: values },
    };
    const text = await page([one, { ...other, steps }]);
    const beside = section(text, /2 mappings side by side/);
    expect(words(beside)).toMatch(/Floor plans .* truenorth .* fast-one .*2 of 4 cores used/);
    expect([...beside.matchAll(/style="width:calc\((\d+) \* (.*?)\)"/g)].map(([, ...found]) => found)).toEqual([
      // Three by two cores in use, and one free row and column around them.
      ['5', 'var(--core)'],
      ['2', 'var(--core)'],
    ]);
    const along = present(/<g class="along">([^]*?)<\/g>/.exec(beside)?.[1], 'layers along time');
    expect([...along.matchAll(/fill="([^"]*)"/g)].map(([, fill]) => fill)).toEqual([1, 0].map(categoryColour));
    // In the table and the plan of the second mapping too.
    const own = section(text, /<h2[^>]*>net on fast-one/);
    expect(own).toMatch(new RegExp(`background:${categoryColour(1)}"></span>layer-2`));
  });

  it('have no plans beside each other where fewer than two have one', async () => {
    expect(words(await page([one, other]))).not.toContain('Floor plans');
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

/** Attributes of the core of a plan whose title begins with `core`. */
const coresOf = (text: string, kind: 'does' | 'holds') =>
  [...text.matchAll(new RegExp(`<title>(core[^<]*)</title>\\s*<rect[^>]*class="${kind}" style="([^"]*)"`, 'g'))].map(
    ([, title, style]) => ({ title, style }),
  );

describe('what changes while a program runs', () => {
  // Cores 0 and 3 of a grid of two by two, then cores 0 and 1.
  const steps = {
    ...{ title: 'Floor plan', gridWidth: 2, gridHeight: 2, note: '' },
    steps: [
      { label: 'layer-1', text: '2 cores', cores: bitsToText(Uint8Array.of(0b1001)) },
      { label: 'layer-2', text: '2 cores too', cores: bitsToText(Uint8Array.of(0b0011)) },
    ],
    use: {
      ...{ timeUnit: 'cycles', lengths: [300, 100], part: 'matrix unit', memoryBytes: 1000 },
      busy: [
        [60, 0, 0, 0],
        [20, 40, 0, 0],
      ],
      memory: [
        [100, 10, 0, 10],
        [50, 200, 0, 10],
      ],
    },
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

  it('is one floor plan with a choice: how busy the cores are, what they do along time, and each layer in its colour', async () => {
    const text = await page([{ ...other, steps }]);
    expect(unbalancedTags(text)).toEqual([]);
    const names = [...text.matchAll(/<label for="program-0-steps-choice-\d">([^]*?)<\/label>/g)].map(([, label = '']) =>
      words(label).trim(),
    );
    expect(names).toEqual(['busy matrix unit', 'layers along time', 'layer-1', 'layer-2']);
    expect(text.match(/type="radio"/g)).toHaveLength(4);
    expect(text.match(/type="radio"[^>]* checked/g)).toHaveLength(1);
    // Core 0 is busy in 80 of 400 cycles, the most of all; core 3 in none.
    expect(coresOf(text, 'does').map(({ style }) => style)).toEqual([
      `--d0:${rampColour(1)};--d2:${categoryColour(0)};--d3:${categoryColour(1)}`,
      `--d0:${rampColour(0.5)};--d3:${categoryColour(1)}`,
      `--d2:${categoryColour(0)}`,
    ]);
    for (const i of [0, 1, 2, 3]) {
      expect(text).toContain(
        `.choice > input:nth-of-type(${i + 1}):checked ~ div .does { fill: var(--d${i}, var(--idle)); }`,
      );
    }
    expect(words(text)).toContain('works: 10.0 % of the time on average over the cores in use, 20.0 % at most');
    expect(words(text)).toContain('layer-2: 2 cores too; matrix unit busy 30.0 % of it on average, 40.0 % at most');
  });

  it('shows beside it what the memories hold: the most of each core, and during each layer', async () => {
    const text = await page([{ ...other, steps }]);
    const [most, half, least, twentieth] = [1, 0.5, 0.25, 0.05].map(rampColour);
    expect(coresOf(text, 'holds').map(({ style }) => style)).toEqual([
      `--h0:${half};--h1:${half};--h2:${half};--h3:${least}`,
      `--h0:${most};--h1:${most};--h2:${twentieth};--h3:${most}`,
      `--h0:${twentieth};--h1:${twentieth};--h2:${twentieth};--h3:${twentieth}`,
    ]);
    expect(words(text)).toContain('200 bytes, 20.0 % of a core');
    expect(words(text)).toContain('Memory in use during layer-1: 40 bytes on average, 100 in the fullest core.');
  });

  it('names every core with its layers, how busy it is and what it holds', async () => {
    const [first] = coresOf(await page([{ ...other, steps }]), 'does');
    expect(first?.title?.split('\n')).toEqual([
      'core 0 at (0, 0), 2 of 2 layers; matrix unit busy 20.0 %; memory at most 100 bytes, 10.0 %',
      'layer-1: matrix unit 60 cycles, 20.0 %; memory 100 bytes',
      'layer-2: matrix unit 20 cycles, 20.0 %; memory 50 bytes',
    ]);
    const many = Array.from({ length: 15 }, (_, s) => ({ ...steps.steps[0]!, label: `layer-${s}` }));
    const rows = many.map(() => [1, 0, 0, 1]);
    const use = { ...steps.use, lengths: many.map(() => 2), busy: rows, memory: rows };
    const [long] = coresOf(await page([{ ...other, steps: { ...steps, steps: many, use } }]), 'does');
    expect(long?.title?.split('\n')).toHaveLength(14);
    expect(long?.title).toMatch(/layer-11: [^\n]*\nand 3 more$/);
  });

  it('has the layers of each core along time: as far and as wide as they take', async () => {
    const text = await page([{ ...other, steps }]);
    const bars = present(/<g class="bars">([^]*?)<\/g>/.exec(text)?.[1], 'bars');
    // 18 units are 400 cycles: 13.5 the first layer, 4.5 the second; cores are 20 units apart.
    expect([...bars.matchAll(/d="([^"]*)" fill="([^"]*)"/g)].map(([, ...found]) => found)).toEqual([
      ['M1 1h13.5v18h-13.5zM21 21h13.5v18h-13.5z', categoryColour(0)],
      ['M14.5 1h4.5v18h-4.5zM34.5 1h4.5v18h-4.5z', categoryColour(1)],
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
    const cut = { ...steps, use: { ...steps.use, memory: steps.use.memory.map((own) => own.slice(1)) } };
    expect(() => decodeResultFile(content({ ...other, steps: cut }), 'r')).toThrow(
      /steps\.use: use must have one value/,
    );
    const few = { ...steps, use: { ...steps.use, lengths: [300] } };
    expect(() => decodeResultFile(content({ ...other, steps: few }), 'r')).toThrow(
      /steps\.use: use must have one value/,
    );
    const short = tracks.map((one) => ({ ...one, steps: one.steps.slice(1) }));
    expect(() => decodeResultFile(content({ ...other, tracks: short }), 'r')).toThrow(/one value per step/);
    expect(decodeResultFile(content({ ...other, steps, tracks }), 'r').programs).toEqual([{ ...other, steps, tracks }]);
  });
});

describe('the table of layers', () => {
  it('has brief headings with their titles, and leaves details out where there is no room', async () => {
    const columns = [
      { title: 'layer', align: 'text' },
      { title: 'utilisation of the array', short: 'use', align: 'number' },
      { title: 'inputs', align: 'number', isDetail: true },
    ] as const;
    const layers = {
      columns,
      rows: [
        ['layer-1', '5 %', '12'],
        ['a layer with a long name', '6 %', '13'],
      ],
      note: '',
    };
    const text = section(await page([{ ...other, layers }]), /<h2[^>]*>net on fast-one/);
    expect(text).toMatch(/<abbr title="utilisation of the array">use<\/abbr>/);
    expect(text).toMatch(/<td class="number detail">12<\/td>/);
    expect(text).toMatch(/type="checkbox" id="program-0-all"/);
    expect(text).toMatch(/<th scope="row" class="words">/);
    expect(await page([other])).not.toContain('all columns');
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
