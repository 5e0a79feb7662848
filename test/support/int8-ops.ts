/**
 * Operator tests of quantised networks (shared/vectors/int8-ops; its README has the arithmetic) as integer networks. int8 values go in as bytes
 * plus 128; a value is what the operator works on: the number in the file plus its offset.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { present } from '../../src/common/assert.js';
import { broadcast, each, type NdArray } from '../../src/compiler/frontends/reference/arrays.js';
import { largest, pooled, windowSums } from '../../src/compiler/frontends/reference/images.js';
import { padded } from '../../src/compiler/frontends/reference/moves.js';
import { rescale } from '../../src/compiler/frontends/tflite/reference/fixed-point.js';
import { matrixSums, rescaled, roundedMean, tapsLast } from '../../src/compiler/frontends/tflite/reference/windows.js';
import type { NetworkGraph, NetworkNode, Shape } from '../../src/ir/network/types.js';

const ints = z.array(z.int());
const tensor = z.object({ shape: ints, values: ints });
const pair = z.tuple([z.int(), z.int()]);
const clip = { min: z.int(), max: z.int() };
const scaling = { multiplier: ints, shift: ints, outputOffset: z.int(), ...clip };
const bias = ints.nullable();
const windowed = { stride: pair, padTopLeft: pair };
const weighted = { ...scaling, bias };

const convolution = z.object({
  op: z.enum(['conv2d', 'depthwiseConv2d']),
  ...{ ...weighted, ...windowed, groups: z.int(), dilation: pair, weights: tensor, output: tensor },
  input: tensor.extend({ offset: z.int() }),
});
const fullyConnected = z.object({
  op: z.literal('fullyConnected'),
  ...{ ...weighted, output: tensor },
  input: tensor.extend({ offset: z.int() }),
  weights: tensor.extend({ offset: z.int() }),
});
const pool = z.object({
  op: z.enum(['averagePool', 'maxPool']),
  ...{ ...windowed, ...clip, window: pair, input: tensor, output: tensor },
});
const addend = z.object({ values: ints, offset: z.int(), multiplier: z.int(), shift: z.int() });
const add = z.object({
  op: z.literal('add'),
  ...{ inputs: z.tuple([addend, addend]), leftShift: z.int(), multiplier: z.int(), shift: z.int() },
  ...{ outputOffset: z.int(), ...clip, output: z.object({ values: ints }) },
});
const extremum = z.object({
  op: z.enum(['maximum', 'minimum']),
  ...{ inputs: z.tuple([tensor, tensor]), output: tensor },
});
const pad = z.object({
  op: z.literal('pad'),
  ...{ before: ints, after: ints, value: z.int().optional(), input: tensor, output: z.object({ values: ints }) },
});
const operator = z.discriminatedUnion('op', [convolution, fullyConnected, pool, add, extremum, pad]);

const network = z.object({
  op: z.literal('network'),
  input: tensor,
  layers: z.array(
    z.discriminatedUnion('op', [
      z.object({
        op: z.enum(['conv2d', 'depthwiseConv2d']),
        ...{ ...weighted, ...windowed, inputOffset: z.int(), weights: tensor, outputShape: ints },
      }),
      z.object({ op: z.literal('averagePool'), window: pair }),
      z.object({ op: z.literal('fullyConnected'), ...weighted, inputOffset: z.int(), weights: tensor }),
      z.object({ op: z.literal('softmax'), multiplier: z.int(), leftShift: z.int(), diffMin: z.int() }),
    ]),
  ),
  output: tensor,
});

/** One test: a network, images as bytes, and the outputs of the reference kernels for each. */
export interface OperatorCase {
  readonly graph: NetworkGraph;
  readonly images: readonly Uint8Array[];
  readonly expected: readonly (readonly number[])[];
}

/** Names of all operator tests of a folder, without the network. */
export function operatorNames(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('ds_cnn'));
  return files.map((name) => name.slice(0, -5)).sort();
}

