/** Layers of sequence models: embeddings, root-mean-square norm and causal attention with its cache. */
import { present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { divideRoundHalfAway, isqrt } from '../../common/fixed-point.js';
import type { AttentionNode, Dialect, EmbeddingNode, RmsNormNode } from '../../ir/network/types.js';
import type { Layer, Sequence, UnaryLayer } from './layer.js';

/** Looks a row up. */
export function embeddingLayer(node: EmbeddingNode, sequence: Sequence, out: Float64Array): UnaryLayer {
  const { table, nOut } = node;
  const scale = node.scale ?? 1;
  const nRows = table.length / nOut;
  return (x) => {
    const row = node.by === 'value' ? x[0]! : sequence.position;
    if (!Number.isInteger(row) || row < 0 || row >= nRows) {
      fail(
        'token-outside-table',
        `layer "${node.id}" (embedding)`,
        `${node.by === 'value' ? 'token' : 'position'} ${row} has no row in a table of ${nRows}`,
        'use tokens of the vocabulary the model was trained with',
      );
    }
    for (let i = 0; i < nOut; i++) out[i] = table[row * nOut + i]! * scale;
    return out;
  };
}

/** Divides by the root of the mean square; see RmsNormNode. */
export function rmsNormLayer(node: RmsNormNode, dialect: Dialect, out: Float64Array): UnaryLayer {
  const { gain, min, max } = node;
  const one = 2 ** node.fraction;
  return (x) => {
    let squares = 0;
    for (let i = 0; i < out.length; i++) squares += x[i]! * x[i]!;
    if (dialect === 'float') {
      const root = Math.sqrt(squares / out.length + 2 ** -20);
      for (let i = 0; i < out.length; i++) out[i] = (x[i]! * gain[i]!) / root;
      return out;
    }
    const root = Math.max(1, isqrt(one * one * squares));
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.min(Math.max(divideRoundHalfAway(x[i]! * gain[i]! * one, root), min), max);
    }
    return out;
  };
}

/** Attends to every token so far; see AttentionNode. */
export function attentionLayer(node: AttentionNode, dialect: Dialect, sequence: Sequence, out: Float64Array): Layer {
  const width = out.length;
  const depth = width / node.heads;
  const keys = new Float64Array(node.context * width);
  const values = new Float64Array(node.context * width);
  const scores = new Float64Array(node.context);
  const weigh = dialect === 'integer' ? integerWeights(node) : softmaxWeights(present(node.scale, 'scale'));
  return ([query, key, value]) => {
    const nTokens = sequence.position + 1;
    keys.set(key!, sequence.position * width);
    values.set(value!, sequence.position * width);
    for (let first = 0; first < width; first += depth) {
      for (let j = 0; j < nTokens; j++) {
        let score = 0;
        for (let i = first; i < first + depth; i++) score += query![i]! * keys[j * width + i]!;
        scores[j] = score;
      }
      const total = weigh(scores, nTokens);
      for (let i = first; i < first + depth; i++) {
        let sum = 0;
        for (let j = 0; j < nTokens; j++) sum += scores[j]! * values[j * width + i]!;
        out[i] = dialect === 'integer' ? divideRoundHalfAway(sum, total) : sum / total;
      }
    }
    return out;
  };
}

/** Turns the first n scores into weights in place and returns their sum. */
type Weigh = (scores: Float64Array, n: number) => number;

function integerWeights(node: AttentionNode): Weigh {
  const multiplier = present(node.multiplier, 'multiplier');
  const divisor = 2 ** present(node.shift, 'shift');
  const table = present(node.expTable, 'expTable');
  return (scores, n) => {
    const most = maximum(scores, n);
    let total = 0;
    for (let j = 0; j < n; j++) {
      const step = Math.floor(((most - scores[j]!) * multiplier) / divisor);
      scores[j] = table[Math.min(255, step)]!;
      total += scores[j]!;
    }
    return total;
  };
}

/** The float dialect is not bit exact between machines here: Math.exp may differ in its last bit. */
function softmaxWeights(scale: number): Weigh {
  return (scores, n) => {
    const most = maximum(scores, n);
    let total = 0;
    for (let j = 0; j < n; j++) {
      scores[j] = Math.exp(scale * (scores[j]! - most));
      total += scores[j]!;
    }
    return total;
  };
}

function maximum(scores: Float64Array, n: number): number {
  let most = -Infinity;
  for (let j = 0; j < n; j++) most = Math.max(most, scores[j]!);
  return most;
}
