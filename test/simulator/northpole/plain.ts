/** A program computed as its definition reads, with integers of any size: what the engine must give. */
import { SENSE } from '../../../src/ir/network/types.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  RequantiseStep,
} from '../../../src/ir/program/northpole.js';

type Values = readonly number[];

/** What a faulty chip does to the values that go by. */
export interface PlainFaults {
  /** The values of a tensor as they are stored. */
  readonly stored: (values: Values, tensor: number) => Values;
  /** A sum of a matrix, with the sum of the squares of its operands. */
  readonly sum: (
    sum: number,
    at: { readonly layer: number; readonly element: number; readonly squares: number },
  ) => number;
}

const FAULTLESS: PlainFaults = { stored: (values) => values, sum: (sum) => sum };

/** Sums have 32 bits and wrap, which they do on faulty chips only. */
const wrapped = (sum: number): number => sum | 0;

/** Every tensor of a program by its index: values, without zero points. */
export function evaluatePlain(
  program: NorthPoleProgram,
  counts: ArrayLike<number>,
  faults: PlainFaults = FAULTLESS,
): ReadonlyMap<number, Values> {
  const kept = (computed: Values, tensor: number): Values => {
    const { zeroPoint = 0 } = program.tensors[tensor]!;
    const stored = computed.map((value) => value + zeroPoint);
    return faults.stored(stored, tensor).map((value) => value - zeroPoint);
  };
  const values = new Map<number, Values>([[0, kept(Array.from(counts), 0)]]);
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
  program.layers.forEach((layer, index) => {
    const noisySum: NoisySum = (sum, element, squares) => faults.sum(sum, { layer: index, element, squares });
    values.set(layer.output, kept(evaluateLayer(program, layer, valueOf, noisySum), layer.output));
  });
  program.tensors.forEach((_, index) => valueOf(index));
  return values;
}

type NoisySum = (sum: number, element: number, squares: number) => number;

function evaluateLayer(
  program: NorthPoleProgram,
  layer: NorthPoleLayer,
  valueOf: (tensor: number) => Values,
  noisySum: NoisySum,
): Values {
  const { shape, zeroPoint = 0 } = program.tensors[layer.operands[0]!]!;
  const [height, width, nIn] = shape;
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
          let squares = 0;
          for (const { pixel, tap } of taps) {
            for (let c = 0; c < inPerGroup; c++) {
              // The matrix multiplies what is stored.
              const at = group * inPerGroup + c;
              const value = pixel === undefined ? layer.padValue : x[pixel * nIn + at]! + zeroPoint;
              sum += value * layer.weights[(o * taps.length + tap) * inPerGroup + c]!;
              squares += value * value;
            }
          }
          sum = noisySum(wrapped(sum), out.length, squares);
        } else if (layer.kind === 'sequence') {
          throw new Error('no plain form of sequence layers');
        } else {
          const inside = taps.flatMap(({ pixel }) => (pixel === undefined ? [] : [x[pixel * nIn + o]!]));
          if (layer.combine === 'sum') sum = wrapped(inside.reduce((total, value) => total + value, 0));
          else sum = layer.minChannels?.[o] === 1 ? Math.min(...inside) : Math.max(...inside);
          if (layer.average !== undefined) {
            const { counted, factor } = layer.average;
            const counts = (y: number, xx: number): boolean =>
              y >= -counted[0] && y < height + counted[1] && xx >= -counted[2] && xx < width + counted[3];
            let count = 0;
            for (let ky = 0; ky < window[0]; ky++) {
              for (let kx = 0; kx < window[1]; kx++) {
                const [top, , left] = padding;
                if (counts(oy * stride[0] + ky * dilation[0] - top, ox * stride[1] + kx * dilation[1] - left)) count++;
              }
            }
            sum = count === 0 ? 0 : averagePlain(BigInt(factor) * BigInt(sum), BigInt(count));
          }
        }
        for (const step of layer.epilogue)
          sum = applyStep(step, sum, { channel: o, element: out.length, layer, valueOf, nOut });
        out.push(sum);
      }
    }
  }
  return out;
}

/** a / b, half away from zero. */
function averagePlain(a: bigint, b: bigint): number {
  const magnitude = ((a < 0n ? -a : a) * 2n + b) / (2n * b);
  return Number(a < 0n ? -magnitude : magnitude);
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
      // Beyond the table, where only a faulty chip gets, the nearest entry.
      return step.table[Math.max(0, Math.min(step.table.length - 1, x - step.inputMin))]!;
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
      return wrapped(x + step.steps.reduce((value, inner) => applyStep(inner, value, at), stored));
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
