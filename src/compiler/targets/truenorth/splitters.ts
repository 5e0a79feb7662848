/**
 * Fan-out. A neuron has one destination, so an output with n readers needs n physical copies. Copies cost neurons of the
 * layer's own cores (often free: those are limited by axons); a splitter core turns one axon into many neurons, at the
 * price of a core and one more tick. Outputs with up to `limit` readers are copied, the others go through splitters.
 */
import { addAxon, type CoreDraft, memoryless, type NeuronDraft, type Sink } from './drafts.js';

/** Where the copies of every output go. */
export interface FanOut {
  /** [nOut][copy] first destination of each physical copy. */
  readonly sinks: readonly (readonly Sink[])[];
  readonly cores: readonly CoreDraft[];
  /** Outputs that reach their readers directly, one tick earlier than through a splitter: [nOut]. */
  readonly direct: readonly boolean[];
}

/** Plans splitters for outputs with more than `limit` readers. */
export function planFanOut(
  readers: readonly (readonly Sink[])[],
  limit: number,
  layer: number,
  size: { readonly axons: number; readonly neurons: number },
): FanOut {
  const cores: CoreDraft[] = [];
  let open: CoreDraft | undefined;
  const direct = readers.map((sinks) => sinks.length <= limit);
  const sinks = readers.map((all, output) => {
    if (direct[output] === true) return all;
    const heads: Sink[] = [];
    let rest = all.slice();
    while (rest.length > 0) {
      if (open === undefined || open.neurons.length === size.neurons || open.axonType.length === size.axons) {
        open = { layer, role: 'splitter', axonType: [], neurons: [] };
        cores.push(open);
      }
      const axon = addAxon(open, 0);
      heads.push({ core: open, axon });
      const here = rest.slice(0, size.neurons - open.neurons.length);
      for (const sink of here) open.neurons.push(relay(axon, sink));
      rest = rest.slice(here.length);
    }
    return heads;
  });
  return { sinks, cores, direct };
}

/** Fires whenever its axon does. */
function relay(axon: number, sink: Sink): NeuronDraft {
  return { ...memoryless([1, 0, 0, 0], 0), axons: [axon], destination: { kind: 'axon', sink }, rate: 0.5 };
}
