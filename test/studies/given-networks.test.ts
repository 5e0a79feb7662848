/** Networks that were trained elsewhere: read as the specification says, changed by its variants, from folders of models and data. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { present } from '../../src/common/assert.js';
import { UserError } from '../../src/common/diagnostics.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { planOnly, readStudySpec, runStudy } from '../../src/studies/run-study.js';
import { readGiven } from '../../src/studies/training/given-network.js';
import { kerasH5, sequential, type TestLayer } from '../support/keras-files.js';
import { studyFolderForTest } from './synthetic.js';

const folder = studyFolderForTest();

/** A score per quadrant: what is bright in it counts for, all else against. */
const kernel = Float32Array.from({ length: 64 * 4 }, (_, i) => {
  const [pixel, unit] = [Math.floor(i / 4), i % 4];
  const quadrant = (pixel % 8 < 4 ? 0 : 1) + (pixel < 32 ? 0 : 2);
  return (quadrant === unit ? 0.75 : -0.25) * (1 + (i % 7) / 8);
});
const LAYERS: readonly TestLayer[] = [
  { class_name: 'Flatten', config: { name: 'flat' } },
  {
    class_name: 'Dense',
    config: { name: 'fc', units: 4, activation: 'softmax' },
    weights: { kernel: { shape: [64, 4], data: kernel }, bias: { shape: [4], data: new Float32Array(4) } },
  },
];
mkdirSync(folder.at('models'));
mkdirSync(folder.at('data'));
cpSync(folder.at('quadrants'), folder.at('data/cifar10'), { recursive: true });
const bytes = await kerasH5(sequential([8, 8, 1], LAYERS), LAYERS);
writeFileSync(folder.at('models/net.h5'), bytes);
const digest = createHash('sha256').update(bytes).digest('hex');

const PLACES = { models: folder.at('models'), data: folder.at('data') };
const MODELS = `name: given-study
seed: 3
chips: 2
images: 80
models:
  - family: net
    model: net.h5
    source: made by this test
    sha256: { net.h5: ${digest} }
    import: { inputRange: [0, 1] }
    dataset: cifar10
    variants:
      float: {}
      sign: { project: { kind: sign } }
      round-2: { project: { kind: round, bits: 2 } }
      int8: { quantise: { weights: 8 } }
      int2: { quantise: { weights: 8, activations: 8, layers: { fc: 2 } } }
`;
const PARTS = `distortions:
  - { networks: ['*-float'], effects: { additive: [0.1], sign: true } }
  - { networks: ['*-int8'], effects: { additive: [0.2] } }
faults:
  - { chip: northpole, networks: ['*-int8'], effect: ber, levels: [0.01] }
`;

const specOf = async (text: string, name = 'given.yaml', places: typeof PLACES | undefined = PLACES) => {
  writeFileSync(folder.at(name), text);
  return readStudySpec(folder.at(name), undefined, places);
};

async function problemsOf(text: string, places?: typeof PLACES): Promise<readonly string[]> {
  try {
    await specOf(text, 'wrong.yaml', places);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message }) =>
      `${code} ${place}: ${message}`.replaceAll(folder.at('x').slice(0, -1), ''),
    );
  }
  return [];
}

/** Weights of the dense layer of a network. */
async function weightsOf(variant: string) {
  const { plannedNetworks } = await specOf(MODELS);
  const plan = present(
    plannedNetworks.find((one) => one.variant === variant),
    variant,
  );
  if (plan.kind !== 'given') throw new Error('not given');
  const dense = (await readGiven(plan)).network.nodes.find(({ id }) => id === 'fc');
  return dense?.kind === 'dense' ? dense : undefined;
}

