import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { verifyNorthPole } from '../../../src/compiler/targets/northpole/verify.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { decodeProgram, encodeProgram } from '../../../src/ir/program/file.js';
import { NORTHPOLE_FORMAT } from '../../../src/ir/program/northpole-schema.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { randomIntegerNetwork } from '../../../src/chips/northpole/kit/random-network.js';
import { residualNetwork } from './small-networks.js';

const { program } = compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL });

/** Codes of the findings in the file of a changed program. */
function codesOf(changes: Partial<NorthPoleProgram>): readonly string[] {
  const bytes = encodeProgram({ program: { ...program, ...changes }, integer: residualNetwork });
  try {
    decodeProgram(bytes, 'changed.lsp', [NORTHPOLE_FORMAT]);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => d.code);
    throw error;
  }
}

describe('a NorthPole program file', () => {
  it.each([1, 2, 3, 4])('gives back the program and its network (random network %d)', (seed) => {
    const integer = randomIntegerNetwork(seed);
    const compiled = compileNorthPole(integer, { spec: NORTHPOLE_SMALL, batch: 2 }).program;
    const bytes = encodeProgram({ program: compiled, integer });
    const file = decodeProgram(bytes, 'random.lsp', [NORTHPOLE_FORMAT]);
    expect(file).toEqual({ program: compiled, integer });
    expect(encodeProgram(file)).toEqual(bytes);
    expect(file.program.kind === 'northpole' && verifyNorthPole(file.program)).toEqual([]);
  });

  it('is refused with every mismatch of lengths and indices', () => {
    const [first, ...rest] = program.layers;
    if (first?.kind !== 'vmm') throw new Error('the first layer is a convolution');
    const short = { ...first, weights: first.weights.slice(1), bias: first.bias.slice(1), operands: [99] };
    expect(codesOf({ layers: [{ ...short, operands: [0] }, ...rest] })).toEqual(['wrong-structure', 'wrong-structure']);
    expect(codesOf({ layers: [{ ...first, operands: [99] }, ...rest] })).toContain('wrong-structure');
    expect(codesOf({ layers: rest })).toContain('wrong-structure');
    expect(codesOf({ outputs: { ...program.outputs, nClasses: 7 } })).toEqual(Array(3).fill('wrong-structure'));
    const steps = [{ kind: 'add' as const, by: new Float64Array(program.outputs.nClasses + 1) }];
    expect(codesOf({ outputs: { ...program.outputs, steps } })).toEqual(['wrong-structure']);
    const cores = first.mapping.cores.map((core, i) => (i === 0 ? 1000 : core));
    expect(codesOf({ layers: [{ ...first, mapping: { ...first.mapping, cores } }, ...rest] })).toEqual([
      'wrong-structure',
    ]);
  });

  it('is refused with values out of range', () => {
    expect(codesOf({ batch: 0 })).toEqual(['bad-value']);
    expect(codesOf({ spec: { ...program.spec, gridWidth: 65 } })).toEqual(['bad-value']);
  });
});
