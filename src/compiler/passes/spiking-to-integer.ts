/**
 * Spiking networks to the integer dialect: weights get few bits, one scale per group of layers whose sums meet, and the potentials of neurons count in
 * steps of that scale, so that thresholds become integers. What a layer reads that is no whole number of spikes (averages, currents of images, scaled
 * values) goes into its weights.
 */
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt, warningAt } from '../../common/diagnostics.js';
import { roundHalfAwayFromZero } from '../../common/fixed-point.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { printNetwork } from '../../ir/network/print.js';
import { channelsOf, inferShapes, sizeOf } from '../../ir/network/shapes.js';
import {
  type AddNode,
  type BitWidth,
  type Conv2dNode,
  type DenseNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
} from '../../ir/network/types.js';
import { layerPlace } from '../../ir/network/verify.js';
import { freshNames, type NameMaker } from '../fresh-names.js';
import { networkVerdict } from './network-verdict.js';
import type { NetworkPass } from './pass.js';
import { type NeuronRounding, roundNeurons } from './spiking-neurons.js';
import { roundWeights, type WeightRounding, weightScale } from './spiking-weights.js';

/** How many bits. */
export interface SpikingBits {
  /** Of the weights of all layers, 1..8. */
  readonly weights: BitWidth;
  /** Of single layers. */
  readonly layers?: ReadonlyMap<NodeId, BitWidth>;
  /** Of potentials and currents, 2..32. */
  readonly potentials: number;
}

/** Bits where nothing else is asked for: weights of 8, potentials of 20, those of a TrueNorth neuron. */
export const SPIKING_BITS: SpikingBits = { weights: 8, potentials: 20 };