/** A test of an operator. */
export function operatorCase(folder: string, name: string): OperatorCase {
  const found = operator.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  switch (found.op) {
    case 'conv2d':
    case 'depthwiseConv2d': {
      const { input, output, stride, dilation, padTopLeft } = found;
      const layer = convolutionNode('layer', 'code', found, {
        ...{ stride, dilation, padTopLeft, groups: found.groups, nOut: last(output.shape) },
        ...{ input: input.shape.slice(1), output: output.shape.slice(1) },
      });
      return caseOf(name, input, output, [layer, requantise('out', 'layer', found)], input.offset);
    }
    case 'fullyConnected': {
      const { input, output, weights } = found;
      const layer = denseNode('layer', 'code', found);
      const zeroPoint = weights.offset === 0 ? {} : { weightZeroPoint: Int8Array.of(-weights.offset) };
      return caseOf(name, input, output, [{ ...layer, ...zeroPoint }, requantise('out', 'layer', found)], input.offset);
    }
    case 'averagePool':
    case 'maxPool': {
      const { input, output, window, stride, padTopLeft, min, max } = found;
      const geometry = {
        ...{ id: 'layer', input: 'code', window, stride },
        padding: paddingOf({
          stride,
          padTopLeft,
          span: window,
          input: input.shape.slice(1),
          output: output.shape.slice(1),
        }),
      };
      const layer: NetworkNode =
        found.op === 'maxPool'
          ? { kind: 'maxPool', ...geometry }
          : { kind: 'avgPool', ...geometry, counted: [0, 0, 0, 0] };
      return caseOf(name, input, output, [layer, shifted('out', 'layer', 0, { min, max })], 0);
    }
    case 'add':
      return addCase(name, found);
    case 'maximum':
    case 'minimum':
      return extremumCase(name, found);
    case 'pad':
      return padCase(name, found);
  }
}

/** Keyword spotting, up to what its softmax reads; `softmax` and `output` are what follows. */
export function keywordSpotting(folder: string) {
  const { input, layers, output } = network.parse(JSON.parse(readFileSync(join(folder, 'ds_cnn_s.json'), 'utf8')));
  const nodes: NetworkNode[] = [];
  let from = 'code';
  let shape: Shape = input.shape.slice(1);
  layers.forEach((layer, l) => {
    const id = `layer${l}`;
    const next = layers[l + 1];
    // What the next layer works on: its input with its offset.
    const offset = next !== undefined && 'inputOffset' in next ? next.inputOffset : 0;
    switch (layer.op) {
      case 'conv2d':
      case 'depthwiseConv2d': {
        const { stride, padTopLeft, outputShape, weights } = layer;
        const groups = layer.op === 'conv2d' ? 1 : last(shape);
        nodes.push(
          convolutionNode(id, from, layer, {
            ...{
              stride,
              dilation: [1, 1],
              padTopLeft,
              groups,
              nOut: last(weights.shape),
              input: shape,
              output: outputShape,
            },
            ...(layer.op === 'conv2d' ? { nOut: present(weights.shape[0], 'outputs') } : {}),
          }),
          requantise(`${id}.out`, id, layer, offset),
        );
        shape = outputShape;
        break;
      }
      case 'averagePool': {
        const { window } = layer;
        const counted = [0, 0, 0, 0] as const;
        nodes.push(
          { kind: 'avgPool', id, input: from, window, stride: window, padding: counted, counted },
          shifted(`${id}.out`, id, offset, { min: -128 + offset, max: 127 + offset }),
          { kind: 'flatten', id: `${id}.flat`, input: `${id}.out` },
        );
        from = `${id}.flat`;
        return;
      }
      case 'fullyConnected':
        nodes.push(denseNode(id, from, layer), requantise(`${id}.out`, id, layer, offset));
        break;
      case 'softmax':
        return;
    }
    from = `${id}.out`;
  });
  const first = layers[0];
  const inputOffset = first !== undefined && 'inputOffset' in first ? first.inputOffset : 0;
  const softmax = present(layers.flatMap((layer) => (layer.op === 'softmax' ? [layer] : []))[0], 'softmax');
  return { ...caseOf('ds_cnn_s', input, output, nodes, inputOffset), softmax };
}

type Tensor = z.infer<typeof tensor>;

const last = (shape: Shape): number => present(shape.at(-1), 'dimension');

