import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { randomNetwork } from '../support/random-network.js';

const graphs = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { averagePool: true }));

test('printing and parsing gives the same network, in both dialects', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      expect(parseNetwork(printNetwork(graph), 'text')).toEqual(graph);
      const integer = lowerToInteger(graph);
      expect(parseNetwork(printNetwork(integer), 'text')).toEqual(integer);
    }),
    { numRuns: 60 },
  );
});

test('writing and reading a model file gives the same network and the same bytes', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const bytes = encodeNetwork(graph);
      const read = decodeNetwork(bytes, 'file');
      expect(read).toEqual(graph);
      expect(encodeNetwork(read)).toEqual(bytes);
    }),
    { numRuns: 60 },
  );
});

test('any flipped byte and any cut of a model file is refused', () => {
  const bytes = encodeNetwork(randomNetwork(3));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      expect(() => decodeNetwork(damaged, 'damaged')).toThrow(UserError);
      expect(() => decodeNetwork(bytes.subarray(0, at), 'cut')).toThrow(UserError);
    }),
    { numRuns: 200 },
  );
});

function diagnosticsOf(f: () => unknown): readonly string[] {
  try {
    f();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  return [];
}

test('every syntax error is reported with its line', () => {
  const text = [
    'lodestone-network 1 float "x"',
    '%a = input',
    '  shape [4',
    '  what',
    '%b = encode %a',
    '  code {"kind":',
  ];
  expect(diagnosticsOf(() => parseNetwork(text.join('\n'), 'net.txt'))).toEqual([
    'syntax net.txt line 3: expected "]" at column 3',
    'syntax net.txt line 4: neither a layer nor a field of one',
    'syntax net.txt line 6: expected a value at column 9',
  ]);
});

const tiny = (nodes: NetworkGraph['nodes']): NetworkGraph => ({
  name: 'tiny',
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'x', shape: [4] },
    { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 128 } },
    ...nodes,
  ],
});

test('an unsupported layer is named with its kind and the kinds there are', () => {
  const text = printNetwork(tiny([{ kind: 'scores', id: 's', input: 'c' }])).replace('scores', 'softmax');
  expect(diagnosticsOf(() => parseNetwork(text, 'net.txt'))).toEqual([
    'unknown-kind net.txt line 6: layer "s" (softmax): unsupported kind "softmax"',
  ]);
});

test('NaN parameters are refused', () => {
  const graph = tiny([
    { kind: 'dense', id: 'd', input: 'c', nOut: 1, weights: Int8Array.of(1, 1, 1, 1), bias: Float64Array.of(NaN) },
    { kind: 'scores', id: 's', input: 'd' },
  ]);
  expect(diagnosticsOf(() => decodeNetwork(encodeNetwork(graph), 'nan.lsn'))).toEqual([
    'bad-value nan.lsn: layer "d" (dense): bias: holds NaN or infinity; every parameter must be a finite number',
  ]);
});

test('all violations of shapes are reported at once', () => {
  const graph = tiny([
    { kind: 'dense', id: 'd', input: 'c', nOut: 2, weights: new Int8Array(7) },
    { kind: 'maxPool', id: 'p', input: 'd', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
    { kind: 'threshold', id: 't', input: 'p', theta: new Int32Array(2), sense: new Uint8Array(3) },
  ]);
  expect(diagnosticsOf(() => decodeNetwork(encodeNetwork(graph), 'bad.lsn'))).toEqual([
    'wrong-shape bad.lsn: layer "d" (dense): weights has 7 elements, the shapes ask for 8',
    'wrong-shape bad.lsn: layer "p" (maxPool): needs an image [height, width, channels], gets [2]',
    'layer-order bad.lsn: layer "t" (threshold): the network must end in its only output layer, votes or scores',
    'wrong-dialect bad.lsn: layer "t" (threshold): this kind of layer does not exist in the float dialect',
    'wrong-shape bad.lsn: layer "t" (threshold): sense has 3 elements, the shapes ask for 2',
  ]);
});
