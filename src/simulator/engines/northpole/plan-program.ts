/** Plans a program: operations in order, with the places of all they read and write. */
import type { NorthPoleProgram, NorthPoleTensor, WindowGeometry } from '../../../ir/program/northpole.js';
import { placeTensors } from './arena.js';
import { isBinary } from './binary.js';
import { planEpilogue } from './plan-steps.js';
import {
  places,
  type Constant,
  type DepthwisePlan,
  type MatrixForm,
  type MatrixPlan,
  type NorthPolePlan,
  type OperationPlan,
  type PoolPlan,
  type ScratchPlan,
} from './plan.js';
import { windowRecord } from './window-record.js';

/** Below lie the kernel's own data, if any. */
const FIRST_ADDRESS = 65_536;

/** Bytes of gathered rows and of sums a panel may have: both stay in the second-level cache, beside some of the weights. */
const PANEL_BYTES = 131_072;

/** Sums of a row may run over their end by a block of outputs. */
const SUM_SLACK = 8;

/** What planning collects. */
interface Draft {
  readonly program: NorthPoleProgram;
  /** Takes bytes of the image. */
  readonly take: (bytes: number) => number;
  readonly constants: Constant[];
  /** Writes values into the image. */
  readonly constant: (values: Constant['values']) => number;
  /** Bytes of scratch, the most any operation needs. */
  readonly need: (bytes: Partial<ScratchBytes>) => void;
}
type ScratchBytes = Record<keyof ScratchPlan, number>;

/** The plan of a consistent program, and the values to write once. */
export function planProgram(program: NorthPoleProgram): { plan: NorthPolePlan; constants: readonly Constant[] } {
  const order = operationOrder(program);
  const take = places(FIRST_ADDRESS);
  const forms = take(order.length * 4);
  const scratchBytes: ScratchBytes = { gathered: 0, sums: 0, operand: 0, bits: 0, ones: 0, taps: 0 };
  const constants: Constant[] = [];
  const draft: Draft = {
    program,
    take,
    constants,
    constant: (values) => {
      const address = take(values.byteLength);
      constants.push({ address, values });
      return address;
    },
    need: (bytes) => {
      for (const key of scratchKeys) scratchBytes[key] = Math.max(scratchBytes[key], bytes[key] ?? 0);
    },
  };
  const operations = order.map((item) => planOperation(draft, item));
  const states = take(0);
  const inState = places(0);
  const scratch = {
    gathered: inState(scratchBytes.gathered),
    sums: inState(scratchBytes.sums),
    operand: inState(scratchBytes.operand),
    bits: inState(scratchBytes.bits),
    ones: inState(scratchBytes.ones),
    taps: inState(scratchBytes.taps),
  };
  const { offsets, end } = placeTensors(lifetimes(program, order), inState(0));
  const tensors = program.tensors.map((tensor, index) => ({
    node: tensor.node,
    nPixels: tensor.shape[0] * tensor.shape[1],
    channels: tensor.shape[2],
    bytes: bytesOf(tensor),
    offset: offsets[index]!,
  }));
  return { plan: { tensors, operations, forms, scratch, states, stateBytes: end }, constants };
}

const scratchKeys = ['gathered', 'sums', 'operand', 'bits', 'ones', 'taps'] as const;

const bytesOf = ({ bits }: NorthPoleTensor): 2 | 4 => (bits === 32 ? 4 : 2);

/** A layer, or the concatenation that is complete after it. */
type Item = { readonly kind: 'layer'; readonly layer: number } | { readonly kind: 'concat'; readonly tensor: number };

/** Layers in their order; a concatenation follows the layer that writes its last part. */
function operationOrder({ tensors, layers }: NorthPoleProgram): readonly Item[] {
  const written = new Set([0]);
  const order: Item[] = [];
  const complete = (): void => {
    for (let found = true; found;) {
      found = false;
      tensors.forEach(({ parts }, tensor) => {
        if (parts.length === 0 || written.has(tensor) || !parts.every((part) => written.has(part))) return;
        order.push({ kind: 'concat', tensor });
        written.add(tensor);
        found = true;
      });
    }
  };
  complete();
  layers.forEach(({ output }, layer) => {
    order.push({ kind: 'layer', layer });
    written.add(output);
    complete();
  });
  return order;
}

