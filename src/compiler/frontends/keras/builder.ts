/** Builds the layers of one import: values with their shapes, findings, what became of every operation. */
import { type Diagnostic, errorAt, warningAt } from '../../../common/diagnostics.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import { shapeAfter } from '../../../ir/network/shapes.js';
import { inputsOf, type NetworkNode, type NodeId, type Shape } from '../../../ir/network/types.js';
import { freshNames, type NameMaker } from '../../fresh-names.js';
import type { Fidelity, ImportedOperator } from '../frontend.js';
import type { Operation } from './graph.js';

/** Largest value of a network, elements: nothing is allocated for shapes beyond it. */
export const MAX_ELEMENTS = 1 << 24;

/** A value between operations. */
export interface Value {
  /** The layer that gives it; where `padding` is set, the layer before the padding. */
  readonly id: NodeId;
  /** Shape in the network, channels last: sequences [t, c] are [t, 1, c]. */
  readonly shape: Shape;
  /** Whether it is a sequence [t, c] of Keras. */
  readonly isSequence: boolean;
  /** Rows and columns around it that no layer adds yet: convolutions take them for their own. They hold `fill`, 0 if absent. */
  readonly padding?: readonly [number, number, number, number];
  readonly fill?: number;
  /** It comes from an operation that could not be read: its shape is a guess. */
  readonly isGuess: boolean;
  /** The bytes of the image, before anything was done to them. */
  readonly isInput?: boolean;
}

/** A node without its name, which is made from a wanted one. */
type Unnamed<N> = N extends NetworkNode ? Omit<N, 'id'> : never;
/** A layer that still has no name. */
export type NewNode = Unnamed<NetworkNode>;

/** The state of one import. */
export class Builder {
  readonly nodes: NetworkNode[] = [];
  readonly findings: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly operators: ImportedOperator[] = [];
  readonly fresh: NameMaker = freshNames([]);
  readonly place: string;
  #operation: Operation | undefined;
  #layers: NodeId[] = [];
  #isGuess = false;
  #fidelity: Fidelity = 'exact';
  #notes: string[] = [];
  readonly #shapes = new Map<NodeId, Shape>();

  constructor(place: string) {
    this.place = place;
  }

  /** Starts an operation; everything until {@link finish} is its. */
  start(operation: Operation, inputs: readonly Value[]): void {
    this.#operation = operation;
    this.#layers = [];
    this.#isGuess = inputs.some(({ isGuess }) => isGuess);
    this.#fidelity = 'exact';
    this.#notes = [];
  }

  /** Ends it: what became of it is noted. */
  finish(): void {
    const operation = this.#operation;
    if (operation === undefined) return;
    const fidelity = this.#layers.length === 0 && this.#fidelity === 'exact' ? 'dropped' : this.#fidelity;
    this.operators.push({
      name: operation.name,
      operator: operation.className,
      layers: [...this.#layers],
      fidelity,
      ...(this.#notes.length === 0 ? {} : { note: this.#notes.join('; ') }),
    });
  }

  /** Says something about the operation, and what it makes of it. */
  note(text: string, fidelity?: Fidelity): void {
    this.#notes.push(text);
    if (fidelity !== undefined) this.#fidelity = fidelity;
    if (fidelity === 'approximate') {
      this.warnings.push(warningAt('approximate', this.#where(), text, 'accept it, or use a layer with an exact form'));
    }
  }

  #where(): string {
    const operation = this.#operation;
    return operation === undefined ? this.place : `${this.place}: layer "${operation.name}" (${operation.className})`;
  }

  /** A finding about the configuration or the weights of the operation. */
  problem(code: string, message: string, remedy: string): void {
    this.findings.push(errorAt(code, this.#where(), message, remedy));
  }

  /** The operation is not taken, for this reason. */
  unsupported(reason: string, remedy: string): void {
    this.problem('unsupported-layer', reason, remedy);
  }

  /** A finding about shapes: not told where the shape of an input is a guess. */
  misfit(message: string): void {
    if (!this.#isGuess) this.problem('wrong-shape', message, 'save the model again; its layers do not fit each other');
  }

  /** Stands in for the result of an operation that could not be read. */
  guess(value: Value | undefined): Value {
    const { id = '', shape = [1], isSequence = false } = value ?? {};
    return { id, shape, isSequence, isGuess: true };
  }

  /** Adds a layer. `wanted` is added to the name of the operation. */
  add(node: NewNode, wanted = ''): NodeId {
    const base = (this.#operation?.name ?? 'layer').replace(/[^\w./:-]/g, '_');
    const id = this.fresh(wanted === '' ? base : `${base}.${wanted}`);
    const named: NetworkNode = { ...node, id };
    this.push(named);
    return id;
  }

  /** Adds a layer that has a name of its own. */
  push(node: NetworkNode): void {
    this.nodes.push(node);
    this.#layers.push(node.id);
    const inputs = inputsOf(node).map((id) => this.#shapes.get(id) ?? [1]);
    this.#shapes.set(node.id, shapeAfter(node, inputs));
  }

  /** The value of a layer, as it is now. */
  valueOf(id: NodeId, isSequence: boolean): Value {
    const shape = this.#shapes.get(id) ?? [1];
    if (shape.some((d) => !(d >= 1)) || sizeOf(shape) > MAX_ELEMENTS) {
      this.misfit(`its result would be [${shape.join(', ')}]`);
      return { id, shape: shape.map((d) => Math.min(Math.max(1, d), 64)), isSequence, isGuess: true };
    }
    return { id, shape, isSequence, isGuess: this.#isGuess };
  }

  /** A layer on one value; padding of the value becomes a layer first. */
  apply(input: Value, node: (input: NodeId) => NewNode, wanted = '', isSequence = input.isSequence): Value {
    return this.valueOf(this.add(node(this.settle(input).id), wanted), isSequence);
  }

  /** The value with its padding done. */
  settle(value: Value): Value {
    const { padding, fill = 0, ...rest } = value;
    if (padding === undefined) return value;
    const [top, bottom, left, right] = padding;
    const [height = 1, width = 1, channels = 1] = value.shape;
    const shape = [height + top + bottom, width + left + right, channels];
    if (sizeOf(shape) > MAX_ELEMENTS) {
      this.misfit(`its result would be [${shape.join(', ')}]`);
      return { ...rest, isGuess: true };
    }
    const index = new Int32Array(sizeOf(shape)).fill(-1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const to = ((y + top) * (width + left + right) + x + left) * channels;
        for (let c = 0; c < channels; c++) index[to + c] = (y * width + x) * channels + c;
      }
    }
    const filled = fill === 0 ? {} : { fill };
    const id = this.add({ kind: 'rearrange', input: value.id, shape, index, ...filled }, 'pad');
    return this.valueOf(id, value.isSequence);
  }

  /** The same elements in another shape. */
  reshape(value: Value, shape: Shape, isSequence = false): Value {
    const settled = this.settle(value);
    if (settled.shape.join() === shape.join()) return { ...settled, isSequence };
    if (sizeOf(settled.shape) !== sizeOf(shape)) {
      this.misfit(`[${settled.shape.join(', ')}] has not the elements of [${shape.join(', ')}]`);
      return { ...settled, shape, isSequence, isGuess: true };
    }
    if (shape.length === 1) return this.apply(settled, (input) => ({ kind: 'flatten', input }), 'flat', isSequence);
    return this.apply(settled, (input) => ({ kind: 'rearrange', input, shape }), 'shape', isSequence);
  }
}