/** A spiking network in integers, with what was rounded. `graph` is absent where a diagnostic is an error. */
export interface IntegerSpiking {
  readonly graph?: NetworkGraph;
  readonly weights: readonly WeightRounding[];
  readonly neurons: readonly NeuronRounding[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Rounds a verified spiking network of the float dialect. */
export function roundSpiking(graph: NetworkGraph, bits: SpikingBits): IntegerSpiking {
  return new Rounding(graph, bits).result();
}

/** The pass, at the standard bits. */
export const spikingToInteger: NetworkPass = passOf((graph) => roundSpiking(graph, SPIKING_BITS));

/** The pass that gives what was rounded already, at any bits. */
export const spikingToIntegerOf = (rounded: IntegerSpiking): NetworkPass => passOf(() => rounded);

function passOf(round: (graph: NetworkGraph) => IntegerSpiking): NetworkPass {
  return {
    name: 'spiking-to-integer',
    summary: 'gives a spiking network integer weights, thresholds and potentials',
    exactness: {
      kind: 'approximate',
      bound:
        'weights within half a step of their scale, thresholds within one unit of a potential; exact where both are whole multiples',
    },
    options: {},
    statistics: {
      integerLayers: 'layers whose weights became integers',
      integerNeurons: 'layers of neurons that became integer neurons',
    },
    run: (graph) => {
      const { graph: result, weights, neurons, diagnostics } = round(graph);
      return {
        ...(result === undefined ? {} : { result }),
        diagnostics: [...diagnostics, ...roundingWarnings(graph, weights, neurons)],
        statistics: { integerLayers: weights.length, integerNeurons: neurons.length },
      };
    },
    verify: networkVerdict,
    print: printNetwork,
  };
}

/** What was rounded, layer by layer, in words. */
function roundingWarnings(
  graph: NetworkGraph,
  weights: readonly WeightRounding[],
  neurons: readonly NeuronRounding[],
): readonly Diagnostic[] {
  const kindOf = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  const place = (id: NodeId): string => layerPlace(graph.name, { id, kind: kindOf.get(id) ?? 'dense' });
  const short = (v: number): string => String(Number(v.toPrecision(3)));
  return [
    ...weights
      .filter(({ largestError }) => largestError > 0)
      .map(({ layer, bits, largestError, meanError, largestWeight }) => {
        const message = `weights of ${bits} bits are off by at most ${short(largestError)}, on average ${short(meanError)}; the largest is ${short(largestWeight)}`;
        return warningAt('rounded-weights', place(layer), message, 'train with weights of few bits');
      }),
    ...neurons
      .filter(({ thresholdError, decayError }) => thresholdError > 0.001 || decayError > 0.001)
      .map(({ layer, thresholdError, decayError }) => {
        const message = `thresholds are off by at most ${short(100 * thresholdError)} %, decays by ${short(decayError)} per step`;
        return warningAt(
          'rounded-neurons',
          place(layer),
          message,
          'train with thresholds that are multiples of the weights',
        );
      }),
  ];
}

/** What the integers of a value stand for: each times `scale`, [1] or one per element. */
interface Meaning {
  readonly id: NodeId;
  readonly scale: Float64Array;
}

const ONES = Float64Array.of(1);

class Rounding {
  readonly #graph: NetworkGraph;
  readonly #bits: SpikingBits;
  readonly #shapes: ReadonlyMap<NodeId, Shape>;
  readonly #byId: ReadonlyMap<NodeId, NetworkNode>;
  readonly #fresh: NameMaker;
  readonly #groupOf: ReadonlyMap<NodeId, readonly (DenseNode | Conv2dNode)[]>;
  readonly #meanings = new Map<NodeId, Meaning>();
  readonly #groupScales = new Map<readonly unknown[], number>();
  readonly #nodes: NetworkNode[] = [];
  readonly #weights: WeightRounding[] = [];
  readonly #neurons: NeuronRounding[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  constructor(graph: NetworkGraph, bits: SpikingBits) {
    this.#graph = graph;
    this.#bits = bits;
    this.#shapes = inferShapes(graph);
    this.#byId = new Map(graph.nodes.map((node) => [node.id, node]));
    this.#fresh = freshNames(this.#byId.keys());
    this.#groupOf = groupsOf(graph.nodes, this.#byId);
  }

  result(): IntegerSpiking {
    for (const node of this.#graph.nodes) {
      const meaning = this.#round(node);
      // After a refusal the values stay what they are, so that what follows is looked at too.
      this.#meanings.set(node.id, meaning ?? { id: inputsOf(node)[0] ?? node.id, scale: ONES });
    }
    const sound = this.#diagnostics.every(({ severity }) => severity !== 'error');
    const graph: NetworkGraph = { ...this.#graph, dialect: 'integer', nodes: this.#connected() };
    return {
      ...(sound ? { graph } : {}),
      ...{ weights: this.#weights, neurons: this.#neurons, diagnostics: this.#diagnostics },
    };
  }

  /** Delays may read what stands below them: its integer form is known at the end. */
  #connected(): readonly NetworkNode[] {
    return this.#nodes.map((node) =>
      node.kind === 'delay' ? { ...node, input: present(this.#meanings.get(node.input), 'value').id } : node,
    );
  }

  #refuse(node: NetworkNode, message: string, remedy: string): undefined {
    this.#diagnostics.push(errorAt('no-integer-form', layerPlace(this.#graph.name, node), message, remedy));
    return undefined;
  }

  #read(node: NetworkNode, k = 0): Meaning {
    return present(this.#meanings.get(inputsOf(node)[k] ?? ''), `input of ${node.id}`);
  }

  #shape(id: NodeId): Shape {
    return present(this.#shapes.get(id), 'shape');
  }

  #keep(node: NetworkNode, scale: Float64Array): Meaning {
    this.#nodes.push(node);
    return { id: node.id, scale };
  }

  #round(node: NetworkNode): Meaning | undefined {
    switch (node.kind) {
      case 'input':
        return this.#keep(node, ONES);
      case 'encode':
        return this.#keep(node, node.code.kind === 'integer' ? Float64Array.of(node.code.step) : ONES);
      case 'flatten':
      case 'rearrange': {
        const { id, scale } = this.#read(node);
        if (node.kind === 'rearrange' && node.fill !== undefined && node.fill !== 0) {
          return this.#refuse(node, `it fills with ${node.fill}`, 'fill with 0');
        }
        const index = node.kind === 'rearrange' ? node.index : undefined;
        const moved =
          scale.length === 1 || index === undefined ? scale : Float64Array.from(index, (e) => scale[e] ?? 1);
        return this.#keep({ ...node, input: id }, moved);
      }
      case 'batchNorm': {
        const { id, scale } = this.#read(node);
        const n = sizeOf(this.#shape(node.id));
        const channels = node.gamma.length;
        const f = batchNormFunction(node);
        const offset = Array.from({ length: channels }, (_, c) => f(0, c)).find((v) => v !== 0);
        if (offset !== undefined) {
          return this.#refuse(
            node,
            `it adds ${offset}: spikes have no place for that`,
            'give images a range that begins at 0, without a mean',
          );
        }
        return {
          id,
          scale: Float64Array.from({ length: n }, (_, e) => f(scale[scale.length === 1 ? 0 : e]!, e % channels)),
        };
      }
      case 'sumPool':
        return this.#pool(node, 1);
      case 'avgPool': {
        if (node.counted?.some((v, k) => v !== node.padding[k]) === true) {
          return this.#refuse(node, 'its windows divide by different numbers', 'let averages count their padding');
        }
        const { id, window, stride, padding } = node;
        const sum = { kind: 'sumPool', id, input: node.input, window, stride, padding } as const;
        return this.#pool(sum, 1 / (window[0] * window[1]));
      }
      case 'dense':
      case 'conv2d':
        return this.#linear(node);
      case 'add':
        return this.#add(node);
      case 'neuron': {
        const { id, scale } = this.#read(node);
        const n = sizeOf(this.#shape(node.id));
        const { step = 1 } = this.#graph.time ?? {};
        const fine = this.#finer(node, scale);
        const rounded = roundNeurons(
          { ...node, input: fine?.id ?? id },
          { dt: step, scale: fine?.scale ?? scale, n, bits: this.#bits.potentials },
        );
        if ('message' in rounded) return this.#refuse(node, rounded.message, rounded.remedy);
        this.#neurons.push(rounded.rounding);
        return this.#keep(rounded.node, rounded.scale);
      }
      case 'delay': {
        const known = this.#meanings.get(node.input);
        const scale = known?.scale ?? (this.#isSpikes(node.input) ? ONES : undefined);
        if (scale === undefined)
          return this.#refuse(node, 'it holds what is no spike, of a layer below it', 'delay the spikes');
        return this.#keep(node, scale);
      }
      case 'scores': {
        const { id, scale } = this.#read(node);
        const isUniform = scale.every((s) => s === scale[0]);
        if (isUniform) return this.#keep({ ...node, input: id }, scale);
        const own = node.scale;
        const n = sizeOf(this.#shape(node.id));
        const combined = Float64Array.from({ length: n }, (_, k) => scale[k]! * (own?.[k] ?? 1));
        return this.#keep({ ...node, input: id, scale: combined }, ONES);
      }
      default:
        return this.#refuse(
          node,
          'this kind of layer has no integer form in a spiking network',
          'use layers that NIR has',
        );
    }
  }

  #pool(node: Extract<NetworkNode, { kind: 'sumPool' }>, factor: number): Meaning | undefined {
    const { id, scale } = this.#read(node);
    const input = this.#shape(node.input);
    const channels = channelsOf(input);
    if (!isPerChannel(scale, channels))
      return this.#refuse(node, 'it sums values of different scales', 'scale by channel');
    const n = sizeOf(this.#shape(node.id));
    const after =
      scale.length === 1
        ? Float64Array.of(scale[0]! * factor)
        : Float64Array.from({ length: n }, (_, e) => scale[e % channels]! * factor);
    return this.#keep({ ...node, input: id }, after);
  }

  /** Whether a value is made of spikes, whatever it passed. */
  #isSpikes(id: NodeId, depth = 64): boolean {
    const node = this.#byId.get(id);
    if (node === undefined || depth === 0) return false;
    if (node.kind === 'neuron') return node.spike !== undefined;
    return (
      (node.kind === 'delay' || node.kind === 'flatten' || node.kind === 'rearrange') &&
      this.#isSpikes(node.input, depth - 1)
    );
  }

  /** Real weights of a layer on the integers that it reads. */
  #realWeights(node: DenseNode | Conv2dNode): Float64Array | undefined {
    const { scale } = this.#read(node);
    const input = this.#shape(node.input);
    const channels = channelsOf(input);
    const own = node.scale;
    const perOutput = node.weights.length / node.nOut;
    if (node.kind === 'conv2d' && !isPerChannel(scale, channels)) {
      return this.#refuse(node, 'it reads values whose scales differ within a channel', 'scale by channel');
    }
    const inPerGroup = node.kind === 'conv2d' ? channels / node.groups : perOutput;
    return Float64Array.from(node.weights, (w, k) => {
      const o = Math.floor(k / perOutput);
      const group = node.kind === 'conv2d' ? Math.floor((o * node.groups) / node.nOut) : 0;
      const at = scale.length === 1 ? 0 : group * inPerGroup + (k % inPerGroup);
      return w * (own === undefined ? 1 : own[own.length === 1 ? 0 : o]!) * scale[at]!;
    });
  }

  #bitsOf({ id }: DenseNode | Conv2dNode): BitWidth {
    return this.#bits.layers?.get(id) ?? this.#bits.weights;
  }

