/**
 * Legalisation: an integer network becomes a chain of chip layers. A chip layer is a sparse integer matrix on the elements of
 * the layer before, with one rule for all of its outputs: fire when the sum reaches a threshold, emit the sum as a number of
 * spikes, or report it as a class score.
 */
import { assertNever, present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { type LinearNode, linearRows, type SparseRows } from '../../../ir/network/linear.js';
import { type CompleteReadout, completeReadout } from '../../../ir/network/readout.js';
import { channelsOf, codeMax, inferShapes, sizeOf, windowOutput } from '../../../ir/network/shapes.js';
import {
  type InputCode,
  inputsOf,
  type MaxPoolNode,
  type NetworkGraph,
  type NodeId,
  SENSE,
  type Shape,
  type ThresholdNode,
} from '../../../ir/network/types.js';
import { freshNames, type NameMaker } from '../../fresh-names.js';
import { composeRows, type Matrix, matrixOf, MAX_WEIGHT } from './matrix.js';

/** What the outputs of a chip layer do with their sum S. */
export type OutputRule = 'threshold' | 'count' | 'score';

/** One layer as the chip computes it. */
export interface ChipLayer {
  readonly name: string;
  readonly rule: OutputRule;
  readonly matrix: Matrix;
  /** [nOut] for `threshold`: fire iff S >= theta, with theta in min(S)..max(S)+1. */
  readonly theta: Int32Array;
  /** [nOut] for `score`: constant to add to the sum. */
  readonly constant: Int32Array;
  /** Channels of the layer's input, for splitting a fan-in by channel. */
  readonly inputChannels: number;
}

/** How the elements a layer reads come from the outputs before: element e is the maximum of outputs [start[e], start[e+1]). */
export interface ElementView {
  readonly start: Int32Array;
  readonly output: Int32Array;
}

/** A legal chain. `views[l]` says how layer l's input elements come from layer l-1's outputs (or from the coded input). */
export interface ChipChain {
  readonly code: InputCode;
  readonly inputShape: Shape;
  readonly layers: readonly ChipLayer[];
  readonly views: readonly ElementView[];
  /** Names of max pools that cost nothing: their maxima merge on the axons of the layer with this index. */
  readonly merges: readonly {
    readonly name: string;
    readonly layer: number;
    readonly nIn: number;
    readonly nOut: number;
  }[];
  readonly nClasses: number;
  /** [number of outputs of the last layer] class of each. */
  readonly outputClass: Int32Array;
  readonly readout: CompleteReadout;
  /** Values of the integer network that leave a core, in the order of its nodes. */
  readonly held: readonly HeldValue[];
}

/**
 * Where the values of a node of the integer network are on the chip: element e is the maximum of its outputs in the view, or 1 minus that where it is
 * complemented.
 */
export interface HeldValue {
  readonly node: NodeId;
  /** Index of the chip layer whose outputs these are. */
  readonly layer: number;
  readonly view: ElementView;
  /** [elements] 1: the chip holds 1 - x. */
  readonly complemented: Uint8Array;
}

/** The elements between two layers: maxima of outputs, some of them complemented (1 - x). */
interface Elements {
  readonly view: ElementView;
  readonly complemented: Uint8Array;
  readonly max: number;
}

/** A chain with what its making met; `relays` counts layers that only copy. */
export interface BuiltChain {
  readonly chain: ChipChain;
  readonly relays: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Turns a verified integer network without unsupported layers into a chain; everything that has no chip form is reported. */
export function toChipLayers(graph: NetworkGraph, axonsPerCore: number): BuiltChain {
  return new ChainBuilder(graph, axonsPerCore).build();
}

/** Characters of a layer's name in a program file. */
const MAX_CHIP_LAYER_NAME = 400;

/** Walks the network once; its state is the layer under construction. */
class ChainBuilder {
  private readonly graph: NetworkGraph;
  private readonly axonsPerCore: number;
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly fresh: NameMaker;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly layers: ChipLayer[] = [];
  private readonly views: ElementView[] = [];
  private readonly merges: { name: string; layer: number; nIn: number; nOut: number }[] = [];
  private elements: Elements = identityElements(0, 1);
  private elementChannels = 1;
  private relays = 0;
  private held: HeldValue[] = [];
  /** The linear map read so far from `elements`, and the name it got from its layers. */
  private pending: { matrix: Matrix; name: string; isPool: boolean } | undefined;

  constructor(graph: NetworkGraph, axonsPerCore: number) {
    this.graph = graph;
    this.axonsPerCore = axonsPerCore;
    this.shapes = inferShapes(graph);
    this.fresh = freshNames(
      graph.nodes.map(({ id }) => id),
      MAX_CHIP_LAYER_NAME,
    );
  }

  build(): BuiltChain {
    let code: InputCode = { kind: 'threshold', level: 128 };
    let inputShape: Shape = [];
    let output: Pick<ChipChain, 'nClasses' | 'outputClass' | 'readout'> = {
      nClasses: 0,
      outputClass: new Int32Array(0),
      readout: completeReadout({}, 0),
    };
    for (const node of this.graph.nodes) {
      const shape = present(this.shapes.get(node.id), 'shape');
      const before = node.kind === 'input' ? [] : present(this.shapes.get(inputsOf(node)[0] ?? ''), 'shape');
      switch (node.kind) {
        case 'input':
          inputShape = node.shape;
          break;
        case 'encode':
          code = node.code;
          this.elements = identityElements(sizeOf(shape), codeMax(node.code));
          this.elementChannels = channelsOf(shape);
          break;
        case 'dense':
        case 'blockDense':
        case 'conv2d':
        case 'sumPool':
          this.addLinear(node, linearRows(node, before), before);
          break;
        case 'threshold':
          this.addThreshold(node, shape);
          this.hold(node.id);
          break;
        case 'maxPool':
          this.addMaxPool(node, before, code);
          this.hold(node.id);
          break;
        case 'flatten':
          this.hold(node.id);
          break;
        case 'votes': {
          this.materialiseElements(node.id);
          const n = sizeOf(before);
          output = {
            nClasses: node.nClasses,
            outputClass: Int32Array.from({ length: n }, (_, i) => i % node.nClasses),
            readout: completeReadout({}, node.nClasses),
          };
          break;
        }
        case 'scores': {
          const n = sizeOf(before);
          const isSum = this.pending !== undefined;
          this.close(this.pending?.name ?? node.id, 'score', new Int32Array(n));
          if (isSum) this.hold(node.input);
          this.hold(node.id);
          output = {
            nClasses: n,
            outputClass: Int32Array.from({ length: n }, (_, i) => i),
            readout: completeReadout(node, n),
          };
          break;
        }
        case 'batchNorm':
        case 'sign':
        case 'step':
        case 'relu':
        case 'clip':
        case 'function':
        case 'quantise':
        case 'neuron':
          throw new Error(`internal error: ${node.kind} in the integer dialect`);
        case 'avgPool':
        case 'multiply':
        case 'extremum':
        case 'rearrange':
        case 'requantise':
        case 'lookup':
        case 'add':
        case 'concat':
        case 'embedding':
        case 'rmsNorm':
        case 'attention':
        case 'integerNeuron':
        case 'delay':
          throw new Error(`internal error: ${node.kind} passed the check of what the chip supports`);
        default:
          assertNever(node);
      }
    }
    const { layers, views, merges, held, relays, diagnostics } = this;
    return { chain: { code, inputShape, layers, views, merges, held, ...output }, relays, diagnostics };
  }

  private addLinear({ id: name, kind }: LinearNode, rows: SparseRows, before: Shape): void {
    const isPool = kind === 'sumPool';
    if (this.pending === undefined) {
      this.elementChannels = channelsOf(before);
      this.pending = { matrix: matrixOf(rows), name, isPool };
      return;
    }
    const matrix = matrixOf(rows);
    // Sums over a window of bits travel as spike counts when one core holds the window; else both maps become one matrix.
    if (this.pending.isPool && !isPool && widestRow(this.pending.matrix) <= this.axonsPerCore) {
      const sums = this.pending.name;
      this.close(sums, 'count', new Int32Array(this.pending.matrix.nOut));
      this.hold(sums);
      this.elementChannels = channelsOf(before);
      this.pending = { matrix, name, isPool };
      return;
    }
    const composed = composeRows(matrix, this.pending.matrix);
    if (composed.widest > MAX_WEIGHT) {
      this.diagnostics.push(
        errorAt(
          'merged-weights-too-large',
          `${this.graph.name}: layer "${name}" (${kind})`,
          `merged with "${this.pending.name}" before it, its weights reach ${composed.widest}, beyond ${MAX_WEIGHT}`,
          'put a sign or step activation between the two layers, or use smaller weights',
        ),
      );
    }
    this.pending = { matrix: composed.matrix, name: this.fresh(`${this.pending.name}+${name}`), isPool: false };
  }

  private addThreshold(node: ThresholdNode, shape: Shape): void {
    const n = sizeOf(shape);
    const name = this.pending?.name ?? node.id;
    const matrix = this.pending?.matrix ?? identityMatrix(n);
    const theta = new Int32Array(n);
    const negate = new Uint8Array(n);
    for (let o = 0; o < n; o++) {
      const i = o % node.theta.length;
      const [min, max] = rowRange(matrix, o, this.elements.max);
      switch (node.sense[i]) {
        case SENSE.atLeast:
          theta[o] = Math.min(Math.max(node.theta[i]!, min), max + 1);
          break;
        case SENSE.atMost:
          // S <= t is -S >= -t.
          negate[o] = 1;
          theta[o] = Math.min(Math.max(-node.theta[i]!, -max), -min + 1);
          break;
        case SENSE.always:
          theta[o] = min;
          break;
        default:
          theta[o] = max + 1;
      }
    }
    this.pending = { matrix: negateRows(matrix, negate), name, isPool: false };
    this.close(name, 'threshold', theta);
  }

  /** Finishes the layer under construction; its outputs become the elements of the next. */
  private close(name: string, rule: OutputRule, theta: Int32Array): void {
    const matrix = this.pending?.matrix ?? identityMatrix(this.elements.view.start.length - 1);
    const { complemented, view, max } = this.elements;
    // S = sum w (1 - x') over complemented elements: w turns negative and sum w moves into the threshold or the constant.
    const constant = new Int32Array(matrix.nOut);
    const weight = matrix.weight.slice();
    for (let o = 0; o < matrix.nOut; o++) {
      for (let k = matrix.rowStart[o]!; k < matrix.rowStart[o + 1]!; k++) {
        if (complemented[matrix.column[k]!] === 0) continue;
        constant[o]! += weight[k]! * max;
        weight[k] = -weight[k]!;
      }
    }
    if (rule === 'count' && constant.some((c) => c !== 0)) {
      this.materialiseElementsFor(name);
      this.close(name, rule, theta);
      return;
    }
    this.layers.push({
      name,
      rule,
      matrix: { ...matrix, weight },
      theta: theta.map((t, o) => t - constant[o]!),
      constant: rule === 'score' ? constant : new Int32Array(matrix.nOut),
      inputChannels: this.elementChannels,
    });
    this.views.push(view);
    this.elements = identityElements(matrix.nOut, rule === 'count' ? max * widestRow(matrix) : 1);
    this.pending = undefined;
  }

  private addMaxPool(node: MaxPoolNode, before: Shape, code: InputCode): void {
    const place = `${this.graph.name}: layer "${node.id}" (maxPool)`;
    const channels = channelsOf(before);
    if (this.pending !== undefined) {
      this.diagnostics.push(
        errorAt('maximum-of-sums', place, 'a maximum of sums has no chip form', 'put the threshold before the pooling'),
      );
      return;
    }
    const takesMin = node.minChannels?.some((m) => m === 1) ?? false;
    if (this.layers.length === 0 && code.kind === 'bernoulli') {
      this.diagnostics.push(
        errorAt(
          'maximum-of-random-counts',
          place,
          'a maximum of Bernoulli counts has no chip form',
          'pool after the first layer, or use another input code',
        ),
      );
    }
    if (takesMin && (this.layers.length === 0 || this.elements.max > 1)) {
      this.diagnostics.push(
        errorAt(
          'minimum-of-counts',
          place,
          'a minimum of input counts has no chip form',
          'pool after the first binary layer',
        ),
      );
      return;
    }
    // A second pool in a row, or one on complemented elements, starts from plain outputs again.
    if (this.elements.complemented.some((c) => c === 1)) this.materialiseElementsFor(`${node.id}-input`);
    const windows = poolWindows(node, before);
    const nOut = windows.length;
    const complemented = new Uint8Array(nOut);
    if (takesMin) {
      // min(x) = 1 - max(1 - x): the layer before fires on the complement for these channels.
      if (this.elements.view.output.length !== this.elements.view.start.length - 1) {
        this.materialiseElementsFor(`${node.id}-input`);
      }
      this.complementLastLayer((o) => node.minChannels?.[o % channels] === 1);
      complemented.forEach((_, e) => (complemented[e] = node.minChannels?.[e % channels] ?? 0));
    }
    const view = { start: new Int32Array(nOut + 1), output: new Int32Array(0) };
    const outputs: number[] = [];
    windows.forEach((window, e) => {
      for (const element of window) {
        const from = this.elements.view.start[element]!;
        const to = this.elements.view.start[element + 1]!;
        for (let k = from; k < to; k++) outputs.push(this.elements.view.output[k]!);
      }
      view.start[e + 1] = outputs.length;
    });
    this.merges.push({ name: node.id, layer: this.layers.length, nIn: sizeOf(before), nOut });
    this.elements = { view: { ...view, output: Int32Array.from(outputs) }, complemented, max: this.elements.max };
    this.elementChannels = channels;
  }

  /** Notes that the elements are the values of a node: of the input none are, nor of sums that have no rule yet. */
  private hold(node: NodeId): void {
    if (this.pending !== undefined || this.layers.length === 0) return;
    const { view, complemented } = this.elements;
    this.held.push({ node, layer: this.layers.length - 1, view, complemented: complemented.slice() });
  }

  /** Rewrites the last threshold layer so that chosen outputs fire when they did not. */
  private complementLastLayer(chosen: (output: number) => boolean): void {
    const layer = present(this.layers.pop(), 'layer before a pool');
    const flags = Uint8Array.from(layer.theta, (_, o) => (chosen(o) ? 1 : 0));
    const index = this.layers.length;
    // Their elements are single outputs: of maxima none are complemented.
    this.held = this.held.map((held) => {
      if (held.layer !== index) return held;
      const { view } = held;
      return { ...held, complemented: held.complemented.map((c, e) => c ^ flags[view.output[view.start[e]!]!]!) };
    });
    // not (S >= theta) is -S >= 1 - theta.
    this.layers.push({
      ...layer,
      matrix: negateRows(layer.matrix, flags),
      theta: layer.theta.map((t, o) => (flags[o] === 1 ? 1 - t : t)),
    });
  }

  /** Makes outputs of what are only maxima or complements so far, for a reader that needs plain outputs. */
  private materialiseElements(name: string): void {
    const { view, complemented } = this.elements;
    const plain = view.output.length === view.start.length - 1 && view.output.every((o, e) => o === e);
    if (!plain || complemented.some((c) => c === 1) || this.layers.length === 0) this.materialiseElementsFor(name);
  }

  private materialiseElementsFor(name: string): void {
    const n = this.elements.view.start.length - 1;
    const saved = this.pending;
    this.relays++;
    const relay = this.fresh(`${name}-relay`);
    this.pending = { matrix: identityMatrix(n), name: relay, isPool: false };
    this.close(relay, 'threshold', new Int32Array(n).fill(1));
    this.pending = saved;
  }
}

/** Input elements under every window of a pool, by output element. */
function poolWindows(node: MaxPoolNode, input: Shape): readonly (readonly number[])[] {
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

function identityElements(n: number, max: number): Elements {
  return {
    view: {
      start: Int32Array.from({ length: n + 1 }, (_, i) => i),
      output: Int32Array.from({ length: n }, (_, i) => i),
    },
    complemented: new Uint8Array(n),
    max,
  };
}

function identityMatrix(n: number): Matrix {
  const start = Int32Array.from({ length: n + 1 }, (_, i) => i);
  const index = start.slice(0, n);
  return {
    nIn: n,
    nOut: n,
    rowStart: start,
    column: index,
    weight: new Int16Array(n).fill(1),
    group: index.slice(),
    groupPlace: new Int32Array(0),
  };
}

/** Smallest and largest sum of a row over inputs in 0..max. */
export function rowRange(matrix: Matrix, row: number, max: number): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k++) {
    const w = matrix.weight[k]! * max;
    if (w < 0) low += w;
    else high += w;
  }
  return [low, high];
}

function widestRow(matrix: Matrix): number {
  let widest = 0;
  for (let o = 0; o < matrix.nOut; o++) widest = Math.max(widest, matrix.rowStart[o + 1]! - matrix.rowStart[o]!);
  return widest;
}

function negateRows(matrix: Matrix, flags: Uint8Array): Matrix {
  const weight = matrix.weight.slice();
  for (let o = 0; o < matrix.nOut; o++) {
    if (flags[o] === 0) continue;
    for (let k = matrix.rowStart[o]!; k < matrix.rowStart[o + 1]!; k++) weight[k] = -weight[k]!;
  }
  return { ...matrix, weight };
}
