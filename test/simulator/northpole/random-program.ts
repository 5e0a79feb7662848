/** Random programs without a mapping: every kind of layer, step and geometry the contract allows. */
import { PURPOSE, sequence, type Sequence } from '../../../src/common/rng.js';
import type {
  EpilogueStep,
  LookupStep,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleTensor,
  Precision,
  RequantiseStep,
  WindowGeometry,
} from '../../../src/ir/program/northpole.js';
import { programOf, tensor, vector, vmm } from './program-builder.js';

/** A program and a sample for it. */
export interface RandomCase {
  readonly program: NorthPoleProgram;
  readonly counts: Int16Array;
}

const ROUNDINGS = ['halfUp', 'halfAwayFromZero', 'halfEven', 'floor', 'gemmlowp'] as const;

/** Case `seed`. */
export function randomCase(seed: number): RandomCase {
  const r = sequence(seed, PURPOSE.test, 77);
  const bits = r.below(3) === 0 ? 1 : 8;
  const tensors: NorthPoleTensor[] = [tensor(0, [1 + r.below(7), 1 + r.below(7), 1 + r.below(18)], bits)];
  const layers: NorthPoleLayer[] = [];
  const n = 2 + r.below(5);
  while (layers.length < n) {
    if (r.below(5) === 0 && addConcat(r, tensors)) continue;
    const made = r.below(3) === 0 ? randomVector(r, tensors) : randomVmm(r, tensors);
    layers.push(made.layer);
    tensors.push(made.tensor);
  }
  // A layer without a matrix reads the last concatenation too.
  const output = layers.at(-1)!.output;
  const votes = tensors[output]!.bits === 1 && r.below(2) === 0 ? 3 : undefined;
  const size = tensors[0]!.shape.reduce((product, extent) => product * extent, 1);
  return {
    program: programOf(tensors, layers, { output, ...(votes === undefined ? {} : { votes }) }),
    counts: Int16Array.from({ length: size }, () => r.below(2 ** bits)),
  };
}

/**
 * A case with what networks of 8 bits have besides: zero points of stored values, and averages of some of the windows. The network it computes is another
 * one; its layers are the same.
 */
export function withZeroPoints({ program, counts }: RandomCase, seed: number): RandomCase {
  const r = sequence(seed, PURPOSE.test, 78);
  const inConcat = new Set(program.tensors.flatMap(({ parts }) => parts));
  const writers = new Map(program.layers.map((layer) => [layer.output, layer]));
  const zeroPoints = program.tensors.map(({ bits, parts }, t) => {
    const clips = t === 0 || writers.get(t)?.epilogue.at(-1)?.kind === 'requantise';
    const can = bits === 8 && parts.length === 0 && !inConcat.has(t) && clips;
    return can && r.below(4) > 0 ? r.below(511) - 255 : 0;
  });
  const layers = program.layers.map((layer): NorthPoleLayer => {
    const zeroPoint = zeroPoints[layer.output]!;
    // What is stored stays within its container.
    const epilogue = layer.epilogue.map((step, i) =>
      i === layer.epilogue.length - 1 && step.kind === 'requantise'
        ? { ...step, min: step.min - zeroPoint, max: step.max - zeroPoint }
        : step,
    );
    if (layer.kind !== 'vector' || layer.combine !== 'sum' || r.below(3) === 0) return { ...layer, epilogue };
    const [top, bottom, left, right] = layer.geometry.padding;
    const counted = [r.below(top + 1), r.below(bottom + 1), r.below(left + 1), r.below(right + 1)] as const;
    const factor = program.tensors[layer.operands[0]!]!.bits === 32 ? 1 : 1 + r.below(40);
    return { ...layer, epilogue, average: { counted, factor } };
  });
  const tensors = program.tensors.map((own, t) => (zeroPoints[t] === 0 ? own : { ...own, zeroPoint: zeroPoints[t]! }));
  return { program: { ...program, tensors, layers }, counts: counts.map((x) => x - zeroPoints[0]!) };
}

