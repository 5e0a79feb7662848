import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, modelPath } from './harness.js';

const TABLE = 'examples/voltage-example.yaml';
const quantity = z.looseObject({ value: z.number(), source: z.string(), status: z.string() });
const part = z.object({ name: z.string(), value: z.number(), fixed: z.boolean(), events: z.string() });
const fixedOf = (parts: readonly z.infer<typeof part>[]): number =>
  parts.reduce((sum, { value, fixed }) => sum + (fixed ? value : 0), 0);
const runResult = z.looseObject({
  accuracy: z.number(),
  mismatches: z.number(),
  noise: z.looseObject({ ber: z.number() }),
  energyUj: quantity,
  energyParts: z.array(part),
  voltage: z.looseObject({ volts: z.number(), energyScale: z.number() }).optional(),
});

const run = async (...options: string[]) => {
  const { code, out, err } = await cli(['run', modelPath('mnist-5core'), '--limit', '40', '--json', ...options]);
  expect([code, err]).toEqual([0, '']);
  return runResult.parse(JSON.parse(out));
};

async function refuses(command: readonly string[], ...words: readonly (string | RegExp)[]): Promise<void> {
  const { code, out, err } = await cli(command);
  expect([code, out]).toEqual([1, '']);
  for (const word of words) expect(err).toMatch(word);
}

describe('lodestone run --voltage-table', () => {
  it('runs at the error rate of the voltage and scales the dynamic energy, in the words of the table', async () => {
    const found = await run('--voltage-table', TABLE, '--voltage', '0.45');
    const plain = await run('--noise', 'ber=0.05');
    expect(found.noise.ber).toBe(0.05);
    expect([found.accuracy, found.mismatches]).toEqual([plain.accuracy, plain.mismatches]);
    expect(found.mismatches).toBeGreaterThan(0);
    const idle = fixedOf(plain.energyParts);
    expect(idle).toBeGreaterThan(0);
    expect(found.energyUj.value).toBeCloseTo(idle + 0.41 * (plain.energyUj.value - idle), 12);
    expect(found.energyUj.value).toBeLessThan(plain.energyUj.value);
    expect(found.energyUj).toMatchObject({ status: 'assumed' });
    expect(found.energyUj.source).toContain(`by the user's table ${TABLE} at 0.45 V`);
    expect(found.voltage).toMatchObject({ volts: 0.45, energyScale: 0.41 });
  });

  it('does so for NorthPole-style chips, power too', async () => {
    const at = ['run', modelPath('mnist-5core'), '--chip', 'northpole', '--limit', '4', '--json'];
    const northPole = z.looseObject({
      energyUj: quantity,
      watts: quantity,
      energyParts: z.array(part),
      metrics: z.looseObject({ framesPerSecond: z.object({ value: z.number() }).loose() }),
    });
    const results = await Promise.all(
      [[], ['--voltage-table', TABLE, '--voltage', '0.5']].map(async (more) =>
        northPole.parse(JSON.parse((await cli([...at, ...more])).out)),
      ),
    );
    const [plain, found] = [results[0]!, results[1]!];
    const fixed = fixedOf(plain.energyParts);
    expect(fixed).toBeGreaterThan(0);
    expect(found.energyUj.value).toBeCloseTo(fixed + 0.51 * (plain.energyUj.value - fixed), 9);
    expect(found.energyParts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(found.energyUj.value, 9);
    expect(found.watts.value).toBeCloseTo(found.energyUj.value * found.metrics.framesPerSecond.value * 1e-6, 6);
    expect(found.watts.status).toBe('assumed');
  });

  it('says what is wrong with its options', async () => {
    const model = modelPath('mnist-5core');
    await refuses(['run', model, '--voltage', '0.5'], 'voltage-without-table');
    await refuses(
      ['run', model, '--voltage-table', TABLE, '--noise', 'ber=0.1'],
      'table-without-voltage',
      'noise-twice',
    );
    await refuses(['run', model, '--voltage-table', TABLE, '--voltage', '0.9'], 'voltage-outside-table');
    await refuses(['run', model, '--voltage-table', 'nowhere.yaml', '--voltage', '0.9'], 'file-missing');
  });
});

describe('lodestone sweep --voltage-table', () => {
  const sweep = ['sweep', modelPath('mnist-5core'), '--voltage-table', TABLE, '--limit', '20', '--chips', '2'];

  it('goes over the rows: rate, accuracy with its interval, energy per sample', async () => {
    const { code, out } = await cli([...sweep, '--json']);
    expect(code).toBe(0);
    const point = z.looseObject({
      volts: z.number(),
      accuracy: z.looseObject({ level: z.number(), accuracies: z.array(z.number()) }),
      energyUj: quantity,
    });
    const { points } = z
      .looseObject({ points: z.array(point), seed: z.number(), host: z.object({ workers: z.number() }) })
      .parse(JSON.parse(out));
    expect(points.map(({ volts }) => volts)).toEqual([0.45, 0.5, 0.55, 0.6, 0.7]);
    expect(points.map(({ accuracy }) => accuracy.level)).toEqual([0.05, 0.01, 0.001, 0.0001, 0.000001]);
    const swept = ['sweep', modelPath('mnist-5core'), '--distortion', 'ber', '--levels', '0.05', '--limit', '20'];
    const plain = z
      .object({ points: z.array(z.looseObject({ accuracies: z.array(z.number()) })) })
      .loose()
      .parse(JSON.parse((await cli([...swept, '--chips', '2', '--json'])).out));
    expect(points[0]?.accuracy.accuracies).toEqual(plain.points[0]?.accuracies);
    const energies = points.map(({ energyUj }) => energyUj.value);
    expect(energies[0]).toBeLessThan(energies[4]!);
    expect(new Set(points.map(({ energyUj }) => energyUj.status))).toEqual(new Set(['assumed']));
  });

  it('prints a table', async () => {
    const lines = (await cli(sweep)).out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^volts +ber +chips +accuracy +95 % +.J per sample +band +status$/);
    expect(lines).toHaveLength(7);
    expect(lines[2]).toMatch(/^0\.45 +0\.05 +2 .* assumed$/);
  });

  it('refuses a distortion beside the table, a network, and nothing to sweep over', async () => {
    await refuses([...sweep, '--distortion', 'ber', '--levels', '0.1'], /--distortion ber/, /--levels 0\.1/);
    await refuses([...sweep, '--on', 'network', '--distortion', 'sign'], /option-of-a-chip.*--voltage-table/);
    await refuses(['sweep', modelPath('mnist-5core')], 'missing-distortion');
  });
});
