import { describe, expect, it } from 'vitest';
import type { NetworkGraph, NetworkNode, RequantiseNode, ScoresNode } from '../../src/ir/network/types.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';

const head: readonly NetworkNode[] = [
  { kind: 'input', id: 'x', shape: [4] },
  { kind: 'encode', id: 'c', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
];

function found(dialect: 'float' | 'integer', nodes: readonly NetworkNode[], start = head): readonly string[] {
  const graph: NetworkGraph = { name: 'g', dialect, nodes: [...start, ...nodes] };
  return verifyNetwork(graph).map((d) => `${d.code} ${d.place.replace(/^.*"(.*)".*$/, '$1')}: ${d.message}`);
}

const dense = (id: string, input: string, weights: readonly number[], nOut = 1): NetworkNode => ({
  kind: 'dense',
  id,
  input,
  nOut,
  weights: Int8Array.from(weights),
});
const scores = (input: string): ScoresNode => ({ kind: 'scores', id: 's', input });
const requantise = (fields: Partial<RequantiseNode>): RequantiseNode => ({
  kind: 'requantise',
  id: 'q',
  input: 'c',
  inputZeroPoint: 0,
  leftShift: 0,
  multiplier: Int32Array.of(1),
  shift: Uint8Array.of(0),
  zeroPoint: 0,
  min: 0,
  max: 255,
  rounding: 'halfUp',
  ...fields,
});

describe('a graph', () => {
  it('may branch and join, in both dialects', () => {
    const nodes: NetworkNode[] = [
      { kind: 'add', id: 'a', inputs: ['c', 'c'] },
      { kind: 'concat', id: 'j', inputs: ['a', 'c', 'a'] },
      scores('j'),
    ];
    expect(found('integer', nodes)).toEqual([]);
    expect(found('float', nodes)).toEqual([]);
  });

  it('names every input that does not stand above, and every value that nothing reads', () => {
    expect(
      found('integer', [
        { kind: 'add', id: 'a', inputs: ['later', 'c'] },
        dense('later', 'c', [1, 1, 1, 1]),
        scores('c'),
      ]),
    ).toEqual(['unknown-input a: its input "later" is not a layer above it', 'unused-value a: no layer reads it']);
    expect(found('integer', [dense('d', 'c', [1, 1, 1, 1]), scores('c')])).toEqual([
      'unused-value d: no layer reads it',
    ]);
  });

  it('joins values that fit', () => {
    const image: readonly NetworkNode[] = [
      { kind: 'input', id: 'x', shape: [2, 2, 1] },
      { kind: 'encode', id: 'c', input: 'x', code: { kind: 'threshold', level: 1 } },
    ];
    const pool = { window: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0] } as const;
    expect(
      found(
        'integer',
        [
          { kind: 'maxPool', id: 'p', input: 'c', ...pool },
          { kind: 'add', id: 'a', inputs: ['p', 'c'] },
          { kind: 'concat', id: 'j', inputs: ['p', 'c', 'a'] },
          { kind: 'flatten', id: 'f', input: 'j' },
          scores('f'),
        ],
        image,
      ),
    ).toEqual([
      'wrong-shape a: its inputs have different shapes: [1, 1, 1], [2, 2, 1]',
      'wrong-shape j: its inputs differ before the last dimension: [1, 1, 1], [2, 2, 1], [1, 1, 1]',
    ]);
  });
});

describe('a dialect', () => {
  it('has no layers and fields of the other: float in integer', () => {
    const nodes: NetworkNode[] = [
      { kind: 'relu', id: 'r', input: 'c' },
      { kind: 'quantise', id: 'q', input: 'r', step: 1, bits: 4, signed: false },
      {
        kind: 'dense',
        id: 'd',
        input: 'q',
        nOut: 4,
        weights: new Float32Array(16),
        scale: Float64Array.of(0.5),
        bias: Float64Array.of(0.5, 1, 1, 1),
      },
      {
        kind: 'attention',
        id: 'a',
        inputs: ['d', 'd', 'd'],
        heads: 2,
        context: 4,
        scale: 1,
      },
      { kind: 'rmsNorm', id: 'n', input: 'a', gain: Float64Array.of(0.5, 1, 1, 1), fraction: 4, min: -8, max: 7 },
      scores('n'),
    ];
    expect(found('integer', nodes).map((text) => text.replace(/^wrong-dialect /, ''))).toEqual([
      'r: this kind of layer does not exist in the integer dialect',
      'q: this kind of layer does not exist in the integer dialect',
      'd: scale belongs to the float dialect',
      'd: its weights are real numbers',
      'd: its bias is not a vector of integers',
      'a: the integer dialect needs multiplier',
      'a: the integer dialect needs shift',
      'a: the integer dialect needs expTable',
      'a: scale belongs to the float dialect',
      'n: its gain is not a vector of integers',
    ]);
  });

  it('has no layers and fields of the other: integer in float', () => {
    const nodes: NetworkNode[] = [
      requantise({}),
      { kind: 'lookup', id: 'l', input: 'q', inputMin: 0, table: new Int16Array(256) },
      { kind: 'attention', id: 'a', inputs: ['l', 'l', 'l'], heads: 2, context: 4, multiplier: 1, shift: 0 },
      { ...scores('a'), steps: [{ kind: 'add', by: new Float64Array(4) }] },
    ];
    expect(found('float', nodes).map((text) => text.replace(/^wrong-dialect /, ''))).toEqual([
      'q: this kind of layer does not exist in the float dialect',
      'l: this kind of layer does not exist in the float dialect',
      'a: the float dialect needs scale',
      'a: multiplier belongs to the integer dialect',
      'a: shift belongs to the integer dialect',
      's: steps belong to the integer dialect',
    ]);
  });
});

