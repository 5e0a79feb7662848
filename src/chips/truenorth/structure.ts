/** What faults can hit in a program on a TrueNorth-style chip. */
import { potentialBits } from '../../hw-models/faults/potential-upsets.js';
import { destinationBits, thresholdBits } from '../../hw-models/faults/stored-words.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { ChipStructure } from '../chip.js';
import { TIMER } from './scope.js';

/** Cores, layers and the words of each memory. */
export function trueNorthStructure({ spec, cores, layers, coreLayer }: TrueNorthProgram): ChipStructure {
  const nameOf = (core: number): string => layers[coreLayer[core]!]?.name ?? TIMER;
  const all = Array.from({ length: cores.nCores }, (_, core) => core);
  const coresOf = (name: string): readonly number[] => all.filter((core) => nameOf(core) === name);
  const names = [...new Set(layers.map(({ name }) => name)), TIMER].filter((name) => coresOf(name).length > 0);
  const { axonsPerCore, neuronsPerCore } = spec;
  const perCore = [
    { memory: 'synapses', words: axonsPerCore * neuronsPerCore, bits: 1 },
    // The positive and the negative threshold.
    { memory: 'thresholds', words: 2 * neuronsPerCore, bits: thresholdBits(spec) },
    { memory: 'potentials', words: neuronsPerCore, bits: potentialBits(spec) },
    { memory: 'destinations', words: neuronsPerCore, bits: destinationBits(spec) },
  ] as const;
  return {
    nCores: cores.nCores,
    layers: names,
    stores: names.flatMap((layer) => {
      const own = coresOf(layer);
      return perCore.map(({ memory, words, bits }) => ({ memory, layer, words: words * own.length, bits, cores: own }));
    }),
  };
}
