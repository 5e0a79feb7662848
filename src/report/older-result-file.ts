/** Result files of version 3, in which every chip had fields of its own, as files of the version of today. */
import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { fail } from '../common/diagnostics.js';
import type { OlderResults } from '../ir/trace/older-results.js';

/** The version that is still read. */
export const OLDER_VERSION = 3;

const host = { seconds: z.number(), samplesPerSecond: z.number(), workers: z.number() };

/** What all chips had in a result; what is not of the chip or of the machine stayed as it was. */
const common = (target: string) =>
  z
    .object({
      kind: z.unknown(),
      name: z.unknown(),
      target: z.literal(target),
      chip: z.unknown(),
      data: z.unknown(),
      samples: z.unknown(),
      correct: z.unknown(),
      accuracy: z.unknown(),
      accuracyInterval: z.unknown(),
      accuracyInteger: z.unknown(),
      accuracyFloat: z.unknown().exactOptional(),
      mismatches: z.unknown(),
      seed: z.unknown(),
      engine: z.unknown(),
      noise: z.unknown(),
      scope: z.unknown().exactOptional(),
      ...host,
    })
    .transform(({ seconds, samplesPerSecond, workers, ...rest }) => ({
      ...rest,
      host: { seconds, samplesPerSecond, workers },
    }));

/**
 * A result file of version 3 as one of version `version`; it still has to be checked.
 * @throws UserError with every problem of the chips' parts, and for chips that no such file knew
 */
export function upgradeResultFile(
  value: unknown,
  { version, place, remedy, chips }: UpgradeRequest,
): Readonly<Record<string, unknown>> {
  const [first, ...rest] = chips;
  if (first === undefined)
    return fail('result-version', place, `no chip reads result files of version ${OLDER_VERSION}`, remedy);
  const resultOf = ({ target, measures }: OlderResults) => z.intersection(common(target), measures);
  const file = z.looseObject({
    results: z.array(z.union([resultOf(first), ...rest.map(resultOf)])),
    programs: z.array(z.union([first.view, ...rest.map(({ view }) => view)])),
    // Files written before there were sweeps of other chips than the first one say no target.
    noise: z.array(z.looseObject({ target: z.string().default(first.target) })),
  });
  return { ...checkSchema(file, value, place, remedy), version };
}

/** See {@link upgradeResultFile}. */
export interface UpgradeRequest {
  readonly version: number;
  readonly place: string;
  readonly remedy: string;
  readonly chips: readonly OlderResults[];
}
