/** One core of RANC for one tick. */
import type { RancCoreArrays, RancSpec } from '../../ir/program/formats/ranc/types.js';
import { type NeuronRules, type NeuronUpdate, updateNeuron } from './neuron.js';
import { RancScheduler } from './scheduler.js';
import type { NoteRule, RancRuleId } from './tick-rules.js';

/** What may stand in a core besides its program. */
export interface CoreModels {
  /** The neurons, those of the specification without it. */
  readonly update?: NeuronUpdate | undefined;
  /** Hears of every rule that decided something. */
  readonly note?: NoteRule | undefined;
}

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
  readonly #coreIdx: number;
  readonly #update: NeuronUpdate;
  readonly #note: NoteRule | undefined;

  constructor(
    spec: RancSpec,
    cores: RancCoreArrays,
    coreIdx: number,
    rules: NeuronRules,
    { update = updateNeuron, note }: CoreModels = {},
  ) {
    const { axonsPerCore: nAxons, neuronsPerCore: nNeurons, nWeights } = spec;
    const rowWords = nAxons * Math.ceil(nNeurons / 32);
    this.#coreIdx = coreIdx;
    this.#update = update;
    this.#note = note;
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
    const note = this.#note;
    const coreIdx = this.#coreIdx;
    if (nListed < this.#nNeurons) note?.('silent', coreIdx, -1);
    for (let j = 0; j < nListed; j++) {
      const ofNeuron = note === undefined ? undefined : (rule: RancRuleId): void => note(rule, coreIdx, j);
      const { spike, potential } = this.#update(cores, rules, first + j, potentials[j]!, ofNeuron);
      if (spike) send(j);
      potentials[j] = potential;
    }
    this.scheduler.clear();
  }

  /** Adds the weight of every active axon to the neurons it connects to. */
  #integrate(activeAxons: Uint32Array): void {
    const words = Math.ceil(this.#nNeurons / 32);
    const { potentials } = this;
    const synapses = this.#synapses;
    const weights = this.#weights;
    const note = this.#note;
    const coreIdx = this.#coreIdx;
    let operations = 0;
    for (let axonWord = 0; axonWord < activeAxons.length; axonWord++) {
      for (let axons = activeAxons[axonWord]!; axons !== 0; axons &= axons - 1) {
        const axon = axonWord * 32 + lowestBit(axons);
        const ofType = this.#axonType[axon]! * this.#nNeurons;
        for (let word = 0; word < words; word++) {
          for (let bits = synapses[axon * words + word]! | 0; bits !== 0; bits &= bits - 1) {
            const j = word * 32 + lowestBit(bits);
            potentials[j] = potentials[j]! + weights[ofType + j]!;
            note?.('integrate', coreIdx, j);
            operations++;
          }
        }
      }
    }
    this.synapticOperations += operations;
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
