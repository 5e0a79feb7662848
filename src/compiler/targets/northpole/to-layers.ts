/** Integer network -> layers of the chip: what each computes, from which stored values to which, in which containers. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { wholeRange } from '../../../ir/network/ranges.js';
import { completeReadout } from '../../../ir/network/readout.js';
import type { InputCode, NetworkGraph, NodeId, Shape } from '../../../ir/network/types.js';
import type {
  AddStep,
  EpilogueStep,
  LookupStep,
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
  RequantiseStep,
  SequenceLayer,
  VectorLayer,
  VmmLayer,
  WindowGeometry,
} from '../../../ir/program/northpole.js';
import { type Container, containerOf, operandContainer, weightContainer } from './containers.js';
import { forStoredOperand, isMatrixNode, MAX_MOVED_VALUES, type MatrixNode, matrixParts } from './matrix-layer.js';
import { narrowWeights, type NarrowNetwork } from './wide-weights.js';
import { ontoUnits } from './onto-units.js';
import { sequenceOperation } from './sequence-layer.js';
import { type ElementNode, isSequenceNode, type Op, type Ops, type StartNode, toOps } from './ops.js';
import { chooseStored, type StoredValues } from './stored-values.js';

type WithoutMapping<L> = Omit<L, 'mapping' | 'timing' | 'memory'>;

/** A layer before it has a place on the chip. */
export type LayerDraft = WithoutMapping<VmmLayer> | WithoutMapping<VectorLayer> | WithoutMapping<SequenceLayer>;

/** A network as layers; the fields mean what they mean in the program. */
export interface LayeredNetwork extends Pick<NorthPoleProgram, 'name' | 'inputShape' | 'inputCode' | 'outputs'> {
  readonly tensors: readonly NorthPoleTensor[];
  readonly layers: readonly LayerDraft[];
}

/** Turns a verified integer network into layers; everything that has no form on the chip is reported. */
export function toLayers(
  graph: NetworkGraph,
  spec: NorthPoleSpec,
): { readonly network: LayeredNetwork | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const onto = ontoUnits(graph);
  const narrowed = narrowWeights(onto.graph);
  const narrow = { graph: narrowed.graph, partOf: new Map([...onto.partOf, ...narrowed.partOf]) };
  const { ops, diagnostics } = toOps(narrow.graph);
  if (diagnostics.length > 0) return { network: undefined, diagnostics };
  const builder = new LayerBuilder(narrow, spec, ops);
  const network = builder.build();
  return { network, diagnostics: builder.diagnostics };
}

/** Builds the layers of one network; its state is what has been found so far. */
class LayerBuilder {
  readonly diagnostics: Diagnostic[] = [];
  private readonly graph: NetworkGraph;
  private readonly partOf: ReadonlyMap<NodeId, NodeId>;
  private readonly spec: NorthPoleSpec;
  private readonly inputShape: Shape;
  private readonly ops: ReadonlyMap<NodeId, Op>;
  private readonly values: StoredValues;
  private readonly tensors: NorthPoleTensor[] = [];
  private readonly tensorOf = new Map<NodeId, number>();
  private readonly layers: LayerDraft[] = [];

  constructor({ graph, partOf }: NarrowNetwork, spec: NorthPoleSpec, ops: Ops) {
    this.graph = graph;
    this.partOf = partOf;
    this.spec = spec;
    this.inputShape = ops.inputShape;
    this.ops = ops.ops;
    this.values = chooseStored(ops, spec);
  }

  build(): LayeredNetwork {
    const containers = this.chooseContainers();
    let inputCode: InputCode = { kind: 'threshold', level: 128 };
    let outputs: NorthPoleProgram['outputs'] | undefined;
    for (const [id, op] of this.ops) {
      if (op.role === 'source') inputCode = op.node.code;
      if (op.role === 'source' || op.role === 'concat' || this.values.stored.has(id)) {
        this.tensorOf.set(id, this.tensors.length);
        const parts = op.role === 'concat' ? op.inputs.map((input) => this.tensorAt(input)) : [];
        this.tensors.push({ node: id, shape: op.image, ...present(containers.get(id), 'container'), parts });
        if (op.role !== 'source' && op.role !== 'concat') this.addLayer(id);
      }
      if (op.role === 'output') outputs = this.outputsOf(op);
    }
    return {
      name: this.graph.name,
      inputShape: this.inputShape,
      inputCode,
      tensors: this.tensors,
      layers: this.layers,
      outputs: present(outputs, 'output layer'),
    };
  }

  private opAt(id: NodeId): Op {
    return present(this.ops.get(id), `op ${id}`);
  }

  private tensorAt(id: NodeId): number {
    return present(this.tensorOf.get(id), `tensor of ${id}`);
  }

  private placeOf(id: NodeId): string {
    return `${this.graph.name}: layer "${this.partOf.get(id) ?? id}" (${this.opAt(id).node.kind})`;
  }

