/** Runs a point of an exploration again, and compares what comes out bit for bit. The host block is the machine's. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Chip } from '../chips/chip.js';
import { fail } from '../common/diagnostics.js';
import { parseJson } from '../common/parse-json.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import { canonicalJson } from '../experiments/points/digest.js';
import { readJournal } from '../experiments/points/journal.js';
import { openBench } from './evaluate/bench.js';
import { measurePoint } from './evaluate/measure.js';
import { type PointMeasured, type PointRecord, recordSchema } from './evaluate/result.js';
import { readSetup } from './evaluate/setup.js';
import { journalPath } from './run-exploration.js';

/** A point that was run again. */
export interface Reproduction {
  readonly key: string;
  readonly record: PointRecord;
  readonly again: PointMeasured;
  /** Fields of the results that differ, with both values; none where all bits are the same. */
  readonly differences: readonly { readonly field: string; readonly before: string; readonly after: string }[];
}

/**
 * Runs a point again: by its number in the results, or the beginning of its key. @throws UserError for a folder or a point that is not there, for
 * a point of another version, and for images that have changed
 */
export async function reproducePoint(
  folder: string,
  point: string,
  version: string,
  chips?: readonly Chip[],
): Promise<Reproduction> {
  const { done } = await readJournal(journalPath(folder), recordSchema);
  if (done.size === 0) fail('no-points', folder, 'it has no points', 'name the folder of an exploration');
  const wanted = /^\d+$/.test(point) && point.length < 8 ? await keyOfNumber(folder, Number(point)) : point;
  const found = [...done].filter(([key]) => key.startsWith(wanted));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const message =
      only === undefined ? `no point has a key that begins with "${wanted}"` : `${found.length} points begin so`;
    return fail('unknown-point', point, message, 'take a number or a key of results.csv');
  }
  const [key, record] = only;
  if (record.version !== version) {
    const message = `it was measured by version ${record.version}, and this is ${version}`;
    fail('other-version', point, message, `use version ${record.version}`);
  }
  const setup = await readSetup(folder);
  const { measured } = await measurePoint(record.request, openBench(setup, chips), setup.constraints);
  return { key, record, again: measured, differences: differencesOf(record.measured, measured) };
}

const table = z.looseObject({ table: z.array(z.looseObject({ point: z.int(), key: z.string().optional() })) });

async function keyOfNumber(folder: string, number: number): Promise<string> {
  const path = join(folder, 'results.json');
  const remedy = 'explore --resume writes it again';
  const read = table.safeParse(parseJson(textOf(await readBounded(path), path), path, { code: 'bad-results', remedy }));
  const row = read.data?.table.find(({ point }) => point === number);
  if (row === undefined) return fail('unknown-point', `${number}`, 'there is no such point', `see ${path}`);
  return (
    row.key ??
    fail('refused-point', `${number}`, 'its design was refused before anything ran', 'its reason is in the results')
  );
}

function differencesOf(before: PointMeasured, after: PointMeasured): Reproduction['differences'] {
  const [a, b] = [flat(before), flat(after)];
  const fields = [...new Set([...a.keys(), ...b.keys()])].sort();
  return fields.flatMap((field) => {
    const [one, other] = [a.get(field) ?? 'nothing', b.get(field) ?? 'nothing'];
    return one === other ? [] : [{ field, before: one, after: other }];
  });
}

/** Fields, and those of inner objects, as text: numbers as JSON prints them, which tells every double from every other. */
const flat = (measured: PointMeasured): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(measured).flatMap(([name, value]) =>
      typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, canonicalJson(one)] as const)
        : [[name, canonicalJson(value)] as const],
    ),
  );
