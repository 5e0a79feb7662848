import { describe, expect, test } from 'vitest';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import type { ChipNetwork } from '../../src/compiler/targets/truenorth/chip-layers.js';
import { coreSizeOf } from '../../src/compiler/targets/truenorth/drafts.js';
import { emitProgram } from '../../src/compiler/targets/truenorth/emit.js';
import { isProblem, ONE_TICK } from '../../src/compiler/targets/truenorth/lowered.js';
import { legalise } from '../../src/compiler/targets/truenorth/legalise.js';
import { LoweringMemo } from '../../src/compiler/targets/truenorth/lowering-memo.js';
import { mapNetwork } from '../../src/compiler/targets/truenorth/map-network.js';
import { planLowering } from '../../src/compiler/targets/truenorth/plan-lowering.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import { randomNetwork } from '../support/random-network.js';

/** Small cores, so that small networks need partial sums. */
const SPEC = { ...TRUENORTH, axonsPerCore: 24, neuronsPerCore: 24 };
const size = coreSizeOf(SPEC);
const SEEDS = [1, 2, 3, 4, 5, 6];

const networkOf = (seed: number): ChipNetwork =>
  legalise(lowerToInteger(randomNetwork(seed)), {
    axonsPerCore: SPEC.axonsPerCore,
    maxCount: 15,
    inputMost: 15,
    weightMax: 255,
  }).network;

describe.each(SEEDS)('random network %i', (seed) => {
  test('every window gives the cores it gives alone, whatever windows were tried before it', () => {
    const network = networkOf(seed);
    const memo = new LoweringMemo();
    for (const window of [48, 16, 64, 24, 48]) {
      const programs = [memo, new LoweringMemo()].map((known) => {
        const mapped = mapNetwork(network, size, { streaming: false, window }, known);
        return 'problems' in mapped ? mapped.problems : emitProgram('n', network, mapped, SPEC, { seed: 1 }).program;
      });
      expect(programs[0]).toEqual(programs[1]);
    }
  });

  test('a plan says how many cores it builds, and builds them once', () => {
    for (const [l, layer] of networkOf(seed).layers.entries()) {
      for (const most of [1, 3]) {
        const plan = planLowering(layer, {
          ...{ layer: l, size, streaming: false, window: 24, arrival: ONE_TICK, fromHost: l === 0 },
          copies: Int32Array.from({ length: layer.matrix.nOut }, (_, o) => 1 + (o % most)),
          memo: new LoweringMemo(),
        });
        if (isProblem(plan)) continue;
        expect(plan.build().cores).toHaveLength(plan.nCores);
        expect(plan.build()).toBe(plan.build());
      }
    }
  });
});

test('some layers of these networks take partial sums, some a core and a tick, some counts', () => {
  const schemes = SEEDS.flatMap((seed) => {
    const mapped = mapNetwork(networkOf(seed), size, { streaming: false, window: 24 }, new LoweringMemo());
    return 'problems' in mapped ? [] : mapped.layers.map(({ lowered }) => lowered.scheme);
  });
  expect(new Set(schemes)).toEqual(new Set(['direct', 'gated', 'partial', 'count']));
});