  /** The scale of the sums of a group of layers that meet. */
  #scaleOf(node: DenseNode | Conv2dNode): number {
    const group = this.#groupOf.get(node.id) ?? [node];
    const known = this.#groupScales.get(group);
    if (known !== undefined) return known;
    // What layers in a loop read is not known yet: spikes, as a rule.
    const weights = group.map((one) =>
      this.#meanings.has(one.input)
        ? this.#realWeights(one)
        : Float64Array.from(one.weights, (w, k) => w * ownScale(one, k)),
    );
    const real = weights.map((array) => array ?? new Float64Array(0));
    const [bits] = group.map((one) => this.#bitsOf(one));
    const isOneWidth = bits !== undefined && group.every((one) => this.#bitsOf(one) === bits);
    // With several widths, the coarsest scale that any of them needs.
    const scale = isOneWidth
      ? weightScale(real, bits)
      : group.reduce((most, one, k) => Math.max(most, weightScale([real[k]!], this.#bitsOf(one))), 0);
    this.#groupScales.set(group, scale);
    return scale;
  }

  #linear(node: DenseNode | Conv2dNode): Meaning | undefined {
    const { id: input } = this.#read(node);
    if (node.kind === 'conv2d' && node.padValue !== 0 && node.padding.some((p) => p > 0)) {
      return this.#refuse(node, `it pads with ${node.padValue}`, 'pad with 0');
    }
    const real = this.#realWeights(node);
    if (real === undefined) return undefined;
    const bits = this.#bitsOf(node);
    const scale = this.#scaleOf(node);
    const { weights, rounding } = roundWeights(node, real, bits, scale);
    this.#weights.push(rounding);
    const bias =
      node.bias?.some((b) => b !== 0) === true ? node.bias.map((b) => roundHalfAwayFromZero(b / scale)) : undefined;
    if (bits > 1 && rounding.largestError > 0.5001 * scale) {
      return this.#refuse(node, 'it reads what a loop brings, and that is no spike', 'let loops bring spikes');
    }
    const { id, nOut } = node;
    const linear = { id, input, nOut, weights, weightBits: bits, ...(bias === undefined ? {} : { bias }) };
    if (node.kind === 'dense') return this.#keep({ kind: 'dense', ...linear }, Float64Array.of(scale));
    const { window, stride, padding, groups, dilation } = node;
    const dilated = dilation === undefined ? {} : { dilation };
    return this.#keep(
      { kind: 'conv2d', ...linear, window, stride, padding, groups, padValue: 0, ...dilated },
      Float64Array.of(scale),
    );
  }

  /** Sums of values with one scale; what has another is multiplied by an integer first. */
  #add(node: AddNode): Meaning | undefined {
    const [a, b] = [this.#read(node, 0), this.#read(node, 1)];
    const target = this.#sumScale(node, a, b);
    if (target === undefined)
      return this.#refuse(
        node,
        'what it adds has scales without a common one',
        'put weights in front of one of its inputs',
      );
    const ids = [a, b].map((value, k) => this.#rescaled(node, value, target, k));
    const [left, right] = ids;
    if (left === undefined || right === undefined) return undefined;
    return this.#keep({ ...node, inputs: [left, right] }, Float64Array.of(target));
  }

  #sumScale(node: AddNode, a: Meaning, b: Meaning): number | undefined {
    for (const id of inputsOf(node)) {
      const linear = linearBehind(id, this.#byId);
      if (linear !== undefined) return this.#scaleOf(linear);
    }
    return a.scale.length === 1 && b.scale.length === 1 ? Math.min(a.scale[0]!, b.scale[0]!) : undefined;
  }

  /** A value in steps of another scale: itself, or times a whole number that is rounded. */
  #rescaled(node: NetworkNode, { id, scale }: Meaning, target: number, k: number): NodeId | undefined {
    if (scale.every((s) => s === target)) return id;
    const channels = channelsOf(this.#shape(node.id));
    if (!isPerChannel(scale, channels))
      return this.#refuse(node, 'it adds values whose scales differ within a channel', 'scale by channel');
    const factors = Int32Array.from(scale.length === 1 ? scale : scale.subarray(0, channels), (s) =>
      roundHalfAwayFromZero(s / target),
    );
    if (factors.some((f) => f < 1 || f > LARGEST_FACTOR)) {
      return this.#refuse(
        node,
        `what it adds differs by factors up to ${Math.max(...factors)}`,
        'put weights in front of it',
      );
    }
    return this.#multiplied(id, factors, `${node.id}.${k === 0 ? 'left' : 'right'}`);
  }

  #multiplied(input: NodeId, multiplier: Int32Array, name: string): NodeId {
    const id = this.#fresh(name);
    const range = { min: -2147483648, max: 2147483647 };
    this.#nodes.push({
      ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, multiplier, shift: Uint8Array.of(0) },
      ...{ zeroPoint: 0, ...range, rounding: 'halfAwayFromZero' },
    });
    return id;
  }

  /** A neuron that decays and reads whole spikes, without weights before it, counts in finer steps: else its decay would be lost in rounding. */
  #finer(node: Extract<NetworkNode, { kind: 'neuron' }>, scale: Float64Array): Meaning | undefined {
    const decays = node.membrane.kind === 'leaky' || node.synapse !== undefined;
    if (!decays || linearBehind(node.input, this.#byId) !== undefined || scale.length > 1) return undefined;
    const id = this.#multiplied(this.#read(node).id, Int32Array.of(FINER), `${node.id}.finer`);
    return { id, scale: Float64Array.of(scale[0]! / FINER) };
  }
}

