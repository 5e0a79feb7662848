import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { northPoleMeasures } from '../../../src/chips/northpole/measures.js';
import { compileNetwork, readNetwork } from '../../../src/flow.js';
import { countEvents } from '../../../src/hw-models/northpole/counters.js';
import { modelPath } from '../../cli/harness.js';

it('names the events of a sample behind every part of its energy: those that are counted, over the frames of a batch', () => {
  const path = modelPath('mnist-mlp');
  const { program } = compileNetwork(readNetwork(readFileSync(path), path), { chip: northPole, batch: 4 });
  const { cycles, macs, memoryBytes, networks, vectorOperations } = countEvents(program);
  const { energyParts, energyUj } = northPoleMeasures(program);
  const number = (text: string): number => Number(text.split(' ')[0]?.replaceAll(',', ''));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const expected: readonly (readonly [string, string, number])[] = [
    ['static power', 'cycles', cycles],
    ['multiply-accumulates', 'operations', sum(Object.values(macs))],
    ['memory ports', 'bytes', sum(Object.values(memoryBytes))],
    ['networks', 'byte-hops', sum(Object.values(networks).map(({ byteHops }) => byteHops))],
    ['vector units', 'lane operations', vectorOperations],
  ];
  expect(energyParts.map(({ name, events }) => [name, events.replace(/^\S+ /, '')])).toEqual(
    expected.map(([name, unit]) => [name, unit]),
  );
  energyParts.forEach(({ events }, i) => {
    const count = expected[i]![2] / 4;
    expect(Math.abs(number(events) - count)).toBeLessThanOrEqual(Math.max(0.5, 0.005 * count));
    expect(count).toBeGreaterThan(0);
  });
  expect(sum(energyParts.map(({ value }) => value))).toBeCloseTo('unknown' in energyUj ? NaN : energyUj.value, 9);
});