/** A network of these layers behind an input with this offset; samples are the first dimension. */
function caseOf(
  name: string,
  input: Tensor,
  output: Tensor,
  layers: readonly NetworkNode[],
  offset: number,
): OperatorCase {
  const [samples = 1, ...shape] = input.shape;
  const end = present(layers.at(-1), 'layer').id;
  const flat = shape.length === 1 ? [] : [{ kind: 'flatten', id: 'flat', input: end } as const];
  const split = <T>(values: readonly T[]): readonly (readonly T[])[] =>
    Array.from({ length: samples }, (_, s) =>
      values.slice((s * values.length) / samples, ((s + 1) * values.length) / samples),
    );
  return {
    graph: {
      name,
      dialect: 'integer',
      nodes: [
        { kind: 'input', id: 'image', shape },
        {
          ...{ kind: 'encode', id: 'code', input: 'image' },
          code: { kind: 'integer', bits: 8, zeroPoint: 128 - offset, step: 1 },
        },
        ...layers,
        // A flattening in front of a dense layer has been there already.
        ...(layers.some(({ kind }) => kind === 'dense') ? [] : flat),
        {
          kind: 'scores',
          id: 'scores',
          input: layers.some(({ kind }) => kind === 'dense') ? end : (flat[0]?.id ?? end),
        },
      ],
    },
    images: split(input.values).map((values) => Uint8Array.from(values, (x) => x + 128)),
    expected: split(output.values),
  };
}

interface Geometry {
  readonly stride: readonly [number, number];
  readonly padTopLeft: readonly [number, number];
  /** Pixels a window spans. */
  readonly span: readonly [number, number];
  /** [height, width, channels] */
  readonly input: Shape;
  readonly output: Shape;
}

/** The padding behind follows from the shape of the output. */
function paddingOf({ stride, padTopLeft, span, input, output }: Geometry): readonly [number, number, number, number] {
  const after = (axis: 0 | 1): number =>
    Math.max(0, (output[axis]! - 1) * stride[axis] + span[axis] - input[axis]! - padTopLeft[axis]);
  return [padTopLeft[0], after(0), padTopLeft[1], after(1)];
}

interface Convolution extends Omit<Geometry, 'span'> {
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly nOut: number;
}

function convolutionNode(
  id: string,
  from: string,
  {
    op,
    weights,
    bias: biases,
  }: { readonly op: 'conv2d' | 'depthwiseConv2d'; readonly weights: Tensor; readonly bias: readonly number[] | null },
  { stride, dilation, padTopLeft, groups, nOut, input, output }: Convolution,
): NetworkNode {
  const [, height = 1, width = 1] = weights.shape;
  const span = [(height - 1) * dilation[0] + 1, (width - 1) * dilation[1] + 1] as const;
  const taps = height * width;
  // Depthwise weights stand tap by tap.
  const ordered =
    op === 'conv2d'
      ? Int8Array.from(weights.values)
      : Int8Array.from({ length: nOut * taps }, (_, k) => weights.values[(k % taps) * nOut + Math.floor(k / taps)]!);
  return {
    ...{ kind: 'conv2d', id, input: from, window: [height, width], stride, dilation, nOut, groups, padValue: 0 },
    padding: paddingOf({ stride, padTopLeft, span, input, output }),
    weights: ordered,
    ...(biases === null ? {} : { bias: Float64Array.from(biases) }),
  };
}

function denseNode(
  id: string,
  from: string,
  { weights, bias: biases }: { readonly weights: Tensor; readonly bias: readonly number[] | null },
): Extract<NetworkNode, { kind: 'dense' }> {
  return {
    ...{ kind: 'dense', id, input: from, nOut: present(weights.shape[0], 'outputs') },
    weights: Int8Array.from(weights.values),
    ...(biases === null ? {} : { bias: Float64Array.from(biases) }),
  };
}

interface Scaling {
  readonly multiplier: readonly number[];
  readonly shift: readonly number[];
  readonly outputOffset: number;
  readonly min: number;
  readonly max: number;
}

/** MultiplyByQuantizedMultiplier, then the output's zero point and clip, moved by what the next layer adds. */
function requantise(id: string, input: string, scaling: Scaling, moved = 0): NetworkNode {
  const { multiplier, shift, outputOffset, min, max } = scaling;
  const leftShift = Math.max(0, ...shift);
  return {
    ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift, rounding: 'gemmlowp' },
    multiplier: Int32Array.from(multiplier),
    shift: Uint8Array.from(shift, (s) => 31 + Math.max(0, -s)),
    ...{ zeroPoint: outputOffset + moved, min: min + moved, max: max + moved },
  };
}

