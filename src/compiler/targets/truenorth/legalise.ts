/**
 * Legalisation: an integer network becomes chip layers. Every value is an affine form over wires; linear layers and branches change forms only, functions
 * of one value become layers of threshold neurons, a neuron for every place where the function changes.
 */
import { assertNever, present } from '../../../common/assert.js';
import type { Diagnostic } from '../../../common/diagnostics.js';
import { divideRoundHalfAway, requantiseValue } from '../../../common/fixed-point.js';
import { averageWindows } from '../../../ir/network/average.js';
import { digitsFor, type InputDigits } from '../../../ir/network/input-code.js';
import { type LinearNode, linearRows } from '../../../ir/network/linear.js';
import { inferRanges, type ValueRange } from '../../../ir/network/ranges.js';
import { completeReadout } from '../../../ir/network/readout.js';
import { channelsOf, codeMax, inferShapes, sizeOf } from '../../../ir/network/shapes.js';
import type {
  AvgPoolNode,
  EncodeNode,
  ExtremumNode,
  InputCode,
  LookupNode,
  MultiplyNode,
  NetworkGraph,
  NetworkNode,
  NodeId,
  RequantiseNode,
  ScoresNode,
  Shape,
  SumPoolNode,
  ThresholdNode,
  VotesNode,
} from '../../../ir/network/types.js';
import { integerNode } from '../../../ir/network/dialects.js';
import { freshNames } from '../../fresh-names.js';
import type { ChipNetwork, HeldValue } from './chip-layers.js';
import { addForms, applyRows, elementsOf, type Form, FormRows, scaleForm, selectElements, wireForm } from './forms.js';
import { formOf, makeFunction, relayBits } from './functions.js';
import { type CodeLimits, LayerBook } from './layer-book.js';
import { LayerRows } from './layer-rows.js';
import { countedWindows, mergedWindows } from './pools.js';
import { ValueDigits } from './value-digits.js';
import { ANY_RANGE, type ElementRange, PLAIN, type Pointwise, type Threshold, type Value } from './values.js';
import { type Driver, HOST } from './wires.js';

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

/** Walks the network once. */
class Legaliser {
  private readonly graph: NetworkGraph;
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly ranges: ReadonlyMap<NodeId, ValueRange>;
  private readonly book: LayerBook;
  private readonly valueDigits: ValueDigits;
  private readonly merges: { name: string; layer: number; nIn: number; nOut: number }[] = [];
  private readonly values = new Map<NodeId, Value>();
  private readonly held: HeldValue[] = [];
  private inputDigits: InputDigits | undefined;

