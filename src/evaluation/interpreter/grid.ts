/**
 * Values of the float dialect that are known to be multiples of a unit: real value = unit * q / divisor with an integer q.
 *
 * A linear layer on such a value sums the integers w q exactly and multiplies once, whatever the step of a quantiser: its result
 * does not depend on the order of the sum, and it is the float64 function of an integer sum that lowering searches. In the
 * integer dialect every value has unit 1.
 */
import { averageWindows } from '../../ir/network/average.js';
import type { NetworkNode, Shape } from '../../ir/network/types.js';

export interface Grid {
  readonly unit: number;
  readonly divisor: number;
}

/** The integer q of a value on a grid: rounding takes back what the products with the unit lost. */
export function unitsOf(x: number, grid: Grid): number {
  return Math.round((x * grid.divisor) / grid.unit);
}

const INTEGERS: Grid = { unit: 1, divisor: 1 };

/** The grid of all of these values, if they have one. */
export function commonGrid(grids: readonly (Grid | undefined)[]): Grid | undefined {
  const first = grids[0];
  return grids.every((grid) => grid?.unit === first?.unit && grid?.divisor === first?.divisor) ? first : undefined;
}

/** The grid of what a node computes, from that of the values it reads and the shape of the first; undefined for arbitrary real numbers. */
export function gridAfter(node: NetworkNode, input: Grid | undefined, shape: Shape): Grid | undefined {
  switch (node.kind) {
    case 'encode':
      return node.code.kind === 'integer' ? { unit: node.code.step, divisor: 1 } : INTEGERS;
    case 'sign':
    case 'step':
    case 'threshold':
    case 'requantise':
    case 'lookup':
      return INTEGERS;
    case 'quantise':
      return { unit: node.step, divisor: 1 };
    case 'embedding':
      return node.table instanceof Int8Array ? { unit: node.scale ?? 1, divisor: 1 } : undefined;
    case 'avgPool': {
      const { common } = averageWindows(node, shape);
      if (input === undefined || common === undefined) return undefined;
      return { unit: input.unit, divisor: input.divisor * common };
    }
    case 'rearrange':
      // What it fills in has to be a multiple as well.
      return input === undefined || Number.isInteger(((node.fill ?? 0) * input.divisor) / input.unit)
        ? input
        : undefined;
    case 'extremum':
    case 'maxPool':
    case 'sumPool':
    case 'flatten':
    case 'relu':
    case 'scores':
    case 'add':
    case 'concat':
      return input;
    case 'dense':
    case 'blockDense':
    case 'conv2d':
    case 'batchNorm':
    case 'clip':
    case 'function':
    case 'multiply':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
    case 'rmsNorm':
    case 'attention':
      return undefined;
    case 'input':
    case 'votes':
      return INTEGERS;
  }
}
