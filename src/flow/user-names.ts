/** Findings of a chip name layers of the integer network; some of these the compiler made up. Users know the layers of their own network. */
import { type Diagnostic, UserError } from '../common/diagnostics.js';
import { inputsOf, type NetworkGraph, type NetworkNode } from '../ir/network/types.js';

/** By name of a layer that the compiler made up, the layer of the user that it was made for: the first one that reads it. */
function madeFor(own: NetworkGraph, integer: NetworkGraph): ReadonlyMap<string, NetworkNode> {
  const known = new Map(own.nodes.map((node) => [node.id, node]));
  const found = new Map<string, NetworkNode>();
  // Readers stand below what they read: from the end, each reader is known when its input is looked at.
  for (const node of integer.nodes.toReversed()) {
    const user = known.get(node.id) ?? found.get(node.id);
    if (user === undefined) continue;
    for (const id of inputsOf(node)) if (!known.has(id)) found.set(id, user);
  }
  return found;
}

/** The findings in the names of `own`, each once: what several made-up layers of one layer have in common is one finding of it. */
export function inUserNames(
  findings: readonly Diagnostic[],
  own: NetworkGraph,
  integer: NetworkGraph,
): readonly Diagnostic[] {
  const users = madeFor(own, integer);
  if (users.size === 0) return findings;
  const rename = (text: string): string =>
    text
      .replace(/layer "([^"]+)" \([A-Za-z0-9]+\)/g, (whole, id: string) => {
        const user = users.get(id);
        return user === undefined ? whole : `layer "${user.id}" (${user.kind})`;
      })
      .replace(/"([^"]+)"/g, (whole, id: string) => {
        const user = users.get(id);
        return user === undefined ? whole : `"${user.id}"`;
      });
  const seen = new Set<string>();
  return findings.flatMap((finding) => {
    const { place, message, remedy } = finding;
    const renamed = { ...finding, place: rename(place), message: rename(message), remedy: rename(remedy) };
    const key = `${renamed.code}\n${renamed.place}\n${renamed.message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [renamed];
  });
}

/** Runs a step on the integer network of `own`; what it throws at the user is in the user's names. */
export function toldInUserNames<T>(own: NetworkGraph, integer: NetworkGraph, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(inUserNames(error.diagnostics, own, integer));
  }
}
