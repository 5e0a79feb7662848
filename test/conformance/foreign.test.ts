/** Models in other processes: the protocol, and the examples where their tools are there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trueNorthKit } from '../../src/chips/truenorth/kit/index.js';
import { rancKit } from '../../src/chips/ranc/kit/index.js';
import { startProcess } from '../../src/cli/conform/process-channel.js';
import { withRegion } from '../../src/common/marked-region.js';
import { fuzz, type FuzzResult } from '../../src/conformance/fuzz.js';
import { foreignModel, type LineChannel } from '../../src/conformance/foreign/model.js';
import { modelOfKit, type ModelUnderTest } from '../../src/conformance/model.js';
import { temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();
const isThere = (...command: readonly [string, ...string[]]): boolean =>
  spawnSync(command[0], command.slice(1)).status === 0;
const tools = {
  python: isThere('python3', '--version'),
  cpp: isThere('g++', '--version'),
  verilog: isThere('iverilog', '-V') && isThere('vvp', '-V'),
};

/** Fuzzes a command, few programs, and makes a failure smaller for a while. */
async function fuzzed(command: string, cases: number, tries: number): Promise<FuzzResult> {
  const channel = startProcess(command, (text) => expect.fail(text), new AbortController().signal);
  const actual = await foreignModel(trueNorthKit, 'truenorth', channel, command);
  try {
    return await fuzz({
      ...{ kit: trueNorthKit, expected: modelOfKit(trueNorthKit), actual, seed: 1, sizes: [1 / 32] },
      shrinking: { tries },
      isEnough: (done) => done.cases >= cases,
    });
  } finally {
    await actual.close();
  }
}

const EXAMPLES = 'examples/conformance';
const built = (name: string, ...flags: readonly string[]): string => {
  const to = folder.at(`${name}${flags.length}`);
  if (name === 'cpp') {
    execFileSync('g++', ['-std=c++17', '-Wall', '-Wextra', '-Werror', ...flags, '-o', to, `${EXAMPLES}/cpp/core.cpp`]);
    return to;
  }
  const sources = ['core.v', 'bench.v'].map((file) => `${EXAMPLES}/verilog/${file}`);
  execFileSync('iverilog', ['-g2001', '-Wall', ...flags, '-o', to, ...sources]);
  return `vvp -n ${to}`;
};

describe.each([
  {
    name: 'python',
    made: () => `python3 -B ${EXAMPLES}/python/core.py`,
    twin: () => `python3 -B ${EXAMPLES}/python/broken.py`,
  },
  { name: 'cpp', made: () => built('cpp'), twin: () => built('cpp', '-DBROKEN') },
  { name: 'verilog', made: () => built('verilog'), twin: () => built('verilog', '-DBROKEN') },
] as const)('the example in $name', ({ name, made, twin }) => {
  const skips = tools[name] ? '' : ' (skipped: its tool is not there)';

  it.skipIf(!tools[name])(`does what the specification says${skips}`, async () => {
    const { failure, cases, refused } = await fuzzed(made(), 6, 0);
    expect(failure).toBeUndefined();
    expect([cases, refused]).toEqual([6, 0]);
  });

  it.skipIf(!tools[name])(`has a twin that is noticed${skips}`, async () => {
    const { failure } = await fuzzed(twin(), 40, 20);
    expect(failure?.finding.first?.rule).toMatch(/^(reset|integrate|collapse|leak)/);
  });
});

/** A model whose answers are said in advance; what it is told is kept. */
function saying(...answers: readonly string[]): LineChannel & { readonly told: string[] } {
  const left = [...answers];
  const told: string[] = [];
  return {
    told,
    send: (text) => void told.push(...text.trimEnd().split('\n')),
    next: () => {
      const line = left.shift();
      return line === undefined ? Promise.reject(new Error('nothing is left')) : Promise.resolve(line);
    },
    close: () => Promise.resolve(),
  };
}

