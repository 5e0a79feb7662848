import { expect, test } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import type { NetworkPass, PassInfo } from '../../../src/compiler/passes/pass.js';
import { PassLog } from '../../../src/compiler/passes/pass-log.js';
import { networkVerdict } from '../../../src/compiler/passes/network-verdict.js';
import { lowerWithWarnings, SPIKING_TO_INTEGER, TO_INTEGER } from '../../../src/compiler/pipelines.js';
import { NORTHPOLE_PASSES } from '../../../src/compiler/targets/northpole/passes.js';
import { TRUENORTH_PASSES, TRUENORTH_SPIKING_PASSES } from '../../../src/compiler/targets/truenorth/passes.js';
import { compileNetwork } from '../../../src/flow.js';
import { parseNetwork } from '../../../src/ir/network/parse.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { smallSpiking } from '../../support/small-spiking.js';
import { fallingPool, fallingQuantiser } from './small-inputs.js';

const ALL: readonly PassInfo[] = [
  ...TO_INTEGER,
  ...SPIKING_TO_INTEGER,
  ...TRUENORTH_PASSES,
  ...TRUENORTH_SPIKING_PASSES,
  ...NORTHPOLE_PASSES,
];

test('every pass has a name of its own, one line, and says how exact it is', () => {
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  for (const { name, summary, exactness } of ALL) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary.length).toBeGreaterThan(10);
    expect(summary).not.toContain('\n');
    expect((exactness.kind === 'exact' ? exactness.why : exactness.bound).length).toBeGreaterThan(10);
  }
});

test.each([
  ['truenorth', fallingPool, TRUENORTH_PASSES],
  ['northpole', fallingQuantiser, NORTHPOLE_PASSES],
] as const)('every pass on the way to %s counts what it says it counts', (chip, graph, passes) => {
  const reports = compileNetwork(graph, { chip }).passes;
  expect(reports.map(({ pass, statistics }) => [pass, Object.keys(statistics)])).toEqual(
    [...TO_INTEGER, ...passes].map(({ name, statistics }) => [name, Object.keys(statistics)]),
  );
});

test('every pass of spiking networks counts what it says it counts', () => {
  const reports = compileNetwork(smallSpiking({ weights: [1, 1], nOut: 1 }), { chip: 'truenorth' }).passes;
  expect(reports.map(({ pass, statistics }) => [pass, Object.keys(statistics)])).toEqual(
    TRUENORTH_SPIKING_PASSES.map(({ name, statistics }) => [name, Object.keys(statistics)]),
  );
});

test('an observer sees the network after every pass, as text that reads back', () => {
  const seen: NetworkGraph[] = [];
  const { graph } = lowerWithWarnings(fallingPool, ({ network, text }) => {
    if (network === undefined) return;
    seen.push(network);
    expect(parseNetwork(text(), 'seen')).toEqual(network);
  });
  expect(seen).toHaveLength(TO_INTEGER.length);
  expect(seen[0]?.nodes.map(({ id }) => id)).toEqual([
    'image',
    'code',
    'conv',
    'norm',
    'act',
    'pool',
    'flat',
    'dense',
    'out',
  ]);
  expect(seen.at(-1)).toEqual(graph);
});

test('a network of the integer dialect goes through no pass', () => {
  const { graph } = lowerWithWarnings(fallingPool);
  expect(lowerWithWarnings(graph)).toEqual({ graph, diagnostics: [], passes: [] });
});

/** A pass that makes `after` of anything. */
const making = (after: (graph: NetworkGraph) => NetworkGraph): NetworkPass => ({
  name: 'making',
  summary: 'makes what the test wants',
  exactness: { kind: 'exact', why: 'it is a test' },
  options: {},
  statistics: {},
  run: (graph) => ({ result: after(graph), diagnostics: [], statistics: {} }),
  verify: networkVerdict,
  print: printNetwork,
});

test('a pass that breaks the structure is our bug, and its result is shown before that is said', () => {
  const pass = making((graph) => ({ ...graph, nodes: graph.nodes.filter(({ id }) => id !== 'flat') }));
  const seen: string[] = [];
  const log = new PassLog(({ text }) => seen.push(text()));
  expect(() => log.run(pass, fallingPool)).toThrow(
    'internal error: pass making broke the network: falling-pool: layer "dense" (dense): its input "flat" is not a layer above it',
  );
  expect(seen).toHaveLength(1);
});

test('a pass that makes what no file can hold is our bug', () => {
  const pass = making((graph) => ({ ...graph, nodes: graph.nodes.map((node) => ({ ...node, id: `${node.id}%` })) }));
  expect(() => new PassLog().run(pass, fallingPool)).toThrow(/internal error: pass making broke the network/);
});

test("numbers that grow too large in a pass are the user's, at the layer the user has", () => {
  const { graph } = lowerWithWarnings(fallingQuantiser);
  const widened = making((network) => ({
    ...network,
    nodes: network.nodes.map((node) =>
      node.kind === 'requantise' && node.id.startsWith('sum')
        ? { ...node, inputZeroPoint: -(2 ** 31), leftShift: 31 }
        : node,
    ),
  }));
  // The layers that the lowering made up for the operands of "sum" are unknown to the user.
  const from: NetworkGraph = { ...graph, nodes: graph.nodes.filter(({ id }) => id === 'sum' || !id.startsWith('sum')) };
  const { broken, limits } = widened.verify(widened.run(graph).result ?? graph, from);
  expect(broken).toEqual([]);
  expect(new Set(limits.map(({ place }) => place))).toEqual(new Set(['falling-quantiser: layer "sum" (add)']));
});

test('a float network that is not sound is refused before the first pass', () => {
  const unsound = { ...fallingPool, nodes: fallingPool.nodes.filter(({ id }) => id !== 'conv') };
  expect(() => lowerWithWarnings(unsound)).toThrow(UserError);
});
