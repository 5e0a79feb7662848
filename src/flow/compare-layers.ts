/** A network layer by layer: what its integer form makes of the values of the float network, and where the two part first. */
import { present } from '../common/assert.js';
import type { Diagnostic } from '../common/diagnostics.js';
import { type BothForms, type LayerMeaning, lowerWithMeanings } from '../compiler/pipelines.js';
import { createInterpreter } from '../evaluation/interpreter/network.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { codedBuffer, encodeCounts } from '../ir/network/input-code.js';
import { channelsOf, inferShapes, sizeOf } from '../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../ir/network/types.js';

/** Why the integer network has another value, where what it reads is equal. */
export type Cause =
  /** No multiplier of 31 bits puts the steps of the quantiser where they are. */
  | 'requantisation'
  /** Operands with different steps are rounded to one. */
  | 'rounded operands'
  /** The float network sums values that it has rounded one by one. */
  | 'order of operations'
  /** The value is at the end of what the integers reach. */
  | 'saturation'
  /** Two integers are equally near, up to the rounding of float64. */
  | 'tie'
  /** Another warning of the lowering, named by its code. */
  | (string & {});

/** Where the two networks part. */
export interface Parting {
  readonly sample: number;
  readonly layer: NodeId;
  readonly channel: number;
  readonly element: number;
  readonly float: number;
  readonly integer: number;
  readonly cause: Cause;
}

/** One layer over all samples. */
export interface LayerComparison {
  readonly layer: NodeId;
  readonly kind: NetworkNode['kind'];
  readonly elements: number;
  /** The layer of the integer network that holds its values; another than `layer` where it was folded away. */
  readonly integerLayer: NodeId;
  readonly largestError: number;
  readonly meanError: number;
  /** Share of the elements that are equal, up to the rounding of float64. */
  readonly agreement: number;
  /** The first element that differs although everything that the layer reads is equal. */
  readonly parts?: Parting;
}

/** A network in both forms on some samples. */
export interface NetworkComparison {
  readonly samples: number;
  readonly layers: readonly LayerComparison[];
  readonly accuracyFloat: number;
  readonly accuracyInteger: number;
  /** Samples on which both decide for the same class. */
  readonly sameDecision: number;
  /** The first sample, layer and element where they part. */
  readonly first?: Parting;
}

/** Numbers whose difference is below this share of them are one number computed in two orders. */
const EQUAL = 1e-9;

interface Tally {
  largest: number;
  sum: number;
  equal: number;
  parts: Parting | undefined;
}

/**
 * Compares a float network with its integer form on the first `limit` samples, every element of every layer, in the interpreter that defines both.
 * @throws UserError with everything that has no integer form; rejects with the signal's reason when aborted
 */
