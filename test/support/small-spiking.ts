import type { IntegerNeuronNode, NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

/** A neuron layer with the parts that a test is about. */
export type NeuronPart = Omit<Partial<IntegerNeuronNode>, 'kind' | 'id' | 'input'>;

/** Integrate-and-fire neurons of 18 bits with threshold 4 and a reset to 0. */
export const PLAIN_NEURON = {
  bits: 18,
  spike: { threshold: Int32Array.of(4), reset: { kind: 'value', value: Int32Array.of(0) } },
} as const satisfies NeuronPart;

/** nIn events -> dense -> neurons -> scores, with what a test changes. */
export function smallSpiking(options: {
  readonly nIn?: number;
  readonly weights: readonly number[];
  readonly nOut: number;
  readonly neuron?: NeuronPart;
  readonly bias?: Float64Array;
  readonly before?: readonly NetworkNode[];
  readonly read?: string;
}): NetworkGraph {
  const {
    nIn = options.weights.length / options.nOut,
    weights,
    nOut,
    neuron = PLAIN_NEURON,
    bias,
    before = [],
  } = options;
  return {
    name: 'small',
    dialect: 'integer',
    time: { step: 1e-3 },
    nodes: [
      { id: 'events', kind: 'input', shape: [nIn] },
      { id: 'code', kind: 'encode', input: 'events', code: { kind: 'threshold', level: 1 } },
      ...before,
      {
        ...{ id: 'dense', kind: 'dense', input: options.read ?? 'code', nOut, weights: Int8Array.from(weights) },
        ...(bias === undefined ? {} : { bias }),
      } as const,
      { id: 'neurons', kind: 'integerNeuron', input: 'dense', ...PLAIN_NEURON, ...neuron },
      { id: 'classes', kind: 'scores', input: 'neurons' },
    ],
  };
}
