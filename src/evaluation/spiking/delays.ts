import type { DelayNode } from '../../ir/network/types.js';

/** What a delay holds: values of the last steps, in a ring per length. */
export interface DelayLine {
  /** What each element was its number of steps ago, into `out`; before the step's value is known. */
  read(out: Float64Array): void;
  /** Takes the value of this step, and goes on to the next. */
  write(value: Float64Array): void;
  /** Forgets everything. */
  reset(): void;
}

/** A delay line of `size` elements. */
export function delayLine({ steps }: DelayNode, size: number): DelayLine {
  const longest = steps.reduce((most, n) => Math.max(most, n), 1);
  const held = Array.from({ length: longest }, () => new Float64Array(size));
  let step = 0;
  return {
    read: (out) => {
      for (let e = 0; e < size; e++) {
        const back = steps[steps.length === 1 ? 0 : e]!;
        // At step t slot t mod longest still holds what came in `longest` steps ago.
        out[e] = held[(step + longest - back) % longest]![e]!;
      }
    },
    write: (value) => {
      held[step]!.set(value);
      step = (step + 1) % longest;
    },
    reset: () => {
      for (const values of held) values.fill(0);
      step = 0;
    },
  };
}