function addConcat(r: Sequence, tensors: NorthPoleTensor[]): boolean {
  const first = r.below(tensors.length);
  const { shape, bits, signed } = tensors[first]!;
  const others = tensors.flatMap((t, index) =>
    (t.bits === 32) === (bits === 32) && t.signed === signed && t.shape[0] === shape[0] && t.shape[1] === shape[1]
      ? [index]
      : [],
  );
  const parts = [first, others[r.below(others.length)]!];
  const channels = parts.reduce((sum, part) => sum + tensors[part]!.shape[2], 0);
  if (channels > 60) return false;
  const container = bits === 32 ? 32 : parts.every((part) => tensors[part]!.bits === 1) ? 1 : 8;
  tensors.push(tensor(tensors.length, [shape[0], shape[1], channels], container, { signed, parts }));
  return true;
}

function randomGeometry(r: Sequence, shape: NorthPoleTensor['shape']): WindowGeometry {
  const axis = (size: number): { window: number; stride: number; dilation: number; before: number; after: number } => {
    const kind = r.below(4);
    const window = kind === 0 ? 1 : kind === 1 ? size : 1 + r.below(Math.min(size, 4));
    const dilation = window > 1 && (window - 1) * 2 + 1 <= size && r.below(3) === 0 ? 2 : 1;
    const stride = 1 + r.below(3);
    return { window, stride, dilation, before: r.below(Math.min(window, 3)), after: r.below(Math.min(window, 3)) };
  };
  const y = axis(shape[0]);
  const x = axis(shape[1]);
  return {
    window: [y.window, x.window],
    stride: [y.stride, x.stride],
    dilation: [y.dilation, x.dilation],
    padding: [y.before, y.after, x.before, x.after],
  };
}

function sizeAfter(shape: NorthPoleTensor['shape'], g: WindowGeometry): readonly [number, number] {
  const along = (axis: 0 | 1): number => {
    const span = (g.window[axis] - 1) * g.dilation[axis] + 1;
    return Math.floor((shape[axis] + g.padding[axis * 2]! + g.padding[axis * 2 + 1]! - span) / g.stride[axis]) + 1;
  };
  return [along(0), along(1)];
}

function randomVmm(
  r: Sequence,
  tensors: readonly NorthPoleTensor[],
): { layer: NorthPoleLayer; tensor: NorthPoleTensor } {
  const candidates = tensors.flatMap((t, index) => (t.bits === 32 ? [] : [index]));
  const operand = candidates[r.below(2) === 0 ? candidates.length - 1 : r.below(candidates.length)]!;
  const input = tensors[operand]!;
  const geometry = randomGeometry(r, input.shape);
  const nIn = input.shape[2];
  const divisors = Array.from({ length: nIn }, (_, i) => i + 1).filter((d) => nIn % d === 0);
  const groups = r.below(2) === 0 ? 1 : r.below(2) === 0 ? nIn : divisors[r.below(divisors.length)]!;
  const nOut = groups === nIn && r.below(2) === 0 ? nIn : groups * (1 + r.below(groups > 4 ? 3 : 19));
  const weightBits: Precision = ([8, 8, 4, 2, 1] as const)[r.below(5)]!;
  const n = nOut * geometry.window[0] * geometry.window[1] * (nIn / groups);
  const extreme = r.below(6) === 0;
  const weight = (): number => {
    if (weightBits === 1) return r.below(2) * 2 - 1;
    const span = 2 ** weightBits;
    return extreme ? -span / 2 : r.below(span) - span / 2;
  };
  const shape = [...sizeAfter(input.shape, geometry), nOut] as const;
  const output = tensors.length;
  const { epilogue, bits, signed, extra } = randomEpilogue(r, tensors, shape, operand);
  return {
    layer: vmm({
      ...{ operands: [operand, ...extra], output, geometry, epilogue, groups, weightBits },
      weights: Int8Array.from({ length: n }, weight),
      bias: Int32Array.from({ length: nOut }, () => r.below(2001) - 1000),
      padValue: [0, 0, 1, -1, -128, 255][r.below(6)]!,
    }),
    tensor: tensor(output, shape, bits, { signed }),
  };
}

function randomVector(
  r: Sequence,
  tensors: readonly NorthPoleTensor[],
): { layer: NorthPoleLayer; tensor: NorthPoleTensor } {
  const operand = r.below(2) === 0 ? tensors.length - 1 : r.below(tensors.length);
  const input = tensors[operand]!;
  const found = r.below(3) === 0 ? undefined : randomGeometry(r, input.shape);
  // Every window must touch the image.
  const geometry: WindowGeometry =
    found === undefined || found.dilation.some((d) => d > 1)
      ? { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] }
      : found;
  const shape = [...sizeAfter(input.shape, geometry), input.shape[2]] as const;
  const output = tensors.length;
  const { epilogue, bits, signed, extra } = randomEpilogue(r, tensors, shape, operand);
  const combine = r.below(2) === 0 ? 'max' : 'sum';
  const min = r.below(2) === 0 ? { minChannels: Uint8Array.from({ length: shape[2] }, () => r.below(2)) } : {};
  return {
    layer: vector({ operands: [operand, ...extra], output, geometry, epilogue, combine, ...min }),
    tensor: tensor(output, shape, bits, { signed }),
  };
}

