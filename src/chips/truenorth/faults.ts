/** The faults of one TrueNorth-style chip: those that are another program, and those that act in the runner. */
import { fail, UserError } from '../../common/diagnostics.js';
import { compileTrueNorth, type TrueNorthOptions } from '../../compiler/targets/truenorth/compile.js';
import { withNeuronFaults } from '../../hw-models/faults/core-faults.js';
import { withDeviations } from '../../hw-models/faults/parameter-deviations.js';
import { withDestinationFaults, withThresholdFaults } from '../../hw-models/faults/stored-words.js';
import {
  type DownFabric,
  downPlaces,
  drawDownFabric,
  standsOnDown,
  withDetours,
  withUnknownDown,
} from '../../hw-models/truenorth/fabric-faults.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { readCrossbars } from '../../simulator/engines/fast/crossbar-faults.js';
import type { EvaluationOptions } from '../../simulator/parallel/runner.js';
import type { FaultRequest } from '../../ir/faults/check.js';
import type { FaultMemory } from '../../ir/faults/memories.js';
import { memoriesAtRisk } from '../../ir/faults/support.js';
import { trueNorthFaultSupport } from '../../hw-models/truenorth/fault-support.js';
import { storedBitFaults } from '../stored-bit-faults.js';
import type { ChipFaults, OpenProgram } from '../chip.js';
import { compilerOptions, trueNorthOptionsSchema } from './options.js';
import { coresAtRisk } from './scope.js';

/**
 * The program as a chip reads it, but for what {@link runnerFaults} leaves to the runner; the same object where that is all that is wrong with
 * the chip. What is known to be down is avoided first.
 * @throws UserError for layers and cores of the scope that do not exist, for cores that are cut off, and for networks that no longer fit
 */
export function deployTrueNorth(file: OpenProgram<TrueNorthProgram>, faults: ChipFaults): TrueNorthProgram {
  return faultyTrueNorth(avoidingDown(file, faults), faults, faults.chipSeed);
}

/**
 * The program as chip `chipSeed` reads it, but for what {@link runnerFaults} leaves to the runner; the same object where that is all that is wrong
 * with the chip. In this order: what is programmed deviates, stored bits are read wrongly, neurons are dead or
 * saturated, spikes vanish or detour on the mesh.
 * @throws UserError for layers and cores of the scope that do not exist, and for cores that are cut off
 */
export function faultyTrueNorth(program: TrueNorthProgram, request: FaultRequest, chipSeed: number): TrueNorthProgram {
  const { noise, scope = {} } = request;
  const atRisk = coresAtRisk(program, scope);
  const where = { chipSeed, ...(atRisk === undefined ? {} : { cores: atRisk }) };
  const bits = { ...storedBitFaults(request, chipSeed), ...where };
  const memories = memoriesOf(program, request);
  let faulty = withDeviations(program, {
    thresholdMismatch: noise.threshold_mismatch,
    leakMismatch: noise.leak_mismatch,
    programmingError: noise.programming_error,
    ...where,
  });
  if (memories.includes('thresholds')) faulty = withThresholdFaults(faulty, bits);
  if (memories.includes('destinations')) faulty = withDestinationFaults(faulty, bits);
  if (memories.includes('synapses') && !hasPlainFlips(program, request)) faulty = readCrossbars(faulty, bits);
  faulty = withNeuronFaults(faulty, { dead: noise.dead_neuron, saturated: noise.saturated_neuron, ...where });
  const fabric = fabricOf(program, request, chipSeed);
  if (fabric === undefined) return faulty;
  return scope.known === true ? withDetours(faulty, fabric) : withUnknownDown(faulty, fabric);
}

/** What is down on chip `chipSeed`; undefined where nothing can be. */
function fabricOf({ spec }: TrueNorthProgram, { noise }: FaultRequest, chipSeed: number): DownFabric | undefined {
  const rates = { cores: noise.down_cores, links: noise.down_links, chips: noise.down_chips };
  return rates.cores + rates.links + rates.chips === 0 ? undefined : drawDownFabric(spec, rates, chipSeed);
}

