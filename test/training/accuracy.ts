import type { Dataset } from '../../src/data/index.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';

/** Fraction of a data set that a network gets right in the interpreter. */
export function accuracyOf(network: NetworkGraph, data: Dataset): number {
  const encode = network.nodes[1];
  if (encode?.kind !== 'encode') throw new Error('the second node must be the input code');
  const interpreter = createInterpreter(network);
  const size = data.images.length / data.labels.length;
  const counts = codedBuffer(encode.code, size);
  const nCorrect = data.labels.reduce((sum, label, i) => {
    encodeCounts(encode.code, data.images.subarray(i * size, (i + 1) * size), i, 0, counts);
    return sum + (interpreter.decide(interpreter.run(counts)) === label ? 1 : 0);
  }, 0);
  return nCorrect / data.labels.length;
}
