/** What faults can hit in a program on a NorthPole-style chip. */
import { present } from '../../common/assert.js';
import { addendBits, MULTIPLIER_BITS, SUM_BITS } from '../../hw-models/faults/parameter-faults.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NorthPoleLayer, NorthPoleProgram, RequantiseStep } from '../../ir/program/northpole.js';
import type { ChipStructure, Store } from '../chip.js';

/** Cores, layers with weights and the words of each memory. */
export function northPoleStructure({ layers, tensors }: NorthPoleProgram): ChipStructure {
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
