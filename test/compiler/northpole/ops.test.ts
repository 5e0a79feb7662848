import { describe, expect, it } from 'vitest';
import { imageOf, toOps } from '../../../src/compiler/targets/northpole/ops.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { requantise } from './small-networks.js';

const graphOf = (shape: readonly number[], nodes: readonly NetworkNode[]): NetworkGraph => ({
  name: 'ops',
  dialect: 'integer',
  nodes: [
    { kind: 'input', id: 'in', shape },
    { kind: 'encode', id: 'code', input: 'in', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 1 } },
    ...nodes,
  ],
});

const dense = (id: string, input: string, nIn: number, nOut: number): NetworkNode => ({
  kind: 'dense',
  id,
  input,
  nOut,
  weights: new Int8Array(nIn * nOut).fill(1),
});

const conv = (id: string, input: string, nIn: number, nOut: number): NetworkNode => ({
  ...{ kind: 'conv2d', id, input, window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0], nOut, groups: 1, padValue: 0 },
  weights: new Int8Array(nIn * nOut).fill(1),
}) as const; // prettier-ignore

const flatten = (id: string, input: string): NetworkNode => ({ kind: 'flatten', id, input });
const scores = (input: string): NetworkNode => ({ kind: 'scores', id: 'out', input });
const max = (id: string, input: string): NetworkNode => ({
  kind: 'maxPool',
  id,
  input,
  window: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
});

/** Ops as `id: image <- inputs`, in order. */
function opsOf(graph: NetworkGraph): readonly string[] {
  const { ops, diagnostics } = toOps(graph);
  expect(diagnostics).toEqual([]);
  expect(ops.inputShape).toEqual(graph.nodes[0]?.kind === 'input' ? graph.nodes[0].shape : []);
  return [...ops.ops].map(([id, { image, inputs }]) => `${id}: ${image.join('x')} <- ${inputs.join(' ')}`.trim());
}

describe('the network as the chip sees it', () => {
  it('reads past flattenings: a dense layer looks at the image', () => {
    expect(
      opsOf(
        graphOf(
          [2, 2, 3],
          [conv('c', 'code', 3, 4), flatten('f', 'c'), flatten('g', 'f'), dense('d', 'g', 16, 2), scores('d')],
        ),
      ),
    ).toEqual(['code: 2x2x3 <-', 'c: 2x2x4 <- code', 'd: 1x1x2 <- c', 'out: 1x1x2 <- d']);
  });

  it('has an input that nobody looks at as an image lie flat', () => {
    expect(opsOf(graphOf([2, 2, 3], [flatten('f', 'code'), dense('d', 'f', 12, 2), scores('d')]))[0]).toBe(
      'code: 1x1x12 <-',
    );
    const both = [
      flatten('f', 'code'),
      dense('d', 'f', 12, 2),
      max('m', 'code'),
      flatten('g', 'm'),
      dense('e', 'g', 3, 2),
    ];
    expect(opsOf(graphOf([2, 2, 3], [...both, { kind: 'add', id: 's', inputs: ['d', 'e'] }, scores('s')]))[0]).toBe(
      'code: 2x2x3 <-',
    );
  });

  it('lets work element by element follow the image of what it reads', () => {
    const nodes = [
      conv('c', 'code', 3, 4),
      flatten('f', 'c'),
      requantise('q', 'f'),
      dense('d', 'q', 16, 2),
      scores('d'),
    ];
    expect(opsOf(graphOf([2, 2, 3], nodes))[2]).toBe('q: 2x2x4 <- c');
  });

  it('moves values where a requantisation differs from element to element of what is flat', () => {
    const perElement = requantise('q', 'f', { multiplier: new Int32Array(16).fill(1) });
    const nodes = [conv('c', 'code', 3, 4), flatten('f', 'c'), perElement, dense('d', 'q', 16, 2), scores('d')];
    expect(opsOf(graphOf([2, 2, 3], nodes)).slice(2, 5)).toEqual(['f: 1x1x16 <- c', 'q: 1x1x16 <- f', 'd: 1x1x2 <- q']);
    for (const parts of [{ shift: new Uint8Array(16).fill(4) }, { addend: new Float64Array(16) }]) {
      const changed = nodes.map((node) => (node.id === 'q' ? requantise('q', 'f', parts) : node));
      expect(opsOf(graphOf([2, 2, 3], changed))).toContain('f: 1x1x16 <- c');
    }
    // One number per channel of the image is as good as the image.
    const perChannel = requantise('q', 'c', { multiplier: new Int32Array(4).fill(1) });
    const image = [conv('c', 'code', 3, 4), perChannel, flatten('f', 'q'), dense('d', 'f', 16, 2), scores('d')];
    expect(opsOf(graphOf([2, 2, 3], image)).slice(2, 4)).toEqual(['q: 2x2x4 <- c', 'd: 1x1x2 <- q']);
  });

  it('moves values where what is added lies otherwise', () => {
    const nodes = [
      conv('c', 'code', 3, 4),
      flatten('f', 'c'),
      requantise('q', 'f'),
      dense('d', 'q', 16, 16),
      { kind: 'add', id: 's', inputs: ['q', 'd'] } as const,
      scores('s'),
    ];
    expect(opsOf(graphOf([2, 2, 3], nodes)).slice(2)).toEqual([
      'f: 1x1x16 <- c',
      'q: 1x1x16 <- f',
      'd: 1x1x16 <- q',
      's: 1x1x16 <- q d',
      'out: 1x1x16 <- s',
    ]);
  });

  it('moves values where flat values stand in a row', () => {
    const nodes = [
      conv('c', 'code', 3, 4),
      flatten('f', 'c'),
      flatten('g', 'code'),
      { kind: 'concat', id: 'both', inputs: ['f', 'g'] } as const,
      dense('d', 'both', 28, 2),
      scores('d'),
    ];
    expect(opsOf(graphOf([2, 2, 3], nodes)).slice(2, 5)).toEqual([
      'f: 1x1x16 <- c',
      'g: 1x1x12 <- code',
      'both: 1x1x28 <- f g',
    ]);
  });

  it('has rows and single values as images of one pixel', () => {
    expect([imageOf([5]), imageOf([3, 5]), imageOf([2, 3, 5]), imageOf([])]).toEqual([[1, 1, 5], [1, 3, 5], [2, 3, 5], [1, 1, 1]]); // prettier-ignore
  });

  it('says of every layer that has no form on the chip why', () => {
    const graph = graphOf(
      [4],
      [
        { kind: 'sign', id: 's', input: 'code' },
        { kind: 'relu', id: 'r', input: 's' },
        dense('d', 'r', 4, 2),
        scores('d'),
      ],
    );
    const random = graph.nodes.map((node) =>
      node.kind === 'encode' ? { ...node, code: { kind: 'bernoulli', ticks: 7 } as const } : node,
    );
    expect(toOps({ ...graph, nodes: random }).diagnostics.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'random-input-code ops: layer "code" (encode)',
      'float-layer ops: layer "s" (sign)',
      'float-layer ops: layer "r" (relu)',
    ]);
  });
});
