/** Operators that move elements without computing: the same layers for integers and real numbers. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NodeId, Shape } from '../../../ir/network/types.js';
import { layerShape, type OperatorContext, type Value } from './operator-context.js';
import { Refusal } from './refusal.js';

/** RESHAPE, SQUEEZE, EXPAND_DIMS: the shape is that of the operand or of the result, one dimension may be open. */
export function reshape(context: OperatorContext): void {
  const input = context.value(0);
  const size = sizeOf(input.full);
  const declared = context.output().shape;
  const wanted = context.op.name === 'RESHAPE' && context.isConstant(1) ? Array.from(context.numbers(1)) : declared;
  const shape = [wanted, declared].map((full) => completed(full, size)).find((full) => full !== undefined);
  if (shape === undefined) {
    throw new Refusal(
      `${size} elements do not have the shape [${wanted.join(', ')}]`,
      'export the model with a batch of 1',
    );
  }
  context.give(context.rearrange(input, shape, undefined, 0, 'shaped'), shape);
}

/** A shape whose -1 is what is left over; undefined where the elements do not fit. */
function completed(shape: Shape, size: number): Shape | undefined {
  const open = shape.filter((n) => n === -1).length;
  const rest = shape.reduce((product, n) => (n === -1 ? product : product * n), 1);
  const full = open === 1 && rest > 0 ? shape.map((n) => (n === -1 ? size / rest : n)) : shape;
  return full.every((n) => Number.isInteger(n) && n >= 1) && sizeOf(full) === size ? full : undefined;
}

/** Row-major: how far apart neighbours along an axis lie. */
const stridesOf = (shape: Shape): readonly number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** For every axis of a result, where in the input each of its positions lies: an element lies at the sum; at -1 of any axis it lies nowhere. */
type Sources = readonly Int32Array[];

/** For every position of an axis what `from` says: a position of the input along an axis with this stride, or a negative number for none. */
const along = (size: number, stride: number, from: (position: number) => number): Int32Array =>
  Int32Array.from({ length: size }, (_, position) => {
    const source = from(position);
    return source < 0 ? -1 : source * stride;
  });

/** A layer in which every element of `full` is the one that `sources` say, or `fill` where they say none. */
export function moved(
  context: OperatorContext,
  input: Value,
  full: Shape,
  sources: () => Sources,
  { fill = 0, word = 'moved' }: { readonly fill?: number; readonly word?: string } = {},
): NodeId {
  const index = context.index(sizeOf(full));
  // Axis by axis, the first ones once: what is known of the positions so far, each followed by those of the next axis.
  let known: Int32Array = Int32Array.of(0);
  for (const table of sources()) {
    const isLast = known.length * table.length === index.length;
    const next = isLast ? index : new Int32Array(known.length * table.length);
    let e = 0;
    for (const offset of known) for (const more of table) next[e++] = offset < 0 || more < 0 ? -1 : offset + more;
    known = next;
  }
  if (known !== index) index.set(known);
  const stays = index.every((i, e) => i === e) && layerShape(full).join() === layerShape(input.full).join();
  return stays ? input.id : context.rearrange(input, full, index, fill, word);
}

/** TRANSPOSE. */
export function transpose(context: OperatorContext): void {
  const input = context.value(0);
  const order = Array.from(context.numbers(1));
  const rank = input.full.length;
  if (order.length !== rank || new Set(order).size !== rank || order.some((axis) => !(axis >= 0 && axis < rank))) {
    throw new Refusal(`it orders ${rank} dimensions by [${order.join(', ')}]`, 'export the model again');
  }
  const full = order.map((axis) => input.full[axis]!);
  const strides = stridesOf(input.full);
  const id = moved(context, input, full, () => full.map((n, axis) => along(n, strides[order[axis]!]!, (p) => p)));
  context.give(id, full);
}

