/** Whether samples are those of a network: the one check in front of everything that runs a data set. */
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { inferShapes, sizeOf } from './shapes.js';
import type { NetworkGraph, Shape } from './types.js';

/** What reads samples: a network or a program. */
export interface SampleReader {
  readonly inputShape: Shape;
  readonly nClasses: number;
  /** Of networks with time: a sample is a sequence of frames of that shape. */
  readonly takes?: 'sequences';
}

/** Samples with labels, as far as they are checked. */
export interface CheckedSamples {
  readonly name: string;
  /** Shape of one sample, channels last. */
  readonly shape: readonly number[];
  /** [n] class of every sample. */
  readonly labels: Uint8Array;
}

/** What a verified network reads and decides between. */
export function readerOf(graph: NetworkGraph): SampleReader {
  const input = present(graph.nodes[0], 'input');
  if (input.kind !== 'input') throw new Error('internal error: a network starts with its input');
  const output = present(graph.nodes.at(-1), 'output layer');
  const nClasses = sizeOf(present(inferShapes(graph).get(output.id), 'shape'));
  return { inputShape: input.shape, nClasses, ...(graph.time === undefined ? {} : { takes: 'sequences' }) };
}

/** Everything that keeps samples from being those of a network: their shape, labels beyond its classes. */
export function sampleProblems(
  { inputShape, nClasses, takes }: SampleReader,
  data: CheckedSamples,
): readonly Diagnostic[] {
  const place = `data set "${data.name}"`;
  const problems: Diagnostic[] = [];
  const isSequence = takes === 'sequences';
  const shape = isSequence ? data.shape.slice(1) : data.shape;
  if (!fits(inputShape, shape) || (isSequence && data.shape.length < 2)) {
    const wanted = isSequence ? `sequences of frames [steps, ${inputShape.join(', ')}]` : `[${inputShape.join(', ')}]`;
    const message = `samples are [${data.shape.join(', ')}], the network takes ${wanted}`;
    problems.push(errorAt('wrong-input-shape', place, message, 'use data of the shape the network was trained on'));
  }
  let beyond = 0;
  let first = -1;
  data.labels.forEach((label, i) => {
    if (label < nClasses) return;
    if (beyond++ === 0) first = i;
  });
  if (beyond > 0) {
    const message = `label ${data.labels[first] ?? 0} of sample ${first} is beyond the ${nClasses} classes of the network, as are those of ${beyond} samples in all`;
    problems.push(
      errorAt('label-beyond-classes', place, message, 'use data with the classes the network was trained on'),
    );
  }
  return problems;
}

/** A flat input takes samples of any shape with as many values, in the order of their file. */
function fits(input: Shape, sample: readonly number[]): boolean {
  const flat = input.length === 1 && input[0] === sizeOf(sample);
  return flat || input.join() === sample.join();
}
