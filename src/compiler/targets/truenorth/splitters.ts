/**
 * Fan-out. A neuron has one destination, so a wire with n readers needs n physical copies of every output that drives it. Copies cost neurons of the
 * layer's own cores (often free: those are limited by axons); a splitter core turns one axon into many neurons, at the
 * price of a core and one more tick. A wire of several drivers, such as a count of steps, is split as a whole: its drivers meet on the splitter's axon as they
 * would on the reader's. Wires that need up to `limit` copies are copied, the others go through splitters. Readers that read later than the longest delay get
 * their spikes through relays, which are splitters in a row.
 */
import { addAxon, type CoreDraft, type CoreSize, memoryless, type NeuronDraft, type Sink } from './drafts.js';

/** Axons that want an output; `due` is the number of ticks from the tick in which its spike acts to the last layer's first output. */
export interface Readers {
  readonly sinks: readonly Sink[];
  readonly due: number;
}

/** A wire that outputs of a layer drive, and everybody who hears it. */
export interface DrivenWire {
  /** Spikes of an output act `lag` ticks after the start of a reader's window. */
  readonly drivers: readonly { readonly output: number; readonly lag: number }[];
  readonly readers: readonly Readers[];
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
  /** Axons of splitters that several outputs drive. */
  readonly merged: readonly Sink[];
}

/** What a plan would cost, without building it. */
export interface FanOutCost {
  /** [nOut] physical copies of every output. */
  readonly copies: Int32Array;
  readonly cores: number;
  /** Spikes of the splitters in a frame if half of all drivers fire. */
  readonly spikes: number;
  /** Ticks from the first output to the last layer's first output. */
  readonly leaves: number;
  /** Ticks from the first output to the first axon that hears it: 1, or 2 through a splitter. */
  readonly ticks: number;
}

/** Room for splitters, and the longest delay. */
export type SplitterSize = Pick<CoreSize, 'axons' | 'neurons' | 'maxDelay'>;

/** Copies that a wire needs beyond the first of every driver, if all of its readers get their own. */
export const extraCopies = ({ drivers, readers }: DrivenWire): number => (axonsOf(readers) - 1) * drivers.length;

/** Axons that hear a wire. */
const axonsOf = (readers: readonly Readers[]): number => readers.reduce((n, { sinks }) => n + sinks.length, 0);

/** Copies and splitter cores when wires that need `limit` extra copies or more go through splitters. */
export function fanOutCost(wires: readonly DrivenWire[], nOut: number, limit: number, size: SplitterSize): FanOutCost {
  const copies = new Int32Array(nOut);
  const trees = new Trees(size);
  const { leaves, ticks } = leavesOf(wires, limit);
  for (const wire of wires) {
    const n = trees.countHops(wire, leaves, limit) ?? hopsOf(wire, leaves, trees, limit).length;
    for (const { output } of wire.drivers) copies[output]! += n;
  }
  return { copies, cores: trees.cores, spikes: trees.spikes, leaves, ticks };
}

/** Builds that plan, once it is asked for: most plans are only compared. */
export function planFanOut(...plan: Parameters<typeof buildFanOut>): FanOut {
  let built: FanOut | undefined;
  const get = (): FanOut => (built ??= buildFanOut(...plan));
  return {
    get targets() {
      return get().targets;
    },
    get cores() {
      return get().cores;
    },
    get merged() {
      return get().merged;
    },
  };
}

function buildFanOut(wires: readonly DrivenWire[], nOut: number, limit: number, layer: number, size: CoreSize): FanOut {
  const cores: Splitter[] = [];
  const merged: Sink[] = [];
  const targets = Array.from({ length: nOut }, (): Target[] => []);
  const trees = new Trees(size, { layer, cores, merged, size });
  const { leaves } = leavesOf(wires, limit);
  for (const wire of wires) {
    const first = leastLag(wire.drivers);
    for (const { sink, delay } of hopsOf(wire, leaves, trees, limit)) {
      for (const { output, lag } of wire.drivers) targets[output]!.push({ sink, delay: delay + lag - first });
    }
  }
  return { targets, cores, merged };
}

