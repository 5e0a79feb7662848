import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunResult } from '../../src/ir/trace/run-result.js';
import { encodeResultFile } from '../../src/report/result-file.js';
import { syntheticNoise, syntheticProgram, syntheticResult } from '../report/synthetic.js';
import { cli, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const base = syntheticResult(syntheticProgram('net', [3, 1]));
const energy = (value: number) => ({ ...base.energyUj, value }) as const;

/** Writes a result file and gives its path. */
function saved(name: string, change: Partial<RunResult> = {}, noise = syntheticNoise('net', 'ber', [0], 0.96)): string {
  const results = [{ ...base, ...change }];
  writeFileSync(folder.at(name), encodeResultFile({ results, programs: [], noise, commands: [] }));
  return folder.at(name);
}
const a = saved('a.json');
const more = saved('more.json', {
  cores: base.cores + 1,
  energyUj: { ...energy(13), unit: 'uJ', source: 's', status: 'derived' },
});
const unknown = saved('unknown.json', { energyUj: { unknown: true, reason: 'no table' }, energyParts: [] });

const object = z.object({
  kind: z.literal('lodestone-diff'),
  version: z.literal(1),
  name: z.literal('net'),
  chip: z.literal('truenorth'),
  files: z.object({ a: z.string(), b: z.string() }),
  pairs: z.array(
    z.object({
      accuracy: z.object({ onlyA: z.int(), onlyB: z.int(), interval: z.tuple([z.number(), z.number()]) }),
      metrics: z.record(
        z.string(),
        z.object({
          a: z.number().nullable(),
          b: z.number().nullable(),
          difference: z.number(),
          relative: z.number(),
          unit: z.string(),
          label: z.string(),
        }),
      ),
    }),
  ),
  noise: z.array(z.object({ level: z.number(), interval: z.tuple([z.number(), z.number()]) })),
  gates: z.array(z.object({ gate: z.string(), verdict: z.string(), change: z.number().nullable() })),
  passed: z.boolean(),
});

describe('lodestone diff', () => {
  it('shows two results side by side with the paired interval of the accuracy, and noise points', async () => {
    const { code, out, err } = await cli(['diff', a, more]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^energy per sample +12 µJ \(10 – 14\) +13 µJ \(10 – 14\) +\+8\.3 %$/m);
    expect(out).toMatch(/^cores +5 +6 +\+1 \(\+20\.0 %\)$/m);
    expect(out).toMatch(/^time per sample +19 ticks, 19 ms +19 ticks, 19 ms +the same$/m);
    expect(out).toContain('95 %: -0.20 to +0.20 pp (Agresti and Min); of 1,000 samples 0 right in A only, 0 in B only');
    expect(out).toMatch(/^net on truenorth +ber +0 +96\.00 % \(10\) +96\.00 % \(10\) +the same/m);
  });

  it('exits with 1 on a gate that fails, 0 where all pass', async () => {
    expect((await cli(['diff', a, more, '--fail-on', 'accuracy<-0.1pp,energy>10%'])).code).toBe(0);
    const { code, out } = await cli(['diff', a, more, '--fail-on', 'accuracy<-0.1pp,energy>5%']);
    expect(code).toBe(1);
    expect(out).toMatch(/^energy>5% +failed +8\.333 /m);
    expect(out).toMatch(/not all gates passed\n$/);
  });

  it('exits with 1 on an energy that is not known, whatever the limit', async () => {
    const { code, out } = await cli(['diff', a, unknown, '--fail-on', 'energy>1000%']);
    expect(code).toBe(1);
    expect(out).toMatch(/^energy>1000% +undecided +unknown: not known of B: no table/m);
  });

  it('exits with 2 on a gate that is none or names nothing here, and writes nothing', async () => {
    const xml = folder.at('none.xml');
    for (const [gates, words] of [
      ['energy', /error\[bad-gate\] --fail-on energy: "energy" is no gate/],
      ['enrgy>5%', /error\[unknown-metric\] .*did you mean "energy"\?\n {2}remedy: metrics here: accuracy, /],
      ['cores<1pp', /error\[gate-unit\] /],
    ] as const) {
      expect(await cli(['diff', a, more, '--fail-on', gates, '--junit', xml])).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringMatching(words),
      });
    }
    expect(folder.list()).not.toContain('none.xml');
    const { code, out } = await cli(['diff', a, more, '--fail-on', 'energy,x', '--json']);
    expect(code).toBe(2);
    expect(z.object({ errors: z.array(z.unknown()).length(2) }).safeParse(JSON.parse(out)).success).toBe(true);
  });

  it('prints one JSON object, the same for the same files', async () => {
    const args = ['diff', a, more, '--fail-on', 'energy>5%,cores>1', '--json'];
    const { code, out } = await cli(args);
    expect(code).toBe(1);
    const json = object.parse(JSON.parse(out));
    expect(json.passed).toBe(false);
    expect(json.pairs[0]?.metrics['energy']).toMatchObject({ a: 12, b: 13, difference: 1, unit: 'uJ' });
    expect(json.pairs[0]?.metrics['energy']?.relative).toBeCloseTo(1 / 12, 15);
    expect(json.gates.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
    const withoutHost = (text: string): string => text.replace(/"host": \{[^}]*\}/, '');
    expect(withoutHost((await cli(args)).out)).toBe(withoutHost(out));
  });

  it('writes JUnit XML with one case per gate and pair', async () => {
    const xml = folder.at('gates.xml');
    expect((await cli(['diff', a, more, '--fail-on', 'energy>5%,cores>1', '--junit', xml])).code).toBe(1);
    const text = readFileSync(xml, 'utf8');
    expect(text).toContain('<testsuites name="lodestone diff" tests="2" failures="1" errors="0" skipped="0">');
    expect(text).toContain('name="cores>1"/>');
  });

  it('refuses XML without gates, over an input, and files with nothing in common', async () => {
    expect((await cli(['diff', a, more, '--junit', folder.at('x.xml')])).err).toMatch(/error\[junit-without-gates\]/);
    expect((await cli(['diff', a, more, '--fail-on', 'cores>1', '--junit', a])).err).toMatch(
      /error\[output-is-input\]/,
    );
    const curve = folder.at('curve.json');
    const noise = syntheticNoise('net', 'ber', [0.5], 0.9);
    writeFileSync(curve, encodeResultFile({ results: [], programs: [], noise, commands: [] }));
    const outcome = await cli(['diff', a, curve]);
    expect(outcome).toMatchObject({
      code: 1,
      err: expect.stringMatching(/error\[nothing-to-compare\] .*A has net on /),
    });
    expect((await cli(['diff', a, folder.at('absent.json')])).err).toMatch(/error\[file-missing\]/);
  });
});
