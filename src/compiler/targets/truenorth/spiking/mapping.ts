/**
 * Spiking layers on cores. Readers decide how many copies of a neuron there are, and copies decide how many cores read what the neuron reads: layers are
 * packed from the last to the first, and again where loops have changed what was counted on.
 *
 * A copy of a neuron is a neuron with the same parameters and inputs: it holds the same potential in every tick.
 */
import { present } from '../../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../../common/diagnostics.js';
import type { CoreSize } from '../drafts.js';
import { SplitterCells } from '../splitters.js';
import { type Edge, edgesOf, loopsOf, ownerOf, type SpikingLayers, startsOf } from './layers.js';
import { type CoreRoom, type LinedLayer, linesOf, type PackedRow, packLayer, type SpikingPacking } from './packing.js';

/** An axon that wants a neuron: core and place of the line in that core. */
export interface Reader {
  /** Layer and core of the layer; the line and the axon among those of the line in this core. */
  readonly layer: number;
  readonly core: number;
  readonly line: number;
  readonly axon: number;
  readonly delay: number;
}

/** What is mapped so far of one layer. */
export interface MappedSpikingLayer {
  readonly lined: LinedLayer;
  readonly packing: SpikingPacking;
  /** [cores] axons of every line in it: [line, type] in order. */
  readonly axons: readonly (readonly { readonly line: number; readonly type: number }[])[];
  /** [nOut] room for neurons of every row, at least for as many as there are readers. */
  readonly copies: Int32Array;
  /** Rows with more readers (those on loops and pins not counted) go through splitters. */
  readonly limit: number;
  /** Splitter cores. */
  readonly splitters: number;
}

/** A spiking network on cores, in time. */
export interface SpikingMapping {
  readonly network: SpikingLayers;
  readonly layers: readonly MappedSpikingLayer[];
  readonly edges: readonly Edge[];
  /** Whether spikes between two layers have no time for splitters. */
  readonly isTight: (from: number, to: number) => boolean;
  /** [layers] tick in which a layer computes the first step. */
  readonly start: Int32Array;
  readonly inputStart: number;
}

/** What is to be mapped. */
export interface SpikingMappingRequest {
  readonly name: string;
  readonly network: SpikingLayers;
  readonly size: CoreSize;
  readonly inputStart: number;
}

/** Sweeps over all layers until the numbers of copies rest; networks without loops need two. */
const MAX_SWEEPS = 16;
/** Sweeps after which a neuron keeps the copies that it had: in loops two packings may ask for each other's copies in turn, for ever. */
const SWEEPS_OF_FEWER = 6;

