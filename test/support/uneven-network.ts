import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

/**
 * A random chain of dense binary layers whose neurons have very different fan-ins and weights: some read a handful of values, some more than
 * a core has axons, some weigh by 1, some by up to 40.
 */
export function unevenNetwork(seed: number, nIn = 60, widest = 40): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 6);
  const code =
    seed % 3 === 0 ? ({ kind: 'rate', bits: 2 } as const) : ({ kind: 'threshold', level: 100 + r.below(50) } as const);
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: [nIn] },
    { kind: 'encode', id: 'code', input: 'image', code },
  ];
  let width = nIn;
  const layers = 1 + r.below(3);
  for (let l = 0; l < layers; l++) {
    const nOut = l === layers - 1 ? 4 : 2 + r.below(widest);
    const weights = new Int8Array(nOut * width);
    for (let o = 0; o < nOut; o++) {
      const density = [5, 40, 100][r.below(3)] ?? 100;
      const most = [1, 1, 3, 40][r.below(4)] ?? 1;
      for (let i = 0; i < width; i++) {
        const weight = r.below(2 * most + 1) - most;
        if (r.below(100) < density) weights[o * width + i] = weight;
      }
    }
    const bias = Float64Array.from({ length: nOut }, () => r.below(9) - 4);
    nodes.push({ kind: 'dense', id: `dense${l}`, input: nodes.at(-1)?.id ?? '', nOut, weights, bias });
    nodes.push({ kind: r.below(2) === 0 ? 'sign' : 'step', id: `act${l}`, input: `dense${l}` });
    width = nOut;
  }
  nodes.push({ kind: 'votes', id: 'votes', input: nodes.at(-1)?.id ?? '', nClasses: 2 });
  return { name: `uneven-${seed}`, dialect: 'float', nodes };
}
