import { gunzipSync } from 'node:zlib';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const { at } = temporaryFolder();
const cpe = at('model.json');
const ranc = at('ranc');
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await cli([...args, '--json'])).out);

beforeAll(async () => {
  const few = ['--limit', '6'];
  const exported = ['truenorth', 'export', modelPath('mnist-5core'), '-o', cpe, '--decoding', at('decoding.json')];
  expect((await cli([...exported, ...few])).code).toBe(0);
  mkdirSync(ranc);
  for (const name of ['input', 'config', 'decoding']) {
    const packed = readFileSync(new URL(`../fixtures/version-0.1/ranc/${name}.json.gz`, import.meta.url));
    writeFileSync(`${ranc}/${name}.json`, gunzipSync(packed));
  }
});

describe('programs of other tools', () => {
  it('are timed where they are TrueNorth-style: a CPE model as the program it was exported from', async () => {
    const imported = await json('timing', cpe, '--limit', '2');
    const own = await json('timing', modelPath('mnist-5core'), '--limit', '2');
    expect(imported).toMatchObject({ target: 'truenorth', samples: 2, ticks: expect.any(Number) });
    expect(own).toMatchObject({ samples: 2 });
  });

  it('are refused by timing where they are not, with the reason and what to pass', async () => {
    const { code, err } = await cli(['timing', ranc]);
    expect(code).toBe(1);
    expect(err).toContain(`error[wrong-chip] ${ranc}`);
    expect(err).toContain('the program is for RANC-style chips, this command knows TrueNorth-style chips only');
    expect(err).toContain('it comes from another tool, without a network that could be compiled again');
  });

  it('have results that diff compares, sample by sample with themselves and by name with each other', async () => {
    const results = ['a', 'noisy', 'ranc'].map((name) => at(`${name}.json`));
    const [a = '', noisy = '', other = ''] = results;
    await cli(['run', cpe, '-o', a]);
    await cli(['run', cpe, '--noise', 'ber=0.1', '-o', noisy]);
    await cli(['run', ranc, '-o', other]);
    expect(await json('diff', a, a, '--fail-on', 'mismatches>0,accuracy<0pp')).toMatchObject({
      passed: true,
      pairs: [{ accuracy: { onlyA: 0, onlyB: 0 }, metrics: { mismatches: { difference: 0 } } }],
    });
    expect(await json('diff', a, noisy)).toMatchObject({ pairs: [{ b: { noise: expect.stringContaining('ber') } }] });
    // Other networks, other samples: what can be compared is, and the rest says why not.
    expect(await json('diff', a, other)).toMatchObject({
      pairs: [{ a: { target: 'truenorth' }, b: { target: 'ranc' }, accuracy: { unknown: true } }],
    });
  });
});
