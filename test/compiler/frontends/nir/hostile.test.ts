/**
 * Hostile files: mutants of NIR graphs are read or refused with findings, never with an internal error, within time and memory. `npm run fuzz:import`
 * tries 50 times as many.
 */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { writeHdf5, type WrittenDataset, type WrittenGroup } from '../../../../src/common/hdf5/write.js';
import { nir } from '../../../../src/compiler/frontends/nir/index.js';
import type { ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { mutantOf } from '../../../support/mutants.js';
import { type NirGraphSpec, writeNir } from '../../../support/nir-files.js';
import { FUZZ, RUN_SEED } from '../../../support/random-runs.js';

const COUNT = 2000 * FUZZ;

const ones = (...shape: number[]) => ({ shape, values: new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1) });

/** Graphs that reach every reader. */
const GRAPHS: readonly NirGraphSpec[] = [
  {
    nodes: {
      input: ['Input', { shape: [2, 4, 4] }],
      '0': [
        'Conv2d',
        {
          weight: ones(2, 2, 3, 3),
          bias: [0, 0],
          stride: [1, 1],
          padding: 'same',
          dilation: 1,
          groups: 1,
          input_shape: [4, 4],
        },
      ],
      '1': ['IF', { r: ones(2, 4, 4), v_threshold: 1 }],
      '2': ['AvgPool2d', { kernel_size: 2, stride: 2, padding: [0, 0] }],
      s: ['Scale', { scale: ones(2, 1, 1) }],
      t: ['Threshold', { threshold: 0.5 }],
      '3': ['Flatten', { start_dim: 0, end_dim: -1, input_type: [2, 2, 2] }],
      '4': ['Affine', { weight: ones(3, 8), bias: [0, 0, 0] }],
      output: ['Output', { shape: [3] }],
    },
    edges: ['input 0 1 2 s t 3 4 output'],
  },
  {
    nodes: {
      input: ['Input', { shape: [2, 5] }],
      c: ['Conv1d', { weight: ones(2, 2, 2), bias: [0, 0], stride: 1, padding: 0, dilation: 1, groups: 1 }],
      f: ['Flatten', { start_dim: 0, end_dim: -1 }],
      rnn: {
        nodes: {
          input: ['Input', { shape: [8] }],
          lif: ['CubaLIF', { tau_syn: 2, tau_mem: 4, r: 1, v_leak: 0, v_threshold: 1, v_reset: 0, w_in: 1 }],
          w_rec: ['Linear', { weight: ones(8, 8) }],
          output: ['Output', { shape: [8] }],
        },
        edges: ['input lif output', 'lif w_rec lif'],
      },
      d: ['Delay', { delay: [1, 2, 3, 4, 1, 2, 3, 4] }],
      li: ['LI', { tau: 2, r: 1, v_leak: 0 }],
      i: ['I', { r: 1 }],
      output: ['Output', { shape: [8] }],
    },
    edges: ['input c f rnn d li i output', 'd rnn'],
  },
];

const OPTIONS: ImportOptions = { timeStep: 1 };

async function read(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    await nir.read({ bytes, place: 'net.nir', beside: () => Promise.resolve(undefined) }, OPTIONS);
    return 'read';
  } catch (error) {
    if (error instanceof UserError) return 'refused';
    throw error;
  }
}

describe('a damaged NIR file', () => {
  it.each(GRAPHS.map((graph, k) => [k, graph] as const))(
    'is read or refused, file %d',
    { timeout: 3_600_000 },
    async (k, graph) => {
      const bytes = await writeNir(graph);
      expect(await read(bytes)).toBe('read');
      const found = { read: 0, refused: 0 };
      for (let index = 0; index < COUNT / GRAPHS.length; index++) {
        const start = performance.now();
        try {
          found[await read(mutantOf(bytes, RUN_SEED + k, index))]++;
        } catch (error) {
          throw new Error(`mutant ${index} of file ${k}, seed ${RUN_SEED + k}`, { cause: error });
        }
        expect(performance.now() - start, `milliseconds of mutant ${index}`).toBeLessThan(5000);
      }
      // Most damage hits structures; some numbers may be any.
      expect(found.refused).toBeGreaterThan(0);
      expect(found.read).toBeGreaterThan(0);
    },
  );
});

