/**
 * Random legal integer networks with every layer a chip of multi-bit activations takes. Values that linear layers, maxima and
 * tables read fit 8 bits (signed or not); values between a requantisation and the sum of a residual branch may be wider.
 */
import { PURPOSE, type Sequence, sequence } from '../../../common/rng.js';
import { rangeAfter, type ValueRange, wholeRange } from '../../../ir/network/ranges.js';
import { channelsOf, shapeAfter, sizeOf } from '../../../ir/network/shapes.js';
import {
  type BitWidth,
  type DenseNode,
  type InputCode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type RequantiseNode,
  type Rounding,
  ROUNDINGS,
  type Shape,
} from '../../../ir/network/types.js';

/** What a random integer network may contain; everything by default. */
export interface RandomIntegerOptions {
  readonly codes?: readonly InputCode['kind'][];
  /** Largest height and width, at least 4. */
  readonly maxSide?: number;
  /** Most channels of an image. */
  readonly maxChannels?: number;
  /** Blocks (a convolution, a pool, a residual, ...) before the dense layers. */
  readonly blocks?: number;
  readonly weightBits?: readonly BitWidth[];
  readonly activationBits?: readonly BitWidth[];
  readonly roundings?: readonly Rounding[];
  /**
   * Also what quantised networks of 8 bits have: averages of partial windows, any zero point of values and of weights. Off by default, which
   * leaves the networks of a seed what they were.
   */
  readonly int8?: boolean;
}

const CODES: readonly InputCode['kind'][] = ['integer', 'integer', 'integer', 'threshold', 'thermometer', 'rate'];
const WIDTHS: readonly BitWidth[] = [1, 2, 4, 8];

type Unplaced = NetworkNode extends infer N
  ? N extends { input: string } | { inputs: readonly string[] }
    ? Omit<N, 'id' | 'input' | 'inputs'>
    : never
  : never;

interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
  readonly range: ValueRange;
}

/** A random legal network of the integer dialect: small enough to run thousands of times. */
export function randomIntegerNetwork(seed: number, options: RandomIntegerOptions = {}): NetworkGraph {
  return new Builder(sequence(seed, PURPOSE.test, 2), options).build(`random-integer-${seed}`);
}

/** Grows a graph value by value; its state is the list of nodes. */
class Builder {
  private readonly r: Sequence;
  private readonly options: RandomIntegerOptions;
  private readonly nodes: NetworkNode[] = [];
  private readonly values = new Map<NodeId, Value>();

  constructor(r: Sequence, options: RandomIntegerOptions) {
    this.r = r;
    this.options = options;
  }

  build(name: string): NetworkGraph {
    const { r } = this;
    const most = this.options.maxSide ?? 12;
    const side = (): number => 4 + r.below(most - 3);
    this.push({ kind: 'input', id: 'image', shape: [side(), side(), 1 + r.below(3)] });
    let value = this.push({ kind: 'encode', id: 'code', input: 'image', code: this.code() });
    const nBlocks = this.options.blocks ?? 1 + r.below(3);
    for (let block = 0; block < nBlocks; block++) value = this.block(value);
    if (r.below(3) === 0) value = this.globalSum(value);
    value = this.add({ kind: 'flatten' }, value);
    if (r.below(2) === 0) value = this.activate(this.dense(value, 1 + r.below(24)));
    const nClasses = 2 + r.below(5);
    if (r.below(3) === 0) {
      value = this.threshold(this.dense(value, nClasses * (1 + r.below(4))));
      this.add({ kind: 'votes', nClasses }, value);
    } else {
      value = this.dense(value, nClasses);
      const reals = (): Float64Array => Float64Array.from({ length: nClasses }, () => 0.25 + r.uniform());
      const scaled = { kind: 'scores', scale: reals(), offset: reals() } as const;
      const steps = (['add', 'multiply', 'divide'] as const).map((kind) => ({ kind, by: reals() }));
      this.add([{ kind: 'scores' } as const, scaled, { ...scaled, steps }][r.below(3)]!, value);
    }
    return { name, dialect: 'integer', nodes: this.nodes };
  }

  private code(): InputCode {
    const { r } = this;
    switch (this.choose<InputCode['kind']>(this.options.codes ?? CODES)) {
      case 'threshold':
        return { kind: 'threshold', level: 128 };
      case 'rate':
        return { kind: 'rate', bits: 1 + r.below(8) };
      case 'thermometer':
        return { kind: 'thermometer', levels: [64, 128, 192].slice(0, 1 + r.below(3)) };
      case 'bernoulli':
        return { kind: 'bernoulli', ticks: 1 + r.below(6) };
      case 'integer': {
        const bits = 1 + r.below(8);
        // Every coded value must fit 8 bits, signed or not.
        const any = this.options.int8 === true || bits < 8;
        const zeroPoint = r.below(2) === 0 ? 0 : any ? r.below(2 ** bits) : 128;
        return { kind: 'integer', bits, zeroPoint, step: 1 };
      }
    }
  }

