import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { trueNorth } from '../../../../../src/chips/truenorth/chip.js';
import { PURPOSE, sequence } from '../../../../../src/common/rng.js';
import { compileNetwork, readNetwork } from '../../../../../src/flow.js';
import { TRUENORTH } from '../../../../../src/hw-models/truenorth/spec.js';
import { exportCpe, exportPinMaps } from '../../../../../src/ir/program/formats/nscs/cpe-export.js';
import { importCpe } from '../../../../../src/ir/program/formats/nscs/cpe-import.js';
import type { TrueNorthProgram } from '../../../../../src/ir/program/truenorth.js';
import { createFastEngine } from '../../../../../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../../../../../src/simulator/engines/fast/image.js';
import type { Engine } from '../../../../../src/simulator/engines/contract.js';
import { bytesOf } from './models.js';

function compiled(name: string): TrueNorthProgram {
  const path = fileURLToPath(new URL(`../../../../../examples/models/${name}.lsn`, import.meta.url));
  return compileNetwork(readNetwork(readFileSync(path), name), { chip: trueNorth, seed: 1 }).program;
}

const engineOf = (program: TrueNorthProgram): Engine => createFastEngine(createFastImage(program, 1));

describe('a compiled network as a CPE model', () => {
  it.each(['mnist-5core', 'mnist-30core'])('%s runs identically, tick by tick', (name) => {
    const program = compiled(name);
    const copy = importCpe(bytesOf(exportCpe(program)), `${name}.json`, TRUENORTH);
    const [original, imported] = [engineOf(program), engineOf(copy.program)];
    const random = sequence(7, PURPOSE.test);
    const { core, axon } = program.inputs;
    for (let tick = 0; tick < 30; tick++) {
      for (let entry = 0; entry < core.length; entry++) {
        if (random.uniform() > 0.3) continue;
        for (const engine of [original, imported]) engine.inject(core[entry]!, axon[entry]!, tick);
      }
      original.tick();
      imported.tick();
      expect(imported.potentials()).toEqual(original.potentials());
    }
    const spikes = ({ pinCounts }: Engine): number => pinCounts.reduce((sum, count) => sum + count, 0);
    expect(spikes(original)).toBeGreaterThan(100);
    expect(spikes(imported)).toBe(spikes(original));
  });

  it('has a pin for every entry of its input map and for every output neuron', () => {
    const program = compiled('mnist-5core');
    const { inputs, outputs } = exportPinMaps(program);
    expect(inputs.core).toEqual(program.inputs.core);
    const { model } = importCpe(bytesOf(exportCpe(program)), 'net.json', TRUENORTH);
    const pins = Array.from(outputs.core, (core, pin) => core * 256 + outputs.index[pin]!);
    expect([...pins].sort((a, b) => a - b)).toEqual([...model.pinNeuron]);
  });
});
