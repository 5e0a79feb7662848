/**
 * A decoder-only transformer, quantised wherever its values meet a matrix, the cache or the residual stream:
 *
 * ```
 *  token, position tables -+-> Q -> x --norm-Q-> q,k,v -Q-> attention -Q-> matrix -(+ x)-> Q -> x --norm-Q-> matrix -relu Q-> matrix -(+ x)-> Q ...
 * ```
 * The whole stream has one step, the attention's result that of its values.
 */
import { present } from '../../common/assert.js';
import { sumsForm } from '../../data/sums.js';
import { addLastPositions, attention, attentionGradient, type AttentionValues, lastPositions } from './functions.js';
import {
  addTo,
  linearLayer,
  linearParameters,
  type LinearParameters,
  normalValues,
  normLayer,
  quantiseLayer,
  stepParameter,
  sum,
} from './layers.js';
import { type SequenceParameter, sequenceParameter } from './parameter.js';
import { quantise, quantiseGradient, rangeOf } from './quantise.js';
import type { SequenceRecipe } from './recipe.js';

/** Parameters of one block. */
export interface BlockParameters {
  readonly norm1: SequenceParameter;
  readonly norm2: SequenceParameter;
  readonly query: LinearParameters;
  readonly key: LinearParameters;
  readonly value: LinearParameters;
  readonly project: LinearParameters;
  readonly expand: LinearParameters;
  readonly contract: LinearParameters;
  /** Steps of both norms' results, of query, key and value (and the attention's result), of the hidden layer. */
  readonly norm1Step: SequenceParameter;
  readonly norm2Step: SequenceParameter;
  readonly queryStep: SequenceParameter;
  readonly keyStep: SequenceParameter;
  readonly valueStep: SequenceParameter;
  readonly hiddenStep: SequenceParameter;
}

/** All parameters of a transformer. */
export interface TransformerParameters {
  /** [vocabulary, width] */
  readonly tokens: SequenceParameter;
  /** [context, width] */
  readonly positions: SequenceParameter;
  /** Of the residual stream and both tables. */
  readonly streamStep: SequenceParameter;
  readonly blocks: readonly BlockParameters[];
  readonly norm: SequenceParameter;
  readonly normStep: SequenceParameter;
  readonly output: LinearParameters;
}

/** Activations, cache, residual stream and tables. */
export const VALUE_BITS = 8;
const SIGNED = rangeOf(VALUE_BITS, true);
const UNSIGNED = rangeOf(VALUE_BITS, false);
/** The stream grows with every block: the first batch's embedding fills a third of its range. */
const STREAM_HEADROOM = 3;
const TABLE_DEVIATION = 0.5;

/** A model ready to train. */
export interface SequenceModel {
  readonly recipe: SequenceRecipe;
  readonly vocabulary: number;
  readonly context: number;
  readonly parameters: TransformerParameters;
  /** Logits [sequences, context - from, vocabulary] for tokens [sequences, context]. */
  forward(tokens: Uint8Array, from: number): Float32Array;
  /** Adds to the gradients of all parameters, for the last forward pass. */
  backward(gradient: Float32Array): void;
}

