/** The mapping of small networks as text. A changed golden is a changed compiler: read the difference before updating (vitest -u). */
import { expect, test } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { layerRows, northPoleTable } from '../../../src/compiler/targets/northpole/table.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { branchingNetwork, residualNetwork } from './small-networks.js';

test.each([residualNetwork, branchingNetwork])('the layer table of "$name"', async (network) => {
  expect(verifyNetwork(network)).toEqual([]);
  const { program } = compileNorthPole(network, { spec: NORTHPOLE_SMALL, batch: 2 });
  await expect(`${northPoleTable(program)}\n`).toMatchFileSnapshot(`../../golden/northpole-${network.name}.txt`);
  const rows = layerRows(program);
  const first = program.layers[0]?.timing.start ?? 0;
  expect(rows.reduce((sum, { cycles }) => sum + cycles, first)).toBe(program.cycles);
  expect(rows.every(({ utilisation }) => utilisation >= 0 && utilisation <= 1)).toBe(true);
});
