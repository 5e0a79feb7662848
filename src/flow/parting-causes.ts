/** Why two forms of a layer have different values where all that it reads is equal. */
import type { Diagnostic } from '../common/diagnostics.js';
import type { LayerMeaning } from '../compiler/pipelines.js';
import type { NetworkNode, Shape } from '../ir/network/types.js';
import type { Cause } from '../ir/trace/layer-comparison.js';
import type { CauseOf, PartedValues } from './step-tally.js';

/** A layer, and the shapes of what it reads and gives. */
export interface ShapedLayer {
  readonly node: NetworkNode;
  readonly input: Shape;
  readonly output: Shape;
}

/** What warnings of the lowering mean. */
const CAUSES: Readonly<Record<string, Cause>> = {
  'inexact-requantisation': 'rounding',
  'rounded-operands': 'rounding',
  'rounded-sum': 'order of operations',
  'rounded-average': 'order of operations',
  'rounded-product': 'order of operations',
};

/** Between float and integer network: what the lowering warned of, the end of the integers, the border, else a tie. */
export const causeAfterFloat =
  (
    layerOf: (id: string) => ShapedLayer | undefined,
    meaningOf: (id: string) => LayerMeaning | undefined,
    warningOf: (id: string) => Diagnostic | undefined,
  ): CauseOf =>
  (at) => {
    const warning = warningOf(at.layer);
    if (warning !== undefined) {
      return { cause: CAUSES[warning.code] ?? 'another function', note: warning.message };
    }
    const meaning = meaningOf(at.layer);
    const value = at.after[at.element]!;
    const ends = meaning === undefined ? [] : [meaning.low, meaning.high].map((q) => meaning.real(q, at.element));
    if (ends.includes(value)) return { cause: 'saturation' };
    return { cause: isAtBorder(layerOf(at.layer), at) ? 'padding value' : 'tie' };
  };

/** Shares of a value: what rounding a constant to float32 may make of it, and two sums of the same float32 numbers in two orders. */
const ROUNDED = 2 ** -22;
const REORDERED = 1e-4;

/** Between file and network. */
export const causeAfterFile =
  (layerOf: (id: string) => ShapedLayer | undefined): CauseOf =>
  (at) => {
    const layer = layerOf(at.layer);
    const [x, y] = [at.before[at.element]!, at.after[at.element]!];
    if (isAtBorder(layer, at)) return { cause: 'padding value' };
    if (layer?.node.kind === 'quantise' || layer?.node.kind === 'requantise') {
      const { step, ends } = levelsOf(layer.node);
      if (Math.abs(x - y) <= 1.001 * step) return { cause: 'rounding' };
      return { cause: ends.some((end) => Math.abs(end - y) < step / 2) ? 'saturation' : 'another function' };
    }
    if (layer?.node.kind === 'sign' || layer?.node.kind === 'step') return { cause: 'tie' };
    const error = Math.abs(x - y) / Math.max(1, Math.abs(x));
    if (error <= ROUNDED) return { cause: 'rounding' };
    return { cause: error <= REORDERED ? 'order of operations' : 'another function' };
  };

function levelsOf(node: Extract<NetworkNode, { kind: 'quantise' | 'requantise' }>): {
  readonly step: number;
  readonly ends: readonly number[];
} {
  if (node.kind === 'requantise') return { step: 1, ends: [node.min, node.max] };
  const { step, bits, signed, levels } = node;
  const [low, high] = levels ?? (signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]);
  return { step, ends: [low * step, high * step] };
}

/** Whether the windows of all elements that differ touch the padding, and those of others do not: the layer has some. */
function isAtBorder(layer: ShapedLayer | undefined, { before, differs }: PartedValues): boolean {
  if (layer === undefined) return false;
  const { node, input, output } = layer;
  if (node.kind !== 'conv2d' && node.kind !== 'avgPool' && node.kind !== 'maxPool' && node.kind !== 'sumPool')
    return false;
  const { window, stride, padding } = node;
  if (padding.every((p) => p === 0)) return false;
  const [rows = 1, columns = 1] = input;
  const [, across = 1, channels = 1] = output;
  const dilation = node.kind === 'conv2d' ? (node.dilation ?? [1, 1]) : [1, 1];
  const touches = (at: number, axis: 0 | 1): boolean => {
    const start = at * stride[axis] - padding[axis === 0 ? 0 : 2];
    const end = start + (window[axis] - 1) * dilation[axis]!;
    return start < 0 || end >= (axis === 0 ? rows : columns);
  };
  let inside = 0;
  for (let e = 0; e < before.length; e++) {
    const pixel = Math.floor(e / channels);
    const isBorder = touches(Math.floor(pixel / across), 0) || touches(pixel % across, 1);
    if (isBorder) continue;
    if (differs(e)) return false;
    inside++;
  }
  return inside > 0;
}
