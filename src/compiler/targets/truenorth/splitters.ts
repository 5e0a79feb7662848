/**
 * Fan-out. A neuron has one destination, so an output with n readers needs n physical copies. Copies cost neurons of the
 * layer's own cores (often free: those are limited by axons); a splitter core turns one axon into many neurons, at the
 * price of a core and one more tick. Outputs with up to `limit` readers are copied, the others go through splitters. Readers that
 * read later than the longest delay get their spikes through relays, which are splitters in a row.
 */
import { addAxon, type CoreDraft, type CoreSize, memoryless, type NeuronDraft, type Sink } from './drafts.js';

/** An axon that wants an output; `due` is the number of ticks from the tick in which its spike acts to the last layer's first output. */
export interface Reader {
  readonly sink: Sink;
  readonly due: number;
}

/** Where a copy goes, and how long its spikes take. */
export interface Target {
  readonly sink: Sink;
  readonly delay: number;
}

/** Where the copies of every output go. */
export interface FanOut {
  /** [nOut][copy] */
  readonly targets: readonly (readonly Target[])[];
  readonly cores: readonly CoreDraft[];
}

/** What a plan would cost, without building it. */
export interface FanOutCost {
  /** [nOut] physical copies of every output. */
  readonly copies: Int32Array;
  readonly cores: number;
  /** Ticks from the first output to the last layer's first output. */
  readonly leaves: number;
}

/** Room for splitters, and the longest delay. */
export type SplitterSize = Pick<CoreSize, 'axons' | 'neurons' | 'maxDelay'>;

/** Copies and splitter cores when outputs with more than `limit` readers go through splitters. */
export function fanOutCost(readers: readonly (readonly Reader[])[], limit: number, size: SplitterSize): FanOutCost {
  const leaves = leavesOf(readers, limit);
  const trees = new Trees(size);
  const copies = Int32Array.from(readers, (all) => trees.copies(delays(all, leaves), limit).length);
  return { copies, cores: trees.cores, leaves };
}

/** Builds that plan. */
export function planFanOut(
  readers: readonly (readonly Reader[])[],
  limit: number,
  layer: number,
  size: CoreSize,
): FanOut {
  const leaves = leavesOf(readers, limit);
  const cores: Splitter[] = [];
  const trees = new Trees(size, { layer, cores, size });
  const targets = readers.map((all) => trees.copies(delays(all, leaves), limit));
  return { targets, cores };
}

/** What the host sends to axons that want it later than others goes through relays. Its spikes act in the tick in which they come. */
export function planHostFanOut(
  readers: readonly (readonly Reader[])[],
  size: CoreSize,
): FanOut & { readonly leaves: number } {
  const leaves = readers.reduce((most, all) => all.reduce((m, { due }) => Math.max(m, due), most), 0);
  const cores: Splitter[] = [];
  const trees = new Trees(size, { layer: 0, cores, size });
  const targets = readers.map((all) => trees.fromHost(delays(all, leaves)));
  return { targets, cores, leaves };
}

const delays = (readers: readonly Reader[], leaves: number): readonly Target[] =>
  readers.map(({ sink, due }) => ({ sink, delay: leaves - due }));

/** A tick before the first reader, two where one of the first has to be reached through a splitter. */
function leavesOf(readers: readonly (readonly Reader[])[], limit: number): number {
  const first = readers.reduce((most, all) => all.reduce((m, { due }) => Math.max(m, due), most), 0);
  const isSplit = readers.some((all) => all.length > limit && all.some(({ due }) => due === first));
  return first + (isSplit ? 2 : 1);
}

/** A splitter core that fills up. */
interface Splitter extends CoreDraft {
  /** Axon and target of every neuron. */
  readonly relays: { readonly axon: number; readonly target: Target }[];
}

function openSplitter(layer: number, size: CoreSize): Splitter {
  const relays: Splitter['relays'] = [];
  const neurons = {
    get length() {
      return relays.length;
    },
    [Symbol.iterator]: () => relays.map(({ axon, target }) => relay(axon, target, size))[Symbol.iterator](),
  };
  return { layer, role: 'splitter', axonType: [], neurons, relays };
}

