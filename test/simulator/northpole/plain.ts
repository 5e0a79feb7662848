/** A program computed as its definition reads, with integers of any size: what the engine must give. */
import { SENSE } from '../../../src/ir/network/types.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  RequantiseStep,
} from '../../../src/ir/program/northpole.js';

type Values = readonly number[];

/** Every tensor of a program by its index. */
export function evaluatePlain(program: NorthPoleProgram, counts: ArrayLike<number>): ReadonlyMap<number, Values> {
  const values = new Map<number, Values>([[0, Array.from(counts)]]);
  const valueOf = (index: number): Values => {
    const known = values.get(index);
    if (known !== undefined) return known;
    const { parts, shape } = program.tensors[index]!;
    const sources = parts.map((part) => ({ channels: program.tensors[part]!.shape[2], from: valueOf(part) }));
    const joined: number[] = [];
    for (let p = 0; p < shape[0] * shape[1]; p++) {
      for (const { channels, from } of sources) joined.push(...from.slice(p * channels, (p + 1) * channels));
    }
    values.set(index, joined);
    return joined;
  };
  for (const layer of program.layers) values.set(layer.output, evaluateLayer(program, layer, valueOf));
  program.tensors.forEach((_, index) => valueOf(index));
  return values;
}

function evaluateLayer(program: NorthPoleProgram, layer: NorthPoleLayer, valueOf: (tensor: number) => Values): Values {
  const [height, width, nIn] = program.tensors[layer.operands[0]!]!.shape;
  const [outHeight, outWidth, nOut] = program.tensors[layer.output]!.shape;
  const x = valueOf(layer.operands[0]!);
  const { window, stride, dilation, padding } = layer.geometry;
  const out: number[] = [];
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let o = 0; o < nOut; o++) {
        const taps: { pixel: number | undefined; tap: number }[] = [];
        for (let ky = 0; ky < window[0]; ky++) {
          for (let kx = 0; kx < window[1]; kx++) {
            const y = oy * stride[0] + ky * dilation[0] - padding[0];
            const xx = ox * stride[1] + kx * dilation[1] - padding[2];
            const inside = y >= 0 && y < height && xx >= 0 && xx < width;
            taps.push({ pixel: inside ? y * width + xx : undefined, tap: ky * window[1] + kx });
          }
        }
        let sum: number;
        if (layer.kind === 'vmm') {
          const inPerGroup = nIn / layer.groups;
          const group = Math.floor(o / (nOut / layer.groups));
          sum = layer.bias[o]!;
          for (const { pixel, tap } of taps) {
            for (let c = 0; c < inPerGroup; c++) {
              const value = pixel === undefined ? layer.padValue : x[pixel * nIn + group * inPerGroup + c]!;
              sum += value * layer.weights[(o * taps.length + tap) * inPerGroup + c]!;
            }
          }
        } else if (layer.kind === 'sequence') {
          throw new Error('no plain form of sequence layers');
        } else {
          const inside = taps.flatMap(({ pixel }) => (pixel === undefined ? [] : [x[pixel * nIn + o]!]));
          if (layer.combine === 'sum') sum = inside.reduce((total, value) => total + value, 0);
          else sum = layer.minChannels?.[o] === 1 ? Math.min(...inside) : Math.max(...inside);
        }
        for (const step of layer.epilogue)
          sum = applyStep(step, sum, { channel: o, element: out.length, layer, valueOf, nOut });
        out.push(sum);
      }
    }
  }
  return out;
}

function applyStep(
  step: EpilogueStep,
  x: number,
  at: {
    readonly channel: number;
    readonly element: number;
    readonly nOut: number;
    readonly layer: NorthPoleLayer;
    readonly valueOf: (tensor: number) => Values;
  },
): number {
  switch (step.kind) {
    case 'requantise':
      return requantisePlain(step, x, at.channel);
    case 'lookup':
      return step.table[x - step.inputMin]!;
    case 'threshold': {
      const i = step.theta.length === at.nOut ? at.channel : at.element;
      switch (step.sense[i]) {
        case SENSE.atLeast:
          return x >= step.theta[i]! ? 1 : 0;
        case SENSE.atMost:
          return x <= step.theta[i]! ? 1 : 0;
        case SENSE.always:
          return 1;
        default:
          return 0;
      }
    }
    case 'add': {
      const stored = at.valueOf(at.layer.operands[step.operand]!)[at.element]!;
      return x + step.steps.reduce((value, inner) => applyStep(inner, value, at), stored);
    }
  }
}

/** A requantisation with integers of any size. */
export function requantisePlain(step: RequantiseStep, x: number, channel: number): number {
  const of = (values: ArrayLike<number>): bigint => BigInt(values[values.length === 1 ? 0 : channel]!);
  const shift = of(step.shift);
  const addend = step.addend === undefined ? 0n : of(step.addend);
  const shifted = BigInt(x - step.inputZeroPoint) << BigInt(step.leftShift);
  const product = shifted * of(step.multiplier);
  const floor = (v: bigint, s: bigint): bigint => v >> s;
  const half = (s: bigint): bigint => (s === 0n ? 0n : 1n << (s - 1n));
  const away = (v: bigint, s: bigint): bigint => (v < 0n ? -((-v + half(s)) >> s) : (v + half(s)) >> s);
  const rounded = ((): bigint => {
    switch (step.rounding) {
      case 'floor':
        return floor(product + addend, shift);
      case 'halfUp':
        return floor(product + addend + half(shift), shift);
      case 'halfAwayFromZero':
        return away(product + addend, shift);
      case 'halfEven': {
        const up = floor(product + addend + half(shift), shift);
        const tie = shift > 0n && (up << shift) - half(shift) === product + addend;
        return tie && up % 2n !== 0n ? up - 1n : up;
      }
      case 'gemmlowp': {
        // fixedpoint.h: (ab + nudge) / 2^31 towards zero, then RoundingDivideByPOT with its mask and threshold.
        const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
        const high = (product + nudge) / (1n << 31n);
        const exponent = shift - 31n;
        const mask = (1n << exponent) - 1n;
        const limit = (mask >> 1n) + (high < 0n ? 1n : 0n);
        return (high >> exponent) + ((high & mask) > limit ? 1n : 0n);
      }
    }
  })();
  return Math.min(Math.max(Number(rounded) + step.zeroPoint, step.min), step.max);
}
