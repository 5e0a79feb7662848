/** The models that a command line names: of the kit, in another process, or in a module. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Chip } from '../../chips/chip.js';
import type { ChipKit, ChipStepper, StepperOptions, Stimulus } from '../../chips/kit.js';
import { fail } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { foreignModel } from '../../conformance/foreign/model.js';
import { modelNames, modelOfKit, type ModelUnderTest, threadedModel } from '../../conformance/model.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';
import type { CliContext } from '../context.js';
import { startProcess } from './process-channel.js';

/** What `--model` and `--against` take, for help texts. */
export const MODEL_WORDS = 'a model of the chip, workers:N, process:COMMAND, or module:FILE';

const PROCESS = 'process:';
const MODULE = 'module:';

/** The kit of a chip. @throws UserError for one without */
export async function kitOf(chip: Chip): Promise<ChipKit> {
  const kit = await chip.kit?.();
  return kit ?? fail('no-kit', `chip "${chip.name}"`, 'it has no conformance kit', 'take another chip');
}

/** The model of a name. @throws UserError for one that is not there, and for a process or module that is none */
export async function modelNamed(
  word: string,
  chip: Chip,
  kit: ChipKit,
  context: Pick<CliContext, 'err' | 'signal'>,
  options?: StepperOptions,
): Promise<ModelUnderTest> {
  if (word.startsWith(PROCESS)) {
    const channel = startProcess(word.slice(PROCESS.length), context.err, context.signal);
    try {
      return await foreignModel(kit, chip.name, channel, word);
    } catch (error) {
      await channel.close();
      throw error;
    }
  }
  if (word.startsWith(MODULE)) return moduleModel(word);
  const threaded = /^workers:([1-9]\d{0,2})$/.exec(word);
  if (threaded !== null) {
    const remedy = 'take another model';
    return (
      threadedModel(kit, Number(threaded[1])) ?? fail('no-threads', word, `${chip.title} have no such model`, remedy)
    );
  }
  const names = modelNames(kit);
  if (names.includes(word)) return modelOfKit(kit, word, options);
  const near = nearest(word, names);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return fail(
    'unknown-model',
    word,
    `${chip.title} have no such model${hint}`,
    `take ${names.join(', ')}, ${PROCESS}COMMAND or ${MODULE}FILE`,
  );
}

/** A file that exports `open(program, stimulus)`, which gives a stepper. Its code runs: only who names it says so. */
async function moduleModel(word: string): Promise<ModelUnderTest> {
  const path = word.slice(MODULE.length);
  const loaded: unknown = await import(pathToFileURL(resolve(path)).href).catch((error: unknown) => {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return fail('bad-module', path, `it cannot be loaded: ${message}`, 'run it with node by hand');
  });
  if (!isModel(loaded)) fail('bad-module', path, 'it exports no function `open`', 'see docs/conformance.md');
  return {
    name: word,
    takes: loaded.takes ?? 'everything',
    open: ({ program, stimulus }) => loaded.open(program, stimulus),
    close: () => Promise.resolve(),
  };
}

interface ModelModule {
  readonly open: (program: ChipProgram, stimulus: Stimulus) => ChipStepper;
  readonly takes?: ModelUnderTest['takes'];
}

const isModel = (value: unknown): value is ModelModule =>
  typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';
