/** What chips hold of their layers, against the interpreter of the integer network: every value of every layer that leaves a unit of the chip. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chips/chip.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { present } from '../../src/common/assert.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { compileIntegerNetwork } from '../../src/flow/deploy.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NodeId } from '../../src/ir/network/types.js';
import { randomNetwork, randomPixels } from '../support/random-network.js';
import { randomQuantisedNetwork } from '../support/random-quantised-network.js';
import { randomSeeds } from '../support/random-runs.js';

/** Compares the values that a chip holds on some samples; the nodes that it holds, and how many elements it does not compute. */
function compared(chip: Chip, float: NetworkGraph, nSamples: number) {
  const integer = lowerToInteger(float);
  const { layers } = compileIntegerNetwork(chip, integer, { values: {} });
  if (typeof layers !== 'function') throw new Error(layers.unread);
  const reader = layers();
  const [input, code] = integer.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const nPixels = sizeOf(input.shape);
  const images = randomPixels(7, nSamples * nPixels);
  const counts = codedBuffer(code.code, nPixels);
  const interpreter = createInterpreter(integer);
  const held = new Set<NodeId>();
  let unread = 0;
  for (let index = 0; index < nSamples; index++) {
    encodeCounts(code.code, images.subarray(index * nPixels, (index + 1) * nPixels), index, 1, counts);
    const expected = interpreter.trace(counts);
    for (const [node, values] of reader.read({ images, index, seed: 1 })) {
      held.add(node);
      const wanted = present(expected.get(node), node);
      expect(values.length, node).toBe(wanted.length);
      for (let e = 0; e < values.length; e++) {
        if (Number.isNaN(values[e])) unread++;
        else if (values[e] !== wanted[e]) {
          throw new Error(`${float.name}, ${node}, element ${e} of sample ${index}: ${values[e]}, not ${wanted[e]}`);
        }
      }
    }
  }
  return { integer, held, unread };
}

const example = (name: string): NetworkGraph => {
  const path = `examples/models/${name}.lsn`;
  return decodeNetwork(readFileSync(path), path);
};

const kindsHeld = ({ integer, held }: { readonly integer: NetworkGraph; readonly held: ReadonlySet<NodeId> }) =>
  new Set(integer.nodes.filter(({ id }) => held.has(id)).map(({ kind }) => kind));

describe('layers of a TrueNorth-style chip', () => {
  it.each(['mnist-5core', 'mnist-mlp', 'mnist-conv'])(
    '%s: every threshold, maximum and score is that of the network',
    (name) => {
      const { integer, held, unread } = compared(trueNorth, example(name), 3);
      for (const { id, kind } of integer.nodes) {
        if (kind === 'threshold' || kind === 'scores') expect(held, id).toContain(id);
      }
      expect(unread).toBe(0);
    },
  );

  it('random networks: complements, counts, maxima, relays and scores too', () => {
    const kinds = new Set<string>();
    for (const seed of randomSeeds(25)) {
      const float = randomNetwork(seed, { averagePool: true, overlappingPool: true });
      for (const kind of kindsHeld(compared(trueNorth, float, 2))) kinds.add(kind);
    }
    expect([...kinds]).toEqual(
      expect.arrayContaining(['threshold', 'maxPool', 'flatten', 'scores', 'dense', 'sumPool']),
    );
  });
});

describe('layers of a NorthPole-style chip', () => {
  it('are all tensors that it stores', () => {
    const { integer, held, unread } = compared(northPole, example('mnist-resnet-4bit'), 2);
    expect(held.size).toBeGreaterThan(8);
    expect(held).toContain(integer.nodes.at(-2)?.id);
    expect(unread).toBe(0);
  });

  it('random networks', () => {
    for (const seed of randomSeeds(10)) compared(northPole, randomQuantisedNetwork(seed), 2);
  });
});
