import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import type { ProgramView } from '../../src/ir/trace/program-view.js';
import { categoryColour, partColour, RAMP } from '../../src/report/palette.js';
import { renderReport } from '../../src/report/render-report.js';
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
