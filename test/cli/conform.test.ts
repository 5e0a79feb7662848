import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const GOLDENS = 'test/golden/conformance';
const goldens = readdirSync(GOLDENS).map((name) => join(GOLDENS, name));

describe('lodestone conform check', () => {
  it('finds the goldens of this repository on every model of their chips', async () => {
    expect(goldens).toHaveLength(3);
    const { code, out } = await cli(['conform', 'check', ...goldens]);
    expect(out).toMatch(/\n\d+ compared, 0 failed\n$/);
    expect(code).toBe(0);
    for (const model of ['reference', 'fast', 'split', 'cycle', 'reversed', 'functional']) {
      expect(out).toContain(`${model} against `);
    }
  });

  it('tells the first difference of a trace with its rule, as text, TAP, JUnit and JSON; exit code 1', async () => {
    const [golden, text, junit] = [folder.at('g.lst'), folder.at('g.txt'), folder.at('junit.xml')];
    for (const to of [golden, text]) await cli(['conform', 'record', '--seed', '3', '-o', to]);
    const right = readFileSync(text, 'utf8');
    const wrong = right.replace(/^potentials 5 (.*)$/m, 'potentials 5 77');
    expect(wrong).not.toBe(right);
    writeFileSync(text, wrong);
    const args = ['conform', 'check', golden, '--recorded', text, '--junit', junit];
    const plain = await cli(args);
    expect(plain.code).toBe(1);
    expect(plain.out).toMatch(
      /step \d+ differs in 1 value\n {2}core 0 \(\d+, \d+\), neuron 5: potentials\[5\] is 77, /,
    );
    expect(plain.out).toMatch(/decided by rule [a-z-]+: .+ \(.+\)\n/);
    expect(plain.out).toMatch(/^rule +used +differences/m);
    expect(plain.out).toMatch(/1 compared, 1 failed\n$/);
    expect(readFileSync(junit, 'utf8')).toMatch(/<testcase [^>]*>\s*<failure message="step \d+: potentials\[5\] is 77/);
    const tap = await cli([...args, '--tap']);
    expect(tap.out).toMatch(/^TAP version 14\n1\.\.1\nnot ok 1 - /);
    expect(tap.out).toContain('  found: 77\n');
    const json: unknown = JSON.parse((await cli([...args, '--json'])).out);
    expect(json).toMatchObject({ findings: [{ passed: false, differences: 1, first: { actual: 77, index: 5 } }] });
    expect(await cli(['conform', 'diff', golden, text])).toMatchObject({ code: 1 });
    writeFileSync(text, right);
    expect(await cli(['conform', 'diff', golden, text])).toMatchObject({ code: 0 });
    expect(await cli(['conform', 'check', golden, '--recorded', text, '--tap'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^TAP version 14\n1\.\.1\nok 1 - /),
    });
  });

  it.each([
    [['nowhere.lst'], 'file-missing'],
    [['README.md'], 'bad-trace'],
    [[goldens[0] ?? '', '--model', 'fsat'], 'unknown-model'],
    [[goldens[0] ?? '', '--model', 'module:nowhere.js'], 'bad-module'],
    [[goldens[0] ?? '', '--model', 'process:exit 1'], ''],
    [[goldens[0] ?? '', '--model', 'cycle', '--recorded', goldens[0] ?? ''], 'two-models'],
    [[...goldens, '--recorded', 'README.md'], 'several-goldens'],
  ])('refuses %j', async (args, found) => {
    const { code, err } = await cli(['conform', 'check', ...args]);
    expect(code).toBe(1);
    expect(err).toContain(found);
  });
});

describe('lodestone conform record', () => {
  it('records a program with the events of a file, and says which of them are none', async () => {
    const [events, trace] = [folder.at('events.csv'), folder.at('events.txt')];
    writeFileSync(events, '# step,core,axon\n2,0,1\n0 0 3\n');
    const args = ['conform', 'record', modelPath('mnist-5core'), '--events', events, '-o', trace, '--level', 'outputs'];
    expect(await cli(args)).toMatchObject({ code: 0, out: expect.stringContaining('reference: 3 steps of pins') });
    expect(readFileSync(trace, 'utf8')).toMatch(/^lodestone-trace 1\nfield \d+ outputs pins\nstep 0\n[^]*end 3\n$/);
    writeFileSync(events, '0,99999,1\n');
    expect(await cli(args)).toMatchObject({ code: 1, err: expect.stringContaining('there is no core 99999') });
    writeFileSync(events, '0,1\nfire\n');
    const { code, err } = await cli(args);
    expect(code).toBe(1);
    expect(err.match(/bad-event/g)).toHaveLength(2);
  });
});

describe('lodestone conform fuzz', () => {
  it('says how much agreed, and which rules were not used', async () => {
    const { code, out } = await cli(['conform', 'fuzz', '--cases', '8', '--against', 'fast']);
    expect(out).toMatch(/^fast against reference: no difference in 8 programs, 320 steps, \d+ core steps; .*rules/);
    expect(code).toBe(0);
  });

  it('takes a chip on several threads, where there is such a model', async () => {
    const asked = ['conform', 'fuzz', '--cases', '2', '--against', 'workers:2'];
    expect(await cli(asked)).toMatchObject({
      code: 0,
      out: expect.stringContaining('workers:2 against reference: no'),
    });
    const refused = await cli([...asked, '--chip', 'northpole']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no-threads') });
  });

  it('writes the smallest case of a model that differs: a golden that repeats it, and what there is to read', async () => {
    const module = folder.at('silent.mjs');
    writeFileSync(
      module,
      `export function open({ outputs }, { steps }) {
        let now = 0;
        const n = outputs.pinClass.length;
        return {
          fields: [{ name: 'pins', length: n, writable: false, what: '' }],
          step: () => now < steps && ++now > 0,
          peek: () => new Int32Array(n),
        };
      }`,
    );
    const output = folder.at('failures');
    const asked = ['conform', 'fuzz', '--against', `module:${module}`, '--cases', '50', '-o', output];
    const { code, out } = await cli(asked);
    expect(code).toBe(1);
    expect(out).toMatch(/: pins\[\d\] is 0, the specification has 1\n/);
    expect(out).toContain('nothing smaller fails');
    const [golden = '', about = ''] = readdirSync(output)
      .sort()
      .map((name) => join(output, name));
    expect(await cli(['conform', 'check', golden])).toMatchObject({ code: 0 });
    expect(await cli(['conform', 'check', golden, '--model', `module:${module}`])).toMatchObject({ code: 1 });
    expect(readFileSync(about, 'utf8')).toMatch(/the program:\nchip 1 8 8 4 4 [^]*what enters, STEP,CORE,LINE:\n/);
  });

  it('lists the wrong models with the steps that it took to notice them', async () => {
    const { code, out } = await cli(['conform', 'fuzz', '--chip', 'ranc', '--mutants']);
    expect(code).toBe(0);
    expect(out).toMatch(/^fires-above +fire +yes +\d+ +\d+ +> for >=$/m);
    expect(out).toMatch(/\n\d+ wrong models, 0 not noticed\n$/);
  });
});
