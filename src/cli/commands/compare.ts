import type { Command } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { fail } from '../../common/diagnostics.js';
import { integer, percent, significant } from '../../common/format.js';
import { compareLayers, type NetworkComparison, type Parting } from '../../flow/compare-layers.js';
import { runCompiled } from '../../flow.js';
import { NO_NOISE } from '../../ir/faults/levels.js';
import { isSequenceModel } from '../../ir/network/sequences.js';
import type { RunResult } from '../../ir/trace/run-result.js';
import { chipOf, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { printJson } from '../json-envelope.js';
import { compileModel, loadAskedSamples, loadModel } from '../load.js';
import { checkLimit, type DataOptions, withData, withLimit, withWorkers, type WorkersOption } from '../options.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';
import { printWarnings } from '../tell.js';

interface CompareCommandOptions extends DataOptions, WorkersOption, ChipChoice {
  readonly json: boolean;
}

/** Samples where nothing is asked for: every element of every layer is looked at. */
const SAMPLES = 100;

/** `lodestone compare MODEL --chip NAME --data DATA`: what is lost on the way, layer by layer. */
export function addCompare(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const chips = context.chips ?? CHIPS;
  const command = withChipOptions(
    withWorkers(
      withLimit(
        withData(
          program
            .command('compare')
            .argument('<model>', `model file: ours (.lsn) or another tool's`)
            .description(
              'layer by layer what the integer form makes of a network, and whether the chip agrees with it',
            ),
        ),
        `${SAMPLES}`,
      ),
      context,
    ),
    { chips },
  );
  command.action(async (path: string, options: CompareCommandOptions, called: Command) => {
    const { json, workers, limit = SAMPLES } = options;
    checkLimit(options.limit);
    const { chip, named } = await chipOf(called, options, chips);
    const { graph, warnings: read } = await loadModel(path, called);
    if (isSequenceModel(graph)) {
      fail('sequence-model', path, 'it reads tokens one by one, and samples are images', 'use `lodestone sums`');
    }
    const data = await loadAskedSamples(options, graph);
    const compiled = await compileModel(graph, compileAsked({ command: called, path, chip, named, chips }));
    const warnings = [...read, ...compiled.warnings];
    if (!json) printWarnings(warnings, context);
    const progress = startProgress('comparing', context, json);
    const signal = context.signal;
    let layers: NetworkComparison | undefined;
    let run: RunResult;
    try {
      const onProgress = (done: number, total: number): void => progress.update(done, total, 'layers');
      if (graph.dialect === 'float') layers = await compareLayers(graph, data, { limit, signal, onProgress });
      run = await runCompiled(compiled, data, { limit, workers, seed: 1, noise: NO_NOISE, float: false, signal });
    } finally {
      progress.stop();
    }
    if (run.mismatches > 0) setExit(EXIT.userError);
    if (json) {
      const onChip = { samples: run.samples, accuracy: run.accuracy, mismatches: run.mismatches };
      const content = {
        ...{ name: graph.name, target: chip.name, chip: compiled.program.spec.name, data: data.name },
        ...{ float: layers ?? null, onChip, warnings },
      };
      printJson(context, 'lodestone-compare', content, { workers });
      return;
    }
    context.out(
      layers === undefined ? 'the model is a network of integers already: there is no float network\n' : text(layers),
    );
    const agree = integer(run.samples - run.mismatches);
    context.out(
      `${chip.name}: the class scores of ${agree} of ${integer(run.samples)} samples are those of the integer network; accuracy ${percent(run.accuracy)}\n`,
    );
  });
}

function text(found: NetworkComparison): string {
  const rows = found.layers.map(({ layer, kind, integerLayer, largestError, meanError, agreement, parts }) => [
    layer,
    kind,
    integerLayer === layer ? '' : integerLayer,
    significant(largestError),
    significant(meanError),
    percent(agreement),
    parts === undefined ? '' : parts.cause,
  ]);
  const head = ['layer', 'kind', 'integers of', 'largest error', 'mean error', 'equal', 'parts by'];
  const decided = `${integer(found.sameDecision)} of ${integer(found.samples)} samples get the same class`;
  return [
    textTable(head, rows, [0, 1, 2, 6]),
    found.first === undefined ? 'every element of every layer is equal\n' : `they part first ${place(found.first)}\n`,
    `float network ${percent(found.accuracyFloat)}, integer network ${percent(found.accuracyInteger)}; ${decided}\n`,
  ].join('\n');
}

const place = ({ layer, channel, element, sample, float, integer: whole, cause }: Parting): string =>
  `at layer "${layer}", channel ${channel}, element ${element} of sample ${sample}: ${significant(float)} and ${significant(whole)}, by ${cause}`;
