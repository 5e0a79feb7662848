import { expect, it } from 'vitest';
import { withRegion } from '../../src/common/marked-region.js';

const text = 'before\n<!-- a: begin -->\nold\n<!-- a: end -->\nafter\n';

it('replaces what stands between the markers, and the same again', () => {
  const once = withRegion(text, 'x.md', 'a', 'new\n');
  expect(once).toBe('before\n<!-- a: begin -->\n\nnew\n\n<!-- a: end -->\nafter\n');
  expect(withRegion(once, 'x.md', 'a', 'new\n')).toBe(once);
});

it('names the markers that are missing', () => {
  expect(() => withRegion(text, 'x.md', 'b', '')).toThrow(/no-region.*x\.md[^]*<!-- b: begin -->/);
});
