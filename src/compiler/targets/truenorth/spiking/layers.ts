/**
 * Layers of the chip and the tick in which each computes the first step. Layer l computes step s in tick start(l) + s; a spike that acts `delay`
 * steps later on layer m travels delay + start(m) - start(l) ticks, which is one at least, and two through a splitter.
 */
import { assert, present } from '../../../../common/assert.js';
import type { Connections, Rows } from './connections.js';
import type { PlannedNeurons } from './neurons.js';

/** Neurons that are on the chip as one layer; relays only pass spikes on. */
export interface SpikingLayer {
  readonly name: string;
  /** [rows, columns, channels], or flat. */
  readonly shape: readonly number[];
  /** Number of its first neuron among all elements. */
  readonly first: number;
  readonly rows: Rows;
  readonly neurons: PlannedNeurons;
  readonly isRelay: boolean;
}

/** The whole network in layers; elements below `nInput` come from the host. */
export interface SpikingLayers {
  readonly nInput: number;
  readonly layers: readonly SpikingLayer[];
  readonly scores: Rows;
}

/** A layer reads another (-1: the host) with these delays. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly least: number;
  readonly most: number;
}

/** Index of the layer that an element belongs to; -1 for the host's. */
export function ownerOf({ nInput, layers }: SpikingLayers): (element: number) => number {
  const owner = new Int32Array(nInput + layers.reduce((n, { rows }) => n + rows.nOut, 0)).fill(-1);
  layers.forEach(({ first, rows }, l) => owner.fill(l, first, first + rows.nOut));
  return (element) => owner[element]!;
}

/** Which layers read which. */
export function edgesOf(network: SpikingLayers): readonly Edge[] {
  const owner = ownerOf(network);
  return network.layers.flatMap(({ rows }, to) => {
    const found = new Map<number, { least: number; most: number }>();
    for (let k = 0; k < rows.element.length; k++) {
      const from = owner(rows.element[k]!);
      const delay = rows.delay[k]!;
      const known = found.get(from);
      if (known === undefined) found.set(from, { least: delay, most: delay });
      else {
        known.least = Math.min(known.least, delay);
        known.most = Math.max(known.most, delay);
      }
    }
    return [...found].map(([from, delays]) => ({ from, to, ...delays }));
  });
}

/** Adds relays where class scores come from several layers, from the host or late; where delays are longer than `longest`. */
export function withRelays(
  { nInput, populations, scores }: Connections,
  planned: readonly PlannedNeurons[],
  relayNeurons: (n: number) => PlannedNeurons,
  longest: number,
): SpikingLayers {
  let network: SpikingLayers = {
    nInput,
    layers: populations.map(({ name, shape, first, rows }, p) => ({
      ...{ name, shape, first, rows, isRelay: false },
      neurons: present(planned[p], 'planned neurons'),
    })),
    scores,
  };
  const owner = ownerOf(network);
  const sources = new Set(Array.from(scores.element, owner));
  if (sources.size > 1 || sources.has(-1) || scores.delay.some((d) => d > 0)) {
    const collected = relayed(network, [scores], 'scores', () => true, { relayNeurons, longest: Infinity });
    network = { ...collected.network, scores: present(collected.rows[0], 'scores') };
  }
  for (let round = 1; ; round++) {
    const isLong = (delay: number): boolean => delay > longest;
    const all = network.layers.map(({ rows }) => rows);
    if (!all.some(({ delay }) => delay.some(isLong))) return network;
    network = relayedByLayer(network, isLong, `delay-${round}`, { relayNeurons, longest });
  }
}

/** Lets some layers read the host through relays: those that compute their first step later than its spikes come. */
export function withInputRelay(
  network: SpikingLayers,
  readers: ReadonlySet<number>,
  relayNeurons: (n: number) => PlannedNeurons,
): SpikingLayers {
  const chosen = network.layers.map(({ rows }, l) => (readers.has(l) ? rows : undefined));
  const isHost = (element: number): boolean => element < network.nInput;
  const { network: more, rows } = relayed(
    network,
    chosen.flatMap((r) => (r === undefined ? [] : [r])),
    'input',
    isHost,
    { relayNeurons, longest: 0 },
  );
  let next = 0;
  return {
    ...more,
    layers: more.layers.map((layer, l) => (readers.has(l) ? { ...layer, rows: present(rows[next++], 'rows') } : layer)),
  };
}

interface RelayOptions {
  readonly relayNeurons: (n: number) => PlannedNeurons;
  /** Steps that the relay takes off a delay, at most. */
  readonly longest: number;
}

