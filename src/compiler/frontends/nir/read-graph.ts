/**
 * A NIR file as a graph of records: the groups of the HDF5 file, without a meaning yet.
 *
 * Source: neuromorphs/NIR, nir/serialization.py: `node/type` is "NIRGraph"; `node/nodes/NAME` holds `type` and the parameters of a node, a nested graph
 * again `nodes` and `edges`; `node/edges` is [n, 2] names. A name with slashes is a path of groups.
 */
import { OWN_METADATA, type OwnMetadata, readOwnMetadata } from './own-metadata.js';
import { errorAt, type Diagnostic, fail } from '../../../common/diagnostics.js';
import { type Hdf5Dataset, type Hdf5Group, openHdf5 } from '../../../common/hdf5/open.js';

/** A dataset of a node: its shape, [] for a scalar, with numbers or texts. */
export interface NirField {
  readonly shape: readonly number[];
  readonly numbers?: Float64Array;
  readonly texts?: readonly string[];
}

/** A node of a file. */
export interface NirNode {
  /** Its name, behind those of the graphs it stands in: `outer.inner`. */
  readonly name: string;
  readonly type: string;
  readonly fields: ReadonlyMap<string, NirField>;
  /** Of a nested graph. */
  readonly graph?: NirGraph;
}

/** Nodes by their names in the graph, and edges between them. */
export interface NirGraph {
  readonly nodes: ReadonlyMap<string, NirNode>;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Bounds on what a file may hold; far above any network a chip takes. */
export const LIMITS = { nodes: 4096, edges: 65536, depth: 8, elements: 1 << 26 } as const;

const REMEDY = 'write the file again with nir.write(...)';

/** The graph of a file, and what our own exporter wrote into its metadata. */
export interface NirFile {
  readonly graph: NirGraph;
  readonly own: OwnMetadata | undefined;
}

/** Reads the graph of a file; what is wrong with single nodes goes to `findings`. @throws UserError for a file that holds no graph */
export function readNirFile(bytes: Uint8Array, place: string, findings: Diagnostic[]): NirFile {
  const root = openHdf5(bytes, place).get('node');
  if (root?.kind !== 'group') return fail('bad-nir', place, 'it has no group "node"', REMEDY);
  const type = textOf(root, 'type');
  if (type !== 'NIRGraph') {
    return fail(
      'bad-nir',
      place,
      `its node is ${type === undefined ? 'without a type' : `"${type}"`}, not a NIRGraph`,
      REMEDY,
    );
  }
  const metadata = root.get('metadata');
  const own = metadata?.kind === 'group' ? readOwnMetadata(textOf(metadata, OWN_METADATA)) : undefined;
  return { graph: new Reader(place, findings).graph(root, '', LIMITS.depth), own };
}

class Reader {
  readonly #place: string;
  readonly #findings: Diagnostic[];
  #nodes = 0;
  #edges = 0;

  constructor(place: string, findings: Diagnostic[]) {
    this.#place = place;
    this.#findings = findings;
  }

  graph(group: Hdf5Group, prefix: string, depth: number): NirGraph {
    const where = `${this.#place}: ${prefix === '' ? 'graph' : `graph "${prefix.slice(0, -1)}"`}`;
    if (depth === 0) fail('bad-nir', where, `graphs are nested more than ${LIMITS.depth} deep`, 'flatten the graph');
    const list = group.get('nodes');
    const edges = group.get('edges');
    if (list?.kind !== 'group') return fail('bad-nir', where, 'it has no nodes', REMEDY);
    if (edges?.kind !== 'dataset') return fail('bad-nir', where, 'it has no edges', REMEDY);
    const nodes = new Map<string, NirNode>();
    for (const [name, child] of nodesIn(list, '', LIMITS.depth)) {
      if (++this.#nodes > LIMITS.nodes)
        fail('bad-nir', where, `it has more than ${LIMITS.nodes} nodes`, 'split the network');
      const node = this.#node(child, prefix + name, depth);
      if (node !== undefined) nodes.set(name, node);
    }
    return { nodes, edges: this.#edgesOf(edges, where) };
  }

  #edgesOf(dataset: Hdf5Dataset, where: string): NirGraph['edges'] {
    const [n = 0, two] = dataset.shape;
    // An empty list of edges has lost its second dimension.
    if (n === 0) return [];
    if (dataset.shape.length !== 2 || two !== 2) {
      return fail('bad-nir', where, `edges of the shape [${dataset.shape.join(', ')}], not [n, 2]`, REMEDY);
    }
    this.#edges += n;
    if (this.#edges > LIMITS.edges)
      fail('bad-nir', where, `it has more than ${LIMITS.edges} edges`, 'split the network');
    const names = dataset.read();
    return Array.from({ length: n }, (_, e): readonly [string, string] => {
      const [from, to] = [names[2 * e], names[2 * e + 1]];
      return typeof from === 'string' && typeof to === 'string'
        ? [from, to]
        : fail('bad-nir', where, 'edges that are no names', REMEDY);
    });
  }

  #node(group: Hdf5Group, name: string, depth: number): NirNode | undefined {
    const where = `${this.#place}: node "${name}"`;
    const type = textOf(group, 'type');
    if (type === undefined) {
      this.#findings.push(errorAt('bad-nir-node', where, 'its type is no text', REMEDY));
      return undefined;
    }
    if (type === 'NIRGraph') {
      return { name, type, fields: new Map(), graph: this.graph(group, `${name}.`, depth - 1) };
    }
    const fields = new Map<string, NirField>();
    for (const key of group.names) {
      const child = group.get(key);
      // `metadata` and other groups say nothing about what a node computes.
      if (key === 'type' || child?.kind !== 'dataset') continue;
      const elements = child.shape.reduce((product, n) => product * n, 1);
      if (elements > LIMITS.elements) {
        const message = `${key} has ${elements} elements, more than ${LIMITS.elements}`;
        this.#findings.push(errorAt('bad-nir-node', where, message, 'use a smaller layer'));
        continue;
      }
      fields.set(key, fieldOf(child));
    }
    return { name, type, fields };
  }
}

function fieldOf(dataset: Hdf5Dataset): NirField {
  const values = dataset.read();
  const { shape } = dataset;
  if (values instanceof Array) return { shape, texts: values.map(String) };
  return { shape, numbers: values instanceof Float64Array ? values : Float64Array.from(values) };
}

/** Every group with a `type`, by its path. */
function* nodesIn(group: Hdf5Group, path: string, depth: number): Generator<readonly [string, Hdf5Group]> {
  for (const name of group.names) {
    const child = group.get(name);
    if (child?.kind !== 'group') continue;
    if (child.names.includes('type') || depth === 0) yield [path + name, child];
    else yield* nodesIn(child, `${path}${name}/`, depth - 1);
  }
}

/** A dataset that is one text. */
function textOf(group: Hdf5Group, name: string): string | undefined {
  const child = group.get(name);
  if (child?.kind !== 'dataset' || child.shape.some((n) => n > 1)) return undefined;
  const [value] = child.read();
  return typeof value === 'string' ? value : undefined;
}
