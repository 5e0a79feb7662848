/**
 * What the verifier says about the numbers in an integer network: every sum in 32 bits, every product that is rounded exact, every
 * index inside its table. Runs on graphs whose structure is sound.
 */
import { INT32_MAX, INT32_MIN, EXACT_LIMIT } from '../../common/fixed-point.js';
import { present } from '../../common/assert.js';
import { averageWindows } from './average.js';
import { inferRanges, type ValueRange, wholeRange } from './ranges.js';
import { inferShapes, sizeOf } from './shapes.js';
import {
  type AttentionNode,
  type AvgPoolNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type RequantiseNode,
  type RmsNormNode,
  type Shape,
} from './types.js';

/** Reports a finding at a layer. */
export type NodeReport = (node: NetworkNode, code: string, message: string, remedy: string) => void;

/** Checks the ranges of every value of a structurally sound integer network. */
export function checkRanges(graph: NetworkGraph, report: NodeReport): void {
  const shapes = inferShapes(graph);
  const ranges = inferRanges(graph);
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => present(ranges.get(id), 'range'));
    const inputShapes = inputsOf(node).map((id) => present(shapes.get(id), 'shape'));
    const range = present(ranges.get(node.id), 'range');
    checkNode(node, { inputs, inputShapes, range }, (code, message, remedy) => report(node, code, message, remedy));
  }
}

interface Surroundings {
  readonly inputs: readonly ValueRange[];
  readonly inputShapes: readonly Shape[];
  readonly range: ValueRange;
}

/** Reports a finding at the layer that is being checked. */
export type Report = (code: string, message: string, remedy: string) => void;

function checkNode(node: NetworkNode, { inputs, inputShapes, range }: Surroundings, report: Report): void {
  const input = inputs[0];
  if (input === undefined) return;
  switch (node.kind) {
    case 'dense':
    case 'blockDense':
    case 'conv2d':
    case 'sumPool':
    case 'add':
    case 'multiply': {
      const [low, high] = wholeRange(range);
      if (low < INT32_MIN || high > INT32_MAX) {
        report(
          'sum-overflow',
          `its sums reach ${low}..${high}, beyond 32 bits`,
          'requantise its inputs to fewer bits, or use smaller weights or fewer inputs',
        );
      }
      return;
    }
    case 'avgPool':
      checkAverage(node, input, inputShapes[0] ?? [], report);
      return;
    case 'requantise':
      checkRequantise(node, input, report);
      return;
    case 'lookup': {
      const [low, high] = wholeRange(input);
      const last = node.inputMin + node.table.length - 1;
      if (low < node.inputMin || high > last) {
        report(
          'lookup-domain',
          `its input reaches ${low}..${high}, the table covers ${node.inputMin}..${last}`,
          'requantise the input into the domain of the table',
        );
      }
      return;
    }
    case 'embedding': {
      const [low] = wholeRange(input);
      if (node.by === 'value' && low < 0) {
        report('embedding-domain', `its input reaches ${low}, rows count from 0`, 'use an input code with zeroPoint 0');
      }
      return;
    }
    case 'rmsNorm':
      checkRmsNorm(node, input, sizeOf(inputShapes[0] ?? []), report);
      return;
    case 'attention':
      checkAttention(node, inputs, sizeOf(inputShapes[0] ?? []), report);
      return;
    case 'input':
    case 'encode':
    case 'maxPool':
    case 'flatten':
    case 'threshold':
    case 'concat':
    case 'extremum':
    case 'rearrange':
    case 'votes':
    case 'scores':
    case 'integerNeuron':
    case 'delay':
    case 'neuron':
    case 'batchNorm':
    case 'sign':
    case 'step':
    case 'relu':
    case 'clip':
    case 'function':
    case 'quantise':
      return;
  }
}

