/**
 * A starting point for placement: cores that talk to each other stand close in a list, and the list is laid along a curve
 * that keeps neighbours of the list neighbours on the mesh.
 */

import type { CoreTraffic } from '../../../hw-models/truenorth/board.js';

/** Undirected links of every core in compressed rows: core c has entries [start[c], start[c + 1]). */
export interface Links {
  /** [nCores + 1] */
  readonly start: Int32Array;
  readonly other: Int32Array;
  /** Spikes of both directions. */
  readonly spikes: Float64Array;
}

/** Sums parallel and opposite links; links of a core to itself need no way. */
export function linksOf(nCores: number, traffic: readonly CoreTraffic[]): Links {
  const degree = new Int32Array(nCores + 1);
  for (const { from, to } of traffic) {
    if (from === to) continue;
    degree[from + 1]!++;
    degree[to + 1]!++;
  }
  for (let c = 0; c < nCores; c++) degree[c + 1]! += degree[c]!;
  const other = new Int32Array(degree[nCores]!);
  const spikes = new Float64Array(degree[nCores]!);
  const next = degree.slice();
  for (const link of traffic) {
    if (link.from === link.to) continue;
    const forward = next[link.from]!++;
    other[forward] = link.to;
    spikes[forward] = link.spikes;
    const backward = next[link.to]!++;
    other[backward] = link.from;
    spikes[backward] = link.spikes;
  }
  return mergeRows(nCores, { start: degree, other, spikes }, nCores);
}

/** Sums entries of a row that lead to the same node, in the order of their first appearance. */
function mergeRows(nRows: number, { start, other, spikes }: Links, nNodes: number): Links {
  const at = new Int32Array(nNodes).fill(-1);
  const mergedStart = new Int32Array(nRows + 1);
  let end = 0;
  for (let row = 0; row < nRows; row++) {
    const first = end;
    // Written in place: the merged row is never longer than what was read.
    for (let k = start[row]!; k < start[row + 1]!; k++) {
      const node = other[k]!;
      const known = at[node]!;
      if (known >= first) {
        spikes[known]! += spikes[k]!;
        continue;
      }
      at[node] = end;
      other[end] = node;
      spikes[end] = spikes[k]!;
      end++;
    }
    mergedStart[row + 1] = end;
  }
  return { start: mergedStart, other: other.slice(0, end), spikes: spikes.slice(0, end) };
}

/**
 * Cores in an order in which talkative groups stand together: again and again every group joins the free group it exchanges
 * most spikes with, per core; a group's members stay one piece of the list. [nCores], deterministic.
 */
export function clusterOrder(nCores: number, links: Links): Int32Array {
  let members = Array.from({ length: nCores }, (_, c) => Int32Array.of(c));
  let graph = links;
  for (;;) {
    const { groups, groupOf } = matchGroups(members, graph);
    if (groups.length === members.length) break;
    graph = contract(graph, groups, groupOf);
    members = groups.map(([a, b]) => {
      if (b === undefined) return members[a]!;
      const joined = new Int32Array(members[a]!.length + members[b]!.length);
      joined.set(members[a]!);
      joined.set(members[b]!, members[a]!.length);
      return joined;
    });
  }
  const order = new Int32Array(nCores);
  let at = 0;
  for (const group of members) {
    order.set(group, at);
    at += group.length;
  }
  return order;
}

type Group = readonly [first: number, second?: number];

/** Pairs every node with its strongest free neighbour. */
function matchGroups(
  members: readonly Int32Array[],
  { start, other, spikes }: Links,
): { groups: readonly Group[]; groupOf: Int32Array } {
  const n = members.length;
  const groupOf = new Int32Array(n).fill(-1);
  const groups: Group[] = [];
  for (let node = 0; node < n; node++) {
    if (groupOf[node]! >= 0) continue;
    let best = -1;
    let bestWeight = 0;
    for (let k = start[node]!; k < start[node + 1]!; k++) {
      const candidate = other[k]!;
      if (candidate === node || groupOf[candidate]! >= 0) continue;
      // Per core of the other group, so that groups grow evenly.
      const weight = spikes[k]! / members[candidate]!.length;
      if (weight > bestWeight) {
        best = candidate;
        bestWeight = weight;
      }
    }
    groupOf[node] = groups.length;
    if (best >= 0) groupOf[best] = groups.length;
    groups.push(best >= 0 ? [node, best] : [node]);
  }
  return { groups, groupOf };
}

/** The links between groups. */
function contract(links: Links, groups: readonly Group[], groupOf: Int32Array): Links {
  const start = new Int32Array(groups.length + 1);
  const other = new Int32Array(links.other.length);
  const spikes = new Float64Array(links.other.length);
  let end = 0;
  groups.forEach((group, g) => {
    for (const node of group) {
      if (node === undefined) continue;
      for (let k = links.start[node]!; k < links.start[node + 1]!; k++) {
        const to = groupOf[links.other[k]!]!;
        if (to === g) continue;
        other[end] = to;
        spikes[end] = links.spikes[k]!;
        end++;
      }
    }
    start[g + 1] = end;
  });
  return mergeRows(groups.length, { start, other, spikes }, groups.length);
}

/** Position of (x, y) on the Hilbert curve through a square of `side` (a power of two) cells. */
export function hilbertIndex(side: number, x: number, y: number): number {
  let index = 0;
  for (let half = side >> 1; half > 0; half >>= 1) {
    const right = (x & half) > 0 ? 1 : 0;
    const upper = (y & half) > 0 ? 1 : 0;
    index += half * half * ((3 * right) ^ upper);
    if (upper === 0) {
      if (right === 1) {
        x = side - 1 - x;
        y = side - 1 - y;
      }
      [x, y] = [y, x];
    }
  }
  return index;
}
