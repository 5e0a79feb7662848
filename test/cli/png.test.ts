import { describe, expect, it } from 'vitest';
import { missingFontWarning, toPng } from '../../src/cli/png.js';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="#fff"/></svg>';

describe('PNG files', () => {
  it('have twice the size of the SVG file', () => {
    const png = Buffer.from(toPng(SVG));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([60, 40]);
  });

  it('are the same bytes for the same file', () => {
    expect(toPng(SVG)).toEqual(toPng(SVG));
  });

  it('have text, or a warning says that they have none', () => {
    const words = '<text x="2" y="14" font-family="sans-serif" font-size="12">n = 10</text></svg>';
    const hasText = !Buffer.from(toPng(SVG.replace('</svg>', words))).equals(Buffer.from(toPng(SVG)));
    expect(missingFontWarning() === undefined).toBe(hasText);
  });

  it('are refused for what is no SVG', () => {
    expect(() => toPng('<svg xmlns="http://www.w3.org/2000/svg"><g></svg>')).toThrow();
  });
});
