import { describe, expect, test } from 'vitest';
import { parseStudySpec } from '../../src/studies/spec.js';
import { planStudy, type StructureOf } from '../../src/studies/plan.js';
import { describePoint, pointKey, type PointContext } from '../../src/studies/point.js';
import type { ChipStructure } from '../../src/studies/structure.js';
import { RECIPE } from './synthetic.js';

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