/** The sum of a window, the product with the factor and the average itself. */
function checkAverage(node: AvgPoolNode, input: ValueRange, shape: Shape, report: Report): void {
  const taps = averageWindows(node, shape).inside.reduce((most, n) => Math.max(most, n), 0);
  const factor = node.factor ?? 1;
  const sum = magnitude(input) * taps;
  const average = magnitude(input) * factor;
  if (sum > INT32_MAX || average > INT32_MAX) {
    const what = sum > INT32_MAX ? `sums reach ${sum}` : `averages reach ${average}`;
    report(
      'sum-overflow',
      `its ${what}, beyond 32 bits`,
      'requantise its input to fewer bits, or use a smaller factor',
    );
  } else if (sum * factor >= EXACT_AVERAGE) {
    report(
      'average-overflow',
      `its sums times ${factor} reach 2^${bits(sum * factor)}, only averages of those below 2^52 are exact`,
      'use a smaller factor',
    );
  }
}

/** A quotient of float64 numbers is on the right side of every half while its numerator stays below this. */
const EXACT_AVERAGE = EXACT_LIMIT / 2;

const magnitude = (range: ValueRange): number => {
  const [low, high] = wholeRange(range);
  return Math.max(Math.abs(low), Math.abs(high));
};

const bits = (limit: number): string => Math.log2(limit).toFixed(2);

function checkRequantise(node: RequantiseNode, input: ValueRange, report: Report): void {
  const n = Math.max(input.low.length, node.multiplier.length, node.addend?.length ?? 1);
  let largest = 0;
  let widest = 0;
  for (let c = 0; c < n; c++) {
    const multiplier = node.multiplier[c % node.multiplier.length]!;
    const addend = node.addend?.[c % node.addend.length] ?? 0;
    for (const x of [input.low[c % input.low.length]!, input.high[c % input.high.length]!]) {
      const shifted = (x - node.inputZeroPoint) * 2 ** node.leftShift;
      const product = shifted * multiplier;
      largest = Math.max(largest, Math.abs(product), Math.abs(product + addend));
      widest = Math.max(widest, shifted >= 0 ? shifted : -shifted - 1);
    }
  }
  if (node.rounding === 'gemmlowp') {
    if (widest > INT32_MAX) {
      report(
        'requantise-overflow',
        `its input times 2^${node.leftShift} reaches 2^${bits(widest)}, gemmlowp multiplies 32-bit integers`,
        'use a smaller leftShift or smaller sums',
      );
    }
  } else if (largest >= EXACT_LIMIT) {
    report(
      'requantise-overflow',
      `its products reach 2^${bits(largest)}, only those below 2^53 are exact`,
      'use a multiplier with fewer bits and a smaller shift, or smaller sums',
    );
  }
}

function checkRmsNorm(node: RmsNormNode, input: ValueRange, n: number, report: Report): void {
  const period = input.low.length;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    squares += Math.max(input.low[i % period]! ** 2, input.high[i % period]! ** 2);
  }
  const gain = node.gain.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const reached = Math.max(squares * 4 ** node.fraction, magnitude(input) * gain * 2 ** node.fraction);
  if (reached < EXACT_LIMIT) return;
  report(
    'norm-overflow',
    `its squares or products reach 2^${bits(reached)}, only those below 2^53 are exact`,
    'use a smaller fraction or gain, or requantise its input to fewer bits',
  );
}

function checkAttention(node: AttentionNode, inputs: readonly ValueRange[], width: number, report: Report): void {
  const [query, key, value] = inputs.map(magnitude);
  const score = (width / node.heads) * (query ?? 0) * (key ?? 0);
  if (score > INT32_MAX) {
    report('sum-overflow', `its scores reach ${score}, beyond 32 bits`, 'requantise query and key to fewer bits');
  }
  const reached = Math.max(2 * score * (node.multiplier ?? 1), node.context * 255 * (value ?? 0) * 2);
  if (reached >= EXACT_LIMIT) {
    report(
      'attention-overflow',
      `its products reach 2^${bits(reached)}, only those below 2^53 are exact`,
      'use a smaller multiplier and shift',
    );
  }
}
