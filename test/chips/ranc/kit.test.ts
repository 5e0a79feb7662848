import { expect, it } from 'vitest';
import { rancKit } from '../../../src/chips/ranc/kit/index.js';
import { verifyRanc } from '../../../src/chips/ranc/verify.js';
import { RANC_CHIP, RANC_SPECS } from '../../../src/hw-models/ranc/chip-spec.js';

const RTL = RANC_SPECS.presets['ranc-rtl'];

it.each([
  ['9-bit potentials that wrap', RTL],
  ['reset type 1', { ...RANC_CHIP, name: 'type-1', resetType: 1 }],
  [
    'other sizes',
    { ...RTL, name: 'small', axonsPerCore: 40, neuronsPerCore: 33, nWeights: 7, maxTickOffset: 3, gridWidth: 3 },
  ],
])('with %s its own model and the fast engine agree in every potential and line', (_, spec) => {
  for (let seed = 1; seed <= 4; seed++) {
    const program = rancKit.randomProgram(seed, spec);
    expect(verifyRanc(program), `seed ${seed}`).toEqual([]);
    const stimulus = rancKit.randomStimulus(program, seed);
    const [own, fast] = [rancKit.open(program, stimulus), rancKit.open(program, stimulus, 'fast')];
    let spikes = 0;
    while (own.step()) {
      expect(fast.step()).toBe(true);
      for (const { name } of own.fields) {
        expect(fast.peek(name), `${name}, seed ${seed}, step ${own.now}`).toEqual(own.peek(name));
      }
      spikes += own.peek('bus').reduce((sum, bit) => sum + bit, 0);
    }
    expect(spikes, `seed ${seed}`).toBeGreaterThan(0);
  }
});

it('goes on from a potential that is poked', () => {
  const program = rancKit.randomProgram(2);
  const stimulus = rancKit.randomStimulus(program, 2);
  const [plain, poked] = [rancKit.open(program, stimulus), rancKit.open(program, stimulus)];
  for (const stepper of [plain, poked]) stepper.step();
  poked.poke('potentials', 5, 4321);
  expect(poked.peek('potentials')[5]).toBe(4321);
  expect(plain.peek('potentials')[5]).not.toBe(4321);
});