interface RandomEpilogue {
  readonly epilogue: readonly EpilogueStep[];
  readonly bits: Precision | 32;
  readonly signed: boolean;
  /** Operands of its add steps. */
  readonly extra: readonly number[];
}

function randomEpilogue(
  r: Sequence,
  tensors: readonly NorthPoleTensor[],
  shape: readonly [number, number, number],
  operand: number,
): RandomEpilogue {
  const channels = shape[2];
  const epilogue: EpilogueStep[] = [];
  const extra: number[] = [];
  const same = tensors.flatMap((t, index) => (t.shape.join() === shape.join() ? [index] : []));
  if (same.length > 0 && r.below(2) === 0) {
    const added = r.below(4) === 0 && same.includes(operand) ? operand : same[r.below(same.length)]!;
    // int32 sums stay exact: both terms are cut to 30 bits before they meet.
    epilogue.push(randomRequantise(r, channels, [-(2 ** 30), 2 ** 29]));
    const steps: (RequantiseStep | LookupStep)[] = [randomRequantise(r, channels, [-128, 127])];
    if (r.below(2) === 0) steps.push(randomLookup(r, -128, 127));
    epilogue.push({ kind: 'add', operand: 1, steps });
    extra.push(added);
  }
  const container = ([8, 8, 4, 2, 1] as const)[r.below(5)]!;
  switch (r.below(4)) {
    case 0:
      return { epilogue, bits: 32, signed: true, extra };
    case 1: {
      const n = r.below(3) === 0 ? shape[0] * shape[1] * channels : channels;
      const theta = Int32Array.from({ length: n }, () => (r.below(8) === 0 ? -(2 ** 31) : r.below(2001) - 1000));
      epilogue.push({ kind: 'threshold', theta, sense: Uint8Array.from({ length: n }, () => r.below(4)) });
      return { epilogue, bits: r.below(2) === 0 ? 1 : container, signed: false, extra };
    }
    case 2:
      epilogue.push(randomRequantise(r, channels, [-100, 100]), randomLookup(r, -100, 127));
      return { epilogue, bits: 8, signed: true, extra };
    default: {
      const signed = container > 1 && r.below(2) === 0;
      const least = signed ? -(2 ** (container - 1)) : 0;
      epilogue.push(randomRequantise(r, channels, [least, least + 2 ** container - 1]));
      return { epilogue, bits: container, signed, extra };
    }
  }
}

function randomLookup(r: Sequence, least: number, most: number): LookupStep {
  const table = Int16Array.from({ length: most - least + 1 }, () => r.below(256) - 128);
  return { kind: 'lookup', inputMin: least, table };
}

/** A requantisation of 32-bit integers; ties are likely where the shift is small. */
export function randomRequantise(r: Sequence, channels: number, [min, max]: readonly [number, number]): RequantiseStep {
  const rounding = ROUNDINGS[r.below(5)]!;
  const n = r.below(2) === 0 ? 1 : channels;
  const gemmlowp = rounding === 'gemmlowp';
  const small = r.below(2) === 0;
  return {
    kind: 'requantise',
    // With 32-bit inputs the products stay below 2^53.
    inputZeroPoint: gemmlowp ? 0 : r.below(512) - 256,
    leftShift: gemmlowp ? 0 : r.below(2),
    multiplier: Int32Array.from({ length: n }, () =>
      gemmlowp ? 1 + r.below(2 ** 31 - 1) : 1 + r.below(small ? 8 : 2 ** 19),
    ),
    shift: Uint8Array.from({ length: n }, () => (gemmlowp ? 31 + r.below(32) : r.below(small ? 6 : 40))),
    ...(gemmlowp || r.below(2) === 0
      ? {}
      : { addend: Float64Array.from({ length: n }, () => r.below(2 ** 20) - 2 ** 19) }),
    zeroPoint: r.below(512) - 256,
    min,
    max,
    rounding,
  };
}
