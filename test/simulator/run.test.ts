import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { samplesPerRun } from '../../src/simulator/frames.js';
import { createRunner, type EvaluationOptions } from '../../src/simulator/parallel/runner.js';
import { runProgram } from '../../src/simulator/run.js';
import { inLargerCores } from '../support/larger-cores.js';
import { countingProgram, pipelinedProgram, randomImages, stochasticProgram } from '../support/small-programs.js';

const OPTIONS: EvaluationOptions & { workers: number } = {
  workers: 1,
  seed: 1,
  chipSeed: 1,
  noise: { ber: 0, drop: 0 },
  engine: 'reference',
};

describe.each(['reference', 'fast', 'batch'] as const)('running a program on the %s engine', (engine) => {
  const options = { ...OPTIONS, engine };

  it('counts what the samples hold', async () => {
    const data = randomImages(30);
    const { scores, counters } = await runProgram(countingProgram(), data, options);
    const expected = Array.from({ length: 60 }, (_, i) =>
      data.images.subarray(i * 8, i * 8 + 8).reduce((sum, value) => sum + (value >>> 5), 0),
    );
    expect([...scores]).toEqual(expected);
    // 30 samples of 60 ticks; nothing to drain.
    expect(counters).toMatchObject({ ticks: 30 * 60, coreTicks: 30 * 60, rows: 30 * 60 * 256 });
    expect(counters.spikes).toBe(expected.reduce((a, b) => a + b));
    expect(counters.inputSpikes).toBe(counters.spikes);
    expect(counters.synapticOperations).toBe(counters.spikes);
  });

  it('gives a sample the same scores in a pipeline as alone', async () => {
    const program = pipelinedProgram();
    const data = randomImages(40);
    const all = await runProgram(program, data, options);
    expect(new Set(all.scores).size).toBeGreaterThan(2);
    for (let sample = 0; sample < 40; sample++) {
      const images = data.images.slice(sample * 16, sample * 16 + 16);
      const alone = await runProgram(program, { ...data, images }, options);
      expect([...alone.scores]).toEqual([...all.scores.subarray(sample * 2, sample * 2 + 2)]);
    }
  });

  it.each([
    ['clean', { ber: 0, drop: 0 }],
    ['noisy', { ber: 0.01, drop: 0.1 }],
  ])('gives the same bits with 1, 2 and 4 workers (%s)', async (_, noise) => {
    const program = pipelinedProgram();
    // Three runs: the fourth worker has none.
    const data = randomImages(2 * samplesPerRun(program) + 77);
    const [one, two, four] = await Promise.all(
      [1, 2, 4].map(async (workers) => {
        const output = await runProgram(program, data, { ...options, noise, workers });
        return { ...output, seconds: 0 };
      }),
    );
    expect(two).toEqual(one);
    expect(four).toEqual(one);
  });

  it('gives the same stochastic draws with 1, 2 and 4 workers, in a new runner and at another place on the mesh', async () => {
    const program = stochasticProgram();
    const data = randomImages(2 * samplesPerRun(program) + 77);
    const moved = { ...program, cores: { ...program.cores, x: Int16Array.of(9, 3, 4), y: Int16Array.of(1, 7, 1) } };
    const scores = async (ran: typeof program, workers: number, seed = 1): Promise<Int32Array> =>
      (await runProgram(ran, data, { ...options, workers, seed })).scores;
    const one = await scores(program, 1);
    expect(await scores(program, 2)).toEqual(one);
    expect(await scores(program, 4)).toEqual(one);
    expect(await scores(program, 1)).toEqual(one);
    expect(await scores(moved, 2)).toEqual(one);
    expect(await scores(program, 1, 2)).not.toEqual(one);
    const sameImages = { ...data, images: new Uint8Array(data.images.length).fill(200) };
    const perRun = samplesPerRun(program) * 2;
    const { scores: repeated } = await runProgram(program, sameImages, options);
    expect(repeated.slice(0, perRun)).not.toEqual(repeated.slice(perRun, 2 * perRun));
  });

  it('evaluates several chips and noise levels on the same workers', async () => {
    const program = pipelinedProgram();
    const data = randomImages(300);
    const runner = createRunner(program, 2);
    try {
      const levels = [0, 0.05, 0].map((ber) => ({ ...options, noise: { ber, drop: 0 } }));
      const [clean, faulty, again] = await Promise.all(levels.map((level) => runner.run(data, level)));
      const otherChip = await runner.run(data, { ...options, noise: { ber: 0.05, drop: 0 }, chipSeed: 2 });
      expect(again!.scores).toEqual(clean!.scores);
      expect(faulty!.scores).not.toEqual(clean!.scores);
      expect(otherChip.scores).not.toEqual(faulty!.scores);
    } finally {
      await runner.close();
    }
  });

  it('reports progress up to the last sample and takes only the first samples', async () => {
    const seen: number[] = [];
    const output = await runProgram(pipelinedProgram(), randomImages(2000), {
      ...options,
      limit: 900,
      onProgress: (done, total) => {
        expect(total).toBe(900);
        seen.push(done);
      },
    });
    expect(output.nSamples).toBe(900);
    expect(seen.at(-1)).toBe(900);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it.each([1, 2])('stops on abort and leaves the runner usable (%i workers)', async (workers) => {
    const program = countingProgram();
    const runner = createRunner(program, workers);
    try {
      const abort = new AbortController();
      const data = randomImages(3000);
      const reason = new Error('enough');
      const run = runner.run(data, { ...options, signal: abort.signal, onProgress: () => abort.abort(reason) });
      await expect(run).rejects.toBe(reason);
      const after = await runner.run(data, { ...options, limit: 30 });
      expect(after.scores).toEqual((await runProgram(program, data, { ...options, limit: 30 })).scores);
    } finally {
      await runner.close();
    }
  });

  it('ends its threads, also after an abort', async () => {
    const exits: Promise<unknown>[] = [];
    let running = 0;
    const onWorker = (worker: Worker): void => {
      running++;
      exits.push(once(worker, 'exit').then(() => running--));
    };
    process.on('worker', onWorker);
    const abort = new AbortController();
    const run = runProgram(pipelinedProgram(), randomImages(3000), {
      ...options,
      workers: 3,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(run).rejects.toThrow(/abort/i);
    process.off('worker', onWorker);
    await Promise.all(exits);
    expect([exits.length, running]).toEqual([3, 0]);
  });

  it('rejects noise and seeds out of range, all at once', async () => {
    const wrong = { noise: { ber: 1.5, drop: Number.NaN }, seed: -1, chipSeed: 0.5 };
    const error: unknown = await runProgram(pipelinedProgram(), randomImages(1), { ...options, ...wrong }).catch(
      (caught: unknown) => caught,
    );
    expect(error instanceof UserError && error.diagnostics.map(({ place }) => place)).toEqual([
      'noise.ber',
      'noise.drop',
      'seed',
      'chipSeed',
    ]);
  });

  it('feeds a program whose frames begin after tick 0', async () => {
    const program = pipelinedProgram();
    const late = { ...program, timing: { ...program.timing, inputStart: 2, outputStart: 5 } };
    const data = randomImages(60);
    expect((await runProgram(late, data, options)).scores).toEqual((await runProgram(program, data, options)).scores);
  });

  it('rejects samples of another shape, and no samples', async () => {
    const data = randomImages(3);
    const program = pipelinedProgram();
    const wrong = runProgram(program, { ...data, shape: [2, 8, 1] }, options);
    await expect(wrong).rejects.toThrow(/input-shape.*\[2, 8, 1\]/s);
    await expect(runProgram(program, data, { ...options, limit: 0 })).rejects.toBeInstanceOf(UserError);
    await expect(runProgram(program, { ...data, images: new Uint8Array(0) }, options)).rejects.toThrow(/no-samples/);
  });
});

describe('the engine that runs', () => {
  const program = countingProgram();
  const data = randomImages(3);

  it('is the reference model where delays do not fit the words of the fast engine, and the result says so', async () => {
    const slow = { ...program, spec: { ...program.spec, maxDelay: 64 } };
    for (const engine of ['auto', 'fast'] as const) {
      expect((await runProgram(slow, data, { ...OPTIONS, engine })).engine).toBe('reference');
    }
  });

  it('is the asked one on cores of any size, with the same scores', async () => {
    const { spec, cores } = program;
    const shape = { ...spec, axonsPerCore: 700, neuronsPerCore: 600, axonTypes: 9 };
    const larger = inLargerCores(program, shape);
    const expected = [...(await runProgram(program, data, OPTIONS)).scores];
    for (const engine of ['reference', 'fast', 'batch'] as const) {
      const result = await runProgram(larger, data, { ...OPTIONS, engine });
      expect([result.engine, [...result.scores]]).toEqual([engine, expected]);
      expect(result.counters.rows).toBe(result.counters.coreTicks * 600);
    }
    expect(larger.cores.nCores).toBe(cores.nCores);
  });

  it('reads the same faulty crossbars of large cores, and loses the same spikes', async () => {
    const larger = inLargerCores(program, { ...program.spec, axonsPerCore: 300, neuronsPerCore: 520, axonTypes: 5 });
    for (const noise of [
      { ber: 0.3, drop: 0 },
      { ber: 0.3, drop: 0.2 },
    ]) {
      const scores = async (engine: 'reference' | 'fast' | 'batch'): Promise<readonly number[]> => [
        ...(await runProgram(larger, data, { ...OPTIONS, noise, engine })).scores,
      ];
      const expected = await scores('reference');
      expect(await scores('fast')).toEqual(expected);
      expect(await scores('batch')).toEqual(expected);
      expect(expected).not.toEqual([...(await runProgram(larger, data, OPTIONS)).scores]);
    }
  });
});

describe('the engines', () => {
  it.each([
    ['clean', { ber: 0, drop: 0 }],
    ['with bit errors', { ber: 0.02, drop: 0 }],
    ['with dropped spikes', { ber: 0, drop: 0.05 }],
  ])('give the same scores and counters (%s)', async (_, noise) => {
    for (const program of [pipelinedProgram(), countingProgram(), stochasticProgram()]) {
      const run = async (engine: 'fast' | 'reference' | 'batch') => ({
        ...(await runProgram(program, randomImages(300), { ...OPTIONS, noise, engine, seed: 2 ** 40 + 5 })),
        seconds: 0,
        engine: '',
      });
      const reference = await run('reference');
      expect(await run('fast')).toEqual(reference);
      expect(await run('batch')).toEqual(reference);
    }
  });
});
