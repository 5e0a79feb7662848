/** Checks an untrusted value to be a network; findings name the layer, and the line where the value came from text. */
import { z } from 'zod';
import { lookUp, toDiagnostic } from '../../common/check-schema.js';
import { type Diagnostic, errorAt, throwIfErrors, UserError } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { fieldMeaning } from './field-meanings.js';
import { NODE_FIELDS, NODE_KINDS, networkSchema } from './schema.js';
import type { NetworkGraph } from './types.js';
import { layerPlace, networkFindings } from './verify.js';

const REMEDY = `write the model with a supported structure; layer kinds are ${NODE_KINDS.join(', ')}`;

/**
 * Schema, then verifier. `lines` are the lines of the layers, for a network from text.
 * @throws UserError with every finding
 */
export function checkNetwork(value: unknown, place: string, lines: readonly number[] = []): NetworkGraph {
  const placeAt = (index: number): string => {
    const line = lines[index];
    return line === undefined ? place : `${place} line ${line}`;
  };
  const result = networkSchema.safeParse(value);
  if (!result.success)
    throw new UserError(result.error.issues.flatMap((issue) => explain(issue, value, placeAt, place)));
  const graph = result.data;
  throwIfErrors(
    networkFindings(graph).map(({ node, code, message, remedy }) =>
      errorAt(code, layerPlace(placeAt(graph.nodes.indexOf(node)), node), message, remedy),
    ),
  );
  return graph;
}

const namedNode = z.looseObject({
  id: z.string().optional().catch(undefined),
  kind: z.string().optional().catch(undefined),
});

function explain(
  issue: z.core.$ZodIssue,
  value: unknown,
  placeAt: (index: number) => string,
  place: string,
): readonly Diagnostic[] {
  const [list, index, ...path] = issue.path;
  const { data: node } = namedNode.safeParse(lookUp(value, issue.path.slice(0, 2)));
  if (list !== 'nodes' || typeof index !== 'number' || node === undefined) {
    return [toDiagnostic(issue, value, place, REMEDY)];
  }
  const { id, kind } = node;
  const name = id === undefined ? `layer ${index + 1}` : `layer "${id}"`;
  const where = `${placeAt(index)}: ${name}${kind === undefined ? '' : ` (${kind})`}`;
  const fields = NODE_FIELDS.get(kind ?? '');
  if (fields === undefined) {
    if (kind === undefined) return [errorAt('missing-field', where, 'kind is missing', REMEDY)];
    const suggestion = nearest(kind, NODE_KINDS);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    return [errorAt('unknown-kind', where, `unsupported kind "${kind}"${hint}`, REMEDY)];
  }
  const known = fields.map((field) => field.name);
  if (issue.code === 'unrecognized_keys')
    return [toDiagnostic({ ...issue, path }, value, where, REMEDY, path.length === 0 ? known : [])];
  const field = String(path[0]);
  const meaning = fieldMeaning(kind ?? '', field);
  const means = meaning === undefined ? '' : `: ${meaning.means}`;
  if (path.length === 1 && lookUp(value, issue.path) === undefined) {
    const neutral = meaning?.neutral === undefined ? '' : `; leaving it out means ${meaning.neutral}`;
    return [errorAt('missing-field', where, `${field} is missing${means}`, `add ${field}${neutral}`)];
  }
  const at = path.map(String).join('.');
  const found = lookUp(value, issue.path);
  if (found === undefined) return [errorAt('missing-field', where, `${at} is missing`, `correct ${field}${means}`)];
  if (issue.code === 'invalid_union' && typeof found === 'string') {
    const names = Array.from(issue.message.matchAll(/'([^']+)'/g), ([, name]) => name ?? '');
    const suggestion = nearest(found, names);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    return [errorAt('unknown-kind', where, `${at}: there is no "${found}"${hint}`, `use ${names.join(', ')}`)];
  }
  return [errorAt('bad-value', where, `${at === '' ? '' : `${at}: `}${issue.message}`, `correct ${field}${means}`)];
}
