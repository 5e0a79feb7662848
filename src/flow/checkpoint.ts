/** Checkpoints of simulations, as values and as files. */
import { z } from 'zod';
import type { StepperState, Stimulus } from '../chips/chip.js';
import { checkSchema } from '../common/check-schema.js';
import { decodeContainer, encodeContainer } from '../common/container.js';

/** A simulation between two steps: which program, what enters, and the state. */
export interface Checkpoint extends StepperState {
  /** Kind of chip, name of the network, and SHA-256 of the whole program. */
  readonly chip: string;
  readonly program: string;
  readonly programSha256: string;
  /** What enters, in words, and itself. */
  readonly input: string;
  readonly stimulus: Stimulus;
}

const count = z.int().min(0);
const ints = z.instanceof(Int32Array);
const schema: z.ZodType<Checkpoint> = z
  .strictObject({
    ...{ chip: z.string().min(1), program: z.string(), programSha256: z.string().regex(/^[0-9a-f]{64}$/) },
    input: z.string(),
    stimulus: z
      .strictObject({ steps: count, events: ints, values: ints })
      .refine(({ events }) => events.length % 3 === 0, 'events are step, core and line each')
      .refine(({ events }) => isAscending(events), 'the steps of events ascend'),
    now: count,
    values: z.record(z.string(), ints),
  })
  .refine(({ now, stimulus }) => now <= stimulus.steps, 'it stands beyond the end of its stimulus');

function isAscending(events: Int32Array): boolean {
  for (let k = 3; k < events.length; k += 3) if (events[k]! < events[k - 3]!) return false;
  return true;
}

const REMEDY = 'write it again with `lodestone probe ... --save FILE`';

/** The same checkpoint is the same bytes. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array =>
  encodeContainer('simulation', { ...checkpoint });

/** Reads a checkpoint. Whether it is of a program, that program says. @throws UserError with every finding */
export const decodeCheckpoint = (bytes: Uint8Array, place: string): Checkpoint =>
  checkSchema(schema, decodeContainer('simulation', bytes, place), place, REMEDY);