export async function compareLayers(
  graph: NetworkGraph,
  data: LabelledImages,
  options: {
    readonly limit: number;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<NetworkComparison> {
  const forms = lowerWithMeanings(graph);
  const { float, integer } = forms;
  const shapes = inferShapes(float);
  const [input, code] = float.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('internal error: no input');
  const interpreters = { float: createInterpreter(float), integer: createInterpreter(integer) };
  const compared = float.nodes.slice(1).filter(({ kind }) => kind !== 'scores' && kind !== 'votes');
  const tallies = new Map(
    compared.map(({ id }): [NodeId, Tally] => [id, { largest: 0, sum: 0, equal: 0, parts: undefined }]),
  );
  const nPixels = sizeOf(input.shape);
  const counts = codedBuffer(code.code, nPixels);
  const samples = Math.min(options.limit, data.labels.length);
  let [correctFloat, correctInteger, same] = [0, 0, 0];
  let first: Parting | undefined;
  const output = present(float.nodes.at(-1), 'output');
  for (let s = 0; s < samples; s++) {
    await new Promise(setImmediate);
    options.signal?.throwIfAborted();
    encodeCounts(code.code, data.images.subarray(s * nPixels, (s + 1) * nPixels), s, 0, counts);
    const traces = { float: interpreters.float.trace(counts), integer: interpreters.integer.trace(counts) };
    const partings = compared.flatMap((node) => {
      const channels = channelsOf(present(shapes.get(node.id), 'shape'));
      const tally = present(tallies.get(node.id), 'tally');
      const parting = compareLayer(node, s, { forms, traces, tally, channels });
      return parting === undefined ? [] : [parting];
    });
    first ??= partings[0];
    const decide = (which: 'float' | 'integer'): number =>
      interpreters[which].decide(present(traces[which].get(output.id), 'scores'));
    const [a, b] = [decide('float'), decide('integer')];
    if (a === data.labels[s]) correctFloat++;
    if (b === data.labels[s]) correctInteger++;
    if (a === b) same++;
    options.onProgress?.(s + 1, samples);
  }
  const layers = compared.map((node): LayerComparison => {
    const { largest, sum, equal, parts } = present(tallies.get(node.id), 'tally');
    const elements = sizeOf(present(shapes.get(node.id), 'shape'));
    const all = Math.max(1, elements * samples);
    return {
      ...{ layer: node.id, kind: node.kind, elements, integerLayer: meaning(forms, node.id).id },
      ...{ largestError: largest, meanError: sum / all, agreement: samples === 0 ? 1 : equal / all },
      ...(parts === undefined ? {} : { parts }),
    };
  });
  return {
    ...{ samples, layers, sameDecision: same },
    accuracyFloat: correctFloat / Math.max(1, samples),
    accuracyInteger: correctInteger / Math.max(1, samples),
    ...(first === undefined ? {} : { first }),
  };
}

const meaning = ({ meanings }: BothForms, id: NodeId): LayerMeaning => present(meanings.get(id), `meaning of ${id}`);

interface Traces {
  readonly float: ReadonlyMap<string, Float64Array>;
  readonly integer: ReadonlyMap<string, Float64Array>;
}

/** A layer on a sample. */
interface Compared {
  readonly forms: BothForms;
  readonly traces: Traces;
  readonly tally: Tally;
  readonly channels: number;
}

/** Compares the values of a layer on a sample; the parting is told where all that it reads is equal. */
function compareLayer(
  node: NetworkNode,
  sample: number,
  { forms, traces, tally, channels }: Compared,
): Parting | undefined {
  const means = meaning(forms, node.id);
  const float = present(traces.float.get(node.id), 'float values');
  const integer = present(traces.integer.get(means.id), 'integers');
  let parts: Parting | undefined;
  for (let e = 0; e < float.length; e++) {
    const [x, q] = [float[e]!, integer[e]!];
    const y = means.real(q, e);
    const error = Math.abs(x - y);
    if (error <= EQUAL * Math.max(1, Math.abs(x))) {
      tally.equal++;
      continue;
    }
    tally.largest = Math.max(tally.largest, error);
    tally.sum += error;
    if (parts !== undefined) continue;
    const channel = e % channels;
    const cause = causeOf(forms.warnings.get(node.id), means, q);
    parts = { sample, layer: node.id, channel, element: e, float: x, integer: y, cause };
  }
  if (parts === undefined || tally.parts !== undefined) return parts;
  if (
    inputsOf(node)
      .filter((id) => forms.meanings.has(id) && id !== forms.float.nodes[0]?.id)
      .every((id) => isEqual(forms, traces, id))
  )
    tally.parts = parts;
  return parts;
}

function isEqual(forms: BothForms, { float, integer }: Traces, id: NodeId): boolean {
  const means = meaning(forms, id);
  const integers = present(integer.get(means.id), 'integers');
  return present(float.get(id), 'float values').every(
    (x, e) => Math.abs(x - means.real(integers[e]!, e)) <= EQUAL * Math.max(1, Math.abs(x)),
  );
}

const CAUSES: Readonly<Record<string, Cause>> = {
  'inexact-requantisation': 'requantisation',
  'rounded-operands': 'rounded operands',
  'rounded-sum': 'order of operations',
  'rounded-average': 'order of operations',
  'rounded-product': 'order of operations',
};

function causeOf(warning: Diagnostic | undefined, { low, high }: LayerMeaning, q: number): Cause {
  if (warning !== undefined) return CAUSES[warning.code] ?? warning.code;
  return q === low || q === high ? 'saturation' : 'tie';
}
