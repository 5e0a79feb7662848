/** Whether a kit notices wrong models: each mutant of a chip against the specification, on the cases that fuzzing takes. */
import type { ChipKit, ChipMutant, FieldPlace } from '../chips/kit.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import { agrees, compareModels } from './compare.js';
import { fuzzCase } from './fuzz.js';
import { modelOfKit, type ModelUnderTest } from './model.js';

/** What became of a mutant. */
export interface HuntedMutant extends Pick<ChipMutant, 'id' | 'rule' | 'text'> {
  readonly caught: boolean;
  /** Cases that were run, the one that caught it included. */
  readonly cases: number;
  /** Steps of all of them, up to the one that differs. */
  readonly steps: number;
  /** Where it was caught; absent where it stopped by itself. */
  readonly at?: FieldPlace | undefined;
}

/** How to hunt. */
export interface HuntRequest {
  readonly kit: ChipKit;
  readonly spec?: ChipProgram['spec'] | undefined;
  readonly seed: number;
  /** Cases that each mutant gets, at most. */
  readonly cases: number;
  readonly sizes?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All mutants of a kit, in its order. */
export async function huntMutants({
  kit,
  cases,
  onProgress,
  signal,
  ...how
}: HuntRequest): Promise<readonly HuntedMutant[]> {
  const mutants = kit.mutants ?? [];
  const expected = modelOfKit(kit);
  const hunted: HuntedMutant[] = [];
  for (const mutant of mutants) {
    const actual: ModelUnderTest = {
      name: mutant.id,
      takes: 'everything',
      open: ({ program, stimulus }) => mutant.open(program, stimulus),
      close: () => Promise.resolve(),
    };
    const { id, rule, text } = mutant;
    let found: HuntedMutant = { id, rule, text, caught: false, cases: 0, steps: 0 };
    for (let n = 0; n < cases && !found.caught; n++) {
      signal?.throwIfAborted();
      const of = fuzzCase({ kit, ...how, expected, actual, isEnough: () => false }, n);
      const comparison = await runBoth(of, expected, actual);
      const steps = found.steps + comparison.steps;
      found = { ...found, cases: n + 1, steps, caught: !agrees(comparison), at: comparison.differences[0] };
    }
    hunted.push(found);
    onProgress?.(hunted.length, mutants.length);
  }
  return hunted;
}

/** A mutant that cannot even be opened is caught in step 0. */
async function runBoth(of: Parameters<ModelUnderTest['open']>[0], expected: ModelUnderTest, actual: ModelUnderTest) {
  const one = await expected.open(of);
  try {
    return await compareModels(one, await actual.open(of));
  } catch (error) {
    const stopped = error instanceof Error ? error.message : String(error);
    return { steps: 0, fields: [], differences: [], nDifferences: 0, stopped };
  }
}
