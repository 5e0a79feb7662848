import { describe, expect, it } from 'vitest';
import { countEvents, countLayer } from '../../../src/hw-models/northpole/counters.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { runCycles, runLayer } from '../../../src/simulator/engines/northpole-cycle/engine.js';
import { everyKind, oneLayer, randomValues, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

const cases = {
  'a network of every kind of layer': everyKind(2),
  'a packed layer at odd widths': oneLayer(
    { input: tensor([7, 5, 3], 4), nOut: 11, geometry: square(3, 2), split: { rows: 2, columns: 2, packed: true } },
    NORTHPOLE_SMALL,
    2,
  ),
  'groups, one tile': oneLayer({
    input: tensor([5, 5, 12], 2),
    nOut: 6,
    geometry: square(3),
    groups: 3,
    weightBits: 4,
  }),
};

describe('counters from the program', () => {
  for (const [name, program] of Object.entries(cases)) {
    it(`equal those of the chip: ${name}`, () => {
      const run = runCycles(program, randomValues(3, program.batch, program.tensors[0]!));
      const counted = countEvents(program);
      expect(counted).toEqual(run.counters);
      expect(counted.packets).toBeGreaterThan(0);
    });
  }

  it('equal those of the chip for one layer alone', () => {
    const input = tensor([6, 6, 12]);
    const pool = vectorLayer({ input, geometry: square(3, 2), combine: 'max', split: { rows: 2 } }, [0, 1]);
    const program = handProgram({
      spec: NORTHPOLE_SMALL,
      batch: 1,
      tensors: [input, pool.output],
      layers: [pool.layer],
    });
    const run = runLayer(program, 0, [randomValues(1, 1, input)]);
    expect(countLayer(program, 0)).toEqual(run.counters);
  });

  it('count the multiply-accumulates of the definition', () => {
    const program = oneLayer({
      input: tensor([6, 6, 5]),
      nOut: 9,
      geometry: square(3),
      split: { rows: 2, inGroups: 1 },
    });
    expect(countEvents(program).macs).toEqual({ 8: 6 * 6 * 9 * 3 * 3 * 5, 4: 0, 2: 0, 1: 0 });
  });
});
