/** Results of trained files of other projects beside ours: `lodestone validate` prints them, tests hold them. */
import type { Check, CheckHost } from './check.js';
import { KNOWN_NETWORKS } from './known-networks.js';
import { networkChecks } from './network-checks.js';
import { specialChecks } from './special-checks.js';

export { type Check, type CheckHost, rowOf } from './check.js';
export { KNOWN_NETWORKS } from './known-networks.js';

/** Every check, in the order of the rows. Nothing is read before one is computed. */
export const fileChecks = (host: CheckHost): readonly Check[] => [
  ...KNOWN_NETWORKS.flatMap((known) => networkChecks(known, host)),
  ...specialChecks(host),
];
