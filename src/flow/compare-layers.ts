/**
 * A network layer by layer, from form to form: the file of another tool, the float network, the integer network, the chip. Every element of every
 * layer, in the interpreter that defines both networks.
 */
import { platform } from '#platform';
import type { LayerReader } from '../chips/chip.js';
import { present } from '../common/assert.js';
import type { FileValues } from '../compiler/frontends/frontend.js';
import { type LayerMeaning, lowerWithMeanings } from '../compiler/pipelines.js';
import { createInterpreter, type Interpreter } from '../evaluation/interpreter/network.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { codedBuffer, encodeCounts } from '../ir/network/input-code.js';
import { hasRealWeights } from '../ir/network/real-weights.js';
import { channelsOf, inferShapes, sizeOf } from '../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode } from '../ir/network/types.js';
import type {
  ComparedStep,
  Deviation,
  LayerComparison,
  NetworkComparison,
  Unseen,
} from '../ir/trace/layer-comparison.js';
import { causeAfterFile, causeAfterFloat, type ShapedLayer } from './parting-causes.js';
import { StepTally, type TalliedLayer, type ValuesOf } from './step-tally.js';

/** What is compared. */
export interface ComparedForms {
  /** The network of the file, of either dialect. */
  readonly graph: NetworkGraph;
  /** The file evaluated by itself, or why it is not. */
  readonly file: FileValues | Unseen;
  /** The chip's layers, or why they are not read. */
  readonly chip: LayerReader | Unseen;
}

