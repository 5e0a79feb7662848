/** Layers of sequence models: what the program keeps of their nodes, and what a program with them must keep to. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { integerWeights } from '../../../ir/network/linear.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { SequenceOperation } from '../../../ir/program/northpole.js';
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
