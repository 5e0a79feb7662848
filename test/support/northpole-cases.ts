/** Small layers of every kind, mapped by hand, for the tests of the cycle-by-cycle chip. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import type {
  EpilogueStep,
  LookupStep,
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
  Precision,
  RequantiseStep,
  WindowGeometry,
} from '../../src/ir/program/northpole.js';
import { handProgram, type HandLayer, type Split } from './northpole-program.js';

/** A window of one pixel. */
export const ONE_PIXEL: WindowGeometry = { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] };

/** A square window. */
export function square(k: number, stride = 1, padding = Math.floor(k / 2), dilation = 1): WindowGeometry {
  return {
    window: [k, k],
    stride: [stride, stride],
    dilation: [dilation, dilation],
    padding: [padding, padding, padding, padding],
  };
}

/** A tensor of plain storage. */
export function tensor(
  shape: readonly [number, number, number],
  bits: Precision | 32 = 8,
  signed = false,
  parts: readonly number[] = [],
): NorthPoleTensor {
  return { node: `t${shape.join('x')}`, shape, bits, signed, parts };
}

/** A requantisation to unsigned `bits` that leaves most values of sums of `taps` products inside the range. */
export function toBits(
  bits: number,
  shift: number,
  rounding: 'halfUp' | 'halfEven' | 'floor' = 'halfUp',
): EpilogueStep {
  return {
    kind: 'requantise',
    inputZeroPoint: 0,
    leftShift: 0,
    multiplier: Int32Array.of(3),
    shift: Uint8Array.of(shift),
    zeroPoint: 2 ** (bits - 1),
    min: 0,
    max: 2 ** bits - 1,
    rounding,
  };
}

/** Random values of a tensor for a batch. */
export function randomValues(seed: number, batch: number, { shape, bits, signed }: NorthPoleTensor): Int32Array {
  const random = sequence(seed, PURPOSE.test, 1);
  const width = Math.min(bits, 16);
  const low = signed ? -(2 ** (width - 1)) : 0;
  return Int32Array.from({ length: batch * shape[0] * shape[1] * shape[2] }, () => low + random.below(2 ** width));
}

/** Random weights of a container: one bit -1/+1, else all its codes. */
export function randomWeights(seed: number, n: number, bits: Precision): Int8Array {
  const random = sequence(seed, PURPOSE.test, 2);
  return Int8Array.from({ length: n }, () =>
    bits === 1 ? random.below(2) * 2 - 1 : random.below(2 ** bits) - 2 ** (bits - 1),
  );
}

/** What a VMM layer is made of. */
export interface VmmCase {
  readonly input: NorthPoleTensor;
  readonly nOut: number;
  readonly geometry: WindowGeometry;
  readonly groups?: number;
  readonly weightBits?: Precision;
  readonly padValue?: number;
  readonly outBits?: Precision | 32;
  readonly epilogue?: readonly EpilogueStep[];
  readonly split?: Split;
}

/** The layer and its output tensor; `at` are the numbers of operand and output. */
export function vmmLayer(c: VmmCase, at: readonly [number, number]): { layer: HandLayer; output: NorthPoleTensor } {
  const { input, nOut, geometry, groups = 1, weightBits = 8, padValue = 0 } = c;
  const perGroup = input.shape[2] / groups;
  const n = nOut * geometry.window[0] * geometry.window[1] * perGroup;
  const [height, width] = outputSize(input, geometry);
  const wide = c.outBits === 32;
  const outBits = c.outBits ?? 8;
  const shift = Math.max(1, weightBits + input.bits - outBits + Math.ceil(Math.log2(n / nOut) / 2));
  return {
    layer: {
      kind: 'vmm',
      name: `layer${at[1]}`,
      operands: [at[0]],
      output: at[1],
      geometry,
      groups,
      weights: randomWeights(7, n, weightBits),
      weightBits,
      padValue,
      bias: Int32Array.from({ length: nOut }, (_, o) => ((o * 37) % 101) - 50),
      epilogue: c.epilogue ?? (wide ? [] : [toBits(outBits, shift)]),
      ...(c.split === undefined ? {} : { split: c.split }),
    },
    output: tensor([height, width, nOut], outBits, wide),
  };
}

/** Height and width of what a window makes of a tensor. */
export function outputSize(
  { shape }: NorthPoleTensor,
  { window, stride, dilation, padding }: WindowGeometry,
): [number, number] {
  const size = (axis: 0 | 1): number => {
    const span = (window[axis] - 1) * dilation[axis] + 1;
    const padded = shape[axis] + padding[axis * 2]! + padding[axis * 2 + 1]!;
    return Math.floor((padded - span) / stride[axis]) + 1;
  };
  return [size(0), size(1)];
}

/** A program of one VMM layer. */
export function oneLayer(c: VmmCase, spec: NorthPoleSpec = NORTHPOLE_SMALL, batch = 1): NorthPoleProgram {
  const { layer, output } = vmmLayer(c, [0, 1]);
  return handProgram({ spec, batch, tensors: [c.input, output], layers: [layer] });
}

