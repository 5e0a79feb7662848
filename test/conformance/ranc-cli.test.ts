import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { cli, modelPath, temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();
const vector = (name: string, file: string): string =>
  fileURLToPath(new URL(`ranc-vectors/${name}/${file}`, import.meta.url));
const modelOf = (name: string) => [vector(name, 'input.json'), vector(name, 'config.json')] as const;

test('ranc run writes the bytes of the recording and says that it is equal', async () => {
  const recorded = vector('e-routing', 'output.txt');
  const output = folder.at('output.txt');
  const command = [
    'ranc',
    'run',
    ...modelOf('e-routing'),
    '--ticks',
    '16',
    '-o',
    output,
    '--expect',
    recorded,
    '--json',
  ];
  const { code, out, err } = await cli(command);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ ticks: 16, compared: 16, equal: true, firstDifference: null, dropped: 3 });
  expect(readFileSync(output).equals(readFileSync(recorded))).toBe(true);
});

test('ranc run exits with 1 at a difference and names its row and column', async () => {
  const wrong = folder.at('wrong.txt');
  const text = readFileSync(vector('e-routing', 'output.txt'), 'utf8').split('\n');
  text[4] = `1${text[4]!.slice(1)}`;
  writeFileSync(wrong, text.join('\n'));
  const run = ['ranc', 'run', ...modelOf('e-routing'), '--expect', wrong];
  const { code, out } = await cli(run);
  expect(code).toBe(1);
  expect(out).toContain('first in row 4, column 0: expected 1, got 0');
  const json = await cli([...run, '--ticks', '3', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    ticks: 3,
    equal: false,
    firstDifference: { row: 3, column: 0, expected: 0, actual: null },
  });
});

test('ranc run refuses bad files and values with findings, not stack traces', async () => {
  const missing = await cli([
    'ranc',
    'run',
    folder.at('none.json'),
    vector('e-routing', 'config.json'),
    '--ticks',
    '3',
  ]);
  expect(missing).toMatchObject({ code: 1, out: '' });
  expect(missing.err).toContain('error[file-missing]');
  const [input, config] = modelOf('e-routing');
  expect((await cli(['ranc', 'run', config, input, '--ticks', '3'])).err).toContain('error[unknown-key]');
  expect((await cli(['ranc', 'run', input, config])).err).toContain('error[ticks-missing]');
  expect((await cli(['ranc', 'run', input, config, '--ticks', '0'])).code).toBe(2);
  expect((await cli(['ranc', 'run', ...modelOf('e-neuron-type0'), '--ticks', '3', '--rtl'])).err).toContain(
    'error[width-exceeded]',
  );
});

test('an exported model runs to the class scores of the integer network', async () => {
  const at = (name: string): string => folder.at(`export/${name}`);
  const exported = await cli([
    'ranc',
    'export',
    modelPath('mnist-5core'),
    '--limit',
    '10',
    '-o',
    folder.at('export'),
    '--json',
  ]);
  expect(exported.code, exported.err).toBe(0);
  const { ticks } = z.object({ ticks: z.int() }).parse(JSON.parse(exported.out));
  const run = await cli([
    'ranc',
    'run',
    at('input.json'),
    at('config.json'),
    '--ticks',
    String(ticks),
    '-o',
    at('output.txt'),
  ]);
  expect(run.code, run.err).toBe(0);
  const scores = await cli(['ranc', 'scores', at('decoding.json'), at('output.txt'), '--json']);
  expect(scores.code, scores.err).toBe(0);
  expect(JSON.parse(scores.out)).toMatchObject({ samples: 10, mismatches: 0 });
  // The same output a row late is not the network's.
  const lines = readFileSync(at('output.txt'), 'utf8').split('\n');
  writeFileSync(at('late.txt'), [lines[0], ...lines].join('\n'));
  expect((await cli(['ranc', 'scores', at('decoding.json'), at('late.txt')])).code).toBe(1);
  writeFileSync(at('short.txt'), lines.slice(0, 5).join('\n'));
  expect((await cli(['ranc', 'scores', at('decoding.json'), at('short.txt')])).err).toContain('error[wrong-output]');
});
