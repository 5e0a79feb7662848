import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { UserError } from '../../src/common/diagnostics.js';
import { parseExperiment } from '../../src/explore/experiment.js';
import { candidateAt, designProblems, spacesOf, specText, parametersOf } from '../../src/explore/space/candidate.js';
import { gridSearch } from '../../src/explore/search/sampling.js';
import { abacus } from '../support/abacus-chip.js';

const HEAD = `name: test
images: 10
networks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
`;
const read = (text: string) => parseExperiment(HEAD + text, 'test.yaml', {}, [...CHIPS, abacus]);
/** Place and message of every finding. */
async function problems(text: string): Promise<readonly string[]> {
  try {
    await read(text);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ place, message }) => `${place.replace('test.yaml: ', '')}: ${message}`);
  }
}
async function designs(text: string) {
  const experiment = await read(text);
  return spacesOf(experiment).flatMap((space) =>
    gridSearch({ axes: space.axes, nObjectives: 1, nConstraints: 0, points: 1000, seed: 1 })
      .ask()
      .map((unit) => ({ experiment, candidate: candidateAt(space, unit) })),
  );
}

describe('an experiment', () => {
  test('varies any parameter of any chip, options, faults, bits and voltage, with expressions between them', async () => {
    const found = await designs(
      `
chips:
  - chip: truenorth
    parameters: { axonsPerCore: [64, 128], neuronsPerCore: = 2 * axonsPerCore, axonTypes: '= max(2, axonsPerCore / 32)' }
    compile: { objective: [cores, coreTicks] }
  - chip: northpole
    parameters: { vmm.outputs: [32, 64], memory.bytes: = 2048 * vmm.outputs, precisions: [[8, 4], [8]] }
    voltage: [{ volts: 0.8, ber: 0, energyScale: 1 }, { volts: 0.7, ber: 0.001, energyScale: 0.8 }]
    bits: { weights: [4, 8] }
  - chip: abacus
    parameters: { beads: [1000, 100000] }
objectives: [accuracy]
`.replace('    faults: { spike_drop: [0] }\n', ''),
    );
    expect(found).toHaveLength(2 * 2 + 2 * 2 * 2 * 2 + 2);
    expect(Object.fromEntries(found[3]!.candidate.values)).toEqual({
      ...{ axonsPerCore: 128, neuronsPerCore: 256, axonTypes: 4, 'compile.objective': 'coreTicks' },
    });
    const northPole = found[4]!.candidate;
    expect(northPole.values.get('memory.bytes')).toBe(2048 * 32);
    const spec = northPole.target.chip.specs.parse(specText(northPole.target.base, parametersOf(northPole.values)), '');
    expect(spec.spec).toMatchObject({ vmm: { outputs: 32 }, memory: { bytes: 65_536 }, precisions: [8, 4] });
  });

  test('refuses designs that their own spec forbids, and those of constraints on parameters, before anything is compiled', async () => {
    const found = await designs(`
chips: [{ chip: truenorth, parameters: { gridWidth: [64, 4], chipWidth: 64, axonsPerCore: [64, 512] } }]
objectives: [cores]
constraints: [axonsPerCore * gridWidth <= 16384]
`);
    const reasons = found.map(({ candidate, experiment }) =>
      designProblems(candidate, experiment).map(({ code }) => code),
    );
    expect(reasons[0]).toEqual([]);
    expect(reasons[1]).toEqual(['constraint']);
  });

  test('tells the first few values of a long range that is not allowed, and how many more there are', async () => {
    const found = await problems(`
chips: [{ chip: truenorth, parameters: { axonTypes: { from: 1, to: 99 } } }]
objectives: [accuracy]
`);
    expect(found).toHaveLength(3);
    expect(found[0]).toContain('17 is outside 1..16');
    expect(found[2]).toMatch(/^chips\.0\.parameters\.axonTypes: 19 is outside .*; and 80 more of its values/);
  });

  test('tells all mistakes at once, with place and nearest name', async () => {
    const found = await problems(`
chips:
  - chip: truenorth
    parameters: { axonPerCore: [1, 2], neuronsPerCore: [4, 256], tickHz: { from: 1, to: 1e12 }, maxDelay: = maxDelays }
    compile: { objektive: cores, window: 0 }
    faults: { bers: [0], ber: [2] }
  - { chip: truenort }
  - { chip: northpole, spec: truenorth }
  - { chip: ranc, name: r }
objectives: [acuracy, metrics.cycles, area, minimise energy]
constraints: [accuracy >= 0.9, accuracy <= 0.8, cors < 3, "cores <", robustAccuracy > 0.5]
search: { method: sobol }
budget: { joules: 10 }
`);
    const expected = [
      'chips.0.parameters.axonPerCore: TrueNorth-style chips have no parameter "axonPerCore"; did you mean "axonsPerCore"?',
      'chips.0.parameters.neuronsPerCore: 4 is outside 8..1024',
      'chips.0.parameters.tickHz: 1000000000000 is outside',
      'chips.0: maxDelay: there is no parameter "maxDelays"; did you mean "maxDelay"?',
      'chips.0.compile.objektive: compiling for TrueNorth-style chips has no option "objektive"; did you mean "objective"?',
      'chips.0.compile.window: 0:',
      'chips.0.faults.bers: there is no fault "bers"; did you mean "ber"?',
      'chips.0.faults.ber: "2" is not a level of ber',
      'chips.1: there is no chip "truenort"; did you mean "truenorth"?',
      'chips.2.spec: it is a preset of TrueNorth-style chips',
      'objectives.0: there is no measure "acuracy"; did you mean "accuracy"?',
      'objectives.1: whether metrics.cycles is to be small or large is not said',
      'objectives.2: r cannot give area',
      'objectives.3: r cannot give energy: there is no cost model of RANC-style chips',
      'constraints: no accuracy fulfils "accuracy >= 0.9" and "accuracy <= 0.8"',
      'constraints.2: there is no measure or parameter "cors"; did you mean "cores"?',
      'constraints.3: "cores <": it ends too early',
      'constraints.4: truenorth cannot give robustAccuracy: the experiment says no faults under `robust`',
      'budget: sobol has no end of its own',
      'budget: what a second of a core takes is not said',
    ];
    for (const wanted of expected)
      expect(
        found.some((one) => one.startsWith(wanted)),
        `${wanted}\n${found.join('\n')}`,
      ).toBe(true);
  });

  test('tells mistakes of its shape with the nearest key', async () => {
    const found = await problems('chps: [{ chip: truenorth }]\nobjectives: [accuracy]\nbudget: { point: 3 }\n');
    expect(found.some((one) => one.includes('unknown key "chps" (did you mean "chips"?)'))).toBe(true);
    expect(found.some((one) => one.includes('unknown key "point" (did you mean "points"?)'))).toBe(true);
  });

  test('refuses expressions in a circle, levels that a grid has not, and rungs out of order', async () => {
    const found = await problems(`
chips:
  - chip: truenorth
    parameters: { axonsPerCore: = neuronsPerCore, neuronsPerCore: = axonsPerCore, tickHz: { from: 1, to: 2 } }
objectives: [accuracy]
search: { method: grid, rungs: [5, 20] }
`);
    expect(found).toContain('chips.0: axonsPerCore: it follows from itself');
    expect(found).toContain('chips.0: tickHz: a grid has levels, and this is any number between two');
    expect(found).toContain('search.rungs: 5, 20 before 10 images');
  });
});
