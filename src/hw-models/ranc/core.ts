/** One core of RANC for one tick. */
import type { RancCoreArrays, RancSpec } from '../../ir/program/formats/ranc/types.js';
import { fires, nextPotential, type NeuronRules, wrap } from './neuron.js';
import { RancScheduler } from './scheduler.js';

/** A core with its potentials and its scheduler. */
export class RancCore {
  readonly scheduler: RancScheduler;
  /** [nN] of the listed neurons and, silent, the others. */
  readonly potentials: Int32Array;
  /** Active axons times the neurons they connect to, since the core was built. */
  synapticOperations = 0;
  readonly #cores: RancCoreArrays;
  readonly #rules: NeuronRules;
  readonly #nListed: number;
  readonly #nNeurons: number;
  readonly #first: number;
  readonly #axonType: Int32Array;
  /** [nAxons, words]. */
  readonly #synapses: Uint32Array;
  /** [nWeights, nNeurons]: the weights of one type lie side by side. */
  readonly #weights: Int32Array;

  constructor(spec: RancSpec, cores: RancCoreArrays, coreIdx: number, rules: NeuronRules) {
    const { axonsPerCore: nAxons, neuronsPerCore: nNeurons, nWeights } = spec;
    const rowWords = nAxons * Math.ceil(nNeurons / 32);
    this.#cores = cores;
    this.#rules = rules;
    this.#nNeurons = nNeurons;
    this.#nListed = cores.listedNeurons[coreIdx]!;
    this.#first = coreIdx * nNeurons;
    this.#axonType = cores.axonType.subarray(coreIdx * nAxons, (coreIdx + 1) * nAxons);
    this.#synapses = cores.synapses.subarray(coreIdx * rowWords, (coreIdx + 1) * rowWords);
    this.#weights = new Int32Array(nWeights * nNeurons);
    for (let j = 0; j < nNeurons; j++) {
      for (let type = 0; type < nWeights; type++) {
        this.#weights[type * nNeurons + j] = cores.weights[(this.#first + j) * nWeights + type]!;
      }
    }
    this.scheduler = new RancScheduler(nAxons, spec.maxTickOffset);
    this.potentials = cores.initialPotential.slice(this.#first, this.#first + nNeurons);
  }

  /** Reads the current word, updates the listed neurons in ascending order, calls `send` for each that fires, empties the word. */
  tick(send: (neuron: number) => void): void {
    this.#integrate(this.scheduler.currentWord());
    const { potentials } = this;
    const cores = this.#cores;
    const rules = this.#rules;
    const first = this.#first;
    const nListed = this.#nListed;
    for (let j = 0; j < nListed; j++) {
      const neuron = first + j;
      // Sums wrap once, here: adding and then keeping the low bits is the same in any order.
      const potential = wrap(potentials[j]! + cores.leak[neuron]!, rules.potentialBits);
      if (fires(cores, neuron, potential)) send(j);
      potentials[j] = nextPotential(cores, rules, neuron, potential);
    }
    this.scheduler.clear();
  }

  /** Adds the weight of every active axon to the neurons it connects to. */
  #integrate(activeAxons: Uint32Array): void {
    const words = Math.ceil(this.#nNeurons / 32);
    const { potentials } = this;
    const synapses = this.#synapses;
    const weights = this.#weights;
    let operations = 0;
    for (let axonWord = 0; axonWord < activeAxons.length; axonWord++) {
      for (let axons = activeAxons[axonWord]!; axons !== 0; axons &= axons - 1) {
        const axon = axonWord * 32 + lowestBit(axons);
        const ofType = this.#axonType[axon]! * this.#nNeurons;
        for (let word = 0; word < words; word++) {
          for (let bits = synapses[axon * words + word]! | 0; bits !== 0; bits &= bits - 1) {
            const j = word * 32 + lowestBit(bits);
            potentials[j] = potentials[j]! + weights[ofType + j]!;
            operations++;
          }
        }
      }
    }
    this.synapticOperations += operations;
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
