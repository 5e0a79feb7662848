/** Additions of a constant behind a rescaling go into its zero point: pools of q stand between layers of q - zero point. */
import { inputsOf, type NetworkNode, type NodeId, type RequantiseNode } from '../../../ir/network/types.js';

/** Whether a rescaling only adds and clips. */
const isShift = (node: NetworkNode): node is RequantiseNode =>
  node.kind === 'requantise' &&
  node.rounding === 'floor' &&
  node.inputZeroPoint === 0 &&
  node.leftShift === 0 &&
  node.addend === undefined &&
  node.multiplier.length === 1 &&
  node.multiplier[0] === 1 &&
  node.shift[0] === 0;

/** The network with fewer layers and the same values at those that are left. */
export function foldShifts(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  const readers = new Map<NodeId, number>();
  for (const node of nodes) for (const id of inputsOf(node)) readers.set(id, (readers.get(id) ?? 0) + 1);
  const kept = new Map<NodeId, NetworkNode>();
  for (const node of nodes) {
    const before = isShift(node) ? kept.get(node.input) : undefined;
    if (!isShift(node) || before?.kind !== 'requantise' || readers.get(before.id) !== 1) {
      kept.set(node.id, node);
      continue;
    }
    // clip(clip(x, a, b) + s, c, d) = clip(x + s, ...) where the inner limits, moved, are limits of both.
    const clip = (x: number): number => Math.min(Math.max(x, node.min), node.max);
    kept.delete(before.id);
    kept.set(node.id, {
      ...before,
      id: node.id,
      zeroPoint: before.zeroPoint + node.zeroPoint,
      min: clip(before.min + node.zeroPoint),
      max: clip(before.max + node.zeroPoint),
    });
  }
  return [...kept.values()];
}
