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
