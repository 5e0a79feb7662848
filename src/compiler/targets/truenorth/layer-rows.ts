/** A chip layer under construction: rows of a form, each compared with numbers by outputs of its own. */
import { assert } from '../../../common/assert.js';
import { type ChipLayer, type LayerStairs, rowRange } from './chip-layers.js';
import type { Form } from './forms.js';
import type { Stair } from './stairs.js';
import type { WireTable } from './wires.js';

/** Weights of rows with their inputs, as many as come. */
class StoredRows {
  #column = new Int32Array(1024);
  #weight = new Int16Array(1024);
  length = 0;

  add(column: number, weight: number): void {
    if (this.length === this.#column.length) {
      const [columns, weights] = [new Int32Array(2 * this.length), new Int16Array(2 * this.length)];
      columns.set(this.#column);
      weights.set(this.#weight);
      this.#column = columns;
      this.#weight = weights;
    }
    this.#column[this.length] = column;
    this.#weight[this.length++] = weight;
  }

  arrays(): { readonly column: Int32Array; readonly weight: Int16Array } {
    return { column: this.#column.slice(0, this.length), weight: this.#weight.slice(0, this.length) };
  }
}

/** What is compared in place of element e and number x, and which wires (-1: none) come beside both. */
export type Translate = (
  e: number,
  x: number,
  extra: number,
) => { readonly e: number; readonly at: number; readonly extra: number };

/** The outputs of a chip layer under construction: rows of a form, with thresholds. */
export class LayerRows {
  readonly #form: Form;
  readonly #row: number[] = [];
  readonly #at: number[] = [];
  readonly #turned: boolean[] = [];
  readonly #extra: number[] = [];
  /** By output: its stair, and how many steps of it there are. */
  readonly #stairs = new Map<number, { readonly stair: Stair; readonly steps: number }>();

  readonly #translate: Translate | undefined;

  constructor(form: Form, translate?: Translate) {
    this.#form = form;
    this.#translate = translate;
  }

  /** Whether elements are compared as they are, so that an output can be a stair. */
  get isPlain(): boolean {
    return this.#translate === undefined;
  }

  /** The same rows, of which others are asked for than they are. */
  translated(translate: Translate): LayerRows {
    const inner = this.#translate;
    if (inner === undefined) return new LayerRows(this.#form, translate);
    return new LayerRows(this.#form, (e, x, extra) => {
      const between = translate(e, x, extra);
      return inner(between.e, between.at, between.extra);
    });
  }

  /** Output that fires when the value of element e, and one more where the wire `extra` has a spike, is at least x, or, turned, when it is less. */
  add(e: number, x: number, turned: boolean, extra = -1): number {
    const inRow = this.#translate?.(e, x, extra) ?? { e, at: x, extra };
    this.#row.push(inRow.e);
    this.#at.push(inRow.at);
    this.#turned.push(turned);
    this.#extra.push(inRow.extra);
    return this.#row.length - 1;
  }

  /** Output that fires once for every step of the stair that the value of element e reaches, the first at x. */
  addStair(e: number, x: number, stair: Stair, steps: number): number {
    assert(this.isPlain, 'only elements that are compared as they are have stairs');
    const output = this.add(e, x, false);
    this.#stairs.set(output, { stair, steps });
    return output;
  }

  finish(
    wires: WireTable,
    name: string,
    rule: ChipLayer['rule'],
  ): { readonly layer: ChipLayer; readonly widest: number } {
    const { rowStart, wire, weight, constant, group, groupPlace } = this.#form;
    const extras = this.#extra;
    const inputs = inputsOfForm([wire, extras], wires);
    const columnOf = new Int32Array(wires.size).fill(-1);
    inputs.forEach((w, i) => (columnOf[w] = i));
    const nOut = this.#row.length;
    const start = new Int32Array(nOut);
    const end = new Int32Array(nOut);
    const stored = new StoredRows();
    const theta = new Int32Array(nOut);
    const constants = new Int32Array(nOut);
    let widest = 0;
    // Outputs of one sum have one row.
    const known = new Map<number, number>();
    this.#row.forEach((e, o) => {
      const turned = this.#turned[o]!;
      const extra = extras[o]!;
      const key = 2 * e + (turned ? 1 : 0);
      const same = extra < 0 ? known.get(key) : undefined;
      if (same === undefined) {
        start[o] = stored.length;
        for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
          widest = Math.max(widest, Math.abs(weight[k]!));
          stored.add(columnOf[wire[k]!]!, turned ? -weight[k]! : weight[k]!);
        }
        if (extra >= 0) stored.add(columnOf[extra]!, turned ? -1 : 1);
        else known.set(key, o);
        end[o] = stored.length;
      } else {
        start[o] = start[same]!;
        end[o] = end[same]!;
      }
      const at = this.#at[o]! - constant[e]!;
      // Not S >= t is -S >= 1 - t.
      if (rule === 'threshold') theta[o] = turned ? 1 - at : at;
      if (rule === 'score') constants[o] = constant[e]!;
    });
    const matrix = {
      ...{ nIn: inputs.length, nOut, rowStart: start, rowEnd: end, ...stored.arrays() },
      group: Int32Array.from(this.#row, (e) => group[e]!),
      groupPlace,
    };
    const max = Uint16Array.from(inputs, (w) => wires.max(w));
    const layer: ChipLayer = {
      name,
      rule,
      matrix,
      theta,
      ...(this.#stairs.size > 0 && { stairs: this.#layerStairs({ matrix, max }, theta) }),
      constant: constants,
      bundle: Int32Array.from(this.#row),
      turned: Uint8Array.from(this.#turned, Number),
      extra: Int32Array.from(extras, (w) => (w < 0 ? -1 : columnOf[w]!)),
      inputs,
      max,
      inputChannel: channelsOfInputs(inputs, wires),
    };
    return { layer, widest };
  }

  /** The stairs of sums without the constants of their elements; a threshold is a stair with one step that no sum reaches twice. */
  #layerStairs(layer: Pick<ChipLayer, 'matrix' | 'max'>, theta: Int32Array): LayerStairs {
    const n = theta.length;
    const steps = new Uint8Array(n).fill(1);
    const scale = new Uint8Array(n).fill(1);
    const rise = new Int32Array(n);
    const offset = new Int32Array(n);
    let most = 1;
    for (let o = 0; o < n; o++) {
      const own = this.#stairs.get(o);
      if (own === undefined) {
        rise[o] = Math.max(1, rowRange(layer, o)[1] - theta[o]! + 1);
        offset[o] = rise[o]! - theta[o]!;
        continue;
      }
      steps[o] = own.steps;
      scale[o] = own.stair.scale;
      rise[o] = own.stair.rise;
      offset[o] = own.stair.offset + own.stair.scale * this.#form.constant[this.#row[o]!]!;
      most = Math.max(most, own.steps);
    }
    return { most, steps, scale, rise, offset };
  }
}

/** All wires of the values that a layer reads (-1: none), in order: single elements that nobody reads keep the others in their places. */
function inputsOfForm(read: readonly ArrayLike<number>[], wires: WireTable): Int32Array {
  const blocks = new Map<number, { readonly from: number; readonly n: number }>();
  for (const list of read) {
    // Wires of one value come in a row.
    let block = { from: 0, n: 0 };
    for (let k = 0; k < list.length; k++) {
      const w = list[k]!;
      if (w < 0 || (w >= block.from && w < block.from + block.n)) continue;
      const { index, from, n } = wires.blockOf(w);
      block = { from, n };
      blocks.set(index, block);
    }
  }
  const ordered = [...blocks.values()].sort((a, b) => a.from - b.from);
  const inputs = new Int32Array(ordered.reduce((n, block) => n + block.n, 0));
  let next = 0;
  for (const { from, n } of ordered) for (let w = from; w < from + n; w++) inputs[next++] = w;
  return inputs;
}

/** Channels of different values are different ones. */
function channelsOfInputs(inputs: Int32Array, wires: WireTable): Int32Array {
  let offset = 0;
  let block = -1;
  let most = 0;
  return inputs.map((w) => {
    const { index } = wires.blockOf(w);
    if (index !== block) {
      offset += most;
      most = 0;
      block = index;
    }
    most = Math.max(most, wires.channel(w) + 1);
    return offset + wires.channel(w);
  });
}
