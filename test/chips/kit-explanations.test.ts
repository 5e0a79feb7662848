import { expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { present } from '../../src/common/assert.js';

const kits = await Promise.all(
  CHIPS.flatMap((chip) => (chip.kit === undefined ? [] : [chip.kit().then((kit) => ({ chip, kit }))])),
);

/** A step in which much happens; chips that compute one thing are looked at in their last one. */
const STEP = 12;

it.each(kits)(
  'the kit of $chip.name explains a value of every field by rules that it has, from what the step read',
  ({ kit }) => {
    const explain = present(kit.explain, 'explanations');
    const ids = kit.rules.map(({ id }) => id);
    let explained = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const program = kit.randomProgram(seed, undefined, { size: 1 / 8 });
      const stimulus = kit.randomStimulus(program, seed);
      const model = kit.open(program, stimulus, undefined, { spikes: true, inside: true });
      const last = stimulus.values.length > 0 ? stimulus.steps - 1 : STEP;
      for (let step = 0; step <= last; step++) model.step();
      for (const { name } of model.fields) {
        const values = model.peek(name);
        const index = values.findIndex((value) => value !== 0);
        if (index < 0 || name === 'activity') continue;
        const { place, inputs, rules } = explain(program, stimulus, { step: last, field: name, index });
        expect(place, name).not.toBe('');
        expect(
          rules.filter((rule) => !ids.includes(rule)),
          name,
        ).toEqual([]);
        expect(rules.length, name).toBeGreaterThan(0);
        if (name === 'potentials') expect(new Map(inputs).get('V after')).toBe(`${values[index]}`);
        if (name === 'spikes') expect(new Map(inputs).get('fires')).toBe('yes');
        if (name === 'pins' || name === 'bus') expect(inputs.map(([, what]) => what).join()).toContain('fires');
        if (name === 'axons') expect(inputs.length).toBeGreaterThan(0);
        explained++;
      }
    }
    expect(explained).toBeGreaterThan(5);
  },
);

it.each(kits)('the kit of $chip.name hears of rules only where the specification is opened', ({ kit }) => {
  const program = kit.randomProgram(2, undefined, { size: 1 / 8, plain: true });
  const stimulus = kit.randomStimulus(program, 2);
  const [specification, ...others] = [...kit.models, ...(kit.variants ?? []).map(({ name }) => name)];
  const heard = (model: string): number => {
    let n = 0;
    const stepper = kit.open(program, stimulus, model, { note: () => n++ });
    while (stepper.step());
    return n;
  };
  expect(heard(present(specification, 'specification'))).toBeGreaterThan(20);
  for (const model of others) expect(heard(model), model).toBe(0);
});
