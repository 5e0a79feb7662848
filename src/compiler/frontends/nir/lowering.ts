/** What lowering one node needs, and what it gives. */
import type { NetworkNode, NodeId } from '../../../ir/network/types.js';
import type { NameMaker } from '../../fresh-names.js';
import type { Fidelity, ImportOptions } from '../frontend.js';
import type { FlatNode } from './flat-graph.js';
import type { ValueForm } from './values.js';

/** A node with the value that it reads: the sum, where it reads several. */
export interface NodeContext {
  readonly node: FlatNode;
  /** Its name as a layer. */
  readonly name: NodeId;
  readonly input: NodeId;
  readonly inputForm: ValueForm;
  readonly form: ValueForm;
  /** Seconds. */
  readonly step: number;
  readonly options: ImportOptions;
  readonly fresh: NameMaker;
}

/** The layers of a node; its value is that of the last one, or its input where there is none. */
export interface Lowered {
  readonly layers: readonly NetworkNode[];
  readonly fidelity?: Fidelity;
  readonly note?: string;
  /** What the user should know beyond the note. */
  readonly warning?: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** A type of node. Both functions throw Refusal. */
export interface NodeReader {
  /** The form of its value. */
  form(node: FlatNode, input: ValueForm): ValueForm;
  lower(context: NodeContext): Lowered;
  /** The shape that it must read, where its parameters show it. */
  wants?(node: FlatNode): readonly number[] | undefined;
}
