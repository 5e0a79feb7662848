import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { storedActivations } from '../../../src/hw-models/faults/activation-faults.js';
import { hasBitFaults, isHit, type NorthPoleFaults } from '../../../src/hw-models/faults/northpole-faults.js';
import { withParameterFaults } from '../../../src/hw-models/faults/parameter-faults.js';
import { withReadNoise } from '../../../src/hw-models/faults/read-noise.js';
import { largestMagnitude, weightsOnChip } from '../../../src/hw-models/faults/weight-faults.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { deployedLayers } from '../../../src/simulator/engines/northpole/chip-faults.js';
import { attachNorthPoleEngine } from '../../../src/simulator/engines/northpole/engine.js';
import { faultRangeProblems } from '../../../src/simulator/engines/northpole/fault-range.js';
import { createNorthPoleImage, loadNorthPoleChip } from '../../../src/simulator/engines/northpole/image.js';
import { useFaults } from '../../../src/simulator/engines/northpole/use-faults.js';
import { faultsOf } from '../../support/northpole-faults.js';
import { evaluatePlain, type PlainFaults } from './plain.js';
import { randomCase, withZeroPoints } from './random-program.js';

/** The program that a faulty chip holds, by the definitions. */
function onChip(program: NorthPoleProgram, faults: NorthPoleFaults): NorthPoleProgram {
  const layers = program.layers.map((layer, index) => {
    if (!isHit(faults, layer.name)) return layer;
    const own = hasBitFaults(faults, 'biases') ? withParameterFaults(layer, index, faults.bits) : layer;
    if (own.kind !== 'vmm') return own;
    return { ...own, weights: weightsOnChip(own.weights, { layer: index, weightBits: own.weightBits }, faults) };
  });
  return { ...program, layers };
}

/** What is drawn at every use, by the definitions. */
function perUse({ layers, tensors }: NorthPoleProgram, faults: NorthPoleFaults, sample: number): PlainFaults {
  const { noiseSeed, readNoise, bits } = faults;
  return {
    sum: (sum, { layer, element, squares }) => {
      const own = layers[layer]!;
      if (readNoise === 0 || own.kind !== 'vmm' || !isHit(faults, own.name)) return sum;
      const at = { layer, element, sample, noiseSeed, squares };
      return withReadNoise(sum, readNoise * largestMagnitude(own.weights), at);
    },
    stored: (values, tensor) => {
      const writer = layers.find(({ output }) => output === tensor);
      const hit = writer === undefined ? faults.layers === undefined : isHit(faults, writer.name);
      if (!hit || !hasBitFaults(faults, 'activations')) return values;
      return Array.from(storedActivations(values, { ...tensors[tensor]!, tensor, sample, noiseSeed }, bits));
    },
  };
}

const RATES = { flip0to1: 0.02, flip1to0: 0.05 };
const CASES: readonly (readonly [string, NorthPoleFaults, number])[] = [
  ['flipping and stuck bits of weights', faultsOf({ ...RATES, stuckAt0: 0.02, stuckAt1: 0.01 }), 12],
  ['flipping and stuck bits of biases', faultsOf({ ...RATES, stuckAt1: 0.03 }, { memories: ['biases'] }), 25],
  ['bit errors of activations', faultsOf(RATES, { memories: ['activations'] }), 20],
  ['deviations at programming', faultsOf({}, { programmingError: 0.1 }), 10],
  ['read noise', faultsOf({}, { readNoise: 0.07 }), 20],
  [
    'everything at once',
    faultsOf(
      { ...RATES, protectedBits: [1, 30] },
      { memories: ['weights', 'biases', 'activations'], readNoise: 0.2, programmingError: 0.05 },
    ),
    30,
  ],
  [
    'everything in one layer',
    faultsOf(RATES, { memories: ['weights', 'biases', 'activations'], readNoise: 0.2, layers: ['layer1', 'layer3'] }),
    30,
  ],
];

describe('a faulty chip', () => {
  it.each(CASES)('stores every value of the definition: %s', (name, faults, nCases) => {
    let different = 0;
    let run = 0;
    for (let seed = 0; seed < nCases; seed++) {
      const plain = randomCase(seed);
      const { program, counts } = seed % 2 === 0 ? plain : withZeroPoints(plain, seed);
      if (faultRangeProblems(program, faults).length > 0) continue;
      run++;
      const sample = sequence(seed, PURPOSE.test, 4).below(1000);
      const image = createNorthPoleImage(program, 1);
      const engine = attachNorthPoleEngine(image);
      const own = engine.trace(counts);
      loadNorthPoleChip(image, program, deployedLayers(program, faults));
      engine.setUseFaults(useFaults(program, faults));
      const found = engine.trace(counts, sample);
      const expected = evaluatePlain(onChip(program, faults), counts, perUse(program, faults, sample));
      let changed = false;
      program.tensors.forEach(({ node }, tensor) => {
        expect(Array.from(found.get(node)!), `${name}, case ${seed}, tensor ${tensor}`).toEqual(expected.get(tensor));
        changed ||= found.get(node)!.some((value, i) => value !== own.get(node)![i]);
      });
      if (changed) different++;
      // The same chip without its faults.
      loadNorthPoleChip(image, program, deployedLayers(program, undefined));
      engine.setUseFaults(undefined);
      expect(engine.trace(counts)).toEqual(own);
    }
    expect(run).toBeGreaterThan(nCases / 3);
    expect(different).toBeGreaterThan(run / 2);
  });
});
