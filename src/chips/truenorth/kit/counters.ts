/** Counters of a tick as fields of a model. */
import type { EngineCounters } from '../../../simulator/engines/contract.js';

/** What is counted in a tick. */
export class Counters {
  #last: Pick<EngineCounters, 'hops' | 'coreSpikes' | 'coreSynapticOperations'> | undefined;

  of(counted: Pick<EngineCounters, 'hops' | 'coreSpikes' | 'coreSynapticOperations'>): void {
    this.#last = counted;
  }

  fields(nCores: number) {
    const level = 'counters' as const;
    return {
      coreSpikes: {
        ...{ length: nCores, level, what: '[nCores] spikes that left each core for an axon or a pin in the last tick' },
        read: () => Int32Array.from(this.#last?.coreSpikes ?? new Int32Array(nCores)),
      },
      operations: {
        ...{ length: nCores, level, what: '[nCores] active axons times connected neurons in the last tick' },
        read: () => Int32Array.from(this.#last?.coreSynapticOperations ?? new Int32Array(nCores)),
      },
      hops: {
        ...{ length: 1, level, what: '[1] steps of spikes on the mesh in the last tick' },
        read: () => Int32Array.of(this.#last?.hops ?? 0),
      },
    };
  }
}
