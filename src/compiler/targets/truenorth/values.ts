/** Values of a network on the way to chip layers: sums of wires, and functions whose neurons are made when somebody reads them. */
import type { NodeId, Shape, SumPoolNode } from '../../../ir/network/types.js';
import type { Form } from './forms.js';

/** Bounds of element e. */
export type ElementRange = (e: number) => readonly [low: number, high: number];

/** Bounds that say nothing. */
export const ANY_RANGE: ElementRange = () => [-Infinity, Infinity];

/** What the functions of a value have in common. */
interface FunctionOf {
  readonly of: Value;
  /** Elements with the same key have the same function. */
  readonly keyOf: (e: number) => number;
}

/** A function of the elements of a value, each by itself. */
export interface Pointwise extends FunctionOf {
  readonly kind: 'function';
  /** Value of element e for the sum x of its form. */
  readonly apply: (x: number, e: number) => number;
  readonly rising: boolean;
}

/** Whether elements pass a threshold: one step, whose neuron exists even where the value never changes. */
export interface Threshold extends FunctionOf {
  readonly kind: 'threshold';
  readonly thetaOf: (e: number) => number;
  /** Values of SENSE. */
  readonly senseOf: (e: number) => number;
}

/** A value of the network. */
export interface Value {
  /** Name of the linear layers that the form was made by; without them, of the node. */
  readonly name: string | undefined;
  /** Of sums over windows of wires, which may travel as counts. */
  readonly pool: SumPoolNode | undefined;
  /** Every element is what wires say; no sum was formed. */
  readonly isHeld: boolean;
  readonly function?: Pointwise | Threshold;
  /** Undefined until the neurons of the function are made. */
  form: Form | undefined;
  readonly node: NodeId;
  readonly shape: Shape;
  /** Bounds, whatever the form could reach. */
  readonly range: ElementRange;
}

/** How the wires of a function are laid out. */
export interface Layout {
  /** All elements of a channel have the same wires for the same values, so that maxima are unions of spikes. */
  readonly uniform: boolean;
  /** Elements whose wires count down from the largest value. */
  readonly complemented: (e: number) => boolean;
}

/** No more wires than there are steps, which count up. */
export const PLAIN: Layout = { uniform: false, complemented: () => false };
