import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { readStudyText } from '../../src/studies/files.js';
import { parseStudySpec, type StudySpec } from '../../src/studies/spec.js';
import { planStudy, type StructureOf } from '../../src/studies/plan.js';
import { describePoint, pointKey, type PointContext } from '../../src/studies/point.js';
import type { ChipStructure } from '../../src/chips/chip.js';
import { NETWORKS, RECIPE, studyFolderForTest } from './synthetic.js';

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
      'noise-not-modelled study.yaml: faults.0.effect: NorthPole-style chips have no spikes',
      'bad-noise-level study.yaml: faults.1.levels: "1.5" is not a level of ber',
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

  test('says how networks are compiled: a chip, a spec, options, each wrong one with its field and the nearest name', async () => {
    writeFileSync(folder.at('own.yaml'), 'base: northpole-small\nvectorr: { lanes: 3 }\n');
    const problems = await problemsOf(`${NETWORKS}compile:
  truenorth: { window: 0, objectiv: cores, grid: [8, 8] }
  northpole: { spec: ./own.yaml, batch: 4 }
  northpoel: {}
`);
    expect(problems.slice(0, 2).sort()).toEqual([
      expect.stringContaining('bad-value study.yaml: compile.truenorth.window: '),
      'unknown-key study.yaml: compile.truenorth: unknown key "objectiv" (did you mean "objective"?)',
    ]);
    expect(problems[2]).toMatch(/^unknown-key own\.yaml: unknown key "vectorr" \(did you mean "vector"\?\)/);
    expect(problems[3]).toBe(
      'unknown-chip study.yaml: compile.northpoel: there is no chip "northpoel"; did you mean "northpole"?',
    );
    expect(problems).toHaveLength(4);
    expect(await problemsOf(`${NETWORKS}compile: { northpole: { spec: northpole-smal } }\n`)).toEqual([
      'unknown-chip study.yaml: compile.northpole.spec: there is no such preset or file; did you mean "northpole-small"?',
    ]);
    for (const spec of ['northpole-small', './right.yaml']) {
      writeFileSync(folder.at('right.yaml'), 'base: northpole-small\nname: mine\n');
      expect(await problemsOf(`${NETWORKS}compile: { truenorth: { spec: ${spec} } }\n`)).toEqual([
        expect.stringMatching(/^spec-of-another-chip study\.yaml: compile\.truenorth\.spec: it.* is a preset of /),
      ]);
    }
  });

  test('in the documentation and the examples is a correct one', async () => {
    const fileOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const text = /```yaml\n(name: .*?)\n```/s.exec(fileOf('docs/studies/README.md'))?.[1] ?? '';
    const documented = await parseStudySpec(text, 'README.md', () => Promise.resolve(RECIPE));
    expect(documented.plannedNetworks).toHaveLength(12);
    const path = 'examples/studies/robustness-small.yaml';
    const example = await parseStudySpec(fileOf(path), path, () =>
      Promise.resolve(fileOf('examples/studies/mlp-small.yaml')),
    );
    expect(example.plannedNetworks).toHaveLength(5);
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

const HEAD = `name: plan
seed: 1
chips: 10
images: 100
networks:
  - { family: mlp, recipe: tiny.yaml, datasets: [mnist], variants: { sign: {}, other: { seed: 2 } } }
`;

const specOf = (rest: string) => parseStudySpec(HEAD + rest, 'plan.yaml', () => Promise.resolve(RECIPE));

const trueNorth: ChipStructure = {
  nCores: 7,
  layers: ['first', 'second'],
  stores: [{ memory: 'thresholds', layer: 'first', words: 512, bits: 18, cores: [0, 1, 2] }],
};
const northPole: ChipStructure = {
  nCores: 4,
  layers: ['first', 'second', 'pool'],
  stores: [
    { memory: 'weights', layer: 'first', words: 10, bits: 2 },
    { memory: 'weights', layer: 'second', words: 10, bits: 4 },
  ],
};
const structureOf: StructureOf = () => ({
  layers: ['first', 'second'],
  chips: { truenorth: trueNorth, northpole: northPole },
});

const textOf = async (rest: string): Promise<string> =>
  planStudy(await specOf(rest), structureOf)
    .map((point) => `${describePoint(point)}\n`)
    .join('');

describe('a plan', () => {
  test('has the points of every part in the order of the specification', async () => {
    const plan = await textOf(`
distortions: { networks: ['*-other'], effects: { sign: true, additive: [0, 0.5], round: [2] } }
faults:
  - { chip: truenorth, networks: [mlp-mnist-sign], effect: dead_neuron, levels: [0, 0.1] }
  - { chip: northpole, networks: ['*'], effect: ber, levels: [0.01], protectedBits: [7] }
bits:
  - { chip: northpole, networks: [mlp-mnist-sign], effect: ber, level: 0.1 }
voltage:
  - { chip: northpole, networks: [mlp-mnist-sign], table: [{ volts: 0.7, ber: 0.01, energyScale: 0.8 }] }
countermeasures:
  - chip: northpole
    effect: ber
    levels: [0.01]
    baseline: mlp-mnist-sign
    measures:
      protect: { protectedBits: [1] }
      both: { ensemble: [mlp-mnist-sign, mlp-mnist-other] }
`);
    expect(plan).toBe(`golden: mlp-mnist-sign
golden: mlp-mnist-sign on truenorth
golden: mlp-mnist-sign on northpole
golden: mlp-mnist-other
golden: mlp-mnist-other on northpole
distortions: mlp-mnist-other, additive = 0
distortions: mlp-mnist-other, additive = 0.5
distortions: mlp-mnist-other, round = 2
distortions: mlp-mnist-other, sign
faults: mlp-mnist-sign on truenorth, dead_neuron = 0
faults: mlp-mnist-sign on truenorth, dead_neuron = 0.1
faults: mlp-mnist-sign on northpole, ber = 0.01, bits 7 protected
faults: mlp-mnist-other on northpole, ber = 0.01, bits 7 protected
bits: mlp-mnist-sign on northpole, ber = 0.1, only bit 0
bits: mlp-mnist-sign on northpole, ber = 0.1, only bit 1
bits: mlp-mnist-sign on northpole, ber = 0.1, only bit 2
bits: mlp-mnist-sign on northpole, ber = 0.1, only bit 3
voltage: mlp-mnist-sign on northpole, ber = 0.01, 0.7 V
countermeasures: mlp-mnist-sign on northpole, ber = 0.01
countermeasures: mlp-mnist-sign on northpole, ber = 0.01, with protect
countermeasures: mlp-mnist-sign on northpole, ber = 0.01, with both, running mlp-mnist-sign + mlp-mnist-other
`);
  });

  test('keeps voltages of one error rate apart, which differ in energy', async () => {
    const table = '{ volts: 0.7, ber: 0.01, energyScale: 0.8 }, { volts: 0.6, ber: 0.01, energyScale: 0.6 }';
    const plan = await textOf(`voltage:
  - { chip: northpole, networks: [mlp-mnist-sign], table: [${table}] }
`);
    expect(plan.split('\n').filter((line) => line.startsWith('voltage'))).toEqual([
      'voltage: mlp-mnist-sign on northpole, ber = 0.01, 0.7 V',
      'voltage: mlp-mnist-sign on northpole, ber = 0.01, 0.6 V',
    ]);
  });

  test('protects all bits but one in the part bits', async () => {
    const entry = `bits: [{ chip: northpole, networks: ['*-sign'], effect: ber, level: 0.1, positions: [2] }]\n`;
    const points = planStudy(await specOf(entry), structureOf).filter(({ part }) => part === 'bits');
    expect(points.map(({ disturbance }) => disturbance)).toEqual([
      { kind: 'fault', effect: 'ber', level: 0.1, scope: { protectedBits: [0, 1, 3] } },
    ]);
  });

  test('has what is said twice once, and refuses different points whose rows would look the same', async () => {
    const entry = (more: string): string =>
      `  - { chip: northpole, networks: ['*-sign'], effect: ber, level: 0.1${more} }\n`;
    const twice = planStudy(await specOf(`bits:\n${entry('')}${entry('')}`), structureOf);
    expect(twice.filter(({ part }) => part === 'bits')).toHaveLength(4);
    const spec = await specOf(`bits:\n${entry('')}${entry(', positions: [0, 5]')}`);
    expect(() => planStudy(spec, structureOf)).toThrow('another entry gives rows of the same name');
  });
});

describe('the key of a point', () => {
  test('changes with whatever decides its rows, and with nothing else', async () => {
    const rest = `faults: [{ chip: northpole, networks: ['*-sign'], effect: ber, levels: [0.01, 0.02] }]\n`;
    const [one, other] = planStudy(await specOf(rest), structureOf).filter(({ part }) => part === 'faults');
    const context: PointContext = {
      seed: 1,
      chips: 10,
      models: ['a'],
      images: 'b',
      quantiseBits: 8,
      labels: { family: 'f', dataset: 'd', variant: 'v' },
    };
    const keys = [
      pointKey(one!, context),
      pointKey(other!, context),
      pointKey(one!, { ...context, seed: 2 }),
      pointKey(one!, { ...context, chips: 11 }),
      pointKey(one!, { ...context, models: ['c'] }),
      pointKey(one!, { ...context, images: 'c' }),
      pointKey(one!, { ...context, quantiseBits: undefined }),
      pointKey(one!, { ...context, labels: { family: 'g', dataset: 'd', variant: 'v' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(pointKey(structuredClone(one!), structuredClone(context))).toBe(keys[0]);
  });
});
