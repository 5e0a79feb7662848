/**
 * Borders of another number than 0, which Keras has no layer for: zeros around the value plus s, then minus s. Three layers, in whatever file, are
 * one padding with -s.
 */
import { numberOf } from './fields.js';
import type { KerasGraph, Operation } from './graph.js';

/** The same operations, where Rescaling, ZeroPadding and Rescaling back stand one behind the other with a padding in their place. */
export function withBorders(graph: KerasGraph): KerasGraph {
  const { operations, outputs } = graph;
  const nReaders = new Int32Array(operations.length);
  for (const { inputs } of operations) for (const i of inputs) nReaders[i]!++;
  for (const i of outputs) nReaders[i]!++;
  const sourceOf = (index: number): number => (nReaders[index] === 1 ? index : -1);
  /** What reads an operation reads this one instead. */
  const instead = new Map<number, number>();
  const changed = operations.map((operation) => ({ ...operation }));
  operations.forEach((lowered, last) => {
    const shift = shiftOf(lowered);
    const [middle = -1] = lowered.inputs;
    const padded = operations[sourceOf(middle)];
    const [first = -1] = padded?.inputs ?? [];
    const raised = operations[sourceOf(first)];
    const [source = -1] = raised?.inputs ?? [];
    if (shift === undefined || shift === 0 || padded === undefined || raised === undefined) return;
    // A Rescaling of the image itself says what its bytes mean.
    const isOfImage = operations[source] === undefined || operations[source].className === 'InputLayer';
    if (!/^ZeroPadding[12]D$/.test(padded.className) || shiftOf(raised) !== -shift || isOfImage) return;
    changed[middle] = { ...padded, inputs: [source], border: shift };
    instead.set(last, middle);
  });
  const followed = (index: number): number => instead.get(index) ?? index;
  return {
    ...graph,
    operations: changed.map((operation) => ({ ...operation, inputs: operation.inputs.map(followed) })),
    outputs: outputs.map(followed),
  };
}

/** What a Rescaling adds; undefined for layers that do something else. */
function shiftOf({ className, config, inputs }: Operation): number | undefined {
  if (className !== 'Rescaling' || inputs.length !== 1 || numberOf(config, 'scale', 1) !== 1) return undefined;
  const offset = numberOf(config, 'offset', 0);
  return Number.isFinite(offset) ? offset : undefined;
}
