import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { runCycles } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import { timelineOf } from '../../../src/simulator/timeline/northpole.js';
import { randomTransformer } from '../../support/random-transformer.js';

const { program } = compileNorthPole(randomTransformer(1), { spec: NORTHPOLE_SMALL });
const nSequence = program.layers.filter((layer) => layer.kind === 'sequence').length;

/** Findings of what a function throws. */
function findings(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('a program with layers of sequence models', () => {
  it('is refused by the cycle-by-cycle chip, with a finding for each of them', () => {
    expect(nSequence).toBeGreaterThan(1);
    const expected = new Array<string>(nSequence).fill('sequence-layer');
    expect(findings(() => runCycles(program, Int32Array.of(0)))).toEqual(expected);
  });

  it('has a timeline in which no unit does two things at once', () => {
    const lastOn = new Map<string, number>();
    const cores = Array.from({ length: 16 }, (_, core) => core);
    const events = [...timelineOf(program, { cores })].flatMap((e) => (e.ph === 'X' ? [e] : []));
    events.sort((a, b) => a.ts - b.ts);
    const late = events.filter((e) => {
      const thread = `${e.pid}/${e.tid}`;
      const overlaps = (lastOn.get(thread) ?? 0) > e.ts;
      lastOn.set(thread, e.ts + e.dur);
      return overlaps;
    });
    expect(late).toEqual([]);
    expect(events.some((e) => e.name.endsWith(': sweep'))).toBe(true);
  });
});
