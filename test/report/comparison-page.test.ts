import { describe, expect, it } from 'vitest';
import { errorDecades, shareTicks } from '../../src/report/comparison-figure.js';
import { type ComparedNetwork, renderComparison } from '../../src/report/comparison-page.js';

const UNSEEN = { unseen: 'it is <inside>' };

/** Three layers: equal, off on a few elements, and far off; the chip holds one of them. */
const FOUND: ComparedNetwork = {
  ...{ name: 'net<1>', target: 'chip', chip: 'chip-a', data: 'made', samples: 20, file: 'read again', mismatches: 3 },
  layers: [
    {
      ...{ layer: 'first', kind: 'conv2d', elements: 100, integerLayer: 'first' },
      ...{ float: { largest: 0, mean: 0, equal: 1, elements: 100 }, integer: UNSEEN, chip: UNSEEN },
    },
    {
      ...{ layer: 'second', kind: 'quantise', elements: 100, integerLayer: 'second' },
      float: { largest: 1e-6, mean: 1e-8, equal: 0.995, elements: 100 },
      integer: { largest: 0.5, mean: 0.01, equal: 0.98, elements: 100 },
      chip: { largest: 0, mean: 0, equal: 1, elements: 100 },
    },
    {
      ...{ layer: 'third', kind: 'dense', elements: 10, integerLayer: 'third' },
      float: { largest: 2e-5, mean: 1e-6, equal: 0.99, elements: 10 },
      integer: { largest: 30, mean: 4, equal: 0.2, elements: 10 },
      chip: UNSEEN,
    },
  ],
  accuracy: { file: 0.9, float: 0.9, integer: 0.85, chip: null },
  sameDecision: { float: 20, integer: 18 },
  first: {
    float: null,
    integer: {
      ...{ sample: 4, layer: 'second', channel: 2, element: 7, before: 0.5, after: 1 },
      ...{ cause: 'rounding', note: 'by half a step' },
    },
    chip: null,
  },
};

describe('the page of a comparison', () => {
  it('shows every layer in the figure and in the table, with where the forms part and why', async () => {
    const page = await renderComparison(FOUND);
    const [, figure = ''] = /<figure>([^]*)<\/figure>/.exec(page) ?? [];
    for (const layer of ['first', 'second', 'third']) {
      expect(figure).toContain(`>${layer}</text>`);
      expect(page).toMatch(new RegExp(`<th scope="row">${layer}</th>`));
    }
    // The ends of both axes: 30 lies below 100, 0.2 above 0.
    for (const label of ['0', '100', '0%', '100%']) expect(figure).toContain(`>${label}</text>`);
    expect(page).toMatch(
      /parts first at layer second, channel 2, element 7 of sample 4: 0\.500000 and 1, by rounding \(by half a step\)/,
    );
    expect(page).toContain('it is &lt;inside&gt;');
    expect(page).toContain('net&lt;1&gt;');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(await renderComparison(FOUND)).toBe(page);
  });

  it('leaves steps out that nothing was compared in', async () => {
    const layers = FOUND.layers.map((layer) => ({ ...layer, float: UNSEEN }));
    const page = await renderComparison({ ...FOUND, layers });
    expect(page).toContain('network of the file, from the file: not compared');
    expect(page).not.toContain('>network of the file, from the file</text>');
  });
});

describe('axes', () => {
  it('of errors go over whole decades, with about eight ticks', () => {
    expect(errorDecades([0, 0])).toBeUndefined();
    expect(errorDecades([0.002, 0, 0.5])).toEqual([0.001, 0.01, 0.1, 1]);
    expect(errorDecades([1])).toEqual([1]);
    const wide = errorDecades([1e-12, 3e7]) ?? [];
    expect(wide.length).toBeLessThanOrEqual(10);
    expect(wide[0]).toBe(1e-12);
    expect(wide.at(-1)).toBeGreaterThanOrEqual(3e7);
  });

  it.each([
    [1, [0, 1]],
    [0.9995, [0.999, 1]],
    [0.995, [0.99, 1]],
    [0.93, [0.9, 1]],
    [0.6, [0.5, 1]],
    [0.2, [0, 1]],
  ])('of shares begin close below the least one: %d', (least, [from, to]) => {
    const ticks = shareTicks(least);
    expect(ticks[0]).toBeCloseTo(from!, 12);
    expect(ticks.at(-1)).toBe(to);
    expect(ticks).toHaveLength(5);
  });
});
