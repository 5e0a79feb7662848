import { describe, expect, it } from 'vitest';
import { lowerWithWarnings } from '../../src/compiler/pipelines.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { randomPixels } from '../support/random-network.js';

/** Two branches of four values each: the pixels, and an activation of the pixels, joined in a given order. */
function branches(second: string, order: 'fine first' | 'coarse first') {
  return parseNetwork(
    `lodestone-network 1 float "concat"
%image = input
  shape [4]
%code = encode %image
  code {"kind":"integer","bits":8,"zeroPoint":0,"step":1}
%a = dense %code
  nOut 4
  weights i8(1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1)
%fine = quantise %a
  step 1
  bits 7
  signed false
%b = dense %code
  nOut 4
  weights i8(0,1,0,0,0,0,1,0,0,0,0,1,1,0,0,0)
  bias f64(-90,-90,-90,-90)
${second}
%joined = concat ${order === 'fine first' ? '%fine %coarse' : '%coarse %fine'}
%scores = scores %joined
`,
    'concat',
  );
}

const QUANTISED = '%coarse = quantise %b\n  step 64\n  bits 2\n  signed false';
const SIGNS = '%coarse = sign %b';
const TOO_COARSE = '%coarse = quantise %b\n  step 100\n  bits 4\n  signed false';

/** Largest difference between the joined values of the float and of the integer network, in units of the float one. */
function largestLoss(text: ReturnType<typeof branches>, unit: number): number {
  const { graph } = lowerWithWarnings(text);
  const float = createInterpreter(text);
  const integer = createInterpreter(graph);
  let largest = 0;
  for (let seed = 0; seed < 200; seed++) {
    const pixels = randomPixels(seed, 4);
    const real = float.trace(pixels).get('joined')!;
    integer
      .trace(pixels)
      .get('joined')!
      .forEach((q, i) => (largest = Math.max(largest, Math.abs(q * unit - real[i]!))));
  }
  return largest;
}

describe.each(['fine first', 'coarse first'] as const)(
  'a concatenation of branches with different steps, %s',
  (order) => {
    it.each([
      ['quantised', QUANTISED],
      ['signs', SIGNS],
    ])('loses nothing where the finest step fits 8 bits, and says nothing: %s', (_, second) => {
      const network = branches(second, order);
      const { diagnostics } = lowerWithWarnings(network);
      expect(diagnostics).toEqual([]);
      expect(largestLoss(network, 1)).toBe(0);
    });

    it('takes the finest step that fits where the finest of all does not, and warns with the bound', () => {
      const network = branches(TOO_COARSE, order);
      const { diagnostics } = lowerWithWarnings(network);
      expect(diagnostics.map(({ code }) => code)).toEqual(['rounded-operands']);
      expect(diagnostics[0]?.message).toContain(
        'multiples of 100, the step of one branch: values differ by at most 50.0',
      );
      const loss = largestLoss(network, 100);
      expect(loss).toBeGreaterThan(40);
      expect(loss).toBeLessThanOrEqual(50);
    });
  },
);

it('a sum of branches whose steps are powers of two says nothing: nothing is rounded', () => {
  const text = `lodestone-network 1 float "sum"
%image = input
  shape [4]
%code = encode %image
  code {"kind":"integer","bits":8,"zeroPoint":0,"step":0.25}
%a = dense %code
  nOut 4
  weights i8(1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1)
%coarse = quantise %a
  step 16
  bits 2
  signed false
%sum = add %coarse %code
%scores = scores %sum
`;
  const { graph, diagnostics } = lowerWithWarnings(parseNetwork(text, 'sum'));
  expect(diagnostics).toEqual([]);
  const float = createInterpreter(parseNetwork(text, 'sum'));
  const integer = createInterpreter(graph);
  for (let seed = 0; seed < 50; seed++) {
    const pixels = randomPixels(seed, 4);
    const real = Array.from(float.run(pixels));
    const units = Array.from(integer.run(pixels));
    const ratio = units.find((u) => u !== 0)! / real.find((x) => x !== 0)!;
    expect(units).toEqual(real.map((x) => x * ratio));
  }
});

it('branches of several pixels and widths side by side keep their places: three of them decide as in the float network', () => {
  const signs = (n: number, of: number): string =>
    Array.from(randomPixels(of, n), (pixel) => (pixel < 128 ? -1 : 1)).join(',');
  const conv = (id: string, nOut: number, of: number): string => `%${id} = conv2d %code
  window [1,1]
  stride [1,1]
  padding [0,0,0,0]
  nOut ${nOut}
  groups 1
  weights i8(${signs(2 * nOut, of)})
  padValue 0
  bias f64(${Array.from({ length: nOut }, (_, o) => o - 0.5).join(',')})
%${id}s = sign %${id}`;
  const text = `lodestone-network 1 float "three"
%image = input
  shape [3,2,2]
%code = encode %image
  code {"kind":"threshold","level":128}
${conv('a', 1, 1)}
${conv('b', 3, 2)}
${conv('c', 2, 3)}
%joined = concat %as %bs %cs
%flat = flatten %joined
%d = dense %flat
  nOut 6
  weights i8(${signs(6 * 36, 5)})
  bias f64(1,0,-1,2,-2,0)
%t = sign %d
%out = votes %t
  nClasses 3
`;
  const network = parseNetwork(text, 'three');
  const { graph, diagnostics } = lowerWithWarnings(network);
  expect(diagnostics).toEqual([]);
  const [float, integer] = [createInterpreter(network), createInterpreter(graph)];
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const bits = randomPixels(seed, 12).map((pixel) => (pixel < 128 ? 0 : 1));
    const scores = Array.from(float.run(bits));
    expect(Array.from(integer.run(bits))).toEqual(scores);
    seen.add(scores.join());
  }
  expect(seen.size).toBeGreaterThan(5);
});