/** Parameters of a recipe as it begins, a function of its seed. */
export function initialParameters(recipe: SequenceRecipe, vocabulary: number, context: number): TransformerParameters {
  const { width, layers, hidden, weightBits, outputBits } = recipe.model;
  const decay = recipe.training.weightDecay;
  let count = 0;
  const linear = (name: string, nIn: number, nOut: number, { bits = weightBits, gain = 1 } = {}): LinearParameters =>
    linearParameters(
      name,
      { nIn, nOut, bits },
      normalValues(recipe.seed, count++, nIn * nOut, gain / Math.sqrt(nIn)),
      decay,
    );
  const table = (name: string, rows: number): SequenceParameter =>
    sequenceParameter(name, normalValues(recipe.seed, count++, rows * width, TABLE_DEVIATION));
  const gains = (name: string): SequenceParameter => sequenceParameter(name, new Float32Array(width).fill(1));
  // What a block adds to the stream begins small, so that the stream of many blocks keeps its size.
  const gain = 1 / Math.sqrt(2 * layers);
  const block = (name: string): BlockParameters => ({
    norm1: gains(`${name}.norm1`),
    norm2: gains(`${name}.norm2`),
    query: linear(`${name}.query`, width, width),
    key: linear(`${name}.key`, width, width),
    value: linear(`${name}.value`, width, width),
    project: linear(`${name}.project`, width, width, { gain }),
    expand: linear(`${name}.expand`, width, hidden),
    contract: linear(`${name}.contract`, hidden, width, { gain }),
    norm1Step: stepParameter(`${name}.norm1`),
    norm2Step: stepParameter(`${name}.norm2`),
    queryStep: stepParameter(`${name}.query`),
    keyStep: stepParameter(`${name}.key`),
    valueStep: stepParameter(`${name}.value`),
    hiddenStep: stepParameter(`${name}.hidden`),
  });
  return {
    tokens: table('tokens', vocabulary),
    positions: table('positions', context),
    streamStep: stepParameter('stream'),
    blocks: Array.from({ length: layers }, (_, i) => block(`block${i + 1}`)),
    norm: gains('norm'),
    normStep: stepParameter('norm'),
    output: linear('output', width, vocabulary, { bits: outputBits }),
  };
}

/** Every trained array, in a fixed order. */
export function allParameters(parameters: TransformerParameters): readonly SequenceParameter[] {
  const ofLinear = ({ weights, logSteps }: LinearParameters): SequenceParameter[] => [weights, logSteps];
  const ofBlock = (b: BlockParameters): SequenceParameter[] => [
    ...[b.norm1, b.norm2, b.norm1Step, b.norm2Step, b.queryStep, b.keyStep, b.valueStep, b.hiddenStep],
    ...[b.query, b.key, b.value, b.project, b.expand, b.contract].flatMap(ofLinear),
  ];
  const { tokens, positions, streamStep, blocks, norm, normStep, output } = parameters;
  return [tokens, positions, streamStep, ...blocks.flatMap(ofBlock), norm, normStep, ...ofLinear(output)];
}

/** Builds the model of a recipe. */
export function buildSequenceModel(recipe: SequenceRecipe, vocabulary: number): SequenceModel {
  const context = sumsForm(recipe.data.digits).inputs;
  const parameters = initialParameters(recipe, vocabulary, context);
  const { width } = recipe.model;
  const { streamStep } = parameters;
  const embedding = embeddingLayer(parameters, width, context);
  const stream = quantiseLayer(streamStep, SIGNED, STREAM_HEADROOM);
  const blocks = parameters.blocks.map((block) => blockLayer(block, streamStep, { ...recipe.model, tokens: context }));
  const head = [
    normLayer(parameters.norm),
    quantiseLayer(parameters.normStep, SIGNED),
    linearLayer(parameters.output),
  ] as const;
  let answersFrom = 0;
  return {
    recipe,
    vocabulary,
    context,
    parameters,
    forward: (tokens, from) => {
      answersFrom = from;
      let x = stream.forward(embedding.forward(tokens));
      // Only the last block's answers are read: before it every position matters as a key.
      blocks.forEach((block, i) => {
        x = block.forward(x, i === blocks.length - 1 ? from : 0);
      });
      return head.reduce((value, layer) => layer.forward(value), x);
    },
    backward: (gradient) => {
      let dx = head.reduceRight((value, layer) => layer.backward(value), gradient);
      for (let i = blocks.length - 1; i >= 0; i--) {
        dx = present(blocks[i], 'block').backward(dx, i === blocks.length - 1 ? answersFrom : 0);
      }
      embedding.backward(stream.backward(dx));
    },
  };
}

interface TokenLayer {
  forward(tokens: Uint8Array): Float32Array;
  backward(dy: Float32Array): void;
}

