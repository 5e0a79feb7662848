/**
 * Legalisation: an integer network becomes chip layers. Every value is an affine form over wires; linear layers and branches change forms only, functions
 * of one value become layers of threshold neurons, a neuron for every place where the function changes.
 */
import { assertNever, present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { divideRoundHalfAway, requantiseValue } from '../../../common/fixed-point.js';
import { averageWindows } from '../../../ir/network/average.js';
import { digitsFor, type InputDigits } from '../../../ir/network/input-code.js';
import { type LinearNode, linearRows } from '../../../ir/network/linear.js';
import { inferRanges, type ValueRange } from '../../../ir/network/ranges.js';
import { completeReadout } from '../../../ir/network/readout.js';
import { channelsOf, codeMax, inferShapes, sizeOf, windowOutput } from '../../../ir/network/shapes.js';
import {
  type AvgPoolNode,
  type EncodeNode,
  type ExtremumNode,
  type InputCode,
  type MaxPoolNode,
  type MultiplyNode,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  SENSE,
  type Shape,
  type SumPoolNode,
  type ThresholdNode,
  type Window2d,
} from '../../../ir/network/types.js';
import { freshNames, type NameMaker } from '../../fresh-names.js';
import type { ChipLayer, ChipNetwork, HeldValue } from './chip-layers.js';
import {
  addForms,
  applyRows,
  elementsOf,
  type Form,
  formRange,
  FormRows,
  scaleForm,
  selectElements,
  wireForm,
} from './forms.js';
import { baseFor, splitForm } from './digits.js';
import { MAX_WEIGHT } from './matrix.js';
import { groupSteps, type Steps, stepsOf } from './pointwise.js';
import { type Driver, HOST, WireTable } from './wires.js';

/** What the chip gives the codes of values. */
export interface CodeLimits {
  /** Inputs of the largest sum that travels as a spike count. */
  readonly axonsPerCore: number;
  /** Steps of a value that one wire carries as its count; 1: a wire each. */
  readonly maxCount: number;
  /** Largest weight of a synapse. */
  readonly weightMax: number;
}

/** Chip layers with what their making met; `relays` counts layers that only copy. */
export interface LegalNetwork {
  readonly network: ChipNetwork;
  readonly relays: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Turns a verified integer network without unsupported layers into chip layers; everything that has no chip form is reported. */
export function legalise(graph: NetworkGraph, limits: CodeLimits): LegalNetwork {
  return new Legaliser(graph, limits).build();
}

/** Characters of a layer's name in a program file. */
const MAX_CHIP_LAYER_NAME = 400;
/** Largest range of a value that is looked at integer by integer to see whether it can pass as it is. */
const MAX_PASSED = 1024;
/** Steps of a value up to which a count or two do. */
const MOST_UNARY_LEVELS = 31;
/** Most integers of a value that is compared with each of them. */
const MAX_LEVELS = 65_536;

/** A function of the elements of a value. */
interface Pointwise {
  readonly of: Value;
  /** Value of element e for the sum x of its form. */
  readonly apply: (x: number, e: number) => number;
  /** Elements with the same key have the same function. */
  readonly keyOf: (e: number) => number;
  readonly rising: boolean;
  /** A threshold: one step, whose neuron exists even where the value never changes. */
  readonly threshold?: { readonly thetaOf: (e: number) => number; readonly senseOf: (e: number) => number };
}

/** A value of the network: a form, or a function whose neurons are made when the first layer reads it. */
interface Value {
  /** Name of the linear layers that the form was made by; without them, of the node. */
  readonly name: string | undefined;
  /** Of sums over windows of wires, which may travel as counts. */
  readonly pool: SumPoolNode | undefined;
  /** Every element is what wires say; no sum was formed. */
  readonly isHeld: boolean;
  readonly function?: Pointwise;
  form: Form | undefined;
  readonly node: NodeId;
  readonly shape: Shape;
  /** Bounds of element e, whatever its form could reach. */
  readonly range: (e: number) => readonly [low: number, high: number];
}

/** How the wires of a function are laid out. */
interface Layout {
  /** All elements of a channel have the same wires for the same values, so that maxima are unions of spikes. */
  readonly uniform: boolean;
  /** Elements whose wires count down from the largest value. */
  readonly complemented: (e: number) => boolean;
}

const ANY_RANGE: Value['range'] = () => [-Infinity, Infinity];

const PLAIN: Layout = { uniform: false, complemented: () => false };

/** Walks the network once. */
class Legaliser {
  private readonly graph: NetworkGraph;
  private readonly limits: CodeLimits;
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly ranges: ReadonlyMap<NodeId, ValueRange>;
  private readonly fresh: NameMaker;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly layers: ChipLayer[] = [];
  private readonly wires = new WireTable();
  private readonly merges: { name: string; layer: number; nIn: number; nOut: number }[] = [];
  private readonly values = new Map<NodeId, Value>();
  private readonly held: HeldValue[] = [];
  /** Wires whose elements were laid out as {@link Layout.uniform}, or are single bits or counts of the host. */
  private readonly mergeable = new Set<number>();
  /** Values as digits, by what they are as counts. */
  private readonly digitForms = new Map<Form, Form>();
  private relays = 0;
  private digits: InputDigits | undefined;

  constructor(graph: NetworkGraph, limits: CodeLimits) {
    this.graph = graph;
    this.limits = limits;
    this.shapes = inferShapes(graph);
    this.ranges = inferRanges(graph);
    this.fresh = freshNames(
      graph.nodes.map(({ id }) => id),
      MAX_CHIP_LAYER_NAME,
    );
  }

  build(): LegalNetwork {
    let code: InputCode = { kind: 'threshold', level: 128 };
    let inputShape: Shape = [];
    let output: Pick<ChipNetwork, 'nClasses' | 'outputClass' | 'readout'> = {
      nClasses: 0,
      outputClass: new Int32Array(0),
      readout: completeReadout({}, 0),
    };
    for (const node of this.graph.nodes) {
      if (node.kind === 'input') inputShape = node.shape;
      else if (node.kind === 'encode') {
        code = node.code;
        this.encode(node);
      } else if (node.kind === 'votes' || node.kind === 'scores') output = this.finish(node);
      else this.values.set(node.id, this.valueOf(node));
    }
    for (const { node, form, isHeld } of this.values.values()) {
      if (isHeld && form !== undefined && this.hasNeurons(form)) this.held.push({ node, form });
    }
    const order = new Map(this.graph.nodes.map(({ id }, i) => [id, i]));
    this.held.sort((a, b) => order.get(a.node)! - order.get(b.node)!);
    const { layers, wires, merges, held, relays, diagnostics, digits } = this;
    const network = { code, inputShape, layers, wires, merges, held, ...(digits && { digits }), ...output };
    return { network, relays, diagnostics };
  }

  /** Whether cores send the value, not the host alone. */
  private hasNeurons({ wire }: Form): boolean {
    return wire.length > 0 && wire.every((w) => this.wires.drivers(w).every(({ layer }) => layer !== HOST));
  }

  private encode(node: EncodeNode): void {
    const shape = present(this.shapes.get(node.id), 'shape');
    const channels = channelsOf(shape);
    const { code } = node;
    this.wires.startBlock();
    const host = (output: number): readonly Driver[] => [{ layer: HOST, output, lag: 0 }];
    if (code.kind !== 'integer') {
      const max = codeMax(code);
      const timing = { max, span: max, aligned: code.kind !== 'bernoulli' || max === 1 };
      const wires = Array.from({ length: sizeOf(shape) }, (_, e) => this.wires.add(host(e), timing, e % channels));
      if (timing.aligned) for (const wire of wires) this.mergeable.add(wire);
      this.values.set(node.id, this.plainValue(node, wireForm(wires), true));
      return;
    }
    const digits = digitsFor(code.bits, this.limits.maxCount);
    this.digits = digits;
    const rows = new FormRows(sizeOf(shape));
    const max = digits.radix - 1;
    for (let e = 0; e < sizeOf(shape); e++) {
      let place = 1;
      for (let d = 0; d < digits.count; d++) {
        const last = d === digits.count - 1;
        const most = last ? (2 ** code.bits - 1 - ((2 ** code.bits - 1) % place)) / place : max;
        const wire = this.wires.add(
          host(e * digits.count + d),
          { max: most, span: most, aligned: true },
          (e % channels) * digits.count + d,
        );
        rows.term(wire, place);
        place *= digits.radix;
      }
      rows.end(0 - code.zeroPoint);
    }
    this.values.set(node.id, this.plainValue(node, rows.form(), true));
  }

  private plainValue(node: NetworkNode, form: Form, isHeld: boolean, name?: string): Value {
    const shape = present(this.shapes.get(node.id), 'shape');
    return { name, pool: undefined, isHeld, form, node: node.id, shape, range: this.rangeOf(node.id) };
  }

  private input(id: NodeId): Value {
    return present(this.values.get(id), 'value');
  }

  private valueOf(node: NetworkNode): Value {
    switch (node.kind) {
      case 'dense':
      case 'blockDense':
      case 'conv2d':
      case 'sumPool':
        return this.linear(node);
      case 'threshold':
        return this.functionOf(node, this.thresholdOf(node));
      case 'requantise':
      case 'lookup': {
        const of = this.input(node.input);
        const channels = channelsOf(of.shape);
        return this.functionOf(node, {
          of,
          apply:
            node.kind === 'lookup'
              ? (x) => node.table[Math.min(Math.max(x - node.inputMin, 0), node.table.length - 1)]!
              : (x, e) => requantiseValue(node, x, e % channels),
          keyOf: node.kind === 'lookup' ? () => 0 : (e) => e % channels,
          rising: node.kind === 'requantise',
        });
      }
      case 'avgPool':
        return this.average(node);
      case 'maxPool':
        return this.maxPool(node);
      case 'flatten': {
        const of = this.input(node.input);
        // The same value: neurons that are made for the one are those of the other.
        const shape = present(this.shapes.get(node.id), 'shape');
        return { ...of, form: this.formOf(of), node: node.id, shape, range: this.rangeOf(node.id) };
      }
      case 'rearrange': {
        const of = this.input(node.input);
        const shape = present(this.shapes.get(node.id), 'shape');
        const form = this.formOf(of);
        const index = node.index ?? Int32Array.from({ length: sizeOf(shape) }, (_, e) => e);
        return this.plainValue(node, selectElements([form], index, node.fill ?? 0), of.isHeld, of.name);
      }
      case 'concat':
        return this.concat(
          node.inputs.map((id) => this.input(id)),
          node,
        );
      case 'add': {
        const [a, b] = [this.input(node.inputs[0]), this.input(node.inputs[1])];
        const form = addForms(this.formOf(a), this.formOf(b), this.wires.size);
        const name = a.name ?? b.name;
        return this.plainValue(node, form, false, name === undefined ? undefined : this.fresh(node.id));
      }
      case 'multiply':
        return this.multiply(node);
      case 'extremum':
        return this.extremum(node);
      case 'batchNorm':
      case 'sign':
      case 'step':
      case 'relu':
      case 'clip':
      case 'function':
      case 'quantise':
      case 'neuron':
        throw new Error(`internal error: ${node.kind} in the integer dialect`);
      case 'input':
      case 'encode':
      case 'votes':
      case 'scores':
      case 'embedding':
      case 'rmsNorm':
      case 'attention':
      case 'integerNeuron':
      case 'delay':
        throw new Error(`internal error: ${node.kind} passed the check of what the chip supports`);
      default:
        return assertNever(node);
    }
  }

  private functionOf(node: NetworkNode, f: Pointwise): Value {
    const shape = present(this.shapes.get(node.id), 'shape');
    return {
      ...{ name: undefined, pool: undefined, isHeld: true, function: f, form: undefined, node: node.id, shape },
      range: this.rangeOf(node.id),
    };
  }

  private thresholdOf(node: ThresholdNode): Pointwise {
    const of = this.input(node.input);
    const n = node.theta.length;
    const thetaOf = (e: number): number => node.theta[e % n]!;
    const senseOf = (e: number): number => node.sense[e % n]!;
    return {
      of,
      threshold: { thetaOf, senseOf },
      keyOf: (e) => e % n,
      rising: false,
      apply: (x, e) => {
        switch (senseOf(e)) {
          case SENSE.atLeast:
            return x >= thetaOf(e) ? 1 : 0;
          case SENSE.atMost:
            return x <= thetaOf(e) ? 1 : 0;
          default:
            return senseOf(e) === SENSE.always ? 1 : 0;
        }
      },
    };
  }

  /** The form of a value, whose neurons are made now if there are none yet. */
  private formOf(value: Value, layout: Layout = PLAIN): Form {
    if (value.form !== undefined) return value.form;
    const f = present(value.function, 'function of a value without form');
    value.form = this.makeFunction(value, f, layout);
    return value.form;
  }

  /** A layer of threshold neurons for a function. */
  private makeFunction(value: Value, f: Pointwise, { uniform, complemented }: Layout): Form {
    const form = this.formOf(f.of);
    const n = elementsOf(form);
    const channels = channelsOf(value.shape);
    const spans = Array.from({ length: n }, (_, e): readonly [number, number] => {
      const [low, high] = formRange(form, e, this.wires);
      const [least, most] = f.of.range(e);
      return [Math.max(low, least), Math.min(high, most)];
    });
    const known = new Map<string, Steps>();
    const stepsAt = (e: number): Steps => {
      const [low, high] = spans[e]!;
      const key = `${f.keyOf(e)}/${low}/${high}`;
      let steps = known.get(key);
      if (steps === undefined) {
        if (!f.rising && f.threshold === undefined && high - low > MAX_LEVELS) {
          this.refuse(
            value.node,
            'too-many-values',
            `a function of ${high - low + 1} values`,
            'quantise its input first',
          );
          return { base: 0, at: [], rise: [] };
        }
        steps =
          f.threshold !== undefined
            ? thresholdSteps(f, e, low, high)
            : stepsOf((x) => f.apply(x, e), low, high, f.rising);
        known.set(key, steps);
      }
      return steps;
    };
    if (!uniform && f.threshold === undefined && f.of.isHeld) {
      const rest = this.differenceFrom(f, spans);
      if (rest !== undefined) return addForms(form, this.makeFunction(value, rest, PLAIN), this.wires.size);
    }
    const name = f.of.name ?? value.node;
    const layer = this.comparison(form, name, (compare) => {
      for (let e = 0; e < n; e++) {
        if (uniform) compare(e, spans[e]![0]);
        for (const x of stepsAt(e).at) compare(e, x);
      }
    });
    const index = this.layers.length;
    const rows = new FormRows(n);
    this.wires.startBlock();
    const most = uniform ? this.uniformLevels(stepsAt, n, channels) : undefined;
    for (let e = 0; e < n; e++) {
      const steps = stepsAt(e);
      const turn = complemented(e);
      if (f.threshold !== undefined) {
        const output = layer.add(e, steps.at[0]!, steps.rise[0]! < 0 !== turn);
        const wire = this.wires.add(
          [{ layer: index, output, lag: 0 }],
          { max: 1, span: 1, aligned: true },
          e % channels,
        );
        this.mergeable.add(wire);
        // A complement is 1 - x.
        rows.term(wire, turn ? -1 : 1);
        rows.end(turn ? 1 : 0);
        continue;
      }
      if (most !== undefined) {
        this.uniformElement(
          layer,
          index,
          { e, channels, steps, ...most(e), turn, low: spans[e]![0], high: spans[e]![1] },
          rows,
        );
        continue;
      }
      const terms: (readonly [wire: number, weight: number])[] = [];
      for (const { at, weight } of groupSteps(steps, this.limits.maxCount)) {
        const drivers = at.map((x, lag) => ({ layer: index, output: layer.add(e, x, false), lag }));
        const timing = { max: at.length, span: at.length, aligned: true };
        terms.push([this.wires.add(drivers, timing, e % channels), weight]);
      }
      for (const [wire, weight] of terms) rows.term(wire, weight);
      rows.end(steps.base);
    }
    this.addLayer(layer, this.layerName(name));
    return rows.form();
  }

  /**
   * Rows to compare elements of a form with numbers; `visit` names all of them beforehand. Where weights are too large for cores, their digits become
   * layers of their own first (see digits.ts), and the rows are those of what is left.
   */
  private comparison(
    form: Form,
    name: string,
    visit: (compare: (e: number, x: number) => void) => void,
    below = Infinity,
  ): LayerRows {
    const base = baseFor(form, this.wires, this.limits, below);
    if (base === undefined) return new LayerRows(form);
    const n = elementsOf(form);
    const [low, high] = splitForm(form, base);
    const limits = { ...this.limits, maxCount: Math.min(this.limits.maxCount, 15) };
    const ranges = Array.from({ length: n }, (_, e) => formRange(low, e, this.wires));
    // The quotient of the low part: a step at every multiple of the base.
    const multiples = ranges.map(([least, greatest]) => {
      const at: number[] = [];
      for (let x = base * (Math.floor(least / base) + 1); x <= greatest; x += base) at.push(x);
      return at;
    });
    const quotients = this.comparison(low, `${name}-low`, (compare) =>
      multiples.forEach((at, e) => at.forEach((x) => compare(e, x))),
    );
    let index = this.layers.length;
    this.wires.startBlock();
    const quotient = new FormRows(n);
    for (let e = 0; e < n; e++) {
      const steps = { base: 0, at: multiples[e]!, rise: multiples[e]!.map(() => 1) };
      for (const { at } of groupSteps(steps, limits.maxCount)) {
        const drivers = at.map((x, lag) => ({ layer: index, output: quotients.add(e, x, false), lag }));
        quotient.term(this.wires.add(drivers, { max: at.length, span: at.length, aligned: true }, 0), 1);
      }
      quotient.end(Math.floor(ranges[e]![0] / base));
    }
    this.addLayer(quotients, this.fresh(`${name}-quotient`));
    const q = quotient.form(form);
    // What is left of the low part, 0..base - 1: the comparisons that are asked for.
    const digit = addForms(low, q, this.wires.size, -base);
    const left = high.constant.map((_, e) => form.constant[e]!);
    const digitRows = this.comparison(
      digit,
      `${name}-digit`,
      (compare) =>
        visit((e, x) => {
          const x0 = x - left[e]! - base * Math.floor((x - left[e]!) / base);
          if (x0 > 0) compare(e, x0);
        }),
      // Smaller and smaller, so that there is an end to it.
      base,
    );
    index = this.layers.length;
    this.wires.startBlock();
    const digitWire = new Map<number, number>();
    visit((e, x) => {
      const x0 = x - left[e]! - base * Math.floor((x - left[e]!) / base);
      const key = e * base + x0;
      if (x0 === 0 || digitWire.has(key)) return;
      const drivers = [{ layer: index, output: digitRows.add(e, x0, false), lag: 0 }];
      digitWire.set(key, this.wires.add(drivers, { max: 1, span: 1, aligned: true }, 0));
    });
    this.addLayer(digitRows, this.fresh(`${name}-digit`));
    const rest = addForms(high, q, this.wires.size);
    const compared: Compare = (e, x) => {
      const x1 = Math.floor((x - left[e]!) / base);
      const x0 = x - left[e]! - base * x1;
      return x0 === 0 ? { at: x1, extra: -1 } : { at: x1 + 1, extra: digitWire.get(e * base + x0)! };
    };
    if (baseFor(rest, this.wires, this.limits) === undefined) return new LayerRows(rest, compared);
    return this.comparisonOfRest(rest, name, compared, visit);
  }

  /** The same where what is left has large weights, too: every comparison becomes an element of its own, with its digit. */
  private comparisonOfRest(
    rest: Form,
    name: string,
    compared: Compare,
    visit: (compare: (e: number, x: number) => void) => void,
  ): LayerRows {
    const elements: { readonly e: number; readonly extra: number }[] = [];
    const elementOf = new Map<string, number>();
    visit((e, x) => {
      const { extra } = compared(e, x);
      const key = `${e}/${extra}`;
      if (elementOf.has(key)) return;
      elementOf.set(key, elements.length);
      elements.push({ e, extra });
    });
    const rows = new FormRows(elements.length);
    for (const { e, extra } of elements) {
      for (let k = rest.rowStart[e]!; k < rest.rowStart[e + 1]!; k++) rows.term(rest.wire[k]!, rest.weight[k]!);
      if (extra >= 0) rows.term(extra, 1);
      rows.end(rest.constant[e]!);
    }
    const group = Int32Array.from(elements, ({ e }) => rest.group[e]!);
    const form = rows.form({ group, groupPlace: rest.groupPlace });
    const at: Rename = (e, x) => {
      const { at: threshold, extra } = compared(e, x);
      return [elementOf.get(`${e}/${extra}`)!, threshold];
    };
    const inner = this.comparison(form, `${name}-high`, (compare) => visit((e, x) => compare(...at(e, x))));
    return inner.renamed(at);
  }

  /** f(x) - x, where that changes in fewer places than f does: then x itself passes on, and neurons add what is missing (a clip, a zero point). */
  private differenceFrom(
    f: Pointwise,
    spans: readonly (readonly [low: number, high: number])[],
  ): Pointwise | undefined {
    const difference: Pointwise = {
      ...f,
      of: { ...f.of, isHeld: false },
      apply: (x, e) => f.apply(x, e) - x,
      rising: false,
    };
    let own = 0;
    let different = 0;
    const known = new Map<string, readonly [own: number, different: number]>();
    for (const [e, [low, high]] of spans.entries()) {
      if (high - low > MAX_PASSED) return undefined;
      const key = `${f.keyOf(e)}/${low}/${high}`;
      let counts = known.get(key);
      if (counts === undefined) {
        const countOf = (apply: Pointwise['apply']): number => stepsOf((x) => apply(x, e), low, high, false).at.length;
        counts = [countOf(f.apply), countOf(difference.apply)];
        known.set(key, counts);
      }
      own += counts[0];
      different += counts[1];
    }
    return 2 * different < own ? difference : undefined;
  }

  /** Smallest and largest value of every channel. */
  private uniformLevels(
    stepsAt: (e: number) => Steps,
    n: number,
    channels: number,
  ): (e: number) => { readonly least: number; readonly greatest: number } {
    const least = new Float64Array(channels).fill(Infinity);
    const greatest = new Float64Array(channels).fill(-Infinity);
    for (let e = 0; e < n; e++) {
      let value = stepsAt(e).base;
      const c = e % channels;
      for (const rise of [0, ...stepsAt(e).rise]) {
        value += rise;
        least[c] = Math.min(least[c]!, value);
        greatest[c] = Math.max(greatest[c]!, value);
      }
    }
    return (e) => ({ least: least[e % channels]!, greatest: greatest[e % channels]! });
  }

  /** Wires of an element that say for each value of its channel whether it is reached. Rising functions only. */
  private uniformElement(
    layer: LayerRows,
    index: number,
    element: {
      readonly e: number;
      readonly channels: number;
      readonly steps: Steps;
      readonly least: number;
      readonly greatest: number;
      readonly turn: boolean;
      readonly low: number;
      readonly high: number;
    },
    rows: FormRows,
  ): void {
    const { e, channels, steps, least, greatest, turn, low, high } = element;
    /** The smallest x at which the function reaches a value: low where it always does, high + 1 where it never does. */
    const reaches: number[] = [];
    let value = steps.base;
    for (let v = least; v <= value; v++) reaches[v - least] = low;
    steps.at.forEach((x, j) => {
      const before = value;
      value += steps.rise[j]!;
      for (let v = before + 1; v <= value; v++) reaches[v - least] = x;
    });
    for (let v = value + 1; v <= greatest; v++) reaches[v - least] = high + 1;
    const levels = greatest - least;
    const { maxCount } = this.limits;
    for (let from = 0; from < levels; from += maxCount) {
      const drivers: Driver[] = [];
      const to = Math.min(levels, from + maxCount);
      for (let j = from; j < to; j++) {
        // Plain: reached value least + 1 + j. Complemented: count down, value greatest - j is not reached.
        const x = turn ? reaches[levels - j]! : reaches[j + 1]!;
        const never = turn ? x <= low : x > high;
        if (!never) drivers.push({ layer: index, output: layer.add(e, x, turn), lag: j - from });
      }
      const wire = this.wires.add(drivers, { max: to - from, span: to - from, aligned: true }, e % channels);
      this.mergeable.add(wire);
      rows.term(wire, turn ? -1 : 1);
    }
    rows.end(turn ? greatest : least);
  }

  /** A value of its own that is equal to this one, from neurons that fire for each of its values. */
  private relay(value: Value, layout: Layout): Form {
    this.relays++;
    const of: Value = { ...value, name: undefined, form: this.formOf(value) };
    const id = this.fresh(`${value.node}-relay`);
    const relayed: Value = { ...of, node: id, form: undefined };
    return this.makeFunction(
      relayed,
      // Neurons are what is asked for: the value must not pass on as it is.
      { of: { ...of, name: id, isHeld: false }, apply: (x) => x, keyOf: () => 0, rising: true },
      layout,
    );
  }

  /** A neuron for every bit, those that never change too. */
  private pins(value: Value): void {
    this.relays++;
    const of: Value = { ...value, name: this.fresh(`${value.node}-relay`), form: this.formOf(value) };
    const threshold = { thetaOf: () => 1, senseOf: () => SENSE.atLeast };
    this.makeFunction(value, { of, apply: (x) => x, keyOf: () => 0, rising: true, threshold }, PLAIN);
  }

  private rangeOf(node: NodeId): Value['range'] {
    const { low, high } = present(this.ranges.get(node), 'range');
    return (e) => [low[e % low.length]!, high[e % high.length]!];
  }

  private addLayer(rows: LayerRows, name: string, rule: 'threshold' = 'threshold'): void {
    const { layer, widest } = rows.finish(this.wires, name, rule);
    this.checkWeights(name, widest);
    this.layers.push(layer);
  }

  /** Layers that compare one sum have names of their own, too. */
  private layerName(name: string): string {
    return this.layers.some((layer) => layer.name === name) ? this.fresh(name) : name;
  }

  private checkWeights(name: string, widest: number): void {
    if (widest <= MAX_WEIGHT) return;
    const message = `merged with the layers before it, its weights reach ${widest}, beyond ${MAX_WEIGHT}`;
    const remedy = 'put an activation between the layers, or use smaller weights';
    this.diagnostics.push(errorAt('merged-weights-too-large', `${this.graph.name}: layer "${name}"`, message, remedy));
  }

  private refuse(node: NodeId, code: string, message: string, remedy: string): void {
    const kind = this.graph.nodes.find(({ id }) => id === node)?.kind ?? 'relay';
    this.diagnostics.push(errorAt(code, `${this.graph.name}: layer "${node}" (${kind})`, message, remedy));
  }

  private linear(node: LinearNode): Value {
    const of = this.input(node.input);
    const rows = linearRows(node, of.shape);
    const pool = node.kind === 'sumPool' && of.isHeld && of.name === undefined ? node : undefined;
    const counted = of.pool !== undefined && node.kind !== 'sumPool' ? this.countForm(of, of.pool) : undefined;
    const form = counted ?? (node.kind === 'sumPool' ? undefined : this.digitForm(of)) ?? this.formOf(of);
    const bias = 'bias' in node ? node.bias : undefined;
    const padValue = node.kind === 'conv2d' ? node.padValue : 0;
    const channels = channelsOf(present(this.shapes.get(node.id), 'shape'));
    const result = applyRows(
      rows,
      form,
      this.wires.size,
      (o) => (bias?.[o % channels] ?? 0) + padValue * rows.padded[o]!,
    );
    const before = counted === undefined ? of.name : undefined;
    const name = before === undefined ? node.id : this.fresh(`${before}+${node.id}`);
    return {
      name,
      pool,
      isHeld: false,
      form: result,
      node: node.id,
      shape: present(this.shapes.get(node.id), 'shape'),
      range: this.rangeOf(node.id),
    };
  }

  /**
   * A value of many steps as two digits, for layers that would count each step as often as their weights say: the high digit is every `radix`th step, the
   * low one says how many of the steps after the last of those were reached. Undefined where single counts do.
   */
  private digitForm(value: Value): Form | undefined {
    if (!value.isHeld) return undefined;
    const form = this.formOf(value);
    const known = this.digitForms.get(form);
    if (known !== undefined) return known;
    const steps = this.singleSteps(form);
    const levels = steps?.reduce((most, { length }) => Math.max(most, length), 0) ?? 0;
    if (steps === undefined || levels <= MOST_UNARY_LEVELS) return undefined;
    const { maxCount } = this.limits;
    const radix = 2 ** Math.ceil(Math.log2(levels + 1) / 2);
    const channels = channelsOf(value.shape);
    const bit = { max: 1, span: 1, aligned: true };
    this.wires.startBlock();
    const single = steps.map((ofElement, e) => ofElement.map((drivers) => this.wires.add(drivers, bit, e % channels)));
    // Low digit at least i: one more of the steps h radix + i than of the steps (h + 1) radix.
    const lowRows = new FormRows(single.reduce((n, of) => n + Math.min(radix - 1, of.length), 0));
    for (const wires of single) {
      for (let i = 1; i <= Math.min(radix - 1, wires.length); i++) {
        for (let at = i; at <= wires.length; at += radix) {
          lowRows.term(wires[at - 1]!, 1);
          const next = at - i + radix;
          if (next <= wires.length) lowRows.term(wires[next - 1]!, -1);
        }
        lowRows.end(0);
      }
    }
    const group = Int32Array.from(single.flatMap((of, e) => of.slice(0, radix - 1).map(() => e)));
    const low = new LayerRows(lowRows.form({ group, groupPlace: new Int32Array(0) }));
    const index = this.layers.length;
    const digits: { readonly wire: number; readonly weight: number }[][] = steps.map(() => []);
    this.wires.startBlock();
    let row = 0;
    const count = (e: number, drivers: readonly (readonly Driver[])[], weight: number): void => {
      for (let from = 0; from < drivers.length; from += maxCount) {
        const part = drivers.slice(from, from + maxCount);
        const timing = { max: part.length, span: part.length, aligned: true };
        const all = part.flatMap((ofStep, lag) => ofStep.map((driver) => ({ ...driver, lag })));
        digits[e]!.push({ wire: this.wires.add(all, timing, e % channels), weight });
      }
    };
    steps.forEach((ofElement, e) => {
      const lows = ofElement
        .slice(0, radix - 1)
        .map(() => [{ layer: index, output: low.add(row++, 1, false), lag: 0 }]);
      count(e, lows, 1);
      count(
        e,
        ofElement.filter((_, j) => (j + 1) % radix === 0),
        radix,
      );
    });
    this.addLayer(low, this.fresh(`${value.node}-low`));
    const rows = new FormRows(steps.length);
    digits.forEach((terms, e) => {
      for (const { wire, weight } of terms) rows.term(wire, weight);
      rows.end(form.constant[e]!);
    });
    const coded = rows.form(form);
    this.digitForms.set(form, coded);
    return coded;
  }

  /** The drivers of every step of every element, in order; undefined where elements are no counts of steps. */
  private singleSteps({
    rowStart,
    wire,
    weight,
    constant,
  }: Form): readonly (readonly (readonly Driver[])[])[] | undefined {
    if (weight.some((w) => w !== 1)) return undefined;
    const found: (readonly Driver[])[][] = [];
    for (let e = 0; e < constant.length; e++) {
      const ofElement: (readonly Driver[])[] = [];
      for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
        const drivers = this.wires.drivers(wire[k]!);
        const { max } = this.wires.timing(wire[k]!);
        for (let lag = 0; lag < max; lag++) {
          const ofStep = drivers.filter((driver) => driver.lag === lag);
          // Of what the host or a counting core sends there are no single steps.
          if (max > 1 && ofStep.length === 0) return undefined;
          ofElement.push(ofStep.map((driver) => ({ ...driver, lag: 0 })));
        }
      }
      found.push(ofElement);
    }
    return found;
  }

  /** Sums over windows of bits as spike counts, where one core holds the window. */
  private countForm(value: Value, pool: SumPoolNode): Form | undefined {
    const form = present(value.form, 'form of a sum');
    if (widestOf(form) > this.limits.axonsPerCore) return undefined;
    let source = form;
    if (form.constant.some((c) => c !== 0) || form.weight.some((w) => w !== 1)) {
      // Of complements there are no counts: plain outputs first.
      const of = this.input(pool.input);
      const relayed = this.relay(of, PLAIN);
      source = applyRows(linearRows(pool, of.shape), relayed, this.wires.size, () => 0);
      if (source.constant.some((c) => c !== 0) || source.weight.some((w) => w !== 1)) return undefined;
    }
    // The relay may have taken more wires than there were.
    const widest = widestOf(source);
    if (widest > this.limits.axonsPerCore) return undefined;
    const n = elementsOf(source);
    const layer = new LayerRows(source);
    const index = this.layers.length;
    const channels = channelsOf(value.shape);
    let span = 1;
    let aligned = true;
    let max = 1;
    for (const w of source.wire) {
      const timing = this.wires.timing(w);
      max = Math.max(max, timing.max);
      span = Math.max(span, timing.span);
      aligned &&= timing.aligned;
    }
    const maxCount = max * Math.max(1, widest);
    const wires: number[] = [];
    this.wires.startBlock();
    for (let e = 0; e < n; e++) {
      const output = layer.add(e, 0, false);
      const timing = { max: maxCount, span: aligned ? maxCount : span - 1 + maxCount, aligned };
      wires.push(this.wires.add([{ layer: index, output, lag: 0 }], timing, e % channels));
    }
    const name = this.layerName(value.name ?? value.node);
    this.layers.push(layer.finish(this.wires, name, 'count').layer);
    const counted = wireForm(wires);
    this.held.push({ node: value.node, form: counted });
    return counted;
  }

  private average(node: AvgPoolNode): Value {
    const of = this.input(node.input);
    const { counts } = averageWindows(node, of.shape);
    const channels = channelsOf(of.shape);
    const { window, stride, padding, id, input } = node;
    const sums = linearRows({ kind: 'sumPool', id, input, window, stride, padding }, of.shape);
    const form = applyRows(sums, this.formOf(of), this.wires.size, () => 0);
    const name = of.name === undefined ? undefined : this.fresh(`${of.name}+${id}`);
    const shape = present(this.shapes.get(id), 'shape');
    const sum: Value = { ...of, name: name ?? id, pool: undefined, isHeld: false, form, shape, range: ANY_RANGE };
    const countOf = (e: number): number => counts[Math.floor(e / channels)]!;
    const factor = node.factor ?? 1;
    return this.functionOf(node, {
      of: sum,
      apply: (x, e) => (countOf(e) === 0 ? 0 : divideRoundHalfAway(factor * x, countOf(e))),
      keyOf: countOf,
      rising: true,
    });
  }

  private concat(values: readonly Value[], node: NetworkNode): Value {
    const shape = present(this.shapes.get(node.id), 'shape');
    const channels = values.map((value) => channelsOf(value.shape));
    const starts = [0];
    for (const value of values) starts.push(starts.at(-1)! + sizeOf(value.shape));
    const index = new Int32Array(sizeOf(shape));
    const all = channelsOf(shape);
    for (let e = 0; e < index.length; e++) {
      let c = e % all;
      let v = 0;
      while (c >= channels[v]!) c -= channels[v++]!;
      index[e] = starts[v]! + Math.floor(e / all) * channels[v]! + c;
    }
    const forms = values.map((value) => this.formOf(value));
    return this.plainValue(
      node,
      selectElements(forms, index, 0),
      values.every((value) => value.isHeld),
    );
  }

  private multiply(node: MultiplyNode): Value {
    const [a, b] = [this.input(node.inputs[0]), this.input(node.inputs[1])];
    const [left, right] = [this.formOf(a), this.formOf(b)];
    const n = elementsOf(right);
    const at = (e: number): number => e % n;
    if (right.wire.length === 0) {
      return this.plainValue(
        node,
        scaleForm(left, (e) => right.constant[at(e)]!),
        false,
        a.name,
      );
    }
    // x y = floor((x + y)^2 / 4) - floor((x - y)^2 / 4): the floors cut the same quarter off both.
    const squareOf = (factor: number, suffix: string): Form => {
      const form = addForms(left, right, this.wires.size, factor, at);
      const sum = { ...this.plainValue(node, form, false, this.fresh(`${node.id}-${suffix}`)), range: ANY_RANGE };
      return this.makeFunction(
        sum,
        { of: sum, apply: (x) => Math.floor((x * x) / 4), keyOf: () => 0, rising: false },
        PLAIN,
      );
    };
    const plus = squareOf(1, 'sum');
    const minus = squareOf(-1, 'difference');
    return this.plainValue(node, addForms(plus, minus, this.wires.size, -1), false);
  }

  private extremum(node: ExtremumNode): Value {
    const [a, b] = [this.input(node.inputs[0]), this.input(node.inputs[1])];
    const [left, right] = [this.formOf(a), this.formOf(b)];
    // max(x, y) = y + max(x - y, 0), min(x, y) = x - max(x - y, 0).
    const excessOf = addForms(left, right, this.wires.size, -1);
    const name = this.fresh(`${node.id}-difference`);
    const difference = { ...this.plainValue(node, excessOf, false, name), range: ANY_RANGE };
    const excess = this.makeFunction(
      difference,
      { of: difference, apply: (x) => Math.max(x, 0), keyOf: () => 0, rising: true },
      PLAIN,
    );
    const form =
      node.of === 'max' ? addForms(right, excess, this.wires.size) : addForms(left, excess, this.wires.size, -1);
    return this.plainValue(node, form, false);
  }

  private maxPool(node: MaxPoolNode): Value {
    const of = this.input(node.input);
    const channels = channelsOf(of.shape);
    const takesMin = (e: number): boolean => node.minChannels?.[e % channels] === 1;
    const layout = { uniform: true, complemented: takesMin };
    const isRising = of.function === undefined || of.function.rising || of.function.threshold !== undefined;
    let form = of.form ?? (isRising ? this.formOf(of, layout) : this.formOf(of));
    const windows = poolWindows(node, of.shape);
    // Of a sum of several values the union of the spikes of each is no maximum.
    if (!of.isHeld || !this.isMergeable(form, windows, takesMin)) form = this.relay(of, layout);
    const rows = new FormRows(windows.length);
    this.wires.startBlock();
    windows.forEach((window, e) => {
      const first = window[0];
      if (first === undefined) {
        rows.end(0);
        return;
      }
      const width = form.rowStart[first + 1]! - form.rowStart[first]!;
      for (let j = 0; j < width; j++) {
        const members = window.map((element) => form.wire[form.rowStart[element]! + j]!);
        const timing = this.wires.timing(members[0]!);
        const wire = this.wires.add(
          members.flatMap((wire) => this.wires.drivers(wire)),
          timing,
          e % channels,
        );
        this.mergeable.add(wire);
        rows.term(wire, form.weight[form.rowStart[first]! + j]!);
      }
      rows.end(form.constant[first]!);
    });
    this.merges.push({ name: node.id, layer: this.layers.length, nIn: sizeOf(of.shape), nOut: windows.length });
    return this.plainValue(node, rows.form(), true);
  }

  /** Whether maxima (minima) over these windows are unions of spikes. */
  private isMergeable(form: Form, windows: readonly (readonly number[])[], takesMin: (e: number) => boolean): boolean {
    const { rowStart, wire, weight, constant } = form;
    const widthOf = (e: number): number => rowStart[e + 1]! - rowStart[e]!;
    return windows.every((window, w) => {
      const sign = takesMin(w) ? -1 : 1;
      const first = window[0]!;
      return window.every((e) => {
        if (widthOf(e) !== widthOf(first) || constant[e] !== constant[first]) return false;
        for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
          if (weight[k] !== sign || !this.mergeable.has(wire[k]!)) return false;
        }
        return true;
      });
    });
  }

  private finish(
    node: Extract<NetworkNode, { kind: 'votes' | 'scores' }>,
  ): Pick<ChipNetwork, 'nClasses' | 'outputClass' | 'readout'> {
    const of = this.input(node.input);
    const n = sizeOf(of.shape);
    if (node.kind === 'votes') {
      const form = this.formOf(of);
      if (!this.isPlainOutputs(form)) this.pins(of);
      return {
        nClasses: node.nClasses,
        outputClass: Int32Array.from({ length: n }, (_, i) => i % node.nClasses),
        readout: completeReadout({}, node.nClasses),
      };
    }
    const form = this.formOf(of);
    const layer = new LayerRows(form);
    const index = this.layers.length;
    this.wires.startBlock();
    const rows = new FormRows(n);
    for (let e = 0; e < n; e++) {
      const output = layer.add(e, 0, false);
      rows.term(this.wires.add([{ layer: index, output, lag: 0 }], { max: 1, span: 1, aligned: false }, e), 1);
      rows.end(0);
    }
    const name = this.layerName(of.name ?? node.id);
    const finished = layer.finish(this.wires, name, 'score');
    this.checkWeights(name, finished.widest);
    this.layers.push(finished.layer);
    const scores = rows.form();
    if (!of.isHeld) this.held.push({ node: node.input, form: scores });
    this.held.push({ node: node.id, form: scores });
    return {
      nClasses: n,
      outputClass: Int32Array.from({ length: n }, (_, i) => i),
      readout: completeReadout(node, n),
    };
  }

  /** Whether element e is output e of the last layer. */
  private isPlainOutputs({ rowStart, wire, weight, constant }: Form): boolean {
    const last = this.layers.length - 1;
    return (
      last >= 0 &&
      constant.length === this.layers[last]!.matrix.nOut &&
      constant.every((c, e) => {
        if (c !== 0 || rowStart[e + 1]! - rowStart[e]! !== 1 || weight[rowStart[e]!] !== 1) return false;
        const drivers = this.wires.drivers(wire[rowStart[e]!]!);
        return drivers.length === 1 && drivers[0]!.layer === last && drivers[0]!.output === e && drivers[0]!.lag === 0;
      })
    );
  }
}

