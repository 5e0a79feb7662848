/** Plans of single layers. */
import { assertNever } from '../../../common/assert.js';
import type {
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleTensor,
  SequenceLayer,
  VectorLayer,
  VmmLayer,
  WindowGeometry,
} from '../../../ir/program/northpole.js';
import { mainOperands } from '../../../hw-models/northpole/sequence.js';
import { areSigns, isBinary } from './binary.js';
import { planEpilogue } from './plan-steps.js';
import type {
  Constant,
  DepthwisePlan,
  MatrixForm,
  MatrixPlan,
  OperationPlan,
  PoolPlan,
  ScratchPlan,
  SequencePlan,
} from './plan.js';
import { windowRecord } from './window-record.js';

/** Bytes of gathered rows and of sums a panel may have: both stay in the second-level cache, beside some of the weights. */
const PANEL_BYTES = 131_072;

/** Sums of a row may run over their end by a block of outputs. */
const SUM_SLACK = 8;

/** Where planning takes room. */
export interface Draft {
  readonly program: NorthPoleProgram;
  /** Takes bytes of the image and returns their address. */
  readonly take: (bytes: number) => number;
  /** Takes room for values that are written once. */
  readonly constant: (values: Constant['values']) => number;
  /** Bytes of scratch an operation needs. */
  readonly need: (bytes: Partial<Record<keyof ScratchPlan, number>>) => void;
}

/** A layer with its main operand and its output. */
interface LayerDraft<L extends NorthPoleLayer> extends Draft {
  readonly index: number;
  readonly layer: L;
  readonly input: NorthPoleTensor;
  readonly output: NorthPoleTensor;
}

/** Bytes of a stored value. */
export const bytesOf = ({ bits }: NorthPoleTensor): 2 | 4 => (bits === 32 ? 4 : 2);

/** Plans layer `index`. */
export function planLayer(draft: Draft, index: number): OperationPlan {
  const { tensors, layers } = draft.program;
  const layer = layers[index]!;
  const common = { ...draft, index, input: tensors[layer.operands[0]!]!, output: tensors[layer.output]! };
  switch (layer.kind) {
    case 'vmm': {
      const { groups } = layer;
      const oneByOne = groups > 1 && groups === common.input.shape[2] && groups === common.output.shape[2];
      return oneByOne ? planDepthwise({ ...common, layer }) : planMatrix({ ...common, layer });
    }
    case 'vector':
      return planPool({ ...common, layer });
    case 'sequence':
      return planSequence({ ...common, layer });
    default:
      return assertNever(layer);
  }
}

/** What all operations on panels share. */
function panelBase(draft: LayerDraft<NorthPoleLayer>): Pick<PoolPlan, 'input' | 'output' | 'sumBytes' | 'epilogue'> {
  const { layer, output, constant } = draft;
  return {
    input: layer.operands[0]!,
    output: layer.output,
    sumBytes: (Math.ceil(output.shape[2] / 4) * 4 + SUM_SLACK) * 4,
    epilogue: planEpilogue(draft.program.tensors, layer, constant),
  };
}

/** Positions of a panel whose rows have so many bytes: a multiple of four, unless it is the whole output. */
function panelRows({ output, need }: LayerDraft<NorthPoleLayer>, gatheredBytes: number, sumBytes: number): number {
  const fit = Math.floor(PANEL_BYTES / Math.max(gatheredBytes, sumBytes) / 4) * 4;
  const rows = Math.min(output.shape[0] * output.shape[1], Math.max(8, fit));
  need({ gathered: rows * gatheredBytes, sums: rows * sumBytes, operand: rows * sumBytes });
  need({ ones: rows * 4, squares: rows * 8 });
  return rows;
}

function planPool(draft: LayerDraft<VectorLayer>): PoolPlan {
  const { layer, input, constant, need } = draft;
  const { geometry, minChannels } = layer;
  const base = panelBase(draft);
  need({ taps: geometry.window[0] * geometry.window[1] * 4 });
  const pixelBytes = input.shape[2] * bytesOf(input);
  return {
    kind: 'pool',
    ...base,
    window: constant(windowRecord(input, geometry, { pixelBytes, sliceBytes: pixelBytes, rowBytes: 0, pad: 0 })),
    rows: panelRows(draft, 0, base.sumBytes),
    sum: layer.combine === 'sum',
    falling: minChannels?.some((min) => min === 1) ? constant(Int32Array.from(minChannels, (min) => -min)) : 0,
    average: planAverage(draft),
  };
}

