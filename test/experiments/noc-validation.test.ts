import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PEER_LATENCIES } from '../../src/chips/truenorth/validation/booksim-latencies.js';
import { loadRow, zeroLoadMean } from '../../src/chips/truenorth/validation/noc.js';

const REFERENCE = new URL('../../../shared/vectors/booksim/latency.csv', import.meta.url);

/** A watch short enough for a test. */
const SHORT = { warmUp: 4000, cycles: 12_000, seed: 2 };

describe('the mesh against an independent simulator', () => {
  it('is exact in an empty mesh', () => {
    expect(zeroLoadMean(8)).toBe(20.75);
  });

  // The rows of every pattern and side closest to saturation: a cycle more for credits fails on 16 x 16 at 0.2 by a quarter and more.
  it.each(
    PEER_LATENCIES.filter(({ side, pattern }, i) => {
      const next = PEER_LATENCIES[i + 1];
      return next?.pattern !== pattern || next.side !== side;
    }),
  )('has the mean latency of $pattern traffic at load $load on $side x $side', (peer) => {
    const { ours, published, tolerance, ok } = loadRow(peer, SHORT);
    expect({ ours, published, tolerance, ok }).toMatchObject({ ok: true });
  });

  it.skipIf(!existsSync(REFERENCE))('compares with the recorded latencies, every one of them', () => {
    const lines = readFileSync(REFERENCE, 'utf8').trim().split('\n').slice(1);
    const table = PEER_LATENCIES.map((p) => [p.side, p.pattern, p.load, 3, p.cycles, p.spread, p.speed]);
    expect(table).toEqual(
      lines.map((line) => line.split(',').map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)))),
    );
  });
});