/** Terms of the widest element. */
function widestOf({ rowStart }: Form): number {
  let widest = 0;
  for (let e = 0; e + 1 < rowStart.length; e++) widest = Math.max(widest, rowStart[e + 1]! - rowStart[e]!);
  return widest;
}

/** The one step of a threshold, within the range of the sum or one beyond it. */
function thresholdSteps({ threshold }: Pointwise, e: number, low: number, high: number): Steps {
  const { thetaOf, senseOf } = present(threshold, 'threshold');
  const theta = thetaOf(e);
  switch (senseOf(e)) {
    case SENSE.atLeast:
      return { base: 0, at: [Math.min(Math.max(theta, low), high + 1)], rise: [1] };
    case SENSE.atMost:
      // x <= t is not x >= t + 1.
      return { base: 1, at: [Math.min(Math.max(theta + 1, low), high + 1)], rise: [-1] };
    case SENSE.always:
      return { base: 0, at: [low], rise: [1] };
    default:
      return { base: 0, at: [high + 1], rise: [1] };
  }
}

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

/** Which number a row is compared with, and which wire (-1: none) comes beside it, to compare element e with x. */
type Compare = (e: number, x: number) => { readonly at: number; readonly extra: number };
/** The element and the number that are compared in place of others. */
type Rename = (e: number, x: number) => readonly [e: number, x: number];

