import { describe, expect, it, test } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import type { ChipKit, ChipStepper } from '../../src/chips/chip.js';
import { present } from '../../src/common/assert.js';

const kits = await Promise.all(
  CHIPS.flatMap((chip) => (chip.kit === undefined ? [] : [chip.kit().then((kit) => ({ chip, kit }))])),
);

/** All fields of two steppers, which are equal after every step. */
function inLockStep(one: ChipStepper, other: ChipStepper): number {
  let steps = 0;
  for (;;) {
    const more = one.step();
    expect(other.step()).toBe(more);
    if (!more) return steps;
    steps++;
    for (const { name } of one.fields) expect(other.peek(name), `${name} after step ${steps}`).toEqual(one.peek(name));
  }
}

const open = (kit: ChipKit, seed: number, model?: string): ChipStepper => {
  const program = kit.randomProgram(seed);
  return kit.open(program, kit.randomStimulus(program, seed), model);
};

test('every installed chip has a kit', () => {
  expect(kits.map(({ chip }) => chip.name)).toEqual(CHIPS.map(({ name }) => name));
});

describe.each(kits)('the kit of $chip.name', ({ chip, kit }) => {
  it('names each rule once, with its source', () => {
    expect(new Set(kit.rules.map(({ id }) => id)).size).toBe(kit.rules.length);
    expect(kit.rules.length).toBeGreaterThan(10);
    for (const { text, source } of kit.rules) expect(Math.min(text.length, source.length)).toBeGreaterThan(2);
  });

  it('draws legal programs, the same for a seed', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const program = kit.randomProgram(seed);
      expect(chip.isProgram(program), `seed ${seed}`).toBe(true);
      // A compiled program stays clear of the clamp of potentials; here it has to be met.
      const broken = chip.verify(program).filter(({ code }) => code !== 'potential-range');
      expect(broken, `seed ${seed}`).toEqual([]);
      expect(kit.randomProgram(seed)).toEqual(program);
    }
  });

  it('has models that agree in every field after every step', () => {
    for (const model of kit.models) {
      for (let seed = 1; seed <= 4; seed++) {
        expect(inLockStep(open(kit, seed), open(kit, seed, model)), `${model}, seed ${seed}`).toBeGreaterThan(0);
      }
    }
  });

  it('goes on from a state bit for bit, on any of its models, and in a stepper that is already further', () => {
    for (const model of kit.models) {
      for (let seed = 1; seed <= 2; seed++) {
        const first = open(kit, seed);
        for (let step = 0; step < 11 * seed; step++) first.step();
        const state = present(first.snapshot, 'a snapshot')();
        const [fresh, further, back] = [open(kit, seed, model), open(kit, seed, model), open(kit, seed)];
        present(fresh.restore, 'a way back')(state);
        expect(fresh.now).toBe(first.now);
        for (let step = 0; step < 30; step++) further.step();
        present(further.restore, 'a way back')(state);
        present(back.restore, 'a way back')(present(fresh.snapshot, 'a snapshot')());
        inLockStep(first, fresh);
        inLockStep(further, back);
        for (const { name } of first.fields) expect(further.peek(name)).toEqual(first.peek(name));
      }
    }
  });

  it('refuses states of other programs and stimuli', () => {
    const restore = (now: number, values: Record<string, Int32Array>) =>
      present(open(kit, 1).restore, 'restore')({ now, values });
    expect(() => restore(1e9, {})).toThrow(/none of this stimulus/);
    expect(() => restore(-1, {})).toThrow(/none of this stimulus/);
    const state = present(open(kit, 1).snapshot, 'snapshot')();
    if (state.values['potentials'] === undefined) return;
    expect(() => restore(1, { ...state.values, potentials: new Int32Array(3) })).toThrow(
      /3 potentials is none of this program/,
    );
    expect(() => restore(1, { ...state.values, spikes: Int32Array.of(1, 999, 0) })).toThrow(/core 999/);
    expect(() => restore(1, { ...state.values, spikes: Int32Array.of(0, 0, 0) })).toThrow(
      /in tick 0 is none of this program at 1/,
    );
    expect(() => restore(1, { ...state.values, spikes: Int32Array.of(1) })).toThrow(/no spikes of three/);
  });

  it('shows which neurons fired where it is asked to, the same on all models', () => {
    const withSpikes = (seed: number, model?: string): ChipStepper => {
      const program = kit.randomProgram(seed);
      return kit.open(program, kit.randomStimulus(program, seed), model, { spikes: true });
    };
    const fields = withSpikes(1).fields.map(({ name }) => name);
    if (!fields.includes('potentials')) return expect(fields).not.toContain('spikes');
    let fired = 0;
    for (const model of kit.models) {
      for (let seed = 1; seed <= 2; seed++) {
        const [one, plain] = [withSpikes(seed), open(kit, seed)];
        inLockStep(one, withSpikes(seed, model));
        while (plain.step());
        expect(one.peek('potentials')).toEqual(plain.peek('potentials'));
        const again = withSpikes(seed, model);
        while (again.step()) fired += again.peek('spikes').reduce((sum, spike) => sum + spike, 0);
      }
    }
    expect(fired).toBeGreaterThan(100);
  });

  it('computes the same on any number of threads, and goes on from there', async () => {
    if (kit.openThreads === undefined) return;
    const program = kit.randomProgram(2);
    const stimulus = kit.randomStimulus(program, 2);
    const [one, two] = [kit.open(program, stimulus), await kit.openThreads(program, stimulus, 2)];
    try {
      for (const steps of [1, 6, 13]) {
        for (let step = 0; step < steps; step++) one.step();
        expect(await two.run(steps)).toBe(steps);
        for (const { name } of one.fields) expect(two.peek(name), name).toEqual(one.peek(name));
      }
      const state = two.snapshot();
      expect(state).toEqual(present(one.snapshot, 'snapshot')());
      const alone = await kit.openThreads(program, stimulus, 1);
      await alone.restore(state);
      while (one.step());
      expect(await alone.run(1000)).toBe(stimulus.steps - 20);
      expect(alone.peek('potentials')).toEqual(one.peek('potentials'));
      await two.restore(alone.snapshot());
      expect([two.now, two.peek('potentials')]).toEqual([stimulus.steps, one.peek('potentials')]);
    } finally {
      await two.close();
    }
  });

  it('refuses fields and models that are not there, and what cannot be written', () => {
    const stepper = open(kit, 1);
    expect(() => stepper.peek('nothing')).toThrow(/no field "nothing"; there are /);
    expect(() => open(kit, 1, 'warp')).toThrow(/no model "warp"/);
    const fixed = present(
      stepper.fields.find(({ writable }) => !writable),
      'a field that is read only',
    );
    expect(() => stepper.poke(fixed.name, 0, 1)).toThrow(/cannot be written/);
  });
});

test('a potential that is poked is seen, and its neuron goes on from there', async () => {
  const { kit } = present(
    kits.find(({ chip }) => chip.name === 'truenorth'),
    'kit',
  );
  const [plain, poked] = [open(kit, 3), open(kit, 3)];
  plain.step();
  poked.step();
  const at = poked.peek('potentials').findIndex((potential) => Math.abs(potential) < 1000);
  poked.poke('potentials', at, 4321);
  expect(poked.peek('potentials')[at]).toBe(4321);
  expect(plain.peek('potentials')[at]).not.toBe(4321);
  expect(() => poked.poke('potentials', -1, 0)).toThrow(/potentials\[-1\]/);
});
