/** Random graphs of the integer dialect: every layer but those of sequences and of networks with time, in any order, with branches. */
import { PURPOSE, type Sequence, sequence } from '../../src/common/rng.js';
import { inferRanges, wholeRange } from '../../src/ir/network/ranges.js';
import { channelsOf, codedShape, shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import {
  type InputCode,
  type NetworkGraph,
  type NetworkNode,
  ROUNDINGS,
  type Shape,
} from '../../src/ir/network/types.js';

/** How large the graphs are. */
export interface RandomGraphOptions {
  /** Layers before the readout, 3 to so many. */
  readonly layers?: number;
  /** Largest side of an image. */
  readonly side?: number;
  /** Most bits of an activation, 1..8. */
  readonly bits?: number;
  /** Most bits of a weight, 2..8. */
  readonly weightBits?: number;
  /** Most channels. */
  readonly channels?: number;
}

type Made = NetworkNode extends infer N ? (N extends NetworkNode ? Omit<N, 'id'> : never) : never;

/** A legal graph for most seeds; the verifier decides. */
export function randomIntegerGraph(seed: number, options: RandomGraphOptions = {}): NetworkGraph {
  return new Builder(sequence(seed, PURPOSE.test), options).build(`graph-${seed}`);
}

class Builder {
  private readonly r: Sequence;
  private readonly options: Required<RandomGraphOptions>;
  private readonly nodes: NetworkNode[] = [];
  private readonly shapes = new Map<string, Shape>();

  constructor(r: Sequence, options: RandomGraphOptions) {
    this.r = r;
    this.options = { layers: 6, side: 4, bits: 3, weightBits: 3, channels: 3, ...options };
  }

  build(name: string): NetworkGraph {
    const { r } = this;
    const { side, channels, layers } = this.options;
    const shape =
      r.below(4) === 0 ? [1 + r.below(6)] : [2 + r.below(side - 1), 2 + r.below(side - 1), 1 + r.below(channels)];
    const code = this.code();
    this.nodes.push({ kind: 'input', id: 'image', shape }, { kind: 'encode', id: 'code', input: 'image', code });
    this.shapes.set('code', codedShape(shape, code));
    const n = 3 + r.below(Math.max(1, layers - 2));
    for (let l = 0; l < n; l++) this.step(name);
    let last = this.value();
    if (this.shapeOf(last).length > 1) last = this.add({ kind: 'flatten', input: last });
    if (r.below(3) > 0) last = this.dense(last);
    if (r.below(3) === 0) {
      if (!this.isBinary(name, last)) last = this.threshold(last);
      const nClasses = Math.min(sizeOf(this.shapeOf(last)), 1 + r.below(4));
      this.nodes.push({ kind: 'votes', id: 'out', input: last, nClasses });
    } else this.nodes.push({ kind: 'scores', id: 'out', input: last });
    return { name, dialect: 'integer', nodes: withoutDeadEnds(this.nodes) };
  }

  private code(): InputCode {
    const { r } = this;
    switch (r.below(5)) {
      case 0:
        return { kind: 'threshold', level: 1 + r.below(255) };
      case 1:
        return { kind: 'rate', bits: 1 + r.below(3) };
      case 2:
        return { kind: 'thermometer', levels: [40, 90, 200].slice(0, 1 + r.below(3)) };
      default: {
        const bits = 1 + r.below(this.options.bits + 1);
        return {
          kind: 'integer',
          bits: Math.min(8, bits),
          zeroPoint: r.below(2) === 0 ? 0 : r.below(2 ** bits),
          step: 1,
        };
      }
    }
  }

  private shapeOf(id: string): Shape {
    return this.shapes.get(id)!;
  }

  /** One of the values, the newest ones most often. */
  private value(): string {
    const ids = [...this.shapes.keys()];
    return ids[Math.max(0, ids.length - 1 - Math.min(this.r.below(3), this.r.below(ids.length)))]!;
  }

  private add(made: Made): string {
    const id = `${made.kind}${this.nodes.length}`;
    const node: NetworkNode = { ...made, id };
    this.nodes.push(node);
    const inputs = 'inputs' in node ? node.inputs : 'input' in node ? [node.input] : [];
    this.shapes.set(
      id,
      shapeAfter(
        node,
        inputs.map((input) => this.shapeOf(input)),
      ),
    );
    return id;
  }

  private range(name: string, id: string): readonly [number, number] {
    return wholeRange(inferRanges({ name, dialect: 'integer', nodes: this.nodes }).get(id)!);
  }

  private isBinary(name: string, id: string): boolean {
    const [low, high] = this.range(name, id);
    return low >= 0 && high <= 1;
  }

  private step(name: string): void {
    const { r } = this;
    const input = this.value();
    const shape = this.shapeOf(input);
    const isImage = shape.length === 3;
    const [low, high] = this.range(name, input);
    switch (r.below(16)) {
      case 0:
      case 1:
      case 2:
        if (isImage) return void this.activated(name, this.conv(input));
        return void this.activated(name, this.dense(input));
      case 3:
        if (isImage) return void this.activated(name, this.dense(this.add({ kind: 'flatten', input })));
        return void this.activated(name, this.dense(input));
      case 4:
        return void this.requantise(name, input);
      case 5:
        return void this.threshold(input);
      case 6:
        if (high - low < 40) this.lookup(input, low, high);
        return;
      case 7:
        if (isImage) this.pool(input, 'maxPool');
        return;
      case 8:
        if (isImage) this.pool(input, r.below(2) === 0 ? 'sumPool' : 'avgPool');
        return;
      case 9:
        return void this.rearrange(input);
      case 10:
      case 11:
        return void this.join(name, input, 'add');
      case 12:
        return void this.join(name, input, 'concat');
      case 13:
        if (high - low < 12) this.join(name, input, 'multiply');
        return;
      case 14:
        if (high - low < 40) this.join(name, input, 'extremum');
        return;
      default:
        if (isImage) this.add({ kind: 'flatten', input });
    }
  }

  private weights(n: number): Int8Array {
    const bits = 1 + this.r.below(this.options.weightBits);
    if (bits === 1) return Int8Array.from({ length: n }, () => 2 * this.r.below(2) - 1);
    const half = 2 ** (bits - 1);
    return Int8Array.from({ length: n }, () => this.r.below(2 * half) - half);
  }

  private linearFields(
    nOut: number,
    fanIn: number,
  ): { nOut: number; weights: Int8Array; bias?: Float64Array; weightZeroPoint?: Int8Array } {
    const { r } = this;
    return {
      nOut,
      weights: this.weights(nOut * fanIn),
      ...(r.below(3) === 0 ? { bias: Float64Array.from({ length: nOut }, () => r.below(9) - 4) } : {}),
      ...(r.below(6) === 0
        ? { weightZeroPoint: Int8Array.from({ length: r.below(2) === 0 ? 1 : nOut }, () => r.below(3) - 1) }
        : {}),
    };
  }

  private dense(input: string): string {
    const nOut = 1 + this.r.below(5);
    return this.add({ kind: 'dense', input, ...this.linearFields(nOut, sizeOf(this.shapeOf(input))) });
  }

  private conv(input: string): string {
    const { r } = this;
    const [h = 1, w = 1, c = 1] = this.shapeOf(input);
    const k = 1 + r.below(Math.min(3, h, w));
    const pad = r.below(Math.min(2, k));
    const stride = 1 + r.below(2);
    const groups = r.below(3) === 0 ? c : 1;
    const nOut = groups * (1 + r.below(this.options.channels));
    return this.add({
      ...{ kind: 'conv2d', input, window: [k, k], stride: [stride, stride], padding: [pad, pad, pad, pad], groups },
      padValue: r.below(2) === 0 ? 0 : r.below(5) - 2,
      ...this.linearFields(Math.min(nOut, 2 * groups), (k * k * c) / groups),
    });
  }

  private activated(name: string, id: string): string {
    const choice = this.r.below(5);
    if (choice === 0) return this.threshold(id);
    return choice < 4 ? this.requantise(name, id) : id;
  }

  private requantise(name: string, input: string): string {
    const { r } = this;
    const channels = channelsOf(this.shapeOf(input));
    const [low, high] = this.range(name, input);
    const bits = 1 + r.below(this.options.bits);
    const signed = r.below(3) === 0;
    const [min, max] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    const rounding = ROUNDINGS[r.below(ROUNDINGS.length)]!;
    const n = r.below(2) === 0 ? 1 : channels;
    const scale = (max - min + 1) / Math.max(1, high - low);
    const shift = rounding === 'gemmlowp' ? 31 + r.below(4) : 6 + r.below(6);
    const multiplier = Int32Array.from({ length: n }, () =>
      Math.min(2 ** 31 - 1, Math.max(1, Math.round(scale * (0.7 + 2 * r.uniform()) * 2 ** shift))),
    );
    const zeroPoint = signed ? 0 : Math.floor((max * r.below(3)) / 4);
    return this.add({
      ...{
        kind: 'requantise',
        input,
        inputZeroPoint: r.below(2) === 0 ? 0 : Math.round((low + high) / 2),
        leftShift: 0,
      },
      ...{ multiplier, shift: new Uint8Array(n).fill(shift), zeroPoint, min, max, rounding },
      ...(rounding !== 'gemmlowp' && r.below(3) === 0
        ? { addend: Float64Array.from({ length: n }, () => r.below(2 ** shift)) }
        : {}),
    });
  }

  private threshold(input: string): string {
    const { r } = this;
    const shape = this.shapeOf(input);
    const n = r.below(3) === 0 ? sizeOf(shape) : channelsOf(shape);
    return this.add({
      ...{ kind: 'threshold', input },
      theta: Int32Array.from({ length: n }, () => r.below(13) - 5),
      sense: Uint8Array.from({ length: n }, () => (r.below(8) === 0 ? 2 + r.below(2) : r.below(2))),
    });
  }

  private lookup(input: string, low: number, high: number): string {
    const { r } = this;
    const most = 2 ** this.options.bits;
    const table = Int16Array.from({ length: high - low + 1 }, () => r.below(most) - (r.below(2) === 0 ? 0 : most >> 1));
    return this.add({ kind: 'lookup', input, inputMin: low, table });
  }

  private pool(input: string, kind: 'maxPool' | 'sumPool' | 'avgPool'): string {
    const { r } = this;
    const [h = 1, w = 1, c = 1] = this.shapeOf(input);
    const k = 1 + r.below(Math.min(3, h, w));
    const pad = kind === 'maxPool' || k === 1 ? 0 : r.below(2);
    const stride = 1 + r.below(2);
    const window = { window: [k, k], stride: [stride, stride], padding: [pad, pad, pad, pad] } as const;
    const minChannels = Uint8Array.from({ length: c }, () => r.below(2));
    if (kind === 'maxPool') return this.add({ kind, input, ...window, ...(r.below(3) === 0 ? { minChannels } : {}) });
    if (kind === 'sumPool') return this.add({ kind, input, ...window });
    return this.add({
      ...{ kind, input, ...window },
      ...(r.below(2) === 0 ? { counted: [0, 0, 0, 0] as const } : {}),
      ...(r.below(3) === 0 ? { factor: 1 + r.below(3) } : {}),
    });
  }

  private rearrange(input: string): string {
    const { r } = this;
    const n = sizeOf(this.shapeOf(input));
    const shape = r.below(2) === 0 ? [1 + r.below(2 * n)] : [1 + r.below(3), 1 + r.below(3), 1 + r.below(3)];
    return this.add({
      ...{ kind: 'rearrange', input, shape },
      index: Int32Array.from({ length: sizeOf(shape) }, () => (r.below(6) === 0 ? -1 : r.below(n))),
      ...(r.below(2) === 0 ? { fill: r.below(5) - 2 } : {}),
    });
  }

  private join(name: string, input: string, kind: 'add' | 'concat' | 'multiply' | 'extremum'): void {
    const { r } = this;
    const shape = this.shapeOf(input);
    const same = [...this.shapes].filter(([, other]) =>
      kind === 'concat'
        ? other.length === shape.length && other.slice(0, -1).every((n, i) => n === shape[i])
        : other.join() === shape.join(),
    );
    const other = same[r.below(same.length)]![0];
    if (kind === 'add') this.add({ kind, inputs: [input, other] });
    else if (kind === 'concat') this.add({ kind, inputs: [input, other] });
    else if (kind === 'extremum') this.add({ kind, of: r.below(2) === 0 ? 'max' : 'min', inputs: [input, other] });
    else {
      const [low, high] = this.range(name, other);
      if (high - low < 12) this.add({ kind, inputs: [input, other] });
    }
  }
}

/** Only what the last layer needs. */
function withoutDeadEnds(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  const needed = new Set<string>(['out']);
  for (const node of [...nodes].reverse()) {
    if (!needed.has(node.id)) continue;
    if ('input' in node) needed.add(node.input);
    if ('inputs' in node) for (const id of node.inputs) needed.add(id);
  }
  return nodes.filter(({ id }) => needed.has(id));
}
