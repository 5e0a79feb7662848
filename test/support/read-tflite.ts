/** Written TensorFlow Lite files through the frontend, and images through what comes out. */
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