describe('a network that was trained elsewhere', () => {
  test('is read with the options of its entry, and changed as each variant says', async () => {
    const { plannedNetworks } = await specOf(MODELS);
    expect(plannedNetworks.map(({ name }) => name)).toEqual(
      ['float', 'sign', 'round-2', 'int8', 'int2'].map((variant) => `net-cifar10-${variant}`),
    );
    const float = await weightsOf('float');
    const largest = Math.max(...kernel.map(Math.abs));
    expect([...(float?.weights ?? [])].sort()).toEqual([...kernel].sort());
    expect(new Set((await weightsOf('sign'))?.weights)).toEqual(new Set([-largest, largest]));
    expect(new Set((await weightsOf('round-2'))?.weights)).toEqual(new Set([0, largest]));
    const [int8, int2] = [await weightsOf('int8'), await weightsOf('int2')];
    expect(int8?.weights).toBeInstanceOf(Int8Array);
    expect(new Set(int8?.weights).size).toBeGreaterThan(8);
    expect([...new Set(int2?.weights)].every((w) => Math.abs(w) <= 1)).toBe(true);
  });

  test('is measured by itself, distorted and on a chip; a second run measures nothing and makes nothing again', async () => {
    const spec = await specOf(MODELS + PARTS);
    const options = { command: 'lodestone study', workers: 1, output: folder.at('out') } as const;
    const first = await runStudy(spec, options);
    expect(first.failures).toEqual([]);
    const golden = (variant: string, target = 'network'): number =>
      present(
        first.rows.find((row) => row.part === 'golden' && row.variant === variant && row.target === target),
        variant,
      ).correct;
    expect(golden('float')).toBeGreaterThan(70);
    expect(golden('int8', 'northpole')).toBe(golden('int8'));
    expect(Math.abs(golden('int8') - golden('float'))).toBeLessThanOrEqual(2);
    const distorted = first.rows.filter(({ part }) => part === 'distortions');
    expect(distorted.map(({ variant, effect, level, chip }) => `${variant} ${effect} ${level} ${chip}`)).toEqual([
      ...['float additive 0.1 0', 'float additive 0.1 1', 'float sign 0 0'],
      ...['int8 additive 0.2 0', 'int8 additive 0.2 1'],
    ]);
    const sign = present(
      distorted.find(({ effect }) => effect === 'sign'),
      'sign',
    );
    expect(sign.correct).toBe(golden('sign'));

    const made = folder.at('out/models/net-cifar10-int8.lsn');
    expect(decodeNetwork(readFileSync(made), made).nodes.some(({ kind }) => kind === 'dense')).toBe(true);
    const { mtimeMs } = statSync(made);
    const measured: string[] = [];
    const again = await runStudy(spec, {
      ...options,
      onProgress: (progress) => {
        if (progress.stage === 'measuring') measured.push(progress.point);
      },
    });
    expect(again).toEqual(first);
    expect(measured).toEqual([]);
    expect(statSync(made).mtimeMs).toBe(mtimeMs);
  });

  test('has its points listed without measuring: groups of networks have distortions of their own', async () => {
    const points = await planOnly(await specOf(MODELS + PARTS));
    expect(points.filter((point) => point.startsWith('distortions'))).toEqual([
      'distortions: net-cifar10-float, additive = 0.1',
      'distortions: net-cifar10-float, sign',
      'distortions: net-cifar10-int8, additive = 0.2',
    ]);
    expect(existsSync(folder.at('out-of-plan'))).toBe(false);
  });

  test('that is not there is told in one line with everything else that is not there, before anything runs', async () => {
    const mean = MODELS.replace('[0, 1] }', '[0, 1], inputMean: sub/mean.npy }').replace('net.h5\n', 'other.h5\n');
    expect(
      await problemsOf(mean.replace(/ {4}sha256.*\n/, ''), { models: folder.at(''), data: folder.at('') }),
    ).toEqual(['files-absent wrong.yaml: not there: other.h5, sub/mean.npy, data set cifar10']);
    expect(await problemsOf(MODELS, PLACES)).toEqual([]);
    expect(await problemsOf(MODELS, { ...PLACES, data: folder.at('data/cifar10') })).toEqual([]);
    const nothing = { ...PLACES, data: folder.at('models') };
    expect(await problemsOf(MODELS, nothing)).toEqual(['files-absent wrong.yaml: not there: data set cifar10']);
  });

  test('with another digest than the specification says is a failure of its points', async () => {
    const spec = await specOf(MODELS.replace(digest, 'a'.repeat(64)));
    const { failures, rows } = await runStudy(spec, { command: '', workers: 1, output: folder.at('digest') });
    expect(rows).toEqual([]);
    expect(failures).toHaveLength(5);
    expect(failures[0]?.message).toContain('error[other-file]');
    expect(failures[0]?.message).toContain(digest);
  });

  test.each([
    [
      'model: net.h5',
      'model: net.h5\n    files: [a.lsn]',
      'bad-value wrong.yaml: models.0: give files or model, one of them',
    ],
    ['    model: net.h5\n', '', 'bad-value wrong.yaml: models.0: give files or model, one of them'],
    [
      '    model: net.h5',
      '    files: [net.h5]',
      'bad-value wrong.yaml: models.0: sha256 and variants belong to model, not to files',
    ],
    ['{ net.h5:', '{ ten.h5:', 'unknown-file wrong.yaml: models.0.sha256: "ten.h5" is none of the files that are read'],
    [
      'inputRange: [0, 1]',
      'inputRnage: [0, 1]',
      'unknown-key wrong.yaml: models.0.import: unknown key "inputRnage" (did you mean "inputRange"?)',
    ],
    [
      'bits: 2 }',
      'bits: 9 }',
      'bad-value wrong.yaml: models.0.variants.round-2.project.bits: Too big: expected number to be <=8',
    ],
    [
      "networks: ['*-float']",
      "networks: ['*-flot']",
      'unknown-network wrong.yaml: distortions.0.networks: "*-flot" is no network of this study',
    ],
    [
      'additive: [0.2]',
      'uniformLog: [2]',
      'bad-distortion wrong.yaml: distortions.1.effects, distortion uniformLog: gamma is 2',
    ],
    [
      'additive: [0.2]',
      'additiv: [0.2]',
      'unknown-key wrong.yaml: distortions.1.effects: unknown key "additiv" (did you mean "additive"?)',
    ],
  ])('%s -> %s is refused', async (from, to, problem) => {
    expect(await problemsOf((MODELS + PARTS).replace(from, to), PLACES)).toContain(problem);
  });

  test('has no layer that a quantisation names: a failure of that network alone, with the nearest name', async () => {
    const spec = await specOf(MODELS.replace('{ fc: 2 }', '{ fcc: 2 }'));
    const { failures, rows } = await runStudy(spec, { command: '', workers: 1, output: folder.at('layer') });
    expect(rows).toHaveLength(4);
    expect(failures.map(({ point }) => point)).toEqual(['golden: net-cifar10-int2']);
    expect(failures[0]?.message).toContain('there is no dense or convolution layer "fcc"; did you mean "fc"?');
  });
});
