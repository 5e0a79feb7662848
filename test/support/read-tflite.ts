/** Written TensorFlow Lite files through the frontend, and images through what comes out. */
import { sizeOf } from '../../src/ir/network/shapes.js';
import { readModel } from '../../src/compiler/frontends/tflite/model.js';
import { TfliteEvaluator } from '../../src/compiler/frontends/tflite/reference/evaluate.js';
import { tflite } from '../../src/compiler/frontends/tflite/index.js';
import type { ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { type WrittenModel, writeTflite } from './write-tflite.js';

/** A model written and read. */
export const readWritten = (model: WrittenModel, options: ImportOptions = {}): Promise<ImportedNetwork> =>
  tflite.read(
    { bytes: writeTflite(model), place: 'folder/net.tflite', beside: () => Promise.resolve(undefined) },
    options,
  );

/** Scores of an image of bytes. */
export function runImage({ nodes, ...graph }: NetworkGraph, image: readonly number[]): number[] {
  const code = nodes[1];
  if (code?.kind !== 'encode') throw new Error('no code');
  const counts = codedBuffer(code.code, image.length);
  encodeCounts(code.code, Uint8Array.from(image), 0, 1, counts);
  return Array.from(createInterpreter({ ...graph, nodes }).run(counts));
}

/** Stored numbers of every tensor of a model that depends on its image of stored numbers, by the reference kernels. */
export function runKernels(model: WrittenModel, image: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const read = readModel(writeTflite(model), 'net.tflite');
  const [input = 0] = read.inputs;
  const dims = read.tensors[input]?.shape ?? [];
  if (sizeOf(dims) !== image.length) throw new Error(`an image of ${image.length} numbers for [${dims.join(', ')}]`);
  const found = new TfliteEvaluator(read).evaluate(new Map([[input, { dims, data: Float64Array.from(image) }]]));
  return new Map(Array.from(found, ([index, { data }]) => [index, [...data]]));
}