/** Whole spikes in front of neurons that decay count as many steps. */
const FINER = 256;

const LARGEST_FACTOR = 65536;

const ownScale = ({ scale, weights, nOut }: DenseNode | Conv2dNode, k: number): number =>
  scale === undefined ? 1 : scale[scale.length === 1 ? 0 : Math.floor(k / (weights.length / nOut))]!;

/** Whether elements of one channel have one scale. */
const isPerChannel = (scale: Float64Array, channels: number): boolean =>
  scale.length === 1 || scale.every((s, e) => s === scale[e % channels]);

/** The layer with weights whose sums a value is, by itself or added to others. */
function linearBehind(id: NodeId, byId: ReadonlyMap<NodeId, NetworkNode>): DenseNode | Conv2dNode | undefined {
  const waiting = [id];
  const seen = new Set<NodeId>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = byId.get(next);
    if (node === undefined || seen.has(next)) continue;
    seen.add(next);
    if (node.kind === 'dense' || node.kind === 'conv2d') return node;
    if (node.kind === 'add') waiting.push(...node.inputs);
  }
  return undefined;
}

/** Layers with weights whose sums meet in additions: they need one scale. */
function groupsOf(
  nodes: readonly NetworkNode[],
  byId: ReadonlyMap<NodeId, NetworkNode>,
): ReadonlyMap<NodeId, readonly (DenseNode | Conv2dNode)[]> {
  const groups = new Map<NodeId, (DenseNode | Conv2dNode)[]>();
  for (const node of nodes) if (node.kind === 'dense' || node.kind === 'conv2d') groups.set(node.id, [node]);
  for (const node of nodes) {
    if (node.kind !== 'add') continue;
    const found = node.inputs.flatMap((id) => linearBehind(id, byId) ?? []);
    const [first, second] = found.map(({ id }) => groups.get(id));
    if (first === undefined || second === undefined || first === second) continue;
    first.push(...second);
    for (const { id } of second) groups.set(id, first);
  }
  return groups;
}
