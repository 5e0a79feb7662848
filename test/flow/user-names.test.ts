import { describe, expect, it } from 'vitest';
import { randomFloatTransformer } from '../support/random-transformer.js';
import { CHIPS } from '../../src/chips/installed.js';
import { UserError } from '../../src/common/diagnostics.js';
import { compileNetwork } from '../../src/flow.js';
import { inUserNames } from '../../src/flow/user-names.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';

/** Two branches on different steps: the compiler makes up a requantisation for each. */
const network: NetworkGraph = {
  name: 'net',
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'image', shape: [4] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 0.25 } },
    { kind: 'quantise', id: 'a', input: 'code', step: 0.3, bits: 4, signed: false },
    { kind: 'quantise', id: 'b', input: 'code', step: 0.7, bits: 4, signed: false },
    { kind: 'add', id: 'sum', inputs: ['a', 'b'] },
    { kind: 'quantise', id: 'q', input: 'sum', step: 0.5, bits: 4, signed: false },
    { kind: 'scores', id: 'out', input: 'q' },
  ],
};

describe('findings of a chip', () => {
  it('name layers of the user, whatever the compiler made up in between, and each only once', () => {
    // Layers of sequences, which passes take apart, and which all chips but one refuse.
    const sequence = randomFloatTransformer(3);
    const own = new Set(sequence.nodes.map(({ id }) => id));
    for (const { name } of CHIPS) {
      try {
        compileNetwork(sequence, { chip: name });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const named = error.diagnostics.flatMap(({ place, message }) =>
          Array.from(`${place} ${message}`.matchAll(/"([^"]+)"/g), ([, id = '']) => id),
        );
        expect(named.length).toBeGreaterThan(0);
        for (const id of named) expect(own, id).toContain(id);
        const texts = error.diagnostics.map(({ code, place, message }) => `${code} ${place} ${message}`);
        expect(new Set(texts).size).toBe(texts.length);
        continue;
      }
      expect(name).toBe('northpole');
    }
  });

  it('stay as they are where the user has the layer, or where nobody reads it', () => {
    const finding = {
      code: 'x',
      severity: 'error',
      place: 'net: layer "a" (quantise)',
      message: 'reads "code"',
      remedy: 'y',
    } as const;
    expect(inUserNames([finding, finding], network, network)).toEqual([finding, finding]);
  });
});
