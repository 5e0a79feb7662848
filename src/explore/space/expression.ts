/**
 * Expressions of experiment files: `2048 * vmm.outputs`, `accuracy >= 0.97`. Numbers, names with dots, + - * / %, parentheses, the functions of
 * {@link FUNCTIONS}, and one comparison at the top. Nothing is executed but these.
 */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';

/** A parsed expression. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly of: FunctionName; readonly operands: readonly Expression[] };

/** A comparison: it holds, or is exceeded by some amount. */
export interface Comparison {
  readonly left: Expression;
  readonly operator: '<=' | '>=' | '<' | '>' | '==';
  readonly right: Expression;
  /** As it was written. */
  readonly text: string;
}

const FUNCTIONS = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a - b * Math.floor(a / b),
  min: (...values: readonly number[]) => Math.min(...values),
  max: (...values: readonly number[]) => Math.max(...values),
  floor: (a: number) => Math.floor(a),
  ceil: (a: number) => Math.ceil(a),
  round: (a: number) => Math.round(a),
  abs: (a: number) => Math.abs(a),
  sqrt: (a: number) => Math.sqrt(a),
  log2: (a: number) => Math.log2(a),
} as const;

type FunctionName = keyof typeof FUNCTIONS;
const NAMED = [
  'min',
  'max',
  'floor',
  'ceil',
  'round',
  'abs',
  'sqrt',
  'log2',
] as const satisfies readonly FunctionName[];
/** Operands of a named function, at least and at most. */
const arity = (name: (typeof NAMED)[number]): readonly [number, number] =>
  name === 'min' || name === 'max' ? [1, 16] : [1, 1];

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][\w-]*(?:\.[\w-]+)*)|(<=|>=|==|[-+*/%(),<>]))/y;
const OPERATORS = ['<=', '>=', '==', '<', '>'] as const;
const MAX_CHARACTERS = 1000;
const MAX_DEPTH = 50;

class SyntaxProblem extends Error {}

type Token = { readonly kind: 'number' | 'name' | 'sign'; readonly text: string };

/** A text as an expression, or what is wrong with it. */
export const parseExpression = (text: string, place: string): Expression | Diagnostic =>
  orProblem(text, place, (reader) => reader.sum(0));

/** A text as a comparison, or what is wrong with it. */
export const parseComparison = (text: string, place: string): Comparison | Diagnostic =>
  orProblem(text, place, (reader) => {
    const left = reader.sum(0);
    const operator = OPERATORS.find((sign) => reader.takes(sign));
    if (operator === undefined) throw new SyntaxProblem('there is no comparison in it');
    return { left, operator, right: reader.sum(0), text };
  });

function orProblem<T>(text: string, place: string, read: (reader: Reader) => T): T | Diagnostic {
  try {
    const reader = readerOf(tokensOf(text));
    const found = read(reader);
    reader.end();
    return found;
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const remedy = `write numbers, names of parameters and measures, + - * / % ( ), ${NAMED.join(', ')}`;
    return errorAt('bad-expression', place, `"${text}": ${error.message}`, remedy);
  }
}

function tokensOf(text: string): readonly Token[] {
  if (text.length > MAX_CHARACTERS) throw new SyntaxProblem(`longer than ${MAX_CHARACTERS} characters`);
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end;) {
    const at = TOKEN.lastIndex;
    const [, number, name, sign] = TOKEN.exec(text) ?? [];
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else throw new SyntaxProblem(`"${text.slice(at).trim().slice(0, 10)}" is nothing that belongs here`);
  }
  return tokens;
}

interface Reader {
  sum(depth: number): Expression;
  takes(sign: string): boolean;
  end(): void;
}

