import { expect, test } from 'vitest';
import { edgeUse, edgeWarnings } from '../../src/compiler/targets/truenorth/edge-warnings.js';
import { BOARDS, type CoreTraffic } from '../../src/hw-models/truenorth/board.js';
import type { TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import { emptyCores, programOf } from '../../src/chips/truenorth/kit/program-builder.js';

const warned = (program: TrueNorthProgram, traffic: readonly CoreTraffic[]) =>
  edgeWarnings(program, edgeUse(program, traffic));
const cores = emptyCores(3);
// Core 1 lies on the next chip to the east, core 2 on the one north of it.
cores.x.set([63, 64, 64]);
cores.y.set([0, 0, 64]);

test('an edge that is expected to carry more than its port passes in a tick is a warning with the amount', () => {
  const program = programOf(cores, { spec: BOARDS.ns16e });
  const traffic = [
    { from: 0, to: 1, spikes: 15_000 },
    { from: 0, to: 2, spikes: 6000 },
  ];
  const warnings = warned(program, traffic);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({ code: 'edge-budget', severity: 'warning' });
  expect(warnings[0]?.place).toContain('chip 0,0 -> chip 1,0');
  expect(warnings[0]?.message).toMatch(/21000 .* 20000 \(derived\)/);
});

test('a slower clock of the tick lets more spikes pass in each', () => {
  const spec = { ...BOARDS.ns16e, tickHz: 500 };
  const traffic = [{ from: 0, to: 1, spikes: 40_000 }];
  expect(warned(programOf(cores, { spec }), traffic)).toEqual([]);
  expect(warned(programOf(cores, { spec: { ...spec, tickHz: 1000 } }), traffic)).toHaveLength(1);
});

test('spikes of a frame spread over the ticks of its period', () => {
  const timing = { period: 2, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 };
  const program = programOf(cores, { spec: BOARDS.ns16e, timing });
  expect(warned(program, [{ from: 0, to: 1, spikes: 40_000 }])).toEqual([]);
  expect(warned(program, [{ from: 0, to: 1, spikes: 40_002 }])).toHaveLength(1);
});
