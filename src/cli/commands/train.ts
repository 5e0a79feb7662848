import { dirname } from 'node:path';
import type { Command } from 'commander';
import { fail, throwIfErrors } from '../../common/diagnostics.js';
import { present } from '../../common/assert.js';
import { openNetwork, type OpenedNetwork } from '../../compiler/frontends/open-network.js';
import type { Dataset } from '../../data/dataset.js';
import { type ImportText, pathFrom, readImportText, readModelFile } from '../../data/model-file.js';
import { encodeNetwork } from '../../ir/network/file.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { Recipe } from '../../training/recipe.js';
import { percent, significant } from '../../common/format.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { checkFolder, checkWritable, readText, writeAtomic } from '../io.js';
import { withSeed } from '../options.js';
import { clashes } from '../output-is-input.js';
import { startProgress } from '../progress.js';
import { loadTrainingImages } from '../../data/samples.js';
import { printWarnings } from '../tell.js';
import { trainTransformer } from './train-transformer.js';

interface TrainCommandOptions {
  readonly json: boolean;
  readonly seed?: number;
  readonly output: string;
  readonly checkpoint?: string;
  readonly resume: boolean;
}

/** `lodestone train RECIPE -o MODEL`: from a recipe to a model. */
export function addTrain(program: Command, context: CliContext): void {
  withSeed(
    program
      .command('train')
      .argument('<recipe>', 'recipe file (YAML), see examples/models')
      .description('train a network from a recipe')
      .requiredOption('-o, --output <file>', 'model file to write (.lsn)')
      .option('--checkpoint <folder>', 'save a checkpoint after every epoch')
      .option('--resume', 'go on from what is there already, if anything is', false),
    'that of the recipe',
  ).action(async (path: string, options: TrainCommandOptions) => {
    // Loads the tensor library: only the command that needs it pays for that.
    const { backendName, describeRecipeNoise, isFromRecipe, parseRecipe, train } =
      await import('../../training/index.js');
    const { isSequenceRecipe } = await import('../../training/sequence/index.js');
    if (options.resume && options.checkpoint === undefined) {
      const message = 'nothing says where the checkpoint lies';
      fail('resume-without-checkpoint', '--resume', message, 'pass --checkpoint FOLDER too, or leave the option out');
    }
    if (options.checkpoint !== undefined)
      await checkFolder(options.checkpoint, 'choose another folder with --checkpoint');
    const text = await readText(path, 'recipe');
    const ownSeed = options.seed === undefined ? {} : { seed: options.seed };
    if (isSequenceRecipe(text)) {
      const { output, resume, json, checkpoint } = options;
      const where = checkpoint === undefined ? { output } : { output, checkpoint };
      await trainTransformer(text, path, { ...where, resume, json, ...ownSeed }, context);
      return;
    }
    await checkWritable(options.output);
    const given = isFromRecipe(text)
      ? await trainingFrom(text, { path, output: options.output, context })
      : await ownTraining(parseRecipe(text, path), { path, output: options.output, context });
    const { data, recorded, from } = given;
    const recipe = { ...given.recipe, ...ownSeed };
    const backend = await backendName();
    if (!options.json) context.err(`training ${recipe.name} on the ${backend} backend, seed ${recipe.seed}\n`);
    const noise = describeRecipeNoise(recipe);
    if (!options.json) noise.forEach((line) => context.err(`noise in training: ${line}\n`));
    const progress = startProgress(recipe.name, context, options.json);
    const start = performance.now();
    const result = await train(recipe, data, {
      signal: context.signal,
      now: () => performance.now(),
      ...(options.checkpoint === undefined ? {} : { checkpointDir: options.checkpoint }),
      resume: options.resume,
      ...(from === undefined ? {} : { start: from }),
      onProgress: (p) => {
        const rate = p.imagesPerSecond === undefined ? '' : `, ${Math.round(p.imagesPerSecond)} images/s`;
        const note = `epoch ${p.epoch}, loss ${p.loss.toFixed(3)}, ${percent(p.accuracy)}${rate}`;
        progress.update((p.epoch - 1) * p.nSteps + p.step, p.nEpochs * p.nSteps, note);
      },
    }).finally(() => progress.stop());
    const seconds = (performance.now() - start) / 1000;
    await writeAtomic(options.output, encodeNetwork({ ...result.network, ...recorded }));
    if (options.json) {
      const summary = {
        name: recipe.name,
        history: result.history,
        validationAccuracy: result.validationAccuracy,
        seed: recipe.seed,
        ...(noise.length === 0 ? {} : { noise }),
        output: options.output,
      };
      printJson(context, 'lodestone-train', summary, { seconds, backend });
      return;
    }
    for (const { epoch, loss, accuracy, validationAccuracy } of result.history) {
      context.out(
        `epoch ${epoch}: loss ${loss.toFixed(4)}, training ${percent(accuracy)}, validation ${percent(validationAccuracy)}\n`,
      );
    }
    context.out(
      `${recipe.name}: validation accuracy ${percent(result.validationAccuracy)} after ${significant(seconds)} s, written to ${options.output}\n`,
    );
  });
}

/** What is trained on what. */
interface Training {
  readonly recipe: Recipe;
  readonly data: Dataset;
  /** The preprocessing to record. */
  readonly recorded: Pick<NetworkGraph, 'preprocessing'>;
  /** The network to start from. */
  readonly from: NetworkGraph | undefined;
}

/** A recipe with layers of its own, which may start from a network. @throws UserError */
async function ownTraining(recipe: Recipe, asked: AskedTraining): Promise<Training> {
  const opened = await openStart(recipe.start, recipe, asked);
  return { recipe, from: opened?.graph, ...(await loadTrainingImages(recipe, opened?.graph)) };
}

/** A recipe that goes on with the layers of a network. @throws UserError */
async function trainingFrom(text: string, asked: AskedTraining): Promise<Training> {
  const { goOnFrom, parseFromRecipe } = await import('../../training/index.js');
  const recipe = parseFromRecipe(text, asked.path);
  const { graph } = present(await openStart(recipe.from, recipe, asked), 'a network');
  const { data, recorded } = await loadTrainingImages(recipe, graph);
  const { recipe: planned, start } = goOnFrom(recipe, graph, data);
  return { recipe: planned, from: start, data, recorded };
}

/** What a command was asked for. */
interface AskedTraining {
  readonly path: string;
  readonly output: string;
  readonly context: CliContext;
}

/** Opens the model file that a recipe names, after a look at what the output would overwrite. @throws UserError */
async function openStart(
  model: string | undefined,
  { dataset, import: text = {} }: { readonly dataset: string; readonly import?: ImportText },
  { path, output, context }: AskedTraining,
): Promise<OpenedNetwork | undefined> {
  const folder = dirname(path);
  const named = [model, text.inputMean, text.weights].filter((file) => typeof file === 'string');
  const read = [dataset, ...named.map((file) => pathFrom(folder, file))];
  throwIfErrors(
    await clashes(
      [{ place: `--output ${output}`, path: output }],
      read.map((file) => ({ place: file, path: file })),
    ),
  );
  if (model === undefined) return undefined;
  const opened = await openNetwork(await readModelFile(pathFrom(folder, model)), await readImportText(text, folder));
  printWarnings(opened.warnings, context);
  return opened;
}
