import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { lowerWithWarnings } from '../../src/compiler/pipelines.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { averageWindows } from '../../src/ir/network/average.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import type { AvgPoolNode, NetworkGraph } from '../../src/ir/network/types.js';
import { expectExact } from '../support/exact-program.js';
import { randomPixels } from '../support/random-network.js';
import { agreedScores } from '../support/three-engines.js';

const INSIDE = [0, 0, 0, 0] as const;

interface Case {
  readonly size: number;
  readonly pool: Pick<AvgPoolNode, 'window' | 'stride' | 'padding' | 'counted'>;
  /** Layers between the input code and the pool, which reads `before`. */
  readonly before?: string;
  /** The layer behind the pool. */
  readonly after?: string;
}

const QUANTISE = '%act = quantise %pool\n  step 1\n  bits 8\n  signed true';

/** A float network around an average pool: two channels of pixels, averaged, activated, classified. */
function network({ size, pool, before = '', after = QUANTISE }: Case): NetworkGraph {
  const counted = pool.counted === undefined ? '' : `  counted ${JSON.stringify(pool.counted)}\n`;
  return parseNetwork(
    `lodestone-network 1 float "average"
%image = input
  shape [${size},${size},2]
%${before === '' ? 'before' : 'code'} = encode %image
  code {"kind":"integer","bits":8,"zeroPoint":128,"step":0.75}
${before}
%pool = avgPool %before
  window ${JSON.stringify(pool.window)}
  stride ${JSON.stringify(pool.stride)}
  padding ${JSON.stringify(pool.padding)}
${counted}${after}
%flat = flatten %act
%scores = scores %flat
`.replace(/\n\n/g, '\n'),
    'average',
  );
}

