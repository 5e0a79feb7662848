import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { loadDataset } from '../../src/data/index.js';
import { createSweptChip } from '../../src/experiments/swept-chip.js';
import { deployOn } from '../../src/flow/deploy.js';
import { compileNetwork, readProgram, writeProgram } from '../../src/flow.js';
import { downPlaces, drawDownFabric, standsOnDown } from '../../src/hw-models/truenorth/fabric-faults.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { NO_NOISE, noiseOf } from '../../src/ir/faults/levels.js';

const float = await loadExample('mnist-mlp');
const OPTIONS = { seed: 7, objective: 'cores', window: 48 } as const;
const compiled = compileNetwork(float, { chip: trueNorth, ...OPTIONS });
const plain = compileNetwork(float, { chip: trueNorth });

/** So little noise that every weight is projected back to what it was. */
const NOTHING = { noise: noiseOf('additive', 1e-12), chipSeed: 3 };

describe('a program that is compiled again', () => {
  it('keeps seed, window and objective where weights have noise before deployment', () => {
    expect(compiled.program.cores).not.toEqual(plain.program.cores);
    expect(deployOn({ ...compiled, float }, NOTHING)).toEqual(compiled.program);
    expect(deployOn({ ...plain, float }, NOTHING)).toEqual(plain.program);
  });

  it('keeps them from a file, too', () => {
    const file = readProgram(writeProgram(compiled), 'p.lsp');
    expect(file.compile).toEqual(OPTIONS);
    expect(deployOn({ ...file, float }, NOTHING)).toEqual(compiled.program);
  });

  it('keeps them where known faults are avoided', () => {
    const noise = noiseOf('down_cores', 0.05);
    const fabricOf = (chipSeed: number) =>
      drawDownFabric(compiled.program.spec, { cores: 0.05, links: 0, chips: 0 }, chipSeed);
    const chipSeed = [1, 2, 3, 4, 5, 6, 7, 8].find((seed) => standsOnDown(compiled.program, fabricOf(seed))) ?? 0;
    const fabric = fabricOf(chipSeed);
    const faults = { noise, scope: { known: true }, chipSeed };
    const spec = { ...compiled.program.spec, faultyCores: downPlaces(fabric) };
    const { program } = compileNetwork(float, { chip: trueNorth, ...OPTIONS, spec });
    const deployed = deployOn(compiled, faults);
    expect([deployed.cores.x, deployed.cores.y]).toEqual([program.cores.x, program.cores.y]);
    expect(deployed.timing).toEqual(compiled.program.timing);
    // Something was in the way.
    expect(deployed.cores.x).not.toEqual(compiled.program.cores.x);
  });

  it('keeps the batch and the spec of a NorthPole-style chip', async () => {
    const model = await loadExample('mnist-5core');
    const batched = compileNetwork(model, { chip: northPole, spec: NORTHPOLE_SMALL, batch: 3 });
    expect(deployOn({ ...batched, float: model }, NOTHING)).toEqual(batched.program);
  });

  it('opens from a file of an older version, and is not guessed at where it was compiled with other options', () => {
    const old = { program: compiled.program, integer: compiled.integer };
    const reread = readProgram(writeProgram(old), 'old.lsp');
    expect(reread.compile).toBeUndefined();
    const faults = { noise: noiseOf('down_cores', 0.05), scope: { known: true }, chipSeed: 5 };
    const shorter = compileNetwork(float, { chip: trueNorth, window: 24 });
    const unknown = { chip: trueNorth, program: shorter.program, integer: shorter.integer };
    expect(shorter.program.timing.period).not.toBe(plain.program.timing.period);
    expect(() => deployOn(unknown, faults)).toThrow(/known-needs-model\] scope\.known/);
  });
});

describe('a chip of a sweep', () => {
  it('is refused for levels that are none, in every run', async () => {
    const data = await loadDataset('mnist', 'test');
    for (const runnable of [compiled, compileNetwork(float, { chip: northPole })]) {
      const chip = createSweptChip(runnable, data, { workers: 1, limit: 1 });
      for (const level of [Number.NaN, -0.1, 1.5]) {
        const noise = { ...NO_NOISE, ber: level, additive: -level };
        await expect(chip.run({ noise, chipSeed: 1 })).rejects.toThrow('bad-noise-level] noise.ber');
      }
      await chip.close();
    }
  });
});
