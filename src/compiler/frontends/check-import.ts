import { throwIfErrors } from '../../common/diagnostics.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { verifyNetwork } from '../../ir/network/verify.js';

/** The last step of every frontend: what it made passes the verifier, or the findings are told. @throws UserError */
export function throwIfUnsound(graph: NetworkGraph, place: string): void {
  throwIfErrors(verifyNetwork(graph, place));
}
