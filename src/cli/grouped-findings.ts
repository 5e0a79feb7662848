/** Findings of whole networks: every one of them, and what is said of many layers once. */
import type { Diagnostic } from '../common/diagnostics.js';

/** `net: layer "conv" (conv2d)`, of the network and of the layer. */
const OF_LAYER = /^(.*): layer ("[^"]*" \([A-Za-z0-9]+\))$/;

/** All findings as text, errors before warnings: those that differ only in the layer are one paragraph that names the layers. */
export function groupedFindings(findings: readonly Diagnostic[]): string {
  const errorsFirst = ['error', 'warning'].flatMap((severity) => findings.filter((one) => one.severity === severity));
  const groups = new Map<string, { readonly finding: Diagnostic; readonly layers: string[] }>();
  for (const finding of errorsFirst) {
    const [, network, layer] = OF_LAYER.exec(finding.place) ?? [];
    const { severity, code, message, remedy } = finding;
    const key = JSON.stringify([severity, code, network ?? finding.place, message, remedy]);
    const group = groups.get(key) ?? { finding, layers: [] };
    groups.set(key, group);
    if (layer !== undefined) group.layers.push(layer);
  }
  return Array.from(groups.values(), ({ finding: { severity, code, place, message, remedy }, layers }) => {
    const [, network = ''] = OF_LAYER.exec(place) ?? [];
    const isMany = layers.length > 1;
    const where = isMany ? `${network}: ${layers.length} layers` : place;
    const list = isMany ? `\n  layers: ${layers.join(', ')}` : '';
    return `${severity}[${code}] ${where}: ${message}${list}\n  remedy: ${remedy}`;
  }).join('\n');
}
