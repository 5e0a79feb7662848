/** Chips so narrow that a schedule of whole values, vectors and lines has no meaning are refused; one step wider they work. */
import { describe, expect, it, test } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { northPolePerformance } from '../../../src/chips/northpole/performance.js';
import { compileNetwork } from '../../../src/flow.js';
import { NORTHPOLE_SMALL, NORTHPOLE_SPECS } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { branchingNetwork, residualNetwork } from './small-networks.js';

const { memory, networks } = NORTHPOLE_SMALL;
const wires = (network: 'model' | 'activation', n: number): NorthPoleSpec => ({
  ...NORTHPOLE_SMALL,
  networks: { ...networks, [network]: { ...networks[network], wires: n } },
});
const ports = (changed: Partial<NorthPoleSpec['memory']>): NorthPoleSpec => ({
  ...NORTHPOLE_SMALL,
  memory: { ...memory, ...changed },
});

/** Path, the spec with a value for it, the least legal value. */
const LIMITS: readonly (readonly [string, (value: number) => NorthPoleSpec, number, string])[] = [
  ['memory.dataPortBytes', (dataPortBytes) => ports({ dataPortBytes }), 4, 'bytes do not hold a value of 32 bits'],
  ['networks.activation.wires', (n) => wires('activation', n), 32, 'wires do not hold a value of 32 bits'],
  [
    'memory.activationPortBytes',
    (activationPortBytes) => ports({ activationPortBytes }),
    8,
    'bytes do not hold the 64 bits of activations of a cycle (vmm.vectorBits)',
  ],
  [
    'weightFillBytes',
    (weightFillBytes) => ({ ...NORTHPOLE_SMALL, weightFillBytes }),
    8,
    'bytes do not hold a line of 8 bytes (memory.weightPortBytes)',
  ],
  [
    'networks.model.wires',
    (n) => wires('model', n),
    64,
    'wires do not hold a line of 8 bytes (memory.weightPortBytes)',
  ],
];

describe.each(LIMITS)('%s', (path, specOf, least, message) => {
  // Wires come in bytes.
  const step = path.endsWith('wires') ? 8 : 1;

  it('below what crosses it in a cycle is refused with the least value', () => {
    const errors = NORTHPOLE_SPECS.check(specOf(least - step), 'chip').filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([
      {
        code: 'bad-spec',
        place: `chip: ${path}`,
        message: `${least - step} ${message}`,
        remedy: `use at least ${least}`,
      },
    ]);
    expect(() => compileNetwork(residualNetwork, { chip: northPole, spec: specOf(step) })).toThrow(UserError);
  });

  it.each([least, least + step])('of %i takes networks to the end of their counters', (value) => {
    for (const network of [residualNetwork, branchingNetwork]) {
      const { program } = compileNetwork(network, { chip: northPole, spec: specOf(value) });
      expect(northPolePerformance(program).framesPerSecond).toBeGreaterThan(0);
    }
  });
});

test('a clock and a link that never move anything are refused', () => {
  const still = { ...NORTHPOLE_SMALL, clockMhz: 0, host: { ...NORTHPOLE_SMALL.host, linkGBps: 0 } };
  expect(NORTHPOLE_SPECS.check(still, 'chip').map(({ place, message }) => `${place}: ${message}`)).toEqual([
    'chip: clockMhz: is 0; clock, MHz: 1..10000',
    'chip: host.linkGBps: is 0; card to host, GB/s: 0.001..1000',
  ]);
});

test('a spec file with a port of 2 bytes is refused when it is read', () => {
  expect(() => NORTHPOLE_SPECS.parse('base: northpole\nmemory:\n  dataPortBytes: 2\n', 'port.yaml')).toThrow(
    'memory.dataPortBytes: 2 bytes do not hold a value of 32 bits\n  remedy: use at least 4',
  );
});
