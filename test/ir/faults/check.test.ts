import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '../../../src/common/diagnostics.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { CHIPS } from '../../../src/chips/installed.js';
import { FAULT_NAMES, type FaultName } from '../../../src/ir/faults/catalogue.js';
import { checkFaults, faultProblems } from '../../../src/ir/faults/check.js';
import { NO_NOISE } from '../../../src/ir/faults/levels.js';
import type { FaultScope } from '../../../src/ir/faults/scope.js';
import type { FaultSupport } from '../../../src/ir/faults/support.js';

type Levels = Partial<Record<FaultName, number>>;

const problems = (levels: Levels, scope: FaultScope = {}, support = trueNorth.faults()): string =>
  formatDiagnostics(faultProblems({ noise: { ...NO_NOISE, ...levels }, scope }, support));

/** A chip that no folder of this project knows. */
const TINY: FaultSupport = {
  chip: 'Tiny',
  chips: 'tiny chips',
  faults: { ber: true, drop: { reason: 'tiny chips are one core' } },
  memories: [{ memory: 'weights', wordBits: 4, most: { level: 0.25, reason: 'a quarter of the bits at most' } }],
  scope: { memories: true },
};

describe('a check of faults', () => {
  it('knows a chip by its data only', () => {
    expect(problems({ ber: 0.25 }, { memories: ['weights'] }, TINY)).toBe('');
    expect(problems({ ber: 0.5, drop: 0.1, read_noise: 0.1 }, { memories: ['biases'], known: true }, TINY)).toBe(
      [
        'error[noise-not-modelled] noise.read_noise: this fault is not modelled for tiny chips',
        '  remedy: use ber',
        'error[noise-not-modelled] noise.drop: tiny chips are one core',
        '  remedy: use ber',
        'error[scope-not-modelled] scope.known: faults of tiny chips cannot be limited this way',
        '  remedy: leave it out',
        'error[memory-not-modelled] scope.memories[0]: tiny chips have no faults in a memory "biases"',
        '  remedy: use weights',
      ].join('\n'),
    );
    expect(problems({ ber: 0.5 }, {}, TINY)).toBe(
      'error[noise-range] noise.ber: a quarter of the bits at most\n  remedy: use up to 0.25',
    );
  });

  it('refuses every level of every fault that is no number, negative or too large, on all chips', () => {
    for (const support of [...CHIPS.map((chip) => chip.faults()), TINY]) {
      for (const name of FAULT_NAMES) {
        for (const level of [Number.NaN, -0.1, 100.5]) {
          const noise = { ...NO_NOISE, [name]: level };
          expect(() => checkFaults({ noise }, support), `${name}=${level}`).toThrow(`bad-noise-level] noise.${name}`);
        }
      }
    }
  });

  it('refuses levels that are missing and names that are no faults, from callers without types', () => {
    const some = Object.entries(NO_NOISE).filter(([name]) => name !== 'ber');
    const given: unknown = { ...Object.fromEntries(some), brr: 0.1 };
    const untyped = (noise: unknown): noise is typeof NO_NOISE => typeof noise === 'object';
    if (!untyped(given)) throw new Error('not an object');
    const found = faultProblems({ noise: given }, northPole.faults());
    expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'bad-noise-level noise.ber',
      'unknown-noise noise.brr',
    ]);
    expect(found[1]?.message).toContain('did you mean "ber"?');
  });

  it('takes every fault of a chip by itself, at its largest level', () => {
    for (const support of CHIPS.map((chip) => chip.faults())) {
      for (const name of FAULT_NAMES) {
        expect(problems({ [name]: 1 }, {}, support) === '', `${support.chip}, ${name}`).toBe(
          support.faults[name] === true,
        );
      }
    }
  });

  it('says the same in these words', async () => {
    const [truenorth, northpole] = [trueNorth.faults(), northPole.faults()];
    const cases: readonly (readonly [string, Levels, FaultScope, FaultSupport])[] = [
      ['TrueNorth: a fault it does not have', { read_noise: 0.1 }, {}, truenorth],
      ['TrueNorth: more than all there is', { stuck_at_0: 0.6, stuck_at_1: 0.6 }, {}, truenorth],
      ['TrueNorth: dead and saturated', { dead_neuron: 0.75, saturated_neuron: 0.5 }, {}, truenorth],
      ['TrueNorth: positions of single bits', { ber: 0.1 }, { protectedBits: [0] }, truenorth],
      ['TrueNorth: positions', { ber: 0.1 }, { memories: ['thresholds'], protectedBits: [17, 18, -1, 0.5] }, truenorth],
      ['TrueNorth: potentials', { ber: 0.01, stuck_at_0: 0.1 }, { memories: ['potentials'] }, truenorth],
      ['TrueNorth: a scope that is idle', { drop: 0.1 }, { layers: ['a'], cores: [1], known: true }, truenorth],
      ['TrueNorth: no memory', { ber: 0.1 }, { memories: [] }, truenorth],
      ['NorthPole: everything twice', { ber: 0.1, ber_0to1: 0.1, ber_1to0: 0.1 }, {}, northpole],
      ['NorthPole: without neurons and spikes', { dead_neuron: 0.1, spike_delay: 0.1, down_chips: 1 }, {}, northpole],
      ['NorthPole: activations', { stuck_at_1: 0.1 }, { memories: ['activations'] }, northpole],
      ['NorthPole: places', { ber: 0.1 }, { memories: ['synapses'], cores: [1], known: true }, northpole],
      ['levels', { ber: Number.NaN, drop: -0.1, stuck_at_0: 1.5, additive: 101 }, {}, northpole],
    ];
    const text = cases.map(([title, levels, scope, support]) => `# ${title}\n${problems(levels, scope, support)}\n`);
    await expect(text.join('\n')).toMatchFileSnapshot('../../golden/fault-errors.txt');
  });
});
