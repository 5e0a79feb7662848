/** Trains the networks of a study, several at once; those that were trained before are not trained again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { builtFile } from '../../common/built-file.js';
import { THREAD_ARGUMENTS } from '../../common/platform/thread-arguments.js';
import { digestOf } from '../../experiments/points/digest.js';
import { messageOf } from '../../experiments/points/run-points.js';
import { type ModelFile, readModel } from '../../experiments/read-model.js';
import { type StudyFolder, writeWhole } from '../files.js';
import type { PlannedNetwork } from '../networks.js';
import { readGiven } from './given-network.js';
import {
  runTraining,
  type TaskResult,
  trainingFacts,
  type TrainingFacts,
  type TrainingOutcome,
  type TrainingTask,
} from './task.js';

/** A network at hand, or why it is not. */
export type ReadyNetwork =
  | (ModelFile & { readonly kind: 'ready'; readonly plan: PlannedNetwork; readonly facts?: TrainingFacts })
  | { readonly kind: 'failed'; readonly plan: PlannedNetwork; readonly message: string };

/** How to train. */
export interface TrainingRun {
  /** Networks in training at once. */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  /** Called a few times per second. */
  readonly onProgress?: ((progress: TrainingsProgress) => void) | undefined;
}

/** Where the trainings stand. */
export interface TrainingsProgress {
  readonly trained: number;
  readonly networks: number;
  /** Share of all trainings that is done, 0..1, each network counted as the same. */
  readonly share: number;
  /** Names of those in training. */
  readonly running: readonly string[];
}

type Trained = Extract<PlannedNetwork, { kind: 'trained' }>;

/** Milliseconds between two looks at the progress of threads. */
const LOOK_MS = 250;

/**
 * All networks, in their order. A training that fails is a failed network, and the others go on. Rejects with the signal's reason when
 * aborted: checkpoints of whole epochs are kept.
 */
export async function readyNetworks(
  networks: readonly PlannedNetwork[],
  folder: StudyFolder,
  run: TrainingRun,
): Promise<readonly ReadyNetwork[]> {
  const ready = new Map<string, ReadyNetwork>();
  const waiting: { readonly plan: Trained; readonly training: string; readonly task: TrainingTask }[] = [];
  for (const plan of networks) {
    if (plan.kind === 'given') {
      ready.set(
        plan.name,
        await attempt(plan, async () => ({ kind: 'ready', plan, ...(await readGiven(plan, folder)) })),
      );
      continue;
    }
    const recipe = JSON.stringify(plan.recipe);
    const start = await digestedStart(plan);
    const training = digestOf(recipe, `${plan.trainingImages ?? 'all'}`, ...(start === undefined ? [] : [start]));
    const known = await trainedBefore(plan, training, folder);
    if (known === undefined) waiting.push({ plan, training, task: taskOf(plan, recipe, training, folder) });
    else ready.set(plan.name, known);
  }
  if (waiting.length > 0) {
    const pool = trainingPool(Math.min(run.workers, waiting.length), run.signal);
    const running = new Set<string>();
    let trained = 0;
    const look = (): void => {
      const done = (progress: Int32Array): number => Atomics.load(progress, 0) / Math.max(1, Atomics.load(progress, 1));
      const share = waiting.reduce((sum, { task }) => sum + done(task.progress), 0) / waiting.length;
      run.onProgress?.({ trained, networks: waiting.length, share, running: [...running] });
    };
    const timer = setInterval(look, LOOK_MS);
    try {
      await Promise.all(
        waiting.map(async ({ plan, training, task }) => {
          const found = await attempt(plan, async () => {
            const outcome = await pool.train(task);
            return 'problem' in outcome
              ? { kind: 'failed', plan, message: outcome.problem }
              : keep(plan, training, outcome, folder);
          });
          trained++;
          ready.set(plan.name, found);
          look();
        }),
      );
    } finally {
      clearInterval(timer);
      await pool.close();
    }
  }
  run.signal?.throwIfAborted();
  return networks.flatMap(({ name }) => ready.get(name) ?? []);

  async function attempt(plan: PlannedNetwork, action: () => Promise<ReadyNetwork>): Promise<ReadyNetwork> {
    try {
      return await action();
    } catch (error) {
      run.signal?.throwIfAborted();
      return { kind: 'failed', plan, message: messageOf(error) };
    }
  }
}

/** What tells one start from another: the file, or what is read where options say how. Nothing where it cannot be read: the training says why. */
async function digestedStart({ start, recipe }: Trained): Promise<Uint8Array | string | undefined> {
  if (start === undefined) return undefined;
  if (recipe.import === undefined) return readFile(start.path).catch(() => undefined);
  return readModel(start.path, { ...start, import: recipe.import }).then(
    ({ digest }) => digest,
    () => undefined,
  );
}

function taskOf(plan: Trained, recipe: string, training: string, folder: StudyFolder): TrainingTask {
  return {
    recipe,
    trainingImages: plan.trainingImages,
    start: plan.start,
    // A changed recipe finds no checkpoint of the old one.
    checkpoints: join(folder.work, 'checkpoints', training),
    progress: new Int32Array(new SharedArrayBuffer(8)),
  };
}

const factsPath = (folder: StudyFolder, name: string): string => join(folder.work, 'trained', `${name}.json`);

async function trainedBefore(plan: Trained, training: string, folder: StudyFolder): Promise<ReadyNetwork | undefined> {
  try {
    const text = await readFile(factsPath(folder, plan.name), 'utf8');
    const { model, training: of, ...facts } = trainingFacts.parse(JSON.parse(text));
    if (of !== training) return undefined;
    const file = await readModel(folder.model(plan.name));
    return file.digest === model ? { kind: 'ready', plan, ...file, facts } : undefined;
  } catch {
    // Missing or damaged: it is trained again, from its checkpoint if there is one.
    return undefined;
  }
}

async function keep(
  plan: Trained,
  training: string,
  { model, facts }: TrainingOutcome,
  folder: StudyFolder,
): Promise<ReadyNetwork> {
  const path = folder.model(plan.name);
  await writeWhole(path, model);
  const file = await readModel(path);
  await writeWhole(factsPath(folder, plan.name), `${JSON.stringify({ training, model: file.digest, ...facts })}\n`);
  return { kind: 'ready', plan, ...file, facts };
}

interface TrainingPool {
  train(task: TrainingTask): Promise<TaskResult>;
  close(): Promise<void>;
}

/** With one worker the calling thread trains, one network after the other. */
function trainingPool(workers: number, signal: AbortSignal | undefined): TrainingPool {
  if (workers <= 1) {
    let last: Promise<unknown> = Promise.resolve();
    return {
      train: (task) => {
        const result = last.then(() => {
          signal?.throwIfAborted();
          return runTraining(task, signal);
        });
        last = result.catch(() => undefined);
        return result;
      },
      close: () => Promise.resolve(),
    };
  }
  const piscina = new Piscina<TrainingTask, TaskResult>({
    filename: builtFile('studies/training/worker.js'),
    name: 'runTask',
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    execArgv: [...THREAD_ARGUMENTS],
  });
  return {
    train: (task) => piscina.run(task, signal === undefined ? {} : { signal }),
    close: () => piscina.destroy(),
  };
}
