/**
 * Permanent faults of the cores of a TrueNorth-style chip, as a program whose arrays are what the faulty chip reads: every engine computes the
 * same from them. Crossbars, with the flips of bit-errors.ts, and neurons. Unused rows, columns and neurons are at risk like the rest.
 */
import { checkRates, checkStoredBits } from './check-rates.js';
import { draw, draw4, PURPOSE } from '../../common/rng.js';
import { RESET, NO_TARGET, type CoreArrays, type TrueNorthProgram } from '../../ir/program/truenorth.js';
import { isFaultless, readBit } from './stored-bits.js';
import type { StoredWordFaults } from './stored-words.js';

/** Faults of the neurons of one chip; 0 is off. */
export interface NeuronFaults {
  /** Fraction of the neurons that never fire, 0..1. */
  readonly dead: number;
  /** Fraction of the neurons that fire in every tick, 0..1; with dead at most 1. */
  readonly saturated: number;
  /** Seed of the chip, a safe integer >= 0. */
  readonly chipSeed: number;
  /** [nCores] 1 for the cores at risk; all without it. */
  readonly cores?: Uint8Array;
}

const DRAWS = 4294967296;

/**
 * The program with the crossbar bits that a faulty chip reads. The draws of bit (core, axon, neuron) are one word each of two streams of the chip
 * seed (PURPOSE.synapseBitError, PURPOSE.synapseStuckBit).
 */
export function withCrossbarFaults(program: TrueNorthProgram, faults: StoredWordFaults): TrueNorthProgram {
  checkStoredBits(faults);
  if (isFaultless(faults)) return program;
  const { spec, cores } = program;
  const synapses = cores.synapses.slice();
  const nWords = Math.ceil(spec.neuronsPerCore / 32);
  const flips = new Uint32Array(4);
  const stuck = new Uint32Array(4);
  for (let core = 0; core < cores.nCores; core++) {
    if (faults.cores !== undefined && faults.cores[core] === 0) continue;
    for (let axon = 0; axon < spec.axonsPerCore; axon++) {
      const row = (core * spec.axonsPerCore + axon) * nWords;
      for (let neuron = 0; neuron < spec.neuronsPerCore; neuron += 4) {
        draw4(faults.chipSeed, PURPOSE.synapseBitError, core, axon, neuron / 4, flips);
        draw4(faults.chipSeed, PURPOSE.synapseStuckBit, core, axon, neuron / 4, stuck);
        const word = row + (neuron >>> 5);
        let changed = 0;
        for (let i = 0; i < 4 && neuron + i < spec.neuronsPerCore; i++) {
          const written = (cores.synapses[word]! >>> ((neuron + i) & 31)) & 1;
          changed |= (written ^ readBit(written, flips[i]!, stuck[i]!, faults)) << i;
        }
        if (changed !== 0) synapses[word]! ^= changed << (neuron & 31);
      }
    }
  }
  return { ...program, cores: { ...cores, synapses } };
}

/**
 * The program with faulty neurons. A neuron is dead if its draw is below dead * 2^32 and saturated if it is one of the saturated * 2^32 largest:
 * nested both. A dead neuron has no target. A saturated one has weights 0, leak 1, threshold 0 and a reset to 0, so that it fires in every tick
 * from the first on, whatever comes in; where it drives nothing it stays silent.
 */
export function withNeuronFaults(program: TrueNorthProgram, faults: NeuronFaults): TrueNorthProgram {
  const { dead, saturated, chipSeed } = faults;
  checkRates([
    ['dead', 'dead_neuron', dead],
    ['saturated', 'saturated_neuron', saturated],
  ]);
  if (dead === 0 && saturated === 0) return program;
  const { spec } = program;
  const cores =
    saturated === 0 ? { ...program.cores, target: program.cores.target.slice() } : withOwnNeurons(program.cores);
  for (let i = 0; i < cores.target.length; i++) {
    const core = Math.floor(i / spec.neuronsPerCore);
    if (faults.cores !== undefined && faults.cores[core] === 0) continue;
    const word = draw(chipSeed, PURPOSE.neuronFault, core, i % spec.neuronsPerCore, 0);
    if (word < dead * DRAWS) cores.target[i] = NO_TARGET;
    else if (DRAWS - 1 - word < saturated * DRAWS) saturate(cores, i, spec.axonTypes);
  }
  return { ...program, cores };
}

function withOwnNeurons(cores: CoreArrays): CoreArrays {
  return {
    ...cores,
    weights: cores.weights.slice(),
    leak: cores.leak.slice(),
    leakReversal: cores.leakReversal.slice(),
    threshold: cores.threshold.slice(),
    resetMode: cores.resetMode.slice(),
    resetPotential: cores.resetPotential.slice(),
    initialPotential: cores.initialPotential.slice(),
    stochastic: cores.stochastic.slice(),
    thresholdBits: cores.thresholdBits.slice(),
    target: cores.target.slice(),
  };
}

/** With V = 0 before every tick, V = 1 after the leak is above the threshold under either comparison. */
function saturate(cores: CoreArrays, i: number, axonTypes: number): void {
  cores.weights.fill(0, i * axonTypes, (i + 1) * axonTypes);
  cores.leak[i] = 1;
  cores.leakReversal[i] = 0;
  cores.threshold[i] = 0;
  cores.resetMode[i] = RESET.normal;
  cores.resetPotential[i] = 0;
  cores.initialPotential[i] = 0;
  cores.stochastic[i] = 0;
  cores.thresholdBits[i] = 0;
}
