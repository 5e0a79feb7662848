/** The project's own models by its own kit: engines against the specification, wrong models, how small a failure becomes. */
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import type { ChipKit, ChipMutant, KitCase } from '../../src/chips/kit.js';
import { present } from '../../src/common/assert.js';
import { fuzz, type FuzzRequest, type FuzzResult } from '../../src/conformance/fuzz.js';
import { huntMutants } from '../../src/conformance/hunt.js';
import { modelNames, modelOfKit, type ModelUnderTest } from '../../src/conformance/model.js';
import { randomSeeds } from '../support/random-runs.js';

const kits = await Promise.all(
  CHIPS.flatMap((chip) => (chip.kit === undefined ? [] : [chip.kit().then((kit) => ({ chip, kit }))])),
);
const kitNamed = (name: string): ChipKit =>
  present(
    kits.find(({ chip }) => chip.name === name),
    name,
  ).kit;

const ofMutant = (mutant: ChipMutant): ModelUnderTest => ({
  name: mutant.id,
  takes: 'everything',
  open: ({ program, stimulus }: KitCase) => mutant.open(program, stimulus),
  close: () => Promise.resolve(),
});

const against = (
  kit: ChipKit,
  actual: ModelUnderTest,
  coreSteps: number,
  how: Partial<FuzzRequest> = {},
): Promise<FuzzResult> =>
  fuzz({
    ...{ kit, expected: modelOfKit(kit), actual, seed: present(randomSeeds(1)[0], 'seed') },
    isEnough: (done) => done.coreSteps >= coreSteps,
    ...how,
  });

describe.each(kits)('$chip.name', ({ kit }) => {
  it.each(modelNames(kit).slice(1))('its specification and the model %s do the same', async (name) => {
    const { failure, cases } = await against(kit, modelOfKit(kit, name), 4000);
    expect(failure?.finding.comparison.differences[0]).toBeUndefined();
    expect(failure).toBeUndefined();
    expect(cases).toBeGreaterThan(5);
  });

  it('every wrong model is noticed, and there is one for most rules', async () => {
    const hunted = await huntMutants({ kit, seed: 1, cases: 200 });
    expect(hunted.filter(({ caught }) => !caught).map(({ id }) => id)).toEqual([]);
    expect(new Set(hunted.map(({ id }) => id)).size).toBe(hunted.length);
    const ids = kit.rules.map(({ id }) => id);
    expect(hunted.map(({ rule }) => rule).filter((rule) => !ids.includes(rule))).toEqual([]);
    expect(hunted.length).toBeGreaterThanOrEqual(12);
  });
});

it('there are at least 25 wrong models of one chip', () => {
  expect(Math.max(...kits.map(({ kit }) => kit.mutants?.length ?? 0))).toBeGreaterThanOrEqual(25);
});

it('a million core ticks of the fast engine are those of the fast engine split over threads', async () => {
  const kit = kitNamed('truenorth');
  const how = { expected: modelOfKit(kit, 'fast'), sizes: [1 / 32], cores: 64, steps: 2000, coverage: false };
  const result = await against(kit, modelOfKit(kit, 'split'), 1_000_000, how);
  expect(result.failure).toBeUndefined();
  expect(result.coreSteps).toBeGreaterThanOrEqual(1_000_000);
});

it('all rules are used by ten thousand core ticks of the specification, and the fast engines do the same', async () => {
  const kit = kitNamed('truenorth');
  const result = await against(kit, modelOfKit(kit, 'fast'), 10_000, { sizes: [1 / 32, 1 / 8] });
  expect(result.failure).toBeUndefined();
  expect(result.coreSteps).toBeGreaterThanOrEqual(10_000);
  expect(unused(result)).toEqual([]);
});

const unused = ({ rules }: FuzzResult): readonly string[] =>
  rules.filter(({ used }) => used === 0).map(({ rule }) => rule);

describe('a failure', () => {
  it.each([
    ['truenorth', 'fires-above', { cores: 1, events: 1, steps: 2 }],
    ['truenorth', 'collapse-counted', { cores: 1, events: 2, steps: 1 }],
    ['truenorth', 'delay-one-more', { cores: 1, events: 0, steps: 3 }],
    ['ranc', 'negative-at-edge', { cores: 1, events: 1, steps: 2 }],
    ['ranc', 'offset-one-less', { cores: 1, events: 0, steps: 3 }],
  ])('of %s, %s, is made as small as it gets, and the rule that decides is named', async (name, id, most) => {
    const kit = kitNamed(name);
    const mutant = present(
      kit.mutants?.find((one) => one.id === id),
      id,
    );
    const { failure } = await against(kit, ofMutant(mutant), 1_000_000);
    const { shrunk, finding } = present(failure, 'a failure');
    expect(shrunk.isMinimal).toBe(true);
    const { program, stimulus } = shrunk.case;
    expect(kit.problems(program, stimulus)).toEqual([]);
    expect(kit.cores(program)).toBeLessThanOrEqual(most.cores);
    expect(stimulus.events.length / 3).toBeLessThanOrEqual(most.events);
    expect(stimulus.steps).toBeLessThanOrEqual(most.steps);
    expect(finding.first?.explanation?.inputs.length).toBeGreaterThan(4);
  });

  it.each(['weight-sign-lost', 'maximum-of-all', 'threshold-above'])(
    'of northpole, %s, becomes a smaller program with few values that are not 0',
    async (id) => {
      const kit = kitNamed('northpole');
      const mutant = present(
        kit.mutants?.find((one) => one.id === id),
        id,
      );
      const { failure } = await against(kit, ofMutant(mutant), 1_000_000, { seed: 3 });
      const { shrunk, original } = present(failure, 'a failure');
      expect(shrunk.isMinimal).toBe(true);
      const { program, stimulus } = shrunk.case;
      expect(kit.problems(program, stimulus)).toEqual([]);
      expect(stimulus.steps).toBeLessThan(original.case.stimulus.steps);
      expect(stimulus.values.filter((value) => value !== 0).length).toBeLessThanOrEqual(2);
    },
  );
});
