import { checkSchema } from '../../common/check-schema.js';
import { decodeContainer, encodeContainer } from '../../common/container.js';
import { throwIfErrors } from '../../common/diagnostics.js';
import { NODE_KINDS, networkSchema } from './schema.js';
import type { NetworkGraph } from './types.js';
import { verifyNetwork } from './verify.js';

const REMEDY = `write the model with a supported structure; layer kinds are ${NODE_KINDS.join(', ')}`;

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

/** Checks an untrusted value to be a network: schema, then verifier. */
export function checkNetwork(value: unknown, place: string): NetworkGraph {
  const graph = checkSchema(networkSchema, value, place, REMEDY);
  throwIfErrors(verifyNetwork(graph, place));
  return graph;
}
