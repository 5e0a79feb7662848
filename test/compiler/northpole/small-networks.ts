/** Small integer networks for tests of the NorthPole target. */
import type { NetworkGraph, NetworkNode, RequantiseNode } from '../../../src/ir/network/types.js';

/** A requantisation to 0..15. */
export const requantise = (id: string, input: string, fields: Partial<RequantiseNode> = {}): RequantiseNode => ({
  kind: 'requantise',
  id,
  input,
  inputZeroPoint: 0,
  leftShift: 0,
  multiplier: Int32Array.of(1),
  shift: Uint8Array.of(4),
  zeroPoint: 0,
  min: 0,
  max: 15,
  rounding: 'halfUp',
  ...fields,
});

/** Weights that repeat -2..1. */
export const weights = (n: number): Int8Array => Int8Array.from({ length: n }, (_, i) => ((i * 7) % 4) - 2);

const input: readonly NetworkNode[] = [
  { kind: 'input', id: 'image', shape: [8, 8, 3] },
  { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 1 } },
];

const conv = (id: string, from: string, nIn: number, nOut: number): NetworkNode => ({
  kind: 'conv2d',
  id,
  input: from,
  window: [3, 3],
  stride: [1, 1],
  padding: [1, 1, 1, 1],
  nOut,
  groups: 1,
  weights: weights(nOut * 9 * nIn),
  padValue: 0,
});

/** Two convolutions around a residual addition, a pool and a classifier. */
export const residualNetwork: NetworkGraph = {
  name: 'residual',
  dialect: 'integer',
  nodes: [
    ...input,
    conv('a', 'code', 3, 16),
    requantise('qa', 'a'),
    conv('b', 'qa', 16, 16),
    requantise('side', 'qa', { multiplier: Int32Array.of(16), shift: Uint8Array.of(0), max: 255 }),
    { kind: 'add', id: 'sum', inputs: ['b', 'side'] },
    requantise('qb', 'sum'),
    { kind: 'maxPool', id: 'pool', input: 'qb', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    { kind: 'flatten', id: 'flat', input: 'pool' },
    { kind: 'dense', id: 'classes', input: 'flat', nOut: 10, weights: weights(10 * 256) },
    { kind: 'scores', id: 'scores', input: 'classes' },
  ],
};

/** A depthwise and a dilated convolution, a table, a concatenation, a threshold and votes. */
export const branchingNetwork: NetworkGraph = {
  name: 'branching',
  dialect: 'integer',
  nodes: [
    ...input,
    conv('stem', 'code', 3, 12),
    requantise('q', 'stem'),
    {
      kind: 'conv2d',
      id: 'depthwise',
      input: 'q',
      window: [3, 3],
      stride: [2, 2],
      padding: [1, 1, 1, 1],
      nOut: 12,
      groups: 12,
      weights: weights(12 * 9),
      padValue: 0,
    },
    requantise('left', 'depthwise'),
    {
      kind: 'conv2d',
      id: 'dilated',
      input: 'q',
      window: [3, 3],
      stride: [2, 2],
      dilation: [2, 2],
      padding: [2, 2, 2, 2],
      nOut: 20,
      groups: 1,
      weights: weights(20 * 9 * 12),
      padValue: 3,
    },
    requantise('narrow', 'dilated', { max: 7 }),
    { kind: 'lookup', id: 'right', input: 'narrow', inputMin: 0, table: Int16Array.of(0, 0, 1, 2, 4, 6, 10, 15) },
    { kind: 'concat', id: 'both', inputs: ['left', 'right'] },
    { kind: 'sumPool', id: 'pool', input: 'both', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    { kind: 'threshold', id: 'bits', input: 'pool', theta: new Int32Array(32).fill(9), sense: new Uint8Array(32) },
    { kind: 'flatten', id: 'flat', input: 'bits' },
    { kind: 'votes', id: 'votes', input: 'flat', nClasses: 4 },
  ],
};
