import { expect, test } from 'vitest';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { UserError } from '../../src/common/diagnostics.js';
import { encodeContainer, FORMAT_VERSION } from '../../src/common/container.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { compileNetwork, readProgram, writeProgram } from '../../src/flow.js';
import { randomNetwork } from '../support/random-network.js';

const compilation = compileNetwork(randomNetwork(11), { chip: trueNorth });
const bytes = writeProgram(compilation);

function codesOf(f: () => unknown): readonly string[] {
  try {
    f();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => d.code);
    throw error;
  }
  return [];
}

test('a program file gives back program and oracle', () => {
  const { program, integer } = readProgram(bytes, 'p.lsp');
  expect(program).toEqual(compilation.program);
  expect(integer).toEqual(compilation.integer);
});

test('a program whose inputs have a zero point comes back, too', () => {
  const graph: NetworkGraph = {
    name: 'zero-point',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'x', shape: [3] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 0.5 } },
      { kind: 'dense', id: 'sums', input: 'c', nOut: 2, weights: Int8Array.of(1, -1, 2, 1, -1, 1) },
      { kind: 'scores', id: 's', input: 'sums' },
    ],
  };
  const compiled = compileNetwork(graph, { chip: trueNorth });
  expect(readProgram(writeProgram(compiled), 'p.lsp').program).toEqual(compiled.program);
});

test('compiling again gives the same bytes', () => {
  expect(writeProgram(compileNetwork(randomNetwork(11), { chip: trueNorth }))).toEqual(bytes);
});

test('each kind of damage has its own message', () => {
  const changed = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  expect(codesOf(() => readProgram(changed(0, 0), 'p'))).toEqual(['not-a-lodestone-file']);
  expect(codesOf(() => readProgram(changed(8, FORMAT_VERSION + 1), 'p'))).toEqual(['file-version']);
  expect(codesOf(() => readProgram(changed(12, 1), 'p'))).toEqual(['wrong-file-kind']);
  expect(codesOf(() => readProgram(changed(100, bytes[100]! ^ 1), 'p'))).toEqual(['file-checksum']);
  expect(codesOf(() => readProgram(bytes.subarray(0, 1000), 'p'))).toEqual(['file-truncated']);
  expect(codesOf(() => readProgram(new Uint8Array(0), 'p'))).toEqual(['not-a-lodestone-file']);
});

test('a program that breaks limits of its chip is refused with all violations', () => {
  const { program, integer } = compilation;
  const weights = program.cores.weights.slice();
  weights[0] = 300;
  const delay = program.cores.delay.slice();
  delay[1] = 16;
  const broken = { program: { ...program, cores: { ...program.cores, weights, delay } }, integer };
  expect(codesOf(() => readProgram(encodeContainer('program', broken), 'p'))).toEqual(['weight-range', 'delay-range']);
});

test('arrays of the wrong length are refused before anything indexes them', () => {
  const { program, integer } = compilation;
  const broken = { program: { ...program, cores: { ...program.cores, leak: new Int16Array(3) } }, integer };
  expect(codesOf(() => readProgram(encodeContainer('program', broken), 'p'))).toEqual(['wrong-length']);
  const steps = [{ kind: 'multiply', by: new Float64Array(program.outputs.nClasses + 1) }];
  const longer = { program: { ...program, outputs: { ...program.outputs, steps } }, integer };
  expect(codesOf(() => readProgram(encodeContainer('program', longer), 'p'))).toEqual(['wrong-length']);
});
