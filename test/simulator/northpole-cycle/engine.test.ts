import { describe, expect, it } from 'vitest';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { runCycles } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { plainLayer } from '../../support/northpole-plain.js';
import {
  everyKind,
  oneLayer,
  ONE_PIXEL,
  randomValues,
  square,
  tensor,
  type VmmCase,
} from '../../support/northpole-cases.js';

/** Runs a program and compares every tensor with its definition, and the clock with the schedule. */
function check(program: NorthPoleProgram, seed = 1): void {
  const input = randomValues(seed, program.batch, program.tensors[0]!);
  const run = runCycles(program, input);
  const values = new Map([[0, input]]);
  const valueOf = (t: number): Int32Array => {
    const { parts, shape } = program.tensors[t]!;
    const known = values.get(t);
    if (known !== undefined) return known;
    const pixels = program.batch * shape[0] * shape[1];
    const whole = Array.from({ length: pixels }, (_, pixel) =>
      parts.flatMap((part) => {
        const channels = program.tensors[part]!.shape[2];
        return Array.from(valueOf(part).subarray(pixel * channels, (pixel + 1) * channels));
      }),
    );
    return Int32Array.from(whole.flat());
  };
  program.layers.forEach((layer, l) => {
    const operands = layer.operands.map(valueOf);
    const expected = plainLayer(program, l, operands);
    values.set(layer.output, expected);
    const { values: actual, stored } = run.tensors.get(layer.output)!;
    const kept = Int32Array.from(expected, (v, n) => (stored[n] === 1 ? v : 0));
    expect(actual).toEqual(kept);
  });
  expect(run.ends).toEqual(program.layers.map((layer) => layer.timing.end));
  expect(run.cycles).toBe(program.cycles);
}

describe('a single layer', () => {
  const small: Record<string, VmmCase> = {
    'dense on one core': { input: tensor([1, 1, 20]), nOut: 10, geometry: ONE_PIXEL, outBits: 32 },
    '3x3 on one core': { input: tensor([5, 6, 4]), nOut: 8, geometry: square(3) },
    '3x3 on 2 x 2 tiles': {
      input: tensor([5, 6, 12]),
      nOut: 20,
      geometry: square(3),
      padValue: 5,
      split: { rows: 2, columns: 2 },
    },
    'strided and dilated': {
      input: tensor([9, 9, 6]),
      nOut: 7,
      geometry: square(3, 2, 2, 2),
      split: { rows: 3, columns: 2 },
    },
    'two groups of output channels': {
      input: tensor([4, 4, 8]),
      nOut: 30,
      geometry: square(3),
      split: { rows: 2, columns: 2, outGroups: 2 },
    },
    'a chain of 4 cores': { input: tensor([4, 4, 60]), nOut: 8, geometry: square(3), split: { rows: 2, inGroups: 4 } },
    'a bus that eight in-groups share': {
      input: tensor([4, 4, 64]),
      nOut: 8,
      geometry: ONE_PIXEL,
      split: { rows: 2, inGroups: 8 },
    },
    'a chain, tiles and groups': {
      input: tensor([4, 4, 30]),
      nOut: 16,
      geometry: square(3),
      split: { columns: 2, outGroups: 2, inGroups: 2 },
    },
    packed: {
      input: tensor([6, 6, 3]),
      nOut: 8,
      geometry: square(3),
      padValue: -3,
      split: { rows: 2, columns: 2, packed: true },
    },
    depthwise: {
      input: tensor([5, 5, 16]),
      nOut: 16,
      geometry: square(3),
      groups: 16,
      split: { rows: 2, outGroups: 2 },
    },
    grouped: { input: tensor([5, 5, 12]), nOut: 6, geometry: square(3), groups: 3, split: { rows: 2 } },
  };
  for (const [name, c] of Object.entries(small)) {
    it(`gives what it means: ${name}`, () => check(oneLayer(c)));
    it(`gives what it means for three frames: ${name}`, () => check(oneLayer(c, NORTHPOLE_SMALL, 3)));
  }
  for (const [weightBits, bits, outBits] of [
    [4, 4, 4],
    [2, 2, 2],
    [2, 8, 4],
    [8, 4, 2],
    [4, 2, 8],
  ] as const) {
    it(`works with weights of ${weightBits}, operands of ${bits} and results of ${outBits} bits`, () => {
      const input = tensor([5, 5, 21], bits, bits === 4);
      check(oneLayer({ input, nOut: 9, geometry: square(3), weightBits, outBits, split: { rows: 2, columns: 2 } }));
    });
  }
});

describe('a network of every kind of layer', () => {
  for (const batch of [1, 2, 3]) it(`gives what it means for ${batch} frames`, () => check(everyKind(batch)));
});
