import { describe, expect, it } from 'vitest';
import { energyTableOf } from '../../../src/hw-models/northpole/core-costs.js';
import {
  NORTHPOLE,
  NORTHPOLE_PRESET_NAMES,
  NORTHPOLE_PRESETS,
  NORTHPOLE_SPECS,
  parseNorthPoleSpec,
  printNorthPoleSpec,
} from '../../../src/hw-models/northpole/spec.js';
import { UserError } from '../../../src/common/diagnostics.js';

function findings(text: string): readonly string[] {
  try {
    parseNorthPoleSpec(text, 's.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  throw new Error('no finding');
}

describe('a spec file', () => {
  it.each(NORTHPOLE_PRESET_NAMES)('with nothing but a base is %s', (name) => {
    expect(parseNorthPoleSpec(`base: ${name}`, 's.yaml')).toEqual({
      spec: NORTHPOLE_PRESETS[name],
      base: name,
      warnings: [],
    });
  });

  it('changes what it names and keeps the rest', () => {
    const text =
      'base: northpole\nmemory: { bytes: 393216 }\nnetworks: { activation: { wires: 1024 } }\nenergy: { macPj: { 4: 0.05 } }\n';
    const { spec } = parseNorthPoleSpec(text, 's.yaml');
    const changed = {
      ...NORTHPOLE,
      name: 'northpole-changed',
      memory: { ...NORTHPOLE.memory, bytes: 393_216 },
      networks: { ...NORTHPOLE.networks, activation: { ...NORTHPOLE.networks.activation, wires: 1024 } },
    };
    const energy = energyTableOf(changed);
    expect(spec).toEqual({ ...changed, energy: { ...energy, macPj: { ...energy.macPj, 4: 0.05 } } });
    // Half the memory: a byte is nearer.
    expect(spec.energy.memoryBytePj).toBeLessThan(NORTHPOLE.energy.memoryBytePj);
    const users = NORTHPOLE_SPECS.describe(spec).filter(({ status }) => status === 'user');
    expect(users.map(({ path }) => path)).toEqual(['memory.bytes', 'networks.activation.wires', 'energy.macPj.4']);
  });

  it('comes back from its printed form', () => {
    const text =
      'base: northpole-small\nname: mine\nprecisions: [8, 4]\nvmm: { latency: 7 }\nenergy: { macPj: { 2: 0.01, 1: 0 }, staticWatts: 3 }\n';
    const { spec, base } = parseNorthPoleSpec(text, 's.yaml');
    const printed = printNorthPoleSpec(spec, base);
    expect(parseNorthPoleSpec(printed, 's.yaml')).toEqual({ spec, base, warnings: [] });
    expect(printed).toContain('latency: 7');
    expect(printed).toContain('gridWidth: 4');
    expect(printed).toContain('staticWatts: 3');
    // Energies follow from the rest, so that a file that was printed follows too when it is edited.
    expect(printed).toMatch(/^# energy\.memoryBytePj is [0-9.]+ pJ and follows from the others: /m);
    expect(printed).not.toContain('memoryBytePj:');
  });

  it.each(NORTHPOLE_PRESET_NAMES)('printed for %s has every parameter and reads back as the same chip', (name) => {
    const spec = NORTHPOLE_PRESETS[name];
    const printed = printNorthPoleSpec(spec);
    expect(parseNorthPoleSpec(printed, 's.yaml')).toEqual({ spec, base: name, warnings: [] });
    const text = printed.replaceAll('\n# ', ' ');
    for (const { path, unit, range, source } of NORTHPOLE_SPECS.describe(spec)) {
      const key = path.startsWith('energy.') ? path : `${path.split('.').at(-1) ?? ''}:`;
      for (const part of [key, unit, range]) expect(text, path).toContain(part);
      expect(printed.replaceAll(/\s+#? */g, ' '), path).toContain(source.replaceAll(/\s+/g, ' '));
    }
  });

  it('says no parameter that the chip does not have', () => {
    expect(findings('base: northpole\nvector: { stages: 2 }\n')).toEqual([
      'unknown-key s.yaml: vector: unknown key "stages"',
    ]);
  });

  it('with mistakes says all of them at once', () => {
    const text =
      'base: northpole\nclokMhz: 200\nvmm: { latency: 0, outputs: 20 }\nmemory: { bites: 5 }\nprecisions: [16]\nenergy: { staticWatts: -1 }\n';
    expect(findings(text)).toEqual([
      'unknown-key s.yaml: unknown key "clokMhz" (did you mean "clockMhz"?)',
      'bad-value s.yaml: precisions: is [16]; operand widths of the VMM, the widest first, bits: 1 or more of 8, 4, 2, 1',
      'bad-value s.yaml: vmm.outputs: is 20; adder trees, outputs: 8..256, a multiple of 8',
      'bad-value s.yaml: vmm.latency: is 0; from operands to partial sum, cycles: 1..64',
      'unknown-key s.yaml: memory: unknown key "bites" (did you mean "bytes"?)',
      'bad-value s.yaml: energy.staticWatts: is -1; what flows without any event: leakage, clock tree, card, W: 0..10000',
    ]);
  });

  it('says which preset it does not know', () => {
    expect(findings('base: southpole')).toEqual([
      'bad-value s.yaml: base: is "southpole", no preset; did you mean "northpole"?',
    ]);
  });

  it('names the line of a syntax mistake and refuses what is no spec file by its size', () => {
    expect(findings('base: northpole\nvmm: {')[0]).toMatch(/^bad-yaml s.yaml line 2/);
    expect(findings(`# ${'x'.repeat(70_000)}`)[0]).toMatch(/^bad-yaml s.yaml: 7000\d characters/);
  });

  it('with contradictory values says all of them at once', () => {
    const text =
      'base: northpole\nprecisions: [4, 8]\npartialSums: { bufferBytes: 128 }\noutputBufferBytes: 64\nprogramBufferBytes: 64\nnetworks: { partialSum: { wires: 512 } }\n';
    expect(findings(text)).toEqual([
      'bad-spec s.yaml: precisions: [4, 8] is not descending',
      'bad-spec s.yaml: partialSums.bufferBytes: a half of 64 bytes is too small for one position of 64 sums: 256 bytes',
      'bad-spec s.yaml: networks.partialSum.wires: 512 wires are fewer than the 2048 bits of sums of a cycle',
      'bad-spec s.yaml: outputBufferBytes: 64 bytes cannot hold one vector of 64 32-bit results',
      'bad-spec s.yaml: programBufferBytes: 64 bytes cannot hold the programs of two layers',
    ]);
  });

  it.each([
    ['precisions', 'precisions: [2, 4]', 'precisions: [4, 2]'],
    ['partialSums.bufferBytes', 'partialSums: { bufferBytes: 511 }', 'partialSums: { bufferBytes: 512 }'],
    [
      'networks.partialSum.wires',
      'networks: { partialSum: { wires: 2040 } }',
      'networks: { partialSum: { wires: 2048 } }',
    ],
    ['outputBufferBytes', 'outputBufferBytes: 255', 'outputBufferBytes: 256'],
    ['programBufferBytes', 'programBufferBytes: 135', 'programBufferBytes: 136'],
  ])('takes %s up to its very edge', (path, beyond, edge) => {
    expect(findings(`base: northpole\n${beyond}\n`)).toEqual([expect.stringContaining(`bad-spec s.yaml: ${path}: `)]);
    expect(parseNorthPoleSpec(`base: northpole\n${edge}\n`, 's.yaml').warnings).toEqual([]);
  });

  it('warns of ports unlike the published ones and of energies that fall with width', () => {
    const { warnings } = parseNorthPoleSpec(
      'base: northpole\nmemory: { dataPortBytes: 64 }\nenergy: { macPj: { 8: 0.01 } }\n',
      's.yaml',
    );
    expect(warnings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning unlike-published',
      'warning odd-energy',
    ]);
  });
});
