import { decodeContainer, encodeContainer } from '../../common/container.js';
import { checkNetwork } from './check-network.js';
import type { NetworkGraph } from './types.js';

/** A model file (.lsn): the graph in a container. Deterministic: equal graphs give equal bytes. */
export function encodeNetwork(graph: NetworkGraph): Uint8Array {
  return encodeContainer('network', graph);
}

/**
 * Reads a model file: container, schema, verifier.
 * @throws UserError with every finding.
 */
export function decodeNetwork(bytes: Uint8Array, place: string): NetworkGraph {
  return checkNetwork(decodeContainer('network', bytes, place), place);
}
