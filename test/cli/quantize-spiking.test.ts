import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { IF_LAYER, writeNir } from '../support/nir-files.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const write = (name: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(folder.at(name)), { recursive: true });
  writeFileSync(folder.at(name), content);
  return folder.at(name);
};

const net = folder.at('net.nir');
const rounded = folder.at('rounded.lsn');
const data = ['--data', folder.at('events'), '--time-unit', 'ms', '--bin', '0.001', '--steps', '3'];
const quantize = (...more: readonly string[]) =>
  cli(['quantize', net, '--time-step', '1', '-o', rounded, ...more, '--json']);

beforeAll(async () => {
  write('net.nir', await writeNir(IF_LAYER));
  // Potentials in three steps: 1, then 1.3 fires, then 1 of class 0; 0.3, then 1.3 fires of class 1; 1 does not fire.
  write('events/0/a.csv', 't,x\n0,0\n1,1\n2,0\n');
  write('events/1/a.csv', 't,x\n0,2\n2,3\n');
  write('events/1/b.csv', 't,x\n0,3\n');
});

describe('lodestone quantize of a spiking network', () => {
  it('says of each layer how far weights and thresholds are off', async () => {
    const { code, out } = await quantize('--bits', '2', '--potential-bits', '16');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      spiking: {
        potentialBits: 16,
        // 1, 0.3 and -0.5 are 1, 0 and -1; a potential above 1 is one from 2 on, which stands for 1.5.
        weights: [
          { layer: 'fc', bits: 2, scale: 1, largestWeight: 1, largestError: 0.5, meanError: expect.closeTo(0.325, 6) },
        ],
        neurons: [{ layer: 'if', unit: 1, thresholds: { largestError: 0.5, meanError: 0.5 }, decayError: 0 }],
      },
    });
    expect((await cli(['inspect', rounded, '--text'])).out).toMatch(/%if = integerNeuron %fc\n {2}bits 16\n/);
  });

  it('counts on events the spikes of both networks, and the samples of which the class stays', async () => {
    const few = await quantize('--bits', '2', ...data);
    // Two float spikes; the 0.3 in front of the second one is lost, and without a spike class 0 wins.
    const layer = { layer: 'if', neurons: 2, float: 2, integer: 1, largestError: 1 };
    const errors = { meanError: expect.closeTo(1 / 6, 9), equal: expect.closeTo(5 / 6, 9) };
    expect(JSON.parse(few.out)).toMatchObject({
      spiking: { spikes: { samples: 3, sameClass: expect.closeTo(2 / 3, 9), layers: [{ ...layer, ...errors }] } },
    });
    const more = await quantize('--layer-bits', 'fc=4', ...data, '--limit', '2');
    const same = { layer: 'if', neurons: 2, float: 2, integer: 2, meanError: 0, largestError: 0, equal: 1 };
    expect(JSON.parse(more.out)).toMatchObject({ spiking: { spikes: { samples: 2, sameClass: 1, layers: [same] } } });
  });

  it('writes what runs on a chip with the spikes that were counted', async () => {
    for (const [bits, accuracy] of [
      ['2', '33.33 %'],
      ['4', '66.67 %'],
    ] as const) {
      expect((await quantize('--bits', bits)).code).toBe(0);
      const { code, out } = await cli(['run', rounded, '--chip', 'truenorth', ...data]);
      expect([code, out]).toEqual([0, expect.stringMatching(/mismatches +0 samples/)]);
      expect(out).toContain(`accuracy             ${accuracy} `);
    }
  });

  it('prints tables', async () => {
    const { out } = await cli(['quantize', net, '--time-step', '1', '-o', rounded, '--bits', '2', ...data]);
    expect(out).toMatch(/^weights +bits +step +largest +largest error +mean error\n-.*\nfc +2 +1 +1 +0\.500 +0\.325\n/);
    expect(out).toMatch(/\nif +20 +1 +50\.000 % +50\.000 % +0\n/);
    expect(out).toMatch(/\nif +2 +1 +0\.167 +1 +83\.33 %\n/);
    expect(out).toMatch(/\nnet: same class for 66\.67 % of 3 samples \(float and integer network\), written to /);
  });

  it('refuses at once every option that means nothing for it', async () => {
    const idle = ['--method', 'minmax', '--percentile', '99', '--scales', 'tensor', '--images', '5', '--search'];
    const more = ['--budget', '1%', '--search-images', '5', '--workers', '2', '--bits', '4/8'];
    const { code, out } = await quantize(...idle, ...more, '--steps', '3', '--limit', '2', '--layer-bits', 'fd=2');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      errors: [
        ...['--method', '--percentile', '--scales', '--images', '--search', '--budget', '--search-images', '--workers'],
        ...['--limit', '--steps', '--layer-bits fd=2', '--bits 4/8'],
      ].map((place) => ({ place })),
    });
  });

  it('refuses a network that is rounded already', async () => {
    expect((await quantize()).code).toBe(0);
    const { out } = await cli(['quantize', rounded, '-o', folder.at('again.lsn'), '--json']);
    expect(JSON.parse(out)).toMatchObject({ errors: [{ code: 'wrong-dialect', place: rounded }] });
  });

  it('says what does not fit its potentials', async () => {
    const { code, out } = await quantize('--potential-bits', '6');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      errors: [
        { code: 'no-integer-form', message: expect.stringContaining('beyond the 6 bits') },
        { code: 'rounded-weights', severity: 'warning' },
      ],
    });
  });
});

describe('lodestone quantize of a network of images', () => {
  it('refuses what is said of spiking networks', async () => {
    const float = modelPath('mnist-resnet-float');
    const asked = ['--potential-bits', '8', '--bin', '0.1', '--json'];
    const { out } = await cli(['quantize', float, '-o', folder.at('q.lsn'), ...asked]);
    expect(JSON.parse(out)).toMatchObject({ errors: [{ place: '--potential-bits' }, { place: '--bin' }] });
  });
});