function lifetimes(
  { tensors, layers, outputs }: NorthPoleProgram,
  order: readonly Item[],
): readonly { bytes: number; from: number; to: number }[] {
  const lives = tensors.map((tensor) => ({
    bytes: tensor.shape.reduce((product, n) => product * n, bytesOf(tensor)),
    from: 0,
    to: 0,
  }));
  order.forEach((item, step) => {
    const reads = item.kind === 'concat' ? tensors[item.tensor]!.parts : layers[item.layer]!.operands;
    const writes = item.kind === 'concat' ? item.tensor : layers[item.layer]!.output;
    for (const tensor of reads) lives[tensor]!.to = step;
    lives[writes]!.from = step;
    // A value nobody reads is still written.
    lives[writes]!.to = Math.max(lives[writes]!.to, step);
  });
  lives[outputs.tensor]!.to = order.length;
  return lives;
}

function planOperation(draft: Draft, item: Item): OperationPlan {
  const { tensors, layers } = draft.program;
  if (item.kind === 'concat') return { kind: 'concat', output: item.tensor, parts: tensors[item.tensor]!.parts };
  const layer = layers[item.layer]!;
  const input = tensors[layer.operands[0]!]!;
  const nIn = input.shape[2];
  const nOut = tensors[layer.output]!.shape[2];
  if (layer.kind === 'vector') return planPool(draft, item.layer);
  const depthwise = layer.groups > 1 && layer.groups === nIn && layer.groups === nOut;
  return depthwise ? planDepthwise(draft, item.layer) : planMatrix(draft, item.layer);
}

/** What all operations on panels share. */
function panelBase(draft: Draft, index: number): Pick<PoolPlan, 'input' | 'output' | 'sumBytes' | 'epilogue'> {
  const layer = draft.program.layers[index]!;
  const output = draft.program.tensors[layer.output]!;
  const channels = output.shape[2];
  return {
    input: layer.operands[0]!,
    output: layer.output,
    sumBytes: (Math.ceil(channels / 4) * 4 + SUM_SLACK) * 4,
    epilogue: planEpilogue(layer, output, draft.constant),
  };
}

/** Positions of a panel whose rows have so many bytes, a multiple of four where there are more. */
function panelRows(draft: Draft, index: number, gatheredBytes: number, sumBytes: number): number {
  const { shape } = draft.program.tensors[draft.program.layers[index]!.output]!;
  const positions = shape[0] * shape[1];
  const fit = Math.floor(PANEL_BYTES / Math.max(gatheredBytes, sumBytes) / 4) * 4;
  const rows = Math.min(positions, Math.max(8, fit));
  draft.need({ gathered: rows * gatheredBytes, sums: rows * sumBytes, operand: rows * sumBytes, ones: rows * 4 });
  return rows;
}

function planPool(draft: Draft, index: number): PoolPlan {
  const { program, constant } = draft;
  const layer = program.layers[index]!;
  const input = program.tensors[layer.operands[0]!]!;
  const base = panelBase(draft, index);
  const { geometry } = layer;
  draft.need({ taps: geometry.window[0] * geometry.window[1] * 4 });
  const minChannels = layer.kind === 'vector' ? layer.minChannels : undefined;
  const pixelBytes = input.shape[2] * bytesOf(input);
  return {
    kind: 'pool',
    ...base,
    bias: 0,
    window: constant(windowRecord(input, geometry, { pixelBytes, sliceBytes: pixelBytes, rowBytes: 0, pad: 0 })),
    rows: panelRows(draft, index, 0, base.sumBytes),
    sum: layer.kind === 'vector' && layer.combine === 'sum',
    falling: minChannels?.some((min) => min === 1) ? constant(Int32Array.from(minChannels, (min) => -min)) : 0,
  };
}

function planDepthwise(draft: Draft, index: number): DepthwisePlan {
  const { program, take, constant } = draft;
  const layer = program.layers[index]!;
  const input = program.tensors[layer.operands[0]!]!;
  const base = panelBase(draft, index);
  const taps = layer.geometry.window[0] * layer.geometry.window[1];
  draft.need({ taps: taps * 4 });
  const channels = input.shape[2];
  const pixelBytes = channels * 2;
  const weightBytes = Math.ceil(channels / 8) * 16;
  const pad = constant(new Int16Array(weightBytes / 2).fill(padValueOf(layer)));
  return {
    kind: 'depthwise',
    ...base,
    bias: constant(layer.kind === 'vmm' ? layer.bias : new Int32Array(0)),
    layer: index,
    taps,
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes: pixelBytes, rowBytes: 0, pad })),
    rows: panelRows(draft, index, 0, base.sumBytes),
    weights: take(taps * weightBytes),
    weightBytes,
  };
}

