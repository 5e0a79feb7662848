import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { northPoleBounds } from '../../../src/chips/northpole/bounds.js';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNetwork, readNetwork, toInteger } from '../../../src/flow.js';
import { NORTHPOLE_SPECS } from '../../../src/hw-models/northpole/spec.js';
import { secondsOf } from '../../../src/ir/trace/measures.js';

const networks = ['mnist-5core', 'mnist-conv', 'mnist-resnet-2bit'].map((name) => {
  const path = `examples/models/${name}.lsn`;
  return { name, integer: toInteger(readNetwork(readFileSync(path), path)) };
});
const specOf = (changes: object) =>
  NORTHPOLE_SPECS.parse(JSON.stringify({ base: 'northpole', name: 'other', ...changes }), 'spec').spec;
const SPECS = [
  specOf({}),
  specOf({ gridWidth: 4, gridHeight: 4, vmm: { outputs: 16, vectorBits: 64 } }),
  specOf({ gridWidth: 2, gridHeight: 2, clockMhz: 100 }),
];

describe('bounds of NorthPole-style chips', () => {
  for (const { name, integer } of networks) {
    test(`${name}: no program is faster`, () => {
      for (const spec of SPECS) {
        const { latencySeconds, problems, cores } = northPoleBounds(integer, spec);
        expect(problems).toEqual([]);
        const { program } = compileNetwork(integer, { chip: northPole, spec });
        expect(cores).toBeLessThanOrEqual(northPole.measure(program).cores);
        expect(latencySeconds).toBeGreaterThan(0);
        expect(latencySeconds).toBeLessThanOrEqual(secondsOf(northPole.measure(program).time).latency);
      }
    });

    test(`${name}: where its weights are more than the memory, no program fits`, () => {
      const spec = specOf({ gridWidth: 1, gridHeight: 1, memory: { bytes: 1024 } });
      expect(northPoleBounds(integer, spec).problems.map(({ code }) => code)).toEqual(['weights-beyond-memory']);
      expect(() => compileNetwork(integer, { chip: northPole, spec })).toThrow(UserError);
    });
  }
});