  private block(value: Value): Value {
    const { r } = this;
    if (this.options.int8 === true && r.below(2) === 0) return this.average(value);
    switch (r.below(10)) {
      case 0:
        return this.pool('maxPool', value);
      case 1:
        return this.requantise(this.pool('sumPool', value));
      case 2:
      case 3:
        return this.residual(value);
      case 4:
        return this.branches(value);
      case 5:
        return this.lookup(value);
      case 6:
        return this.activate(this.conv(value, { depthwise: true }));
      default:
        return this.activate(this.conv(value, {}));
    }
  }

  /** Any convolution, or one that keeps the shape. */
  private conv(value: Value, { depthwise = false, same = false, nOut = 0 }): Value {
    const { r } = this;
    const [h = 1, w = 1, nIn = 1] = value.shape;
    const dilated = !same && r.below(4) === 0;
    const kernel = (size: number): number => (same ? this.choose([1, 3]) : 1 + r.below(Math.min(5, size)));
    const window = [kernel(h), kernel(w)] as const;
    const dilation = [dilated ? 1 + r.below(3) : 1, dilated ? 1 + r.below(2) : 1] as const;
    const span = [(window[0] - 1) * dilation[0] + 1, (window[1] - 1) * dilation[1] + 1] as const;
    const pad = (k: number, size: number): readonly [number, number] => {
      if (same) return [(k - 1) / 2, (k - 1) / 2];
      const before = r.below(k);
      // The window must fit at least once.
      return [before, Math.max(r.below(k), k - size - before, 0)];
    };
    const rows = pad(span[0], h);
    const columns = pad(span[1], w);
    const limit = this.options.maxChannels ?? 24;
    const divisors = [1, 2, 3, 4].filter((g) => nIn % g === 0);
    const groups = depthwise ? nIn : r.below(3) === 0 ? this.choose(divisors) : 1;
    const perGroup = 1 + r.below(Math.max(1, Math.min(depthwise ? 2 : 12, Math.floor(limit / groups))));
    const n = nOut > 0 ? nOut : groups * perGroup;
    const g = n % groups === 0 ? groups : 1;
    const stride = (): number => (same ? 1 : 1 + r.below(3));
    const [low, high] = wholeRange(value.range);
    const node: Unplaced = {
      kind: 'conv2d',
      window,
      stride: [stride(), stride()],
      padding: [rows[0], rows[1], columns[0], columns[1]],
      nOut: n,
      groups: g,
      padValue: r.below(2) === 0 ? 0 : low + r.below(high - low + 1),
      ...this.weights(n * window[0] * window[1] * (nIn / g), n),
      ...this.bias(n),
      ...(dilated ? { dilation } : {}),
    };
    return this.add(node, value);
  }

  private dense(value: Value, nOut: number): Value {
    return this.add(
      { kind: 'dense', nOut, ...this.weights(nOut * sizeOf(value.shape), nOut), ...this.bias(nOut) },
      value,
    );
  }

  private weights(n: number, nOut: number): Pick<DenseNode, 'weights' | 'weightBits' | 'weightZeroPoint'> {
    const { r } = this;
    if (this.options.int8 === true && r.below(4) === 0) {
      const weightZeroPoint = Int8Array.from({ length: r.below(2) === 0 ? 1 : nOut }, () => r.below(256) - 128);
      return { weights: Int8Array.from({ length: n }, () => r.below(256) - 128), weightZeroPoint };
    }
    const bits = this.choose(this.options.weightBits ?? WIDTHS);
    const sparse = r.below(3) === 0;
    const weights = Int8Array.from({ length: n }, () => {
      if (bits === 1) return r.below(2) * 2 - 1;
      return sparse && r.below(2) === 0 ? 0 : r.below(2 ** bits) - 2 ** (bits - 1);
    });
    return r.below(4) === 0 ? { weights } : { weights, weightBits: bits };
  }

  private bias(n: number): { bias?: Float64Array } {
    const { r } = this;
    return r.below(2) === 0 ? {} : { bias: Float64Array.from({ length: n }, () => r.below(201) - 100) };
  }

  /** Brings sums back to few bits. */
  private activate(sums: Value): Value {
    if (this.r.below(6) === 0) return this.threshold(sums);
    const value = this.requantise(sums);
    return this.r.below(5) === 0 ? this.lookup(value) : value;
  }

