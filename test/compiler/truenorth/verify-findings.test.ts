/**
 * What the verifier of TrueNorth programs says when one number of a program or chip is at a limit, and beyond it: finding by finding, with the
 * amounts. A changed golden is a changed verifier: read the difference before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { compileTrueNorth } from '../../../src/compiler/targets/truenorth/compile.js';
import { lowerToInteger } from '../../../src/compiler/pipelines.js';
import { verifyProgram } from '../../../src/compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { CoreArrays, TrueNorthProgram, TrueNorthSpec } from '../../../src/ir/program/truenorth.js';
import { randomNetwork } from '../../support/random-network.js';

// Small cores, of which the network takes three.
const spec = { ...TRUENORTH, axonsPerCore: 40, neuronsPerCore: 36, gridWidth: 12, gridHeight: 9 };
const { program } = compileTrueNorth(lowerToInteger(randomNetwork(5)), { spec });
const { cores } = program;

type Field = Exclude<keyof CoreArrays, 'nCores' | 'extraHops'>;

/** By array: values within the chip and beyond it. */
const VALUES: readonly (readonly [Field, readonly number[]])[] = [
  ['x', [-1, 0, 11, 12]],
  ['y', [-1, 8, 9]],
  ['axonType', [3, 4, 200]],
  ['weights', [255, 256, -255, -256]],
  ['leak', [255, 256, -255, -256]],
  ['threshold', [-1, 0, 262_143, 262_144]],
  ['negativeThreshold', [-1, 0, 262_143, 262_144]],
  ['resetMode', [0, 1, 2, 3]],
  ['negativeMode', [0, 1, 2]],
  ['leakReversal', [0, 1, 2]],
  ['stochastic', [15, 16, 31, 32]],
  ['thresholdBits', [0, 17, 18]],
  ['delay', [0, 1, 15, 16]],
  ['resetPotential', [524_287, 524_288, -524_288, -524_289]],
  ['initialPotential', [524_287, 524_288, -524_287, -524_288, -524_289]],
  [
    'target',
    [
      cores.nCores - 1,
      cores.nCores,
      -1,
      -2,
      -2 - program.outputs.pinClass.length,
      -3 - program.outputs.pinClass.length,
    ],
  ],
  ['targetAxon', [0, 39, 40]],
];

const withEntry = (field: Field, index: number, value: number): TrueNorthProgram => {
  const array = cores[field].slice();
  array[index] = value;
  return { ...program, cores: { ...cores, [field]: array } };
};

const CHIPS: readonly Partial<TrueNorthSpec>[] = [
  { maxHop: 0 },
  { maxDelay: 0 },
  { weightMax: 0 },
  { leakMax: 1, stochasticLeak: false },
  { thresholdMax: 0 },
  { potentialMax: 5 },
  { gridWidth: 1 },
  { gridHeight: 1 },
  { resetModes: ['none'] },
  { negativeModes: ['reset'] },
  { faultyCores: [[1, 0], [0, 0]] }, // prettier-ignore
];

const reported = (name: string, changed: TrueNorthProgram): string => {
  const found = verifyProgram(changed).map(
    ({ code, place, message }) => `  ${code}, ${place.split(': ')[1]}: ${message}\n`,
  );
  return `${name}${found.length === 0 ? ': nothing' : ''}\n${found.join('')}`;
};

test('every number of a program at its limit and beyond', async () => {
  expect(verifyProgram(program)).toEqual([]);
  const lines = VALUES.flatMap(([field, values]) =>
    [0, cores[field].length - 1].flatMap((at) =>
      values.map((value) =>
        reported(`${field}[${at === 0 ? 'first' : 'last'}] = ${value}`, withEntry(field, at, value)),
      ),
    ),
  );
  const { inputs } = program;
  const numbers = (list: Int32Array | Uint16Array, value: number): Int32Array =>
    Int32Array.from(list, (v, i) => (i === list.length - 1 ? value : v));
  for (const value of [-1, cores.nCores - 1, cores.nCores]) {
    lines.push(
      reported(`last input to core ${value}`, { ...program, inputs: { ...inputs, core: numbers(inputs.core, value) } }),
    );
  }
  lines.push(
    reported('last input to axon 40', {
      ...program,
      inputs: { ...inputs, axon: Uint16Array.from(numbers(inputs.axon, 40)) },
    }),
  );
  for (const chip of CHIPS) lines.push(reported(JSON.stringify(chip), { ...program, spec: { ...spec, ...chip } }));
  await expect(lines.join('')).toMatchFileSnapshot('../../golden/truenorth-verify-findings.txt');
});
