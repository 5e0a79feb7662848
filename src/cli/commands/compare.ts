import type { Command } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { fail } from '../../common/diagnostics.js';
import type { LayerReader } from '../../chips/chip.js';
import { compareLayers, NO_INTEGERS } from '../../flow/compare-layers.js';
import { runCompiled } from '../../flow.js';
import { clippedWarnings } from '../../data/real-numbers.js';
import { NO_NOISE } from '../../ir/faults/levels.js';
import { isSequenceModel } from '../../ir/network/sequences.js';
import { refuseSpiking } from '../../ir/network/spiking.js';
import { hasRealWeights } from '../../ir/network/real-weights.js';
import type { NetworkComparison, Unseen } from '../../ir/trace/layer-comparison.js';
import { chipOf, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import { comparisonText } from '../comparison-text.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { compileModel, loadAskedSamples, loadModel } from '../load.js';
import { checkLimit, type DataOptions, withData, withLimit, withWorkers, type WorkersOption } from '../options.js';
import { OutputOption } from '../output-is-input.js';
import { startProgress } from '../progress.js';
import { printWarnings } from '../tell.js';

interface CompareCommandOptions extends DataOptions, WorkersOption, ChipChoice {
  readonly json: boolean;
  readonly report?: string;
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
              'layer by layer the file, the float network, the integer network and the chip: errors, and where they part first',
            ),
        ),
        `${SAMPLES}`,
      ),
      context,
    ),
    { chips },
  );
  command
    .addOption(new OutputOption('--report <file>', 'HTML page with the table and its plots'))
    .action(async (path: string, options: CompareCommandOptions, called: Command) => {
      const { json, workers, limit = SAMPLES, report: reportPath } = options;
      checkLimit(options.limit);
      const { chip, named } = await chipOf(called, options, chips);
      const { graph, warnings: read, file, format } = await loadModel(path, called);
      refuseSpiking(graph, 'compare');
      if (isSequenceModel(graph)) {
        fail('sequence-model', path, 'it reads tokens one by one, and samples are images', 'use `lodestone sums`');
      }
      if (reportPath !== undefined) await checkWritable(reportPath);
      const data = await loadAskedSamples(options, graph);
      if (!json) printWarnings(clippedWarnings(data), context);
      const compiled = hasRealWeights(graph)
        ? undefined
        : await compileModel(graph, compileAsked({ command: called, path, chip, named, chips }));
      const warnings = [...read, ...(compiled?.warnings ?? [])];
      if (!json) printWarnings(warnings, context);
      const forms = {
        graph,
        file: file ?? { unseen: format === undefined ? 'the model is no file of another tool' : NO_VALUES },
        chip: layersOnChip(compiled),
      };
      const progress = startProgress('comparing', context, json);
      const how = { limit, seed: 1, signal: context.signal };
      let found: NetworkComparison;
      try {
        const onProgress = (done: number, total: number): void => progress.update(done, total, 'layers');
        const layers = await compareLayers(forms, data, { ...how, onProgress });
        const run = compiled && (await runCompiled(compiled, data, { ...how, workers, noise: NO_NOISE, float: false }));
        const accuracy = { ...layers.accuracy, chip: run?.accuracy ?? null };
        found = { ...layers, accuracy, mismatches: run?.mismatches ?? null };
      } finally {
        progress.stop();
      }
      if ((found.mismatches ?? 0) > 0 || found.first.chip !== null) setExit(EXIT.userError);
      const about = {
        ...{ name: graph.name, target: chip.name, chip: compiled?.program.spec.name ?? chip.name, data: data.name },
        ...found,
      };
      if (reportPath !== undefined) {
        // Loads the plot library: only who asks for the page pays for that.
        const { renderComparison } = await import('../../report/comparison-page.js');
        await writeAtomic(reportPath, await renderComparison(about));
        if (!json) context.err(`report written to ${reportPath}\n`);
      }
      if (json) {
        printJson(context, 'lodestone-compare', { ...about, report: reportPath ?? null, warnings }, { workers });
        return;
      }
      context.out(comparisonText(about));
    });
}

/** What the chip says of its layers, or why nothing. */
function layersOnChip(compiled: Awaited<ReturnType<typeof compileModel>> | undefined): LayerReader | Unseen {
  if (compiled === undefined) return { unseen: NO_INTEGERS };
  return typeof compiled.layers === 'function' ? compiled.layers() : { unseen: compiled.layers.unread };
}

const NO_VALUES = 'files of this format are evaluated by their importer only: the network is what it read';
