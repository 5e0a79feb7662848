/** A worker of a queue: takes points that coordinators put there, one for each of its processes, and gives back what it cannot end. */
import { hostname } from 'node:os';
import { canonicalJson } from '../../experiments/points/digest.js';
import { openProcess, type WorkerProcess } from '../../experiments/points/worker-process.js';
import { PointLost } from '../../experiments/points/run-points.js';
import { UserError } from '../../common/diagnostics.js';
import { requireParts } from '../../common/platform/require-parts.js';
import { answerSchema as processAnswer } from '../point-worker.js';
import { checkQueue, connectionOf, messageOf, type QueueAddress } from './connection.js';
import { fetchContents } from './contents.js';
import { queueName } from './identity.js';
import { type QueueAnswer, type QueuedTask, taskSchema } from './messages.js';
import { announce, checkPrograms } from './presence.js';

/** How a worker works. */
export interface QueueWorkerOptions {
  readonly address: QueueAddress;
  /** See identity.ts. */
  readonly identity: string;
  /** Points at a time, each in a process. */
  readonly workers: number;
  /** Folder of networks and images, by content. */
  readonly store: string;
  /** Ends when nothing came for so many seconds; waits for ever without it. */
  readonly idleSeconds?: number | undefined;
  readonly signal: AbortSignal;
  readonly onPoint?: ((measured: number) => void) | undefined;
  /** Milliseconds after which a point of a worker that is gone is another's. */
  readonly lockMs?: number;
}

const LOCK_MS = 15_000;
/** Times that a point may outlive its worker. */
const MOST_STALLS = 1000;

/** A process and what it was opened with. */
interface Slot {
  isBusy: boolean;
  setup: string;
  process: WorkerProcess | undefined;
}

/** Works until the signal or idleness ends it; returns how many points it answered. @throws UserError where the server does not answer or other programs are there */
export async function runQueueWorker({
  address,
  identity,
  workers,
  store,
  idleSeconds,
  signal,
  onPoint,
  lockMs = LOCK_MS,
}: QueueWorkerOptions): Promise<number> {
  requireParts(['queue']);
  await checkQueue(address);
  const [{ WaitingError, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
  const client = new Redis(connectionOf(address));
  client.on('error', () => undefined);
  try {
    await checkPrograms(client, 'coordinator', identity, address.text);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  const leave = await announce(client, 'worker', identity);
  const slots = Array.from({ length: workers }, (): Slot => ({ isBusy: false, setup: '', process: undefined }));
  let [measured, last] = [0, performance.now()];

  /** A free process, one that was opened alike if there is one. */
  const take = ({ setup, limits }: QueuedTask): Slot => {
    const wanted = canonicalJson({ setup, limits });
    const free = slots.filter(({ isBusy }) => !isBusy);
    const slot = free.find((one) => one.setup === wanted) ?? free[0];
    if (slot === undefined) throw new Error('more points than processes');
    if (slot.setup !== wanted) {
      slot.process?.close();
      const known = { store, chipFiles: [], ...setup };
      slot.process = openProcess({ file: 'explore/point-worker.js', setup: known, limits });
      slot.setup = wanted;
    }
    slot.isBusy = true;
    return slot;
  };
  const measure = async (data: unknown): Promise<QueueAnswer> => {
    const read = taskSchema.safeParse(data);
    if (!read.success) return { kind: 'error', message: `what was on the queue is no point: ${read.error.message}` };
    const task = read.data;
    if (task.identity !== identity) {
      return { kind: 'error', message: `it was made by ${task.identity}, and this worker is ${identity}` };
    }
    await fetchContents(client, store, task.contents);
    const slot = take(task);
    try {
      const answer = await slot.process!.run(task.request, signal);
      const { result, ...rest } = answer;
      return { kind: 'answer', result: processAnswer.parse(result), ...rest, machine: hostname() };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError) return { kind: 'problem', diagnostics: [...error.diagnostics] };
      if (error instanceof PointLost) return { kind: 'lost', reason: error.message };
      return { kind: 'error', message: messageOf(error) };
    } finally {
      slot.isBusy = false;
    }
  };

  const worker = new Worker(
    queueName(identity),
    async (job, token) => {
      last = Infinity;
      try {
        const answer = await measure(job.data);
        measured++;
        onPoint?.(measured);
        return answer;
      } catch (error) {
        if (!signal.aborted) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      } finally {
        last = performance.now();
      }
    },
    {
      ...{ connection: connectionOf(address), prefix: 'lodestone', concurrency: workers, name: hostname() },
      ...{ lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: MOST_STALLS },
    },
  );
  // Away for a while: it tries again by itself.
  worker.on('error', () => undefined);
  try {
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (idleSeconds === undefined) return;
      const timer = setInterval(() => {
        if (slots.some(({ isBusy }) => isBusy) || performance.now() - last < idleSeconds * 1000) return;
        clearInterval(timer);
        resolve();
      }, 200);
    });
  } finally {
    await worker.close();
    for (const { process } of slots) process?.close();
    await leave();
    client.disconnect();
  }
  return measured;
}
