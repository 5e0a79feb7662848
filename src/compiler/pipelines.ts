import { type Diagnostic, throwIfErrors } from '../common/diagnostics.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { verifyNetwork } from '../ir/network/verify.js';
import { moveMaxPool } from './passes/move-max-pool.js';
import type { NetworkPass, PassResult } from './passes/pass.js';
import { toInteger } from './passes/to-integer.js';
import { turnChannels } from './passes/turn-channels.js';

/** From the trained network to the integer network, in this order. */
export const TO_INTEGER: readonly NetworkPass[] = [
  moveMaxPool, // maxima of sums become maxima of bits
  turnChannels, // channels that reach a requantisation rise
  toInteger, // scale, bias, batch norm and activation become integer thresholds and requantisations
];

/**
 * Lowers a float network to the integer dialect; the graph is verified after every pass.
 * @throws UserError with everything that has no integer form.
 */
export function lowerToInteger(graph: NetworkGraph): NetworkGraph {
  return lowerWithWarnings(graph).graph;
}

/** Like {@link lowerToInteger}, with the warnings: where and by how much the integer network may differ from the float network. */
export function lowerWithWarnings(graph: NetworkGraph): PassResult {
  if (graph.dialect === 'integer') return { graph, diagnostics: [] };
  const warnings: Diagnostic[] = [];
  const integer = TO_INTEGER.reduce((current, pass) => {
    const result = pass.run(current);
    warnings.push(...throwIfErrors(result.diagnostics));
    const broken = verifyNetwork(result.graph);
    if (broken.length > 0) {
      throw new Error(
        `internal error: pass ${pass.name} broke the network: ${broken.map((d) => d.message).join('; ')}`,
      );
    }
    return result.graph;
  }, graph);
  return { graph: integer, diagnostics: warnings };
}
