import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { compileNetwork, loadDataset } from '../../src/index.js';
import type { InputCode } from '../../src/ir/network/types.js';
import type { TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import type { EngineChoice } from '../../src/simulator/engines/batch/choose.js';
import { samplesPerRun } from '../../src/simulator/frames.js';
import type { LabelledImages } from '../../src/evaluation/tasks/samples.js';
import type { SimulationOutput } from '../../src/simulator/parallel/runner.js';
import { runProgram } from '../../src/simulator/run.js';
import { countingProgram, pipelinedProgram, randomImages, stochasticProgram } from '../support/small-programs.js';

const OPTIONS = { workers: 1, seed: 7, chipSeed: 3, noise: { ber: 0, drop: 0 } };

/** Scores and counters of `engine` equal those of the fast engine; returns what ran. */
async function check(
  program: TrueNorthProgram,
  data: LabelledImages,
  options: Partial<typeof OPTIONS> & { readonly limit?: number } = {},
  engine: EngineChoice = 'batch',
): Promise<SimulationOutput> {
  const fast = await runProgram(program, data, { ...OPTIONS, ...options, engine: 'fast' });
  const output = await runProgram(program, data, { ...OPTIONS, ...options, engine });
  expect({ ...output, seconds: 0, engine: '' }).toEqual({ ...fast, seconds: 0, engine: '' });
  return output;
}

describe('the batch engine gives the scores and counters of the fast engine', async () => {
  const mnist = await loadDataset('mnist', 'test');

  it.each(['mnist-5core', 'mnist-30core', 'mnist-mlp', 'mnist-conv'] as const)('on %s', async (name) => {
    const { program } = compileNetwork(await loadExample(name), { chip: trueNorth });
    // Five runs, the last one of 23 samples.
    const limit = samplesPerRun(program) * 4 + 23;
    expect((await check(program, mnist, { limit })).engine).toBe('batch');
    expect((await check(program, mnist, { limit: 30, noise: { ber: 0.01, drop: 0 } })).engine).toBe('batch');
  });

  it.each<InputCode>([
    { kind: 'threshold', level: 100 },
    { kind: 'rate', bits: 3 },
    { kind: 'bernoulli', ticks: 7 },
  ])('with inputs of code $kind', async (inputCode) => {
    const program = { ...countingProgram(), inputCode };
    expect((await check(program, randomImages(333))).engine).toBe('batch');
  });

  it('with thermometer inputs', async () => {
    const program = pipelinedProgram();
    const levels = [60, 180];
    const rowStart = Int32Array.from({ length: 33 }, (_, element) => element >> 1);
    const inputs = { ...program.inputs, nElements: 32, rowStart };
    await check({ ...program, inputs, inputCode: { kind: 'thermometer', levels } }, randomImages(90));
  });

  it.each([1, 2])('over more runs than lanes, with %i workers', async (workers) => {
    const program = pipelinedProgram();
    await check(program, randomImages(130 * samplesPerRun(program) + 11), { workers });
  });
});

describe('the choice of the engine', () => {
  const program = pipelinedProgram();

  it('takes the batch engine for many samples and the fast engine for few', async () => {
    expect((await check(program, randomImages(5000), {}, 'auto')).engine).toBe('batch');
    expect((await check(program, randomImages(50), {}, 'auto')).engine).toBe('fast');
  });

  it('falls back to the fast engine for dropped spikes and stochastic neurons', async () => {
    const noise = { ber: 0, drop: 0.1 };
    for (const engine of ['auto', 'batch'] as const) {
      expect((await check(program, randomImages(3000), { noise }, engine)).engine).toBe('fast');
      expect((await check(stochasticProgram(), randomImages(3000), {}, engine)).engine).toBe('fast');
    }
  });
});