/**
 * What comes off each sum, and what it is divided by: the zero point of the operand once for a maximum and once for each pixel of a sum; the taps that
 * count. The sum of a window in which nothing counts is 0, whatever divides it.
 */
function planAverage({ layer, input, output, constant }: LayerDraft<VectorLayer>): PoolPlan['average'] {
  const { average, combine, geometry } = layer;
  const { zeroPoint = 0 } = input;
  if (average === undefined && zeroPoint === 0) return undefined;
  const [height, width] = output.shape;
  const taps = ([top, bottom, left, right]: WindowGeometry['padding']): ((position: number) => number) => {
    const rows = tapsWithin(geometry, 0, height, [-top, input.shape[0] + bottom]);
    const columns = tapsWithin(geometry, 1, width, [-left, input.shape[1] + right]);
    return (position) => rows[Math.floor(position / width)]! * columns[position % width]!;
  };
  const inside = combine === 'sum' ? taps([0, 0, 0, 0]) : () => 1;
  const count = average === undefined ? () => 1 : taps(average.counted);
  const windows = new Float64Array(2 * height * width);
  for (let p = 0; p < height * width; p++) {
    windows[2 * p] = zeroPoint * inside(p);
    windows[2 * p + 1] = Math.max(1, count(p));
  }
  return { windows: constant(windows), factor: average?.factor ?? 1 };
}

/** [outputs] taps of each window along an axis that lie in [from, to). */
function tapsWithin(
  { window, stride, dilation, padding }: WindowGeometry,
  axis: 0 | 1,
  outputs: number,
  [from, to]: readonly [from: number, to: number],
): readonly number[] {
  return Array.from({ length: outputs }, (_, o) => {
    const first = o * stride[axis] - padding[axis * 2]!;
    const taps = Array.from({ length: window[axis] }, (__, k) => first + k * dilation[axis]);
    return taps.filter((tap) => tap >= from && tap < to).length;
  });
}

function planSequence(draft: LayerDraft<SequenceLayer>): SequencePlan {
  const { layer } = draft;
  const { sumBytes, epilogue, output } = panelBase(draft);
  panelRows(draft, 0, sumBytes);
  const { name, operation, operands } = layer;
  return {
    ...{ kind: 'sequence', name, operation, output, sumBytes, epilogue },
    operands: operands.slice(0, mainOperands(operation)),
  };
}

function planDepthwise(draft: LayerDraft<VmmLayer>): DepthwisePlan {
  const { layer, input, take, constant, need } = draft;
  const base = panelBase(draft);
  const taps = layer.geometry.window[0] * layer.geometry.window[1];
  need({ taps: taps * 4 });
  const channels = input.shape[2];
  const pixelBytes = channels * 2;
  const weightBytes = Math.ceil(channels / 8) * 16;
  const pad = constant(new Int16Array(weightBytes / 2).fill(layer.padValue));
  return {
    kind: 'depthwise',
    ...base,
    bias: constant(layer.bias),
    layer: draft.index,
    taps,
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes: pixelBytes, rowBytes: 0, pad })),
    rows: panelRows(draft, 0, base.sumBytes),
    weights: take(taps * weightBytes),
    weightBytes,
  };
}

