/** Points on a queue: handed to whoever takes them, and asked for again until an answer is there. */
import { setMaxListeners } from 'node:events';
import { requireParts } from '../../common/platform/require-parts.js';
import { UserError } from '../../common/diagnostics.js';
import { PointLost } from '../../experiments/points/run-points.js';
import { openBench } from '../evaluate/bench.js';
import { SAMPLES } from '../evaluate/kept-samples.js';
import { quantisedKeyOf } from '../evaluate/quantised.js';
import type { PlaceSetup, PointAnswer, PointPlace } from '../point-place.js';
import type { PointRequest } from '../evaluate/request.js';
import { checkQueue, connectionOf, messageOf, type QueueAddress } from './connection.js';
import { sendContent } from './contents.js';
import { queueName } from './identity.js';
import { answerSchema, type Content, type QueuedTask } from './messages.js';
import { announce, checkPrograms } from './presence.js';

/** A queue that points are put on. */
export interface QueueOptions {
  readonly address: QueueAddress;
  /** See identity.ts. */
  readonly identity: string;
  /** Points that are on the queue at a time. */
  readonly inFlight: number;
  /** Milliseconds between looks at points whose answers may have been missed. */
  readonly lookMs?: number;
}

/** Times that a point is tried again where its worker could not even say that it failed. */
const ATTEMPTS = 10;
const LOOK_MS = 3000;

interface Waiting {
  readonly task: QueuedTask;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** Opens the queue. @throws UserError where the server does not answer, and where only other programs wait there */
export async function openQueuePlace(
  { address, identity, inFlight, lookMs = LOOK_MS }: QueueOptions,
  { store, data, constraints, limits }: PlaceSetup,
): Promise<PointPlace> {
  requireParts(['queue']);
  await checkQueue(address);
  const [{ Job, Queue, QueueEvents }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
  const client = new Redis(connectionOf(address));
  client.on('error', () => undefined);
  try {
    await checkPrograms(client, 'worker', identity, address.text);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  const leave = await announce(client, 'coordinator', identity);
  const how = { connection: connectionOf(address), prefix: 'lodestone' };
  const queue = new Queue(queueName(identity), how);
  const events = new QueueEvents(queueName(identity), how);
  // They try again by themselves, and what they say is in no order with what we do.
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  await events.waitUntilReady();

  const waiting = new Map<string, Waiting>();
  const bench = openBench({ store, data });
  const sent = new Map<string, Promise<Content>>();
  const content = (key: string, kind: Content['kind']): Promise<Content> => {
    const known = sent.get(key) ?? sendContent(client, store, key, kind);
    sent.set(key, known);
    return known;
  };
  const contentsOf = async (request: PointRequest): Promise<readonly Content[]> => {
    const wanted = [content(request.model, 'lsn'), content(request.data, SAMPLES)];
    const key = quantisedKeyOf(request, data);
    if (key !== undefined) {
      // Calibration reads training images, which stay here.
      await bench.network(request);
      wanted.push(content(key, 'lsn'));
    }
    return Promise.all(wanted);
  };
  const add = async (key: string, task: QueuedTask): Promise<void> => {
    const options = { jobId: key, attempts: ATTEMPTS, backoff: { type: 'fixed', delay: 1000 } };
    await queue.add('point', task, options);
  };
  const settle = (key: string, answer: unknown): void => {
    const one = waiting.get(key);
    if (one === undefined) return;
    waiting.delete(key);
    one.settle(answer);
    void queue.remove(key).catch(() => undefined);
  };
  const giveUp = (key: string, reason: string): void => {
    const one = waiting.get(key);
    if (one === undefined) return;
    waiting.delete(key);
    one.fail(new PointLost(`the queue gave it up: ${reason}`));
    void queue.remove(key).catch(() => undefined);
  };
  events.on('completed', ({ jobId, returnvalue }) => settle(jobId, returnvalue));
  events.on('failed', ({ jobId, failedReason }) => giveUp(jobId, failedReason));

  /** Whether an answer came while nobody listened, and whether the point is still there at all. */
  const look = async (key: string, { task }: Waiting): Promise<void> => {
    const job = await Job.fromId(queue, key);
    if (job === undefined) await add(key, task);
    else if (job.finishedOn !== undefined) {
      if (job.failedReason === undefined || job.failedReason === '') settle(key, job.returnvalue);
      else giveUp(key, job.failedReason);
    }
  };
  const timer = setInterval(() => {
    for (const [key, one] of waiting) void look(key, one).catch(() => undefined);
  }, lookMs);

  return {
    lanes: inFlight,
    run: async ({ key, request }, _lane, signal) => {
      const contents = await contentsOf(request);
      const task: QueuedTask = {
        ...{ identity, request, contents: [...contents], setup: { data: { ...data }, constraints: [...constraints] } },
        limits: {
          ...(limits.memoryMiB !== undefined && { memoryMiB: limits.memoryMiB }),
          ...(limits.seconds !== undefined && { seconds: limits.seconds }),
        },
      };
      signal.throwIfAborted();
      // One listener for every point in flight.
      setMaxListeners(0, signal);
      const answer = await new Promise<unknown>((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(key);
          // One that a worker has already stays, and its answer with it.
          void queue.remove(key).catch(() => undefined);
          reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
        };
        const end = (): void => signal.removeEventListener('abort', onAbort);
        const one: Waiting = {
          task,
          settle: (value) => {
            end();
            resolve(value);
          },
          fail: (error) => {
            end();
            reject(error);
          },
        };
        waiting.set(key, one);
        signal.addEventListener('abort', onAbort, { once: true });
        // An answer of a run before this one may be there already.
        void add(key, task)
          .then(() => look(key, one))
          .catch((error: unknown) => giveUp(key, messageOf(error)));
      });
      return answerOf(answer);
    },
    close: async () => {
      clearInterval(timer);
      await leave();
      await Promise.allSettled([events.close(), queue.close()]);
      client.disconnect();
    },
  };
}

/** What a worker said, as if it were a process here. @throws UserError, PointLost, Error */
function answerOf(value: unknown): PointAnswer {
  const read = answerSchema.safeParse(typeof value === 'string' ? parsed(value) : value);
  if (!read.success) throw new PointLost('a worker answered what is no answer');
  const answer = read.data;
  if (answer.kind === 'problem') throw new UserError(answer.diagnostics);
  if (answer.kind === 'lost') throw new PointLost(answer.reason);
  if (answer.kind === 'error') throw new Error(answer.message);
  const { result, seconds, cpuSeconds, peakMiB, machine } = answer;
  return { result, seconds, cpuSeconds, peakMiB, machine };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
