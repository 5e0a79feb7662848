/**
 * Layers of sequence models in integers.
 *
 * - embedding: rows of integers already; exact.
 * - rmsNorm with the quantiser behind it: one integer norm whose gains carry sqrt(n) and the quantiser's step, rounded to integers. It does not
 *   depend on the scale of its input.
 * - attention: scores of integers; a table of 256 entries for exp, which falls from 255 by 2.4 % per entry to below 1; the result is rounded to steps
 *   of the value. A quantiser of another step follows as a requantisation.
 */
import { present } from '../../common/assert.js';
import { integerWeights } from '../../ir/network/linear.js';
import { quantiseLevels } from '../../ir/network/quantise.js';
import type { AttentionNode, EmbeddingNode, QuantiseNode, RmsNormNode, Shape } from '../../ir/network/types.js';
import { multiples, type Problem, type Step, type Value } from './integer-value.js';

/** Entries of the table: exp is looked up at distances 0, d, 2 d, ... from the largest score. */
const ENTRIES = 256;
/** e^-d with d = ln(510) / 255: the last entry stands for weights below half of 1/255. */
const RATIO = 0.9758477783749099;
const DISTANCE = 0.024448669512621063;

/** A row of integers times the scale of the table. */
export function lowerEmbedding(node: EmbeddingNode, before: Value, shape: Shape): Step {
  const scale = node.scale ?? 1;
  if (!(node.table instanceof Int8Array)) {
    return {
      nodes: [],
      value: multiples(node.id, shape, scale, [-128, 127]),
      problem: ['real-weights', 'its rows are real numbers', 'quantise the table to integers with a scale'],
    };
  }
  const table = integerWeights(node.table);
  const low = table.reduce((a, b) => Math.min(a, b), 127);
  const high = table.reduce((a, b) => Math.max(a, b), -128);
  const { id, by, nOut } = node;
  const lowered: EmbeddingNode = { id, kind: 'embedding', input: before.id, by, nOut, table };
  const { problem } = plain(before);
  const isToken = by === 'position' || before.scale === 1;
  const step: Problem = [
    'token-step',
    `its input counts in steps of ${before.scale}, rows are counted in ones`,
    'use an integer input code of step 1',
  ];
  return {
    nodes: [lowered],
    value: multiples(id, shape, scale, [low, high]),
    ...(problem === undefined ? (isToken ? {} : { problem: step }) : { problem }),
  };
}

/** A norm waits for its quantiser. */
export function waitingNorm(node: RmsNormNode, before: Value, shape: Shape): Step {
  const value = { ...multiples(node.id, shape, 1, [-1, 1]), kind: 'sum' as const, norm: { node, input: before.id } };
  return { nodes: [], value, ...plain(before) };
}

/** The norm and its quantiser. */
export function quantisedNorm(
  quantise: QuantiseNode,
  { node, input }: { readonly node: RmsNormNode; readonly input: string },
): Step {
  const [min, max] = quantiseLevels(quantise);
  const unit = Math.sqrt(node.gain.length) / quantise.step;
  const gain = node.gain.map((g) => Math.round(g * unit));
  const value = multiples(quantise.id, [gain.length], quantise.step, [min, max]);
  if (!gain.every((g) => Number.isSafeInteger(g))) {
    const problem: Problem = [
      'gain-overflow',
      `its gains of up to ${largest(node.gain).toPrecision(3)} times ${unit.toPrecision(3)} (the root of ${gain.length} over the step behind it) are no integers below 2^53`,
      'use smaller gains, or a larger step in the quantise activation behind the norm',
    ];
    return { nodes: [], value, problem };
  }
  const off = gain.reduce((most, g, i) => Math.max(most, Math.abs(g - present(node.gain[i], 'gain') * unit)), 0);
  const { fraction } = node;
  const lowered: RmsNormNode = { id: quantise.id, kind: 'rmsNorm', input, gain, fraction, min, max };
  // 1e-6: what is left of gains that were integers times the unit before.
  if (off < 1e-6) return { nodes: [lowered], value };
  const warning: Problem = [
    'rounded-gains',
    `gains are rounded to integers up to ${String(largest(gain))}, off by at most ${off.toFixed(3)}`,
    'accept it, or train with gains that are multiples of step / sqrt(n)',
  ];
  return { nodes: [lowered], value, warning };
}

const largest = (values: Float64Array): number => values.reduce((most, g) => Math.max(most, Math.abs(g)), 0);

/** Attention on integers; its result is in steps of the value. */
export function lowerAttention(
  node: AttentionNode,
  [query, key, value]: readonly [Value, Value, Value],
  shape: Shape,
): Step {
  const perDistance = ((node.scale ?? 1) * query.scale * key.scale) / DISTANCE;
  // A multiplier of 24 bits: differences of scores stay below 2^29, so products are exact in float64.
  let shift = 0;
  while (shift < 52 && perDistance * 2 ** (shift + 1) < 2 ** 24) shift++;
  // Beyond these a difference of 1 is past the end of the table, or one of 2^52 still at its first entry.
  const multiplier = Math.min(Math.max(1, Math.round(perDistance * 2 ** shift)), 2 ** 24);
  const { id, heads, context } = node;
  const lowered: AttentionNode = {
    ...{ id, kind: 'attention', inputs: [query.id, key.id, value.id], heads, context },
    ...{ multiplier, shift, expTable: exponentials() },
  };
  const low = value.low.reduce((a, b) => Math.min(a, b), Infinity);
  const high = value.high.reduce((a, b) => Math.max(a, b), -Infinity);
  const problem = [query, key, value].map(plain).find((found) => found.problem !== undefined);
  return {
    nodes: [lowered],
    value: multiples(id, shape, value.scale, [low, high]),
    warning: [
      'attention-table',
      `weights come from a table of ${ENTRIES} entries: each is off by at most ${((Math.sqrt(1 / RATIO) - 1) * 100).toFixed(1)} % of itself and 1/510 of the largest`,
      'accept it: the chip has no exponential',
    ],
    ...problem,
  };
}

/** The table: entry 0 for the largest score itself, entry i for distances around i + 1/2. Products only: no function a machine may round its own way. */
function exponentials(): Uint8Array {
  const table = new Uint8Array(ENTRIES);
  table[0] = 255;
  let weight = 255 * Math.sqrt(RATIO);
  for (let i = 1; i < ENTRIES; i++) {
    weight *= RATIO;
    table[i] = Math.round(weight);
  }
  table[ENTRIES - 1] = 0;
  return table;
}

/** Layers of sequence models read multiples of a step. */
function plain(value: Value): { readonly problem?: Problem } {
  const isPlain =
    value.kind === 'count' && value.constant.every((c) => c === 0) && value.zeroPoint === 0 && value.divisor === 1;
  if (isPlain) return {};
  return {
    problem: [
      'missing-activation',
      `it reads "${value.id}", which is no multiple of a step`,
      'put a quantise activation before it',
    ],
  };
}
