import type { Command } from 'commander';
import { northPole } from '../chip.js';
import type { SumsResult } from '../sums.js';
import { NORTHPOLE } from '../../../hw-models/northpole/spec.js';
import { percent, quantityWithBand, significant } from '../../../common/format.js';
import { type CliContext, EXIT, type ExitCode } from '../../../cli/context.js';
import { withSpec } from '../../../cli/chip-options.js';
import { withImportOptions } from '../../../cli/import-options.js';
import { printJson } from '../../../cli/json-envelope.js';
import { printWarnings } from '../../../cli/tell.js';
import { loadModel } from '../../../cli/load.js';
import { loadSpec } from '../../../cli/spec-option.js';
import {
  checkLimit,
  parseNoise,
  refuseIdleScope,
  scopeOf,
  type ScopeOptions,
  type SeedOption,
  withLimit,
  withNoise,
  withScopeOptions,
  withSeed,
  withWorkers,
  type WorkersOption,
} from '../../../cli/options.js';
import { namingOptions, noiseOption } from '../../../cli/fault-options.js';
import { NO_NOISE } from '../../../ir/faults/levels.js';
import { startProgress } from '../../../cli/progress.js';

interface SumsCommandOptions extends SeedOption, WorkersOption, ScopeOptions {
  readonly json: boolean;
  readonly spec?: string;
  readonly limit?: number;
  readonly noise?: string;
}

/** Sums without --limit. */
const DEFAULT_SUMS = 200;

/** `lodestone sums MODEL`: a transformer that adds, token by token on a NorthPole-style chip. */
export function addSums(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const command = withSeed(
    program
      .command('sums')
      .argument('<model>', 'transformer trained on sums (.lsn), see examples/models/sums-transformer.yaml')
      .description(
        'let a transformer add on a NorthPole-style chip, token by token, compared with the integer network',
      ),
  );
  withScopeOptions(
    withNoise(withLimit(withSpec(withImportOptions(withWorkers(command, context)), [northPole]), `${DEFAULT_SUMS}`)),
  ).action(async (path: string, options: SumsCommandOptions, called: Command) => {
    const { limit = DEFAULT_SUMS, json, seed, workers } = options;
    checkLimit(limit);
    const noise = options.noise === undefined ? {} : { noise: parseNoise(options.noise) };
    if (options.noise === undefined) refuseIdleScope(options);
    const { runSums } = await import('../sums.js');
    const { spec = NORTHPOLE, warnings } = await loadSpec(northPole, options.spec);
    if (!json) printWarnings(warnings, context);
    const { graph: network } = await loadModel(path, called);
    const progress = startProgress(network.name, context, json);
    const run = () =>
      runSums(network, {
        ...{ spec, n: limit, seed, workers, signal: context.signal },
        ...{ ...noise, ...scopeOf(options) },
        onProgress: (done, total) => progress.update(done, total),
      });
    const asked = { ...scopeOf(options), optionOf: noiseOption(noise.noise ?? NO_NOISE) };
    const result = await namingOptions(asked, run).finally(() => progress.stop());
    const isFaultless = Object.values(noise.noise ?? NO_NOISE).every((level) => level === 0);
    if (isFaultless && result.mismatches > 0) setExit(EXIT.userError);
    const { seconds, ...same } = result;
    const content = { name: network.name, target: 'northpole', chip: spec.name, ...noise, ...same, seed, warnings };
    if (json) printJson(context, 'lodestone-sums', content, { seconds, workers });
    else context.out(sumsText(result));
  });
}

function sumsText(result: SumsResult): string {
  const { accuracy, n, tokensPerSequence, cacheBytes, mismatches, compared, energyPerToken } = result;
  const total = cacheBytes.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = cacheBytes.reduce((max, { bytes }) => Math.max(max, bytes), 0);
  const lines = [
    ...result.examples.map((line) => `  ${line}   (sum least significant digit first)`),
    `exact answers of ${n} sums: float ${percent(accuracy.float.exactAnswers)}, integer ${percent(accuracy.integer.exactAnswers)}, chip ${percent(accuracy.chip.exactAnswers)}`,
    `scores of the chip that differ from the integer network: ${mismatches} of ${compared}`,
    `${result.cyclesPerToken} cycles per token: ${significant(result.microsecondsPerToken)} us, ${Math.round(result.tokensPerSecond)} tokens/s for one sequence`,
    `energy per token: ${quantityWithBand(energyPerToken)}, ${energyPerToken.status}`,
    `keys and values: ${total} bytes on ${cacheBytes.length} cores, at most ${most} on one`,
    `simulated ${n * tokensPerSequence} tokens in ${significant(result.seconds)} s`,
  ];
  return `${lines.join('\n')}\n`;
}
