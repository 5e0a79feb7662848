import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { grammarOf } from '../../src/cli/completion/grammar.js';
import { OutputOption } from '../../src/cli/output-is-input.js';
import { namedCommands, wholeProgram } from '../../src/cli/whole-program.js';
import { sequential } from '../support/keras-files.js';
import { NETWORKS, studyFolderForTest } from '../studies/synthetic.js';
import { cli, modelPath, type Outcome, SETTING, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const studies = studyFolderForTest();
const model = modelPath('mnist-5core');
const table = folder.at('volts.csv');
writeFileSync(table, 'volts,ber,energyScale\n1,0,1\n0.9,0.1,0.8\n');
/** A model whose weights are elsewhere. */
const architecture = folder.at('architecture.json');
const layers = [{ class_name: 'Flatten', config: { name: 'flat' } }];
writeFileSync(architecture, JSON.stringify(sequential([2, 2, 1], layers)));

/** A command with something to read in the place of standard input, which belongs to the runner of the tests. */
async function piped(args: readonly string[], input: string | Uint8Array): Promise<Outcome> {
  const own = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  try {
    return await cli(args);
  } finally {
    Object.defineProperty(process, 'stdin', own);
  }
}

/** A command line with `-` in the place of one file. */
interface Place {
  readonly name: string;
  readonly args: readonly string[];
}

/** What a command needs to come as far as reading its files. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  train: ['-o', folder.at('trained.lsn')],
  quantize: ['-o', folder.at('quantised.lsn')],
  export: ['-o', folder.at('exported.onnx')],
  sweep: ['--distortion', 'ber', '--levels', '0'],
  report: ['-o', folder.at('report.html')],
  timeline: ['-o', folder.at('trace.json')],
  probe: ['--core', '0,0'],
  'conform record': ['-o', folder.at('golden.lst')],
  'study robustness': ['-o', folder.at('study')],
  explore: ['-o', folder.at('explored')],
  worker: ['--queue', 'redis://127.0.0.1:1'],
  'truenorth export': ['-o', folder.at('model.json')],
  'ranc export': ['-o', folder.at('ranc')],
  'ranc run': ['--ticks', '1'],
};
const WITH: Readonly<Record<string, readonly string[]>> = {
  '--voltage-table of run': ['--voltage', '1'],
  '--queue-password-file of explore': ['--queue', 'redis://127.0.0.1:1'],
};
/** Files that are read only after others that no test has: their readers are those of the first file. */
const BEHIND_OTHERS = ['truenorth run', 'truenorth export', 'ranc run', 'ranc scores', 'conform check'];

const program = await wholeProgram(SETTING);
const grammar = grammarOf(program, { chips: CHIPS, datasets: [] });
const places: readonly Place[] = namedCommands(program).flatMap(({ name, command }) => {
  const { argument } = grammar.find(({ path }) => path === name) ?? {};
  const needs = NEEDS[name] ?? [];
  const first = argument?.paths === 'files' ? [{ name, args: [...name.split(' '), '-', ...needs] }] : [];
  const more = command.registeredArguments.slice(1).map(() => table);
  const options = command.options.flatMap((option) => {
    const isOutput = option instanceof OutputOption || option.attributeName() === 'output';
    if (!/<(file|spikes)>/.test(option.flags) || isOutput || BEHIND_OTHERS.includes(name)) return [];
    const flag = option.long ?? '';
    const levels = flag === '--voltage-table' ? [] : needs;
    const own = [...levels, ...(WITH[`${flag} of ${name}`] ?? [])];
    const file = flag === '--weights' ? architecture : model;
    const before = command.registeredArguments.length === 0 ? [] : [file];
    return [{ name: `${name} ${flag}`, args: [...name.split(' '), ...before, flag, '-', ...own] }];
  });
  return [...first.map((one) => ({ ...one, args: [...one.args, ...more] })), ...options];
});

describe('standard input', () => {
  it.each(places)('is read in the place of a file by $name', async ({ args }) => {
    const { code, out, err } = await piped(args, '\u0001\u0002');
    expect(code).toBe(1);
    // What came through the pipe is found to be none of what is wanted: it was read, and is named. To `check` findings are what it prints.
    expect(`${err}${out}`).toMatch(/^ *error\[(?!file-missing|no-stream|input-twice)[a-z-]+\] -/m);
  });

  it('is no folder and no data set, which every command says that takes one', async () => {
    const takers = namedCommands(program).flatMap(({ name, command }) => [
      ...command.registeredArguments
        .filter((argument) => argument.name() === 'folder')
        .map(() => [...name.split(' '), '-', ...command.registeredArguments.slice(1).map(() => '0')]),
      ...command.options
        .filter(({ flags, long }) => flags.includes('<folder>') || long === '--data')
        .map(({ long }) => [
          ...name.split(' '),
          ...command.registeredArguments.map(() => model),
          ...[long ?? '', '-'],
          ...(long === '--output' ? [] : (NEEDS[name] ?? [])),
        ]),
    ]);
    expect(takers.length).toBeGreaterThan(10);
    for (const args of takers) {
      expect(await cli(args), args.join(' ')).toMatchObject({
        code: 1,
        err: expect.stringContaining('error[no-stream]'),
      });
    }
  });

  it('gives a study what its file gives', async () => {
    const text = NETWORKS.replace('tiny.yaml', studies.at('tiny.yaml')).replace('./quadrants', studies.at('quadrants'));
    writeFileSync(studies.at('study.yaml'), text);
    const args = ['-o', studies.at('out'), '--plan', '--quiet'];
    const { code, out, err } = await piped(['study', 'robustness', '-', ...args], text);
    expect([code, err, out]).toEqual([0, '', expect.stringContaining('points')]);
    expect(await cli(['study', 'robustness', studies.at('study.yaml'), ...args])).toEqual({ code, out, err });
  });

  it('gives specs, tables and results what their files give', async () => {
    const spec = 'base: truenorth\nname: piped\naxonTypes: 5\n';
    const compiled = await piped(['compile', model, '--spec', '-', '--json'], spec);
    expect(JSON.parse(compiled.out)).toMatchObject({ chip: 'piped' });
    const run = ['run', model, '--limit', '4', '--voltage', '1', '--json'];
    const { out } = await piped([...run, '--voltage-table', '-'], readFileSync(table));
    expect(JSON.parse(out)).toMatchObject({ voltage: { volts: 1, ber: 0 } });
    const result = folder.at('result.json');
    await cli(['run', model, '--limit', '4', '-o', result]);
    const diff = await piped(['diff', '-', result, '--json'], readFileSync(result));
    expect(JSON.parse(diff.out)).toMatchObject({ files: { a: '-', b: result }, pairs: { length: 1 } });
  });
});