/** What the outputs that drive a wire get copies for: everything that the wire goes to first, with the delays of the first of them. */
function hopsOf({ drivers, readers }: DrivenWire, leaves: number, trees: Trees, limit: number): readonly Target[] {
  const first = leastLag(drivers);
  const targets = readers.flatMap(({ sinks, due }) => sinks.map((sink) => ({ sink, delay: leaves - due + first })));
  return trees.hops(targets, drivingOf(drivers, first), limit);
}

const drivingOf = (drivers: DrivenWire['drivers'], first: number): Driving => ({
  drivers: drivers.length,
  spread: drivers.reduce((most, { lag }) => Math.max(most, lag - first), 0),
});

const leastLag = (drivers: DrivenWire['drivers']): number =>
  drivers.reduce((least, { lag }) => Math.min(least, lag), Infinity);

/** What the host sends to axons that want it later than others goes through relays. Its spikes act in the tick in which they come. */
export function planHostFanOut(
  readers: readonly (readonly Readers[])[],
  size: CoreSize,
): FanOut & { readonly leaves: number } {
  const leaves = readers.reduce((most, all) => all.reduce((m, { due }) => Math.max(m, due), most), 0);
  const cores: Splitter[] = [];
  const trees = new Trees(size, { layer: 0, cores, merged: [], size });
  const targets = readers.map((all) =>
    trees.fromHost(all.flatMap(({ sinks, due }) => sinks.map((sink) => ({ sink, delay: leaves - due })))),
  );
  return { targets, cores, merged: [], leaves };
}

/** A tick before the first reader, two where one of the first has to be reached through a splitter. */
function leavesOf(wires: readonly DrivenWire[], limit: number): Pick<FanOutCost, 'leaves' | 'ticks'> {
  let first = 0;
  let isSplit = false;
  for (const wire of wires) {
    const lag = leastLag(wire.drivers);
    const due = wire.readers.reduce((most, reader) => Math.max(most, reader.due - lag), 0);
    const isSplitWire = extraCopies(wire) >= limit;
    if (due > first) isSplit = isSplitWire;
    else if (due === first) isSplit ||= isSplitWire;
    first = Math.max(first, due);
  }
  const ticks = isSplit ? 2 : 1;
  return { leaves: first + ticks, ticks };
}

/** A splitter core that fills up. */
interface Splitter extends CoreDraft {
  /** Axon and target of every neuron, and its expected spikes per frame. */
  readonly relays: { readonly axon: number; readonly target: Target; readonly rate: number }[];
}

function openSplitter(layer: number, size: CoreSize): Splitter {
  const relays: Splitter['relays'] = [];
  const neurons = {
    get length() {
      return relays.length;
    },
    [Symbol.iterator]: () => relays.map(({ axon, target, rate }) => relay(axon, target, size, rate))[Symbol.iterator](),
  };
  return { layer, role: 'splitter', axonType: [], neurons, relays };
}

/** Where splitters that are built go. */
interface Built {
  readonly layer: number;
  readonly cores: Splitter[];
  readonly merged: Sink[];
  readonly size: CoreSize;
}

/** How many outputs drive a wire, and how many ticks the last of them comes after the first. */
interface Driving {
  readonly drivers: number;
  readonly spread: number;
}

/** The host, and a neuron of a splitter. */
const ALONE: Driving = { drivers: 1, spread: 0 };

/** Splitters as they are taken, and built where there is a list for their cores. */
class Trees {
  readonly #size: SplitterSize;
  readonly #cells: SplitterCells;
  readonly #built: Built | undefined;
  #spikes = 0;

  constructor(size: SplitterSize, built?: Built) {
    this.#size = size;
    this.#cells = new SplitterCells(size);
    this.#built = built;
  }

  get cores(): number {
    return this.#cells.cores;
  }

  /** Of all splitters, where half of what drives them fires. */
  get spikes(): number {
    return this.#spikes;
  }

