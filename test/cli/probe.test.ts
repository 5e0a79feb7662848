import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeResultFile } from '../../src/report/result-file.js';
import { stepsOf, valueAtStep, type Waveform } from '../../src/ir/trace/waveform.js';
import { present } from '../../src/common/assert.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const at = folder.at;
const mlp = at('mlp.lsp');
const five = at('five.lsp');
const north = at('north.lsp');
for (const args of [
  ['mnist-mlp', '-o', mlp],
  ['mnist-5core', '-o', five],
  ['mnist-mlp', '--chip', 'northpole', '-o', north],
]) {
  const { code, err } = await cli(['compile', modelPath(args[0]!), ...args.slice(1)]);
  expect(code, err).toBe(0);
}

async function probed(...args: string[]): Promise<Waveform> {
  const file = at('probe.json');
  const { code, err } = await cli(['probe', ...args, '-o', file]);
  expect(code, err).toBe(0);
  return present(decodeResultFile(readFileSync(file, 'utf8'), file).probes?.[0], 'a probe');
}

describe('lodestone probe', () => {
  it('records spikes and potentials of the neurons of a core, the same with every model', async () => {
    const asked = [mlp, '--core', '1,1', '--neurons', '0-9', '--sample', '3', '--signals', 'spikes,potentials,axons'];
    const [one, two] = [await probed(...asked, '--engine', 'reference'), await probed(...asked, '--engine', 'fast')];
    expect({ ...two, model: '' }).toEqual({ ...one, model: '' });
    expect(one).toMatchObject({ core: [1, 1], input: 'sample 3 of mnist', time: { unit: 'tick', from: 0, to: 99 } });
    const of = (name: string) => one.signals.filter(({ group }) => group === name);
    expect(['spikes', 'potentials', 'axons'].map((name) => of(name).length)).toEqual([10, 10, 256]);
    const fired = of('spikes').flatMap((signal) => stepsOf(signal, 99));
    expect(fired.length).toBeGreaterThan(5);
    // A neuron that moves without having fired read an axon in that tick.
    const axons = of('axons');
    const potential = present(of('potentials')[5], 'neuron 5');
    const [, first] = potential.times;
    expect(axons.some((axon) => valueAtStep(axon, present(first, 'a change')) === 1)).toBe(true);
  });

  it('goes on from a checkpoint as if it had not stopped, with another model', async () => {
    const saved = at('a.checkpoint');
    const whole = await probed(five, '--core', '1,1', '--sample', '2');
    const end = whole.time.to;
    await probed(five, '--core', '1,1', '--sample', '2', '--ticks', '0-0', '--save', saved);
    const rest = await probed(five, '--core', '1,1', '--from', saved, '--engine', 'fast');
    expect(rest.time).toMatchObject({ from: 1, to: end });
    expect(rest.input).toBe('sample 2 of mnist');
    for (const [i, signal] of rest.signals.entries()) {
      for (let step = 1; step < end; step++) {
        expect(valueAtStep(signal, step)).toBe(valueAtStep(present(whole.signals[i], 'signal'), step));
      }
    }
    expect(await cli(['probe', five, '--core', '1,1', '--from', saved, '--sample', '1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('sample-of-the-checkpoint'),
    });
    expect(await cli(['probe', mlp, '--core', '1,1', '--from', saved])).toMatchObject({
      code: 1,
      err: expect.stringContaining('checkpoint-of-another-program'),
    });
    writeFileSync(at('broken'), readFileSync(saved).subarray(0, 99));
    expect(await cli(['probe', five, '--core', '1,1', '--from', at('broken')])).toMatchObject({ code: 1 });
  });

  it('writes waveforms, and pictures of them into the report', async () => {
    const [vcd, result, page] = ['a.vcd', 'a.json', 'a.html'].map(at);
    const args = ['probe', mlp, '--core', '1,1', '--sample', '3', '--vcd', vcd!, '-o', result!];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toMatch(/spikes +neuron5 +33 66\n/);
    expect(out).toMatch(/\d+ of 512 signals are 0 all the time\n$/);
    expect(readFileSync(vcd!, 'utf8')).toContain('$scope module spikes $end\n$var wire 1 ! neuron0 $end\n');
    expect(await cli(['report', result!, '-o', page!])).toMatchObject({ code: 0 });
    const html = readFileSync(page!, 'utf8');
    expect(html).toContain('mnist-mlp on truenorth, core 1,1');
    expect(html).toMatch(/What cores did[^]*<title[^>]*>mnist-mlp, core 1,1: spikes<\/title>[^]*<polyline/);
  });

  it('shows units and links of a core on a static schedule, cycle by cycle', async () => {
    const wave = await probed(north, '--core', '0,0', '--ticks', '10-80');
    expect(wave.time).toMatchObject({ unit: 'cycle', from: 10, to: 81 });
    const named = (name: string) =>
      present(
        wave.signals.find((signal) => signal.name === name),
        name,
      );
    expect(stepsOf(named('VMM'), 81)).toEqual([17, 63]);
    expect(named('layer').kind).toBe('value');
    expect(wave.signals.map(({ group }) => group)).toContain('links');
    const refused = await cli(['probe', north, '--core', '0,0', '--neurons', '0-3']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('no-neurons') });
  });

  it('says what is not there', async () => {
    const errors = async (...args: string[]) => (await cli(['probe', ...args])).err;
    expect(await errors(five, '--core', '63,63')).toMatch(/unknown-core.*has no core there[^]*name one of its 5/);
    expect(await errors(north, '--core', '16,0')).toMatch(/unknown-core.*16 x 16 cores/);
    expect(await errors(five, '--core', '1,1', '--neurons', '250-256')).toMatch(/unknown-neuron.*0 to 255/);
    expect(await errors(five, '--core', '1,1', '--signals', 'spikes,dreams')).toMatch(/unknown-signal/);
    expect(await errors(north, '--core', '1,1', '--signals', 'dreams')).toMatch(/unknown-signal.*dreams/);
    expect(await errors(five, '--core', '1,1', '--ticks', '500-600')).toMatch(/no-steps/);
    expect(await errors(five, '--core', '1,1', '--engine', 'warp')).toMatch(/unknown-model/);
    expect(await cli(['probe', five, '--core', '1'])).toMatchObject({ code: 2 });
    expect(await cli(['probe', five, '--core', '1,1', '--ticks', '5-1'])).toMatchObject({ code: 2 });
  });
});