describe('parameters', () => {
  it('have the lengths and values their layers ask for, all reported at once', () => {
    const nodes: NetworkNode[] = [
      requantise({ multiplier: Int32Array.of(1, 2), min: 3, max: 2, rounding: 'gemmlowp', addend: Float64Array.of(1) }),
      {
        kind: 'dense',
        id: 'd',
        input: 'c',
        nOut: 4,
        weights: Int8Array.from({ length: 16 }, (_, i) => i),
        weightBits: 4,
      },
      {
        kind: 'attention',
        id: 'a',
        inputs: ['d', 'd', 'd'],
        heads: 3,
        context: 4,
        multiplier: 1,
        shift: 0,
        expTable: new Uint8Array(256),
      },
      { kind: 'embedding', id: 'e', input: 'a', by: 'value', nOut: 3, table: new Int8Array(4) },
      { kind: 'add', id: 'j', inputs: ['q', 'e'] },
      {
        ...scores('j'),
        steps: [
          { kind: 'add', by: new Float64Array(4) },
          { kind: 'multiply', by: new Float64Array(5) },
        ],
      },
    ];
    expect(found('integer', nodes)).toEqual([
      'wrong-shape q: multiplier has 2 elements, the shapes ask for 1 or 4',
      'bad-value q: its smallest output 3 is above its largest 2',
      'bad-value q: gemmlowp divides by at least 2^31, a shift is 0',
      'bad-value q: gemmlowp rounding takes no addend',
      'weight-bits d: 8 of 16 weights are outside -8..7, the range of 4-bit weights',
      'wrong-shape a: 4 features do not divide into 3 heads',
      'bad-value a: expTable must fall from 255',
      'wrong-shape e: reads one token, shape [1], gets [4]',
      'wrong-shape e: its table has 4 elements, rows have 3',
      'wrong-shape s: steps.1.by has 5 elements, the shapes ask for 4',
    ]);
  });

  it('refuses padded taps that contribute what is no integer', () => {
    const image: readonly NetworkNode[] = [{ kind: 'input', id: 'x', shape: [2, 2, 1] }, ...head.slice(1)];
    const convolution = (padValue: number): readonly NetworkNode[] => [
      {
        kind: 'conv2d',
        id: 'v',
        input: 'c',
        nOut: 1,
        window: [1, 1],
        stride: [1, 1],
        padding: [0, 0, 0, 0],
        padValue,
        groups: 1,
        weights: Float32Array.of(1),
      },
      { kind: 'flatten', id: 'f', input: 'v' },
      scores('f'),
    ];
    expect(found('float', convolution(-1), image)).toEqual([]);
    for (const value of [0.25, NaN]) {
      const message = `bad-value v: padded taps contribute ${value}, which is not an integer`;
      expect(found('float', convolution(value), image)).toContain(message);
    }
  });

  it('refuses a zero point that the bits of the input code cannot hold', () => {
    const code: NetworkNode = {
      kind: 'encode',
      id: 'c',
      input: 'x',
      code: { kind: 'integer', bits: 4, zeroPoint: 16, step: 1 },
    };
    expect(found('integer', [scores('c')], [head[0]!, code])).toEqual([
      'bad-code c: zero point 16 is not a value of 4 bits',
    ]);
  });
});

describe('ranges', () => {
  it('keep sums within 32 bits', () => {
    const at = (multiplier: number): readonly string[] =>
      found('integer', [
        requantise({ multiplier: Int32Array.of(multiplier), max: 2 ** 31 - 1 }),
        dense('d', 'q', [1, 1, 1, -1]),
        scores('d'),
      ]);
    expect(at(2 ** 21)).toEqual([]);
    expect(at(2 ** 22)).toEqual(['sum-overflow d: its sums reach -1069547520..3208642560, beyond 32 bits']);
  });

  it('keep products of requantisations exact', () => {
    const at = (multiplier: number, leftShift: number): readonly string[] =>
      found('integer', [requantise({ multiplier: Int32Array.of(multiplier), leftShift }), scores('q')]);
    // 255 * 2^14 * (2^31 - 1) is just below 2^53.
    expect(at(2 ** 31 - 1, 14)).toEqual([]);
    expect(at(2 ** 31 - 1, 15)).toEqual([
      'requantise-overflow q: its products reach 2^53.99, only those below 2^53 are exact',
    ]);
  });

  it('keep what gemmlowp multiplies within 32 bits', () => {
    const at = (leftShift: number): readonly string[] =>
      found('integer', [
        requantise({ rounding: 'gemmlowp', shift: Uint8Array.of(31), multiplier: Int32Array.of(2 ** 30), leftShift }),
        scores('q'),
      ]);
    expect(at(23)).toEqual([]);
    expect(at(24)).toEqual([
      'requantise-overflow q: its input times 2^24 reaches 2^31.99, gemmlowp multiplies 32-bit integers',
    ]);
  });

  it('keep indices inside tables', () => {
    const lookup = (n: number): readonly string[] =>
      found('integer', [{ kind: 'lookup', id: 'l', input: 'c', inputMin: 0, table: new Int16Array(n) }, scores('l')]);
    expect(lookup(256)).toEqual([]);
    expect(lookup(255)).toEqual(['lookup-domain l: its input reaches 0..255, the table covers 0..254']);
  });
});
