/**
 * Every pass on a small network: what went in, what came out, what it counted. A changed golden is a changed compiler: read the
 * difference before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import type { PassEvent } from '../../../src/compiler/passes/pass.js';
import { TO_INTEGER } from '../../../src/compiler/pipelines.js';
import { NORTHPOLE_PASSES } from '../../../src/compiler/targets/northpole/passes.js';
import { TRUENORTH_PASSES } from '../../../src/compiler/targets/truenorth/passes.js';
import { compileNetwork, type NamedCompileOptions } from '../../../src/flow.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { fallingPool, fallingQuantiser } from './small-inputs.js';

function eventsOf(
  graph: NetworkGraph,
  options: NamedCompileOptions,
): readonly (PassEvent & { readonly after: string })[] {
  const events: (PassEvent & { readonly after: string })[] = [];
  compileNetwork(graph, options, (event) => events.push({ ...event, after: event.text() }));
  return events;
}

const trueNorth = { chip: 'truenorth', spec: { ...TRUENORTH, gridWidth: 2, gridHeight: 2 } };
const northPole = { chip: 'northpole', spec: NORTHPOLE_SMALL };

test.each([
  [fallingPool, trueNorth, [...TO_INTEGER, ...TRUENORTH_PASSES]],
  [fallingQuantiser, northPole, [...TO_INTEGER, ...NORTHPOLE_PASSES]],
] as const)('every pass on "$name" makes what its golden shows', async (graph, options, passes) => {
  const events = eventsOf(graph, options);
  expect(events.map(({ pass }) => pass)).toEqual(passes.map(({ name }) => name));
  let before = printNetwork(graph);
  for (const { pass, after, statistics } of events) {
    const counted = Object.entries(statistics).map(([name, value]) => `${name} ${value}`);
    const result = after === before ? '(unchanged)\n' : after;
    const golden = `--- before\n${before}--- after ${pass}\n${result}--- statistics\n${counted.join('\n')}\n`;
    await expect(golden).toMatchFileSnapshot(`golden/${pass}-${graph.name}.txt`);
    before = after;
  }
});
