import type { NodeId } from '../ir/network/types.js';
import type { RecipeLayer } from './recipe.js';

/** A layer that becomes one node. */
export type SimpleLayer = Exclude<RecipeLayer, { kind: 'residual' }>;

/** A layer of a block with the id of its node. */
export interface BlockLayer {
  readonly id: NodeId;
  readonly layer: SimpleLayer;
}

/**
 * The layers of a residual block `id` over `input`, a layer of `channels` channels:
 *
 *     input --- conv1 - norm1 - act1 - conv2 - norm2 - round2 --- add - the block's activation (named as the block)
 *        |                                                        |
 *        +----- (projection - normp - roundp) --------------------+
 *
 * The 1 x 1 projection is there where stride or channels change the shape. The rounds are there for activations of some
 * bits; round2 has the step of what it is added to.
 */
export function expandResidual(
  block: Extract<RecipeLayer, { kind: 'residual' }>,
  id: NodeId,
  input: NodeId,
  channels: number,
): readonly BlockLayer[] {
  const { outputs, window, stride, weights, activations, sumBits, noise } = block;
  const { droppedSpikes, ...weightNoise } = noise ?? {};
  const spikeNoise = droppedSpikes === undefined ? {} : { droppedSpikes };
  const isReal = activations === 'real';
  const part = (name: string): NodeId => `${id}/${name}`;
  const conv = (name: string, from: NodeId, side: number, step: number): BlockLayer => ({
    id: part(name),
    layer: {
      kind: 'conv2d',
      from,
      outputs,
      window: side,
      stride: step,
      padding: (side - 1) >> 1,
      padValue: 0,
      groups: 1,
      weights,
      ...(noise === undefined ? {} : { noise: weightNoise }),
    },
  });
  const norm = (name: string): BlockLayer => ({ id: part(name), layer: { kind: 'batchNorm' } });
  const activation = (name: NodeId): BlockLayer => ({
    id: name,
    layer:
      activations === 'real'
        ? { kind: 'relu' }
        : {
            kind: 'quantise',
            bits: activations,
            signed: false,
            ...(noise === undefined ? {} : { noise: spikeNoise }),
          },
  });
  const round = (name: string, stepOf?: NodeId): readonly BlockLayer[] => {
    if (isReal) return [];
    const shared = stepOf === undefined ? {} : { stepOf };
    // What a sum adds stays where it is: nothing is sent that could be lost.
    return [{ id: part(name), layer: { kind: 'quantise', bits: sumBits, signed: true, noise: {}, ...shared } }];
  };

  const isSame = stride === 1 && outputs === channels;
  const projection = isSame ? [] : [conv('projection', input, 1, stride), norm('normp'), ...round('roundp')];
  const skip = projection.at(-1)?.id ?? input;
  const main = [
    conv('conv1', input, window, stride),
    norm('norm1'),
    activation(part('act1')),
    conv('conv2', part('act1'), window, 1),
    norm('norm2'),
    ...round('round2', skip),
  ];
  const sum: BlockLayer = {
    id: part('add'),
    layer: { kind: 'add', inputs: [part(isReal ? 'norm2' : 'round2'), skip] },
  };
  return [...projection, ...main, sum, activation(id)];
}
