import { present } from '../../common/assert.js';
import type { FlattenNode, ReluNode, SignNode, StepNode } from '../../ir/network/types.js';
import type { Layer } from './layer.js';

/**
 * `sign` or `step`. Backward: the slope of the straight line from -1 to 1 inside |x| <= 1, 0 outside (straight-through with
 * the hard tanh window; Courbariaux et al., NIPS 2016).
 */
export function activationLayer(node: SignNode | StepNode): Layer {
  const low = node.kind === 'sign' ? -1 : 0;
  const slope = (1 - low) / 2;
  return elementwise(node, {
    value: (x) => (x >= 0 ? 1 : low),
    slope: (x) => (Math.abs(x) <= 1 ? slope : 0),
  });
}

/** max(x, 0); the gradient passes where x > 0. */
export function reluLayer(node: ReluNode): Layer {
  return elementwise(node, { value: (x) => (x > 0 ? x : 0), slope: (x) => (x > 0 ? 1 : 0) });
}

/** A function of one element and its slope. */
interface ElementFunction {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

function elementwise(node: SignNode | StepNode | ReluNode, { value, slope }: ElementFunction): Layer {
  let input: Float32Array | undefined;
  return {
    parameters: [],
    statistics: [],
    forward(x) {
      input = x;
      const y = new Float32Array(x.length);
      for (let i = 0; i < x.length; i++) y[i] = value(x[i]!);
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      const x = present(input, 'forward pass');
      const dx = new Float32Array(dy.length);
      for (let i = 0; i < dx.length; i++) dx[i] = dy[i]! * slope(x[i]!);
      return dx;
    },
    deploy: () => node,
  };
}

/** [h, w, c] -> [h * w * c]: the same values. */
export function flattenLayer(node: FlattenNode): Layer {
  return {
    parameters: [],
    statistics: [],
    forward: (x) => x,
    backward: (dy, _gradients, wantInput) => (wantInput ? dy : undefined),
    deploy: () => node,
  };
}
