import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { compileTrueNorth } from '../../src/compiler/targets/truenorth/compile.js';
import { verifyProgram } from '../../src/compiler/targets/truenorth/verify.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import type { CoreArrays, TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import { randomNetwork } from '../support/random-network.js';

const { program } = compileTrueNorth(lowerToInteger(randomNetwork(5)), { spec: TRUENORTH });

type NumericField = Exclude<keyof CoreArrays, 'nCores' | 'extraHops'>;

/** The program with one entry of one core array replaced. */
function withEntry(field: NumericField, index: number, value: number): TrueNorthProgram {
  const array = program.cores[field].slice();
  array[index] = value;
  return { ...program, cores: { ...program.cores, [field]: array } };
}

const CODE_OF: Readonly<Partial<Record<NumericField, string>>> = {
  weights: 'weight-range',
  resetMode: 'reset-mode',
  stochastic: 'stochastic-mode',
  initialPotential: 'initial-potential',
};

test('a compiled program is legal', () => {
  expect(verifyProgram(program)).toEqual([]);
});

describe('each limit of the chip is checked', () => {
  test.each([
    ['weights', 0, 256, 'weight-range'],
    ['weights', 0, -256, 'weight-range'],
    ['leak', 0, 256, 'leak-range'],
    ['threshold', 0, 262_144, 'threshold-range'],
    ['negativeThreshold', 0, -1, 'threshold-range'],
    ['resetMode', 0, 3, 'reset-mode'],
    ['negativeMode', 0, 2, 'negative-mode'],
    ['leakReversal', 0, 2, 'leak-reversal'],
    ['stochastic', 0, 32, 'stochastic-flags'],
    ['thresholdBits', 0, 18, 'threshold-bits'],
    ['delay', 0, 0, 'delay-range'],
    ['delay', 0, 16, 'delay-range'],
    ['axonType', 0, 4, 'axon-type'],
    ['x', 0, 64, 'core-off-grid'],
    ['y', 0, -1, 'core-off-grid'],
    ['target', 0, 100_000, 'target-core'],
    ['target', 0, -100_000, 'output-pin'],
  ] as const)('%s[%i] = %i is %s', (field, index, value, code) => {
    expect(verifyProgram(withEntry(field, index, value)).map((d) => d.code)).toContain(code);
  });

  test.each([
    ['weights', 0, -128, { weightMax: 127, signedRange: 'twosComplement' }, undefined],
    ['weights', 0, -128, { weightMax: 127 }, 'weight-range'],
    ['leak', 0, 32, { leakMax: 31 }, 'leak-range'],
    ['resetMode', 0, 1, { resetModes: ['normal'] }, 'reset-mode'],
    ['resetMode', 0, 2, { resetModes: ['normal', 'none'] }, undefined],
    ['negativeMode', 0, 0, { negativeModes: ['saturate'] }, 'negative-mode'],
    ['leakReversal', 0, 1, { leakReversal: false }, 'leak-reversal'],
    ['stochastic', 0, 3, { stochasticWeights: false }, 'stochastic-mode'],
    ['stochastic', 0, 16, { stochasticWeights: false }, undefined],
    ['stochastic', 0, 16, { stochasticLeak: false }, 'stochastic-mode'],
    ['thresholdBits', 0, 1, { thresholdDrawBits: 0 }, 'threshold-bits'],
    ['initialPotential', 0, -1024, { potentialMax: 1023 }, 'initial-potential'],
    ['initialPotential', 0, -1024, { potentialMax: 1023, potentialOverflow: 'wrap' }, undefined],
  ] as const)('%s[%i] = %i on a chip with %j is %s', (field, index, value, changes, code) => {
    const changed = withEntry(field, index, value);
    const found = verifyProgram({ ...changed, spec: { ...changed.spec, ...changes } }).filter((d) =>
      d.place.includes('core 0 neuron 0'),
    );
    if (code === undefined) expect(found.map((d) => d.code)).not.toContain(CODE_OF[field]);
    else expect(found.map((d) => d.code)).toContain(code);
  });

  test('two cores on one place, a faulty place', () => {
    const moved = {
      ...program,
      cores: { ...program.cores, x: program.cores.x.map(() => 0), y: program.cores.y.map(() => 0) },
    };
    expect(verifyProgram(moved).map((d) => d.code)).toContain('core-overlap');
    const faulty = {
      ...program,
      spec: { ...program.spec, faultyCores: [[program.cores.x[0]!, program.cores.y[0]!] as const] },
    };
    expect(verifyProgram(faulty).map((d) => d.code)).toContain('core-faulty');
  });

  test('a packet that would have to go too far', () => {
    const near = { ...program, spec: { ...program.spec, maxHop: 0 } };
    expect(verifyProgram(near).map((d) => d.code)).toContain('hop-range');
  });

  test('two neurons on one axon, unless the program declares that their spikes merge', () => {
    const merged = new Set(program.mergedAxons);
    const axonOf = (n: number): number =>
      program.cores.target[n]! * program.spec.axonsPerCore + program.cores.targetAxon[n]!;
    const driven = Array.from(program.cores.target.entries()).filter(
      ([n, target]) => target >= 0 && !merged.has(axonOf(n)),
    );
    const [a, b] = [driven[0]![0], driven[1]![0]];
    const target = program.cores.target.slice();
    const targetAxon = program.cores.targetAxon.slice();
    target[b] = target[a]!;
    targetAxon[b] = targetAxon[a]!;
    const shared = { ...program, cores: { ...program.cores, target, targetAxon } };
    expect(verifyProgram(shared).map((d) => d.code)).toContain('axon-shared');
    const mergedAxons = Int32Array.of(...merged, axonOf(a)).sort();
    expect(verifyProgram({ ...shared, mergedAxons }).map((d) => d.code)).not.toContain('axon-shared');
  });

  test('a neuron whose potential could leave its register', () => {
    const small = { ...program, spec: { ...program.spec, potentialMax: 1 } };
    expect(verifyProgram(small).map((d) => d.code)).toContain('potential-range');
  });
});

function failureOf(spec: typeof TRUENORTH): UserError {
  try {
    compileTrueNorth(lowerToInteger(randomNetwork(5)), { spec });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('compiled');
}

test('a chip with too few cores is refused with the share of every layer and a remedy', () => {
  const { diagnostics } = failureOf({ ...TRUENORTH, gridWidth: 1, gridHeight: 1 });
  expect(diagnostics.map((d) => d.code)).toEqual(['chip-too-small']);
  expect(diagnostics[0]?.message).toMatch(/needs \d+ cores \(.*\), chip "truenorth" has 1: \d+ too many/);
});

test('all fields of a chip the compiler cannot use are reported at once', () => {
  const wrong = { axonTypes: 0, axonsPerCore: 4, potentialMax: 5, resetModes: ['linear'] } as const;
  const { diagnostics } = failureOf({ ...TRUENORTH, ...wrong });
  expect(diagnostics.map((d) => d.place)).toEqual([
    'chip "truenorth": axonsPerCore',
    'chip "truenorth": axonTypes',
    'chip "truenorth": potentialMax',
    'chip "truenorth": potentialMax',
    'chip "truenorth": resetModes',
  ]);
});
