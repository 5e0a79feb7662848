/** `withCrossbarFaults` of hw-models by a kernel: the same bits, some thirty times as fast. */
import { seedKey } from '../../../common/rng.js';
import { withCrossbarFaults } from '../../../hw-models/faults/core-faults.js';
import { isFaultless } from '../../../hw-models/faults/stored-bits.js';
import type { StoredWordFaults } from '../../../hw-models/faults/stored-words.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { loadKernel, startKernel } from '../../../common/kernel-module.js';

import { BLOCK } from './geometry.js';

const DRAWS = 4294967296;
/** The kernel's own data lie below. */
const ROWS = 65_536;
/** Words of a row of the kernel; 256 neurons. */
const ROW_WORDS = 8;

/** The program with the crossbar bits that a faulty chip reads; the same object without faults. Cores beyond 256 x 256 are read by hw-models itself. */
export function readCrossbars(program: TrueNorthProgram, faults: StoredWordFaults): TrueNorthProgram {
  if (isFaultless(faults)) return program;
  if (program.spec.axonsPerCore > BLOCK || program.spec.neuronsPerCore > BLOCK)
    return withCrossbarFaults(program, faults);
  const { spec, cores } = program;
  const { axonsPerCore, neuronsPerCore } = spec;
  const words = Math.ceil(neuronsPerCore / 32);
  const synapses = cores.synapses.slice();
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const readCore = startKernel(loadKernel('simulator/engines/fast/kernel/bit-errors'), memory)('readCore');
  // One row more than there are axons: rows are read in pairs.
  const rows = new Uint32Array(memory.buffer, ROWS, (axonsPerCore + 1) * ROW_WORDS);
  const limits = [faults.flip0to1, faults.flip1to0, faults.stuckAt0, faults.stuckAt1].map((rate) => rate * DRAWS);
  for (let core = 0; core < cores.nCores; core++) {
    if (faults.cores !== undefined && faults.cores[core] === 0) continue;
    const own = synapses.subarray(core * axonsPerCore * words, (core + 1) * axonsPerCore * words);
    for (let axon = 0; axon < axonsPerCore; axon++) {
      rows.set(own.subarray(axon * words, (axon + 1) * words), axon * ROW_WORDS);
    }
    readCore(ROWS, core, axonsPerCore, neuronsPerCore, ...seedKey(faults.chipSeed), ...limits);
    for (let axon = 0; axon < axonsPerCore; axon++) {
      own.set(rows.subarray(axon * ROW_WORDS, axon * ROW_WORDS + words), axon * words);
    }
  }
  return { ...program, cores: { ...cores, synapses } };
}