/** Splitters as they are taken, and built where there is a list for their cores. */
class Trees {
  readonly #size: SplitterSize;
  readonly #cells: SplitterCells;
  readonly #built: { readonly layer: number; readonly cores: Splitter[]; readonly size: CoreSize } | undefined;

  constructor(
    size: SplitterSize,
    built?: { readonly layer: number; readonly cores: Splitter[]; readonly size: CoreSize },
  ) {
    this.#size = size;
    this.#cells = new SplitterCells(size);
    this.#built = built;
  }

  get cores(): number {
    return this.#cells.cores;
  }

  /** Targets of the copies of an output that is to reach all of these. */
  copies(targets: readonly Target[], limit: number): readonly Target[] {
    const { maxDelay } = this.#size;
    const near = targets.filter(({ delay }) => delay <= maxDelay);
    if (near.length <= limit) return this.#reach(targets);
    return this.#split(targets, Math.max(1, Math.min(maxDelay, leastDelay(targets) - 1)));
  }

  /** Targets of the host: directly where its spikes act at once. */
  fromHost(targets: readonly Target[]): readonly Target[] {
    const later = targets.filter(({ delay }) => delay > 0);
    return [...targets.filter(({ delay }) => delay === 0), ...(later.length === 0 ? [] : this.#split(later, 0))];
  }

  /** Those that are near, and a relay for the others. */
  #reach(targets: readonly Target[]): readonly Target[] {
    const { maxDelay } = this.#size;
    const far = targets.filter(({ delay }) => delay > maxDelay);
    if (far.length === 0) return targets;
    const near = targets.filter(({ delay }) => delay <= maxDelay);
    return [...near, ...this.#split(far, Math.min(maxDelay, leastDelay(far) - 1))];
  }

  /** Splitters whose axons are reached after `leg` ticks, and whose neurons reach the targets. */
  #split(targets: readonly Target[], leg: number): readonly Target[] {
    const entries = this.#reach(targets.map(({ sink, delay }) => ({ sink, delay: delay - leg })));
    let from = 0;
    return this.#cells.take(entries.length).map(({ core: index, count }) => {
      const part = entries.slice(from, from + count);
      from += count;
      return { sink: this.#axon(index, part) ?? part[0]!.sink, delay: leg };
    });
  }

  #axon(index: number, targets: readonly Target[]): Sink | undefined {
    if (this.#built === undefined) return undefined;
    const { layer, cores, size } = this.#built;
    const core = (cores[index] ??= openSplitter(layer, size));
    const axon = addAxon(core, 0);
    for (const target of targets) core.relays.push({ axon, target });
    return { core, axon };
  }
}

const leastDelay = (targets: readonly Target[]): number =>
  targets.reduce((least, { delay }) => Math.min(least, delay), Infinity);

/** Hands out neurons of splitter cores in order; one axon per hand-out. */
export class SplitterCells {
  readonly #size: { readonly axons: number; readonly neurons: number };
  #cores = 0;
  /** Taken of the last core; before the first there is none left. */
  #axons: number;
  #neurons: number;

  constructor(size: { readonly axons: number; readonly neurons: number }) {
    this.#size = size;
    this.#axons = size.axons;
    this.#neurons = size.neurons;
  }

  get cores(): number {
    return this.#cores;
  }

  /** Cores and numbers of neurons for one output with `n` readers. */
  take(n: number): readonly { readonly core: number; readonly count: number }[] {
    const parts: { core: number; count: number }[] = [];
    while (n > 0) {
      if (this.#neurons === this.#size.neurons || this.#axons === this.#size.axons) {
        this.#cores++;
        this.#axons = 0;
        this.#neurons = 0;
      }
      const count = Math.min(n, this.#size.neurons - this.#neurons);
      parts.push({ core: this.#cores - 1, count });
      this.#axons++;
      this.#neurons += count;
      n -= count;
    }
    return parts;
  }
}

/** Fires whenever its axon does. */
export function relay(axon: number, { sink, delay }: Target, { rules }: CoreSize): NeuronDraft {
  return { ...memoryless([1], 0, rules), axons: [axon], destination: { kind: 'axon', sink, delay }, rate: 0.5 };
}
