import { type Diagnostic, throwIfErrors } from '../common/diagnostics.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { verifyNetwork } from '../ir/network/verify.js';
import { moveMaxPool } from './passes/move-max-pool.js';
import type { NetworkPass, PassObserver, PassReport } from './passes/pass.js';
import { PassLog } from './passes/pass-log.js';
import { toInteger } from './passes/to-integer.js';
import { turnChannels } from './passes/turn-channels.js';

/** From the trained network to the integer network, in this order. */
export const TO_INTEGER: readonly NetworkPass[] = [
  moveMaxPool, // maxima of sums become maxima of bits
  turnChannels, // channels that reach a requantisation rise
  toInteger, // scale, bias, batch norm and activation become integer thresholds and requantisations
];

/** A lowered network. */
export interface LoweredNetwork {
  readonly graph: NetworkGraph;
  /** Where and by how much it may differ from the float network. */
  readonly diagnostics: readonly Diagnostic[];
  /** The passes that ran; none for a network of the integer dialect. */
  readonly passes: readonly PassReport[];
}

/**
 * Lowers a float network to the integer dialect; the graph is verified before the first pass and after each.
 * @throws UserError with everything that has no integer form.
 */
export function lowerToInteger(graph: NetworkGraph): NetworkGraph {
  return lowerWithWarnings(graph).graph;
}

/** Like {@link lowerToInteger}, with the warnings; `observe` sees the network after every pass. */
export function lowerWithWarnings(graph: NetworkGraph, observe?: PassObserver): LoweredNetwork {
  if (graph.dialect === 'integer') return { graph, diagnostics: [], passes: [] };
  throwIfErrors(verifyNetwork(graph));
  const log = new PassLog(observe);
  const integer = TO_INTEGER.reduce((current, pass) => log.run(pass, current, (network) => network), graph);
  return { graph: integer, diagnostics: log.warnings, passes: log.reports };
}
