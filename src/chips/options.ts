/** The usual kinds of compile options. */
import type { ChipOption } from './chip.js';

/** A whole number in a range. */
export const wholeOption = (
  key: string,
  argument: string,
  help: string,
  [low, high]: readonly [number, number],
): ChipOption => ({
  key,
  argument,
  help,
  read: (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= low && value <= high ? { value } : { problem: `It must be a whole number from ${low} to ${high}.` };
  },
});

/** One of some words. */
export const choiceOption = (key: string, argument: string, help: string, choices: readonly string[]): ChipOption => ({
  key,
  argument,
  help,
  choices,
  read: (text) => (choices.includes(text) ? { value: text } : { problem: `It must be one of ${choices.join(', ')}.` }),
});
