import { CORE_ARRAY_NAMES, CORE_ARRAYS, elementsPerCore, unusedCores } from '../../src/ir/program/core-arrays.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../src/ir/program/truenorth.js';

/** The same program on cores with more axons, neurons and axon types; what they have more is not used. */
export function inLargerCores(program: TrueNorthProgram, spec: TrueNorthSpec): TrueNorthProgram {
  const { cores } = program;
  const larger = { ...unusedCores(cores.nCores, spec), x: cores.x, y: cores.y };
  for (const name of CORE_ARRAY_NAMES) {
    const { per } = CORE_ARRAYS[name];
    if (per === 'core' || per === 'synapseWord') continue;
    const [rowFrom, rowTo] = per === 'weight' ? [program.spec.axonTypes, spec.axonTypes] : [1, 1];
    const from = elementsPerCore(per, program.spec) / rowFrom;
    const to = elementsPerCore(per, spec) / rowTo;
    for (let core = 0; core < cores.nCores; core++) {
      for (let i = 0; i < from * rowFrom; i++) {
        const row = Math.floor(i / rowFrom);
        larger[name][(core * to + row) * rowTo + (i % rowFrom)] = cores[name][core * from * rowFrom + i]!;
      }
    }
  }
  const words = (n: number): number => Math.ceil(n / 32);
  for (let row = 0; row < cores.nCores * program.spec.axonsPerCore; row++) {
    const { axonsPerCore, neuronsPerCore } = program.spec;
    const to = Math.floor(row / axonsPerCore) * spec.axonsPerCore + (row % axonsPerCore);
    const own = cores.synapses.subarray(row * words(neuronsPerCore), (row + 1) * words(neuronsPerCore));
    larger.synapses.set(own, to * words(spec.neuronsPerCore));
  }
  return { ...program, spec, cores: larger };
}
