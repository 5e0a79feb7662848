/** `lodestone truenorth` on small models of our own, whose spikes follow by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPinMap } from '../../src/ir/program/formats/nscs/pin-map.js';
import { coreText, modelText, rowsText, TWO_CORES, typeText } from '../ir/program/formats/nscs/models.js';
import { cli, modelPath, temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();
const HEADER = '{"class":"SpikeWriter","encoding":"TEXT"}\n{"version":"sfti1.0","defaultDestinationDelay":1}\n';

function file(name: string, content: string): string {
  writeFileSync(folder.at(name), content);
  return folder.at(name);
}

const spikeLines = (spikes: readonly (readonly [number, number, number])[]): string =>
  HEADER + spikes.map(([t, c, a]) => `{"spike":{"srcTime":${t},"destCore":${c},"destAxon":${a}}}\n`).join('');

const model = file('two.json', TWO_CORES);
/** Axon 0 of core 7 acts in ticks 1, 2 and 4. */
const input = file('in.sfti', spikeLines([[3, 7, 0], [0, 7, 0], [1, 7, 0]])); // prettier-ignore
/**
 * Neuron 7/0 fires in 1, 2, 4 and with delay 2 drives neuron 3/2: ticks 3, 4, 6. Neuron 7/1 counts to two: tick 2 (its V is 1
 * after 4).
 */
const GOLDEN = '# tick,core,neuron\n2,7,1\n3,3,2\n4,3,2\n6,3,2\n';
const golden = file('golden.csv', GOLDEN);

interface Result {
  readonly code: number;
  readonly json: unknown;
}

async function run(...args: readonly string[]): Promise<Result> {
  const { code, out } = await cli(['truenorth', 'run', model, ...args, '--json']);
  const json: unknown = JSON.parse(out);
  return { code, json };
}

