import { describe, expect, it } from 'vitest';
import { parseSpecFile, printSpecFile } from '../../../src/hw-models/northpole/spec-file.js';
import { energyTableOf } from '../../../src/hw-models/northpole/core-costs.js';
import { describeSpec } from '../../../src/hw-models/northpole/spec-parameters.js';
import { NORTHPOLE, NORTHPOLE_PRESET_NAMES, NORTHPOLE_PRESETS } from '../../../src/hw-models/northpole/spec.js';
import { UserError } from '../../../src/common/diagnostics.js';

function findings(text: string): readonly string[] {
  try {
    parseSpecFile(text, 's.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  throw new Error('no finding');
}

describe('a spec file', () => {
  it.each(NORTHPOLE_PRESET_NAMES)('with nothing but a base is %s', (name) => {
    expect(parseSpecFile(`base: ${name}`, 's.yaml')).toEqual({
      spec: NORTHPOLE_PRESETS[name],
      base: name,
      warnings: [],
    });
  });

  it('changes what it names and keeps the rest', () => {
    const text =
      'base: northpole\nmemory: { bytes: 393216 }\nnetworks: { activation: { wires: 1024 } }\nenergy: { macPj: { 4: 0.05 } }\n';
    const { spec } = parseSpecFile(text, 's.yaml');
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
    const users = describeSpec(spec).filter(({ status }) => status === 'user');
    expect(users.map(({ path }) => path)).toEqual(['memory.bytes', 'networks.activation.wires', 'energy.macPj.4']);
  });

  it('comes back from its printed form', () => {
    const text =
      'base: northpole-small\nname: mine\nprecisions: [8, 4]\nvmm: { latency: 7 }\nenergy: { macPj: { 2: 0.01, 1: 0 }, staticWatts: 3 }\n';
    const { spec, base } = parseSpecFile(text, 's.yaml');
    const printed = printSpecFile(spec, base);
    expect(parseSpecFile(printed, 's.yaml')).toEqual({ spec, base, warnings: [] });
    expect(printed).toContain('latency: 7');
    expect(printed).not.toContain('gridWidth');
    // Energies follow from the rest, so that a file that was printed follows too when it is edited.
    expect(printed).not.toContain('memoryBytePj');
  });

  it('with mistakes says all of them at once', () => {
    const text =
      'base: northpole\nclokMhz: 200\nvmm: { latency: 0, outputs: 20 }\nmemory: { bites: 5 }\nprecisions: [16]\n';
    expect(findings(text)).toEqual([
      'bad-value s.yaml: precisions.0: Invalid input',
      'bad-value s.yaml: vmm.outputs: Invalid number: must be a multiple of 8',
      'bad-value s.yaml: vmm.latency: Too small: expected number to be >=1',
      'unknown-key s.yaml: memory: unknown key "bites" (did you mean "bytes"?)',
      'unknown-key s.yaml: unknown key "clokMhz" (did you mean "clockMhz"?)',
    ]);
  });

  it('says which preset it does not know', () => {
    expect(findings('base: southpole')).toEqual([
      'bad-value s.yaml: base: Invalid option: expected one of "northpole"|"northpole-vpx"|"northpole-32x256"|"northpole-small"',
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

  it('warns of ports unlike the published ones and of energies that fall with width', () => {
    const { warnings } = parseSpecFile(
      'base: northpole\nmemory: { dataPortBytes: 64 }\nenergy: { macPj: { 8: 0.01 } }\n',
      's.yaml',
    );
    expect(warnings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning unlike-published',
      'warning odd-energy',
    ]);
  });
});