/** Row of the token plus row of the position, both quantised to the stream's step. */
function embeddingLayer(parameters: TransformerParameters, width: number, context: number): TokenLayer {
  const { tokens: tokenTable, positions, streamStep } = parameters;
  let input: Uint8Array = new Uint8Array(0);
  return {
    forward: (tokens) => {
      input = tokens;
      // The first batch fixes the step by the size of the tables.
      if (Number.isNaN(streamStep.value[0]))
        quantiseLayer(streamStep, SIGNED, STREAM_HEADROOM).forward(tokenTable.value);
      const rows = quantise(tokenTable.value, streamStep.value, SIGNED);
      const places = quantise(positions.value, streamStep.value, SIGNED);
      const out = new Float32Array(tokens.length * width);
      tokens.forEach((token, t) => {
        const place = (t % context) * width;
        for (let i = 0; i < width; i++) out[t * width + i] = rows[token * width + i]! + places[place + i]!;
      });
      return out;
    },
    backward: (dy) => {
      const dRows = new Float32Array(tokenTable.value.length);
      const dPlaces = new Float32Array(positions.value.length);
      input.forEach((token, t) => {
        const place = (t % context) * width;
        for (let i = 0; i < width; i++) {
          dRows[token * width + i]! += dy[t * width + i]!;
          dPlaces[place + i]! += dy[t * width + i]!;
        }
      });
      for (const [table, gradient] of [
        [tokenTable, dRows],
        [positions, dPlaces],
      ] as const) {
        const from = { x: table.value, logSteps: streamStep.value, range: SIGNED };
        addTo(table.gradient, quantiseGradient(from, gradient, streamStep.gradient));
      }
    },
  };
}

interface BlockLayer {
  /** [sequences, tokens, width] to [sequences, tokens - from, width]. */
  forward(x: Float32Array, from: number): Float32Array;
  backward(dy: Float32Array, from: number): Float32Array;
}

function blockLayer(
  block: BlockParameters,
  streamStep: SequenceParameter,
  { width, heads, tokens }: { readonly width: number; readonly heads: number; readonly tokens: number },
): BlockLayer {
  const norm1 = [normLayer(block.norm1), quantiseLayer(block.norm1Step, SIGNED)] as const;
  const query = [linearLayer(block.query), quantiseLayer(block.queryStep, SIGNED)] as const;
  const key = [linearLayer(block.key), quantiseLayer(block.keyStep, SIGNED)] as const;
  const value = [linearLayer(block.value), quantiseLayer(block.valueStep, SIGNED)] as const;
  const attended = quantiseLayer(block.valueStep, SIGNED);
  const project = linearLayer(block.project);
  const middle = quantiseLayer(streamStep, SIGNED);
  const mlp = [
    normLayer(block.norm2),
    quantiseLayer(block.norm2Step, SIGNED),
    linearLayer(block.expand),
    quantiseLayer(block.hiddenStep, UNSIGNED),
    linearLayer(block.contract),
  ] as const;
  const end = quantiseLayer(streamStep, SIGNED);
  const depth = width / heads;
  let values: AttentionValues | undefined;
  let weights: Float32Array = new Float32Array(0);
  return {
    forward: (x, from) => {
      const h = forwardAll(norm1, x);
      values = {
        query: forwardAll(query, lastPositions(h, tokens, from, width)),
        key: forwardAll(key, h),
        value: forwardAll(value, h),
      };
      const result = attention(values, { tokens, from, heads, depth });
      weights = result.weights;
      const added = project.forward(attended.forward(result.out));
      const y = middle.forward(sum(lastPositions(x, tokens, from, width), added));
      return end.forward(sum(y, forwardAll(mlp, y)));
    },
    backward: (dy, from) => {
      const dEnd = end.backward(dy);
      const dMiddle = middle.backward(sum(dEnd, backwardAll(mlp, dEnd)));
      const dOut = attended.backward(project.backward(dMiddle));
      const d = attentionGradient(present(values, 'forward pass'), weights, dOut, { tokens, from, heads, depth });
      const dh = sum(backwardAll(key, d.key), backwardAll(value, d.value));
      addLastPositions(dh, backwardAll(query, d.query), { tokens, from, width });
      const dx = backwardAll(norm1, dh);
      addLastPositions(dx, dMiddle, { tokens, from, width });
      return dx;
    },
  };
}

type Chain = readonly { forward(x: Float32Array): Float32Array; backward(dy: Float32Array): Float32Array }[];

function forwardAll(layers: Chain, x: Float32Array): Float32Array {
  return layers.reduce((value, layer) => layer.forward(value), x);
}

function backwardAll(layers: Chain, dy: Float32Array): Float32Array {
  return layers.reduceRight((value, layer) => layer.backward(value), dy);
}
