import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

/** Dense layers `dense1`, `dense2`, ... of these widths, with random weights of +-1 and steps between them; the first width is that of the input. */
export function denseChain(widths: readonly number[]): NetworkGraph {
  const random = sequence(1, PURPOSE.test);
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: [widths[0] ?? 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
  ];
  widths.slice(1).forEach((nOut, i) => {
    const nIn = widths[i] ?? 1;
    const id = `dense${i + 1}`;
    const weights = Int8Array.from({ length: nIn * nOut }, () => 2 * random.below(2) - 1);
    nodes.push({ kind: 'dense', id, input: nodes.at(-1)!.id, nOut, weights });
    nodes.push(
      i + 2 === widths.length
        ? { kind: 'scores', id: 'scores', input: id }
        : { kind: 'step', id: `step${i + 1}`, input: id },
    );
  });
  return { name: 'chain', dialect: 'float', nodes };
}