const padValueOf = (layer: NorthPoleProgram['layers'][number]): number => (layer.kind === 'vmm' ? layer.padValue : 0);

function planMatrix(draft: Draft, index: number): MatrixPlan {
  const { program, take, constant } = draft;
  const layer = program.layers[index]!;
  const input = program.tensors[layer.operands[0]!]!;
  const nOut = program.tensors[layer.output]!.shape[2];
  const groups = layer.kind === 'vmm' ? layer.groups : 1;
  const base = panelBase(draft, index);
  const shape = {
    taps: layer.geometry.window[0] * layer.geometry.window[1],
    inPerGroup: input.shape[2] / groups,
    outPerGroup: nOut / groups,
  };
  const biasBytes = Math.ceil(shape.outPerGroup / 8) * 32;
  const bias = new Int32Array((biasBytes / 4) * groups);
  for (let o = 0; o < nOut && layer.kind === 'vmm'; o++) {
    bias[Math.floor(o / shape.outPerGroup) * (biasBytes / 4) + (o % shape.outPerGroup)] = layer.bias[o]!;
  }
  const bits = planBits(draft, index, shape, base.sumBytes);
  // Weights of one bit stay -1 and +1 on every chip; others may change to values that need the wide form.
  const onlyBits = bits !== undefined && layer.kind === 'vmm' && layer.weightBits === 1;
  const wide = onlyBits ? undefined : planWide(draft, index, shape, base.sumBytes);
  return {
    kind: 'matrix',
    ...base,
    ...shape,
    layer: index,
    groups,
    weights: take(groups * Math.max(wide?.groupBytes ?? 0, bits?.groupBytes ?? 0)),
    bias: constant(bias),
    biasBytes,
    wide,
    bits,
  };
}

type MatrixShape = Pick<MatrixPlan, 'taps' | 'inPerGroup' | 'outPerGroup'>;

function planWide(draft: Draft, index: number, shape: MatrixShape, sumBytes: number): MatrixForm {
  const { program, constant } = draft;
  const layer = program.layers[index]!;
  const input = program.tensors[layer.operands[0]!]!;
  const { taps, inPerGroup, outPerGroup } = shape;
  const pixelBytes = input.shape[2] * 2;
  const sliceBytes = inPerGroup * 2;
  // An even number of pairs.
  const gatheredBytes = Math.ceil((taps * inPerGroup) / 4) * 8;
  const direct = isMatrix(input, layer.geometry, inPerGroup);
  const rowBytes = direct ? (taps === 1 ? pixelBytes : gatheredBytes) : gatheredBytes;
  const pad = constant(new Int16Array(inPerGroup).fill(padValueOf(layer)));
  const blocks = Math.ceil(outPerGroup / 8);
  return {
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes, rowBytes, pad })),
    rows: panelRows(draft, index, direct ? 0 : gatheredBytes, sumBytes),
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
function planBits(draft: Draft, index: number, shape: MatrixShape, sumBytes: number): MatrixForm | undefined {
  const { program, constant } = draft;
  const layer = program.layers[index]!;
  const input = program.tensors[layer.operands[0]!]!;
  const padValue = padValueOf(layer);
  const { taps, inPerGroup, outPerGroup } = shape;
  const groups = input.shape[2] / inPerGroup;
  if (layer.kind !== 'vmm' || (padValue !== 0 && padValue !== 1) || (groups > 1 && inPerGroup % 8 !== 0))
    return undefined;
  if (!isBinary(program, layer.operands[0]!) || !layer.weights.every((w) => w === 1 || w === -1)) return undefined;
  const pixelBytes = Math.ceil(input.shape[2] / 8);
  const sliceBytes = Math.ceil(inPerGroup / 8);
  const rowBytes = Math.ceil((taps * sliceBytes) / 16) * 16;
  const pad = new Uint8Array(sliceBytes);
  for (let c = 0; c < inPerGroup; c++) pad[c >> 3]! |= padValue << (c & 7);
  const blocks = Math.ceil(outPerGroup / 4);
  draft.need({ bits: input.shape[0] * input.shape[1] * pixelBytes });
  return {
    window: constant(windowRecord(input, layer.geometry, { pixelBytes, sliceBytes, rowBytes, pad: constant(pad) })),
    rows: panelRows(draft, index, rowBytes, sumBytes),
    rowBytes,
    length: rowBytes / 16,
    blocks,
    sliceBytes,
    groupBytes: blocks * 4 * rowBytes,
    direct: false,
  };
}
