/** What a network and its programs are made of: where faults can be alone, and what a protection protects. */
import { present } from '../common/assert.js';
import { compileNetwork } from '../flow.js';
import { FAULT_SUPPORT } from '../flow/fault-support.js';
import { addendBits, MULTIPLIER_BITS, SUM_BITS } from '../hw-models/faults/parameter-faults.js';
import { potentialBits } from '../hw-models/faults/potential-upsets.js';
import { destinationBits, thresholdBits } from '../hw-models/faults/stored-words.js';
import type { NetworkGraph, NetworkNode } from '../ir/network/types.js';
import type { KnownProgram } from '../ir/program/file.js';
import type { NorthPoleLayer, NorthPoleProgram, RequantiseStep } from '../ir/program/northpole.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { FaultMemory } from '../ir/faults/memories.js';
import type { FaultScope } from '../ir/faults/scope.js';
import { memoriesAtRisk } from '../ir/faults/support.js';

/** A kind of chip. */
export type Chip = 'truenorth' | 'northpole';

/** The words of one memory that belong to one layer. */
export interface Store {
  readonly memory: FaultMemory;
  readonly layer: string;
  /** Words of so many bits; those of synapses are single bits without a position. */
  readonly words: number;
  readonly bits: number;
  /** TrueNorth: the cores of the layer, which hold equal parts. */
  readonly cores?: readonly number[];
}

/** What a study has to know of a program. */
export interface ChipStructure {
  /** Cores in use. */
  readonly nCores: number;
  /** Names of the layers that are on the chip, in order. */
  readonly layers: readonly string[];
  readonly stores: readonly Store[];
}

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
export function structureOn(network: NetworkGraph, chip: Chip): ChipStructure {
  return chip === 'truenorth'
    ? structureOf(compileNetwork(network, { chip: 'truenorth' }).program)
    : structureOf(compileNetwork(network, { chip: 'northpole' }).program);
}

/** The structure of a program. */
export const structureOf = (program: KnownProgram): ChipStructure =>
  program.kind === 'truenorth' ? trueNorthStructure(program) : northPoleStructure(program);

/** Where cores that belong to no layer are counted, as in the scope of faults. */
const TIMER = 'timer';

function trueNorthStructure({ spec, cores, layers, coreLayer }: TrueNorthProgram): ChipStructure {
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

function northPoleStructure({ layers, tensors }: NorthPoleProgram): ChipStructure {
  return {
    nCores: new Set(layers.flatMap(({ mapping }) => [...mapping.cores])).size,
    layers: layers.flatMap(({ kind, name }) => (kind === 'vmm' ? [name] : [])),
    stores: layers.flatMap((layer): readonly Store[] => {
      const out = present(tensors[layer.output], 'output');
      const matrix: readonly Store[] =
        layer.kind === 'vmm'
          ? [{ memory: 'weights', layer: layer.name, words: layer.weights.length, bits: layer.weightBits }]
          : [];
      return [
        ...matrix,
        ...parameterStores(layer),
        { memory: 'activations', layer: layer.name, words: sizeOf(out.shape), bits: out.bits },
      ];
    }),
  };
}

/** What a layer keeps beside its weights, as hw-models/faults/parameter-faults.ts defines it. */
function parameterStores(layer: NorthPoleLayer): readonly Store[] {
  const store = (values: { readonly length: number }, bits: number): Store => ({
    ...{ memory: 'biases', layer: layer.name, words: values.length, bits },
  });
  const requantise = ({ multiplier, addend }: RequantiseStep): readonly Store[] => [
    store(multiplier, MULTIPLIER_BITS),
    ...(addend === undefined ? [] : [store(addend, addendBits(addend))]),
  ];
  return [
    ...(layer.kind === 'vmm' ? [store(layer.bias, SUM_BITS)] : []),
    ...layer.epilogue.flatMap((step): readonly Store[] => {
      switch (step.kind) {
        case 'requantise':
          return requantise(step);
        case 'threshold':
          return [store(step.theta, SUM_BITS)];
        case 'add':
          return step.steps.flatMap((inner) => (inner.kind === 'requantise' ? requantise(inner) : []));
        case 'lookup':
          return [];
      }
    }),
  ];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** The memories whose bits fail in a scope. */
const memoriesOf = (chip: Chip, scope: FaultScope): readonly FaultMemory[] =>
  memoriesAtRisk(scope, FAULT_SUPPORT[chip]);

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
