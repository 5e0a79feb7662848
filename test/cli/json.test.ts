import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CATALOGUE } from '../../src/cli/catalogue.js';
import { JSON_VERSION } from '../../src/cli/json-envelope.js';
import { wholeJsonSchema } from '../../src/cli/json/json-schema.js';
import { jsonSchemas } from '../../src/cli/json/schemas.js';
import { namedCommands, wholeProgram } from '../../src/cli/whole-program.js';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { cli, modelPath, SETTING, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const five = modelPath('mnist-5core');
const program = folder.at('five.lsp');
const result = folder.at('result.json');
const few = ['--limit', '8'];

const envelope = z.looseObject({
  kind: z.string(),
  version: z.literal(JSON_VERSION),
  host: z.looseObject({ seconds: z.number(), machine: z.string() }),
});

/** What a command prints, without what belongs to the machine. */
async function printed(args: readonly string[], workers: string | undefined): Promise<string> {
  const threads = workers === undefined ? [] : ['--workers', workers];
  const { out } = await cli([...args, ...threads, '--json']);
  const { host, ...rest } = envelope.parse(JSON.parse(out));
  if (workers !== undefined) expect(host['workers']).toBe(Number(workers));
  return JSON.stringify(rest);
}

interface Printing {
  readonly kind: string;
  readonly args: readonly string[];
  readonly threads?: true;
}

const COMMANDS: readonly Printing[] = [
  { kind: 'inspect', args: ['inspect', five] },
  { kind: 'import', args: ['import', writeMadeFolder(folder.at('bnn')), '-o', folder.at('bnn.lsn')] },
  { kind: 'compile', args: ['compile', five, '-o', program, '--seed', '3'] },
  { kind: 'run', args: ['run', program, ...few, '-o', result, '--noise', 'ber=0.01'], threads: true },
  {
    kind: 'sweep',
    args: ['sweep', five, ...few, '--distortion', 'ber', '--levels', '0,0.1', '--chips', '2'],
    threads: true,
  },
  {
    kind: 'sweep',
    args: ['sweep', modelPath('mnist-mlp'), ...few, '--on', 'network', '--distortion', 'round', '--levels', '2'],
    threads: true,
  },
  { kind: 'chip', args: ['chip', 'truenorth'] },
  { kind: 'chip', args: ['chip'] },
  { kind: 'report', args: ['report', result, '-o', folder.at('report.html')] },
  { kind: 'diff', args: ['diff', result, result] },
  { kind: 'data-list', args: ['data', 'list'] },
  { kind: 'timing', args: ['timing', program, '--limit', '1'] },
  { kind: 'timeline', args: ['timeline', modelPath('mnist-mlp'), '-o', folder.at('trace.json')] },
  { kind: 'sums', args: ['sums', modelPath('sums-transformer'), '--limit', '2'], threads: true },
  { kind: 'truenorth-export', args: ['truenorth', 'export', program, '-o', folder.at('model.json')] },
  { kind: 'ranc-export', args: ['ranc', 'export', modelPath('mnist-mlp'), '--limit', '1', '-o', folder.at('ranc')] },
  {
    kind: 'ranc-run',
    args: ['ranc', 'run', folder.at('ranc/input.json'), folder.at('ranc/config.json'), '--ticks', '40'],
  },
];

describe('--json', () => {
  it.each(COMMANDS)(
    'is the same for the same command but for host, with any number of workers: $args',
    async ({ kind, args, threads }) => {
      const first = await printed(args, threads === undefined ? undefined : '1');
      expect(JSON.parse(first)).toMatchObject({ kind: `lodestone-${kind}`, warnings: expect.any(Array) });
      expect(await printed(args, threads === undefined ? undefined : '2')).toBe(first);
    },
  );

  it('has an object for every command', async () => {
    const names = namedCommands(await wholeProgram(SETTING)).map(
      ({ name }) => `lodestone-${name.replaceAll(' ', '-')}`,
    );
    expect([...(await jsonSchemas()).keys()].sort()).toEqual([...names, 'lodestone-error'].sort());
    expect(CATALOGUE.length).toBeGreaterThan(0);
  });

  it('is an object of its own for errors', async () => {
    for (const args of [['run'], ['run', 'none.lsp'], ['rnu']]) {
      const { out, err } = await cli([...args, '--json']);
      expect(err).toBe('');
      expect(JSON.parse(out)).toMatchObject({
        kind: 'lodestone-error',
        version: JSON_VERSION,
        errors: [{ severity: 'error' }],
      });
    }
  });

  it('is described by docs/command-line.schema.json', async () => {
    const text = readFileSync('docs/command-line.schema.json', 'utf8');
    expect(text).toBe(`${JSON.stringify(await wholeJsonSchema(), null, 2)}\n`);
  });
});
