/** The readers that docs/traces.md shows, where there is a Python or a C compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { cli, temporaryFolder } from '../../cli/harness.js';

const page = readFileSync('docs/traces.md', 'utf8');
const blockOf = (file: string): string =>
  present(new RegExp(`<!-- file: ${file} -->\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(page)?.[1], file);
const isThere = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const folder = temporaryFolder();
const [golden, text] = [folder.at('golden.lst'), folder.at('golden.txt')];
const skipped = (command: string): string => (isThere(command) ? '' : ` (skipped: there is no ${command})`);

describe.each(['truenorth', 'northpole'])('a trace of %s', (chip) => {
  beforeAll(async () => {
    const asked = ['conform', 'record', '--chip', chip, '--seed', '4', '--level', 'counters', '-o'];
    for (const output of [golden, text]) expect(await cli([...asked, output])).toMatchObject({ code: 0 });
  });

  const steps = (): string => readFileSync(text, 'utf8').replace(/^(lodestone-trace|field) .*\n/gm, '');

  it.skipIf(!isThere('python3'))(`is read by thirty lines of Python${skipped('python3')}`, () => {
    const script = folder.at('trace.py');
    writeFileSync(script, blockOf('trace.py'));
    expect(execFileSync('python3', [script, golden], { encoding: 'utf8', maxBuffer: 2 ** 28 })).toBe(steps());
  });

  it.skipIf(!isThere('cc'))(`is read by thirty lines of C${skipped('cc')}`, () => {
    const [source, program] = [folder.at('trace.c'), folder.at('trace')];
    writeFileSync(source, blockOf('trace.c'));
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-std=c99', source, '-o', program]);
    expect(execFileSync(program, [golden], { encoding: 'utf8', maxBuffer: 2 ** 28 })).toBe(steps());
  });
});

it('the readers have thirty lines', () => {
  for (const file of ['trace.py', 'trace.c']) {
    expect(blockOf(file).trim().split('\n').length, file).toBeLessThanOrEqual(30);
  }
});
