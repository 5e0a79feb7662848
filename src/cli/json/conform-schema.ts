/** The objects that `lodestone conform ... --json` prints. */
import { z } from 'zod';
import { count, objectOf, output } from './parts.js';

const place = { step: count, field: z.string(), index: count };
const finding = z.strictObject({
  name: z.string(),
  passed: z.boolean(),
  steps: count,
  fields: z.array(z.string()),
  differences: count.describe('values that differ in the first step that has any'),
  stopped: z.string().nullable().describe('why the comparison ended early where no value says so'),
  first: z
    .strictObject({
      ...place,
      expected: z.int(),
      actual: z.int(),
      explanation: z
        .strictObject({
          place: z.string(),
          inputs: z.array(z.tuple([z.string(), z.string()])),
          rules: z.array(z.string()),
        })
        .optional(),
      rule: z.string().optional(),
    })
    .nullable(),
  rules: z.array(
    z.strictObject({ rule: z.string(), text: z.string(), source: z.string(), used: count, differences: count }),
  ),
});

/** All of them. */
export const CONFORM_SCHEMAS = [
  objectOf('conform-record', {
    ...{ chip: z.string(), program: z.string(), model: z.string(), steps: count },
    ...{ fields: z.array(z.string()), form: z.enum(['binary', 'text']), output },
  }),
  objectOf('conform-check', { findings: z.array(finding) }),
  objectOf('conform-diff', { findings: z.array(finding) }),
  objectOf('conform-fuzz', {
    chip: z.string(),
    runs: z.array(
      z.strictObject({
        ...{ expected: z.string(), actual: z.string(), cases: count, refused: count, steps: count, coreSteps: count },
        rules: z.array(z.strictObject({ rule: z.string(), used: count })),
        files: z.array(z.string()),
        failure: z
          .strictObject({
            ...{ seed: count, steps: count, events: count, tries: count, isMinimal: z.boolean(), finding },
          })
          .nullable(),
      }),
    ),
    mutants: z.array(
      z.strictObject({
        ...{ id: z.string(), rule: z.string(), text: z.string(), caught: z.boolean(), cases: count, steps: count },
        at: z.strictObject({ ...place, expected: z.int(), actual: z.int() }).nullable(),
      }),
    ),
    missed: count,
  }),
] as const;
