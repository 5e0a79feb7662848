import { describe, expect, it } from 'vitest';
import { countLayer } from '../../../src/hw-models/northpole/counters.js';
import { NORTHPOLE, NORTHPOLE_32X256 } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { runLayer } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import { plainLayer } from '../../support/northpole-plain.js';
import {
  oneLayer,
  ONE_PIXEL,
  randomValues,
  scaledAdd,
  square,
  tensor,
  toBits,
  vectorLayer,
  vmmLayer,
  type VmmCase,
} from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

/** Runs the only layer of a program on the 16 x 16 chip: values, clock and counters. */
function check(program: NorthPoleProgram): void {
  const layer = program.layers[0]!;
  const operands = layer.operands.map((t, n) => randomValues(n + 1, program.batch, program.tensors[t]!));
  const run = runLayer(program, 0, operands);
  const expected = plainLayer(program, 0, operands);
  expect(run.output.stored.every((s) => s === 1)).toBe(true);
  const wrong = expected.findIndex((value, n) => value !== run.output.values[n]);
  expect(wrong, 'first wrong element').toBe(-1);
  expect(run.end).toBe(layer.timing.end);
  expect(run.counters).toEqual(countLayer(program, 0));
}

const CASES: Readonly<Record<string, VmmCase & { readonly spec?: NorthPoleSpec }>> = {
  '3x3, 56x56x64, 8 bits, 196 tiles': {
    spec: NORTHPOLE,
    input: tensor([56, 56, 64]),
    nOut: 64,
    geometry: square(3),
    split: { rows: 14, columns: 14, positions: 16 },
  },
  '3x3, 14x14x256, 4 bits, chains of 4': {
    input: tensor([14, 14, 256], 4),
    nOut: 64,
    geometry: square(3),
    weightBits: 4,
    outBits: 4,
    split: { rows: 4, columns: 7, outGroups: 2, inGroups: 4, positions: 8 },
  },
  '1x1, 28x28x256, 2 bits': {
    input: tensor([28, 28, 256], 2),
    nOut: 64,
    geometry: ONE_PIXEL,
    weightBits: 2,
    outBits: 2,
    split: { rows: 7, columns: 7, outGroups: 2, positions: 16 },
  },
  '3x3 with stride 2, 28x28x64, weights 4 and operands 8 bits': {
    input: tensor([28, 28, 64]),
    nOut: 96,
    geometry: square(3, 2),
    weightBits: 4,
    outBits: 4,
    split: { rows: 7, columns: 7, outGroups: 3, positions: 4 },
  },
  'depthwise 3x3, 28x28x96': {
    input: tensor([28, 28, 96]),
    nOut: 96,
    geometry: square(3),
    groups: 96,
    split: { rows: 7, columns: 7, outGroups: 3, positions: 16 },
  },
  'packed 7x7 with stride 2, 56x56x3': {
    input: tensor([56, 56, 3]),
    nOut: 32,
    geometry: square(7, 2),
    padValue: 114,
    split: { rows: 14, columns: 14, packed: true, positions: 4 },
  },
};

describe('a single layer on 256 cores gives what it means', () => {
  for (const [name, { spec, ...c }] of Object.entries(CASES)) {
    it(name, () => check(oneLayer(c, spec ?? NORTHPOLE_32X256)));
  }

  it('maximum over 3x3 with stride 2, 56x56x64', () => {
    const input = tensor([56, 56, 64]);
    const pool = vectorLayer(
      { input, geometry: square(3, 2), combine: 'max', split: { rows: 7, columns: 7, outGroups: 2, positions: 16 } },
      [0, 1],
    );
    check(handProgram({ spec: NORTHPOLE_32X256, batch: 1, tensors: [input, pool.output], layers: [pool.layer] }));
  });

  it('1x1 with a shortcut of other scale, 28x28x64 to 128', () => {
    const input = tensor([28, 28, 64], 4);
    const other = tensor([28, 28, 128], 8, true);
    const { layer, output } = vmmLayer(
      {
        input,
        nOut: 128,
        geometry: ONE_PIXEL,
        weightBits: 4,
        epilogue: [scaledAdd(1), toBits(8, 6)],
        split: { rows: 4, columns: 4, outGroups: 2, positions: 49 },
      },
      [0, 2],
    );
    const layers = [{ ...layer, operands: [0, 1] }];
    check(handProgram({ spec: NORTHPOLE, batch: 1, tensors: [input, other, output], layers }));
  });
});
