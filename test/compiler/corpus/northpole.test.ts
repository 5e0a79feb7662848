/**
 * Programs of a corpus of random networks on NorthPole-style chips of several sizes: cores, cycles and a digest of program and layer table. That they compute
 * the integer network is tested elsewhere; this notices that another mapping is chosen. A changed line is a changed compiler: find out
 * which one changed it before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { randomIntegerNetwork } from '../../../src/chips/northpole/kit/random-network.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE, NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { toInteger } from '../../../src/flow.js';
import type { NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { digest, orFindings } from '../../support/digest.js';
import { randomImportedNetwork } from '../../support/random-imported-network.js';
import { randomTransformer } from '../../support/random-transformer.js';
import { branchingNetwork, residualNetwork } from '../northpole/small-networks.js';

const seeds = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => 7000 + i);

const { memory } = NORTHPOLE_SMALL;
const SPECS: readonly NorthPoleSpec[] = [
  NORTHPOLE_SMALL,
  { ...NORTHPOLE_SMALL, gridWidth: 3, gridHeight: 5 },
  { ...NORTHPOLE_SMALL, gridWidth: 8, gridHeight: 2, memory: { ...memory, bytes: memory.bytes / 4 } },
  { ...NORTHPOLE_SMALL, gridWidth: 1, gridHeight: 1 },
  { ...NORTHPOLE_SMALL, gridWidth: 6, gridHeight: 6, memory: { ...memory, bytes: memory.bytes / 8 } },
  { ...NORTHPOLE_SMALL, outputBufferBytes: NORTHPOLE_SMALL.outputBufferBytes / 4 },
  NORTHPOLE,
];

function line(draw: () => NetworkGraph, seed: number): string {
  const spec = SPECS[seed % SPECS.length] ?? NORTHPOLE_SMALL;
  return orFindings(() => {
    const network = draw();
    // Sequence models take one user at a time.
    const batch = network.nodes.some(({ kind }) => kind === 'attention') ? 1 : 1 + ((seed >> 1) % 3);
    const { program, warnings, passes } = compileNorthPole(network, { spec, batch });
    const cores = new Set(program.layers.flatMap(({ mapping }) => [...mapping.cores]));
    const statistics = passes.map((pass) => pass.statistics);
    return `${cores.size} cores, ${program.cycles} cycles, ${digest(program)} ${digest([northPole.view(program), statistics, warnings])}`;
  });
}

test.each([
  ['vision', seeds(72), (seed: number) => randomIntegerNetwork(seed)],
  ['int8', seeds(48), (seed: number) => randomIntegerNetwork(seed, { int8: true, maxSide: 20, maxChannels: 4 })],
  ['imported', seeds(100), (seed: number) => toInteger(randomImportedNetwork(seed))],
  ['transformers', seeds(18), (seed: number) => randomTransformer(seed)],
  ['small', seeds(6), (seed: number) => (seed % 2 === 0 ? residualNetwork : branchingNetwork)],
] as const)('%s networks become the programs of their golden', async (name, all, draw) => {
  const lines = all.map((seed) => `${seed}: ${line(() => draw(seed), seed)}\n`);
  await expect(lines.join('')).toMatchFileSnapshot(`golden/northpole-${name}.txt`);
});
