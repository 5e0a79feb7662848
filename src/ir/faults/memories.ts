/** Memories whose stored bits can fail: the words of the catalogue. Which chip has which says its {@link FaultSupport}. */

/** What the catalogue knows of a memory. */
export interface MemoryRow {
  readonly name: string;
  /** In sentences: the stored bits of what. */
  readonly of: string;
  /** Of a memory that is written again and again: its flips are drawn anew at every write, and this is why it has no stuck bits. */
  readonly rewritten?: string;
}

const ROWS = [
  { name: 'synapses', of: 'crossbars' },
  { name: 'thresholds', of: 'thresholds' },
  {
    name: 'potentials',
    of: 'potentials',
    rewritten: 'potentials are written in every tick; stuck bits of them are not modelled',
  },
  { name: 'destinations', of: 'destinations' },
  { name: 'weights', of: 'weights' },
  {
    name: 'activations',
    of: 'activations',
    rewritten: 'stuck bits of the activation memory are not modelled: many values share each of its places',
  },
  { name: 'biases', of: 'biases' },
] as const satisfies readonly MemoryRow[];

/** The name of a memory. */
export type FaultMemory = (typeof ROWS)[number]['name'];

/** All memories of the catalogue. */
export const MEMORIES: readonly (MemoryRow & { readonly name: FaultMemory })[] = ROWS;

/** Their names. */
export const FAULT_MEMORIES: readonly FaultMemory[] = MEMORIES.map(({ name }) => name);

/** Names of the memories that hold what was written once: only there a bit can be stuck. */
export const KEPT_MEMORIES: readonly FaultMemory[] = MEMORIES.filter(({ rewritten }) => rewritten === undefined).map(
  ({ name }) => name,
);

/** Whether a text is the name of a memory. */
export const isFaultMemory = (name: string): name is FaultMemory => FAULT_MEMORIES.some((known) => known === name);