  /** Containers of all tensors: the parts of a concatenation and the whole share one; paddings must fit what they pad. */
  private chooseContainers(): ReadonlyMap<NodeId, Container> {
    const leader = new Map<NodeId, NodeId>();
    const find = (id: NodeId): NodeId => {
      const up = leader.get(id) ?? id;
      return up === id ? id : find(up);
    };
    const bounds = new Map<NodeId, readonly [number, number]>();
    const widen = (id: NodeId, [low, high]: readonly [number, number]): void => {
      const [l, h] = bounds.get(find(id)) ?? [0, 0];
      bounds.set(find(id), [Math.min(l, low), Math.max(h, high)]);
    };
    for (const [id, op] of this.ops) {
      if (op.role !== 'concat') continue;
      for (const input of op.inputs) if (find(input) !== find(id)) leader.set(find(input), find(id));
    }
    for (const [id, op] of this.ops) {
      widen(id, wholeRange(op.range));
      const isPadded = op.node.kind === 'conv2d' && op.node.padding.some((p) => p > 0);
      if (isPadded && op.node.kind === 'conv2d') {
        widen(present(op.inputs[0], 'input'), [op.node.padValue, op.node.padValue]);
      }
    }
    const multiplied = new Set<NodeId>();
    const elsewhere = new Set<NodeId>();
    for (const op of this.ops.values()) {
      if (op.role !== 'start') continue;
      for (const input of op.inputs) {
        if (isMatrixNode(op.node)) multiplied.add(find(input));
        else if (isSequenceNode(op.node)) elsewhere.add(find(input));
      }
    }
    return new Map(
      [...this.ops.keys()].map((id) => {
        const group = find(id);
        // Layers of sequence models take values as they are stored.
        const choose = multiplied.has(group) && !elsewhere.has(group) ? operandContainer : containerOf;
        return [id, choose(this.spec, present(bounds.get(group), 'range'))];
      }),
    );
  }

  /** The layer that ends in a stored value. */
  private addLayer(id: NodeId): void {
    const nodes: NodeId[] = [];
    const epilogue: (ElementNode | NodeId)[] = [];
    let at = id;
    let start: StartNode | undefined;
    let reads: readonly NodeId[] | undefined;
    for (;;) {
      const op = this.opAt(at);
      nodes.push(at);
      if (op.role === 'start') {
        start = op.node;
        reads = op.inputs;
        at = present(op.inputs[0], 'input');
        break;
      }
      if (op.role === 'element') {
        epilogue.push(op.node);
        at = present(op.inputs[0], 'input');
      } else {
        epilogue.push(at);
        at = present(this.values.additions.get(at), 'addition').main;
      }
      if (this.values.stored.has(at) || this.opAt(at).role === 'concat') break;
    }
    const operands = (reads ?? [at]).map((input) => this.tensorAt(input));
    const steps = epilogue.reverse().map((step): EpilogueStep => {
      if (typeof step !== 'string') return stepOf(step);
      const { side, steps } = present(this.values.additions.get(step), 'addition');
      nodes.push(...steps);
      operands.push(this.tensorAt(side));
      return { kind: 'add', operand: operands.length - 1, steps: steps.map((s) => this.sideStep(s)) } satisfies AddStep;
    });
    const order = (node: NodeId): number => this.opAt(node).index;
    nodes.sort((a, b) => order(a) - order(b));
    const base = { nodes, operands, output: this.tensorAt(id), epilogue: steps };
    this.layers.push(this.draft(start, at, id, base));
  }

  private sideStep(id: NodeId): RequantiseStep | LookupStep {
    const op = this.opAt(id);
    if (op.role !== 'element') throw new Error('internal error: a side branch with a start');
    const step = stepOf(op.node);
    if (step.kind !== 'requantise' && step.kind !== 'lookup')
      throw new Error('internal error: a threshold on a side branch');
    return step;
  }

  private draft(
    start: StartNode | undefined,
    input: NodeId,
    output: NodeId,
    base: Pick<LayerDraft, 'nodes' | 'operands' | 'output' | 'epilogue'>,
  ): LayerDraft {
    if (start === undefined) return { ...base, kind: 'vector', name: output, geometry: ONE_PIXEL, combine: 'max' };
    if (start.kind === 'maxPool' || start.kind === 'sumPool' || start.kind === 'avgPool') {
      const { window, stride, padding } = start;
      const draft = {
        ...base,
        kind: 'vector',
        name: start.id,
        geometry: { window, stride, padding, dilation: [1, 1] },
        combine: start.kind === 'maxPool' ? 'max' : 'sum',
      } as const;
      if (start.kind === 'avgPool') {
        const { counted = padding, factor = 1 } = start;
        return { ...draft, average: { counted, factor } };
      }
      return start.kind === 'maxPool' && start.minChannels !== undefined
        ? { ...draft, minChannels: start.minChannels }
        : draft;
    }
    if (start.kind === 'embedding' || start.kind === 'rmsNorm' || start.kind === 'attention') {
      return { ...base, kind: 'sequence', name: start.id, geometry: ONE_PIXEL, operation: sequenceOperation(start) };
    }
    return this.matrixDraft(start, input, base);
  }

