/** One core for one tick. */
import type { CoreArrays, TrueNorthSpec } from '../../ir/program/truenorth.js';
import { neuronDraws, synapseDraw, type DrawKey } from './draws.js';
import { type Arrival, neuronParameters, type NeuronParameters, type NeuronUpdate, updateNeuron } from './neuron.js';
import { AxonScheduler, type Scheduler } from './scheduler.js';
import type { NoteRule, TrueNorthRuleId } from './tick-rules.js';

/** What a core did in a tick. */
export interface CoreTick {
  /** Neurons that fired, ascending. */
  readonly spikes: readonly number[];
  /** Axons that were active, ascending. */
  readonly axons: readonly number[];
  /** Active axons times the neurons they connect to. */
  readonly synapticOperations: number;
}

/** What may stand in a core besides its program. */
export interface CoreModels {
  /** The neurons, those of the specification without it. */
  readonly update?: NeuronUpdate | undefined;
  /** The ring of axons, likewise. */
  readonly scheduler?: ((nAxons: number, maxDelay: number) => Scheduler) | undefined;
  /** Hears of every rule that decided something. */
  readonly note?: NoteRule | undefined;
}

/** For a neuron that does not read them. */
const NO_DRAWS = { leak: 0, threshold: 0 };

/** A core with its potentials and its scheduler. */
export class TrueNorthCore {
  readonly scheduler: Scheduler;
  readonly potentials: Int32Array;
  readonly #spec: TrueNorthSpec;
  readonly #coreIdx: number;
  readonly #neurons: readonly NeuronParameters[];
  readonly #axonType: Uint8Array;
  readonly #synapses: Uint32Array;
  readonly #initialPotentials: Int32Array;
  readonly #update: NeuronUpdate;
  readonly #note: NoteRule | undefined;

  /** `synapses` [nCores, nAxons, words] may differ from the program's by faults. */
  constructor(
    spec: TrueNorthSpec,
    cores: CoreArrays,
    synapses: Uint32Array,
    coreIdx: number,
    { update = updateNeuron, scheduler, note }: CoreModels = {},
  ) {
    const { axonsPerCore: nAxons, neuronsPerCore: nNeurons } = spec;
    const rowWords = nAxons * Math.ceil(nNeurons / 32);
    const first = coreIdx * nNeurons;
    this.#spec = spec;
    this.#coreIdx = coreIdx;
    this.#neurons = Array.from({ length: nNeurons }, (_, neuron) => neuronParameters(spec, cores, first + neuron));
    this.#axonType = cores.axonType.subarray(coreIdx * nAxons, (coreIdx + 1) * nAxons);
    this.#synapses = synapses.subarray(coreIdx * rowWords, (coreIdx + 1) * rowWords);
    this.#initialPotentials = cores.initialPotential.subarray(first, first + nNeurons);
    this.#update = update;
    this.#note = note;
    this.scheduler = scheduler?.(nAxons, spec.maxDelay) ?? new AxonScheduler(nAxons, spec.maxDelay);
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
    const note = this.#note;
    const coreIdx = this.#coreIdx;
    if (axons.length > 0) note?.('latch', coreIdx, -1);
    const arriving = axons.map((axon) => ({ axon, type: this.#axonType[axon]!, rho: 0 }));
    const spikes: number[] = [];
    let synapticOperations = 0;
    for (const [neuronIdx, neuron] of this.#neurons.entries()) {
      const point = { core: coreIdx, neuron: neuronIdx, tick };
      const arrivals: Arrival[] = [];
      for (const arrival of arriving) {
        const { axon, type } = arrival;
        if (!this.#connected(axon, neuronIdx)) continue;
        const isDrawn = neuron.stochasticWeights[type] === true;
        arrivals.push(isDrawn ? { type, rho: synapseDraw(this.#spec, key, point, axon) } : arrival);
      }
      synapticOperations += arrivals.length;
      const drawn = neuron.stochasticLeak || neuron.thresholdMask > 0;
      const draws = drawn ? neuronDraws(this.#spec, key, point) : NO_DRAWS;
      const ofNeuron = note === undefined ? undefined : (rule: TrueNorthRuleId): void => note(rule, coreIdx, neuronIdx);
      const before = this.potentials[neuronIdx]!;
      const result = this.#update(neuron, this.#spec, before, arrivals, draws, ofNeuron);
      if (result.spike) spikes.push(neuronIdx);
      this.potentials[neuronIdx] = result.potential;
    }
    return { spikes, axons, synapticOperations };
  }

  #connected(axon: number, neuron: number): boolean {
    const words = Math.ceil(this.#spec.neuronsPerCore / 32);
    return ((this.#synapses[axon * words + (neuron >>> 5)]! >>> (neuron & 31)) & 1) === 1;
  }
}
