/** What a layer of a NorthPole-style program computes, by its definition: whole tensors, no tiles, no cycles. */
import { present } from '../../src/common/assert.js';
import { requantiseValue } from '../../src/common/fixed-point.js';
import type { EpilogueStep, LookupStep, NorthPoleProgram, RequantiseStep } from '../../src/ir/program/northpole.js';

/** Values [batch, height, width, channels]. */
type Values = Int32Array;

/** Output of layer l for whole operands. */
export function plainLayer(program: NorthPoleProgram, l: number, operands: readonly Values[]): Values {
  const layer = present(program.layers[l], 'layer');
  if (layer.kind === 'sequence') throw new Error('layers of sequence models are not meant here');
  const [inHeight, inWidth, nIn] = present(program.tensors[layer.operands[0] ?? -1], 'operand').shape;
  const [height, width, nOut] = present(program.tensors[layer.output], 'output').shape;
  const { window, stride, dilation, padding } = layer.geometry;
  const input = present(operands[0], 'operand');
  const out = new Int32Array(program.batch * height * width * nOut);
  const at = (b: number, y: number, x: number, c: number): number | undefined =>
    y < 0 || y >= inHeight || x < 0 || x >= inWidth ? undefined : input[((b * inHeight + y) * inWidth + x) * nIn + c];
  for (let n = 0; n < out.length; n++) {
    const o = n % nOut;
    const x = Math.floor(n / nOut) % width;
    const y = Math.floor(n / nOut / width) % height;
    const b = Math.floor(n / nOut / width / height);
    let value: number | undefined = layer.kind === 'vmm' ? layer.bias[o]! : layer.combine === 'sum' ? 0 : undefined;
    for (let ky = 0; ky < window[0]; ky++) {
      for (let kx = 0; kx < window[1]; kx++) {
        const iy = y * stride[0] - padding[0] + ky * dilation[0];
        const ix = x * stride[1] - padding[2] + kx * dilation[1];
        if (layer.kind === 'vmm') {
          const perGroup = nIn / layer.groups;
          const c0 = Math.floor(o / (nOut / layer.groups)) * perGroup;
          const from = ((o * window[0] + ky) * window[1] + kx) * perGroup;
          const inside = iy >= 0 && iy < inHeight && ix >= 0 && ix < inWidth;
          const pixel = ((b * inHeight + iy) * inWidth + ix) * nIn + c0;
          let sum = 0;
          for (let c = 0; c < perGroup; c++) {
            sum += layer.weights[from + c]! * (inside ? input[pixel + c]! : layer.padValue);
          }
          value = value! + sum;
        } else {
          const tap = at(b, iy, ix, o);
          if (tap === undefined) continue;
          const least = layer.minChannels?.[o] === 1;
          if (layer.combine === 'sum') value = value! + tap;
          else value = value === undefined ? tap : least ? Math.min(value, tap) : Math.max(value, tap);
        }
      }
    }
    if (layer.kind === 'vector' && layer.average !== undefined) {
      const [top, bottom, left, right] = layer.average.counted;
      let count = 0;
      for (let ky = 0; ky < window[0]; ky++) {
        for (let kx = 0; kx < window[1]; kx++) {
          const iy = y * stride[0] - padding[0] + ky * dilation[0];
          const ix = x * stride[1] - padding[2] + kx * dilation[1];
          if (iy >= -top && iy < inHeight + bottom && ix >= -left && ix < inWidth + right) count++;
        }
      }
      const quotient = (layer.average.factor * value!) / Math.max(1, count);
      value = Math.sign(quotient) * Math.floor(Math.abs(quotient) + 0.5);
    }
    out[n] = layer.epilogue.reduce(
      (v, step) => plainStep(step, v, { o, element: n % (height * width * nOut), n, nOut, operands }),
      value!,
    );
  }
  return out;
}

interface At {
  readonly o: number;
  readonly element: number;
  readonly n: number;
  readonly nOut: number;
  readonly operands: readonly Values[];
}

function plainStep(step: EpilogueStep, v: number, at: At): number {
  if (step.kind === 'add') {
    return v + step.steps.reduce((x, inner) => plainUnary(inner, x, at.o), at.operands[step.operand]![at.n]!);
  }
  if (step.kind !== 'threshold') return plainUnary(step, v, at.o);
  const i = step.theta.length === at.nOut ? at.o : at.element;
  const theta = step.theta[i]!;
  return [v >= theta, v <= theta, false, true][step.sense[i]!] === true ? 1 : 0;
}

const plainUnary = (step: RequantiseStep | LookupStep, v: number, o: number): number =>
  step.kind === 'lookup' ? step.table[v - step.inputMin]! : requantiseValue(step, v, o);
