/** The faults of one RANC: those that mean there what they mean on a TrueNorth-style chip, drawn from the same streams. */
import { UserError } from '../../common/diagnostics.js';
import { withNeuronFaults } from '../../hw-models/faults/core-faults.js';
import { RANC_RESET_MODE } from '../../ir/program/formats/ranc/types.js';
import type { FaultSupport } from '../../ir/faults/support.js';
import { NO_TARGET, type TrueNorthProgram } from '../../ir/program/truenorth.js';
import { readCrossbars } from '../../simulator/engines/fast/crossbar-faults.js';
import type { ChipFaults, OpenProgram } from '../chip.js';
import { storedBitFaults } from '../stored-bit-faults.js';
import { coresAtRisk } from '../truenorth/scope.js';
import type { RancProgram } from './program.js';
import { trueNorthOf } from './truenorth.js';

const DIGITAL = { reason: "RANC's parameters are bits in a memory: what was written is what is read" };
const MESH = { reason: "RANC's mesh is modelled as one that delivers every packet in the tick that sends it" };

/** What RANC has of the fault catalogue. */
export const RANC_FAULT_SUPPORT: FaultSupport = {
  chip: 'RANC',
  chips: 'RANC-style chips',
  faults: {
    ...{ ber: true, ber_0to1: true, ber_1to0: true, stuck_at_0: true, stuck_at_1: true },
    ...{ dead_neuron: true, saturated_neuron: true },
    ...{ threshold_mismatch: DIGITAL, leak_mismatch: DIGITAL, programming_error: DIGITAL, read_noise: DIGITAL },
    ...{ down_cores: MESH, down_links: MESH, down_chips: MESH, drop: true, spike_delay: MESH },
    ...{ additive: true, multiplicative: true },
  },
  memories: [{ memory: 'synapses', wordBits: 0 }],
  scope: { memories: true, layers: true, cores: true },
};

/**
 * The program as chip `chipSeed` reads it, but for lost spikes, which the runner draws; the same object where that is all that is wrong.
 * @throws UserError for layers and cores of the scope that do not exist, and for models that no TrueNorth program equals
 */
export function deployRanc({ program }: OpenProgram<RancProgram>, request: ChipFaults): RancProgram {
  const { noise, scope = {}, chipSeed } = request;
  const atRisk = coresAtRisk(program, scope);
  const where = { chipSeed, ...(atRisk === undefined ? {} : { cores: atRisk }) };
  const bits = { ...storedBitFaults(request, chipSeed), ...where };
  const { flip0to1, flip1to0, stuckAt0, stuckAt1 } = bits;
  if (flip0to1 + flip1to0 + stuckAt0 + stuckAt1 + noise.dead_neuron + noise.saturated_neuron === 0) return program;
  const equivalent = trueNorthOf(program);
  if ('problems' in equivalent) throw new UserError(equivalent.problems);
  const read = readCrossbars(equivalent.program, bits);
  const faulty = withNeuronFaults(read, { dead: noise.dead_neuron, saturated: noise.saturated_neuron, ...where });
  return withCores(program, equivalent.program, faulty);
}

/** What a saturated neuron differs in, beside its weights. */
const NEURON_ARRAYS = ['leak', 'threshold', 'resetMode', 'resetPotential', 'initialPotential'] as const;

/** The program with the crossbars and neurons of a faulty equivalent. */
function withCores(program: RancProgram, clean: TrueNorthProgram, faulty: TrueNorthProgram): RancProgram {
  const { cores } = program;
  const { nWeights } = program.spec;
  const changed = {
    ...cores,
    synapses: faulty.cores.synapses,
    weights: cores.weights.slice(),
    leak: cores.leak.slice(),
    positiveThreshold: cores.positiveThreshold.slice(),
    negativeThreshold: cores.negativeThreshold.slice(),
    resetPotential: cores.resetPotential.slice(),
    resetMode: cores.resetMode.slice(),
    initialPotential: cores.initialPotential.slice(),
  };
  const differs = (n: number): boolean =>
    NEURON_ARRAYS.some((name) => faulty.cores[name][n] !== clean.cores[name][n]) ||
    cores.weights
      .subarray(n * nWeights, (n + 1) * nWeights)
      .some((w, t) => faulty.cores.weights[n * nWeights + t] !== w);
  clean.cores.target.forEach((target, n) => {
    if (target === NO_TARGET) return;
    const dead = faulty.cores.target[n] === NO_TARGET;
    if (!dead && !differs(n)) return;
    // Without weights: a dead neuron stays at 0, below its threshold; a saturated one reaches it by its leak.
    changed.weights.fill(0, n * nWeights, (n + 1) * nWeights);
    changed.leak[n] = dead ? 0 : 1;
    changed.positiveThreshold[n] = 1;
    changed.negativeThreshold[n] = 0;
    changed.resetPotential[n] = 0;
    changed.resetMode[n] = RANC_RESET_MODE.absolute;
    changed.initialPotential[n] = 0;
  });
  return { ...program, cores: changed };
}
