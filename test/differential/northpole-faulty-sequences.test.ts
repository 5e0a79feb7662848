import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { hasBitFaults, type NorthPoleFaults } from '../../src/hw-models/faults/northpole-faults.js';
import { weightsOnChip } from '../../src/hw-models/faults/weight-faults.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { runSequences } from '../../src/simulator/run-sequences.js';
import { activationFaults, faultsOf } from '../support/northpole-faults.js';
import { randomTransformer } from '../support/random-transformer.js';

const graph = randomTransformer(11, { vocabulary: 9, context: 6, layers: 2 });
const { program } = compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
const tokens = Uint8Array.from({ length: 30 * 6 }, (_, i) => (i * i + 3 * i) % 9);
const run = async (faults = faultsOf({}), workers = 1): Promise<readonly number[]> =>
  Array.from((await runSequences(program, { tokens, length: 6 }, { workers, faults })).scores);

/** Scores of the interpreter after every token, with the bit errors of activations of `faults`. */
function interpreted(network: NetworkGraph, faults?: NorthPoleFaults): readonly number[] {
  let at = 0;
  const interpreter = createInterpreter(
    network,
    faults === undefined ? undefined : activationFaults(program, faults, () => at),
  );
  const scores: number[] = [];
  tokens.forEach((token, i) => {
    at = i;
    if (i % 6 === 0) interpreter.reset();
    scores.push(...interpreter.run([token]));
  });
  return scores;
}

describe('a faulty chip with a transformer', () => {
  it('computes what the integer network computes with the weights and tables that are read', async () => {
    for (const faults of [faultsOf({ flip0to1: 0.02, flip1to0: 0.01 }), faultsOf({}, { programmingError: 0.2 })]) {
      let changed = 0;
      const nodes = graph.nodes.map((node) => {
        const layer = program.layers.findIndex(({ name }) => name === node.id);
        const own = program.layers[layer];
        if (own?.kind === 'vmm' && (node.kind === 'dense' || node.kind === 'conv2d')) {
          changed++;
          return { ...node, weights: weightsOnChip(own.weights, { layer, weightBits: own.weightBits }, faults) };
        }
        if (own?.kind === 'sequence' && own.operation.kind === 'embedding' && node.kind === 'embedding') {
          changed++;
          return { ...node, table: weightsOnChip(own.operation.table, { layer, weightBits: 8 }, faults) };
        }
        return node;
      });
      expect(changed).toBe(
        program.layers.filter((l) => l.kind === 'vmm' || (l.kind === 'sequence' && l.operation.kind === 'embedding'))
          .length,
      );
      const found = await run(faults);
      expect(found).toEqual(interpreted({ ...graph, nodes }));
      expect(found).not.toEqual(interpreted(graph));
    }
  });

  it('keeps keys, values and all others as they were written, wrong bits and all', async () => {
    for (const rate of [0.001, 0.05]) {
      const faults = faultsOf({ flip0to1: rate, flip1to0: rate }, { memories: ['activations'] });
      const found = await run(faults);
      expect(found).toEqual(interpreted(graph, faults));
      expect(found).not.toEqual(interpreted(graph));
    }
  });

  it('draws activations and reads anew for every token, whatever the number of workers', async () => {
    const own = await run();
    expect(own).toEqual(interpreted(graph));
    for (const faults of [
      faultsOf({ flip0to1: 0.01, flip1to0: 0.01 }, { memories: ['activations'] }),
      faultsOf({}, { readNoise: 0.05 }),
      faultsOf({ flip0to1: 0.01 }, { memories: ['biases'] }),
    ]) {
      const found = await run(faults);
      expect(found).not.toEqual(own);
      expect(await run(faults, 2)).toEqual(found);
      // The first token of every sequence is the same: what is fixed stays so, what is drawn at every use does not.
      const first = (sequence: number) => found.slice(sequence * 6 * 9, sequence * 6 * 9 + 9).join();
      const same = [...tokens.keys()].filter((i) => i % 6 === 0 && tokens[i] === tokens[0]).map((i) => first(i / 6));
      expect(same.length).toBeGreaterThan(5);
      expect(new Set(same).size === 1).toBe(hasBitFaults(faults, 'biases'));
    }
  });
});
