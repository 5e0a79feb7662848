/** TensorFlow Lite files evaluated by themselves, beside the networks that are made of them. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import type { ImportedNetwork, ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { besideFile } from '../../../support/beside-file.js';
import { RANDOM_TFLITE_OPERATORS, randomTflite } from '../../../support/random-tflite.js';
import { randomTfliteChain } from '../../../support/random-tflite-chain.js';
import { readWritten } from '../../../support/read-tflite.js';
import { floatNetwork, larqNetwork, manyOperators, smallNetwork } from '../../../support/tflite-models.js';
import type { WrittenModel } from '../../../support/write-tflite.js';

const RANGE: ImportOptions = { inputRange: [-2, 2] };

/** The network, or undefined where the file is refused. */
const readable = (model: WrittenModel, options: ImportOptions): Promise<ImportedNetwork | undefined> =>
  readWritten(model, options).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });

/** Real sums of a network are those of another order. */
const allowed = ({ graph }: ImportedNetwork): number => (graph.dialect === 'integer' ? 0 : 1e-9);

describe('a TensorFlow Lite file beside the network that is made of it', () => {
  it.each([
    ['8-bit', smallNetwork(), {}, 6],
    ['8-bit, other operators', manyOperators(), {}, 12],
    ['8-bit, bytes with a meaning', smallNetwork(7), { inputRange: [-1, 0.5], inputMean: [0.1, 0.2] }, 6],
    ['real', floatNetwork(), RANGE, 7],
    ['binary', larqNetwork(), RANGE, 4],
  ] as const)('%s: the values of its layers and its class', async (_, model, options, layers) => {
    const imported = await readWritten(model, options);
    const found = besideFile(imported, 8, 5, allowed(imported));
    expect(found.differing).toEqual(new Map());
    expect(found.seen.size).toBeGreaterThanOrEqual(layers);
    expect(found).toMatchObject({ decided: 8, sameDecision: 8 });
  });

  it.each(RANDOM_TFLITE_OPERATORS)('random models of %s: the same numbers, integers to the bit', async (op) => {
    let taken = 0;
    for (let seed = 0; seed < 60; seed++) {
      const imported = await readable(randomTflite(op, seed), RANGE);
      if (imported === undefined) continue;
      taken++;
      const found = besideFile(imported, 3, seed, allowed(imported));
      expect(found.differing, `seed ${seed}`).toEqual(new Map());
      expect(found.decided, `seed ${seed}`).toBe(3);
    }
    // A softmax is the host's, a pool of bits reads no image.
    expect(taken > 0).toBe(!['RSQRT', 'LceBMaxPool2d'].includes(op));
  });

  it('random chains of operators, binary ones among them: the same numbers', async () => {
    let taken = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const imported = await readable(randomTfliteChain(seed), RANGE);
      if (imported === undefined) continue;
      taken++;
      const found = besideFile(imported, 2, seed, allowed(imported));
      expect(found.differing, `seed ${seed}`).toEqual(new Map());
      expect(found.decided, `seed ${seed}`).toBe(2);
    }
    expect(taken).toBeGreaterThan(300);
  });

  it('has no value behind an operator that its evaluation does not define: the rest of the network has none', async () => {
    const word = (name: string) => ({ name, shape: [1, 2, 2, 1], type: 'float32' }) as const;
    // Signs that are packed, by their type, are no floats.
    const model: WrittenModel = {
      tensors: [{ name: 'image', shape: [1, 2, 2, 3], type: 'float32' }, word('bits'), word('moved')],
      operators: [
        { code: 'LceQuantize', inputs: [0], outputs: [1] },
        { code: 101, inputs: [1], outputs: [2] },
      ],
      ...{ inputs: [0], outputs: [2] },
    };
    const imported = await readWritten(model, RANGE);
    const found = besideFile(imported, 2, 1);
    expect([...found.seen]).toEqual(['normalised']);
    expect(found.decided).toBe(0);
  });
});
