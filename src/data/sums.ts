/**
 * Additions as sequences of characters, for language models: `047+385=2340\n`. Operands have a fixed number of digits, most
 * significant first; the sum has one more and stands *least significant digit first*, so that every digit depends on what
 * stands before it (the order in which one adds on paper). Nothing is stored: problem n of a split is a function of n, and the
 * split of a problem is a function of its operands, so that no problem is in two splits.
 */
import { draw, draw4, PURPOSE } from '../common/rng.js';

/** Token t is character t: digits are their values. */
export const SUMS_ALPHABET = '0123456789+=\n';
const PLUS = 10;
const EQUALS = 11;
const END = 12;

/** A tenth of all problems is for the test, another tenth to choose what is kept of a training. */
export type SumsSplit = 'train' | 'validation' | 'test';

/** Sequences of one form: every one has `inputs` tokens to read, and after the tokens from `firstAnswer` on the answer is asked. */
export interface SumsForm {
  /** Digits of an operand, 1..4. */
  readonly digits: number;
  /** Tokens a model reads: all but the last. */
  readonly inputs: number;
  /** Position of the `=`; the token after it is the first of the answer. */
  readonly firstAnswer: number;
}

/** The form for operands of `digits` digits. */
export function sumsForm(digits: number): SumsForm {
  return { digits, inputs: 3 * digits + 3, firstAnswer: 2 * digits + 1 };
}

/** Fixed, so that a test problem of one training is none of the training problems of another. */
const DATA_SEED = 2026;
const SPLIT_DRAW = 15;
const SPLITS: readonly SumsSplit[] = ['train', 'validation', 'test'];

/** Which split a problem belongs to: 80 % train, 10 % validation, 10 % test. */
export function splitOf(a: number, b: number): SumsSplit {
  const tenth = draw(DATA_SEED, PURPOSE.sequenceData, a, b, SPLIT_DRAW) % 10;
  return tenth === 0 ? 'test' : tenth === 1 ? 'validation' : 'train';
}

/** The tokens of one addition, [inputs + 1]. */
export function sumTokens(form: SumsForm, a: number, b: number): Uint8Array {
  const tokens = new Uint8Array(form.inputs + 1);
  const { digits } = form;
  let [restA, restB, restSum] = [a, b, a + b];
  for (let i = digits - 1; i >= 0; i--) {
    tokens[i] = restA % 10;
    tokens[digits + 1 + i] = restB % 10;
    restA = Math.floor(restA / 10);
    restB = Math.floor(restB / 10);
  }
  tokens[digits] = PLUS;
  tokens[form.firstAnswer] = EQUALS;
  for (let i = 0; i <= digits; i++) {
    tokens[form.firstAnswer + 1 + i] = restSum % 10;
    restSum = Math.floor(restSum / 10);
  }
  tokens[form.inputs] = END;
  return tokens;
}

/** Sequences [first, first + n) of a split for a seed, [n, inputs + 1] tokens. */
export function sumSequences(
  form: SumsForm,
  split: SumsSplit,
  range: { readonly seed: number; readonly first: number; readonly n: number },
): Uint8Array {
  const length = form.inputs + 1;
  const sequences = new Uint8Array(range.n * length);
  const bound = 10 ** form.digits;
  const words = new Uint32Array(4);
  for (let i = 0; i < range.n; i++) {
    for (let attempt = 0; ; attempt++) {
      draw4(range.seed, PURPOSE.sequenceData, range.first + i, attempt, SPLITS.indexOf(split), words);
      const a = words[0]! % bound;
      const b = words[1]! % bound;
      if (splitOf(a, b) !== split) continue;
      sequences.set(sumTokens(form, a, b), i * length);
      break;
    }
  }
  return sequences;
}

/** Tokens as text. */
export function sumsText(tokens: Uint8Array): string {
  return Array.from(tokens, (t) => SUMS_ALPHABET[t] ?? '?').join('');
}

/** Fractions 0..1: sequences whose whole answer is right, and single tokens of answers. */
export interface AnswerAccuracy {
  readonly exactAnswers: number;
  readonly tokens: number;
}

/** Anything that predicts the next token, one token at a time. */
export interface TokenPredictor {
  /** Forgets all tokens. */
  reset(): void;
  /** Takes a token and says which one follows. */
  next(token: number): number;
}

/**
 * How well whole sequences [n, inputs + 1] are answered. Each token is predicted given the right ones before it: all are right if and only if greedy
 * decoding writes the right answer.
 */
export function answerAccuracy(form: SumsForm, sequences: Uint8Array, predictor: TokenPredictor): AnswerAccuracy {
  const length = form.inputs + 1;
  const n = sequences.length / length;
  let nExact = 0;
  let nTokens = 0;
  for (let i = 0; i < n; i++) {
    predictor.reset();
    let right = 0;
    for (let t = 0; t < form.inputs; t++) {
      const predicted = predictor.next(sequences[i * length + t]!);
      if (t >= form.firstAnswer && predicted === sequences[i * length + t + 1]) right++;
    }
    nTokens += right;
    if (right === form.inputs - form.firstAnswer) nExact++;
  }
  return { exactAnswers: nExact / n, tokens: nTokens / (n * (form.inputs - form.firstAnswer)) };
}