/** PAD, PADV2 with what it puts around; the batch stays. */
export function pad(context: OperatorContext, fill: number): void {
  const input = context.value(0);
  const amounts = Array.from(context.numbers(1));
  const rank = input.full.length;
  if (amounts.length !== 2 * rank || amounts.some((n) => !(n >= 0 && n <= 4096))) {
    throw new Refusal(`it pads ${rank} dimensions by [${amounts.join(', ')}]`, 'pad by at most 4096');
  }
  if (rank > 1 && amounts[0]! + amounts[1]! > 0) throw new Refusal('it pads along the batch', 'pad images only');
  const full = input.full.map((n, axis) => n + amounts[2 * axis]! + amounts[2 * axis + 1]!);
  const isMirrored = context.op.name === 'MIRROR_PAD';
  // REFLECT leaves the border out, SYMMETRIC repeats it.
  const gap = (context.options?.int8(0) ?? 0) === 0 ? 0 : 1;
  const strides = stridesOf(input.full);
  const id = moved(
    context,
    input,
    full,
    () =>
      full.map((size, axis) => {
        const n = input.full[axis]!;
        return along(size, strides[axis]!, (p) => {
          const x = p - amounts[2 * axis]!;
          const mirrored = x < 0 ? -x - gap : x >= n ? 2 * n - 2 + gap - x : x;
          const from = isMirrored ? mirrored : x;
          return from < n ? from : -1;
        });
      }),
    { fill, word: 'padded' },
  );
  context.give(id, full);
}

/** SLICE and STRIDED_SLICE. */
export function slice(context: OperatorContext): void {
  const input = context.value(0);
  const rank = input.full.length;
  const begin = Array.from(context.numbers(1));
  const second = Array.from(context.numbers(2));
  const isStrided = context.op.name === 'STRIDED_SLICE';
  const stride = isStrided ? Array.from(context.numbers(3)) : begin.map(() => 1);
  const mask = (field: number): number => (isStrided ? (context.options?.int32(field) ?? 0) : 0);
  const [beginMask, endMask, ellipsis, newAxis, shrink] = [mask(0), mask(1), mask(2), mask(3), mask(4)];
  if (begin.length !== rank || second.length !== rank || stride.length !== rank || ellipsis !== 0 || newAxis !== 0) {
    throw new Refusal('it slices other dimensions than those of its operand', 'slice every dimension by itself');
  }
  if (stride.some((s) => !(s >= 1)))
    throw new Refusal(`its strides are [${stride.join(', ')}]`, 'use strides from 1 on');
  const from = (n: number, p: number): number => Math.min(Math.max(p < 0 ? p + n : p, 0), n);
  const starts = input.full.map((n, axis) => (beginMask & (1 << axis) ? 0 : from(n, begin[axis]!)));
  const ends = input.full.map((n, axis) => {
    if (shrink & (1 << axis)) return starts[axis]! + 1;
    if (!isStrided) return second[axis] === -1 ? n : starts[axis]! + second[axis]!;
    return endMask & (1 << axis) ? n : from(n, second[axis]!);
  });
  const sizes = starts.map((start, axis) => Math.ceil((ends[axis]! - start) / stride[axis]!));
  if (sizes.some((n, axis) => !(n >= 1) || ends[axis]! > input.full[axis]!)) {
    throw new Refusal(
      `it takes [${starts.join(', ')}] to [${ends.join(', ')}] of [${input.full.join(', ')}]`,
      'slice inside its operand',
    );
  }
  const strides = stridesOf(input.full);
  const id = moved(context, input, sizes, () =>
    sizes.map((n, axis) => along(n, strides[axis]!, (p) => starts[axis]! + p * stride[axis]!)),
  );
  const full = sizes.filter((_, axis) => !(shrink & (1 << axis)));
  context.give(context.rearrange({ id, full: sizes }, full, undefined, 0, 'shaped'), full);
}