  private matrixDraft(
    start: MatrixNode,
    input: NodeId,
    base: Pick<LayerDraft, 'nodes' | 'operands' | 'output' | 'epilogue'>,
  ): LayerDraft {
    const place = this.placeOf(start.id);
    const image = this.opAt(input).image;
    const size = image[0] * image[1] * image[2];
    if (start.kind === 'flatten' && size > MAX_MOVED_VALUES) {
      this.diagnostics.push(
        errorAt(
          'flatten-too-large',
          place,
          `${size} values would have to move, which a matrix of up to ${MAX_MOVED_VALUES} x ${MAX_MOVED_VALUES} does`,
          'put per-channel work and concatenation before the flattening',
        ),
      );
      return { ...base, kind: 'vector', name: start.id, geometry: ONE_PIXEL, combine: 'max' };
    }
    const { declaredBits, bias, ...parts } = matrixParts(start, image);
    const tensor = present(this.tensors[this.tensorAt(input)], 'operand');
    const widest = this.spec.precisions.reduce((a, b) => Math.max(a, b), 0);
    if (tensor.bits === 32) {
      const [low, high] = wholeRange(this.opAt(input).range);
      this.diagnostics.push(
        errorAt(
          'operand-too-wide',
          place,
          `its input "${input}" holds values in ${low}..${high}${parts.padValue === 0 ? '' : `, padded with ${parts.padValue}`}; an operand of the VMM has up to ${widest} bits`,
          `requantise the input to ${widest} bits or fewer`,
        ),
      );
    }
    const weightBits = weightContainer(this.spec, parts.weights, declaredBits);
    if (weightBits === undefined) {
      this.diagnostics.push(
        errorAt(
          'weights-too-wide',
          place,
          `its weights need more than the ${widest} bits the VMM of "${this.spec.name}" takes`,
          `quantise the weights to ${widest} bits or fewer`,
        ),
      );
    }
    const stored = forStoredOperand({ ...parts, bias }, tensor.zeroPoint ?? 0);
    const largest = stored.bias.reduce((most, b) => Math.max(most, b < 0 ? -b - 1 : b), 0);
    if (largest >= 2 ** 31) {
      this.diagnostics.push(
        errorAt(
          'sum-overflow',
          place,
          `its bias becomes ${largest} with the zero point ${tensor.zeroPoint ?? 0} of its input, partial sums have 32 bits`,
          'use a smaller bias',
        ),
      );
    }
    return {
      ...base,
      ...parts,
      kind: 'vmm',
      // Parts of a layer go by its name.
      name: this.partOf.get(start.id) ?? start.id,
      weightBits: weightBits ?? 8,
      padValue: stored.padValue,
      bias: Int32Array.from(stored.bias),
    };
  }

  /** What the host reads; an input or a concatenation gets a layer that copies it to one place first. */
  private outputsOf(op: Extract<Op, { role: 'output' }>): NorthPoleProgram['outputs'] {
    const id = present(op.inputs[0], 'input');
    let tensor = this.tensorAt(id);
    const role = this.opAt(id).role;
    if (role === 'source' || role === 'concat') {
      const from = tensor;
      tensor = this.tensors.length;
      this.tensors.push({ ...present(this.tensors[from], 'tensor'), parts: [] });
      this.layers.push({
        kind: 'vector',
        name: op.node.id,
        nodes: [id],
        operands: [from],
        output: tensor,
        geometry: ONE_PIXEL,
        epilogue: [],
        combine: 'max',
      });
    }
    const [h, w, c] = this.opAt(id).image;
    if (op.node.kind === 'votes') {
      const { nClasses } = op.node;
      return { tensor, rule: 'votes', nClasses, ...completeReadout({}, nClasses) };
    }
    const nClasses = h * w * c;
    return { tensor, rule: 'scores', nClasses, ...completeReadout(op.node, nClasses) };
  }
}

const ONE_PIXEL: WindowGeometry = { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] };

function stepOf(node: ElementNode): Exclude<EpilogueStep, AddStep> {
  switch (node.kind) {
    case 'requantise': {
      const { inputZeroPoint, leftShift, multiplier, shift, addend, zeroPoint, min, max, rounding } = node;
      const step = {
        kind: 'requantise',
        inputZeroPoint,
        leftShift,
        multiplier,
        shift,
        zeroPoint,
        min,
        max,
        rounding,
      } as const;
      return addend === undefined ? step : { ...step, addend };
    }
    case 'threshold':
      return { kind: 'threshold', theta: node.theta, sense: node.sense };
    case 'lookup':
      return { kind: 'lookup', inputMin: node.inputMin, table: node.table };
  }
}
