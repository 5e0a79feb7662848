import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNorthPole, type NorthPoleOptions } from '../../../src/compiler/targets/northpole/compile.js';
import { verifyNorthPole } from '../../../src/compiler/targets/northpole/verify.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import type { NorthPoleLayer, NorthPoleProgram, VmmLayer } from '../../../src/ir/program/northpole.js';
import { requantise, residualNetwork, weights } from './small-networks.js';

/** Codes and messages of what is wrong with compiling a network. */
function problems(graph: NetworkGraph, options: Partial<NorthPoleOptions> = {}): readonly string[] {
  try {
    compileNorthPole(graph, { spec: NORTHPOLE_SMALL, ...options });
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
}

const network = (nodes: readonly NetworkNode[], shape: readonly number[] = [4, 4, 2]): NetworkGraph => ({
  name: 'bad',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'image', shape },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
    ...nodes,
  ],
});

const dense = (id: string, input: string, nOut: number, nIn: number): NetworkNode => ({
  kind: 'dense',
  id,
  input,
  nOut,
  weights: weights(nOut * nIn),
});

/** A chip with a quarter of the memory. */
const small = { ...NORTHPOLE_SMALL, memory: { ...NORTHPOLE_SMALL.memory, bytes: 16_384 } };

describe('compiling for a NorthPole-style chip refuses', () => {
  it('sums that feed a matrix without a requantisation, each with its range', () => {
    const graph = network([
      { kind: 'flatten', id: 'flat', input: 'code' },
      dense('a', 'flat', 8, 32),
      dense('b', 'a', 8, 8),
      dense('c', 'b', 8, 8),
      { kind: 'scores', id: 'scores', input: 'c' },
    ]);
    const found = problems(graph);
    expect(found.map((p) => p.split(':')[0])).toEqual(['operand-too-wide bad', 'operand-too-wide bad']);
    expect(found[0]).toContain('its input "a" holds values in -6120..2040');
  });

  it('random spike trains and layers of language models', () => {
    const coded = network([
      { kind: 'flatten', id: 'flat', input: 'code' },
      { kind: 'rmsNorm', id: 'norm', input: 'flat', gain: new Float64Array(32).fill(1), fraction: 4, min: -8, max: 7 },
      dense('a', 'norm', 8, 32),
      { kind: 'scores', id: 'scores', input: 'a' },
    ]);
    const nodes = coded.nodes.map((node): NetworkNode =>
      node.kind === 'encode' ? { ...node, code: { kind: 'bernoulli', ticks: 8 } } : node,
    );
    const codes = problems({ ...coded, nodes }).map((p) => p.split(' ')[0]);
    expect(codes).toContain('random-input-code');
  });

  it('layers that do not fit the memory, with the amount', () => {
    const graph = network(
      [
        { kind: 'flatten', id: 'flat', input: 'code' },
        dense('big', 'flat', 1024, 2048),
        { kind: 'scores', id: 'scores', input: 'big' },
      ],
      [32, 32, 2],
    );
    const [first] = problems(graph, { spec: small });
    expect(first).toMatch(
      /^layer-too-large bad: layer "big": operands and weights take at least \d+ bytes of a core in every partition, a core has 16384: \d+ too many$/,
    );
  });

  it('networks whose layers fit but not together', () => {
    const nodes: NetworkNode[] = [{ kind: 'flatten', id: 'flat', input: 'code' }];
    let input = 'flat';
    for (let i = 0; i < 8; i++) {
      nodes.push(dense(`d${i}`, input, 512, 512), requantise(`q${i}`, `d${i}`));
      input = `q${i}`;
    }
    nodes.push({ kind: 'scores', id: 'scores', input });
    const found = problems(network(nodes, [16, 16, 2]), { spec: small });
    expect(found.length).toBeGreaterThan(0);
    for (const problem of found) expect(problem).toMatch(/^memory-overflow bad: cores? .*: \d+ too many$/);
  });

  it('a batch whose programs are too long, a batch that is none, and a chip that contradicts itself', () => {
    expect(problems(residualNetwork, { batch: 5000 })[0]).toMatch(/^program-too-long/);
    expect(problems(residualNetwork, { batch: 0 })).toEqual(['bad-batch residual: a batch of 0 frames']);
    const spec = { ...NORTHPOLE_SMALL, partialSums: { bits: 32, bufferBytes: 32 } };
    expect(problems(residualNetwork, { spec })[0]).toMatch(/^bad-spec/);
  });
});

describe('the verifier', () => {
  const { program } = compileNorthPole(residualNetwork, { spec: NORTHPOLE_SMALL });
  /** The program with its matrix layers changed. */
  const withMatrices = (change: (layer: VmmLayer) => NorthPoleLayer): NorthPoleProgram => ({
    ...program,
    layers: program.layers.map((layer) => (layer.kind === 'vmm' ? change(layer) : layer)),
  });
  const codes = (changed: NorthPoleProgram): readonly string[] => verifyNorthPole(changed).map((d) => d.code);

  it('accepts what the compiler makes', () => {
    expect(verifyNorthPole(program)).toEqual([]);
  });

  it('finds every layer whose weights do not fit their container', () => {
    expect(codes(withMatrices((layer) => ({ ...layer, weights: layer.weights.map(() => 2) })))).toEqual(
      Array(3).fill('weight-range'),
    );
  });

  it('finds widths the chip does not have', () => {
    const spec = { ...program.spec, precisions: [8] as const };
    expect(new Set(codes({ ...program, spec }))).toEqual(new Set(['unsupported-width']));
  });

  it('finds paddings outside the container and sums beyond 32 bits', () => {
    expect(codes(withMatrices((layer) => ({ ...layer, padValue: -1 })))).toEqual(['pad-range', 'pad-range']);
    const bias = (layer: VmmLayer): NorthPoleLayer => ({ ...layer, bias: layer.bias.map(() => 2 ** 31 - 1) });
    expect(codes(withMatrices(bias))).toEqual(Array(3).fill('sum-overflow'));
  });

  it('finds tables that are too large', () => {
    const step = { kind: 'lookup', inputMin: 0, table: new Int16Array(257) } as const;
    expect(codes(withMatrices((layer) => ({ ...layer, epilogue: [step] })))).toEqual(Array(3).fill('table-too-large'));
  });
});