/** SPLIT: equal parts along an axis. */
export function split(context: OperatorContext): void {
  const input = context.value(1);
  const axis = axisOf(context.numbers(0)[0] ?? 0, input.full);
  const parts = context.op.outputs.length;
  const n = input.full[axis]!;
  if (parts < 1 || n % parts !== 0)
    throw new Refusal(`${n} elements do not split into ${parts} parts`, 'export the model again');
  const full = input.full.map((size, a) => (a === axis ? n / parts : size));
  const strides = stridesOf(input.full);
  for (let k = 0; k < parts; k++) {
    const first = (k * n) / parts;
    const sources = (): Sources => full.map((size, a) => along(size, strides[a]!, (p) => (a === axis ? p + first : p)));
    const id = moved(context, input, full, sources, { word: `part${k}` });
    context.give(id, full, k);
  }
}

/** An axis, counted from the end where it is negative; the batch is none. */
export function axisOf(axis: number, full: Shape): number {
  const found = axis < 0 ? axis + full.length : axis;
  if (Number.isInteger(found) && found >= 0 && found < full.length && (found > 0 || full.length === 1)) return found;
  throw new Refusal(`its axis ${axis} of [${full.join(', ')}] is the batch or none`, 'work along the other dimensions');
}

/** Side by side along an axis: channels as they are, other axes with a move behind. */
export function concatenate(
  context: OperatorContext,
  inputs: readonly Value[],
  axis: number,
): { readonly id: NodeId; readonly full: Shape } {
  const [first] = inputs;
  if (first === undefined) throw new Refusal('it has no operands', 'export the model again');
  const at = axisOf(axis, first.full);
  const others = (full: Shape): string => full.filter((_, a) => a !== at).join();
  if (inputs.some(({ full }) => full.length !== first.full.length || others(full) !== others(first.full))) {
    throw new Refusal(
      `its operands have the shapes ${inputs.map(({ full }) => `[${full.join(', ')}]`).join(', ')}`,
      'export the model again',
    );
  }
  const full = first.full.map((n, a) => (a === at ? inputs.reduce((sum, value) => sum + value.full[at]!, 0) : n));
  if (inputs.length === 1) return { id: first.id, full };
  if (at === first.full.length - 1) {
    const ids = inputs.map(({ id }) => id);
    return { id: context.add({ kind: 'concat', id: context.id('joined'), inputs: ids }), full };
  }
  const flat = inputs.map((value) => context.rearrange(value, [sizeOf(value.full)], undefined, 0, 'flat'));
  const joined = context.add({ kind: 'concat', id: context.id('joined'), inputs: flat });
  const starts = inputs.map((_, k) => inputs.slice(0, k).reduce((sum, value) => sum + sizeOf(value.full), 0));
  const blocks = inputs.map((value) => sizeOf(value.full.slice(at)));
  const index = context.index(sizeOf(full));
  const nOuter = sizeOf(full.slice(0, at));
  let e = 0;
  for (let outer = 0; outer < nOuter; outer++) {
    blocks.forEach((block, k) => {
      const first = starts[k]! + outer * block;
      for (let i = 0; i < block; i++) index[e++] = first + i;
    });
  }
  return { id: context.rearrange({ id: joined, full: [sizeOf(full)] }, full, index), full };
}

/** RESIZE_NEAREST_NEIGHBOR, with the float32 arithmetic of reference/resize_nearest_neighbor.h. */
export function resizeNearest(context: OperatorContext): void {
  const input = context.value(0);
  const [h, w, c] = context.image(input);
  const [height = 0, width = 0] = context.numbers(1);
  const isAligned = (context.options?.uint8(0) ?? 0) !== 0;
  const isCentred = (context.options?.uint8(1) ?? 0) !== 0;
  if (!(height >= 1 && width >= 1)) throw new Refusal(`its result is ${height} x ${width}`, 'export the model again');
  const nearest = (to: number, size: number, outputs: number): number => {
    const scale = Math.fround(isAligned && outputs > 1 ? (size - 1) / (outputs - 1) : size / outputs);
    const at = Math.fround((to + (isCentred ? 0.5 : 0)) * scale);
    return Math.max(0, Math.min(isAligned ? Math.round(at) : Math.floor(at), size - 1));
  };
  const full = [1, height, width, c];
  const id = moved(context, input, full, () => [
    Int32Array.of(0),
    along(height, w * c, (y) => nearest(y, h, height)),
    along(width, c, (x) => nearest(x, w, width)),
    along(c, 1, (channel) => channel),
  ]);
  context.give(id, full);
}