/** Maps all layers, or says which do not fit, all of them. */
export function mapSpiking(
  request: SpikingMappingRequest,
): { readonly mapping: SpikingMapping } | { readonly problems: readonly Diagnostic[] } {
  const { name, network, size, inputStart } = request;
  const { layers } = network;
  const problems: Diagnostic[] = [];
  const edges = edgesOf(network);
  const isTight = loopsOf(layers.length, edges);
  const owner = ownerOf(network);
  const lined = layers.map(linesOf);
  const order = startsOf(layers.length, edges, () => 1, 0);
  const ranks = 'start' in order ? order.start : new Int32Array(layers.length);
  const fromLast = layers.map((_, l) => l).sort((a, b) => ranks[b]! - ranks[a]! || b - a);
  const mapped: (MappedSpikingLayer | undefined)[] = layers.map(() => undefined);
  const pins = pinsPerElement(network, owner);
  for (let sweep = 0; ; sweep++) {
    let changed = false;
    for (const l of fromLast) {
      const before = mapped[l];
      const needed = planCopies(l);
      const kept = sweep < SWEEPS_OF_FEWER ? undefined : before?.copies;
      const plan =
        kept === undefined ? needed : { ...needed, copies: needed.copies.map((n, o) => Math.max(n, kept[o]!)) };
      const settled = before !== undefined && plan.copies.every((n, o) => n === before.copies[o]);
      if (settled) {
        mapped[l] = { ...before, limit: plan.limit, splitters: plan.splitters };
        continue;
      }
      changed = true;
      const packing = pack(l, plan.copies);
      if (packing === undefined) continue;
      mapped[l] = { lined: lined[l]!, packing, axons: axonsOf(lined[l]!, packing), ...plan };
    }
    if (problems.length > 0) return { problems };
    if (!changed) break;
    if (sweep === MAX_SWEEPS) {
      const message = `the copies of its neurons have not come to rest after ${MAX_SWEEPS} rounds`;
      return { problems: [errorAt('no-mapping', name, message, 'use fewer recurrent synapses')] };
    }
  }
  const all = mapped.map((layer) => present(layer, 'mapped layer'));
  const starts = startsOf(layers.length, edges, hop, inputStart);
  if ('loop' in starts) return { problems: [loopProblem(starts)] };
  return { mapping: { network, layers: all, edges, isTight, start: starts.start, inputStart } };

  /** How long a spike of an edge travels at least. */
  function hop({ from, to }: Edge): number {
    if (from < 0) return 0;
    return isTight(from, to) || (mapped[from]?.splitters ?? 0) === 0 ? 1 : 2;
  }

  function loopProblem({ loop, ticks, steps }: { loop: readonly number[]; ticks: number; steps: number }): Diagnostic {
    const names = loop.map((l) => `"${present(layers[l], 'layer').name}"`).join(' -> ');
    const message = `spikes around the loop ${names} take ${ticks} ticks, and its delays give them ${steps}`;
    return errorAt('loop-too-fast', name, message, `give the loop delays of at least ${ticks} steps in all`);
  }

  /** Copies and splitters for the readers that there are by now. */
  function planCopies(l: number): Pick<MappedSpikingLayer, 'copies' | 'limit' | 'splitters'> {
    const { first, rows } = present(layers[l], 'layer');
    const n = rows.nOut;
    const tight = new Int32Array(n);
    const loose = new Int32Array(n);
    mapped.forEach((reader, to) => {
      if (reader === undefined) return;
      const count = isTight(l, to) ? tight : loose;
      for (const core of reader.axons) {
        for (const { line } of core) {
          const { element } = present(reader.lined.lines[line], 'line');
          if (element >= first && element < first + n) count[element - first]!++;
        }
      }
    });
    const direct = Int32Array.from(tight, (t, o) => t + (pins.get(first + o) ?? 0));
    const cores = mapped[l]?.packing.cores.length ?? 1;
    let best: { copies: Int32Array; limit: number; splitters: number; cost: number } | undefined;
    for (const limit of limitsOf(loose)) {
      const cells = new SplitterCells(size);
      const all = direct.map((d, o) => {
        const readers = loose[o]!;
        return Math.max(1, d + (readers > limit ? cells.take(readers).length : readers));
      });
      const neurons = all.reduce((sum, c) => sum + c, 0);
      const cost = Math.max(cores, Math.ceil(neurons / size.neurons)) + cells.cores;
      if (best === undefined || cost < best.cost) best = { copies: all, limit, splitters: cells.cores, cost };
    }
    return present(best, 'plan of copies');
  }

  function pack(l: number, wanted: Int32Array): SpikingPacking | undefined {
    const { layer } = lined[l]!;
    const { biasAxon } = layer.neurons;
    const own = biasAxon === undefined ? 0 : 1;
    const room: CoreRoom = {
      axons: size.axons - own,
      neurons: size.neurons,
      types: size.axonTypes - own,
      weightMax: size.weightMax,
    };
    const fromHost = layer.rows.element.every((element) => owner(element) < 0);
    // Axons of the host cost no neurons, but a spike each.
    const packing = packLayer(lined[l]!, wanted, room, fromHost ? 1e-6 : 1 / size.neurons);
    if (!('lines' in packing)) return packing;
    const { weights } = lined[l]!;
    const place = `${name}: layer "${layer.name}"`;
    const what = `a neuron reads ${packing.lines} sources with weights ${weights[0] ?? 0}..${weights.at(-1) ?? 0} (over their common divisor)`;
    if (problems.some((problem) => problem.place === place)) return undefined;
    problems.push(
      packing.axons === Infinity
        ? errorAt(
            'weights-beyond-types',
            place,
            `${what}, which ${room.types} axon types do not make`,
            'quantise its weights to fewer bits',
          )
        : errorAt(
            'fan-in-too-large',
            place,
            `${what}: ${packing.axons} axons, a core has ${room.axons}; sums of several cores would not be those of one potential`,
            'quantise its weights to fewer bits, use a smaller fan-in, or a chip with more axonsPerCore',
          ),
    );
    return undefined;
  }
}

/** Numbers of readers from which on splitters may take over. */
function limitsOf(readers: Int32Array): readonly number[] {
  const counts = [...new Set(readers)].sort((a, b) => b - a);
  const most = counts[0] ?? 0;
  const tried = [Infinity];
  for (let limit = 1; limit < most; limit *= 2) tried.push(limit);
  return tried;
}

/** Pins that each element drives. */
function pinsPerElement({ scores }: SpikingLayers, owner: (element: number) => number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const element of scores.element) {
    if (owner(element) >= 0) found.set(element, (found.get(element) ?? 0) + 1);
  }
  return found;
}

/** The axons of every core: for each line the most that a neuron of the core uses of each type. */
function axonsOf(
  { rowStart, line, weight, lines }: LinedLayer,
  { code, cores }: SpikingPacking,
): MappedSpikingLayer['axons'] {
  const nTypes = code.values.length;
  const need = new Uint8Array(lines.length * nTypes);
  return cores.map((rows: readonly PackedRow[]) => {
    const touched: number[] = [];
    for (const { row } of rows) {
      for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
        const digits = present(code.digitsOf(weight[k]!), 'digits');
        digits.forEach((n, type) => {
          const slot = line[k]! * nTypes + type;
          if (n > 0 && need[slot] === 0) touched.push(slot);
          need[slot] = Math.max(need[slot]!, n);
        });
      }
    }
    touched.sort((a, b) => a - b);
    const axons = touched.flatMap((slot) =>
      Array.from({ length: need[slot]! }, () => ({ line: Math.floor(slot / nTypes), type: slot % nTypes })),
    );
    for (const slot of touched) need[slot] = 0;
    return axons;
  });
}
