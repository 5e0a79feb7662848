/** Verification of what a pass from network to network made: its structure is ours, the reach of its numbers the user's. */
import { errorAt } from '../../common/diagnostics.js';
import { networkSchema } from '../../ir/network/schema.js';
import { inputsOf, type NetworkGraph, type NetworkNode } from '../../ir/network/types.js';
import { layerPlace, networkFindings } from '../../ir/network/verify.js';
import type { Verdict } from './pass.js';

/** Checks `result`, which a pass made of `from`; the limits name layers of `from`. */
export function networkVerdict(result: NetworkGraph, from: NetworkGraph): Verdict {
  const { error } = networkSchema.safeParse(result);
  const unreadable = (error?.issues ?? []).map(({ path, message }) =>
    errorAt('bad-value', `${result.name}: ${path.join('.')}`, message, 'report it'),
  );
  const findings = networkFindings(result);
  const diagnostics = (about: (typeof findings)[number]['about']) =>
    findings
      .filter((finding) => finding.about === about)
      .map(({ node, code, message, remedy }) =>
        errorAt(code, layerPlace(result.name, userNode(node, result, from)), message, remedy),
      );
  return { broken: [...unreadable, ...diagnostics('structure')], limits: diagnostics('numbers') };
}

/** The layer of `from` that a layer of `result` comes from: of its name, or the first that reads it, for names a pass made up. */
function userNode(node: NetworkNode, result: NetworkGraph, from: NetworkGraph): NetworkNode {
  const own = from.nodes.find(({ id }) => id === node.id);
  if (own !== undefined) return own;
  const reader = result.nodes.find((next) => inputsOf(next).includes(node.id));
  return reader === undefined ? node : userNode(reader, result, from);
}
