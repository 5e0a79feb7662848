/** What a network and its programs are made of: where faults can be alone, and what a protection protects. */
import type { Chip, ChipStructure } from '../chips/chip.js';
import { compileNetwork } from '../flow.js';
import type { FaultMemory } from '../ir/faults/memories.js';
import type { FaultScope } from '../ir/faults/scope.js';
import { memoriesAtRisk } from '../ir/faults/support.js';
import type { NetworkGraph, NetworkNode } from '../ir/network/types.js';

/** Names of the layers with weights, in order. */
export const weightedLayers = (nodes: readonly NetworkNode[]): readonly string[] =>
  nodes.flatMap(({ kind, id }) => (kind === 'dense' || kind === 'conv2d' || kind === 'blockDense' ? [id] : []));

/** Weights of all layers. */
export const countWeights = ({ nodes }: NetworkGraph): number =>
  nodes.reduce((sum, node) => {
    if (node.kind === 'dense' || node.kind === 'conv2d') return sum + node.weights.length;
    if (node.kind === 'blockDense') return sum + node.blocks.reduce((n, { weights }) => n + weights.length, 0);
    return sum;
  }, 0);

/** Compiles a network and looks. @throws UserError for networks that do not fit the chip */
export const structureOn = (network: NetworkGraph, chip: Chip): ChipStructure =>
  chip.structure(compileNetwork(network, { chip }).program);

/** The memories whose bits fail in a scope. */
const memoriesOf = (chip: Chip, scope: FaultScope): readonly FaultMemory[] => memoriesAtRisk(scope, chip.faults());

/** Bits of the widest word of the memories of a scope; 1 where it is not known. */
export function wordBits(structure: ChipStructure | undefined, chip: Chip, scope: FaultScope): number {
  const memories = memoriesOf(chip, scope);
  const stores = structure?.stores.filter(({ memory }) => memories.includes(memory)) ?? [];
  return Math.max(1, ...stores.map(({ bits }) => bits));
}

/**
 * Bits of the memories of a scope that are stored, and those of them without faults: in protected positions, and in other layers and cores than
 * those it names. Undefined where a memory's bits are not known.
 */
export function storedBits(
  structure: ChipStructure,
  chip: Chip,
  scope: FaultScope,
): { readonly stored: number; readonly protected: number } | undefined {
  const memories = memoriesOf(chip, scope);
  if (memories.some((memory) => !structure.stores.some((store) => store.memory === memory))) return undefined;
  let stored = 0;
  let atRisk = 0;
  for (const { memory, layer, words, bits, cores } of structure.stores) {
    if (!memories.includes(memory)) continue;
    stored += words * bits;
    if (scope.layers !== undefined && !scope.layers.includes(layer)) continue;
    const listed = scope.cores;
    const share =
      listed === undefined || cores === undefined || cores.length === 0
        ? 1
        : cores.filter((core) => listed.includes(core)).length / cores.length;
    const free = scope.protectedBits?.filter((position) => position < bits).length ?? 0;
    atRisk += words * share * (bits - free);
  }
  return { stored, protected: stored - atRisk };
}
