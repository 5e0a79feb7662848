import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const resnet = modelPath('mnist-resnet-4bit');
const inFolder = folder.at;

describe('a network on a NorthPole-style chip', () => {
  it('compiles to a program file that runs like the model, every score that of the integer network', async () => {
    const program = inFolder('resnet.lsp');
    const compiled = await cli(['compile', resnet, '--chip', 'northpole', '-o', program, '--json']);
    expect(compiled).toMatchObject({ code: 0, err: '' });
    const summary = JSON.parse(compiled.out);
    expect(summary).toMatchObject({ chip: 'northpole', metrics: { batch: { value: 1 } }, warnings: [] });
    expect(summary.layers.rows.length).toBeGreaterThan(5);
    const result = inFolder('resnet.json');
    const ran = await cli(['run', program, '--limit', '60', '--json', '-o', result]);
    const run = JSON.parse(ran.out);
    const { time, metrics } = run;
    expect(run).toMatchObject({ target: 'northpole', samples: 60, mismatches: 0, time: summary.time });
    expect(metrics.framesPerSecond.value).toBeCloseTo(1 / (time.perSample * time.unitSeconds.value), 6);
    expect(time).toMatchObject({ unit: 'cycle', perSample: metrics.cycles.value, latency: metrics.cycles.value });
    expect(metrics.activationBytes.value).toBeGreaterThan(0);
    expect(run.watts).toMatchObject({ unit: 'W', status: 'calibrated' });
    const model = await cli(['run', resnet, '--chip', 'northpole', '--limit', '60', '--json']);
    expect(JSON.parse(model.out)).toMatchObject({ correct: run.correct, metrics, mismatches: 0 });
    const page = inFolder('report.html');
    expect(await cli(['report', result, '-o', page])).toMatchObject({ code: 0 });
    expect(readFileSync(page, 'utf8')).toContain('mnist-resnet-4bit on northpole');
  });

  it('is the same network on both chips where both take it', async () => {
    const run = async (chip: string) =>
      JSON.parse((await cli(['run', modelPath('mnist-mlp'), '--chip', chip, '--limit', '40', '--json'])).out);
    const [spiking, dense] = [await run('truenorth'), await run('northpole')];
    expect(dense).toMatchObject({ target: 'northpole', mismatches: 0, correct: spiking.correct });
    expect(spiking).toMatchObject({ target: 'truenorth', mismatches: 0 });
  });

  it('runs with faulty weight memory, the same for program and model, and says what was wrong with it', async () => {
    const program = inFolder('faulty.lsp');
    await cli(['compile', resnet, '--chip', 'northpole', '-o', program]);
    const faults = ['--noise', 'ber=0.02,stuck_at_1=0.001', '--protected-bits', '3', '--limit', '40', '--json'];
    const fromFile = await cli(['run', program, ...faults]);
    const { correct, mismatches, noise, scope } = JSON.parse(fromFile.out);
    expect({ noise, scope }).toMatchObject({
      noise: { ber: 0.02, stuck_at_1: 0.001 },
      scope: { protectedBits: [3] },
    });
    expect(mismatches).toBeGreaterThan(30);
    const fromModel = await cli(['run', resnet, '--chip', 'northpole', ...faults]);
    expect(JSON.parse(fromModel.out)).toMatchObject({ correct, mismatches });
  });

  it('is swept, and drawn beside the sweep of the other chip', async () => {
    const files = ['truenorth', 'northpole'].map((chip) => inFolder(`sweep-${chip}.json`));
    for (const [i, chip] of ['truenorth', 'northpole'].entries()) {
      const options = ['--distortion', 'ber', '--levels', '0,0.05', '--chips', '2', '--limit', '30'];
      const swept = await cli(['sweep', modelPath('mnist-mlp'), '--chip', chip, ...options, '-o', files[i]!]);
      expect(swept).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(readFileSync(files[i]!, 'utf8')).noise).toMatchObject([{ target: chip }, { target: chip }]);
    }
    const page = inFolder('sweeps.html');
    expect(await cli(['report', ...files, '-o', page])).toMatchObject({ code: 0 });
    expect(readFileSync(page, 'utf8')).toContain('mnist-mlp (northpole)');
  });

  it('takes more than one frame at a time', async () => {
    const at = async (batch: string) =>
      JSON.parse((await cli(['compile', resnet, '--chip', 'northpole', '--batch', batch, '--json'])).out);
    const [one, four] = [await at('1'), await at('4')];
    expect(four.metrics.batch.value).toBe(4);
    expect(four.metrics.framesPerSecond.value).toBeGreaterThan(one.metrics.framesPerSecond.value);
  });

  it('is drawn as a timeline whose events lie inside the batch', async () => {
    const path = inFolder('trace.json');
    expect(await cli(['timeline', resnet, '-o', path, '--layers', '0,1'])).toMatchObject({ code: 0 });
    const trace = JSON.parse(readFileSync(path, 'utf8'));
    const spans = trace.traceEvents.filter((event: { ph: string }) => event.ph === 'X');
    expect(spans.length).toBeGreaterThan(10);
    for (const { ts, dur } of spans) expect(ts + dur).toBeLessThanOrEqual(trace.otherData.cycles);
  });
});

