/** Maxima and sums over windows. */
import { linearRows } from '../../../ir/network/linear.js';
import { channelsOf, windowOutput } from '../../../ir/network/shapes.js';
import type { MaxPoolNode, Shape, SumPoolNode, Window2d } from '../../../ir/network/types.js';
import { applyRows, elementsOf, type Form, FormRows, wireForm } from './forms.js';
import { formOf, relay } from './functions.js';
import type { LayerBook } from './layer-book.js';
import { LayerRows } from './layer-rows.js';
import { PLAIN, type Value } from './values.js';
import { timingOf } from './wires.js';

/** Maxima (of some channels minima): spikes of one tick that meet on an axon collapse into one, so that the union of counts is the largest. */
export function mergedWindows(book: LayerBook, node: MaxPoolNode, of: Value): Form {
  const { wires } = book;
  const channels = channelsOf(of.shape);
  const takesMin = (e: number): boolean => node.minChannels?.[e % channels] === 1;
  const layout = { uniform: true, complemented: takesMin };
  const isLaidOut = of.function === undefined || of.function.kind === 'threshold' || of.function.rising;
  const windows = poolWindows(node, of.shape);
  let form = formOf(book, of, isLaidOut ? layout : PLAIN);
  if (!isMergeable(book, form, windows, takesMin)) form = relay(book, of, layout);
  const rows = new FormRows(windows.length);
  wires.startBlock();
  windows.forEach((window, e) => {
    const first = window[0];
    if (first === undefined) {
      rows.end(0);
      return;
    }
    const from = form.rowStart[first]!;
    for (let j = 0; j < form.rowStart[first + 1]! - from; j++) {
      const members = window.map((element) => form.wire[form.rowStart[element]! + j]!);
      const drivers = members.flatMap((wire) => wires.drivers(wire));
      const wire = wires.add(drivers, wires.timing(members[0]!), e % channels);
      book.mergeable.add(wire);
      rows.term(wire, form.weight[from + j]!);
    }
    rows.end(form.constant[first]!);
  });
  const merged = rows.form();
  book.nested.add(merged);
  return merged;
}

/** Whether maxima (minima) over these windows are unions of spikes: of a sum of several values the union of the spikes of each is none. */
function isMergeable(
  { nested, mergeable }: LayerBook,
  form: Form,
  windows: readonly (readonly number[])[],
  takesMin: (e: number) => boolean,
): boolean {
  if (!nested.has(form)) return false;
  const { rowStart, wire, weight, constant } = form;
  const widthOf = (e: number): number => rowStart[e + 1]! - rowStart[e]!;
  return windows.every((window, w) => {
    const sign = takesMin(w) ? -1 : 1;
    const first = window[0]!;
    return window.every((e) => {
      if (widthOf(e) !== widthOf(first) || constant[e] !== constant[first]) return false;
      for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
        if (weight[k] !== sign || !mergeable.has(wire[k]!)) return false;
      }
      return true;
    });
  });
}

/** Sums over windows of bits or counts as spike counts, where one core holds the window; `of` is what the pool reads. */
export function countedWindows(book: LayerBook, value: Value, pool: SumPoolNode, of: Value): Form | undefined {
  const { axonsPerCore } = book.limits;
  const { wires } = book;
  let source = formOf(book, value);
  if (widestOf(source) > axonsPerCore) return undefined;
  if (!isSumOfCounts(source)) {
    // Of complements there are no counts: plain outputs first, which may take more wires.
    source = applyRows(linearRows(pool, of.shape), relay(book, of, PLAIN), wires.size, () => 0);
    if (!isSumOfCounts(source) || widestOf(source) > axonsPerCore) return undefined;
  }
  const arrival = timingOf(wires, source.wire);
  const max = arrival.max * Math.max(1, widestOf(source));
  const timing = { max, span: arrival.aligned ? max : arrival.span - 1 + max, aligned: arrival.aligned };
  const layer = new LayerRows(source);
  const channels = channelsOf(value.shape);
  wires.startBlock();
  const counts = Array.from({ length: elementsOf(source) }, (_, e) =>
    wires.add([{ layer: book.next, output: layer.add(e, 0, false), lag: 0 }], timing, e % channels),
  );
  book.add(layer, value.name ?? value.node, 'count');
  return wireForm(counts);
}

const isSumOfCounts = ({ constant, weight }: Form): boolean =>
  constant.every((c) => c === 0) && weight.every((w) => w === 1);

/** Terms of the widest element. */
function widestOf({ rowStart }: Form): number {
  let widest = 0;
  for (let e = 0; e + 1 < rowStart.length; e++) widest = Math.max(widest, rowStart[e + 1]! - rowStart[e]!);
  return widest;
}

/** Input elements under every window of a pool, by output element. */
function poolWindows(node: Window2d, input: Shape): readonly (readonly number[])[] {
  const [h = 0, w = 0, channels = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  const windows: number[][] = [];
  for (let e = 0; e < outH * outW * channels; e++) {
    const position = Math.floor(e / channels);
    const y0 = Math.floor(position / outW) * node.stride[0] - node.padding[0];
    const x0 = (position % outW) * node.stride[1] - node.padding[2];
    const window: number[] = [];
    for (let y = Math.max(0, y0); y < Math.min(h, y0 + node.window[0]); y++) {
      for (let x = Math.max(0, x0); x < Math.min(w, x0 + node.window[1]); x++)
        window.push((y * w + x) * channels + (e % channels));
    }
    windows.push(window);
  }
  return windows;
}