  /** How many {@link hops} of a wire there are, where they are counted without a list of them: all readers are near. */
  countHops({ drivers, readers }: DrivenWire, leaves: number, limit: number): number | undefined {
    const first = leastLag(drivers);
    const { maxDelay } = this.#size;
    const reach = maxDelay - drivingOf(drivers, first).spread;
    let least = Infinity;
    let most = -Infinity;
    for (const { due } of readers) {
      least = Math.min(least, leaves - due + first);
      most = Math.max(most, leaves - due + first);
    }
    if (most > reach) return undefined;
    const n = axonsOf(readers);
    if ((n - 1) * drivers.length < limit) return n;
    return most - legOf(reach, least) > maxDelay ? undefined : this.#take(n, drivers.length).length;
  }

  /** What the drivers of a wire have to reach, so that it reaches all of these; delays are those of the first driver. */
  hops(targets: readonly Target[], driving: Driving, limit: number): readonly Target[] {
    const reach = this.#size.maxDelay - driving.spread;
    const near = targets.filter(({ delay }) => delay <= reach);
    if ((near.length - 1) * driving.drivers < limit) return this.#reach(targets, driving);
    return this.#split(targets, legOf(reach, leastDelay(targets)), driving);
  }

  /** Targets of the host: directly where its spikes act at once. */
  fromHost(targets: readonly Target[]): readonly Target[] {
    const later = targets.filter(({ delay }) => delay > 0);
    const direct = targets.filter(({ delay }) => delay === 0);
    return later.length === 0 ? direct : [...direct, ...this.#split(later, 0, ALONE)];
  }

  /** Those that are near, and a relay for the others. */
  #reach(targets: readonly Target[], driving: Driving): readonly Target[] {
    const reach = this.#size.maxDelay - driving.spread;
    const far = targets.filter(({ delay }) => delay > reach);
    if (far.length === 0) return targets;
    const near = targets.filter(({ delay }) => delay <= reach);
    return [...near, ...this.#split(far, Math.min(reach, leastDelay(far) - 1), driving)];
  }

  /** Splitters whose axons are reached after `leg` ticks, and whose neurons reach the targets. */
  #split(targets: readonly Target[], leg: number, driving: Driving): readonly Target[] {
    const entries = this.#reach(
      targets.map(({ sink, delay }) => ({ sink, delay: delay - leg })),
      ALONE,
    );
    let from = 0;
    return this.#take(entries.length, driving.drivers).map(({ core: index, count }) => {
      const part = entries.slice(from, from + count);
      from += count;
      return { sink: this.#axon(index, part, driving) ?? part[0]!.sink, delay: leg };
    });
  }

  #take(n: number, drivers: number): ReturnType<SplitterCells['take']> {
    this.#spikes += n * rateOf(drivers);
    return this.#cells.take(n);
  }

  #axon(index: number, targets: readonly Target[], { drivers }: Driving): Sink | undefined {
    if (this.#built === undefined) return undefined;
    const { layer, cores, merged, size } = this.#built;
    const core = (cores[index] ??= openSplitter(layer, size));
    const sink = { core, axon: addAxon(core, 0) };
    for (const target of targets) core.relays.push({ axon: sink.axon, target, rate: rateOf(drivers) });
    if (drivers > 1) merged.push(sink);
    return sink;
  }
}

/** Expected spikes in a frame of what so many neurons drive. */
const rateOf = (drivers: number): number => drivers / 2;

/** Ticks to a splitter whose first reader wants its spikes after `least` ticks. */
const legOf = (reach: number, least: number): number => Math.max(1, Math.min(reach, least - 1));

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

/** Fires whenever its axon does; `rate` is how often that is expected in a frame. */
export function relay(axon: number, { sink, delay }: Target, { rules }: CoreSize, rate = 0.5): NeuronDraft {
  return { parameters: memoryless([1], 0, rules), axons: [axon], destination: { kind: 'axon', sink, delay }, rate };
}
