import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { ranc } from '../../src/chips/ranc/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { encodeContainer } from '../../src/common/container.js';
import { loadDataset } from '../../src/data/index.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../src/flow/checkpoint.js';
import { openSimulation, type Simulation, type SimulationRequest } from '../../src/flow/simulation.js';
import { type Compilation, compileNetwork, readNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { modelPath } from '../cli/harness.js';
import { abacus } from '../support/abacus-chip.js';

const float = readNetwork(readFileSync(modelPath('mnist-mlp')), 'mnist-mlp');
const data = await loadDataset('mnist', 'test');
const compiled = compileNetwork(float, { chip: trueNorth });
const sample = { data, index: 7, seed: 1 };

const fields = (simulation: Simulation) =>
  Object.fromEntries(simulation.fields.map(({ name }) => [name, simulation.peek(name)]));

async function using<T>(
  request: SimulationRequest,
  use: (simulation: Simulation) => Promise<T>,
  of: Pick<Compilation, 'chip' | 'program'> = compiled,
): Promise<T> {
  const simulation = await openSimulation(of, request);
  try {
    return await use(simulation);
  } finally {
    await simulation.close();
  }
}

describe('a simulation step by step', () => {
  it('ends with the class scores of a run', async () => {
    const one = { ...data, images: data.images.subarray(7 * 784, 8 * 784), labels: data.labels.subarray(7, 8) };
    const { program } = compiled;
    const { timing, outputs } = program;
    const scores = outputs.constant.slice();
    await using({ sample, model: 'fast' }, async (simulation) => {
      while ((await simulation.step()) === 1) {
        const at = simulation.now - 1;
        if (at < timing.outputStart || at >= timing.outputStart + timing.outputTicks) continue;
        simulation.peek('pins').forEach((count, pin) => {
          scores[outputs.pinClass[pin]!]! += outputs.pinCoefficient[pin]! * count;
        });
      }
      expect(simulation.now).toBe(simulation.steps);
    });
    const runner = trueNorth.open(program, { workers: 1 });
    const output = await runner.run(one, { noise: NO_NOISE, seed: 1, chipSeed: 1 });
    expect([...output.scores]).toEqual([...scores]);
    expect(await runCompiled(compiled, one, { workers: 1, seed: 1, noise: NO_NOISE })).toMatchObject({ mismatches: 0 });
  });

  it('goes on from a checkpoint file bit for bit, with another model and with any number of workers', async () => {
    const bytes = await using({ sample, model: 'reference' }, async (simulation) => {
      await simulation.step(40);
      return encodeCheckpoint(simulation.snapshot());
    });
    const from = decodeCheckpoint(bytes, 'a.checkpoint');
    expect(encodeCheckpoint(from)).toEqual(bytes);
    const ends = await Promise.all(
      [{ model: 'reference' }, { model: 'fast' }, { workers: 2 }, { workers: 3 }].map((how) =>
        using({ from, ...how }, async (simulation) => {
          expect(simulation.now).toBe(40);
          expect(await simulation.step(1000)).toBe(simulation.steps - 40);
          return { ...fields(simulation), state: simulation.snapshot() };
        }),
      ),
    );
    const whole = await using({ sample, model: 'fast' }, async (simulation) => {
      await simulation.step(1000);
      return { ...fields(simulation), state: simulation.snapshot() };
    });
    for (const end of ends) expect(end).toEqual(whole);
  });

  it('takes what is poked as if the chip had come there itself', async () => {
    const poked = async (model: string) =>
      using({ sample, model }, async (simulation) => {
        await simulation.step(20);
        const before = simulation.snapshot();
        for (let n = 0; n < 256; n++) simulation.poke('potentials', n, 5000);
        await simulation.step();
        const after = simulation.snapshot();
        await simulation.restore(before);
        await simulation.step();
        expect(simulation.snapshot().values).not.toEqual(after.values);
        return after;
      });
    expect(await poked('fast')).toEqual(await poked('reference'));
  });

  it('is there for every chip with a kit', async () => {
    for (const chip of [northPole.name, ranc.name]) {
      const small = compileNetwork(readNetwork(readFileSync(modelPath('mnist-5core')), 'five'), { chip });
      const request = { sample };
      const end = await using(
        request,
        async (simulation) => {
          await simulation.step(1_000_000);
          return fields(simulation);
        },
        small,
      );
      const from = await using(
        request,
        async (simulation) => {
          await simulation.step(3);
          return simulation.snapshot();
        },
        small,
      );
      const again = await using(
        { from },
        async (simulation) => {
          await simulation.step(1_000_000);
          return fields(simulation);
        },
        small,
      );
      expect(again).toEqual(end);
    }
  });
});

describe('a checkpoint', () => {
  const take = () => using({ sample }, async (simulation) => simulation.snapshot());

  it('is refused for another program and another sample', async () => {
    const checkpoint = await take();
    const other = compileNetwork(float, { chip: trueNorth, spec: trueNorth.specs.presets['ns1e']! });
    await expect(openSimulation(other, { from: checkpoint })).rejects.toThrow(/checkpoint-of-another-program/);
    await using({ sample: { ...sample, index: 8 } }, async (simulation) => {
      await expect(simulation.restore(checkpoint)).rejects.toThrow(/checkpoint-of-another-stimulus/);
    });
  });

  it('that is damaged, or made up, is refused before it reaches a chip', async () => {
    const checkpoint = await take();
    const bytes = encodeCheckpoint(checkpoint);
    expect(() => decodeCheckpoint(bytes.subarray(0, 80), 'x')).toThrow(/file-truncated/);
    const made = (change: object): Checkpoint =>
      decodeCheckpoint(encodeContainer('simulation', { ...checkpoint, ...change }), 'x');
    expect(() => made({ now: -1 })).toThrow(/now/);
    expect(() => made({ now: 1e6 })).toThrow(/beyond the end/);
    expect(() => made({ stimulus: { ...checkpoint.stimulus, events: Int32Array.of(1, 2) } })).toThrow(
      /step, core and line/,
    );
    const stray = made({ stimulus: { ...checkpoint.stimulus, events: Int32Array.of(1, 9999, 0) } });
    await expect(openSimulation(compiled, { from: stray })).rejects.toThrow(/bad-stimulus.*there is no core 9999/);
    const spikes = Int32Array.of(0, 0, 9999);
    const values = { ...checkpoint.values, spikes };
    await expect(openSimulation(compiled, { from: made({ values }) })).rejects.toThrow(/bad-checkpoint.*axon 9999/);
    const lacking = made({ values: { potentials: new Int32Array(1) } });
    await expect(openSimulation(compiled, { from: lacking })).rejects.toThrow(/1 potentials is none of this program/);
  });
});

it('models that are not there, and chips without any, are refused', async () => {
  await expect(openSimulation(compiled, { sample, model: 'warp' })).rejects.toThrow(/unknown-model[^]*reference, fast/);
  await expect(openSimulation(compiled, {})).rejects.toThrow(/no-stimulus/);
  const beads = { ...abacus.specs.presets['abacus']!, name: 'big', beads: 1_000_000 };
  const counted = compileNetwork(float, { chip: abacus, spec: beads });
  await expect(openSimulation(counted, { sample })).rejects.toThrow(/no-models.*abacuses/);
});
