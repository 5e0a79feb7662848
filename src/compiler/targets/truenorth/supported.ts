/** What of the network IR has no form on TrueNorth: layers of sequence models. Everything else is sums and functions of single values. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { NetworkGraph } from '../../../ir/network/types.js';

/** Every layer of an integer network that TrueNorth cannot compute. */
export function unsupportedLayers(graph: NetworkGraph): readonly Diagnostic[] {
  return graph.nodes.flatMap((node) => {
    switch (node.kind) {
      case 'embedding':
      case 'rmsNorm':
      case 'attention': {
        const place = `${graph.name}: layer "${node.id}" (${node.kind})`;
        const message = 'layers of sequence models have no form on the chip';
        return [errorAt('sequence-layer', place, message, 'compile it with --chip northpole')];
      }
      default:
        return [];
    }
  });
}