describe('a chip of one’s own', () => {
  it('is a preset with changes in YAML', async () => {
    const path = inFolder('half.yaml');
    writeFileSync(path, 'base: northpole\nname: half-clock\nclockMhz: 200\n');
    const own = JSON.parse((await cli(['compile', resnet, '--chip', 'northpole', '--spec', path, '--json'])).out);
    const preset = JSON.parse((await cli(['compile', resnet, '--chip', 'northpole', '--json'])).out);
    expect(own.time.perSample).toBe(preset.time.perSample);
    expect(own.metrics.framesPerSecond.value).toBeCloseTo(preset.metrics.framesPerSecond.value / 2, 6);
    const shown = await cli(['chip', path]);
    expect(shown.out).toMatch(/clockMhz +200 +MHz +1\.\.10000 +user/);
  });

  it('is described against the preset it starts from: only what the file changes is the user’s', async () => {
    const path = inFolder('small.yaml');
    writeFileSync(path, 'base: northpole-small\nname: small-and-slow\nclockMhz: 200\n');
    const { parameters } = JSON.parse((await cli(['chip', path, '--json'])).out);
    const own = parameters.filter(({ status }: { status: string }) => status === 'user');
    expect(own.map((line: { path: string }) => line.path)).toContain('clockMhz');
    expect(own.map((line: { path: string }) => line.path)).not.toContain('gridWidth');
    expect((await cli(['chip', path, '--yaml'])).out).toMatch(/base: northpole-small/);
  });

  it('is refused with every mistake at once', async () => {
    const path = inFolder('wrong.yaml');
    writeFileSync(path, 'base: northpole\nclokMhz: 1\nvmm: { latency: 0 }\ngridWidth: 0\n');
    const output = inFolder('never.lsp');
    const refused = await cli(['compile', resnet, '--chip', 'northpole', '--spec', path, '-o', output]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('did you mean "clockMhz"?');
    expect(refused.err).toContain('vmm.latency');
    expect(refused.err).toContain('gridWidth');
    expect(existsSync(output)).toBe(false);
  });

  it('that is too small names layers and amounts', async () => {
    const path = inFolder('tiny.yaml');
    writeFileSync(path, 'base: northpole-small\nname: tiny\nmemory: { bytes: 1024 }\n');
    const refused = await cli(['compile', resnet, '--chip', 'northpole', '--spec', path]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/core/);
    expect(refused.err).toMatch(/bytes/);
  });

  it('is printed with every parameter, to a file that compiles to what the preset does and runs', async () => {
    const path = inFolder('whole.yaml');
    const printed = await cli(['chip', 'northpole', '--yaml']);
    writeFileSync(path, printed.out);
    const listed = JSON.parse((await cli(['chip', 'northpole', '--json'])).out);
    for (const { path: key } of listed.parameters) expect(printed.out, key).toContain(key.split('.').at(-1));
    expect((await cli(['chip', path, '--yaml'])).out).toBe(printed.out);
    const [own, preset] = [inFolder('own.lsp'), inFolder('preset.lsp')];
    for (const [spec, output] of [
      [path, own],
      ['northpole', preset],
    ] as const)
      expect(await cli(['compile', resnet, '--chip', 'northpole', '--spec', spec, '-o', output])).toMatchObject({
        code: 0,
      });
    expect(readFileSync(own)).toEqual(readFileSync(preset));
  });

  it('has no parameter that only one of its readers knows: what `chip` shows, `compile` takes and `run` opens', async () => {
    const path = inFolder('stages.yaml');
    writeFileSync(path, 'base: northpole\nvector: { stages: 2 }\n');
    const output = inFolder('stages.lsp');
    for (const args of [
      ['chip', path],
      ['compile', resnet, '--chip', 'northpole', '--spec', path, '-o', output],
    ]) {
      const refused = await cli(args);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('vector: unknown key "stages"');
    }
    expect(existsSync(output)).toBe(false);
    // Every parameter at another value, one file: whatever the one takes, so do the others.
    const values = {
      vector: { lanes: 64, latency: 5 },
      host: { linkGBps: 4 },
      threads: 4,
      energy: { staticWatts: 3, macPj: { 8: 0.2 } },
    };
    writeFileSync(path, JSON.stringify({ base: 'northpole', ...values }));
    for (const args of [
      ['chip', path],
      ['compile', resnet, '--chip', 'northpole', '--spec', path, '-o', output],
      ['run', output, '--limit', '5'],
    ])
      expect(await cli(args), args[0]).toMatchObject({ code: 0 });
  });
});

describe('what belongs to the other chip', () => {
  it('is named, all of it', async () => {
    const refused = await cli(['compile', resnet, '--chip', 'northpole', '--window', '8', '--board', 'ns1e']);
    expect(refused.code).toBe(1);
    expect(refused.err.match(/option-of-another-chip/g)).toHaveLength(2);
    const noisy = await cli([
      'run',
      resnet,
      '--chip',
      'northpole',
      '--noise',
      'ber=0.1,drop=0.1,dead_neuron=0.1',
      '--limit',
      '1',
    ]);
    expect(noisy.err).toMatch(/noise-not-modelled.*drop=0\.1/);
    expect(noisy.err).toMatch(/noise-not-modelled.*dead_neuron=0\.1/);
    const bits = ['--protected-bits', '0', '--limit', '1'];
    const protectedBits = await cli(['run', modelPath('mnist-5core'), '--noise', 'ber=0.1', ...bits]);
    expect(protectedBits.err).toMatch(/bit-position.*--protected-bits 0: synapses hold single bits/);
    const sequences = await cli(['compile', modelPath('sums-transformer')]);
    expect(sequences.code).toBe(1);
    expect(sequences.err).toContain('--chip northpole');
    const small = inFolder('small.yaml');
    writeFileSync(small, 'base: truenorth\nname: small\ngridWidth: 16\ngridHeight: 16\n');
    const tooSmall = await cli(['compile', resnet, '--spec', small]);
    expect(tooSmall.code).toBe(1);
    expect(tooSmall.err).toMatch(/chip-too-small.*needs \d+ cores \(for a neuron of every output alone/);
    const sequence = await cli(['run', modelPath('sums-transformer'), '--chip', 'northpole']);
    expect(sequence.code).toBe(1);
    expect(sequence.err).toContain('lodestone sums');
    const spiking = inFolder('spiking.lsp');
    await cli(['compile', modelPath('mnist-5core'), '-o', spiking]);
    expect((await cli(['timeline', spiking, '-o', inFolder('no.json')])).err).toContain('wrong-chip');
  });
});
