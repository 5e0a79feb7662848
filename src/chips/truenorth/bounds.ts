/**
 * What no program of a network can be below on a TrueNorth-style chip: an input element that a layer of weights reads drives an axon of its own (only
 * maxima let spikes merge on one), every core has so many axons, and a sample takes a tick at least.
 */
import { linearRows } from '../../ir/network/linear.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import { networkMacs } from '../../ir/network/macs.js';
import { inputsOf, type NetworkGraph } from '../../ir/network/types.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { ChipBounds } from '../chip.js';

/** Bounds from the integer network alone. Which programs fit a grid depends on options of the compiler too: it says so itself. */
export function trueNorthBounds(network: NetworkGraph, spec: TrueNorthSpec): ChipBounds {
  return {
    problems: [],
    latencySeconds: 1 / spec.tickHz,
    cores: Math.max(1, Math.ceil(weighedInputs(network) / spec.axonsPerCore)),
  };
}

/** Layers with more multiply-accumulates are not expanded. */
const MOST_EXPANDED = 1 << 25;

const known = new WeakMap<NetworkGraph, number>();

/** Input elements that meet a weight that is not 0, of networks whose input only layers of weights read; else 0. */
function weighedInputs(network: NetworkGraph): number {
  const before = known.get(network);
  if (before !== undefined) return before;
  const count = countWeighed(network);
  known.set(network, count);
  return count;
}

function countWeighed(network: NetworkGraph): number {
  const code = network.nodes.find(({ kind }) => kind === 'encode');
  const shapes = inferShapes(network);
  const shape = code === undefined ? undefined : shapes.get(code.id);
  if (code === undefined || shape === undefined || network.time !== undefined) return 0;
  const macs = networkMacs(network);
  const met = new Uint8Array(sizeOf(shape));
  const same = new Set([code.id]);
  for (const node of network.nodes) {
    const [from] = inputsOf(node).filter((id) => same.has(id));
    if (from === undefined) continue;
    if (node.kind === 'flatten') {
      same.add(node.id);
      continue;
    }
    const isWeighing = node.kind === 'dense' || node.kind === 'conv2d' || node.kind === 'blockDense';
    if (!isWeighing || (macs.get(node.id) ?? 0) > MOST_EXPANDED) return 0;
    for (const column of linearRows(node, shapes.get(from) ?? shape).column) met[column] = 1;
  }
  return met.reduce((sum, one) => sum + one, 0);
}