function readerOf(tokens: readonly Token[]): Reader {
  let at = 0;
  const takes = (sign: string): boolean => {
    const found = tokens[at]?.kind === 'sign' && tokens[at]?.text === sign;
    if (found) at++;
    return found;
  };
  const signOf = <S extends FunctionName>(signs: readonly S[]): S | undefined => signs.find(takes);
  const call = (of: FunctionName, ...operands: readonly Expression[]): Expression => ({ kind: 'call', of, operands });

  const sum = (depth: number): Expression => {
    if (depth > MAX_DEPTH) throw new SyntaxProblem('nested too deeply');
    let left = product(depth);
    for (let sign = signOf(['+', '-']); sign !== undefined; sign = signOf(['+', '-']))
      left = call(sign, left, product(depth));
    return left;
  };
  const product = (depth: number): Expression => {
    let left = factor(depth);
    for (let sign = signOf(['*', '/', '%']); sign !== undefined; sign = signOf(['*', '/', '%'])) {
      left = call(sign, left, factor(depth));
    }
    return left;
  };
  const factor = (depth: number): Expression => {
    if (depth > MAX_DEPTH) throw new SyntaxProblem('nested too deeply');
    if (takes('-')) return call('-', { kind: 'number', value: 0 }, factor(depth + 1));
    if (takes('(')) {
      const inner = sum(depth + 1);
      if (!takes(')')) throw new SyntaxProblem('a ) is missing');
      return inner;
    }
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxProblem('it ends too early');
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'sign') throw new SyntaxProblem(`"${token.text}" where a number or a name belongs`);
    if (!takes('(')) return { kind: 'name', name: token.text };
    const name = NAMED.find((one) => one === token.text);
    if (name === undefined) throw new SyntaxProblem(`there is no function "${token.text}"`);
    const operands = [sum(depth + 1)];
    while (takes(',')) operands.push(sum(depth + 1));
    if (!takes(')')) throw new SyntaxProblem('a ) is missing');
    const [least, most] = arity(name);
    if (operands.length < least || operands.length > most)
      throw new SyntaxProblem(`${name} has ${operands.length} operands`);
    return call(name, ...operands);
  };
  return {
    sum,
    takes,
    end: () => {
      const rest = tokens[at];
      if (rest !== undefined) throw new SyntaxProblem(`"${rest.text}" is too much`);
    },
  };
}

/** All names in an expression, each once. */
export function namesIn(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case 'number':
      return new Set();
    case 'name':
      return new Set([expression.name]);
    case 'call':
      return new Set(expression.operands.flatMap((operand) => [...namesIn(operand)]));
  }
}

/** The value of an expression; undefined where a name has none. */
export function valueOf(expression: Expression, named: (name: string) => number | undefined): number | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return named(expression.name);
    case 'call': {
      const operands = expression.operands.map((operand) => valueOf(operand, named));
      const known = operands.filter((value) => value !== undefined);
      if (known.length < operands.length) return undefined;
      const apply: (...values: readonly number[]) => number = anyOf(expression.of);
      return apply(...known);
    }
  }
}

/** A function whose number of operands was checked when it was read. */
const anyOf =
  (name: FunctionName) =>
  (...values: readonly number[]): number => {
    const [a = 0, b = 0] = values;
    return name === 'min' || name === 'max' ? FUNCTIONS[name](...values) : FUNCTIONS[name](a, b);
  };

/** By how much a comparison fails, relative to the larger side; 0 or less where it holds; undefined where a name has no value. */
export function excessOf(comparison: Comparison, named: (name: string) => number | undefined): number | undefined {
  const left = valueOf(comparison.left, named);
  const right = valueOf(comparison.right, named);
  if (left === undefined || right === undefined) return undefined;
  const scale = Math.max(Math.abs(left), Math.abs(right), 1e-12);
  const over = (left - right) / scale;
  // Where equality is not enough, it fails by a hair.
  const strict = left === right ? 1e-9 : 0;
  switch (comparison.operator) {
    case '<=':
      return over;
    case '>=':
      return -over;
    case '<':
      return over + strict;
    case '>':
      return -over + strict;
    case '==':
      return Math.abs(over);
  }
}