  constructor(graph: NetworkGraph, limits: CodeLimits) {
    this.graph = graph;
    this.shapes = inferShapes(graph);
    this.ranges = inferRanges(graph);
    const taken = graph.nodes.map(({ id }) => id);
    this.book = new LayerBook(graph.name, limits, freshNames(taken, MAX_CHIP_LAYER_NAME));
    this.valueDigits = new ValueDigits(this.book);
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
      else if (node.kind === 'votes' || node.kind === 'scores') output = this.finish(node);
      else {
        if (node.kind === 'encode') code = node.code;
        this.values.set(node.id, this.valueOf(node));
      }
    }
    for (const { node, form, isHeld } of this.values.values()) {
      if (isHeld && form !== undefined && this.hasNeurons(form)) this.held.push({ node, form });
    }
    const order = new Map(this.graph.nodes.map(({ id }, i) => [id, i]));
    this.held.sort((a, b) => order.get(a.node)! - order.get(b.node)!);
    const { merges, held, inputDigits: digits } = this;
    const { layers, wires, relays, diagnostics } = this.book;
    const network = { code, inputShape, layers, wires, merges, held, ...(digits && { digits }), ...output };
    return { network, relays, diagnostics };
  }

  /** Whether cores send the value, not the host alone. */
  private hasNeurons({ wire }: Form): boolean {
    return wire.length > 0 && wire.every((w) => this.book.wires.drivers(w).every(({ layer }) => layer !== HOST));
  }

  private input(id: NodeId): Value {
    return present(this.values.get(id), 'value');
  }

  private formOf(id: NodeId): Form {
    return formOf(this.book, this.input(id));
  }

  private shapeOf(id: NodeId): Shape {
    return present(this.shapes.get(id), 'shape');
  }

  private rangeOf(id: NodeId): ElementRange {
    const { low, high } = present(this.ranges.get(id), 'range');
    return (e) => [low[e % low.length]!, high[e % high.length]!];
  }

  /** The value of a layer; without more, a sum that has no name but that of its layer. */
  private value({ id }: NetworkNode, parts: Partial<Value>): Value {
    return {
      ...{ name: undefined, pool: undefined, isHeld: false, form: undefined, node: id },
      ...{ shape: this.shapeOf(id), range: this.rangeOf(id) },
      ...parts,
    };
  }

  private valueOf(any: NetworkNode): Value {
    const node = integerNode(any);
    switch (node.kind) {
      case 'encode':
        return this.encode(node);
      case 'dense':
      case 'blockDense':
      case 'conv2d':
      case 'sumPool':
        return this.linear(node);
      case 'threshold':
        return this.value(node, { isHeld: true, function: this.thresholdOf(node) });
      case 'requantise':
      case 'lookup':
        return this.value(node, { isHeld: true, function: this.functionOf(node) });
      case 'avgPool':
        return this.average(node);
      case 'maxPool': {
        const of = this.input(node.input);
        const form = mergedWindows(this.book, node, of);
        this.merges.push({ name: node.id, layer: this.book.next, nIn: sizeOf(of.shape), nOut: elementsOf(form) });
        return this.value(node, { isHeld: true, form });
      }
      case 'flatten': {
        // The same value: neurons that are made for the one are those of the other.
        const { name, pool, isHeld } = this.input(node.input);
        return this.value(node, { name, pool, isHeld, form: this.formOf(node.input) });
      }
      case 'rearrange': {
        const { name, isHeld } = this.input(node.input);
        const index = node.index ?? Int32Array.from({ length: sizeOf(this.shapeOf(node.id)) }, (_, e) => e);
        return this.value(node, { name, isHeld, form: this.selected([node.input], index, node.fill) });
      }
      case 'concat':
        return this.value(node, {
          isHeld: node.inputs.every((id) => this.input(id).isHeld),
          form: this.selected(node.inputs, this.besideEachOther(node.inputs, node.id)),
        });
      case 'add': {
        const [a, b] = node.inputs;
        const isSum = this.input(a).name !== undefined || this.input(b).name !== undefined;
        const form = addForms(this.formOf(a), this.formOf(b), this.book.wires.size);
        return this.value(node, { form, ...(isSum ? { name: this.book.fresh(node.id) } : {}) });
      }
      case 'multiply':
        return this.multiply(node);
      case 'extremum':
        return this.extremum(node);
      case 'input':
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

  private encode(node: EncodeNode): Value {
    const { code } = node;
    const { wires, mergeable, nested, limits } = this.book;
    const n = sizeOf(this.shapeOf(node.id));
    const channels = channelsOf(this.shapeOf(node.id));
    wires.startBlock();
    const host = (output: number): readonly Driver[] => [{ layer: HOST, output, lag: 0 }];
    if (code.kind !== 'integer') {
      const max = codeMax(code);
      const timing = { max, span: max, aligned: code.kind !== 'bernoulli' || max === 1 };
      const counts = Array.from({ length: n }, (_, e) => wires.add(host(e), timing, e % channels));
      const form = wireForm(counts);
      if (timing.aligned) {
        for (const wire of counts) mergeable.add(wire);
        nested.add(form);
      }
      return this.value(node, { isHeld: true, form });
    }
    const digits = digitsFor(code.bits, limits.inputMost);
    this.inputDigits = digits;
    const rows = new FormRows(n);
    for (let e = 0; e < n; e++) {
      let left = 2 ** code.bits - 1;
      for (let d = 0; d < digits.count; d++) {
        const max = Math.min(left, digits.radix - 1);
        const channel = (e % channels) * digits.count + d;
        const wire = wires.add(host(e * digits.count + d), { max, span: max, aligned: true }, channel);
        rows.term(wire, digits.radix ** d);
        left = Math.floor(left / digits.radix);
      }
      rows.end(0 - code.zeroPoint);
    }
    return this.value(node, { isHeld: true, form: rows.form() });
  }

  private thresholdOf({ input, theta, sense }: ThresholdNode): Threshold {
    return {
      ...{ kind: 'threshold', of: this.input(input), keyOf: (e) => e % theta.length },
      thetaOf: (e) => theta[e % theta.length]!,
      senseOf: (e) => sense[e % sense.length]!,
    };
  }

  private functionOf(node: RequantiseNode | LookupNode): Pointwise {
    const of = this.input(node.input);
    if (node.kind === 'lookup') {
      const { table, inputMin } = node;
      // Sums of wires may reach further than the values do.
      const apply = (x: number): number => table[Math.min(Math.max(x - inputMin, 0), table.length - 1)]!;
      return { kind: 'function', of, apply, keyOf: () => 0, rising: false };
    }
    const channels = channelsOf(of.shape);
    return {
      ...{ kind: 'function', of, rising: true, keyOf: (e) => e % channels },
      apply: (x, e) => requantiseValue(node, x, e % channels),
    };
  }

  private linear(node: LinearNode): Value {
    const of = this.input(node.input);
    const isPool = node.kind === 'sumPool';
    const counted = of.pool === undefined || isPool ? undefined : this.countsOf(of, of.pool);
    const form = counted ?? (isPool ? undefined : this.valueDigits.formOf(of)) ?? this.formOf(node.input);
    const rows = linearRows(node, of.shape);
    const bias = 'bias' in node ? node.bias : undefined;
    const padValue = node.kind === 'conv2d' ? node.padValue : 0;
    const channels = channelsOf(this.shapeOf(node.id));
    const constantOf = (o: number): number => (bias?.[o % channels] ?? 0) + padValue * rows.padded[o]!;
    const merged = counted === undefined ? of.name : undefined;
    return this.value(node, {
      name: merged === undefined ? node.id : this.book.fresh(`${merged}+${node.id}`),
      pool: isPool && of.isHeld && of.name === undefined ? node : undefined,
      form: applyRows(rows, form, this.book.wires.size, constantOf),
    });
  }

  /** The sums of a pool as counts, where one core holds its windows. */
  private countsOf(value: Value, pool: SumPoolNode): Form | undefined {
    const form = countedWindows(this.book, value, pool, this.input(pool.input));
    if (form !== undefined) this.held.push({ node: value.node, form });
    return form;
  }

  private average(node: AvgPoolNode): Value {
    const { name, shape } = this.input(node.input);
    const { counts } = averageWindows(node, shape);
    const { window, stride, padding, id, input } = node;
    const sums = linearRows({ kind: 'sumPool', id, input, window, stride, padding }, shape);
    const form = applyRows(sums, this.formOf(input), this.book.wires.size, () => 0);
    const sum = { name: name === undefined ? id : this.book.fresh(`${name}+${id}`), form, range: ANY_RANGE };
    const channels = channelsOf(shape);
    const countOf = (e: number): number => counts[Math.floor(e / channels)]!;
    const factor = node.factor ?? 1;
    const apply = (x: number, e: number): number =>
      countOf(e) === 0 ? 0 : divideRoundHalfAway(factor * x, countOf(e));
    const of = this.value(node, sum);
    return this.value(node, { isHeld: true, function: { kind: 'function', of, apply, keyOf: countOf, rising: true } });
  }

  /** Elements of values in another order; they are counts of steps where those were. */
  private selected(ids: readonly NodeId[], index: Int32Array, fill = 0): Form {
    const forms = ids.map((id) => this.formOf(id));
    const form = selectElements(forms, index, fill);
    if (forms.every((from) => this.book.nested.has(from))) this.book.nested.add(form);
    return form;
  }

  /** Index of every element of a concatenation in its inputs one after the other. */
  private besideEachOther(ids: readonly NodeId[], node: NodeId): Int32Array {
    const inputs = ids.map((id) => this.shapeOf(id));
    const starts = [0];
    for (const shape of inputs) starts.push(starts.at(-1)! + sizeOf(shape));
    const channels = inputs.map(channelsOf);
    const all = channelsOf(this.shapeOf(node));
    return Int32Array.from({ length: sizeOf(this.shapeOf(node)) }, (_, e) => {
      let c = e % all;
      let v = 0;
      while (c >= channels[v]!) c -= channels[v++]!;
      return starts[v]! + Math.floor(e / all) * channels[v]! + c;
    });
  }

  /** The neurons of a function of a sum that no layer of the network forms. */
  private functionOfSum(node: NetworkNode, form: Form, name: string, f: Pick<Pointwise, 'apply' | 'rising'>): Form {
    const of = this.value(node, { form, name: this.book.fresh(name), range: ANY_RANGE });
    return makeFunction(this.book, of, { kind: 'function', of, keyOf: () => 0, ...f }, PLAIN);
  }

  private multiply(node: MultiplyNode): Value {
    const [left, right] = [this.formOf(node.inputs[0]), this.formOf(node.inputs[1])];
    const at = (e: number): number => e % elementsOf(right);
    if (right.wire.length === 0) {
      const { name } = this.input(node.inputs[0]);
      return this.value(node, { name, form: scaleForm(left, (e) => right.constant[at(e)]!) });
    }
    // x y = floor((x + y)^2 / 4) - floor((x - y)^2 / 4): the floors cut the same quarter off both.
    const quarter = { apply: (x: number) => Math.floor((x * x) / 4), rising: false };
    const squareOf = (factor: number, suffix: string): Form => {
      const sum = addForms(left, right, this.book.wires.size, factor, at);
      return this.functionOfSum(node, sum, `${node.id}-${suffix}`, quarter);
    };
    const [plus, minus] = [squareOf(1, 'sum'), squareOf(-1, 'difference')];
    return this.value(node, { form: addForms(plus, minus, this.book.wires.size, -1) });
  }

  private extremum(node: ExtremumNode): Value {
    const [left, right] = [this.formOf(node.inputs[0]), this.formOf(node.inputs[1])];
    const { wires } = this.book;
    // max(x, y) = y + max(x - y, 0), min(x, y) = x - max(x - y, 0).
    const difference = addForms(left, right, wires.size, -1);
    const positive = { apply: (x: number) => Math.max(x, 0), rising: true };
    const excess = this.functionOfSum(node, difference, `${node.id}-difference`, positive);
    const [from, factor] = node.of === 'max' ? ([right, 1] as const) : ([left, -1] as const);
    return this.value(node, { form: addForms(from, excess, wires.size, factor) });
  }

  private finish(node: VotesNode | ScoresNode): Pick<ChipNetwork, 'nClasses' | 'outputClass' | 'readout'> {
    const { book } = this;
    const of = this.input(node.input);
    const n = sizeOf(of.shape);
    const form = this.formOf(node.input);
    if (node.kind === 'votes') {
      if (!this.isPlainOutputs(form)) relayBits(book, of);
      const outputClass = Int32Array.from({ length: n }, (_, i) => i % node.nClasses);
      return { nClasses: node.nClasses, outputClass, readout: completeReadout({}, node.nClasses) };
    }
    const layer = new LayerRows(form);
    book.wires.startBlock();
    const timing = { max: 1, span: 1, aligned: false };
    const scores = wireForm(
      Array.from({ length: n }, (_, e) => {
        return book.wires.add([{ layer: book.next, output: layer.add(e, 0, false), lag: 0 }], timing, e);
      }),
    );
    book.add(layer, of.name ?? node.id, 'score');
    if (!of.isHeld) this.held.push({ node: node.input, form: scores });
    this.held.push({ node: node.id, form: scores });
    return {
      ...{ nClasses: n, outputClass: Int32Array.from({ length: n }, (_, i) => i) },
      readout: completeReadout(node, n),
    };
  }

  /** Whether element e is output e of the last layer. */
  private isPlainOutputs({ rowStart, wire, weight, constant }: Form): boolean {
    const { layers, wires } = this.book;
    const last = layers.length - 1;
    if (layers[last]?.matrix.nOut !== constant.length) return false;
    return constant.every((c, e) => {
      if (c !== 0 || rowStart[e + 1]! - rowStart[e]! !== 1 || weight[rowStart[e]!] !== 1) return false;
      const drivers = wires.drivers(wire[rowStart[e]!]!);
      return drivers.length === 1 && drivers[0]!.layer === last && drivers[0]!.output === e && drivers[0]!.lag === 0;
    });
  }
}