/** Adds an offset and clips. */
function shifted(
  id: string,
  input: string,
  offset: number,
  { min, max }: { readonly min: number; readonly max: number },
): NetworkNode {
  return {
    ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, rounding: 'floor' },
    ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(0), zeroPoint: offset, min, max },
  };
}

/** Both operands are channels of one input, told apart by weights of 0 and 1. */
function addCase(name: string, found: z.infer<typeof add>): OperatorCase {
  const [a, b] = found.inputs;
  const operand = (k: 0 | 1): readonly NetworkNode[] => {
    const { multiplier, shift } = found.inputs[k];
    return [
      {
        ...{ kind: 'conv2d', id: `pick${k}`, input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
        ...{ nOut: 1, groups: 1, padValue: 0, weights: Int8Array.of(1 - k, k) },
      },
      {
        ...{ kind: 'requantise', id: `operand${k}`, input: `pick${k}`, inputZeroPoint: 0, leftShift: found.leftShift },
        ...{ multiplier: Int32Array.of(multiplier), shift: Uint8Array.of(31 - shift), rounding: 'gemmlowp' },
        ...{ zeroPoint: 0, min: -(2 ** 31), max: 2 ** 31 - 1 },
      },
    ];
  };
  if (a.offset !== b.offset) throw new Error('operands with different offsets');
  const values = a.values.flatMap((x, i) => [x, b.values[i]!]);
  const { multiplier, shift, outputOffset, min, max } = found;
  return caseOf(
    name,
    { shape: [1, 1, a.values.length, 2], values },
    { shape: [1, found.output.values.length], values: found.output.values },
    [
      ...operand(0),
      ...operand(1),
      { kind: 'add', id: 'sum', inputs: ['operand0', 'operand1'] },
      requantise('out', 'sum', { multiplier: [multiplier], shift: [shift], outputOffset, min, max }),
    ],
    a.offset,
  );
}

/** Both operands, brought to one shape, are channels of one input, told apart by weights of 0 and 1. */
function extremumCase(name: string, { op, inputs, output }: z.infer<typeof extremum>): OperatorCase {
  const channels = last(output.shape);
  const spread = inputs.map(({ shape, values }) =>
    output.values.map((_, e) => {
      let [rest, source, size] = [e, 0, 1];
      for (let axis = output.shape.length - 1; axis >= 0; axis--) {
        const [n, own] = [output.shape[axis]!, shape[axis]!];
        if (own > 1) source += size * (rest % n);
        size *= own;
        rest = Math.floor(rest / n);
      }
      return values[source]!;
    }),
  );
  const values = output.values.flatMap((_, e) =>
    e % channels === 0 ? spread.flatMap((operand) => operand.slice(e, e + channels)) : [],
  );
  const pick = (k: 0 | 1): NetworkNode => ({
    ...{ kind: 'conv2d', id: `operand${k}`, input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
    ...{ nOut: channels, groups: 1, padValue: 0 },
    weights: Int8Array.from({ length: 2 * channels * channels }, (_, i) =>
      i % (2 * channels) === k * channels + Math.floor(i / (2 * channels)) ? 1 : 0,
    ),
  });
  return caseOf(
    name,
    { shape: [...output.shape.slice(0, -1), 2 * channels], values },
    output,
    [
      pick(0),
      pick(1),
      { kind: 'extremum', id: 'out', of: op === 'maximum' ? 'max' : 'min', inputs: ['operand0', 'operand1'] },
    ],
    0,
  );
}

function padCase(name: string, { input, before, after, value = 0, output }: z.infer<typeof pad>): OperatorCase {
  const from = input.shape.slice(1);
  const shape = from.map((n, axis) => n + before[axis + 1]! + after[axis + 1]!);
  const [height = 0, width = 0, channels = 0] = from;
  const index = Int32Array.from({ length: output.values.length }, (_, e) => {
    const pixel = Math.floor(e / last(shape));
    const y = Math.floor(pixel / shape[1]!) - before[1]!;
    const x = (pixel % shape[1]!) - before[2]!;
    const c = (e % last(shape)) - before[3]!;
    const isInside = y >= 0 && y < height && x >= 0 && x < width && c >= 0 && c < channels;
    return isInside ? (y * width + x) * channels + c : -1;
  });
  const layer: NetworkNode = { kind: 'rearrange', id: 'out', input: 'code', shape, index, fill: value };
  return caseOf(name, input, { shape: [input.shape[0] ?? 1, ...shape], values: output.values }, [layer], 0);
}

/** The outputs of a test by the kernels that files are evaluated by (compiler/frontends/tflite/reference), and the recorded ones. */
export function kernelOutputs(
  folder: string,
  name: string,
): { readonly found: readonly number[]; readonly expected: readonly number[] } {
  const test = operator.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  const found = kernelResult(test);
  return { found: [...found.data].map((v) => v + 0), expected: test.output.values };
}

const arrayOf = ({ shape, values }: Tensor): NdArray => ({ dims: shape, data: Float64Array.from(values) });
const within =
  ({ min, max }: { readonly min: number; readonly max: number }) =>
  (q: number): number =>
    Math.min(Math.max(q, min), max);
/** A multiplier as 31 bits and a shift to the left. */
const fixedOf = ({
  multiplier,
  shift,
}: {
  readonly multiplier: readonly number[];
  readonly shift: readonly number[];
}) => multiplier.map((m, o) => ({ m, e: shift[shift.length === 1 ? 0 : o]! }));

function kernelResult(test: z.infer<typeof operator>): NdArray {
  switch (test.op) {
    case 'conv2d':
    case 'depthwiseConv2d': {
      const { input, weights, output, stride, dilation, padTopLeft, outputOffset } = test;
      const isDepthwise = test.op === 'depthwiseConv2d';
      const [, height = 1, width = 1] = weights.shape;
      const [, rows = 1, columns = 1, nOut = 1] = output.shape;
      const slide = { kernel: [height, width], stride, dilation, before: padTopLeft, output: [rows, columns] } as const;
      const parts = {
        weights: isDepthwise ? tapsLast(arrayOf(weights)) : arrayOf(weights).data,
        ...{ nOut, groups: isDepthwise ? last(input.shape) : test.groups, zero: 0 - input.offset },
      };
      const sums = windowSums(arrayOf(input), slide, parts);
      return rescaled(sums, test.bias ?? undefined, fixedOf(test), outputOffset, within(test));
    }
    case 'fullyConnected': {
      const { input, weights, outputOffset } = test;
      const [nOut = 1, nIn = 1] = weights.shape;
      const sums = matrixSums(
        { dims: [input.values.length / nIn, nIn], data: Float64Array.from(input.values) },
        {
          ...{ nOut, weights: Float64Array.from(weights.values), zero: 0 - input.offset },
          weightZeros: Float64Array.of(0 - weights.offset),
        },
      );
      return rescaled(sums, test.bias ?? undefined, fixedOf(test), outputOffset, within(test));
    }
    case 'averagePool':
    case 'maxPool': {
      const { input, output, window, stride, padTopLeft } = test;
      const [, rows = 1, columns = 1] = output.shape;
      const slide = { kernel: window, stride, dilation: [1, 1], before: padTopLeft, output: [rows, columns] } as const;
      return each(pooled(arrayOf(input), slide, test.op === 'maxPool' ? largest : roundedMean), within(test));
    }
    case 'add': {
      const operands = test.inputs.map(({ values, offset, multiplier, shift }) =>
        values.map((x) => rescale((x + offset) * 2 ** test.leftShift, { m: multiplier, e: shift })),
      );
      const by = { m: test.multiplier, e: test.shift };
      const data = Float64Array.from(operands[0]!, (x, i) =>
        within(test)(rescale(x + operands[1]![i]!, by) + test.outputOffset),
      );
      return { dims: [data.length], data };
    }
    case 'maximum':
    case 'minimum': {
      const of = test.op === 'maximum' ? Math.max : Math.min;
      return broadcast(test.inputs.map(arrayOf), (a, b) => of(a!, b!));
    }
    case 'pad': {
      const { input, before, after, value = 0 } = test;
      return padded(
        arrayOf(input),
        before.map((n, axis) => [n, after[axis]!] as const),
        value,
      );
    }
  }
}
