import { type Command, Option } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { fail } from '../../common/diagnostics.js';
import { compareModels } from '../../conformance/compare.js';
import { type Finding, findingOf } from '../../conformance/findings.js';
import { modelNames } from '../../conformance/model.js';
import { findingsAsTap } from '../../conformance/report/tap.js';
import { findingText, rulesText } from '../../conformance/report/text.js';
import { decodeGolden, type Golden } from '../../conformance/trace/golden.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { withOwnChip } from '../own-chip-option.js';
import { OutputOption } from '../output-is-input.js';
import { textTable } from '../table.js';
import { kitOf, modelNamed } from './models.js';
import { modelOption } from './record.js';
import { openTraceFile } from './trace-files.js';

interface CheckOptions {
  readonly model?: string;
  readonly recorded?: string;
  readonly junit?: string;
  readonly tap: boolean;
  readonly json: boolean;
}

/** `lodestone conform check GOLDEN...`: models, or a trace of another program, against what was recorded. */
export function addConformCheck(group: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withOwnChip(group.command('check'), context)
    .argument('<golden...>', 'traces of lodestone conform record')
    .description(
      'run the programs of goldens again and compare every value of every step; exit code 1 for a difference',
    )
    .addOption(modelOption('every model of the chip that can run it'))
    .addOption(new Option('--recorded <file>', 'a trace of another program, compared with the golden'))
    .addOption(new OutputOption('--junit <file>', 'JUnit XML to write (one test case per comparison)'))
    .option('--tap', 'print TAP, version 14', false)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      const { junit, json, tap } = options;
      if (junit !== undefined) await checkWritable(junit);
      refuseBoth(options, paths);
      const findings: Finding[] = [];
      for (const path of paths) findings.push(...(await checkOne(path, options, context)));
      if (junit !== undefined) {
        // Loads the XML writer: only who wants XML pays for that.
        const { findingsAsJunit } = await import('../../conformance/report/junit.js');
        await writeAtomic(junit, findingsAsJunit(findings));
      }
      if (json) printJson(context, 'lodestone-conform-check', { findings: findings.map(findingJson) });
      else context.out(tap ? findingsAsTap(findings) : textOf(findings));
      if (findings.some(({ passed }) => !passed)) setExit(EXIT.userError);
    });
}

function refuseBoth({ model, recorded }: CheckOptions, paths: readonly string[]): void {
  if (recorded === undefined) return;
  if (model !== undefined)
    fail('two-models', `--recorded ${recorded}`, 'a model is named too', 'leave one of them out');
  if (paths.length > 1)
    fail('several-goldens', `--recorded ${recorded}`, 'it is a trace of one of them', 'name one golden');
}

async function checkOne(
  path: string,
  { model, recorded }: CheckOptions,
  context: CliContext,
): Promise<readonly Finding[]> {
  const golden = await openGolden(path, context);
  const { kit, chip, program, stimulus } = golden;
  const compare = async (name: string, actual: Parameters<typeof compareModels>[1]): Promise<Finding> => {
    const own = await openTraceFile(path);
    const comparison = await compareModels(own.model, actual, { signal: context.signal });
    return findingOf(kit, { program, stimulus }, { name: `${name} against ${path}`, comparison });
  };
  if (recorded !== undefined) return [await compare(recorded, (await openTraceFile(recorded)).model)];
  const findings: Finding[] = [];
  for (const word of model === undefined ? modelNames(kit) : [model]) {
    const one = await modelNamed(word, chip, kit, context, { spikes: true, inside: true });
    try {
      findings.push(await compare(one.name, await one.open({ program, stimulus })));
    } catch (error) {
      // Of the models of the chip some are for a part of its programs only.
      if (model !== undefined || !isUnsupported(error)) throw error;
    } finally {
      await one.close();
    }
  }
  return findings;
}

const isUnsupported = (error: unknown): boolean =>
  error instanceof Error &&
  'diagnostics' in error &&
  Array.isArray(error.diagnostics) &&
  error.diagnostics.some((found: unknown) => isCoded(found) && found.code === 'model-unsupported');

const isCoded = (value: unknown): value is { readonly code: unknown } =>
  typeof value === 'object' && value !== null && 'code' in value;

/** The golden of a trace. @throws UserError for one without */
async function openGolden(path: string, { chips = CHIPS }: Pick<CliContext, 'chips'>): Promise<Golden> {
  const { golden } = await openTraceFile(path);
  if (golden === undefined) {
    fail(
      'no-golden',
      path,
      'it has no program in it',
      'record it in binary form, or compare it by `lodestone conform diff`',
    );
  }
  const decoded = await decodeGolden(golden, path, chips);
  await kitOf(decoded.chip);
  return decoded;
}

function textOf(findings: readonly Finding[]): string {
  const failed = findings.filter(({ passed }) => !passed);
  const [first] = failed;
  const parts = findings.map(findingText);
  if (first !== undefined) {
    const touched = first.rules.filter(({ used, differences }) => used + differences > 0);
    parts.push(`\nrules of ${first.name}, up to there:\n${rulesText(touched, textTable)}`);
  }
  return `${parts.join('')}${findings.length} compared, ${failed.length} failed\n`;
}

/** A finding as --json has it. */
export function findingJson({ name, passed, comparison, first, rules }: Finding) {
  const { steps, fields, nDifferences, stopped = null } = comparison;
  return { name, passed, steps, fields, differences: nDifferences, stopped, first: first ?? null, rules };
}
