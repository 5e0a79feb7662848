import { present } from '../../common/assert.js';
import type { QuantiseNode } from '../../ir/network/types.js';
import { type Parameter, setLatent } from '../parameter.js';
import { initialStep, levelsOf } from '../projection.js';
import { addGradient, createBuffer, type Layer } from './layer.js';

/** The step of a quantiser. */
export interface QuantiserStep {
  /** [1], relative. */
  readonly step: Parameter;
  /** [1]: 1 once the step is known; a step of 0 is set from the first batch. Undefined: another layer owns the step. */
  readonly started: Float64Array | undefined;
}

/**
 * Activations on `bits` levels whose step is learned (Esser et al., ICLR 2020): y = step * clip(floor(x / step + 0.5), low,
 * high). Backward: straight-through inside, 0 where clipped; by the step, level - x / step inside and the level where
 * clipped, scaled by 1 / sqrt(n high), n the elements of one image. The first batch sets the step unless it is known.
 */
export function quantiseLayer(node: QuantiseNode, size: number, { step, started }: QuantiserStep): Layer {
  const [low, high] = levelsOf(node.bits, node.signed);
  const gradientScale = 1 / Math.sqrt(size * high);
  const [values, inputGradient] = [createBuffer(), createBuffer()];
  let input: Float32Array | undefined;
  return {
    parameters: started === undefined ? [] : [step],
    statistics: started === undefined ? [] : [started],
    forward(x) {
      if (started?.[0] === 0) {
        started[0] = 1;
        setLatent(step, [initialStep(x, node.bits, node.signed)]);
      }
      input = x;
      const s = step.deployed[0]!;
      const y = values(x.length);
      for (let i = 0; i < x.length; i++) {
        const level = Math.floor(x[i]! / s + 0.5);
        y[i] = s * (level < low ? low : level > high ? high : level);
      }
      return y;
    },
    backward(dy, gradients, wantInput) {
      const x = present(input, 'forward pass');
      const s = step.deployed[0]!;
      const dx = inputGradient(dy.length);
      let sum = 0;
      for (let i = 0; i < dy.length; i++) {
        const ratio = x[i]! / s;
        if (ratio <= low) {
          sum += dy[i]! * low;
          dx[i] = 0;
        } else if (ratio >= high) {
          sum += dy[i]! * high;
          dx[i] = 0;
        } else {
          sum += dy[i]! * (Math.floor(ratio + 0.5) - ratio);
          dx[i] = dy[i]!;
        }
      }
      addGradient(gradients, step, Float32Array.of(sum * gradientScale));
      return wantInput ? dx : undefined;
    },
    deploy: () => ({ ...node, step: step.deployed[0]! }),
  };
}
