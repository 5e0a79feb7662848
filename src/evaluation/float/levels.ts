/** Which integers a value can hold: what decides whether its sums may be taken in any order. */
import { present } from '../../common/assert.js';
import { quantiseLevels } from '../../ir/network/quantise.js';
import { inferRanges, wholeRange } from '../../ir/network/ranges.js';
import { codeMax, codeMin } from '../../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';
import type { Grid } from '../interpreter/grid.js';

/** A value holds integers low..high only, in units of its grid (interpreter/grid.ts); `two`: low and high and none between. */
export interface Levels {
  readonly low: number;
  readonly high: number;
  readonly two: boolean;
}

/**
 * The levels of every value of a verified network, where they are known. In the integer dialect all are; in the float dialect those that come
 * from an input code, a sign, a step or a quantiser, directly or through layers that keep the grid.
 */
export function inferLevels(
  graph: NetworkGraph,
  grids: ReadonlyMap<NodeId, Grid | undefined>,
): ReadonlyMap<NodeId, Levels> {
  const levels = new Map<NodeId, Levels>();
  if (graph.dialect === 'integer') {
    for (const [id, range] of inferRanges(graph)) {
      const [low, high] = wholeRange(range);
      levels.set(id, { low, high, two: high - low === 1 });
    }
    return levels;
  }
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => levels.get(id));
    const found = grids.get(node.id) === undefined ? undefined : levelsAfter(node, inputs);
    if (found !== undefined) levels.set(node.id, found);
  }
  return levels;
}

const between = (low: number, high: number): Levels => ({ low, high, two: high - low === 1 });

function levelsAfter(node: NetworkNode, inputs: readonly (Levels | undefined)[]): Levels | undefined {
  const input = inputs[0];
  switch (node.kind) {
    case 'encode':
      return between(codeMin(node.code), codeMax(node.code));
    case 'sign':
      return { low: -1, high: 1, two: true };
    case 'step':
      return between(0, 1);
    case 'quantise':
      return between(...quantiseLevels(node));
    case 'maxPool':
    case 'flatten':
      return input;
    case 'relu':
      return input === undefined ? undefined : between(Math.max(0, input.low), Math.max(0, input.high));
    case 'add': {
      const other = inputs[1];
      if (input === undefined || other === undefined) return undefined;
      return { ...between(input.low + other.low, input.high + other.high), two: false };
    }
    case 'concat': {
      if (inputs.some((one) => one === undefined)) return undefined;
      const all = inputs.map((one) => present(one, 'levels'));
      const low = all.reduce((least, one) => Math.min(least, one.low), Infinity);
      const high = all.reduce((most, one) => Math.max(most, one.high), -Infinity);
      return { low, high, two: all.every((one) => one.two && one.low === low && one.high === high) };
    }
    default:
      return undefined;
  }
}