/** How it is compared. */
export interface ComparisonOptions {
  /** Most samples. */
  readonly limit: number;
  /** Draws of Bernoulli inputs; 0 without it. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  /** Samples that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A comparison but for what a run over the same samples finds: the accuracy of the chip, and its mismatches. */
export type LayersCompared = Omit<NetworkComparison, 'accuracy' | 'mismatches'> & {
  readonly accuracy: Omit<NetworkComparison['accuracy'], 'chip'>;
};

/** The networks of a comparison, and how their layers belong together. */
interface Forms {
  /** Its layers are the rows. */
  readonly shown: NetworkGraph;
  /** Absent where weights are real numbers. */
  readonly integer: NetworkGraph | undefined;
  readonly integerLayer: (id: string) => string;
  readonly meaning: (id: string) => LayerMeaning | undefined;
  readonly warning: ReturnType<typeof lowerWithMeanings>['warnings'] | undefined;
}

function formsOf(graph: NetworkGraph): Forms {
  if (graph.dialect === 'integer') {
    return { shown: graph, integer: graph, integerLayer: (id) => id, meaning: () => undefined, warning: undefined };
  }
  if (hasRealWeights(graph)) {
    return { shown: graph, integer: undefined, integerLayer: (id) => id, meaning: () => undefined, warning: undefined };
  }
  const { float, integer, meanings, warnings } = lowerWithMeanings(graph);
  const votes = new Set(float.nodes.filter(({ kind }) => kind === 'votes').map(({ id }) => id));
  return {
    ...{ shown: float, integer, warning: warnings },
    integerLayer: (id) => meanings.get(id)?.id ?? id,
    // Votes are numbers of ones in both dialects.
    meaning: (id) => (votes.has(id) ? undefined : meanings.get(id)),
  };
}

/** Why networks with real weights stop at the float form. */
export const NO_INTEGERS =
  'its weights are real numbers: `lodestone quantize` makes the integers that chips compute with';

const WHY_UNSEEN = {
  float: 'the file has no value of this layer alone, or its evaluation does not reach it',
  integer: 'the network of the file is one of integers',
  chip: 'its values never leave a unit of the chip',
} as const satisfies Readonly<Record<ComparedStep, string>>;

/**
 * Compares the forms on the first samples; networks with real weights as far as they go, file and float network. @throws UserError with everything else that
 * has no integer form; rejects with the signal's reason when
 * aborted
 */
export async function compareLayers(
  { graph, file, chip }: ComparedForms,
  data: LabelledImages,
  { limit, seed = 0, signal, onProgress }: ComparisonOptions,
): Promise<LayersCompared> {
  const forms = formsOf(graph);
  const { shown, integer } = forms;
  const layers = layersOf(shown);
  const tallied = [...layers.values()];
  const layerOf = (id: string): ShapedLayer | undefined => layers.get(id);
  const tallies: Readonly<Record<ComparedStep, StepTally>> = {
    float: new StepTally(tallied, causeAfterFile(layerOf)),
    integer: new StepTally(
      tallied,
      causeAfterFloat(layerOf, forms.meaning, (id) => forms.warning?.get(id)),
    ),
    chip: new StepTally(tallied, () => ({ cause: 'another function' }), true),
  };
  const isFloat = shown !== integer;
  const interpreters = {
    ...(integer === undefined ? {} : { integer: createInterpreter(integer) }),
    ...(isFloat ? { float: createInterpreter(shown) } : {}),
    // As the file has it: passes before the integer form move pools and turn the signs of channels.
    ...(isFloat && 'evaluate' in file ? { own: createInterpreter(graph) } : {}),
  };
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('internal error: no input');
  const nPixels = sizeOf(input.shape);
  const counts = codedBuffer(code.code, nPixels);
  const samples = Math.min(limit, data.labels.length);
  const decisions = new Decisions();
  const passedOn = new Map(
    (integer?.nodes ?? []).flatMap((node) =>
      node.kind === 'flatten' || node.kind === 'scores' ? [[node.id, node.input]] : [],
    ),
  );
  /** The layer whose values a layer only passes on, where the chip does not hold them a second time. */
  const holder = (id: string, held: ReadonlyMap<string, unknown>): string => {
    const from = passedOn.get(id);
    return held.has(id) || from === undefined ? id : holder(from, held);
  };
  for (let s = 0; s < samples; s++) {
    await platform.nextTurn();
    signal?.throwIfAborted();
    const image = data.images.subarray(s * nPixels, (s + 1) * nPixels);
    encodeCounts(code.code, image, s, seed, counts);
    const integers = interpreters.integer?.trace(counts);
    const float = interpreters.float?.trace(counts);
    const own = interpreters.own?.trace(counts) ?? present(float ?? integers, 'values of the network');
    const inFile = 'evaluate' in file ? file.evaluate(image) : undefined;
    const ofInteger = (id: string): Float64Array | undefined => integers?.get(forms.integerLayer(id));
    if (inFile !== undefined) tallies.float.add(s, byId(inFile.layers), byId(own));
    if (float !== undefined && integers !== undefined)
      tallies.integer.add(s, byId(float), (id) => realValues(ofInteger(id), forms.meaning(id)));
    if ('read' in chip) {
      const held = chip.read({ images: data.images, index: s, seed });
      tallies.chip.add(s, ofInteger, (id) => held.get(holder(forms.integerLayer(id), held)));
    }
    decisions.add(present(data.labels[s], 'label'), {
      file: inFile?.decision,
      float: decisionOf(interpreters.float, float, shown),
      integer: integer === undefined ? undefined : decisionOf(interpreters.integer, integers, integer),
    });
    onProgress?.(s + 1, samples);
  }
  const unseen: Readonly<Record<ComparedStep, string>> = {
    ...WHY_UNSEEN,
    ...('unseen' in file ? { float: file.unseen } : {}),
    ...('unseen' in chip ? { chip: chip.unseen } : {}),
    ...(integer === undefined ? { integer: NO_INTEGERS } : {}),
  };
  const rows = tallied.map(({ id, elements, node }): LayerComparison => {
    const step = (which: ComparedStep): Deviation | Unseen => tallies[which].of(id) ?? { unseen: unseen[which] };
    return {
      ...{ layer: id, kind: node.kind, elements, integerLayer: forms.integerLayer(id) },
      ...{ float: step('float'), integer: step('integer'), chip: step('chip') },
    };
  });
  return {
    ...{ samples, layers: rows, file: 'unseen' in file ? file.unseen : file.what },
    first: { float: tallies.float.first, integer: tallies.integer.first, chip: tallies.chip.first },
    ...decisions.shares(),
  };
}

/** The layers of a network behind its input, in their order. */
function layersOf(graph: NetworkGraph): ReadonlyMap<string, TalliedLayer & ShapedLayer> {
  const shapes = inferShapes(graph);
  const shape = (id: string): readonly number[] => present(shapes.get(id), `shape of ${id}`);
  return new Map(
    graph.nodes.slice(1).map((node: NetworkNode) => {
      const inputs = inputsOf(node);
      const output = shape(node.id);
      const sizes = { elements: sizeOf(output), channels: channelsOf(output) };
      return [node.id, { id: node.id, node, inputs, output, input: shape(inputs[0] ?? ''), ...sizes }];
    }),
  );
}

const byId =
  (values: ReadonlyMap<string, Float64Array>): ValuesOf =>
  (id) =>
    values.get(id);

/** The integers of a layer as the real numbers that they stand for. */
const realValues = (integers: Float64Array | undefined, meaning: LayerMeaning | undefined): Float64Array | undefined =>
  meaning === undefined ? integers : integers?.map((q, e) => meaning.real(q, e));

function decisionOf(
  interpreter: Interpreter | undefined,
  trace: ReadonlyMap<string, Float64Array> | undefined,
  { nodes }: NetworkGraph,
): number | undefined {
  const scores = trace?.get(present(nodes.at(-1), 'output').id);
  return scores === undefined ? undefined : interpreter?.decide(scores);
}

const FORMS = ['file', 'float', 'integer'] as const;

/** Which classes the forms decide for. */
class Decisions {
  #samples = 0;
  readonly #correct = new Map<string, number>();
  readonly #same = new Map<string, number>();

  add(label: number, found: Readonly<Record<(typeof FORMS)[number], number | undefined>>): void {
    this.#samples++;
    const count = (counts: Map<string, number>, form: string, is: boolean): void => {
      counts.set(form, (counts.get(form) ?? 0) + (is ? 1 : 0));
    };
    let before: number | undefined;
    for (const form of FORMS) {
      const decision = found[form];
      if (decision === undefined) continue;
      count(this.#correct, form, decision === label);
      if (before !== undefined) count(this.#same, form, decision === before);
      before = decision;
    }
  }

  shares(): Pick<LayersCompared, 'accuracy' | 'sameDecision'> {
    const share = (form: string): number | null => {
      const correct = this.#correct.get(form);
      return correct === undefined ? null : correct / this.#samples;
    };
    return {
      accuracy: { file: share('file'), float: share('float'), integer: share('integer') },
      sameDecision: { float: this.#same.get('float') ?? null, integer: this.#same.get('integer') ?? null },
    };
  }
}
