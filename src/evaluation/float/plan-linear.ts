/** Dense layers and convolutions as calls of the kernel: units, sums, scale and bias, each with the roundings of the interpreter. */
import { channelsOf, sizeOf, windowSpan } from '../../ir/network/shapes.js';
import type { BlockDenseNode, Conv2dNode, DenseNode, Weights } from '../../ir/network/types.js';
import type { Grid } from '../interpreter/grid.js';
import { plainWeights } from '../interpreter/linear-layers.js';
import { exactConvolution, exactDense, type Sums } from './plan-exact.js';
import { packedLength, packPanels } from './panels.js';
import {
  type LayerPlace,
  type Layout,
  type Operation,
  type PlannedLayer,
  type PlannedValue,
  planValue,
} from './plan.js';

/** Bytes of an entry of a list of inputs and of a range of one (kernel/lib/rows.ts). */
const ENTRY = 16;
const RANGE = 16;
/** Rows of weights of a range of a dense layer (kernel/lib/sums.ts). */
const CHUNK = 128;

/** A dense layer. */
export function planDense(node: DenseNode, place: LayerPlace, layout: Layout): PlannedLayer {
  const input = place.inputs[0]!;
  const { weights, nOut } = node;
  const nIn = sizeOf(input.shape);
  const value = planValue(layout, place.shape, place.exclusive);
  const own = { weights: plainWeights(node), integers: weights instanceof Int8Array };
  const sums = denseSums({ ...own, nOut, fanIn: nIn, inputs: 0, target: value.address }, place, value, layout);
  const grid = weights instanceof Int8Array ? gridOf(place) : undefined;
  return { value, operation: around(sums, input, value, { grid, node }, layout) };
}

/** Blocks of dense connections: one after the other, each into its part of the value. */
export function planBlocks(node: BlockDenseNode, place: LayerPlace, layout: Layout): PlannedLayer {
  const input = place.inputs[0]!;
  const value = planValue(layout, place.shape, place.exclusive);
  let start = 0;
  const blocks = node.blocks.map(({ inputs, nOut, weights }) => {
    const target = value.address + 8 * start;
    start += nOut;
    const listed = layout.integers(inputs);
    return denseSums(
      { weights, integers: true, nOut, fanIn: inputs.length, inputs: listed, target },
      place,
      value,
      layout,
    );
  });
  const sums: Sums = (machine, scratch) => {
    const bound = blocks.map((block) => block(machine, scratch));
    return (x, samples) => {
      for (const block of bound) block(x, samples);
    };
  };
  return { value, operation: around(sums, input, value, { grid: gridOf(place) }, layout) };
}

interface DenseRows {
  readonly weights: Weights;
  readonly integers: boolean;
  readonly nOut: number;
  readonly fanIn: number;
  /** Address of the list of inputs; 0 for all in order. */
  readonly inputs: number;
  readonly target: number;
}

function denseSums(rows: DenseRows, place: LayerPlace, value: PlannedValue, layout: Layout): Sums {
  const { weights, nOut, fanIn: nIn, inputs, target } = rows;
  const input = place.inputs[0]!;
  const exact = exactDense({ ...rows, levels: place.levels }, { inputs, target }, { input, value }, layout);
  if (exact !== undefined) return exact;
  const packed = layout.parameters(packedLength(nIn, nOut), (panels) =>
    packPanels(panels, weights, { from: 0, nRows: nIn, nOut }),
  );
  const ranges = Math.max(1, Math.ceil(nIn / CHUNK));
  layout.needScratch(layout.tile * (ENTRY * nIn + RANGE * ranges) + ENTRY);
  return ({ kernel }, scratch) =>
    (x, samples) =>
      kernel.dense(x, input.stride, samples, inputs, nIn, packed, nOut, target, value.stride, scratch);
}

/** A convolution. */
export function planConvolution(node: Conv2dNode, place: LayerPlace, layout: Layout): PlannedLayer {
  const input = place.inputs[0]!;
  const value = planValue(layout, place.shape, place.exclusive);
  const placed = gridOf(place);
  const padUnits = placed === undefined ? node.padValue : (node.padValue * placed.divisor) / placed.unit;
  // Padding that is no multiple of the unit takes the whole sum off the grid, as in the interpreter.
  const grid = node.weights instanceof Int8Array && Number.isInteger(padUnits) ? placed : undefined;
  const pad = grid === undefined ? node.padValue : padUnits;
  const geometry = layout.integers([
    ...input.shape,
    ...place.shape.slice(0, 2),
    ...node.window,
    ...node.stride,
    ...[node.padding[0], node.padding[2]],
    ...(node.dilation ?? [1, 1]),
  ]);
  const nIn = channelsOf(input.shape);
  const plan = nIn === node.groups && node.nOut === node.groups ? depthwiseSums : groupedSums;
  // Off the grid padding is a real number between integers.
  const levels = place.dialect === 'float' && grid === undefined ? undefined : place.levels;
  const plain = { ...node, weights: plainWeights(node) };
  const integers = node.weights instanceof Int8Array;
  const sums =
    exactConvolution(plain, { integers, levels, pad, geometry }, { input, value }, layout) ??
    plan(plain, { nIn, geometry, pad }, { input, value }, layout);
  return { value, operation: around(sums, input, value, { grid, node }, layout) };
}

