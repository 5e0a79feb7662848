/** The forms between integer network and schedule as text, one line per layer: for people and goldens. */
import type { LayerMapping } from '../../../ir/program/northpole.js';
import type { PartitionedNetwork } from './map-network.js';
import type { LayerDraft, LayeredNetwork } from './to-layers.js';

/** Layers with what they read, compute and store. */
export function printLayers({ inputShape, inputCode, tensors, layers, outputs }: LayeredNetwork): string {
  const value = (t: number): string => {
    const tensor = tensors[t];
    if (tensor === undefined) return `value ${t}`;
    const sign = tensor.signed ? 'i' : 'u';
    return `%${tensor.node} ${tensor.shape.join('x')} ${sign}${tensor.bits}`;
  };
  const lines = [`input [${inputShape.join(',')}] ${JSON.stringify(inputCode)} -> ${value(0)}`];
  for (const layer of layers) {
    const steps = layer.epilogue.map(({ kind }) => kind).join(', ');
    const reads = layer.operands.map((t) => `%${tensors[t]?.node ?? t}`).join(' ');
    lines.push(
      `${layer.name}: ${work(layer)}(${reads})${steps === '' ? '' : ` then ${steps}`} -> ${value(layer.output)}`,
    );
  }
  lines.push(`${outputs.rule} of ${value(outputs.tensor)}, ${outputs.nClasses} classes`);
  return `${lines.join('\n')}\n`;
}

function work(layer: LayerDraft): string {
  switch (layer.kind) {
    case 'vmm': {
      const taps = layer.geometry.window.join('x');
      return `vmm ${taps} of ${layer.weights.length} weights in ${layer.weightBits} bits`;
    }
    case 'vector':
      return `${layer.combine} ${layer.geometry.window.join('x')}`;
    case 'sequence':
      return layer.operation.kind;
  }
}

/** The partition of every layer with its place in memory. */
export function printPartitions({ program }: PartitionedNetwork): string {
  const lines = program.layers.map(({ name, mapping, memory }) => {
    const bases = memory.operandBase.join(', ');
    const result = memory.resultBase < 0 ? '' : `, results at ${memory.resultBase}`;
    return `${name}: ${partition(mapping)}, operands at ${bases}${result}, program ${memory.programBytes} bytes`;
  });
  return `${lines.join('\n')}\n`;
}

const partition = (m: LayerMapping): string =>
  `${m.rows} x ${m.columns} tiles of ${m.tileHeight} x ${m.tileWidth}, ${m.outGroups} out-groups of ${m.outBlocks}, ${m.inGroups} in-groups of ${m.inBlocks}, ${m.cores.length} cores`;
