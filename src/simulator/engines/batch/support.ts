/** Which programs the batch engine can run; the fast engine runs the others. */
import { NO_TARGET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { potentialRange } from '../../../ir/program/truenorth-parameters.js';
import { batchGeometry } from './geometry.js';
import { layOutBatch } from './layout.js';

/** Potentials have at most this many bits, so that every sum of a tick fits the kernel's 32 planes. */
const MAX_POTENTIAL = 2 ** 24 - 1;
/** The longest delay of a route word of the general build. */
const MAX_DELAY = 63;
/** Leaves room for addresses in 32 bits with some threads. */
const MAX_BYTES = 2 ** 30;

/** Whether every neuron that drives something is deterministic, in a mode and of a size that the kernel has. */
export function batchSupports(program: TrueNorthProgram): boolean {
  const { spec, cores } = program;
  if (spec.potentialMax > MAX_POTENTIAL) return false;
  if (batchGeometry(spec).general && spec.maxDelay > MAX_DELAY) return false;
  const [lowest] = potentialRange(spec);
  for (let i = 0; i < cores.target.length; i++) {
    if (cores.target[i] === NO_TARGET) continue;
    if (cores.stochastic[i] !== 0 || cores.thresholdBits[i] !== 0) return false;
    if (cores.leakReversal[i] !== 0 && cores.leak[i] !== 0) return false;
    if (cores.initialPotential[i]! < lowest || cores.initialPotential[i]! > spec.potentialMax) return false;
  }
  return layOutBatch(program, 1).totalBytes <= MAX_BYTES;
}