/**
 * The program for a chip whose faults are known: compiled again, around the cores and chips that are down, where a core of it stands on one of
 * them; else the same object.
 * @throws UserError, naming the chip, for a network that does not fit what is left
 */
export function avoidingDown(file: OpenProgram<TrueNorthProgram>, faults: ChipFaults): TrueNorthProgram {
  const { program, integer, compile } = file;
  const { chipSeed } = faults;
  const fabric = faults.scope?.known === true ? fabricOf(program, faults, chipSeed) : undefined;
  if (fabric === undefined || !standsOnDown(program, fabric)) return program;
  const spec = { ...program.spec, faultyCores: [...program.spec.faultyCores, ...downPlaces(fabric)] };
  const options: TrueNorthOptions = { ...compilerOptions(trueNorthOptionsSchema.parse(compile ?? {})), spec };
  if (integer === undefined) {
    const message =
      'the network is compiled again around what is down, and a program of another tool comes without one';
    return fail('known-needs-model', 'scope.known', message, 'compile a model, or leave the scope out');
  }
  const again = compiledFor(integer, options, chipSeed);
  if (compile !== undefined || isSameMapping(again, program)) return again;
  return fail(
    'known-needs-model',
    'scope.known',
    'the network is compiled again around what is down, and this program file of an older version does not say with which options',
    'compile the model again, or pass it (.lsn) instead of the program file',
  );
}

const isSameMapping = (a: TrueNorthProgram, b: TrueNorthProgram): boolean =>
  a.cores.nCores === b.cores.nCores &&
  a.timing.period === b.timing.period &&
  a.timing.outputStart === b.timing.outputStart &&
  a.timing.outputTicks === b.timing.outputTicks;

function compiledFor(integer: NetworkGraph, options: TrueNorthOptions, chipSeed: number): TrueNorthProgram {
  try {
    return compileTrueNorth(integer, options).program;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.diagnostics.map((d) => ({ ...d, place: `${d.place}, chip of seed ${chipSeed}` })));
  }
}

/**
 * What acts in the runner: transient faults, and bit errors where nothing else is wrong with the crossbars (a kernel draws the same bits).
 * @throws UserError for layers and cores of the scope that do not exist
 */
export function runnerFaults(
  program: TrueNorthProgram,
  request: FaultRequest,
): Pick<EvaluationOptions, 'noise' | 'upsets'> {
  const { noise, scope = {} } = request;
  const acting = {
    ber: hasPlainFlips(program, request) ? noise.ber : 0,
    drop: noise.drop,
    spike_delay: noise.spike_delay,
  };
  const { flip0to1, flip1to0, protectedBits } = storedBitFaults(request, 0);
  if (!memoriesOf(program, request).includes('potentials') || flip0to1 + flip1to0 === 0) return { noise: acting };
  const cores = coresAtRisk(program, scope);
  const where = { protectedBits, ...(cores === undefined ? {} : { cores }) };
  return { noise: acting, upsets: { rate0to1: flip0to1, rate1to0: flip1to0, ...where } };
}

const memoriesOf = ({ spec }: TrueNorthProgram, { scope = {} }: Pick<FaultRequest, 'scope'>): readonly FaultMemory[] =>
  memoriesAtRisk(scope, trueNorthFaultSupport(spec));

/** Flips at one rate in all crossbars, and nothing else wrong with them. */
const hasPlainFlips = (program: TrueNorthProgram, { noise, scope = {} }: FaultRequest): boolean =>
  memoriesOf(program, { scope }).includes('synapses') &&
  [scope.layers, scope.cores].every((part) => part === undefined) &&
  [noise.ber_0to1, noise.ber_1to0, noise.stuck_at_0, noise.stuck_at_1].every((level) => level === 0);