/** DEPTH_TO_SPACE and SPACE_TO_DEPTH. */
export function depthAndSpace(context: OperatorContext): void {
  const input = context.value(0);
  const [h, w, c] = context.image(input);
  const block = context.options?.int32(0) ?? 0;
  const toSpace = context.op.name === 'DEPTH_TO_SPACE';
  const full = toSpace ? [1, h * block, w * block, c / block ** 2] : [1, h / block, w / block, c * block ** 2];
  if (!full.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new Refusal(`blocks of ${block} do not fit ${h} x ${w} x ${c}`, 'export the model again');
  }
  const [, rows = 1, columns = 1, depth = 1] = full;
  const sources = (): Sources =>
    toSpace
      ? [
          Int32Array.of(0),
          along(rows, 1, (y) => Math.floor(y / block) * w * c + (y % block) * block * depth),
          along(columns, 1, (x) => Math.floor(x / block) * c + (x % block) * depth),
          along(depth, 1, (d) => d),
        ]
      : [
          Int32Array.of(0),
          along(rows, block * w * c, (y) => y),
          along(columns, block * c, (x) => x),
          along(depth, 1, (d) => {
            const tap = Math.floor(d / c);
            return (Math.floor(tap / block) * w + (tap % block)) * c + (d % c);
          }),
        ];
  const id = moved(context, input, full, sources);
  context.give(id, full);
}

/** The value with the shape that both operands of an element-wise operator broadcast to. */
export function broadcast(context: OperatorContext, value: Value, full: Shape): NodeId {
  if (value.full.join() === full.join()) return value.id;
  const shift = full.length - value.full.length;
  const strides = stridesOf(value.full);
  const sources = (): Sources =>
    full.map((size, axis) =>
      along(size, strides[axis - shift] ?? 0, (p) => (value.full[axis - shift] === size ? p : 0)),
    );
  return moved(context, value, full, sources, { word: 'spread' });
}

/** What two shapes broadcast to. */
export function commonShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [m, n] = [a[axis + a.length - rank] ?? 1, b[axis + b.length - rank] ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new Refusal(
        `its operands have the shapes [${a.join(', ')}] and [${b.join(', ')}]`,
        'export the model again',
      );
    }
    return Math.max(m, n);
  });
}

/** Rows and columns that MEAN takes: a window over the whole image along the axes of operand 1, and the shape behind it. */
export function meanWindow(context: OperatorContext): {
  readonly input: Value;
  readonly image: NodeId;
  readonly window: readonly [number, number];
  readonly pooled: Shape;
  readonly full: Shape;
} {
  const input = context.value(0);
  const rank = input.full.length;
  const axes = [...new Set(Array.from(context.numbers(1), (axis) => (axis < 0 ? axis + rank : axis)))].sort();
  const keepsDimensions = (context.options?.uint8(0) ?? 0) !== 0;
  const isSpatial = axes.length > 0 && axes.every((axis) => axis >= 1 && axis < rank - 1);
  if (!isSpatial || rank > 4 || rank < 3 || input.full[0] !== 1) {
    throw new Refusal(
      `it averages [${input.full.join(', ')}] along [${axes.join(', ')}]`,
      'average over rows and columns of an image',
    );
  }
  // A sequence [time, channels] is an image of one column.
  const [h = 1, w = 1, c = 1] = rank === 4 ? input.full.slice(1) : [input.full[1] ?? 1, 1, input.full[2] ?? 1];
  const image = context.rearrange(input, [1, h, w, c], undefined, 0, 'image');
  const window = [axes.includes(1) ? h : 1, axes.includes(2) && rank === 4 ? w : 1] as const;
  const pooled = [1, h / window[0], w / window[1], c];
  const full = keepsDimensions
    ? input.full.map((n, axis) => (axes.includes(axis) ? 1 : n))
    : input.full.filter((_, axis) => !axes.includes(axis));
  return { input, image, window, pooled, full };
}
