/** What faults can hit in a program for RANC. */
import type { ChipStructure } from '../chip.js';
import { TIMER } from '../truenorth/scope.js';
import type { RancProgram } from './program.js';

/** Cores, layers and the synapses of each. */
export function rancStructure({ spec, cores, layers, coreLayer }: RancProgram): ChipStructure {
  const nameOf = (core: number): string => layers[coreLayer[core]!]?.name ?? TIMER;
  const all = Array.from({ length: cores.nCores }, (_, core) => core);
  const names = [...new Set(all.map(nameOf))];
  const inOrder = [...new Set([...layers.map(({ name }) => name), TIMER])].filter((name) => names.includes(name));
  return {
    nCores: cores.nCores,
    layers: inOrder,
    stores: inOrder.map((layer) => {
      const own = all.filter((core) => nameOf(core) === layer);
      const words = spec.axonsPerCore * spec.neuronsPerCore * own.length;
      return { memory: 'synapses', layer, words, bits: 1, cores: own };
    }),
  };
}
