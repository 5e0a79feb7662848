/** NIR files for tests, written by libhdf5 as the nir package writes them. */
import type { ForeignFile } from '../../src/compiler/frontends/frontend.js';
import { type Hdf5Content, writeHdf5 } from './hdf5-file.js';

type Dataset = NonNullable<Hdf5Content['datasets']>[number];

/** A parameter: one number, several, an array with its shape, or a text. */
export type NirValue =
  number | string | readonly number[] | { readonly shape: readonly number[]; readonly values: readonly number[] };

/** A node: its type with its parameters, or a nested graph. */
export type NirSpec = readonly [type: string, fields?: Readonly<Record<string, NirValue>>] | NirGraphSpec;

/** A graph to be written. */
export interface NirGraphSpec {
  readonly nodes: Readonly<Record<string, NirSpec>>;
  /** As in 'a b c': edges from a to b and from b to c. */
  readonly edges: readonly string[];
}

/** The bytes of a file. */
export async function writeNir(graph: NirGraphSpec, wide = false): Promise<Uint8Array> {
  const datasets: Dataset[] = [{ path: 'version', data: '1.0.7' }];
  const groups: string[] = [];
  addGraph('node', graph, { datasets, groups, wide });
  return writeHdf5({ datasets, groups });
}

/** A file in memory. */
export const nirFile = async (graph: NirGraphSpec, wide = false): Promise<ForeignFile> => ({
  bytes: await writeNir(graph, wide),
  place: 'net.nir',
  beside: () => Promise.resolve(undefined),
});

/**
 * Integrate-and-fire in unit steps: class 0 counts events in the left half of a row of four, class 1 those in the right half; what lies in the middle
 * weighs less.
 */
export const IF_LAYER: NirGraphSpec = {
  nodes: {
    input: ['Input', { shape: [4] }],
    fc: ['Linear', { weight: { shape: [2, 4], values: [1, 0.3, -0.5, -0.5, -0.5, -0.5, 0.3, 1] } }],
    if: ['IF', { r: [1], v_threshold: [1], v_reset: [0] }],
    output: ['Output', { shape: [2] }],
  },
  edges: ['input fc if output'],
};

interface Writing {
  readonly datasets: Dataset[];
  readonly groups: string[];
  /** Parameters as float64. */
  readonly wide: boolean;
}

function addGraph(path: string, { nodes, edges }: NirGraphSpec, writing: Writing): void {
  const { datasets, groups } = writing;
  datasets.push({ path: `${path}/type`, data: 'NIRGraph' });
  groups.push(`${path}/nodes`);
  for (const [name, spec] of Object.entries(nodes)) {
    if ('nodes' in spec) addGraph(`${path}/nodes/${name}`, spec, writing);
    else addNode(`${path}/nodes/${name}`, spec, writing);
  }
  const pairs = edges.flatMap((chain) => {
    const names = chain.split(' ');
    return names.slice(1).flatMap((to, k) => [names[k]!, to]);
  });
  datasets.push({ path: `${path}/edges`, data: pairs, shape: [pairs.length / 2, 2] });
}

function addNode(
  path: string,
  [type, fields = {}]: readonly [string, Readonly<Record<string, NirValue>>?],
  { datasets, wide }: Writing,
): void {
  datasets.push({ path: `${path}/type`, data: type });
  for (const [name, value] of Object.entries(fields)) {
    const at = `${path}/${name}`;
    if (typeof value === 'string') {
      datasets.push({ path: at, data: value });
      continue;
    }
    const isWhole = WHOLE.has(name);
    const { shape, values: numbers } = shaped(value);
    const data = isWhole
      ? BigInt64Array.from(numbers, BigInt)
      : wide
        ? Float64Array.from(numbers)
        : Float32Array.from(numbers);
    datasets.push({ path: at, data, shape });
  }
}

const WHOLE: ReadonlySet<string> = new Set([
  ...[
    'shape',
    'stride',
    'padding',
    'dilation',
    'groups',
    'input_shape',
    'kernel_size',
    'start_dim',
    'end_dim',
    'input_type',
  ],
]);

function shaped(value: Exclude<NirValue, string>): {
  readonly shape: readonly number[];
  readonly values: readonly number[];
} {
  if (typeof value === 'number') return { shape: [], values: [value] };
  return 'shape' in value ? value : { shape: [value.length], values: value };
}
