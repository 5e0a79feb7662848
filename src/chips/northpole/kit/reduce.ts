/** Smaller cases of NorthPole-style chips. */
import { UserError } from '../../../common/diagnostics.js';
import { compileNorthPole } from '../../../compiler/targets/northpole/compile.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import type { KitCase, Stimulus } from '../../kit.js';
import { randomIntegerNetwork, type RandomIntegerOptions } from './random-network.js';

/** Networks from a single dense layer on. */
const SMALLER: readonly RandomIntegerOptions[] = [
  { maxSide: 4, maxChannels: 1, blocks: 0 },
  { maxSide: 4, maxChannels: 2, blocks: 0 },
  { maxSide: 4, maxChannels: 2, blocks: 1 },
  { maxSide: 5, maxChannels: 6, blocks: 1 },
];
/** Networks of each size. */
const NETWORKS = 16;

/**
 * A schedule is compiled and has no parts that can be left out: other programs for the same chip that take fewer cycles stand in, the smallest networks
 * first; then fewer values that are not 0.
 */
export function* reduceNorthPole(
  program: NorthPoleProgram,
  stimulus: Stimulus,
  stimulusOf: (program: NorthPoleProgram, seed: number) => Stimulus,
): Generator<KitCase<NorthPoleProgram>> {
  for (const options of SMALLER) {
    for (let seed = 0; seed < NETWORKS; seed++) {
      const smaller = compiled(seed, options, program);
      if (smaller === undefined || smaller.cycles >= program.cycles) continue;
      yield { program: smaller, stimulus: stimulusOf(smaller, seed) };
    }
  }
  const { values } = stimulus;
  for (let run = values.length; run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let first = 0; first < values.length; first += run) {
      if (values.subarray(first, first + run).every((value) => value === 0)) continue;
      yield { program, stimulus: { ...stimulus, values: values.slice().fill(0, first, first + run) } };
    }
  }
}

/** A random network on the chip of a program, a frame at a time; undefined where it does not fit. */
function compiled(
  seed: number,
  options: RandomIntegerOptions,
  { spec }: NorthPoleProgram,
): NorthPoleProgram | undefined {
  try {
    return compileNorthPole(randomIntegerNetwork(seed, options), { spec, batch: 1 }).program;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