  private threshold(sums: Value): Value {
    const { r } = this;
    const perElement = r.below(3) === 0;
    const n = perElement ? sizeOf(sums.shape) : channelsOf(sums.shape);
    const theta = Int32Array.from({ length: n }, (_, c) => {
      const low = sums.range.low[c % sums.range.low.length]!;
      const high = sums.range.high[c % sums.range.high.length]!;
      // Near the middle, where sums are.
      return Math.round((low + high) / 2 + (r.uniform() - 0.5) * (high - low) * 0.3);
    });
    const sense = Uint8Array.from({ length: n }, () => (r.below(8) === 0 ? 2 + r.below(2) : r.below(2)));
    return this.add({ kind: 'threshold', theta, sense }, sums);
  }

  private requantise(value: Value): Value {
    if (this.options.int8 === true && this.r.below(3) === 0) {
      const low = 0 - this.r.below(256);
      return this.requantiseTo(value, low, low + 255);
    }
    const bits = this.choose(this.options.activationBits ?? WIDTHS);
    const signed = bits > 1 && this.r.below(2) === 0;
    const min = signed ? -(2 ** (bits - 1)) : 0;
    return this.requantiseTo(value, min, min + 2 ** bits - 1);
  }

  /** Spreads the middle of what is reachable over min..max. */
  private requantiseTo(value: Value, min: number, max: number): Value {
    const { r } = this;
    const [low, high] = wholeRange(value.range);
    const inputZeroPoint = r.below(3) === 0 ? low + r.below(high - low + 1) : 0;
    const rounding = this.choose(this.options.roundings ?? ROUNDINGS);
    const channels = r.below(3) === 0 ? 1 : channelsOf(value.shape);
    const reach = Math.max(high - inputZeroPoint, inputZeroPoint - low, 1);
    const wanted = (): number => ((max - min) / reach) * (0.5 + 8 * r.uniform());
    const scale = wanted();
    // 31-bit integers into gemmlowp's multiplication.
    const leftShift = Math.min(rounding === 'gemmlowp' ? Math.max(0, Math.ceil(Math.log2(4 * scale))) : r.below(3), 31);
    const width = rounding === 'gemmlowp' ? 31 : this.choose([1, 4, 12, 18]);
    const parts = Array.from({ length: channels }, () =>
      multiplierOf((scale * (0.5 + r.uniform())) / 2 ** leftShift, width, rounding === 'gemmlowp' ? 31 : 0),
    );
    const zeroPoint = r.below(2) === 0 ? 0 : min + r.below(Math.min(max - min + 1, 256));
    const relu = r.below(3) === 0;
    const addend =
      rounding === 'gemmlowp' || r.below(2) === 0
        ? {}
        : {
            addend: Float64Array.from(parts, ({ shift }) => Math.round((r.uniform() - 0.5) * 2 ** Math.min(shift, 50))),
          };
    const node: Omit<RequantiseNode, 'id' | 'input'> = {
      kind: 'requantise',
      inputZeroPoint,
      leftShift,
      multiplier: Int32Array.from(parts, ({ multiplier }) => multiplier),
      shift: Uint8Array.from(parts, ({ shift }) => shift),
      ...addend,
      zeroPoint,
      min: relu ? Math.max(min, Math.min(zeroPoint, max)) : min,
      max,
      rounding,
    };
    return this.add(node, value);
  }

  private lookup(value: Value): Value {
    const { r } = this;
    const [low, high] = wholeRange(value.range);
    const bits = this.choose(this.options.activationBits ?? WIDTHS);
    const min = bits > 1 && r.below(2) === 0 ? -(2 ** (bits - 1)) : 0;
    const table = Int16Array.from({ length: high - low + 1 }, () => min + r.below(2 ** bits));
    return this.add({ kind: 'lookup', inputMin: low, table }, value);
  }

  private pool(kind: 'maxPool' | 'sumPool', value: Value): Value {
    const { r } = this;
    const [h = 1, w = 1, channels = 1] = value.shape;
    const window = [1 + r.below(Math.min(3, h)), 1 + r.below(Math.min(3, w))] as const;
    const pad = (): readonly [number, number, number, number] => [
      r.below(window[0]),
      r.below(window[0]),
      r.below(window[1]),
      r.below(window[1]),
    ];
    const shared = {
      window,
      stride: [1 + r.below(2), 1 + r.below(2)] as const,
      padding: r.below(3) === 0 ? pad() : ([0, 0, 0, 0] as const),
    };
    if (kind === 'sumPool') return this.add({ kind, ...shared }, value);
    const minChannels =
      r.below(3) === 0 ? { minChannels: Uint8Array.from({ length: channels }, () => r.below(2)) } : {};
    return this.add({ kind, ...shared, ...minChannels }, value);
  }

