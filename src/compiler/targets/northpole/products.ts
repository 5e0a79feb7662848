/**
 * Products of two values by tables, exactly: a b = floor((a + b)^2 / 4) - floor((a - b)^2 / 4) for integers, whose sum and difference are both odd or
 * both even (quarter squares). Where sum or difference has more values than a table has entries, the operand with more of them is split,
 * a = 16 q + r with r in 0..15, and a b = 16 (q b) + r b.
 */
import type { LookupNode, NetworkNode, NodeId, RequantiseNode } from '../../../ir/network/types.js';
import type { NameMaker } from '../../fresh-names.js';

/** Entries of a table of the vector unit. */
export const MOST_ENTRIES = 256;
/** Entries are 16 bits. */
const MOST_ENTRY = 2 ** 15 - 1;
const DIGIT = 16;

/** A value and the integers it may be. */
export interface Operand {
  readonly id: NodeId;
  readonly low: number;
  readonly high: number;
}

const entries = ({ low, high }: Pick<Operand, 'low' | 'high'>): number => high - low + 1;

/** Layers whose last one, `id`, is the product of two values of one shape; undefined where one of them has more values than a table entries. */
export function productLayers(
  id: NodeId,
  operands: readonly [Operand, Operand],
  name: NameMaker,
): readonly NetworkNode[] | undefined {
  if (operands.some((operand) => entries(operand) > MOST_ENTRIES)) return undefined;
  const layers: NetworkNode[] = [];
  const build = new Builder(layers, name);
  const product = build.product(...operands);
  if (product === undefined) return undefined;
  const [a, b] = operands;
  const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
  // Sums of tables reach further than products do.
  layers.push(build.scaled(id, product, 1, Math.min(...corners), Math.max(...corners)));
  return layers;
}

class Builder {
  readonly #layers: NetworkNode[];
  readonly #name: NameMaker;

  constructor(layers: NetworkNode[], name: NameMaker) {
    this.#layers = layers;
    this.#name = name;
  }

  /** A table of a value. */
  #table(word: string, { id: input, low, high }: Operand, of: (x: number) => number): Operand | undefined {
    const values = Array.from({ length: high - low + 1 }, (_, i) => of(low + i) + 0);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    if (values.length > MOST_ENTRIES || least < -MOST_ENTRY || most > MOST_ENTRY) return undefined;
    const node: LookupNode = {
      ...{ kind: 'lookup', id: this.#name(word), input, inputMin: low },
      table: Int16Array.from(values),
    };
    this.#layers.push(node);
    return { id: node.id, low: least, high: most };
  }

  #sum(word: string, a: Operand, b: Operand): Operand {
    const id = this.#name(word);
    this.#layers.push({ kind: 'add', id, inputs: [a.id, b.id] });
    return { id, low: a.low + b.low, high: a.high + b.high };
  }

  /** A value times a number, within limits. */
  scaled(id: NodeId, { id: input }: Operand, by: number, min: number, max: number): RequantiseNode {
    return {
      ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, zeroPoint: 0, rounding: 'floor' },
      ...{ multiplier: Int32Array.of(by), shift: Uint8Array.of(0), min, max },
    };
  }

  product(a: Operand, b: Operand): Operand | undefined {
    return this.#quarterSquares(a, b) ?? this.#split(a, b);
  }

  #quarterSquares(a: Operand, b: Operand): Operand | undefined {
    const sum = { low: a.low + b.low, high: a.high + b.high };
    const difference = { low: a.low - b.high, high: a.high - b.low };
    const reach = Math.max(...[sum, difference].flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
    const fits = [sum, difference].every((value) => entries(value) <= MOST_ENTRIES);
    if (!fits || reach ** 2 / 4 > MOST_ENTRY) return undefined;
    const negative = this.#table('negative', b, (x) => -x);
    if (negative === undefined) return undefined;
    const plus = this.#table('plus', this.#sum('sum', a, b), (x) => Math.floor(x ** 2 / 4));
    const minus = this.#table('minus', this.#sum('difference', a, negative), (x) => -Math.floor(x ** 2 / 4));
    return plus === undefined || minus === undefined ? undefined : this.#sum('product', plus, minus);
  }

  #split(a: Operand, b: Operand): Operand | undefined {
    const [large, other] = entries(a) >= entries(b) ? [a, b] : [b, a];
    if (entries(large) <= DIGIT && Math.abs(large.low) <= DIGIT && Math.abs(large.high) <= DIGIT) return undefined;
    const digit = this.#table('digit', large, (x) => x - DIGIT * Math.floor(x / DIGIT));
    const rest = this.#table('rest', large, (x) => Math.floor(x / DIGIT));
    if (digit === undefined || rest === undefined) return undefined;
    const [high, low] = [this.product(rest, other), this.product(digit, other)];
    if (high === undefined || low === undefined) return undefined;
    const shifted = { id: this.#name('shifted'), low: DIGIT * high.low, high: DIGIT * high.high };
    this.#layers.push(this.scaled(shifted.id, high, DIGIT, shifted.low, shifted.high));
    return this.#sum('product', shifted, low);
  }
}
