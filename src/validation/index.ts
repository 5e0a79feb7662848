/** Results of trained files of other projects beside ours: `lodestone validate` prints them, tests hold them. */
import type { Check, CheckHost } from './check.js';
import { KNOWN_NETWORKS, type KnownNetwork } from './known-networks.js';
import { type Evaluated, networkChecks, onceEvaluated } from './network-checks.js';
import { specialChecks } from './special-checks.js';

export { type Check, type CheckHost, rowOf } from './check.js';
export { KNOWN_NETWORKS } from './known-networks.js';

/** Every check, in the order of the rows. Nothing is read before one is computed. */
export function fileChecks(host: CheckHost): readonly Check[] {
  const made = new Map<KnownNetwork, Evaluated>();
  const evaluated = (known: KnownNetwork): Evaluated => {
    const found = made.get(known) ?? onceEvaluated(known, host);
    made.set(known, found);
    return found;
  };
  return [
    ...KNOWN_NETWORKS.flatMap((known) => networkChecks(known, host, evaluated(known))),
    ...specialChecks(host, evaluated),
  ];
}