describe('lodestone truenorth run', () => {
  it.each(['fast', 'reference'])('gives the spikes that follow by hand, on the %s engine', async (engine) => {
    const output = folder.at('out.csv');
    const result = await run('--input', input, '--ticks', '8', '-o', output, '--engine', engine);
    expect(result).toMatchObject({ code: 0, json: { ticks: 8, spikes: 4, compared: 0, equal: null } });
    expect(readFileSync(output, 'utf8')).toBe(GOLDEN);
    const equal = await run('--input', input, '--expect', golden, '--engine', engine);
    expect(equal).toMatchObject({
      code: 0,
      json: { ticks: 7, spikes: 4, compared: 4, equal: true, firstDifference: null },
    });
  });

  it('tells the first difference with its potential and exits with 1', async () => {
    // The recording says that the counting neuron fired again in tick 4, where its potential is 1.
    const wrong = file('wrong.csv', '2,7,1\n3,3,2\n4,3,2\n4,7,1\n6,3,2\n');
    const result = await run('--input', input, '--expect', wrong);
    expect(result).toMatchObject({
      code: 1,
      json: { compared: 5, equal: false, firstDifference: { tick: 4, core: 7, neuron: 1, potential: 1 } },
    });
    const missing = await run('--input', input, '--expect', file('missing.csv', '3,3,2\n6,3,2\n'));
    expect(missing).toMatchObject({
      code: 1,
      json: { compared: 2, equal: false, firstDifference: { tick: 2, core: 7, neuron: 1, potential: 0 } },
    });
    const text = await cli(['truenorth', 'run', model, '--input', input, '--expect', wrong]);
    expect(text.out).toContain('tick 4: core 7 neuron 1 did not fire');
  });

  it('compares recorded neurons that drive axons, and still passes their spikes on', async () => {
    const wide = file('wide.csv', `1,7,0\n2,7,0\n4,7,0\n${GOLDEN}`);
    expect(await run('--input', input, '--expect', wide)).toMatchObject({
      code: 0,
      json: { compared: 7, equal: true },
    });
  });

  it('replaces the output of cores by recorded spikes', async () => {
    // Neuron 7/0 is said to have fired in tick 0 and 5; nothing else of core 7 fires or is compared.
    const forced = file('forced.csv', '0,7,0\n5,7,0\n');
    const result = await run('--input', input, '--force-spikes', forced, '--from-cores', '7', '--ticks', '9', '-o', folder.at('forced-out.csv')); // prettier-ignore
    expect(result.code).toBe(0);
    expect(readFileSync(folder.at('forced-out.csv'), 'utf8')).toBe('# tick,core,neuron\n2,3,2\n7,3,2\n');
    const whole = file('whole.csv', `1,7,0\n2,7,0\n4,7,0\n${GOLDEN}`);
    const own = await run('--input', input, '--force-spikes', whole, '--from-cores', '7-7', '--expect', whole);
    expect(own).toMatchObject({ code: 0, json: { spikes: 7, compared: 3, equal: true } });
  });

  it('runs the deterministic part of a stochastic model on recorded spikes', async () => {
    const stochastic = TWO_CORES.replace(/("name":"N0000000D".*?"b0":)false/, '$1true');
    const path = file('stochastic.json', stochastic);
    const args = [
      '--force-spikes',
      file('f.csv', '0,7,0\n'),
      '--from-cores',
      '7',
      '--expect',
      file('e.csv', '2,3,2\n'),
    ];
    const { code, out } = await cli(['truenorth', 'run', path, ...args, '--ticks', '5', '--json']);
    expect(JSON.parse(out)).toMatchObject({ equal: true, compared: 1 });
    expect(code).toBe(0);
  });

  it('gives the same spikes of a stochastic model for the same seed, on both engines', async () => {
    const path = file('dice.json', TWO_CORES.replace(/("name":"N0000000D".*?"TM":)0/, '$12'));
    const spikes = spikeLines(Array.from({ length: 60 }, (_, tick) => [tick, 7, 0] as const));
    const outputs = await Promise.all(
      [
        ['1', 'fast'],
        ['1', 'reference'],
        ['2', 'fast'],
      ].map(async ([seed = '', engine = '']) => {
        const output = folder.at(`dice-${seed}-${engine}.csv`);
        const args = ['--input', file('dice.sfti', spikes), '--ticks', '60', '-o', output, '--engine', engine];
        expect((await cli(['truenorth', 'run', path, ...args, '--seed', seed])).code).toBe(0);
        return readFileSync(output, 'utf8');
      }),
    );
    expect(outputs[1]).toBe(outputs[0]);
    expect(outputs[2]).not.toBe(outputs[0]);
  });

  it('collapses spikes of the host and of neurons on one axon in one tick', async () => {
    // Axon 1 of core 3 gets the spike of 7/0 (fired in 1, delay 2) and two of the host, all in tick 3.
    const double = file('double.sfti', spikeLines([[0, 7, 0], [2, 3, 1], [2, 3, 1]])); // prettier-ignore
    expect(await run('--input', double, '--expect', file('one.csv', '3,3,2\n'))).toMatchObject({
      json: { equal: true },
    });
  });

  it('writes every encoding so that it compares as equal', async () => {
    const maps = ['--in-map', folder.at('in.bin'), '--out-map', folder.at('out.bin')];
    await cli(['truenorth', 'export', model, '-o', folder.at('copy.json'), ...maps]);
    expect(readPinMap(readFileSync(folder.at('out.bin')), 'out.bin')[0]?.core).toEqual(Int32Array.of(3, 7));
    for (const name of ['o.sfto', 'o.sfro', 'o.sfcp', 'o.csv']) {
      const map = ['--out-map', folder.at('out.bin')];
      expect((await run('--input', input, '--ticks', '8', ...map, '-o', folder.at(name))).code).toBe(0);
      const back = await run('--input', input, '--expect', folder.at(name), ...map);
      expect([name, back.json]).toMatchObject([name, { compared: 4, equal: true }]);
    }
  });

  it.each([
    ['nothing that says how long', ['--seed', '1'], 'ticks-missing'],
    ['spikes to force without cores', ['--ticks', '1', '--force-spikes', golden], 'forced-cores'],
    ['cores that are not there', ['--ticks', '1', '--force-spikes', golden, '--from-cores', '8-9'], 'unknown-cores'],
    ['input to a core that is not there', ['--input', file('bad.sfti', spikeLines([[0, 1, 0]]))], 'input-axon'],
    ['a recording of another model', ['--expect', file('other.csv', '0,1,0\n')], 'output-neuron'],
    ['a recording that is no spike file', ['--expect', file('no.csv', 'hello\n')], 'spike-encoding'],
    ['a pin map that is none', ['--ticks', '1', '--out-map', golden], 'pin-map'],
    ['a model as spikes', ['--input', model], 'ticks-missing'],
  ])('refuses %s', async (_, args, code) => {
    const result = await run(...args);
    expect(result.code).toBe(1);
    expect(JSON.stringify(result.json)).toContain(`"${code}"`);
  });

  it('exits with 2 on wrong usage', async () => {
    expect((await cli(['truenorth', 'run', model, '--from-cores', '5-2'])).code).toBe(2);
    expect((await cli(['truenorth', 'run', model, '--ticks', '0'])).code).toBe(2);
  });

  it('reads ids with gaps up to the last core of a large model', async () => {
    const ids = [4041, 12, 874];
    const cores = ids.map((id, i) =>
      coreText({
        ...{ id, crossbar: rowsText({ 0: ['S0', '80'] }), types: '1,"0x255"' },
        destCores: `${i === 2 ? -32 : (ids[i + 1] ?? 0)},"-1x255"`,
      }),
    );
    const path = file('gaps.json', modelText([typeText(1)], cores));
    const args = ['--input', file('gaps.sfti', spikeLines([[0, 4041, 0]])), '--expect', file('gaps.csv', '3,874,0\n')];
    const { out } = await cli(['truenorth', 'run', path, ...args, '--json']);
    expect(JSON.parse(out)).toMatchObject({ equal: true, compared: 1 });
  });
});

