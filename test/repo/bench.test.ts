import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const bench = fileURLToPath(new URL('../../dist/bench/run.js', import.meta.url));
const source = readFileSync(new URL('../../bench/run.ts', import.meta.url), 'utf8');
const NAMES = /^const NAMES = \[([^\]]*)\]/m.exec(source)?.[1]?.match(/[\w-]+/g) ?? [];

const result = z.object({
  bench: z.string(),
  machine: z.object({
    processors: z.number().min(1),
    processor: z.string(),
    node: z.string(),
    load: z.array(z.number()),
  }),
  quick: z.literal(true),
  rows: z.array(z.record(z.string(), z.unknown())).min(1),
  ratios: z.record(z.string(), z.number().positive()),
});

describe('npm run bench', () => {
  it('lists its benchmarks where none is named', () => {
    const { status, stderr } = spawnSync(process.execPath, [bench], { encoding: 'utf8' });
    expect([status, stderr.includes(NAMES.join(' | '))]).toEqual([2, true]);
    expect(NAMES.length).toBeGreaterThan(7);
  });

  it.each(NAMES)('%s refuses an option it does not have', (name) => {
    const { status, stderr } = spawnSync(process.execPath, [bench, name, '--jsno', '--quick'], { encoding: 'utf8' });
    expect([status, stderr.includes("Unknown option '--jsno'")]).toEqual([1, true]);
  });

  // truenorth compares with native code, which --quick leaves out.
  it.each(NAMES)('%s --json prints one object with machine, rows and ratios', (name) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bench, name, '--json', '--quick'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const found = result.parse(JSON.parse(stdout));
    expect(found.bench).toBe(name);
    expect(Object.keys(found.ratios).length > 0).toBe(name !== 'truenorth');
  });
});
