/** From an integer network to a program, and from a program to the chip at hand with its faults. */
import type { AdaptedNetwork, Chip, ChipFaults, ChipSpec, CompileRequest } from '../chips/chip.js';
import { errorAt, fail, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import type { PassObserver } from '../compiler/passes/pass.js';
import { hasWeightNoise, lowerWithNoise } from '../compiler/noisy-network.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import { refuseSpiking } from '../ir/network/spiking.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { verifyNetwork } from '../ir/network/verify.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { Compilation, Runnable } from './runnable.js';

/** Compile options by their names. */
export interface OptionValues {
  readonly [option: string]: unknown;
}

/** Compiles an integer network. @throws UserError with every limit that is exceeded, and for options the chip does not have */
export function compileIntegerNetwork(
  chip: Chip,
  integer: NetworkGraph,
  request: {
    readonly spec?: ChipSpec | undefined;
    readonly values: OptionValues;
    readonly observe?: PassObserver | undefined;
  },
): Compilation {
  const { spec, values, observe } = request;
  if (chip.spikingPasses === undefined) refuseSpiking(integer, chip.title);
  const asked = { spec, options: readOptions(chip, values), observe };
  const { graph, warnings: lost, passes: before = [] } = adapted(chip, integer, asked);
  const compiled = chip.compile(graph, asked);
  const { program, options, table, splits, layers, alternatives } = compiled;
  const passes = [...before, ...compiled.passes];
  const warnings = [...lost, ...compiled.warnings];
  return {
    ...{ chip, program, integer: graph, compile: { ...options }, table, warnings, passes, splits, layers },
    ...(alternatives && { alternatives }),
  };
}

/** The integer network as the chip computes it, verified. @throws UserError as {@link Chip.adapt} does */
function adapted<P extends ChipProgram>(chip: Chip<P>, integer: NetworkGraph, asked: CompileRequest): AdaptedNetwork {
  const found = chip.adapt?.(integer, asked);
  if (found === undefined) return { graph: integer, warnings: [] };
  throwIfErrors(verifyNetwork(found.graph));
  return found;
}

/** The options without what is undefined. @throws UserError with every option that the chip does not have, and every bad value */
function readOptions(chip: Chip, values: OptionValues): object {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const known: readonly string[] = chip.options.map(({ key }) => key);
  throwIfErrors(
    Object.keys(given)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const suggestion = nearest(name, known);
        const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
        const message = `compiling for ${chip.title} has no option "${name}"${hint}`;
        return errorAt('option-of-another-chip', `option ${name}`, message, `use ${known.join(', ')}, or leave it out`);
      }),
  );
  const read = chip.optionsSchema.safeParse(given);
  if (read.success) return read.data;
  return throwIfErrors(
    read.error.issues.map(({ path, message }) =>
      errorAt('bad-option', `option ${path.join('.')}`, message, `see lodestone compile --help`),
    ),
  );
}

/**
 * The program as the chip of these faults reads it, but for what its runner does: weight noise acts before the network is compiled, by the
 * options the program was compiled with. The same program where the runner does all. @throws UserError as Chip.deploy does
 */
export function deployOn<P extends ChipProgram>(runnable: Runnable<P>, faults: ChipFaults): P {
  return runnable.chip.deploy(withWeightNoise(runnable, faults), faults);
}

/** @throws UserError if the model is not at hand */
function withWeightNoise<P extends ChipProgram>(runnable: Runnable<P>, { noise, chipSeed }: ChipFaults): Runnable<P> {
  if (!hasWeightNoise(noise)) return runnable;
  const { chip, float, program, compile } = runnable;
  if (float === undefined) return fail(...noModel(noise));
  const asked = { spec: program.spec, options: { ...compile } };
  const { graph: integer } = adapted(chip, lowerWithNoise(float, noise, chipSeed), asked);
  return { ...runnable, integer, program: chip.compile(integer, asked).program };
}

const noModel = ({ additive }: NoiseSpec) =>
  [
    'noise-needs-model',
    additive > 0 ? 'noise.additive' : 'noise.multiplicative',
    'weight noise acts before deployment, and a program file holds deployed weights only',
    'pass the model file (.lsn) instead of the program file',
  ] as const;
