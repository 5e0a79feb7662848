/** Where points are measured: in processes here, or on a queue. */
import type { PointLimits, ProcessAnswer } from '../experiments/points/worker-process.js';
import { openProcess } from '../experiments/points/worker-process.js';
import type { BenchSetup } from './evaluate/setup.js';
import type { PointRequest } from './evaluate/request.js';

/** What a place answers. */
export interface PointAnswer extends ProcessAnswer {
  /** The machine that measured, where it is another. */
  readonly machine?: string | undefined;
}

/** A place with room for some points at a time. */
export interface PointPlace {
  readonly lanes: number;
  /** Measures a point; `lane` has one at a time. @throws UserError, PointLost, Error for points that fail */
  run(
    point: { readonly key: string; readonly request: PointRequest },
    lane: number,
    signal: AbortSignal,
  ): Promise<PointAnswer>;
  close(): Promise<void>;
}

/** What a place is opened with. */
export interface PlaceSetup extends BenchSetup {
  readonly limits: PointLimits;
}

/** So many processes on this machine. */
export function processesHere(workers: number, { limits, ...setup }: PlaceSetup): PointPlace {
  const processes = Array.from({ length: workers }, () =>
    openProcess({ file: 'explore/point-worker.js', setup, limits }),
  );
  return {
    lanes: workers,
    run: ({ request }, lane, signal) => processes[lane]!.run(request, signal),
    close: () => {
      for (const one of processes) one.close();
      return Promise.resolve();
    },
  };
}
