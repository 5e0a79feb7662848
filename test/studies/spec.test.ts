import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { readStudyText } from '../../src/studies/files.js';
import { parseStudySpec, type StudySpec } from '../../src/studies/spec.js';
import { NETWORKS, studyFolderForTest } from './synthetic.js';

const folder = studyFolderForTest();

function read(text: string): Promise<StudySpec> {
  writeFileSync(folder.at('study.yaml'), text);
  return parseStudySpec(text, folder.at('study.yaml'), readStudyText);
}

/** Code, place without the folder, and message of every problem of a specification. */
async function problemsOf(text: string): Promise<readonly string[]> {
  try {
    await read(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message }) =>
      `${code} ${place}: ${message}`.replaceAll(folder.at('x').slice(0, -1), ''),
    );
  }
  return [];
}

describe('a specification', () => {
  test('has networks named after family, data set and variant, with the changes of the variant', async () => {
    const { plannedNetworks } = await read(NETWORKS);
    expect(plannedNetworks.map(({ name }) => name)).toEqual([
      'mlp-quadrants-clip',
      'mlp-quadrants-sign',
      'mlp-quadrants-sign-2',
      'mlp-quadrants-sign-3',
    ]);
    const recipes = plannedNetworks.map((plan) => (plan.kind === 'trained' ? plan.recipe : undefined));
    const weightsOf = (index: number): unknown[] =>
      recipes[index]!.layers.flatMap((layer) => (layer.kind === 'dense' ? [layer.weights] : []));
    expect(weightsOf(0)).toEqual([
      { kind: 'clip', bound: 0.125 },
      { kind: 'clip', bound: 0.125 },
    ]);
    expect(weightsOf(3)).toEqual([
      { kind: 'sign', bound: 0.125 },
      { kind: 'sign', bound: 0.125 },
    ]);
    expect(recipes.map((recipe) => recipe!.seed)).toEqual([1, 1, 2, 3]);
    expect(recipes.map((recipe) => recipe!.training.epochs)).toEqual([3, 3, 3, 2]);
    expect(recipes.map((recipe) => recipe!.training.batchSize)).toEqual([20, 20, 20, 20]);
  });

  test('tells all wrong keys and values at once, with the nearest key', async () => {
    const text = `${NETWORKS.replace('chips: 3', 'chips: 0')}fautls: []
faults:
  - { chip: truenorth, networks: ['*'], effect: bre, levels: [0.1] }
layers:
  - { chip: northpole, networks: [], effect: ber, level: -1 }
`;
    const problems = await problemsOf(text);
    expect(problems.map((problem) => problem.split(':').slice(0, 2).join(':'))).toEqual([
      'bad-value study.yaml: chips',
      'bad-value study.yaml: faults.0.effect',
      'bad-value study.yaml: layers.0.networks',
      'bad-value study.yaml: layers.0.level',
      'unknown-key study.yaml: unknown key "fautls" (did you mean "faults"?)',
    ]);
    expect(problems[1]).toContain('there is no fault "bre"; did you mean "ber"?');
  });

  test('tells all wrong references, levels, faults and recipes at once', async () => {
    const text = `${NETWORKS.replace('kind: clip, bound: 0.125', 'kind: clop')}
  - { family: other, recipe: missing.yaml, datasets: [mnist], variants: { a: {} } }
models:
  - { family: given, files: [one.lsn], dataset: mnist }
distortions: { networks: ['conv-*'], effects: { uniformLog: [2] } }
faults:
  - { chip: northpole, networks: [mlp-quadrants-sgin], effect: drop, levels: [0.1] }
  - { chip: truenorth, networks: ['*-sign'], effect: ber, levels: [0.1, 1.5] }
voltage:
  - { chip: northpole, networks: ['*'], table: [{ volts: 1, ber: 0, energyScale: 1 }, { volts: 1, ber: 0, energyScale: 1 }] }
countermeasures:
  - chip: northpole
    effect: ber
    levels: [0.1]
    baseline: mlp-quadrants-sign
    measures:
      other: { network: given-mnist-one }
      wrong: { ensemble: [mlp-quadrants-sign, 'mlp-*'] }
`;
    const problems = await problemsOf(text);
    const expected = [
      'bad-value tiny.yaml (variant "clip" of study.yaml: networks.0): layers.1.weights',
      'file-missing missing.yaml',
      'unknown-network study.yaml: distortions.networks: "conv-*" is no network of this study',
      'unknown-network study.yaml: faults.0.networks: "mlp-quadrants-sgin" is no network of this study (did you mean "mlp-quadrants-sign"?)',
      'other-data study.yaml: countermeasures.0.measures.other: "given-mnist-one" is for the data set mnist',
      'pattern study.yaml: countermeasures.0.measures.wrong: "mlp-*" is a pattern',
      'bad-distortion study.yaml: distortions.effects',
      'noise-not-modelled study.yaml: faults.0',
      'bad-level study.yaml: faults.1: 1.5 is not a level of ber',
      'duplicate-voltage study.yaml: voltage.0.table: 1 V is given twice',
    ];
    for (const start of expected)
      expect(
        problems.filter((one) => one.startsWith(start)),
        start,
      ).toHaveLength(1);
    // A variant has one place per layer.
    expect(problems).toHaveLength(expected.length + 1);
  });

  test('refuses two networks of one name', async () => {
    const text = `${NETWORKS}models:
  - { family: given, files: [a/one.lsn, b/one.lsn], dataset: mnist }
`;
    expect(await problemsOf(text)).toEqual([
      'duplicate-network study.yaml: two networks would be called "given-mnist-one"',
    ]);
  });
});
