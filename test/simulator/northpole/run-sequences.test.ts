import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { runNorthPole } from '../../../src/simulator/run-northpole.js';
import { runSequences } from '../../../src/simulator/run-sequences.js';
import { randomIntegerNetwork } from '../../../src/chips/northpole/kit/random-network.js';
import { randomTransformer } from '../../support/random-transformer.js';

const graph = randomTransformer(11, { vocabulary: 9, context: 6, layers: 1 });
const { program } = compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
const tokens = Uint8Array.from({ length: 50 * 5 }, (_, i) => (i * i + 3 * i) % 9);

describe('runs of sequences', () => {
  it('give the scores of the interpreter after every token, from an empty cache each', async () => {
    const { scores, nSequences, nClasses, cycles, microsecondsPerToken } = await runSequences(
      program,
      { tokens, length: 5 },
      { workers: 1 },
    );
    const interpreter = createInterpreter(graph);
    const wanted: number[] = [];
    tokens.forEach((token, i) => {
      if (i % 5 === 0) interpreter.reset();
      wanted.push(...interpreter.run([token]));
    });
    expect([nSequences, nClasses]).toEqual([50, 9]);
    expect([...scores]).toEqual(wanted);
    expect(cycles).toBe(250 * program.cycles);
    expect(microsecondsPerToken).toBe(program.cycles / 400);
  });

  it('do not depend on the number of workers', async () => {
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map((workers) => runSequences(program, { tokens, length: 5 }, { workers })),
    );
    expect(two?.scores).toEqual(one?.scores);
    expect(three?.scores).toEqual(one?.scores);
  }, 20_000);

  it('report all that does not fit before anything runs', async () => {
    const long = runSequences(program, { tokens: new Uint8Array(7).fill(9), length: 7 }, { workers: 1 });
    await expect(long).rejects.toMatchObject({
      diagnostics: [{ code: 'context-exceeded' }, { code: 'token-outside-table' }],
    });
    const broken = runSequences(program, { tokens, length: 7 }, { workers: 1 });
    await expect(broken).rejects.toMatchObject({ diagnostics: [{ code: 'no-sequences' }] });
    const images = compileNorthPole(randomIntegerNetwork(1), { spec: NORTHPOLE_SMALL }).program;
    const other = runSequences(images, { tokens, length: 5 }, { workers: 1 });
    await expect(other).rejects.toMatchObject({ diagnostics: [{ code: 'not-a-sequence-model' }] });
  });

  it('are what a program of a sequence model is for: a data set of images is refused', async () => {
    const data = { name: 'bytes', shape: [1], images: tokens, labels: tokens, nClasses: 9 };
    const run = runNorthPole(program, data, { workers: 1, seed: 1 });
    await expect(run).rejects.toMatchObject({ diagnostics: [{ code: 'sequence-model' }] });
  });

  it('stop when aborted', async () => {
    const stop = new AbortController();
    const run = runSequences(
      program,
      { tokens, length: 5 },
      { workers: 1, signal: stop.signal, onProgress: () => stop.abort() },
    );
    await expect(run).rejects.toThrow();
  });
});
