import { describe, expect, it } from 'vitest';
import { cli, modelPath } from './harness.js';

describe('lodestone timing', () => {
  it('prints one JSON object with the constants, their status and the fastest tick', async () => {
    const { code, out } = await cli(['timing', modelPath('mnist-5core'), '--limit', '2', '--json']);
    expect(code).toBe(0);
    const result: unknown = JSON.parse(out);
    expect(result).toMatchObject({
      kind: 'timing-result',
      name: 'mnist-5core',
      samples: 2,
      model: 'event',
      deadline: { tickNs: 1_000_000, met: true, missedPackets: 0 },
    });
    expect(out).toMatch(/"status": "assumed"/);
  });

  it('says what limits a clocked chip, and that a tick too short is not legal', async () => {
    const args = ['timing', modelPath('mnist-5core'), '--limit', '1', '--model', 'clocked', '--tick-us', '100'];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toMatch(/66,051 cycles/);
    expect(out).toMatch(/NOT legal/);
    expect(out).toMatch(/limited by/);
  });

  it('refuses lengths that are none', async () => {
    const { code, err } = await cli(['timing', modelPath('mnist-5core'), '--tick-us', '-3']);
    expect(code).toBe(2);
    expect(err).toMatch(/above 0/);
  });
});
