/**
 * Fan-out. A neuron has one destination, so an output with n readers needs n physical copies. Copies cost neurons of the
 * layer's own cores (often free: those are limited by axons); a splitter core turns one axon into many neurons, at the
 * price of a core and one more tick. Outputs with up to `limit` readers are copied, the others go through splitters.
 */
import { addAxon, type CoreDraft, type CoreSize, memoryless, type NeuronDraft, type Sink } from './drafts.js';

/** Where the copies of every output go. */
export interface FanOut {
  /** [nOut][copy] first destination of each physical copy. */
  readonly sinks: readonly (readonly Sink[])[];
  readonly cores: readonly CoreDraft[];
  /** Outputs that reach their readers directly, one tick earlier than through a splitter: [nOut]. */
  readonly direct: readonly boolean[];
}

/** What a plan would cost, without building it. */
export interface FanOutCost {
  /** [nOut] physical copies of every output. */
  readonly copies: Int32Array;
  readonly cores: number;
}

/** Copies and splitter cores when outputs with more than `limit` readers go through splitters. */
export function fanOutCost(
  readers: readonly (readonly Sink[])[],
  limit: number,
  size: { readonly axons: number; readonly neurons: number },
): FanOutCost {
  const cells = new SplitterCells(size);
  const copies = Int32Array.from(readers, (sinks) =>
    sinks.length <= limit ? sinks.length : cells.take(sinks.length).length,
  );
  return { copies, cores: cells.cores };
}

/** Builds that plan. */
export function planFanOut(
  readers: readonly (readonly Sink[])[],
  limit: number,
  layer: number,
  size: CoreSize,
): FanOut {
  const cells = new SplitterCells(size);
  const cores: CoreDraft[] = [];
  const direct = readers.map((sinks) => sinks.length <= limit);
  const sinks = readers.map((all, output) => {
    if (direct[output] === true) return all;
    let from = 0;
    return cells.take(all.length).map(({ core: index, count }) => {
      const core = (cores[index] ??= { layer, role: 'splitter', axonType: [], neurons: [] });
      const axon = addAxon(core, 0);
      for (const sink of all.slice(from, from + count)) core.neurons.push(relay(axon, sink, size));
      from += count;
      return { core, axon };
    });
  });
  return { sinks, cores, direct };
}

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
export function relay(axon: number, sink: Sink, { rules }: CoreSize): NeuronDraft {
  return { ...memoryless([1], 0, rules), axons: [axon], destination: { kind: 'axon', sink }, rate: 0.5 };
}
