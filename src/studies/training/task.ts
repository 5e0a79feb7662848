/** Training of one network of a study, in whichever thread. */
import { z } from 'zod';
import { UserError } from '../../common/diagnostics.js';
import { loadTrainingImages } from '../../data/samples.js';
import { encodeNetwork } from '../../ir/network/file.js';
import { parseRecipe } from '../../training/recipe.js';
import { train } from '../../training/train.js';
import { readModel } from '../../experiments/read-model.js';

/** What a thread needs to train a network; plain data. */
export interface TrainingTask {
  /** The recipe as YAML or JSON. */
  readonly recipe: string;
  readonly trainingImages: number | undefined;
  /** Model file that the recipe starts from, and the folder of the recipe. */
  readonly start: { readonly path: string; readonly folder: string } | undefined;
  /** Folder of this training's checkpoints only. */
  readonly checkpoints: string;
  /** In shared memory: [0] steps done, [1] steps of the training. */
  readonly progress: Int32Array;
}

/** A trained network as a model file, and what is known of it. */
export interface TrainingOutcome {
  readonly model: Uint8Array;
  readonly facts: TrainingFacts;
}

/** A trained network, or what of the user's is wrong: errors lose their class between threads. */
export type TaskResult = TrainingOutcome | { readonly problem: string };

/** What is known of a training that ended. */
export const trainingFacts = z.strictObject({
  /** Digest of what was trained: recipe, images, start. */
  training: z.string(),
  /** Digest of the model file. */
  model: z.string(),
  validationAccuracy: z.number().min(0).max(1),
  /** Epochs that were run. */
  epochs: z.int().min(1),
});

/** Those of them that the training itself knows. */
export type TrainingFacts = Pick<z.infer<typeof trainingFacts>, 'validationAccuracy' | 'epochs'>;

/** Trains, from the last checkpoint if there is one; the same bits in every thread and after every restart. */
export async function runTraining(task: TrainingTask, signal?: AbortSignal): Promise<TaskResult> {
  try {
    return await trained(task, signal);
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

async function trained(task: TrainingTask, signal: AbortSignal | undefined): Promise<TrainingOutcome> {
  const recipe = parseRecipe(task.recipe, 'recipe of the study');
  const { start: from } = task;
  const read = from === undefined ? undefined : await readModel(from.path, { ...from, import: recipe.import });
  const start = read?.network;
  const { data, recorded } = await loadTrainingImages(recipe, start, task.trainingImages);
  const { network, history, validationAccuracy } = await train(recipe, data, {
    checkpointDir: task.checkpoints,
    resume: true,
    ...(start === undefined ? {} : { start }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ epoch, nEpochs, step, nSteps }) => {
      Atomics.store(task.progress, 0, (epoch - 1) * nSteps + step);
      Atomics.store(task.progress, 1, nEpochs * nSteps);
    },
  });
  return {
    model: encodeNetwork({ ...network, ...recorded }),
    facts: { validationAccuracy, epochs: history.length },
  };
}