/** A layer without a matrix. */
export function vectorLayer(
  c: {
    readonly input: NorthPoleTensor;
    readonly geometry: WindowGeometry;
    readonly combine: 'max' | 'sum';
    readonly minChannels?: Uint8Array;
    readonly outBits?: Precision | 32;
    readonly epilogue?: readonly EpilogueStep[];
    readonly split?: Split;
  },
  at: readonly [number, number],
): { layer: HandLayer; output: NorthPoleTensor } {
  const [height, width] = outputSize(c.input, c.geometry);
  const bits = c.outBits ?? c.input.bits;
  return {
    layer: {
      kind: 'vector',
      name: `layer${at[1]}`,
      operands: [at[0]],
      output: at[1],
      geometry: c.geometry,
      combine: c.combine,
      epilogue: c.epilogue ?? [],
      ...(c.minChannels === undefined ? {} : { minChannels: c.minChannels }),
      ...(c.split === undefined ? {} : { split: c.split }),
    },
    output: tensor([height, width, c.input.shape[2]], bits, bits === 32),
  };
}

/**
 * A network of every kind of layer for the 4 x 4 chip: convolutions, a shortcut added in the vector unit, a concatenation, pools, a
 * lookup, thresholds per channel and per element, a dense layer to 32-bit scores.
 */
export function everyKind(batch: number, spec: NorthPoleSpec = NORTHPOLE_SMALL): NorthPoleProgram {
  const input = tensor([8, 8, 4]);
  const split = { rows: 2, columns: 2 };
  const stem = vmmLayer({ input, nOut: 16, geometry: square(3), outBits: 4, split }, [0, 1]);
  const shortcut: EpilogueStep = { kind: 'add', operand: 1, steps: [scale(4, 1), identityTable(16)] };
  const residual = vmmLayer(
    {
      input: stem.output,
      nOut: 16,
      geometry: square(3),
      outBits: 4,
      epilogue: [scale(1, 3), shortcut, toBits(4, 5)],
      split: { rows: 2, outGroups: 2, inGroups: 2 },
    },
    [1, 2],
  );
  const minChannels = Uint8Array.from({ length: 16 }, (_, c) => (c % 3 === 0 ? 1 : 0));
  const max = vectorLayer(
    { input: residual.output, geometry: square(3, 2, 1), combine: 'max', minChannels, split },
    [2, 3],
  );
  const theta = Int32Array.from({ length: 16 }, (_, c) => c - 8);
  const sense = Uint8Array.from({ length: 16 }, (_, c) => c % 4);
  const binary = vmmLayer(
    {
      input: max.output,
      nOut: 16,
      geometry: square(3),
      outBits: 2,
      epilogue: [{ kind: 'threshold', theta, sense }],
      split,
    },
    [3, 4],
  );
  const both = tensor([4, 4, 32], 4, false, [3, 4]);
  const perElement: EpilogueStep = {
    kind: 'threshold',
    theta: Int32Array.from({ length: 4 * 4 * 12 }, (_, n) => (n % 40) - 20),
    sense: new Uint8Array(4 * 4 * 12),
  };
  const mixed = vmmLayer(
    { input: both, nOut: 12, geometry: ONE_PIXEL, outBits: 2, epilogue: [perElement], split: { columns: 4 } },
    [5, 6],
  );
  const sum = vectorLayer(
    { input: mixed.output, geometry: square(2, 2, 0), combine: 'sum', outBits: 8, split: { rows: 2 } },
    [6, 7],
  );
  const scores = vmmLayer(
    { input: sum.output, nOut: 10, geometry: square(2, 1, 0), outBits: 32, split: { outGroups: 2, inGroups: 2 } },
    [7, 8],
  );
  const parts = [stem, residual, max, binary];
  return handProgram({
    spec,
    batch,
    tensors: [input, ...parts.map((part) => part.output), both, mixed.output, sum.output, scores.output],
    layers: [
      stem.layer,
      { ...residual.layer, operands: [1, 1] },
      max.layer,
      binary.layer,
      mixed.layer,
      sum.layer,
      scores.layer,
    ],
  });
}

/** Adds operand `operand`, brought to another scale first. */
export function scaledAdd(operand: number): EpilogueStep {
  return { kind: 'add', operand, steps: [scale(37, 4)] };
}

/** x m / 2^shift, without bounds that bite. */
function scale(multiplier: number, shift: number): RequantiseStep {
  return {
    kind: 'requantise',
    inputZeroPoint: 0,
    leftShift: 0,
    multiplier: Int32Array.of(multiplier),
    shift: Uint8Array.of(shift),
    zeroPoint: 0,
    min: -(2 ** 20),
    max: 2 ** 20,
    rounding: 'halfAwayFromZero',
  };
}

/** A table with a twist: x for even x, else -x. */
function identityTable(n: number): LookupStep {
  return { kind: 'lookup', inputMin: 0, table: Int16Array.from({ length: 2 * n }, (_, x) => (x % 2 === 0 ? x : -x)) };
}