const same3 = { window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
const ceil = { window: [3, 2], stride: [2, 2], padding: [0, 1, 0, 1], counted: INSIDE } as const;
const empty = { window: [2, 2], stride: [2, 2], padding: [2, 2, 2, 2], counted: INSIDE } as const;

describe('averages whose windows divide by different numbers', () => {
  it.each([
    ['pixels inside', { size: 5, pool: { ...same3, counted: INSIDE } }],
    ['a shape that was rounded up', { size: 6, pool: ceil }],
    ['windows that see only padding', { size: 4, pool: empty }],
    ['padding on two sides counts', { size: 5, pool: { ...same3, counted: [1, 0, 1, 0] as const } }],
    ['all padding counts', { size: 5, pool: same3 }],
    [
      'signs',
      { size: 5, pool: { ...same3, counted: INSIDE }, before: '%before = sign %code', after: '%act = sign %pool' },
    ],
    [
      'behind a batch norm',
      {
        size: 5,
        pool: { ...same3, counted: INSIDE },
        before:
          '%before = batchNorm %code\n  gamma f64(0.5,2)\n  beta f64(4,-8)\n  mean f64(2,0.5)\n  variance f64(1,4)\n  epsilon 0',
      },
    ],
  ] satisfies readonly (readonly [string, Case])[])('are those of the float network: %s', (_, c) => {
    const graph = network(c);
    const { graph: integer, diagnostics } = lowerWithWarnings(graph);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const float = createInterpreter(graph);
    const oracle = createInterpreter(integer);
    const act = graph.nodes.find(({ id }) => id === 'act');
    let differing = 0;
    for (let seed = 0; seed < 100; seed++) {
      const coded = Int16Array.from(randomPixels(seed, c.size * c.size * 2), (v) => v - 128);
      const wanted = float.trace(coded).get('act')!;
      const got = oracle.trace(coded).get('act')!;
      wanted.forEach((x, i) => {
        // A sign is stored as 0 or 1.
        const integerOf = act?.kind === 'sign' ? (x + 1) / 2 : x;
        if (integerOf !== got[i]!) differing++;
      });
    }
    expect(differing).toBe(0);
    expect(parseNetwork(printNetwork(integer), 'text')).toEqual(integer);
    agreedScores(integer, [randomPixels(7, c.size * c.size * 2), randomPixels(8, c.size * c.size * 2)]);
  });

  it('without a small common multiple are rounded finely, and the warning bounds it', () => {
    const pool = { window: [17, 17], stride: [3, 3], padding: [8, 8, 8, 8], counted: INSIDE } as const;
    const graph = network({ size: 18, pool });
    expect(averageWindows({ kind: 'avgPool', id: 'p', input: 'x', ...pool }, [18, 18, 2]).common).toBeUndefined();
    const { graph: integer, diagnostics } = lowerWithWarnings(graph);
    const bound = Number(/by at most (\S+)$/.exec(diagnostics[0]?.message ?? '')?.[1]);
    const pooled = integer.nodes.find((node) => node.kind === 'avgPool');
    const unit = 0.75 / (pooled?.factor ?? 0);
    expect(diagnostics.map(({ code }) => code)).toEqual(['rounded-average']);
    const float = createInterpreter(graph);
    const oracle = createInterpreter(integer);
    let largest = 0;
    for (let seed = 0; seed < 10; seed++) {
      const coded = Int16Array.from(randomPixels(seed, 18 * 18 * 2), (v) => v - 128);
      const units = oracle.trace(coded).get('pool')!;
      float
        .trace(coded)
        .get('pool')!
        .forEach((x, i) => (largest = Math.max(largest, Math.abs(x - units[i]! * unit))));
    }
    expect(largest).toBeGreaterThan(0);
    // Three digits are printed; what float64 rounds comes on top.
    expect(largest).toBeLessThanOrEqual(1.01 * bound);
    expect(bound).toBeLessThan(1e-6);
    agreedScores(integer, [randomPixels(3, 18 * 18 * 2)]);
  });

  it('behind a batch norm are refused where padding counts', () => {
    const before =
      '%before = batchNorm %code\n  gamma f64(1,1)\n  beta f64(4,4)\n  mean f64(0,0)\n  variance f64(1,1)\n  epsilon 0';
    expect(() => lowerWithWarnings(network({ size: 5, pool: same3, before }))).toThrow('that counts padding');
    expect(() => lowerWithWarnings(network({ size: 4, pool: empty, before }))).toThrow('that counts padding');
  });

  it('are a sum where all windows divide by one number', () => {
    const { graph } = lowerWithWarnings(network({ size: 5, pool: same3 }));
    expect(graph.nodes.map(({ kind }) => kind)).toContain('sumPool');
  });

  it('are exact on TrueNorth', async () => {
    const signs = network({
      size: 5,
      pool: { ...same3, counted: INSIDE },
      before: '%before = sign %code',
      after: '%act = sign %pool',
    });
    await expectExact(signs, {}, 'reference');
  });
});

it('a sum pool of binary pixels with padding as large as its window runs on both simulators', () => {
  const text = `lodestone-network 1 float "avgpad"
%image = input
  shape [2,2,1]
%code = encode %image
  code {"kind":"threshold","level":128}
%pool = avgPool %code
  window [2,2]
  stride [2,2]
  padding [2,2,2,2]
%flat = flatten %pool
%dense = dense %flat
  nOut 2
  weights i8(-1,1,-1,-1,1,-1,-1,1,-1,1,-1,1,-1,-1,1,1,-1,1)
%scores = scores %dense
`;
  const { graph } = lowerWithWarnings(parseNetwork(text, 'avgpad'));
  const { scores, program } = agreedScores(graph, [Uint8Array.of(255, 255, 0, 255), new Uint8Array(4)]);
  // Only the middle window sees pixels, three of them: weights 1 and -1.
  expect(scores).toEqual([
    [3, -3],
    [0, 0],
  ]);
  expect(compileNorthPole(graph, { spec: program.spec }).warnings).toEqual([]);
});
