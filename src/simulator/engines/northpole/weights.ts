/**
 * Weights as the kernels read them.
 *
 *   wide       [groups, blocks, pairs, 8 outputs, 2] i16      operand 2 p + e of output 8 b + o at [b, p, o, e]; the rest 0
 *   bits       [groups, 4 blocks, rowBytes]                   bit 1 for +1; operands in the order of packed pixels
 *   depthwise  [taps, channels to a multiple of 8] i16
 */
import type { DepthwisePlan, MatrixForm, MatrixPlan } from './plan.js';

/** Writes the weights [nOut, taps, nIn / groups] of a matrix in its wide form. */
export function packWide(buffer: SharedArrayBuffer, plan: MatrixPlan, form: MatrixForm, weights: Int8Array): void {
  const k = plan.taps * plan.inPerGroup;
  const panel = form.length * 16;
  for (let g = 0; g < plan.groups; g++) {
    const target = new Int16Array(buffer, plan.weights + g * form.groupBytes, form.groupBytes / 2);
    target.fill(0);
    for (let o = 0; o < plan.outPerGroup; o++) {
      const from = (g * plan.outPerGroup + o) * k;
      const to = (o >> 3) * panel + (o & 7) * 2;
      for (let i = 0; i < k; i++) target[to + (i >> 1) * 16 + (i & 1)] = weights[from + i]!;
    }
  }
}

/** Writes weights -1 and +1 in the form of bits. */
export function packBits(buffer: SharedArrayBuffer, plan: MatrixPlan, form: MatrixForm, weights: Int8Array): void {
  const { taps, inPerGroup, outPerGroup, groups } = plan;
  for (let g = 0; g < groups; g++) {
    const target = new Uint8Array(buffer, plan.weights + g * form.groupBytes, form.groupBytes);
    target.fill(0);
    for (let o = 0; o < outPerGroup; o++) {
      let from = (g * outPerGroup + o) * taps * inPerGroup;
      for (let tap = 0; tap < taps; tap++) {
        const to = o * form.rowBytes + tap * form.sliceBytes;
        for (let c = 0; c < inPerGroup; c++, from++) {
          if (weights[from] === 1) target[to + (c >> 3)]! |= 1 << (c & 7);
        }
      }
    }
  }
}

/** Writes weights [channels, taps] tap by tap. */
export function packDepthwise(buffer: SharedArrayBuffer, plan: DepthwisePlan, weights: Int8Array): void {
  const row = plan.weightBytes / 2;
  const target = new Int16Array(buffer, plan.weights, plan.taps * row);
  const channels = weights.length / plan.taps;
  for (let c = 0; c < channels; c++) {
    for (let tap = 0; tap < plan.taps; tap++) target[tap * row + c] = weights[c * plan.taps + tap]!;
  }
}
