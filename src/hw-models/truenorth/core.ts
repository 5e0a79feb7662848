/** One core for one tick. */
import type { CoreArrays, TrueNorthSpec } from '../../ir/program/truenorth.js';
import { neuronDraws, synapseDraw, type DrawKey } from './draws.js';
import { applyThreshold, integrate, leak, neuronParameters, type NeuronParameters, summed } from './neuron.js';
import { AxonScheduler } from './scheduler.js';

/** What a core did in a tick. */
export interface CoreTick {
  /** Neurons that fired, ascending. */
  readonly spikes: readonly number[];
  readonly axonEvents: number;
  /** Active axons times the neurons they connect to. */
  readonly synapticOperations: number;
}

/** For a neuron that does not read them. */
const NO_DRAWS = { leak: 0, threshold: 0 };

/** A core with its potentials and its scheduler. */
export class TrueNorthCore {
  readonly scheduler: AxonScheduler;
  readonly potentials: Int32Array;
  readonly #spec: TrueNorthSpec;
  readonly #coreIdx: number;
  readonly #neurons: readonly NeuronParameters[];
  readonly #axonType: Uint8Array;
  readonly #synapses: Uint32Array;
  readonly #initialPotentials: Int32Array;

  /** `synapses` [nCores, nAxons, words] may differ from the program's by faults. */
  constructor(spec: TrueNorthSpec, cores: CoreArrays, synapses: Uint32Array, coreIdx: number) {
    const { axonsPerCore: nAxons, neuronsPerCore: nNeurons } = spec;
    const rowWords = nAxons * Math.ceil(nNeurons / 32);
    const first = coreIdx * nNeurons;
    this.#spec = spec;
    this.#coreIdx = coreIdx;
    this.#neurons = Array.from({ length: nNeurons }, (_, neuron) => neuronParameters(spec, cores, first + neuron));
    this.#axonType = cores.axonType.subarray(coreIdx * nAxons, (coreIdx + 1) * nAxons);
    this.#synapses = synapses.subarray(coreIdx * rowWords, (coreIdx + 1) * rowWords);
    this.#initialPotentials = cores.initialPotential.subarray(first, first + nNeurons);
    this.scheduler = new AxonScheduler(nAxons, spec.maxDelay);
    this.potentials = this.#initialPotentials.slice();
  }

  /** Empties the scheduler and sets every potential to its initial value. */
  reset(): void {
    this.scheduler.clear();
    this.potentials.set(this.#initialPotentials);
  }

  /** All axons of the tick are latched first; then every neuron integrates, leaks and compares, in ascending order. */
  tick(tick: number, key: DrawKey): CoreTick {
    const axons = this.scheduler.take(tick);
    const spikes: number[] = [];
    let synapticOperations = 0;
    for (const [neuronIdx, neuron] of this.#neurons.entries()) {
      const point = { core: this.#coreIdx, neuron: neuronIdx, tick };
      let potential = this.potentials[neuronIdx]!;
      for (const axon of axons) {
        if (!this.#connected(axon, neuronIdx)) continue;
        const type = this.#axonType[axon]!;
        const rho = neuron.stochasticWeights[type] === true ? synapseDraw(this.#spec, key, point, axon) : 0;
        potential = integrate(neuron, potential, type, rho);
        synapticOperations++;
      }
      const drawn = neuron.stochasticLeak || neuron.thresholdMask > 0;
      const draws = drawn ? neuronDraws(this.#spec, key, point) : NO_DRAWS;
      const leaked = summed(leak(neuron, summed(potential, this.#spec), draws.leak), this.#spec);
      const result = applyThreshold(neuron, this.#spec, leaked, (draws.threshold & neuron.thresholdMask) >>> 0);
      if (result.spike) spikes.push(neuronIdx);
      this.potentials[neuronIdx] = result.potential;
    }
    return { spikes, axonEvents: axons.length, synapticOperations };
  }

  #connected(axon: number, neuron: number): boolean {
    const words = Math.ceil(this.#spec.neuronsPerCore / 32);
    return ((this.#synapses[axon * words + (neuron >>> 5)]! >>> (neuron & 31)) & 1) === 1;
  }
}