describe('the protocol', () => {
  const program = trueNorthKit.randomProgram(1, undefined, { size: 1 / 32 });
  const stimulus = { steps: 3, events: Int32Array.of(0, 0, 5, 2, 0, 7), values: new Int32Array(0) };
  const met = (channel: LineChannel): Promise<ModelUnderTest> => foreignModel(trueNorthKit, 'truenorth', channel, 'it');
  const stepped = async (...answers: readonly string[]): Promise<unknown> => {
    const model = await met(saying('hello 1 x', ...answers));
    const run = await model.open({ program, stimulus });
    while (await run.step());
    return run.peek('pins');
  };

  it('says hello, loads, resets, asks for steps with what enters in them, and reads', async () => {
    const three = ['pins 0 0 1', 'pins 0 2 0', 'pins @ 0 7'];
    const channel = saying('hello 1 x deterministic', 'ok pins 3', 'ok', ...three, 'ok', 'pins 7 2 0');
    const model = await met(channel);
    expect(model).toMatchObject({ name: 'x', takes: 'deterministic' });
    const run = await model.open({ program, stimulus });
    const seen: number[][] = [];
    while (await run.step()) seen.push([...run.peek('pins')]);
    expect(seen).toEqual([
      [0, 0, 1],
      [0, 2, 0],
      [7, 2, 0],
    ]);
    const [hello, load] = channel.told;
    expect(hello).toBe('hello lodestone 1');
    expect(load).toMatch(/^load truenorth \d+$/);
    expect(channel.told.slice(-5)).toEqual(['reset', 'tick 3 2', '0 0 5', '2 0 7', 'read pins']);
  });

  it.each([
    [['what'], /hello 1 NAME/],
    [['hello 2 x'], /speaks version 2/],
    [['hello 1 x quick'], /deterministic or plain/],
  ])('refuses a greeting that is none: %j', async (answers, message) => {
    await expect(met(saying(...answers))).rejects.toThrow(message);
  });

  it.each([
    [['no room'], /refuses a program: room/],
    [['ok pins'], /NAME LENGTH/],
    [['ok pins 99999999'], /lengths of 1 to/],
    [['ok pins 3', 'no'], /"ok" to a reset/],
    [['ok pins 3', 'ok', 'potentials 1 2 3'], /one line for each of pins/],
    [['ok pins 3', 'ok', 'pins 1 2'], /3 values of pins, not 2/],
    [['ok pins 3', 'ok', 'pins 1 2 x'], /whole numbers of 32 bits/],
    [['ok pins 3', 'ok', 'pins 1 2 9999999999'], /whole numbers of 32 bits/],
    [['ok pins 3', 'ok', 'pins @ 3 1'], /an index below 3/],
    [['ok pins 3', 'ok', 'pins 0 0 0', 'pins 0 0 0', 'pins 0 0 0', 'pins 0 0 0'], /"ok" after the last step/],
    [['ok pins 3', 'ok', 'pins 0 0 0', 'pins 0 0 0', 'pins 0 0 0', 'ok', 'pins 0 0 1'], /what it said after the last/],
  ])('refuses answers that are none: %j', async (answers, message) => {
    await expect(stepped(...answers)).rejects.toThrow(message);
  });

  it('leaves out what a comparison that ended early did not read', async () => {
    const rest = ['pins 0 0 0', 'pins 0 0 0', 'pins 0 0 0', 'ok'];
    const channel = saying('hello 1 x', 'ok pins 3', 'ok', ...rest, 'ok pins 3', 'ok', ...rest, 'pins 0 0 0');
    const model = await met(channel);
    await (await model.open({ program, stimulus })).step();
    const again = await model.open({ program, stimulus });
    while (await again.step());
    expect([...again.peek('pins')]).toEqual([0, 0, 0]);
  });

  it.each([
    ['exit 3', /it ended with code 3/],
    ['echo hello 1 x; exec sleep 0.01', /answer is due/],
  ])('says why a process does not answer: %s', async (command, message) => {
    const channel = startProcess(command, () => undefined, new AbortController().signal);
    try {
      const model = await foreignModel(trueNorthKit, 'truenorth', channel, command);
      await expect(Promise.resolve(model.open({ program, stimulus }))).rejects.toThrow(message);
    } catch (error) {
      expect(String(error)).toMatch(message);
    } finally {
      await channel.close();
    }
  });
});

it.each([
  ['truenorth', trueNorthKit],
  ['ranc', rancKit],
])('the lines of a program for %s are in docs/conformance.md', (chip, { foreign }) => {
  const page = 'docs/conformance.md';
  const text = readFileSync(page, 'utf8');
  expect(withRegion(text, page, `lines of ${chip}`, `\`\`\`\n${foreign?.page}\n\`\`\``)).toBe(text);
});
