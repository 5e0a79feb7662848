import { type Command, Option } from 'commander';
import type { Chip } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { FIELD_LEVELS, type FieldLevel, type KitCase, type StepperField, type Stimulus } from '../../chips/kit.js';
import { type Diagnostic, fail, throwIfErrors } from '../../common/diagnostics.js';
import type { ModelUnderTest, RunningModel } from '../../conformance/model.js';
import { encodeGolden } from '../../conformance/trace/golden.js';
import { traceBytes, traceText } from '../../conformance/trace/write.js';
import { chipOf, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import type { CliContext } from '../context.js';
import { checkWritable, readText, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { loadRunnable } from '../load.js';
import { parseLimit, withSeed } from '../options.js';
import { startProgress } from '../progress.js';
import { loadSpec } from '../spec-option.js';
import { printWarnings } from '../tell.js';
import { parseEvents } from './events-file.js';
import { kitOf, MODEL_WORDS, modelNamed } from './models.js';

interface RecordOptions extends ChipChoice {
  readonly output: string;
  readonly seed: number;
  readonly model?: string;
  readonly events?: string;
  readonly ticks?: number;
  readonly level: FieldLevel;
  readonly json: boolean;
}

/** `lodestone conform record [PROGRAM] -o GOLDEN`: what a model does, step by step. */
export function addConformRecord(group: Command, context: CliContext): void {
  const chips = context.chips ?? CHIPS;
  const command = withChipOptions(
    withSeed(
      group
        .command('record')
        .argument('[program]', 'program or model file; without it a random program for the chip, drawn by --seed')
        .description(
          'record what a model does, step by step: a golden, or text that diffs well where the name ends in .txt',
        )
        .requiredOption('-o, --output <file>', 'trace to write')
        .addOption(modelOption('the specification'))
        .option('--events <file>', 'events of the host, a line STEP,CORE,AXON each (default: drawn by --seed)')
        .option('--ticks <n>', 'ticks to run (default: those of the stimulus)', parseLimit)
        .addOption(levelOption()),
    ),
    { chips },
  );
  command.action(async (path: string | undefined, options: RecordOptions, called: Command) => {
    const { output, json } = options;
    await checkWritable(output);
    const { chip, program, warnings } = await programOf(path, options, called, chips);
    if (!json) printWarnings(warnings, context);
    const kit = await kitOf(chip);
    const stimulus = await stimulusOf({ program, stimulus: kit.randomStimulus(program, options.seed) }, options);
    throwIfErrors(kit.problems(program, stimulus));
    const model = await modelNamed(options.model ?? kit.models[0], chip, kit, context, { spikes: true, inside: true });
    const progress = startProgress('recording', context, json);
    try {
      const running = await openTold(model, { program, stimulus });
      const fields = fieldsUpTo(running.fields, options.level);
      const counted = told(running, (step) => progress.update(step, stimulus.steps, 'steps'));
      const golden = encodeGolden({ chip: chip.name, model: model.name, program, stimulus });
      const isText = output.endsWith('.txt');
      const pieces = isText ? traceText({ model: counted, fields }) : traceBytes({ model: counted, fields, golden });
      await writeAtomic(output, pieces);
      const content = {
        chip: chip.name,
        program: program.name,
        model: model.name,
        steps: stimulus.steps,
        fields,
        output,
      };
      if (json)
        printJson(context, 'lodestone-conform-record', { ...content, form: isText ? 'text' : 'binary', warnings });
      else context.out(`${model.name}: ${stimulus.steps} steps of ${fields.join(', ')}, written to ${output}\n`);
    } finally {
      progress.stop();
      await model.close();
    }
  });
}

/** The program of a file, or a random one. */
async function programOf(
  path: string | undefined,
  options: RecordOptions,
  called: Command,
  chips: readonly Chip[],
): Promise<{ chip: Chip; program: KitCase['program']; warnings: readonly Diagnostic[] }> {
  const { chip, named } = await chipOf(called, options, chips);
  if (path !== undefined) {
    const asked = compileAsked({ command: called, path, chip, named, seed: options.seed, chips });
    const { chip: its, program, warnings } = await loadRunnable(path, asked);
    return { chip: its, program, warnings };
  }
  const { spec, warnings } = await loadSpec(chip, named, chips);
  return { chip, program: (await kitOf(chip)).randomProgram(options.seed, spec), warnings };
}

async function stimulusOf({ stimulus }: KitCase, { events: path, ticks }: RecordOptions): Promise<Stimulus> {
  const given = path === undefined ? undefined : parseEvents(await readText(path, 'table'), path);
  const events = given ?? stimulus.events;
  const last = events[events.length - 3] ?? -1;
  const steps = ticks ?? (given === undefined ? stimulus.steps : last + 1);
  if (steps > 2 ** 31 - 1) fail('too-many-ticks', `--ticks ${steps}`, 'a trace has less than 2^31 steps', 'run fewer');
  let end = events.length;
  while (end > 0 && events[end - 3]! >= steps) end -= 3;
  return { ...stimulus, steps, events: events.slice(0, end) };
}

/** --model, with what is taken without it. */
export const modelOption = (otherwise: string): Option =>
  new Option('--model <name>', `the model to take (${MODEL_WORDS}; default: ${otherwise})`);

const levelOption = (): Option =>
  new Option('--level <name>', 'what is recorded: outputs, what is inside too, counters too')
    .choices([...FIELD_LEVELS])
    .default('state');

const fieldsUpTo = (fields: readonly StepperField[], level: FieldLevel): readonly string[] =>
  fields
    .filter((field) => FIELD_LEVELS.indexOf(field.level ?? 'state') <= FIELD_LEVELS.indexOf(level))
    .map(({ name }) => name);

async function openTold(model: ModelUnderTest, of: KitCase): Promise<RunningModel> {
  return model.open(of);
}

/** The same model; every step is told. */
function told(model: RunningModel, tell: (step: number) => void): RunningModel {
  let steps = 0;
  return {
    fields: model.fields,
    step: () => {
      tell(++steps);
      return model.step();
    },
    peek: (field) => model.peek(field),
  };
}