/** The outputs of a chip layer under construction: rows of a form, with thresholds. */
class LayerRows {
  readonly #form: Form;
  readonly #row: number[] = [];
  readonly #at: number[] = [];
  readonly #turned: boolean[] = [];
  readonly #extra: number[] = [];

  readonly #compare: Compare;
  readonly #name: Rename;

  constructor(form: Form, compare: Compare = (_, at) => ({ at, extra: -1 }), name: Rename = (e, x) => [e, x]) {
    this.#form = form;
    this.#compare = compare;
    this.#name = name;
  }

  /** The same rows by other names: `at` says which element is compared with which number. */
  renamed(at: Rename): LayerRows {
    return new LayerRows(this.#form, this.#compare, at);
  }

  /** Output that fires when the value of element e is at least x, or, turned, when it is less. */
  add(e: number, x: number, turned: boolean): number {
    const [row, number] = this.#name(e, x);
    const { at, extra } = this.#compare(row, number);
    this.#row.push(row);
    this.#at.push(at);
    this.#turned.push(turned);
    this.#extra.push(extra);
    return this.#row.length - 1;
  }

  finish(
    wires: WireTable,
    name: string,
    rule: ChipLayer['rule'],
  ): { readonly layer: ChipLayer; readonly widest: number } {
    const { rowStart, wire, weight, constant, group, groupPlace } = this.#form;
    const extras = this.#extra;
    const inputs = inputsOfForm(readWires(this.#form.wire, extras), wires);
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
    const layer: ChipLayer = {
      name,
      rule,
      matrix: {
        ...{ nIn: inputs.length, nOut, rowStart: start, rowEnd: end, ...stored.arrays() },
        group: Int32Array.from(this.#row, (e) => group[e]!),
        groupPlace,
      },
      theta,
      constant: constants,
      bundle: Int32Array.from(this.#row),
      turned: Uint8Array.from(this.#turned, Number),
      extra: Int32Array.from(extras, (w) => (w < 0 ? -1 : columnOf[w]!)),
      inputs,
      max: Uint16Array.from(inputs, (w) => wires.max(w)),
      inputChannel: channelsOfInputs(inputs, wires),
    };
    return { layer, widest };
  }
}

function* readWires(wire: Int32Array, extras: readonly number[]): Iterable<number> {
  yield* wire;
  for (const w of extras) if (w >= 0) yield w;
}

/** All wires of the values that a layer reads, in order: single elements that nobody reads keep the others in their places. */
function inputsOfForm(read: Iterable<number>, wires: WireTable): Int32Array {
  const blocks = new Map<number, { readonly from: number; readonly n: number }>();
  for (const w of read) {
    const { index, from, n } = wires.blockOf(w);
    blocks.set(index, { from, n });
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
