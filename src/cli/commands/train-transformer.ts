import { encodeNetwork } from '../../ir/network/file.js';
import { percent, significant } from '../../common/format.js';
import type { CliContext } from '../context.js';
import { checkWritable, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { startProgress } from '../progress.js';

/** What `lodestone train` passes on for a recipe with `kind: transformer`. */
export interface TrainTransformerOptions {
  readonly output: string;
  readonly checkpoint?: string;
  readonly resume: boolean;
  readonly json: boolean;
  /** Instead of the recipe's. */
  readonly seed?: number;
}

/** Trains the transformer of a recipe's text and writes it to `options.output`. */
export async function trainTransformer(
  text: string,
  path: string,
  options: TrainTransformerOptions,
  context: CliContext,
): Promise<void> {
  const { backendName } = await import('../../training/index.js');
  const { parseSequenceRecipe, trainSequence } = await import('../../training/sequence/index.js');
  const read = parseSequenceRecipe(text, path);
  const recipe = options.seed === undefined ? read : { ...read, seed: options.seed };
  await checkWritable(options.output);
  const backend = await backendName();
  if (!options.json) context.err(`training ${recipe.name} on the ${backend} backend, seed ${recipe.seed}\n`);
  const progress = startProgress(recipe.name, context, options.json);
  const start = performance.now();
  const result = await trainSequence(recipe, {
    signal: context.signal,
    now: () => performance.now(),
    ...(options.checkpoint === undefined ? {} : { checkpointDir: options.checkpoint }),
    resume: options.resume,
    onProgress: ({ step, nSteps, loss, tokensPerSecond, validation }) => {
      const rate = tokensPerSecond === undefined ? '' : `, ${Math.round(tokensPerSecond)} tokens/s`;
      const exact = validation === undefined ? '' : `, exact answers ${percent(validation.exactAnswers)}`;
      progress.update(step, nSteps, `loss ${loss.toFixed(3)}${exact}${rate}`);
    },
  }).finally(() => progress.stop());
  const seconds = (performance.now() - start) / 1000;
  await writeAtomic(options.output, encodeNetwork(result.network));
  const { history, validation } = result;
  if (options.json) {
    const { name, seed } = recipe;
    const summary = { name, history, validation, seed, output: options.output };
    printJson(context, 'lodestone-train', summary, { seconds, backend });
    return;
  }
  for (const { step, loss, exactAnswers, tokens } of history) {
    context.out(
      `step ${step}: loss ${loss.toFixed(4)}, validation: exact answers ${percent(exactAnswers)}, tokens ${percent(tokens)}\n`,
    );
  }
  context.out(
    `${recipe.name}: exact answers ${percent(validation.exactAnswers)} after ${significant(seconds)} s, written to ${options.output}\n`,
  );
}
