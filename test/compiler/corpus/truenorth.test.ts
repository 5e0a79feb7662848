/**
 * Programs of a corpus of random networks on TrueNorth-style chips, the published one and random ones, for every objective: cores, ticks and a digest of
 * program and mapping table. That they compute the integer network is tested elsewhere; this notices that another mapping is chosen. A
 * changed line is a changed compiler: find out which one changed it before updating (vitest -u).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { compileTrueNorth } from '../../../src/compiler/targets/truenorth/compile.js';
import { toInteger } from '../../../src/flow.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { TrueNorthSpec } from '../../../src/ir/program/truenorth.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { digest, orFindings } from '../../support/digest.js';
import { randomNetwork } from '../../support/random-network.js';
import { compilableSpecs } from '../../support/random-spec.js';
import { unevenNetwork } from '../../support/uneven-network.js';

const seeds = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => 7000 + i);
const OBJECTIVES = ['coreTicks', 'cores', 'latency'] as const;
/** Random chips that have what binary networks need. */
const random = fc.sample(
  compilableSpecs().map((spec) => ({ ...TRUENORTH, ...pick(spec) })),
  { seed: 7, numRuns: 60 },
);

/** Sizes, weights and delays; potentials, comparisons and reset modes stay those of the published chip. */
function pick(spec: TrueNorthSpec): Partial<TrueNorthSpec> {
  const { axonsPerCore, neuronsPerCore, axonTypes, weightMax, leakMax, maxDelay } = spec;
  return { axonsPerCore, neuronsPerCore, axonTypes, weightMax, leakMax, maxDelay };
}

function line(network: NetworkGraph, seed: number, spec: TrueNorthSpec): string {
  const objective = OBJECTIVES[seed % OBJECTIVES.length] ?? 'cores';
  const window = seed % 4 === 0 ? { window: 15 } : {};
  return orFindings(() => {
    const { program, warnings, tried, passes } = compileTrueNorth(toInteger(network), { spec, objective, ...window });
    const statistics = passes.map((pass) => pass.statistics);
    const windows = tried
      // Where a frame enters every tick, no window was compared.
      .filter(() => statistics.some((of) => (of['windows'] ?? 0) > 0))
      .map(({ window, cores, period, latency, chosen }) => ({ window, cores, period, latency, chosen }));
    const view = trueNorth.view(program);
    return `${program.cores.x.length} cores, ${program.timing.outputStart} ticks, ${digest(program)} ${digest([view, windows, statistics, warnings])}`;
  });
}

test.each([
  ['published', seeds(36), (seed: number) => randomNetwork(seed), () => TRUENORTH],
  [
    'wide',
    seeds(12),
    (seed: number) => randomNetwork(seed, { maxSide: 9, maxDense: 300, maxChannels: 12 }),
    () => TRUENORTH,
  ],
  ['uneven', seeds(36), (seed: number) => unevenNetwork(seed), () => TRUENORTH],
  ['fan-in-beyond-a-core', seeds(18), (seed: number) => unevenNetwork(seed, 420, 12), () => TRUENORTH],
  [
    'uneven-on-random-chips',
    seeds(60),
    (seed: number) => unevenNetwork(seed, 30, 20),
    (seed: number) => random[seed - 7000] ?? TRUENORTH,
  ],
  [
    'random-chips',
    seeds(60),
    (seed: number) => randomNetwork(seed, { maxSide: 3 }),
    (seed: number) => random[seed - 7000] ?? TRUENORTH,
  ],
] as const)('networks for %s become the programs of their golden', async (name, all, draw, specOf) => {
  const lines = all.map((seed) => `${seed}: ${line(draw(seed), seed, specOf(seed))}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(`golden/truenorth-${name}.txt`);
});
