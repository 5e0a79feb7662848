/** What makes a trace a golden: the program that ran, what entered it, and which model it was. */
import { z } from 'zod';
import type { Chip } from '../../chips/chip.js';
import type { ChipKit, KitCase } from '../../chips/kit.js';
import { checkSchema } from '../../common/check-schema.js';
import { decodeContainer, encodeContainer } from '../../common/container.js';
import { fail, throwIfErrors } from '../../common/diagnostics.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';

/** A golden without its steps. */
export interface Golden extends KitCase {
  readonly chip: Chip;
  readonly kit: ChipKit;
  /** The model that was recorded. */
  readonly model: string;
}

const REMEDY = 'record it again with `lodestone conform record`';
const MOST_STEPS = 2 ** 31 - 1;

/** Deterministic: equal goldens give equal bytes. */
export function encodeGolden({
  chip,
  model,
  program,
  stimulus,
}: Omit<Golden, 'chip' | 'kit'> & { readonly chip: string }) {
  return encodeContainer('golden', { chip, model, program, stimulus });
}

const numbers = z.instanceof(Int32Array);
const frame = z.strictObject({
  chip: z.string().max(100),
  model: z.string().max(200),
  program: z.unknown(),
  stimulus: z.strictObject({ steps: z.int().min(0).max(MOST_STEPS), events: numbers, values: numbers }),
});

/** Reads a golden of untrusted origin: container, schema, limits of the chip, places of the stimulus. @throws UserError with every finding */
export async function decodeGolden(bytes: Uint8Array, place: string, chips: readonly Chip[]): Promise<Golden> {
  const value = checkSchema(frame, decodeContainer('golden', bytes, place), place, REMEDY);
  const chip = chips.find(({ name }) => name === value.chip);
  if (chip?.kit === undefined) {
    const known = chips.filter(({ kit }) => kit !== undefined).map(({ name }) => name);
    return fail('unknown-chip', place, `it is of a chip called "${value.chip}"`, `known ones are ${known.join(', ')}`);
  }
  const schema: z.ZodType<ChipProgram> = chip.format.schema;
  const program = checkSchema(schema, value.program, `${place}: program`, REMEDY);
  throwIfErrors(chip.format.check(program, `${place}: program`, REMEDY));
  const kit = await chip.kit();
  throwIfErrors(kit.problems(program, value.stimulus));
  return { chip, kit, model: value.model, program, stimulus: value.stimulus };
}
