import { join } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { fuzz, type FuzzFailure, type FuzzResult } from '../../conformance/fuzz.js';
import { type HuntedMutant, huntMutants } from '../../conformance/hunt.js';
import { modelNames, modelOfKit } from '../../conformance/model.js';
import { findingText } from '../../conformance/report/text.js';
import { encodeGolden } from '../../conformance/trace/golden.js';
import { traceBytes } from '../../conformance/trace/write.js';
import { chipOf, type ChipChoice, withSpec } from '../chip-options.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { checkFolder, makeFolder, writeTogether } from '../io.js';
import { printJson } from '../json-envelope.js';
import { parseLimit, withSeed } from '../options.js';
import { CHIP_FLAG, CHIP_TEXT, withAllowCode } from '../own-chip-option.js';
import { startProgress } from '../progress.js';
import { loadSpec } from '../spec-option.js';
import { textTable } from '../table.js';
import { printWarnings } from '../tell.js';
import { findingJson } from './check.js';
import { kitOf, MODEL_WORDS, modelNamed } from './models.js';
import { modelOption } from './record.js';

interface FuzzOptions extends ChipChoice {
  readonly seed: number;
  readonly model?: string;
  readonly against?: string;
  readonly cases: number;
  readonly minutes?: number;
  readonly mutants: boolean;
  readonly output: string;
  readonly json: boolean;
}

const CASES = 100;
/** Cases of a wrong model, at most. */
const MUTANT_CASES = 200;
/** Milliseconds that a failure is made smaller. */
const SHRINKING = 60_000;

/** `lodestone conform fuzz --model A --against B`: random legal programs on both; a failure is made smaller and written. */
export function addConformFuzz(group: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const chips = context.chips ?? CHIPS;
  const names = chips.map(({ name }) => name);
  const command = withSpec(
    withAllowCode(
      withSeed(
        group
          .command('fuzz')
          .description(
            'random legal programs on two models; a difference is made as small as it gets and written as a golden',
          )
          .option(CHIP_FLAG, `${CHIP_TEXT} (of ${names.join(', ')})`, names[0])
          .addOption(modelOption('the specification'))
          .option('--against <model>', `what is tested (${MODEL_WORDS}; default: the other models of the chip)`)
          .option('--cases <n>', 'random programs', parseLimit, CASES)
          .option('--minutes <m>', 'go on for so long instead of --cases', parseMinutes)
          .option('--mutants', 'hunt the wrong models of the chip instead: every one has to be noticed', false)
          .option('-o, --output <folder>', 'folder of what fails, made when something does', 'conform-failures'),
      ),
    ),
    chips,
  );
  command.action(async (options: FuzzOptions, called: Command) => {
    const { json, output } = options;
    await checkFolder(output);
    const { chip, named } = await chipOf(called, options, chips);
    const { spec, warnings } = await loadSpec(chip, named, chips);
    if (!json) printWarnings(warnings, context);
    const kit = await kitOf(chip);
    if (options.mutants) {
      const progress = startProgress('hunting', context, json);
      const found = await huntMutants({
        ...{ kit, spec, seed: options.seed, cases: MUTANT_CASES, signal: context.signal },
        onProgress: (done, total) => progress.update(done, total, 'mutants'),
      }).finally(() => progress.stop());
      const missed = found.filter(({ caught }) => !caught).length;
      if (json)
        printJson(context, 'lodestone-conform-fuzz', {
          ...{ chip: chip.name, runs: [], mutants: found.map(mutantJson), missed },
        });
      else context.out(`${mutantsText(found)}${found.length} wrong models, ${missed} not noticed\n`);
      if (missed > 0) setExit(EXIT.userError);
      return;
    }
    const others =
      options.against === undefined
        ? modelNames(kit)
            .filter((name) => name !== options.model)
            .slice(options.model === undefined ? 1 : 0)
        : [options.against];
    const expected = await modelNamed(options.model ?? kit.models[0], chip, kit, context);
    const runs: Run[] = [];
    try {
      for (const word of others) {
        const actual = await modelNamed(word, chip, kit, context);
        const progress = startProgress(`fuzzing ${actual.name}`, context, json);
        const until =
          options.minutes === undefined ? Infinity : performance.now() + (options.minutes * 60_000) / others.length;
        const most = options.minutes === undefined ? options.cases : Infinity;
        let shrinking = Infinity;
        try {
          const result = await fuzz({
            ...{ kit, spec, expected, actual, seed: options.seed, signal: context.signal },
            isEnough: ({ cases, refused }) => cases + refused >= most || performance.now() >= until,
            onProgress: ({ cases }) => progress.update(cases, Number.isFinite(most) ? most : cases, 'programs'),
            shrinking: {
              isOver: () => {
                if (shrinking === Infinity) shrinking = performance.now() + SHRINKING;
                return performance.now() > shrinking;
              },
            },
          });
          progress.stop();
          const files = result.failure === undefined ? [] : await writeFailure(result.failure, chip.name, kit, output);
          runs.push({ ...result, expected: expected.name, actual: actual.name, files });
        } finally {
          progress.stop();
          await actual.close();
        }
      }
    } finally {
      await expected.close();
    }
    if (json)
      printJson(context, 'lodestone-conform-fuzz', {
        chip: chip.name,
        runs: runs.map(runJson),
        mutants: [],
        missed: 0,
      });
    else context.out(runs.map(runText).join(''));
    if (runs.some(({ failure }) => failure !== undefined)) setExit(EXIT.userError);
  });
}

