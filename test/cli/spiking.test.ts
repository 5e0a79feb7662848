import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeNir } from '../support/nir-files.js';
import { cli, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const file = folder.at('net.nir');
const ours = folder.at('net.lsn');

beforeAll(async () => {
  const bytes = await writeNir({
    nodes: {
      input: ['Input', { shape: [4] }],
      fc: [
        'Affine',
        { weight: { shape: [3, 4], values: [1, 2, 3, 4, -1, -2, -3, -4, 0.5, 0, 0, 1] }, bias: [0, 1, 0] },
      ],
      lif: ['LIF', { tau: [0.01], r: [1], v_leak: [0], v_threshold: [1], v_reset: [0] }],
      rec: ['Linear', { weight: { shape: [3, 3], values: [0, 1, 0, 0, 0, 1, 1, 0, 0] } }],
      output: ['Output', { shape: [3] }],
    },
    edges: ['input fc lif output', 'lif rec lif'],
  });
  writeFileSync(file, bytes);
  expect((await cli(['import', file, '--time-step', '0.001', '-o', ours])).code).toBe(0);
});

describe('a spiking network', () => {
  it('is imported with the time step that is asked for, and not without', async () => {
    const { code, err } = await cli(['import', file, '-o', folder.at('no.lsn')]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /error\[missing-time-step\].*"lif" \(LIF\) has time constants\n {2}remedy: .*--time-step 0\.001/,
    );
  });

  it('is inspected as any network, in both dialects, and reads back from its text', async () => {
    const { code, out } = await cli(['inspect', ours]);
    expect(code).toBe(0);
    expect(out).toMatch(/^lodestone-network 1 float "net"\ntime \{"step":0\.001\}\n/);
    expect(out).toMatch(/lif +neuron +\[3\] +5 +0 +1 +160 +3\n/);
    const integer = await cli(['inspect', ours, '--integer', '--text']);
    // dt / tau = 0.1 is no fraction of 2^16, and r dt / tau no step of the weights.
    expect(integer.err).toMatch(
      /warning\[rounded-neurons\].*"lif" \(neuron\): thresholds are off by at most [\d.e-]+ %, decays by [\d.e-]+ per step/,
    );
    expect(integer.out).toMatch(/%lif = integerNeuron %lif\.sum\n {2}bits 20\n/);
    const text = folder.at('net.txt');
    writeFileSync(text, integer.out);
    expect((await cli(['inspect', text, '--text'])).out).toBe(integer.out);
  });

  it('comes back from an export as NIR, with one option less to say', async () => {
    const again = folder.at('again.nir');
    const { code, out } = await cli(['export', ours, '-o', again]);
    expect(code).toBe(0);
    expect(out).toMatch(/^nir: \d+ layers became 6 operators and \d+ constants, [\d,]+ bytes\n$/);
    const text = async (path: string): Promise<string> => (await cli(['inspect', path, '--text'])).out;
    expect(await text(again)).toBe(await text(ours));
  });

  it('is refused by what takes images, in one way', async () => {
    const commands = [
      ['export', ours, '-o', folder.at('net.onnx')],
      ['export', ours, '-o', folder.at('net.json')],
      ['check', ours, '--chip', 'northpole'],
      ['compile', ours, '--chip', 'northpole', '-o', folder.at('net.lsp')],
      ['run', ours, '--chip', 'northpole', '--data', 'mnist'],
      ['compare', ours, '--chip', 'northpole', '--data', 'mnist'],
      ['sweep', ours, '--on', 'network', '--distortion', 'round', '--levels', '4'],
    ];
    for (const command of commands) {
      const { code, out, err } = await cli(command);
      expect({ command, code }).toEqual({ command, code: 1 });
      expect(`${out}${err}`, command.join(' ')).toMatch(/\[spiking-network\] .*it spikes, in steps of 0\.001 s/);
    }
  });
});
