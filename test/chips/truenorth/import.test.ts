/** CPE models that were exported with their decoding.json open as programs, and are compared with the recorded class scores. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomNetwork } from '../../support/random-network.js';
import { CPE_FILES } from '../../../src/chips/truenorth/import.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { printCpeDecoding } from '../../../src/chips/truenorth/decoding.js';
import { evaluateNetwork } from '../../../src/evaluation/interpreter/evaluate.js';
import { compileNetwork, runCompiled } from '../../../src/flow.js';
import { exportCpe } from '../../../src/ir/program/formats/nscs/cpe-export.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { NO_NOISE } from '../../../src/index.js';
import { cli, modelPath, temporaryFolder } from '../../cli/harness.js';
import { randomPixels } from '../../support/random-network.js';

const folder = temporaryFolder();
const ok = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await cli(args);
  expect(code, err + out).toBe(0);
  return out;
};

async function exported(graph: NetworkGraph, samples: number) {
  const { program, integer } = compileNetwork(graph, { chip: trueNorth });
  const images = randomPixels(5, samples * sizeOf(program.inputShape));
  const { nClasses } = program.outputs;
  const data = { name: 'random', shape: program.inputShape, images, labels: new Uint8Array(samples), nClasses };
  const oracle = await evaluateNetwork(integer, data, { seed: 1 });
  return { model: exportCpe(program), decoding: printCpeDecoding(program, data, oracle) };
}

function open({ model, decoding }: { readonly model: string; readonly decoding: string | undefined }) {
  const file = (place: string, text: string) => ({ place, bytes: new TextEncoder().encode(text) });
  const input = file('model.json', model);
  expect(CPE_FILES.recognises(input.bytes)).toBe(true);
  return CPE_FILES.read(input, () => (decoding === undefined ? undefined : file('decoding.json', decoding)));
}

describe('a CPE model of ours', () => {
  it.each([
    [1, 'threshold'],
    [2, 'thermometer'],
    [3, 'rate'],
    [8, 'threshold'],
  ] as const)(
    'with its decoding.json gives the recorded class scores on all engines (network %i, %s)',
    async (seed, code) => {
      const { program, recorded } = open(
        await exported(
          randomNetwork(seed, { codes: [code], maxSide: 3, averagePool: true, overlappingPool: true }),
          20,
        ),
      );
      expect(trueNorth.verify(program)).toEqual([]);
      for (const engine of ['fast', 'reference']) {
        const options = { workers: 1, seed: 1, noise: NO_NOISE, engine };
        const result = await runCompiled({ chip: trueNorth, program, recorded }, recorded.data, options);
        expect(result).toMatchObject({ samples: 20, mismatches: 0, engine });
      }
    },
  );

  it('is refused without it, with the command that runs it, and with one that is damaged or of another model', async () => {
    const files = await exported(randomNetwork(1, { codes: ['threshold'], maxSide: 3 }), 3);
    expect(() => open({ ...files, decoding: undefined })).toThrow(/no-input-code\][^]*lodestone truenorth run/);
    const decoding = JSON.parse(files.decoding);
    const changed = (change: object) => () => open({ ...files, decoding: JSON.stringify({ ...decoding, ...change }) });
    expect(changed({ labels: [0, 0] })).toThrow(/images: are no base64[^]*expectedScores: are not one row/);
    expect(changed({ outputs: { ...decoding.outputs, pinClass: [], pinCoefficient: [] } })).toThrow(/wrong-output/);
    expect(changed({ inputs: { ...decoding.inputs, core: decoding.inputs.core.map(() => 999) } })).toThrow(
      /core 999 gets samples/,
    );
    expect(changed({ outputs: { ...decoding.outputs, scale: [] } })).toThrow(/outputs\.scale/);
    expect(() => open({ ...files, decoding: '{' })).toThrow(/bad-json/);
  });

  it('whose inputs spike by chance has no recorded scores', async () => {
    await expect(exported(randomNetwork(1, { codes: ['bernoulli'], maxSide: 3 }), 3)).rejects.toThrow(/random-spikes/);
  });
});

describe('on the command line', () => {
  const at = (name: string): string => folder.at(`cpe-${name}`);

  it('truenorth export --decoding writes what run, sweep and timing open', async () => {
    const [model, decoding] = [folder.at('model.json'), folder.at('decoding.json')];
    await ok('truenorth', 'export', modelPath('mnist-5core'), '-o', model, '--decoding', decoding, '--limit', '30');
    const run = JSON.parse(await ok('run', model, '-o', at('r.json'), '--json'));
    expect(run).toMatchObject({ target: 'truenorth', data: 'mnist', samples: 30, mismatches: 0, correct: 29 });
    expect(JSON.parse(await ok('run', folder.at(''), '--json')).correct).toBe(29);
    expect(await ok('sweep', model, '--distortion', 'ber', '--levels', '0', '--chips', '2')).toMatch(/96\.67 %/);
    await ok('timing', model, '--limit', '3');
    await ok('report', at('r.json'), '-o', at('r.html'));
    const known = ['--noise', 'down_cores=0.9', '--known'];
    expect(await cli(['run', model, ...known])).toMatchObject({
      code: 1,
      err: expect.stringContaining('known-needs-model'),
    });
    writeFileSync(decoding, readFileSync(decoding, 'utf8').slice(0, 100));
    expect(await cli(['run', model])).toMatchObject({ code: 1, err: expect.stringContaining('bad-json') });
  });
});
