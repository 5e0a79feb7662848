import { present } from '../../common/assert.js';
import type { FlattenNode, ReluNode, SignNode, StepNode } from '../../ir/network/types.js';
import { createBuffer, type Layer } from './layer.js';

/**
 * `sign` or `step`. Backward: the slope of the straight line from -1 to 1 inside |x| <= 1, 0 outside (straight-through with
 * the hard tanh window; Courbariaux et al., NIPS 2016).
 */
export function activationLayer(node: SignNode | StepNode): Layer {
  const low = node.kind === 'sign' ? -1 : 0;
  const slope = (1 - low) / 2;
  return elementwise(node, {
    forward(x, y) {
      for (let i = 0; i < x.length; i++) y[i] = x[i]! >= 0 ? 1 : low;
    },
    backward(x, dy, dx) {
      for (let i = 0; i < x.length; i++) dx[i] = Math.abs(x[i]!) <= 1 ? slope * dy[i]! : 0;
    },
  });
}

/** max(x, 0); the gradient passes where x > 0. */
export function reluLayer(node: ReluNode): Layer {
  return elementwise(node, {
    forward(x, y) {
      for (let i = 0; i < x.length; i++) y[i] = x[i]! > 0 ? x[i]! : 0;
    },
    backward(x, dy, dx) {
      for (let i = 0; i < x.length; i++) dx[i] = x[i]! > 0 ? dy[i]! : 0;
    },
  });
}

/** A function of single elements: writes its values, and its slopes times dy. Loops of their own: a call per element is slow. */
interface ElementFunction {
  forward(x: Float32Array, y: Float32Array): void;
  backward(x: Float32Array, dy: Float32Array, dx: Float32Array): void;
}

function elementwise(node: SignNode | StepNode | ReluNode, f: ElementFunction): Layer {
  const [values, inputGradient] = [createBuffer(), createBuffer()];
  let input: Float32Array | undefined;
  return {
    parameters: [],
    statistics: [],
    forward(x) {
      input = x;
      const y = values(x.length);
      f.forward(x, y);
      return y;
    },
    backward(dy, _gradients, wantInput) {
      if (!wantInput) return undefined;
      const dx = inputGradient(dy.length);
      f.backward(present(input, 'forward pass'), dy, dx);
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