function planMatrix(draft: LayerDraft<VmmLayer>): MatrixPlan {
  const { layer, input, output, take, constant } = draft;
  const { groups } = layer;
  const nOut = output.shape[2];
  const base = panelBase(draft);
  const shape = {
    taps: layer.geometry.window[0] * layer.geometry.window[1],
    inPerGroup: input.shape[2] / groups,
    outPerGroup: nOut / groups,
  };
  const biasBytes = Math.ceil(shape.outPerGroup / 8) * 32;
  const bias = new Int32Array((biasBytes / 4) * groups);
  for (let g = 0; g < groups; g++) {
    bias.set(layer.bias.subarray(g * shape.outPerGroup, (g + 1) * shape.outPerGroup), (g * biasBytes) / 4);
  }
  const bits = planBits(draft, shape, base.sumBytes);
  // Weights and operands of one bit stay what they are on every chip; others may change to values that need the wide form.
  const onlyBits = bits !== undefined && layer.weightBits === 1 && input.bits === 1;
  const wide = onlyBits ? undefined : planWide(draft, shape, base.sumBytes);
  return {
    kind: 'matrix',
    ...base,
    ...shape,
    layer: draft.index,
    groups,
    weights: take(groups * Math.max(wide?.groupBytes ?? 0, bits?.groupBytes ?? 0)),
    bias: constant(bias),
    biasBytes,
    wide,
    bits,
  };
}

type MatrixShape = Pick<MatrixPlan, 'taps' | 'inPerGroup' | 'outPerGroup'>;

function planWide(draft: LayerDraft<VmmLayer>, shape: MatrixShape, sumBytes: number): MatrixForm {
  const { layer, input, constant } = draft;
  const { taps, inPerGroup, outPerGroup } = shape;
  const pixelBytes = input.shape[2] * 2;
  const sliceBytes = inPerGroup * 2;
  // An even number of pairs; weights beyond the last operand are 0, so it does not matter what stands there.
  const gatheredBytes = Math.ceil((taps * inPerGroup) / 4) * 8;
  const direct = isMatrix(input, layer.geometry, inPerGroup);
  const rowBytes = direct && taps === 1 ? pixelBytes : gatheredBytes;
  const pad = constant(new Int16Array(inPerGroup).fill(layer.padValue));
  const blocks = Math.ceil(outPerGroup / 8);
  return {
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes, rowBytes, pad })),
    rows: panelRows(draft, direct ? 0 : gatheredBytes, sumBytes),
    rowBytes,
    length: gatheredBytes / 4,
    blocks,
    sliceBytes,
    groupBytes: blocks * gatheredBytes * 8,
    direct,
  };
}

/** Whether the pixels of the operand are the rows of the matrix: one tap per pixel, or one window that is the whole operand. */
function isMatrix({ shape }: NorthPoleTensor, geometry: WindowGeometry, inPerGroup: number): boolean {
  const { window, stride, dilation, padding } = geometry;
  if (padding.some((n) => n !== 0)) return false;
  if (window[0] === 1 && window[1] === 1) return stride[0] === 1 && stride[1] === 1;
  const whole = window[0] === shape[0] && window[1] === shape[1];
  return whole && dilation[0] === 1 && dilation[1] === 1 && inPerGroup === shape[2];
}

/** The form of bits, if operands are 0 and 1, weights -1 and +1, and groups start at a byte. */
function planBits(draft: LayerDraft<VmmLayer>, shape: MatrixShape, sumBytes: number): MatrixForm | undefined {
  const { program, layer, input, constant, need } = draft;
  const { taps, inPerGroup, outPerGroup } = shape;
  const { padValue, groups, weights } = layer;
  if ((padValue !== 0 && padValue !== 1) || (groups > 1 && inPerGroup % 8 !== 0)) return undefined;
  if (!isBinary(program, layer.operands[0]!) || !areSigns(weights)) return undefined;
  const pixelBytes = Math.ceil(input.shape[2] / 8);
  const sliceBytes = Math.ceil(inPerGroup / 8);
  const rowBytes = Math.ceil((taps * sliceBytes) / 16) * 16;
  const pad = new Uint8Array(sliceBytes);
  for (let c = 0; c < inPerGroup; c++) pad[c >> 3]! |= padValue << (c & 7);
  const blocks = Math.ceil(outPerGroup / 4);
  need({ bits: input.shape[0] * input.shape[1] * pixelBytes });
  return {
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes, rowBytes, pad: constant(pad) })),
    rows: panelRows(draft, rowBytes, sumBytes),
    rowBytes,
    length: rowBytes / 16,
    blocks,
    sliceBytes,
    groupBytes: blocks * 4 * rowBytes,
    direct: false,
  };
}