describe('lodestone truenorth export', () => {
  it('writes a compiled network that imports and exports again to the same file', async () => {
    const first = folder.at('mnist.json');
    const maps = ['--in-map', folder.at('m-in.bin'), '--out-map', folder.at('m-out.bin')];
    const exported = await cli(['truenorth', 'export', modelPath('mnist-5core'), '-o', first, ...maps, '--json']);
    expect(JSON.parse(exported.out)).toMatchObject({ cores: 5 });
    expect((await cli(['truenorth', 'export', first, '-o', folder.at('again.json')])).code).toBe(0);
    expect(readFileSync(folder.at('again.json'), 'utf8')).toBe(readFileSync(first, 'utf8'));
  });

  it('writes input and output spikes of samples, which the exported model gives again', async () => {
    const path = folder.at('five.json');
    for (const [input, output] of [
      ['x.sfti', 'y.sfto'],
      ['x.sfcp', 'y.sfcp'],
      ['x.sfri', 'y.sfro'],
    ] as const) {
      const maps = ['--in-map', folder.at('five-in.bin'), '--out-map', folder.at('five-out.bin')];
      const spikes = ['--input-spikes', folder.at(input), '--output-spikes', folder.at(output), '--limit', '20'];
      expect((await cli(['truenorth', 'export', modelPath('mnist-5core'), '-o', path, ...maps, ...spikes])).code).toBe(
        0,
      );
      const run = ['truenorth', 'run', path, '--input', folder.at(input), '--expect', folder.at(output), ...maps];
      const { code, out } = await cli([...run, '--json']);
      expect(code).toBe(0);
      const result: unknown = JSON.parse(out);
      expect(result).toMatchObject({ equal: true });
      expect(result).not.toMatchObject({ compared: 0 });
    }
    const none = await cli(['truenorth', 'export', model, '-o', path, '--input-spikes', folder.at('z.sfti')]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('no-input-code')]);
  });
});
