import { describe, expect, it } from 'vitest';
import { NEURON_KEYS } from '../../../../../src/ir/program/formats/nscs/cpe-model.js';
import {
  getNeuron,
  sameNeuron,
  setNeuron,
  UNUSED_VALUES,
} from '../../../../../src/ir/program/formats/nscs/neuron-values.js';
import { emptyCores } from '../../../../../src/chips/truenorth/kit/program-builder.js';

const keyAt = (key: string): number => NEURON_KEYS.findIndex((name) => name === key);
/** Values of a neuron whose numbers all differ. */
const given = (more: Readonly<Record<string, number>> = {}): Int32Array => {
  const values: Readonly<Record<string, number>> = {
    ...{ sigma0: -1, sigma1: 1, sigma2: -1, sigma3: 1, s0: 11, s1: 12, s2: 13, s3: 14, b0: 0, b1: 1, b2: 1, b3: 0 },
    ...{ sigma_lambda: -1, lambda: 15, c_lambda: 0, epsilon: 1, alpha: 16, beta: 17, TM: 5, gamma: 2, kappa: 1 },
    ...{ sigma_VR: -1, VR: 4, V: -19 },
    ...more,
  };
  return Int32Array.from(NEURON_KEYS, (key) => values[key]!);
};
const back = (
  cores: ReturnType<typeof emptyCores>,
  i: number,
): { readonly values: Int32Array; readonly fits: boolean } => {
  const values = new Int32Array(NEURON_KEYS.length).fill(99);
  const fits = getNeuron(cores, i, values);
  return { values, fits };
};

describe('the parameters of a neuron', () => {
  it('go to the arrays of a program, each to its own place', () => {
    const cores = emptyCores(2);
    const i = 256 + 3;
    setNeuron(cores, i, given());
    expect([...cores.weights.subarray(4 * i, 4 * i + 4)]).toEqual([-11, 12, -13, 14]);
    expect([cores.stochastic[i], cores.leak[i], cores.leakReversal[i]]).toEqual([0b00110, -15, 1]);
    expect([cores.threshold[i], cores.negativeThreshold[i], cores.thresholdBits[i]]).toEqual([16, 17, 5]);
    expect([cores.resetMode[i], cores.negativeMode[i], cores.initialPotential[i]]).toEqual([2, 1, -19]);
    // -(2^4 - 1).
    expect(cores.resetPotential[i]).toBe(-15);
    expect([...cores.weights.subarray(4 * (i + 1), 4 * (i + 1) + 4), cores.leak[i - 1]]).toEqual([0, 0, 0, 0, 0]);
  });

  it('come back as they went', () => {
    const cores = emptyCores(1);
    for (const more of [
      {},
      { c_lambda: 1, b0: 1, b3: 1, b1: 0 },
      { sigma_VR: 1, VR: 18 },
      { sigma_lambda: 1, epsilon: 0 },
      { VR: 1 },
      { V: 524_287 },
    ]) {
      setNeuron(cores, 7, given(more));
      expect(back(cores, 7)).toEqual({ values: given(more), fits: true });
    }
  });

  it('have no word for a reset potential that is not +-(2^VR - 1)', () => {
    const cores = emptyCores(1);
    for (const [potential, fits, sign, exponent] of [
      [0, true, 1, 0],
      [1, true, 1, 1],
      [2, false, 1, 1],
      [3, true, 1, 2],
      [-3, true, -1, 2],
      [6, false, 1, 2],
      [-7, true, -1, 3],
      [8, false, 1, 3],
      [262_143, true, 1, 18],
    ] as const) {
      cores.resetPotential[0] = potential;
      const found = back(cores, 0);
      expect([found.fits, found.values[keyAt('sigma_VR')], found.values[keyAt('VR')]]).toEqual([fits, sign, exponent]);
    }
  });

  it('of an unused neuron are a threshold of 1, saturation below, and nothing else', () => {
    const named = Object.fromEntries(NEURON_KEYS.map((key, i) => [key, UNUSED_VALUES[i]]));
    expect(Object.entries(named).filter(([key, value]) => value !== (key.startsWith('sigma') ? 1 : 0))).toEqual([
      ['alpha', 1],
      ['kappa', 1],
    ]);
    const cores = emptyCores(1);
    setNeuron(cores, 0, UNUSED_VALUES);
    expect([cores.threshold[0], cores.negativeMode[0], cores.resetPotential[0], cores.leak[0]]).toEqual([1, 1, 0, 0]);
  });

  it('are the same neuron where only the sign of a zero differs', () => {
    for (const [sign, magnitude] of [
      ['sigma0', 's0'],
      ['sigma1', 's1'],
      ['sigma2', 's2'],
      ['sigma3', 's3'],
      ['sigma_lambda', 'lambda'],
      ['sigma_VR', 'VR'],
    ] as const) {
      for (const [a, b, same] of [
        [0, 0, true],
        [1, 1, false],
        [0, 1, false],
        [1, 0, false],
      ] as const) {
        const left = given({ [sign]: 1, [magnitude]: a });
        const right = given({ [sign]: -1, [magnitude]: b });
        expect(sameNeuron(left, right), `${sign} ${a} ${b}`).toBe(same);
      }
    }
    for (const key of NEURON_KEYS.filter((name) => !name.startsWith('sigma'))) {
      expect(sameNeuron(given(), given({ [key]: 3 })), key).toBe(false);
    }
    expect(sameNeuron(given(), given())).toBe(true);
  });
});
