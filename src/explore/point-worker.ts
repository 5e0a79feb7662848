/** The worker process of explorations: one point at a time. What it is told is data, and checked. */
import { z } from 'zod';
import { CHIPS } from '../chips/installed.js';
import { loadChipFile } from '../chips/own-chip.js';
import { type Bench, openBench } from './evaluate/bench.js';
import { measurePoint, type MeasuredPoint } from './evaluate/measure.js';
import { measuredSchema } from './evaluate/result.js';
import { requestSchema } from './evaluate/request.js';
import { benchSetup } from './evaluate/setup.js';

/** Answers the tasks of a process. */
export function openTasks(setup: unknown): (task: unknown) => Promise<MeasuredPoint> {
  const known = benchSetup.parse(setup);
  let bench: Promise<Bench> | undefined;
  const open = async (): Promise<Bench> => {
    const own = await Promise.all(known.chipFiles.map(loadChipFile));
    return openBench(known, [...CHIPS, ...own]);
  };
  return async (task) => measurePoint(requestSchema.parse(task), await (bench ??= open()), known.constraints);
}

/** What a process answers. */
export const answerSchema = z.object({
  measured: measuredSchema,
  seconds: z.object({ compileSeconds: z.number().exactOptional(), runSeconds: z.number().exactOptional() }),
});