describe('a graph made to be expensive', () => {
  const text = (value: string): WrittenDataset => ({ shape: [], values: [value] });
  const group = (entries: readonly (readonly [string, WrittenGroup | WrittenDataset])[]): WrittenGroup => ({
    members: new Map(entries),
  });
  const graph = (nodes: readonly (readonly [string, WrittenGroup])[], edges: readonly string[]): WrittenGroup =>
    group([
      ['type', text('NIRGraph')],
      ['nodes', group(nodes)],
      ['edges', { shape: [edges.length / 2, 2], values: edges }],
    ]);
  const node = (type: string, fields: readonly (readonly [string, WrittenDataset])[] = []): WrittenGroup =>
    group([['type', text(type)], ...fields]);
  const shape = (...of: number[]): readonly [string, WrittenDataset] => [
    'shape',
    { shape: [of.length], values: BigInt64Array.from(of, BigInt) },
  ];
  const one = (name: string): readonly [string, WrittenDataset] => [name, { shape: [], values: Float32Array.of(1) }];
  const file = (root: WrittenGroup): Uint8Array =>
    writeHdf5(
      group([
        ['version', text('1')],
        ['node', root],
      ]),
    );
  const timed = async (root: WrittenGroup): Promise<readonly ['read' | 'refused', boolean]> => {
    const bytes = file(root);
    const start = performance.now();
    return [await read(bytes), performance.now() - start < 10_000];
  };

  it('by its declared shapes is refused before memory is taken', async () => {
    const wide = graph(
      [
        ['a', node('Input', [shape(1 << 20, 1 << 20, 1 << 20)])],
        ['b', node('Output')],
      ],
      ['a', 'b'],
    );
    expect(await timed(wide)).toEqual(['refused', true]);
    const pad = node(
      'SumPool2d',
      ['kernel_size', 'stride', 'padding'].map(
        (name) => [name, { shape: [], values: BigInt64Array.of(name === 'padding' ? 4096n : 1n) }] as const,
      ),
    );
    const padded = graph(
      [
        ['a', node('Input', [shape(64, 64, 64)])],
        ['p', pad],
        ['q', pad],
        ['b', node('Output')],
      ],
      ['a', 'p', 'p', 'q', 'q', 'b'],
    );
    expect(await timed(padded)).toEqual(['refused', true]);
  });

  it('by paths through nested graphs that double again and again is refused', async () => {
    const through = graph(
      [
        ['i', node('Input')],
        ['o', node('Output')],
      ],
      ['i', 'o'],
    );
    const nodes: (readonly [string, WrittenGroup])[] = [
      ['a', node('Input', [shape(1)])],
      ['b', node('Output')],
    ];
    const edges: string[] = [];
    for (let k = 0; k < 40; k++) {
      nodes.push([`l${k}`, through], [`r${k}`, through]);
      for (const side of ['l', 'r'])
        edges.push(...(k === 0 ? ['a', `${side}0`] : [`l${k - 1}`, `${side}${k}`, `r${k - 1}`, `${side}${k}`]));
    }
    edges.push('l39', 'b');
    expect(await timed(graph(nodes, edges))).toEqual(['refused', true]);
  });

  it('by loops through every neuron ends, read or refused', async () => {
    const names = Array.from({ length: 60 }, (_, k) => `n${k}`);
    const lif = node('IF', [one('r'), one('v_threshold')]);
    const edges = names.flatMap((from) => names.flatMap((to) => [from, to]));
    const nodes = [
      ['a', node('Input', [shape(1)])] as const,
      ['b', node('Output')] as const,
      ...names.map((name) => [name, lif] as const),
    ];
    const [, inTime] = await timed(graph(nodes, ['a', 'n0', 'n59', 'b', ...edges]));
    expect(inTime).toBe(true);
  });

  it('by graphs within graphs within graphs is refused', async () => {
    let inner = graph(
      [
        ['i', node('Input')],
        ['o', node('Output')],
      ],
      ['i', 'o'],
    );
    for (let k = 0; k < 20; k++)
      inner = graph(
        [
          ['i', node('Input', [shape(1)])],
          ['g', inner],
          ['o', node('Output')],
        ],
        ['i', 'g', 'g', 'o'],
      );
    expect(await timed(inner)).toEqual(['refused', true]);
  });
});
