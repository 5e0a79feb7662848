/** A network that is pruned away has no cores: its program is written, read, run and exported like any other. */
import { expect, test } from 'vitest';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { compileNetwork, readProgram, runCompiled, writeProgram } from '../../src/flow.js';
import { exportCpe } from '../../src/ir/program/formats/nscs/cpe-export.js';
import { importCpe } from '../../src/ir/program/formats/nscs/cpe-import.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { pruned } from '../support/pruned-network.js';

const data = {
  name: 'four',
  images: Uint8Array.from({ length: 20 }, (_, i) => 13 * i),
  labels: Uint8Array.of(1, 0, 1, 1, 0),
  nClasses: 2,
  shape: [4],
};
const run = { seed: 1, workers: 1, noise: NO_NOISE, engine: 'auto' } as const;

test.each(['truenorth', 'northpole'] as const)('a network of zeros runs on %s from its program file', async (chip) => {
  const network = pruned();
  const compilation = compileNetwork(network, { chip });
  const read = readProgram(writeProgram(compilation), 'pruned.lsp');
  expect(read.program).toEqual(compilation.program);
  const result = await runCompiled({ ...read, float: network }, data, run);
  expect(result).toMatchObject({ samples: 5, correct: 3, mismatches: 0, accuracyInteger: 0.6 });
});

test.each(['reference', 'fast', 'batch'] as const)('the %s engine runs a program without cores', async (engine) => {
  const compilation = compileNetwork(pruned(), { chip: trueNorth });
  const result = await runCompiled(compilation, data, { ...run, engine });
  expect(result).toMatchObject({ correct: 3, mismatches: 0, metrics: { spikes: { value: 0 } } });
});

test('a program without cores is one of none on TrueNorth, and a CPE model that is read back', () => {
  const { program } = compileNetwork(pruned(), { chip: trueNorth });
  expect(program.cores.nCores).toBe(0);
  const read = importCpe(new TextEncoder().encode(exportCpe(program)), 'pruned.json', TRUENORTH);
  expect(read.program.cores.nCores).toBe(0);
});