interface WindowPlan {
  readonly nIn: number;
  readonly geometry: number;
  readonly pad: number;
}
interface Ends {
  readonly input: PlannedValue;
  readonly value: PlannedValue;
}

function groupedSums(
  node: Conv2dNode,
  { nIn, geometry, pad }: WindowPlan,
  { input, value }: Ends,
  layout: Layout,
): Sums {
  const { nOut, groups, weights } = node;
  const outPerGroup = nOut / groups;
  const nRows = (node.window[0] * node.window[1] * nIn) / groups;
  const length = packedLength(nRows, outPerGroup);
  const packed = layout.parameters(groups * length, (target) => {
    for (let g = 0; g < groups; g++) {
      const panels = target.subarray(g * length, (g + 1) * length);
      packPanels(panels, weights, { from: g * outPerGroup * nRows, nRows, nOut: outPerGroup });
    }
  });
  // The image with its padding, as far as windows reach.
  const [outHeight = 0, outWidth = 0] = value.shape;
  const [spanHeight, spanWidth] = windowSpan(node);
  const pixels = ((outHeight - 1) * node.stride[0] + spanHeight) * ((outWidth - 1) * node.stride[1] + spanWidth);
  const starts = Math.ceil((4 * (pixels + 1)) / 16) * 16;
  layout.needScratch(starts + RANGE * node.window[0] * node.window[1] + ENTRY * ((pixels * nIn) / groups + 1));
  const tail = [geometry, pad, groups, packed, nOut, value.address, value.stride];
  return ({ kernel }, scratch) =>
    (x, samples) =>
      kernel.convolve(x, input.stride, samples, ...tail, scratch);
}

function depthwiseSums(
  node: Conv2dNode,
  { nIn, geometry, pad }: WindowPlan,
  { input, value }: Ends,
  layout: Layout,
): Sums {
  const taps = node.window[0] * node.window[1];
  const row = (nIn + 1) & ~1;
  const packed = layout.parameters(taps * row, (target) => {
    target.fill(0);
    for (let c = 0; c < nIn; c++) for (let t = 0; t < taps; t++) target[t * row + c] = node.weights[c * taps + t]!;
  });
  return ({ kernel }) =>
    (x, samples) =>
      kernel.depthwise(x, input.stride, samples, geometry, pad, packed, value.address, value.stride);
}

/** The grid of the inputs; in the integer dialect values are plain numbers. */
const gridOf = ({ dialect, grid }: LayerPlace): Grid | undefined => (dialect === 'float' ? grid : undefined);

/** Units before the sums, and behind them unit, scale and bias. */
function around(
  sums: Sums,
  input: PlannedValue,
  value: PlannedValue,
  { grid, node }: { readonly grid: Grid | undefined; readonly node?: DenseNode | Conv2dNode },
  layout: Layout,
): Operation {
  const { unit, divisor } = grid ?? { unit: 1, divisor: 1 };
  const onGrid = unit !== 1 || divisor !== 1;
  const units = onGrid ? layout.reserve(layout.tile * input.stride) : input.address;
  const { scale, bias } = node ?? {};
  const scaleAt = scale === undefined ? 0 : layout.parameters(scale.length, (target) => target.set(scale));
  const biasAt = bias === undefined ? 0 : layout.parameters(bias.length, (target) => target.set(bias));
  const finished = onGrid || scale !== undefined || bias !== undefined;
  const n = sizeOf(value.shape);
  const nOut = channelsOf(value.shape);
  const tail = [n, nOut, onGrid ? 1 : 0, unit, divisor, scaleAt, scale?.length ?? 0, biasAt];
  return (machine, scratch) => {
    const { kernel } = machine;
    const sum = sums(machine, scratch);
    return (samples) => {
      if (onGrid) kernel.toUnits(input.address, units, (samples * input.stride) / 8, unit, divisor);
      sum(units, samples);
      if (finished) kernel.finish(value.address, value.stride, samples, ...tail);
    };
  };
}
