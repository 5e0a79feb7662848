/** A smaller case that still fails: fewer steps and events, and whatever the chip knows to leave out. */
import type { ChipKit, KitCase, Stimulus } from '../chips/kit.js';
import { agrees, type Comparison } from './compare.js';

/** A case that fails, with how. */
export interface FailingCase {
  readonly case: KitCase;
  readonly comparison: Comparison;
}

/** How long to go on. */
export interface ShrinkLimits {
  /** Cases that are tried, at most. */
  readonly tries?: number;
  /** Whether to stop. */
  readonly isOver?: () => boolean;
}

/** What was found. */
export interface Shrunk extends FailingCase {
  readonly tries: number;
  /** Nothing smaller fails: not cut short by the limits. */
  readonly isMinimal: boolean;
}

/** Leaves out as much as it can; `compare` says whether a case still fails. */
export async function shrink(
  kit: ChipKit,
  failing: FailingCase,
  compare: (of: KitCase) => Promise<Comparison>,
  { tries: most = 4000, isOver = () => false }: ShrinkLimits = {},
): Promise<Shrunk> {
  let best = cutAt(failing);
  let tries = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const smaller of candidates(kit, best.case)) {
      if (tries >= most || isOver()) return { ...best, tries, isMinimal: false };
      if (kit.problems(smaller.program, smaller.stimulus).length > 0) continue;
      tries++;
      const comparison = await compare(smaller);
      if (agrees(comparison)) continue;
      best = cutAt({ case: smaller, comparison });
      isSmaller = true;
      break;
    }
  }
  return { ...best, tries, isMinimal: true };
}

/** Without the steps after the one that fails. Chips whose programs say how long they run keep theirs. */
function cutAt({ case: { program, stimulus }, comparison }: FailingCase): FailingCase {
  if (stimulus.values.length > 0) return { case: { program, stimulus }, comparison };
  const steps = Math.max(1, Math.min(stimulus.steps, comparison.steps));
  let end = 0;
  while (end < stimulus.events.length && stimulus.events[end]! < steps) end += 3;
  return { case: { program, stimulus: { ...stimulus, steps, events: stimulus.events.slice(0, end) } }, comparison };
}

function* candidates(kit: ChipKit, { program, stimulus }: KitCase): Generator<KitCase> {
  for (const fewer of fewerEvents(stimulus)) yield { program, stimulus: fewer };
  for (const earlier of earlierEvents(stimulus)) yield { program, stimulus: earlier };
  yield* kit.reductions?.(program, stimulus) ?? [];
}

/** Without runs of events: all, halves, quarters, ..., single ones. */
function* fewerEvents(stimulus: Stimulus): Generator<Stimulus> {
  const { events } = stimulus;
  const n = events.length / 3;
  for (let run = n; run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let first = 0; first < n; first += run) {
      const kept = [...events.subarray(0, 3 * first), ...events.subarray(3 * Math.min(n, first + run))];
      yield { ...stimulus, events: Int32Array.from(kept) };
    }
  }
}

/** The same a number of steps earlier, where nothing enters at first. */
function* earlierEvents(stimulus: Stimulus): Generator<Stimulus> {
  const { events } = stimulus;
  for (let by = events[0] ?? 0; by >= 1; by = Math.floor(by / 2)) {
    yield { ...stimulus, events: events.map((value, k) => (k % 3 === 0 ? value - by : value)) };
  }
}
