import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { printNetwork } from '../../src/ir/network/print.js';
import { PLAIN_NEURON, smallSpiking } from '../support/small-spiking.js';
import { cli, temporaryFolder } from './harness.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const folder = temporaryFolder();
const write = (name: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(folder.at(name)), { recursive: true });
  writeFileSync(folder.at(name), content);
  return folder.at(name);
};

/** Class 0 counts events in the left half of a row of four, class 1 those in the right half. */
const halves = smallSpiking({
  weights: [2, 2, -1, -1, -1, -1, 2, 2],
  nOut: 2,
  neuron: {
    ...PLAIN_NEURON,
    spike: { threshold: Int32Array.of(2), reset: { kind: 'value', value: Int32Array.of(0) } },
  },
});
const model = write('halves.lsn', printNetwork(halves));
write('events/0/a.csv', 't,x\n0,0\n1000,1\n2000,0\n');
write('events/1/a.csv', 't,x\n2100,3\n0,2\n');
write('events/1/b.csv', 't,x\n0,3\n');
const events = ['--data', folder.at('events'), '--time-unit', 'us'];

const result = z.looseObject({
  accuracy: z.number(),
  mismatches: z.number(),
  samples: z.number(),
  time: z.looseObject({ latency: z.number(), perSample: z.number() }),
  metrics: z.record(z.string(), z.looseObject({ value: z.number() })),
  warnings: z.array(z.looseObject({ code: z.string() })),
});

describe('spiking networks on events', () => {
  for (const chip of ['truenorth', 'ranc']) {
    for (const engine of ['reference', 'fast', 'batch']) {
      it(`run on ${chip} with the ${engine} engine: most spikes win, no score differs, steps and depth are the latency`, async () => {
        const args = ['run', model, '--chip', chip, '--engine', engine, ...events, '--steps', '3', '--json'];
        const { code, out, err } = await cli(args);
        expect(err).toBe('');
        expect(code).toBe(0);
        const found = result.parse(JSON.parse(out));
        expect([found.accuracy, found.mismatches, found.samples]).toEqual([1, 0, 3]);
        // Two axons for each event, of weight 2 and of weight -1. One layer of neurons: its first step is computed in the tick in which the events come.
        expect([found.time.latency, found.time.perSample]).toEqual([3, 3]);
        expect([found.metrics['ticks']?.value, found.metrics['inputSpikes']?.value]).toEqual([9, 12]);
      });
    }
  }

  it('run on threads, from a program file, with a result file', async () => {
    const program = folder.at('halves.lsp');
    expect((await cli(['compile', model, '--chip', 'truenorth', '-o', program])).code).toBe(0);
    const file = folder.at('result.json');
    const args = ['run', program, ...events, '--steps', '3', '--workers', '2', '-o', file];
    const { code, out } = await cli(args);
    expect([code, /mismatches +0 samples/.test(out)]).toEqual([0, true]);
    expect((await cli(['report', file, '-o', folder.at('report.html')])).code).toBe(0);
  });

  it('say what the data leave open, and what they lose', async () => {
    const open = await cli(['run', model, '--chip', 'truenorth', ...events]);
    expect([open.code, open.err]).toEqual([1, expect.stringContaining('pass --steps 3')]);
    const few = await cli(['run', model, '--chip', 'truenorth', ...events, '--steps', '2']);
    expect([few.code, few.err]).toEqual([1, expect.stringContaining('error[stray-events]')]);
    const cut = await cli(['run', model, '--chip', 'truenorth', ...events, '--steps', '2', '--stray-events', 'drop']);
    expect([cut.code, cut.err]).toEqual([0, expect.stringContaining('2 events are dropped: 2 beyond the last step')]);
  });

  it('refuse more events of a pixel in a step than there are axons, and take them with more of these', async () => {
    const counting = {
      ...halves,
      nodes: halves.nodes.map((node) =>
        node.kind === 'encode' ? { ...node, code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } as const } : node,
      ),
    };
    const path = write('counting.lsn', printNetwork(counting));
    const wide = [...events, '--steps', '1', '--bin', '0.01'];
    const few = await cli(['run', path, '--chip', 'truenorth', ...wide]);
    expect([few.code, few.err]).toEqual([1, expect.stringContaining('compile with --max-count 2')]);
    const more = await cli(['run', path, '--chip', 'truenorth', '--max-count', '2', ...wide]);
    expect([more.code, /mismatches +0 samples/.test(more.out)]).toEqual([0, true]);
    const ones = await cli(['run', path, '--chip', 'truenorth', '--event-counts', 'one', ...wide]);
    expect([ones.code, /mismatches +0 samples/.test(ones.out)]).toEqual([0, true]);
  });

  it('are checked against a chip, with the time of a sample', async () => {
    const { code, out } = await cli(['check', model, '--chip', 'truenorth']);
    expect([code, out]).toEqual([0, expect.stringContaining('a sample of n steps takes n + 0 ticks')]);
    const lif = {
      ...halves,
      nodes: halves.nodes.map((node) =>
        node.kind === 'integerNeuron' ? { ...node, decay: { multiplier: Int32Array.of(1), shift: 4 } } : node,
      ),
    };
    const path = write('lif.lsn', printNetwork(lif));
    const refused = await cli(['check', path, '--chip', 'truenorth']);
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('decaying-potential')]);
    const elsewhere = await cli(['check', model, '--chip', 'northpole']);
    expect([elsewhere.code, elsewhere.out]).toEqual([1, expect.stringContaining('spiking-network')]);
  });

  it('are no images, and networks of images take no options of events', async () => {
    const images = await cli(['run', model, '--chip', 'truenorth', '--data', 'mnist']);
    expect([images.code, images.err]).toEqual([1, expect.stringContaining('steps-missing')]);
    const timing = await cli(['timing', model, '--data', folder.at('events')]);
    expect([timing.code, timing.err]).toEqual([1, expect.stringContaining('spiking-network')]);
  });
});
