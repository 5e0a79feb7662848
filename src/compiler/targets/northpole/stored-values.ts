/**
 * Which values go to memory. A layer is a start (matrix, pool, or a stored value read again) and the element-wise work behind it up
 * to the next stored value. Stored are: what a matrix, a pool, a concatenation or the host reads; what several read; and one operand of
 * every addition, as narrow as its chain gets, because the other one's layer adds it on the fly.
 */
import { present } from '../../../common/assert.js';
import { wholeRange } from '../../../ir/network/ranges.js';
import type { NodeId } from '../../../ir/network/types.js';
import { containerOf } from './containers.js';
import type { Op, Ops } from './ops.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';

/** How an addition is computed: in the layer of `main`, from the stored value `side` after the nodes `steps`. */
export interface Addition {
  readonly main: NodeId;
  readonly side: NodeId;
  readonly steps: readonly NodeId[];
}

export interface StoredValues {
  /** Stored values, the source among them, concatenations not. */
  readonly stored: ReadonlySet<NodeId>;
  readonly additions: ReadonlyMap<NodeId, Addition>;
}

/** Chooses the stored values. Deterministic. */
export function chooseStored({ ops }: Ops, spec: NorthPoleSpec): StoredValues {
  const stored = new Set<NodeId>();
  const readers = new Map<NodeId, number>();
  for (const [id, op] of ops) {
    if (op.role === 'source') stored.add(id);
    for (const input of op.inputs) {
      readers.set(input, (readers.get(input) ?? 0) + 1);
      if (op.role === 'start' || op.role === 'concat' || op.role === 'output') stored.add(input);
    }
  }
  for (const [id, n] of readers) if (n > 1) stored.add(id);
  const additions = new Map<NodeId, Addition>();
  const opAt = (id: NodeId): Op => present(ops.get(id), `op ${id}`);
  /** Where the layer of a value starts, -1 if it is stored or reads a stored value again. */
  const startOf = (id: NodeId): number => {
    const op = opAt(id);
    if (stored.has(id) || op.role === 'concat') return -1;
    if (op.role === 'start') return op.index;
    const addition = additions.get(id);
    return startOf(addition?.main ?? present(op.inputs[0], 'input'));
  };
  for (const [id, op] of ops) {
    if (op.role !== 'add') continue;
    const [a, b] = op.node.inputs.map((_, i) => present(op.inputs[i], 'operand'));
    const [first, second] = [present(a, 'operand'), present(b, 'operand')];
    // The branch whose matrix comes later adds the other one to its sums.
    const [main, other] = startOf(first) >= startOf(second) ? [first, second] : [second, first];
    const chain = [other];
    for (;;) {
      const last = opAt(present(chain.at(-1), 'chain'));
      const isStored = stored.has(present(chain.at(-1), 'chain')) || last.role === 'concat';
      const canFollow = last.role === 'element' && last.node.kind !== 'threshold';
      if (isStored || !canFollow) break;
      chain.push(present(last.inputs[0], 'input'));
    }
    const end = present(chain.at(-1), 'chain');
    let side = end;
    if (!stored.has(end) && opAt(end).role !== 'concat') {
      const bits = (value: NodeId): number => containerOf(spec, wholeRange(opAt(value).range)).bits;
      side = chain.reduce((best, value) => (bits(value) < bits(best) ? value : best));
      stored.add(side);
    }
    additions.set(id, { main, side, steps: chain.slice(0, chain.indexOf(side)).reverse() });
  }
  return { stored, additions };
}