/** One relay layer for what `reading` takes from chosen elements: they read the relays instead, with what is left of the delay. */
function relayed(
  network: SpikingLayers,
  reading: readonly Rows[],
  name: string,
  isChosen: (element: number, delay: number) => boolean,
  { relayNeurons, longest }: RelayOptions,
): { readonly network: SpikingLayers; readonly rows: readonly Rows[] } {
  const { nInput, layers } = network;
  const first = nInput + layers.reduce((n, { rows }) => n + rows.nOut, 0);
  const relayOf = new Map<string, number>();
  const element: number[] = [];
  const delay: number[] = [];
  const rows = reading.map((from): Rows => {
    const elements = from.element.slice();
    const delays = from.delay.slice();
    for (let k = 0; k < elements.length; k++) {
      if (!isChosen(elements[k]!, delays[k]!)) continue;
      const taken = Math.min(longest, delays[k]!);
      const key = `${elements[k]!}/${taken}`;
      let relay = relayOf.get(key);
      if (relay === undefined) {
        relay = element.length;
        relayOf.set(key, relay);
        element.push(elements[k]!);
        delay.push(taken);
      }
      elements[k] = first + relay;
      delays[k]! -= taken;
    }
    return { ...from, element: elements, delay: delays };
  });
  const n = element.length;
  assert(n > 0, 'something to relay');
  const own: Rows = {
    nOut: n,
    rowStart: Int32Array.from({ length: n + 1 }, (_, o) => o),
    element: Int32Array.from(element),
    delay: Int32Array.from(delay),
    weight: new Int32Array(n).fill(1),
    constant: new Int32Array(n),
  };
  const taken = new Set(layers.map((layer) => layer.name));
  let unique = `${name}-relay`;
  for (let i = 2; taken.has(unique); i++) unique = `${name}-relay-${i}`;
  const relay = { name: unique, shape: [n], first, rows: own, neurons: relayNeurons(n), isRelay: true };
  return { network: { ...network, layers: [...layers, relay] }, rows };
}

/** Relays for long delays, a layer of them for all readers. */
function relayedByLayer(
  network: SpikingLayers,
  isLong: (delay: number) => boolean,
  name: string,
  options: RelayOptions,
): SpikingLayers {
  const { network: more, rows } = relayed(
    network,
    network.layers.map((layer) => layer.rows),
    name,
    (_, delay) => isLong(delay),
    options,
  );
  return {
    ...more,
    layers: more.layers.map((layer, l) => (l < rows.length ? { ...layer, rows: present(rows[l], 'rows') } : layer)),
  };
}

/** When every layer starts, or the loop that has no time: its layers, the ticks it takes and the steps its delays give it. */
export type Starts =
  { readonly start: Int32Array } | { readonly loop: readonly number[]; readonly ticks: number; readonly steps: number };

/** Earliest starts, `inputStart` at least; `hop` is how long a spike of an edge travels at least. */
export function startsOf(
  nLayers: number,
  edges: readonly Edge[],
  hop: (edge: Edge) => number,
  inputStart: number,
): Starts {
  const start = new Int32Array(nLayers).fill(inputStart);
  const before: (Edge | undefined)[] = new Array<Edge | undefined>(nLayers).fill(undefined);
  for (let round = 0; round <= nLayers; round++) {
    let last: Edge | undefined;
    for (const edge of edges) {
      const from = edge.from < 0 ? inputStart : start[edge.from]!;
      const earliest = from + hop(edge) - edge.least;
      if (earliest <= start[edge.to]!) continue;
      start[edge.to] = earliest;
      before[edge.to] = edge;
      last = edge;
    }
    if (last === undefined) return { start };
    if (round === nLayers) return loopThrough(last, before, hop, nLayers);
  }
  return { start };
}

/** The loop behind an edge that would never come to rest. */
function loopThrough(
  last: Edge,
  before: readonly (Edge | undefined)[],
  hop: (edge: Edge) => number,
  nLayers: number,
): Starts {
  let at = last.to;
  for (let i = 0; i < nLayers; i++) at = present(before[at], 'edge of a loop').from;
  const loop: number[] = [];
  let [ticks, steps] = [0, 0];
  let layer = at;
  do {
    const edge = present(before[layer], 'edge of a loop');
    loop.unshift(layer);
    ticks += hop(edge);
    steps += edge.least;
    layer = edge.from;
  } while (layer !== at);
  return { loop, ticks, steps };
}

/** Whether two layers are on a loop with each other: spikes between them have no time for splitters. */
export function loopsOf(nLayers: number, edges: readonly Edge[]): (from: number, to: number) => boolean {
  const reaches = Array.from({ length: nLayers }, () => new Set<number>());
  const next = Array.from({ length: nLayers }, (): number[] => []);
  for (const { from, to } of edges) if (from >= 0) next[from]!.push(to);
  for (let l = 0; l < nLayers; l++) {
    const open = [...next[l]!];
    const seen = reaches[l]!;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...next[at]!);
    }
  }
  return (from, to) => from >= 0 && reaches[from]!.has(to) && reaches[to]!.has(from);
}
