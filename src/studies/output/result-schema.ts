/** Reads study.json back, untrusted. */
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { parseJson } from '../../common/parse-json.js';
import { STUDY_PARTS, type StudyResult } from '../../ir/trace/study.js';

const count = z.int().min(0);
const part = z.enum(STUDY_PARTS);
const target = z.string().min(1);

const microjoules = z.number().exactOptional();
const energy = { energyUj: microjoules, energyLowUj: microjoules, energyHighUj: microjoules };

/** A row of a study. */
export const rowSchema = z.strictObject({
  part,
  network: z.string(),
  family: z.string(),
  dataset: z.string(),
  variant: z.string(),
  target,
  effect: z.string(),
  level: z.number(),
  where: z.string(),
  countermeasure: z.string(),
  chip: count,
  chipSeed: count,
  samples: z.int().min(1),
  correct: count,
  volts: z.number().exactOptional(),
  ...energy,
  gaussianBits: z.number().exactOptional(),
  mutualBits: z.number().exactOptional(),
});

const network = z.strictObject({
  name: z.string(),
  family: z.string(),
  dataset: z.string(),
  variant: z.string(),
  nClasses: z.int().min(1),
  nWeights: count,
  validationAccuracy: z.number().min(0).max(1).exactOptional(),
  epochs: count.exactOptional(),
});

const cost = z.strictObject({
  countermeasure: z.string(),
  network: z.string(),
  target,
  members: z.int().min(1),
  cores: count,
  ...energy,
  storedBits: count,
  protectedBits: count,
  epochs: count.exactOptional(),
});

const result = z.strictObject({
  kind: z.literal('lodestone-study'),
  version: z.literal(1),
  name: z.string(),
  seed: count,
  chips: z.int().min(1),
  images: z.int().min(1),
  networks: z.array(network),
  rows: z.array(rowSchema),
  costs: z.array(cost),
  failures: z.array(z.strictObject({ part, point: z.string(), message: z.string() })),
  specification: z.string(),
  command: z.string(),
});

/** The study of a file's text. @throws UserError for anything else, with every problem */
export function parseStudyResult(text: string, place: string): StudyResult {
  const value = parseJson(text, place, { code: 'not-json', remedy: 'pass the folder of a study' });
  return checkSchema(result, value, place, 'run the study again');
}
