import type { Diagnostic } from '../../common/diagnostics.js';
import type { NetworkGraph } from '../../ir/network/types.js';

/** A step of the compiler from network to network. */
export interface NetworkPass {
  readonly name: string;
  /** What it does, one line. */
  readonly summary: string;
  /** `exact`: the result computes the same outputs, bit for bit, within the stated conditions. */
  readonly exactness: string;
  /** Rewrites a verified graph; findings about what cannot be lowered are returned, all of them. */
  run(graph: NetworkGraph): PassResult;
}

export interface PassResult {
  readonly graph: NetworkGraph;
  readonly diagnostics: readonly Diagnostic[];
}
