/** Random legal programs on two models, until they differ or somebody says that it is enough. */
import type { ChipKit, KitCase, ProgramWishes } from '../chips/kit.js';
import { UserError } from '../common/diagnostics.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import { agrees, compareModels, type Comparison } from './compare.js';
import { type Finding, findingOf, usedRules } from './findings.js';
import type { ModelUnderTest } from './model.js';
import { shrink, type Shrunk, type ShrinkLimits } from './shrink.js';

/** What to fuzz. */
export interface FuzzRequest {
  readonly kit: ChipKit;
  /** The chip; the standard one of the kit without it. */
  readonly spec?: ChipProgram['spec'] | undefined;
  /** What is taken as right. */
  readonly expected: ModelUnderTest;
  readonly actual: ModelUnderTest;
  readonly seed: number;
  /** Whether to stop, asked before every case. */
  readonly isEnough: (done: FuzzDone) => boolean;
  /** Shares of the size of a core that are drawn; 1/32, 1/8 and now and then 1 without it. */
  readonly sizes?: readonly number[] | undefined;
  /** Most cores of a program, where its chip leaves that open; those of the kit without it. */
  readonly cores?: number | undefined;
  /** Steps of a program, where its chip leaves that open; those of the kit without it. */
  readonly steps?: number | undefined;
  /** Whether the rules of the specification are counted, in every {@link COVERED}th case; true without it. */
  readonly coverage?: boolean | undefined;
  readonly shrinking?: ShrinkLimits | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: FuzzDone) => void) | undefined;
}

/** How much was done. */
export interface FuzzDone {
  readonly cases: number;
  /** Cases that one of the models refused. */
  readonly refused: number;
  readonly steps: number;
  /** Steps times cores. */
  readonly coreSteps: number;
}

/** What came out. */
export interface FuzzResult extends FuzzDone {
  /** Uses of each rule of the specification, in the order of the rules; all 0 without coverage. */
  readonly rules: readonly { readonly rule: string; readonly used: number }[];
  readonly failure?: FuzzFailure | undefined;
}

/** A case that fails. */
export interface FuzzFailure {
  /** Of the random program and stimulus. */
  readonly seed: number;
  readonly original: { readonly case: KitCase; readonly comparison: Comparison };
  readonly shrunk: Shrunk;
  readonly finding: Finding;
}

/** Small cores mostly: their edges are met as often, and they are quick. */
const SIZES = [1 / 32, 1 / 8, 1 / 32, 1 / 8, 1 / 32, 1];
/** The specification counts its rules in one case of so many. */
export const COVERED = 4;
/** Seeds of cases are the seed of the run times this, and on. */
const SEEDS = 1_000_003;

/** The n-th case of a run: a function of its arguments. */
export function fuzzCase(
  { kit, spec, seed, sizes = SIZES, cores, steps, expected, actual }: FuzzRequest,
  n: number,
): KitCase {
  const takes = [expected.takes, actual.takes];
  const wishes: ProgramWishes = {
    plain: takes.includes('plain'),
    deterministic: !takes.every((what) => what === 'everything'),
    size: sizes[n % sizes.length] ?? 1,
    cores,
  };
  const program = kit.randomProgram(seed * SEEDS + n, spec, wishes);
  return { program, stimulus: kit.randomStimulus(program, seed * SEEDS + n, steps) };
}

/** Runs cases until one fails or it is enough. @throws UserError where all of many cases are refused */
export async function fuzz(request: FuzzRequest): Promise<FuzzResult> {
  const { kit, expected, actual, isEnough, signal, onProgress, shrinking, coverage = true } = request;
  const used = new Map(kit.rules.map(({ id }) => [id, 0]));
  let done: FuzzDone = { cases: 0, refused: 0, steps: 0, coreSteps: 0 };
  let failure: FuzzFailure | undefined;
  const compare = async (of: KitCase): Promise<Comparison> => {
    const one = await expected.open(of);
    return compareModels(one, await actual.open(of), { signal });
  };
  for (let n = 0; failure === undefined && !isEnough(done); n++) {
    signal?.throwIfAborted();
    const of = fuzzCase(request, n);
    let comparison: Comparison;
    try {
      comparison = await compare(of);
    } catch (error) {
      if (!(error instanceof UserError) || !isRefusal(error)) throw error;
      done = { ...done, refused: done.refused + 1 };
      if (done.refused >= 20 && done.cases === 0) throw error;
      continue;
    }
    const { steps } = comparison;
    done = {
      ...{ ...done, cases: done.cases + 1, steps: done.steps + steps },
      coreSteps: done.coreSteps + steps * kit.cores(of.program),
    };
    if (coverage && n % COVERED === 0) {
      for (const [rule, uses] of usedRules(kit, of, steps)) used.set(rule, (used.get(rule) ?? 0) + uses);
    }
    onProgress?.(done);
    if (agrees(comparison)) continue;
    const original = { case: of, comparison };
    const shrunk = await shrink(kit, original, (smaller) => compareOrAgree(compare, smaller), shrinking);
    const name = `${actual.name} against ${expected.name}`;
    const finding = findingOf(kit, shrunk.case, { name, comparison: shrunk.comparison });
    failure = { seed: request.seed * SEEDS + n, original, shrunk, finding };
  }
  return { ...done, failure, rules: Array.from(used, ([rule, uses]) => ({ rule, used: uses })) };
}

/** What a model cannot run is no failure: a foreign one may have sizes of its own. */
const isRefusal = ({ diagnostics }: UserError): boolean => diagnostics.some(({ code }) => code === 'model-unsupported');

async function compareOrAgree(compare: (of: KitCase) => Promise<Comparison>, of: KitCase): Promise<Comparison> {
  try {
    return await compare(of);
  } catch (error) {
    if (!(error instanceof UserError) || !isRefusal(error)) throw error;
    return { steps: 0, fields: [], differences: [], nDifferences: 0 };
  }
}
