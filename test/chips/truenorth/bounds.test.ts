import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { trueNorthBounds } from '../../../src/chips/truenorth/bounds.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNetwork, readNetwork, toInteger } from '../../../src/flow.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import type { TrueNorthSpec } from '../../../src/ir/program/truenorth.js';
import { secondsOf } from '../../../src/ir/trace/measures.js';
import { randomNetwork } from '../../support/random-network.js';
import { compilableSpecs } from '../../support/random-spec.js';

/** Cores and seconds of a compiled network; undefined where it does not fit. */
function truth(integer: NetworkGraph, spec: TrueNorthSpec): { cores: number; seconds: number } | undefined {
  try {
    const measures = trueNorth.measure(compileNetwork(integer, { chip: trueNorth, spec }).program);
    return { cores: measures.cores, seconds: secondsOf(measures.time).latency };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe('bounds of TrueNorth-style chips', () => {
  test('no program of a random network on a random chip is below them', () => {
    let [compiled, several] = [0, 0];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), compilableSpecs(), (seed, spec) => {
        const integer = toInteger(randomNetwork(seed, { codes: ['threshold', 'thermometer'] }));
        const found = truth(integer, spec);
        if (found === undefined) return;
        const { cores, latencySeconds, problems } = trueNorthBounds(integer, spec);
        compiled++;
        if (cores > 1) several++;
        expect(problems).toEqual([]);
        expect(cores).toBeLessThanOrEqual(found.cores);
        expect(latencySeconds).toBeLessThanOrEqual(found.seconds);
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(compiled).toBeGreaterThan(20);
    expect(several).toBeGreaterThan(2);
  });

  test('784 pixels on cores of 256 axons take four cores at least', () => {
    const path = 'examples/models/mnist-mlp.lsn';
    const integer = toInteger(readNetwork(readFileSync(path), path));
    expect(trueNorthBounds(integer, TRUENORTH).cores).toBe(4);
    expect(truth(integer, TRUENORTH)!.cores).toBeGreaterThanOrEqual(4);
  });
});