const parseMinutes = (text: string): number => {
  const minutes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (!(minutes > 0 && minutes <= 10_080))
    throw new InvalidArgumentError('It must be a number of minutes, at most a week.');
  return minutes;
};

/** The smallest case as a golden of the specification, and what there is to read. */
async function writeFailure(
  { seed, shrunk, finding }: FuzzFailure,
  chip: string,
  kit: Awaited<ReturnType<typeof kitOf>>,
  folder: string,
): Promise<readonly string[]> {
  await makeFolder(folder);
  const { program, stimulus } = shrunk.case;
  const specification = modelOfKit(kit);
  const golden = encodeGolden({ chip, model: specification.name, program, stimulus });
  const path = join(folder, `${chip}-${seed}.lst`);
  const about = join(folder, `${chip}-${seed}.txt`);
  const lines = kit.foreign === undefined ? [] : ['the program:', ...kit.foreign.lines(program), ''];
  const rows = Array.from({ length: stimulus.events.length / 3 }, (_, k) =>
    stimulus.events.subarray(3 * k, 3 * k + 3).join(','),
  );
  const events = ['what enters, STEP,CORE,LINE:', ...rows, ''];
  const text = `${findingText(finding)}\nlodestone conform check ${path} repeats it.\n\n${[...lines, ...events].join('\n')}`;
  const model = await specification.open({ program, stimulus });
  await writeTogether([
    { path, data: traceBytes({ model, golden }) },
    { path: about, data: text },
  ]);
  return [path, about];
}

interface Run extends FuzzResult {
  readonly expected: string;
  readonly actual: string;
  readonly files: readonly string[];
}

function runText({ expected, actual, cases, refused, steps, coreSteps, rules, failure, files }: Run): string {
  const done = `${cases} programs, ${steps} steps, ${coreSteps} core steps${refused > 0 ? `, ${refused} programs refused` : ''}`;
  const unused = rules.filter(({ used }) => used === 0).map(({ rule }) => rule);
  const coverage =
    unused.length === 0 ? `all ${rules.length} rules were used` : `rules that were not used: ${unused.join(', ')}`;
  if (failure === undefined) return `${actual} against ${expected}: no difference in ${done}; ${coverage}\n`;
  const { shrunk, finding } = failure;
  const size = `${shrunk.case.stimulus.steps} steps, ${shrunk.case.stimulus.events.length / 3} events`;
  const least = shrunk.isMinimal ? 'nothing smaller fails' : 'stopped in time';
  return `${findingText(finding)}  after ${done}; made smaller to ${size} in ${shrunk.tries} tries (${least})\n  written to ${files.join(' and ')}\n`;
}

function runJson({ failure, ...run }: Run) {
  if (failure === undefined) return { ...run, failure: null };
  const { seed, shrunk, finding } = failure;
  const { steps, events } = shrunk.case.stimulus;
  const { tries, isMinimal } = shrunk;
  return {
    ...run,
    failure: { seed, steps, events: events.length / 3, tries, isMinimal, finding: findingJson(finding) },
  };
}

const mutantJson = ({ at, ...mutant }: HuntedMutant) => ({ ...mutant, at: at ?? null });

function mutantsText(found: readonly HuntedMutant[]): string {
  const rows = found.map(({ id, rule, text, caught, cases, steps }) => [
    ...[id, rule, caught ? 'yes' : 'NO', `${cases}`, `${steps}`, text],
  ]);
  return textTable(['wrong model', 'rule', 'noticed', 'programs', 'steps', 'what it does'], rows, [0, 1, 2, 5]);
}
