/** Layers of sequence models: what the program keeps of their nodes, and what a program with them must keep to. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { integerWeights } from '../../../ir/network/linear.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { NorthPoleProgram, SequenceLayer, SequenceOperation } from '../../../ir/program/northpole.js';
import type { SequenceNode } from './ops.js';

/** The operation of a node of a verified integer network. */
export function sequenceOperation(node: SequenceNode): SequenceOperation {
  switch (node.kind) {
    case 'embedding':
      return { kind: 'embedding', by: node.by, table: integerWeights(node.table) };
    case 'rmsNorm': {
      const { gain, fraction, min, max } = node;
      return { kind: 'rmsNorm', gain: Int32Array.from(gain), fraction, min, max };
    }
    case 'attention': {
      const { heads, context } = node;
      const multiplier = present(node.multiplier, 'multiplier');
      const shift = present(node.shift, 'shift');
      const expTable = present(node.expTable, 'table');
      return { kind: 'attention', heads, context, multiplier, shift, expTable };
    }
  }
}

/** What the costs of an operation depend on besides the shapes of its values. */
export function sequenceSizes(operation: SequenceOperation): readonly (string | number)[] {
  switch (operation.kind) {
    case 'embedding':
      return [operation.kind, operation.table.length];
    case 'rmsNorm':
      return [operation.kind];
    case 'attention':
      return [operation.kind, operation.heads, operation.context];
  }
}

/** Largest gain: the chip keeps 32 bits of each. */
const MAX_GAIN = 2 ** 31 - 1;

/** Limits of the chip for sequence models: one sequence at a time, gains of 32 bits. */
export function sequenceProblems(graph: NetworkGraph, batch: number): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const node of graph.nodes) {
    const place = `${graph.name}: layer "${node.id}" (${node.kind})`;
    const isSequence = node.kind === 'embedding' || node.kind === 'rmsNorm' || node.kind === 'attention';
    if (isSequence && batch !== 1) {
      problems.push(
        errorAt(
          'sequence-batch',
          place,
          `a batch of ${batch} frames; a layer of a sequence model keeps the state of one sequence`,
          'compile with a batch of 1',
        ),
      );
    }
    if (node.kind !== 'rmsNorm') continue;
    const largest = node.gain.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    if (largest > MAX_GAIN) {
      problems.push(
        errorAt(
          'gain-too-wide',
          place,
          `a gain of ${largest}, the chip keeps at most ${MAX_GAIN}`,
          'use a smaller gain and a smaller fraction',
        ),
      );
    }
  }
  return problems;
}

/** Limits of a chip a layer of a sequence model breaks: code, message with the amount, remedy. */
export function sequenceLimits(
  { spec, tensors, batch }: Pick<NorthPoleProgram, 'spec' | 'tensors' | 'batch'>,
  { operation, operands, output }: Pick<SequenceLayer, 'operation' | 'operands' | 'output'>,
): readonly (readonly [code: string, message: string, remedy: string])[] {
  const found: (readonly [string, string, string])[] = [];
  if (batch !== 1) {
    found.push([
      'sequence-batch',
      `a batch of ${batch} frames, its state is that of one sequence`,
      'compile with a batch of 1',
    ]);
  }
  if (operation.kind !== 'attention') return found;
  const { heads, context, expTable } = operation;
  const widest = spec.precisions.reduce((a, b) => Math.max(a, b), 0);
  const read = operands.slice(0, 3).map((t) => tensors[t]);
  const bits = read.map((tensor) => tensor?.bits ?? 32);
  const wide = bits.reduce((a, b) => Math.max(a, b), 0);
  if (wide > widest) {
    found.push([
      'operand-too-wide',
      `query, key and value have up to ${wide} bits, the VMM takes ${widest}`,
      'requantise them',
    ]);
    return found;
  }
  if (expTable.length > spec.tableEntries) {
    found.push([
      'table-too-large',
      `a table of ${expTable.length} entries, the activation unit holds ${spec.tableEntries}`,
      'use a chip with a larger table',
    ]);
  }
  const depth = (tensors[output]?.shape[2] ?? 0) / heads;
  const most = 2 ** (spec.partialSums.bits - 1) - 1;
  const [query = 0, key = 0, value = 0] = read.map((t) =>
    t?.signed === true ? 2 ** (t.bits - 1) : 2 ** (t?.bits ?? 32) - 1,
  );
  const score = depth * query * key;
  const sum = context * 255 * value;
  for (const [what, reach] of [
    ['scores', score],
    ['weighted values', sum],
  ] as const) {
    if (reach <= most) continue;
    const message = `sums of ${what} reach ${reach}, partial sums have ${spec.partialSums.bits} bits`;
    found.push(['sum-overflow', message, 'use narrower values, smaller heads or a shorter context']);
  }
  return found;
}
