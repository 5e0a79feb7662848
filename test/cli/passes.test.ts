import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { readNetwork } from '../../src/flow.js';
import { cli, modelPath } from './harness.js';

const five = modelPath('mnist-5core');

test('--print-after prints the network as text that reads back, in place of the mapping', async () => {
  const { code, out } = await cli(['compile', five, '--print-after', 'move-max-pool']);
  expect(code).toBe(0);
  expect(parseNetwork(out, 'printed')).toEqual(readNetwork(readFileSync(five), five));
});

test('--print-after prints what a pass of the chip made', async () => {
  const { out } = await cli(['compile', five, '--print-after', 'place-cores']);
  expect(out).toMatch(/^period 1, inputs 0\+1, outputs \d+\+1\ncore 0 at \d+,\d+: /);
  expect(out.trimEnd().split('\n')).toHaveLength(6);
});

test('--print-after refuses an unknown pass with the nearest one of the chip', async () => {
  const { code, err } = await cli(['compile', five, '--print-after', 'chip-layer']);
  expect(code).toBe(1);
  expect(err).toContain('there is no pass "chip-layer" here; did you mean "chip-layers"?');
  expect(err).toContain(
    'remedy: use move-max-pool, turn-channels, to-integer, spiking-to-integer, choose-codes, chip-layers, map-cores, ' +
      'place-cores, spiking-layers, map-spikes, place-spikes',
  );
  const other = await cli(['compile', five, '--chip', 'northpole', '--print-after', 'chip-layers']);
  expect(other.err).toContain(
    'use move-max-pool, turn-channels, to-integer, spiking-to-integer, fuse-layers, partition, schedule',
  );
});

test('the statistics of every pass stand in --json and in the table of --verbose', async () => {
  const json: unknown = JSON.parse((await cli(['compile', five, '--json', '--print-after', 'chip-layers'])).out);
  expect(json).toMatchObject({
    passes: [
      { pass: 'move-max-pool', statistics: { moved: 0 } },
      { pass: 'turn-channels' },
      { pass: 'to-integer', statistics: { warnings: 0 } },
      { pass: 'choose-codes', statistics: { tried: 1 } },
      { pass: 'chip-layers' },
      { pass: 'map-cores', statistics: { cores: 5 } },
      { pass: 'place-cores', statistics: { cores: 5 } },
    ],
    printed: expect.stringMatching(/^input \[28,28,1\]/),
  });
  const { out } = await cli(['compile', five, '--verbose']);
  expect(out).toMatch(/\nmap-cores +5 {2}cores, splitters included, timers not\n/);
});

test('the table of --alternatives marks what was chosen, and a chip that compares nothing says so', async () => {
  const { out } = await cli(['compile', five, '--alternatives']);
  expect(out).toMatch(/\nmappings that were compared\n/);
  expect(out).toMatch(/\nalternatives of every layer\n/);
  expect(out).toMatch(/ \* {2}direct /);
  const { out: other } = await cli(['compile', five, '--alternatives', '--chip', 'northpole']);
  expect(other).toMatch(/for NorthPole-style chips nothing else was compared/);
});
