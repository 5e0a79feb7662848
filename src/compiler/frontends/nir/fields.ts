/** Fields of nodes, read with what they must be; what they are not is a refusal of the node. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { FlatNode } from './flat-graph.js';
import type { NirField } from './read-graph.js';
import { inOurOrder, type ValueForm } from './values.js';

/** Why a node cannot be taken, and what would help. */
export class Refusal extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(reason: string, remedy: string, code = 'unsupported-node') {
    super(reason);
    this.code = code;
    this.remedy = remedy;
  }
}

const AGAIN = 'export the network again';

const describe = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** An array of finite numbers; undefined where the node has no such field. @throws Refusal */
export function optionalArray(
  node: FlatNode,
  name: string,
): (NirField & { readonly numbers: Float64Array }) | undefined {
  const field = node.fields.get(name);
  if (field === undefined) return undefined;
  const { numbers, shape } = field;
  if (numbers === undefined) throw new Refusal(`${name} is no array of numbers`, AGAIN, 'bad-nir-node');
  if (numbers.some((v) => !Number.isFinite(v))) {
    throw new Refusal(`${name} holds NaN or infinity`, 'train the network again', 'bad-nir-node');
  }
  return { shape, numbers };
}

/** @throws Refusal where it is missing or wrong */
export function arrayOf(node: FlatNode, name: string): NirField & { readonly numbers: Float64Array } {
  const field = optionalArray(node, name);
  if (field === undefined) throw new Refusal(`${name} is missing`, `write the file with ${name}`, 'bad-nir-node');
  return field;
}

/** An array of so many dimensions. @throws Refusal */
export function arrayOfRank(node: FlatNode, name: string, rank: number): NirField & { readonly numbers: Float64Array } {
  const field = arrayOf(node, name);
  if (field.shape.length === rank && sizeOf(field.shape) > 0) return field;
  throw new Refusal(`${name} has the shape ${describe(field.shape)}, not ${rank} dimensions`, AGAIN);
}

/** Whole numbers: one for each of `n` dimensions, or one for all. @throws Refusal */
export function integersOf(node: FlatNode, name: string, n: number, least: number): readonly number[] {
  const { numbers } = arrayOf(node, name);
  const [first = NaN] = numbers;
  const list = numbers.length === 1 ? new Array<number>(n).fill(first) : [...numbers];
  if (list.length === n && list.every((v) => Number.isInteger(v) && v >= least && v <= 4096)) return list;
  throw new Refusal(
    `${name} is ${describe([...numbers])}, not ${n === 1 ? 'a number' : `${n} numbers`} from ${least} to 4096`,
    AGAIN,
  );
}

/** A shape of positive whole numbers; undefined where it is missing, or stored as nothing or zeros. @throws Refusal */
export function shapeOf(node: FlatNode, name: string): readonly number[] | undefined {
  const numbers = node.fields.get(name)?.numbers;
  if (numbers === undefined || numbers.length === 0 || numbers.every((n) => n === 0)) return undefined;
  if (numbers.length > 8 || numbers.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new Refusal(`${name} is ${describe([...numbers])}, which is no shape`, AGAIN, 'bad-nir-node');
  }
  return [...numbers];
}

/** A parameter of neurons of a form: one for all, or one per neuron in our order. Arrays spread along dimensions of 1. @throws Refusal, also where it is missing and nothing stands for it */
export function perElement(node: FlatNode, name: string, form: ValueForm, otherwise?: Float64Array): Float64Array {
  const field = optionalArray(node, name);
  if (field === undefined) return otherwise ?? arrayOf(node, name).numbers;
  const values = inOurOrder(form, spread(field, form.nir, name));
  const [first = 0] = values;
  return values.every((v) => v === first) ? Float64Array.of(first) : values;
}

function spread(
  { shape, numbers }: NirField & { readonly numbers: Float64Array },
  nir: readonly number[],
  name: string,
): Float64Array {
  const n = sizeOf(nir);
  if (numbers.length === 1) return new Float64Array(n).fill(numbers[0]!);
  // Dimensions of 1 in front say nothing: a batch of one.
  const own = shape.slice(shape.findIndex((d) => d !== 1));
  if (own.join() === nir.slice(nir.findIndex((d) => d !== 1)).join()) return numbers;
  if (shape.length === nir.length && shape.every((d, k) => d === 1 || d === nir[k])) {
    const strides = shape.map((d, k) => (d === 1 ? 0 : sizeOf(shape.slice(k + 1))));
    return Float64Array.from({ length: n }, (_, e) => {
      let left = e;
      let from = 0;
      for (let k = nir.length - 1; k >= 0; k--) {
        from += (left % nir[k]!) * strides[k]!;
        left = Math.floor(left / nir[k]!);
      }
      return numbers[from]!;
    });
  }
  throw new Refusal(
    `${name} has the shape ${describe(shape)}, the neurons ${describe(nir)}`,
    'give it one shape with the input',
    'wrong-shape',
  );
}