  /** An average of windows that may reach over the border, see nothing but padding, or count some of it. */
  private average(value: Value): Value {
    const { r } = this;
    const [h = 1, w = 1] = value.shape;
    const window = [1 + r.below(Math.min(6, h)), 1 + r.below(Math.min(6, w))] as const;
    const side = (axis: 0 | 1): number =>
      r.below(2) === 0 ? 0 : r.below(r.below(3) === 0 ? window[axis] + 2 : window[axis]);
    const padding = [side(0), side(0), side(1), side(1)] as const;
    const counts = padding.map((n) => (r.below(2) === 0 ? 0 : r.below(n + 1)));
    const [top = 0, bottom = 0, left = 0, right = 0] = counts;
    const counted = r.below(3) === 0 ? {} : { counted: [top, bottom, left, right] as const };
    const factor = r.below(3) === 0 ? { factor: this.choose([2, 36, 60, 256]) } : {};
    const stride = [1 + r.below(3), 1 + r.below(3)] as const;
    const averaged = this.add({ kind: 'avgPool', window, stride, padding, ...counted, ...factor }, value);
    const [low, high] = wholeRange(averaged.range);
    return Math.max(high, 0) - Math.min(low, 0) <= 255 && r.below(2) === 0 ? averaged : this.requantise(averaged);
  }

  private globalSum(value: Value): Value {
    const [h = 1, w = 1] = value.shape;
    return this.requantise(this.add({ kind: 'sumPool', window: [h, w], stride: [1, 1], padding: [0, 0, 0, 0] }, value));
  }

  /** Sums of a branch and its input: as they are, or brought to one finer scale first. */
  private residual(value: Value): Value {
    const { r } = this;
    const inner = r.below(2) === 0 ? value : this.activate(this.conv(value, { same: true }));
    const sums = this.conv(inner, { same: true, nOut: channelsOf(value.shape) });
    const wide = 2 ** (6 + r.below(18));
    const branch = r.below(3) === 0 ? this.activate(sums) : this.requantiseTo(sums, -wide, wide - 1);
    const skip = r.below(2) === 0 ? value : this.requantiseTo(value, -wide, wide - 1);
    return this.requantise(this.join('add', [branch, skip]));
  }

  /** Two or three branches side by side, where their values fit 8 bits together. */
  private branches(value: Value): Value {
    const parts = Array.from({ length: 2 + this.r.below(2) }, () =>
      this.activate(this.conv(value, { same: true, nOut: 1 + this.r.below(6) })),
    );
    const low = Math.min(...parts.map(({ range }) => wholeRange(range)[0]));
    const high = Math.max(...parts.map(({ range }) => wholeRange(range)[1]));
    const fits = this.options.int8 === true ? high - low <= 255 : low >= -128 && (high <= 127 || low >= 0);
    if (fits) return this.join('concat', parts);
    return this.join(
      'concat',
      parts.map((part) => this.requantiseTo(part, -128, 127)),
    );
  }

  private join(kind: 'add' | 'concat', parts: readonly Value[]): Value {
    const id = `${kind}${this.nodes.length}`;
    const [first, second] = parts;
    if (kind === 'concat') return this.push({ kind, id, inputs: parts.map((part) => part.id) });
    return this.push({ kind, id, inputs: [first!.id, second!.id] });
  }

  private add(
    node: Exclude<Unplaced, { kind: 'add' | 'multiply' | 'extremum' | 'concat' | 'attention' }>,
    value: Value,
  ): Value {
    return this.push({ ...node, id: `${node.kind}${this.nodes.length}`, input: value.id });
  }

  private push(node: NetworkNode): Value {
    this.nodes.push(node);
    const inputs = inputsOf(node).map((id) => this.values.get(id)!);
    const shapes = inputs.map((input) => input.shape);
    const range = rangeAfter(
      node,
      inputs.map((input) => input.range),
      shapes,
    );
    const value = { id: node.id, shape: shapeAfter(node, shapes), range };
    this.values.set(node.id, value);
    return value;
  }

  private choose<T>(from: readonly T[]): T {
    return from[this.r.below(from.length)]!;
  }
}

/** A multiplier of at most `width` bits (1: powers of two, so that ties occur) and a shift whose quotient is near `scale`. */
function multiplierOf(scale: number, width: number, leastShift: number): { multiplier: number; shift: number } {
  let shift = Math.ceil(width - 1 - Math.log2(scale));
  shift = Math.min(Math.max(shift, leastShift), 62);
  const multiplier = Math.min(Math.max(1, Math.floor(scale * 2 ** shift)), 2 ** width - 1);
  return { multiplier, shift };
}
