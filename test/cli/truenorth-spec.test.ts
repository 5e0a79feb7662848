import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTrueNorthSpec, TRUENORTH_PRESETS, TRUENORTH_SPECS } from '../../src/hw-models/truenorth/spec.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const inFolder = temporaryFolder().at;
const MODEL = modelPath('mnist-5core');

describe('spec files of TrueNorth-style chips', () => {
  it.each(TRUENORTH_SPECS.presetNames)('come from lodestone chip %s --yaml with every parameter', async (name) => {
    const { code, out } = await cli(['chip', name, '--yaml']);
    expect(code).toBe(0);
    expect(parseTrueNorthSpec(out, name).spec).toEqual(TRUENORTH_PRESETS[name]);
  });

  it('change the chip that a model is compiled for, and run with the scores of the integer network', async () => {
    const spec = inFolder('large.yaml');
    const program = inFolder('large.lsp');
    writeFileSync(
      spec,
      'base: truenorth\naxonsPerCore: 700\nneuronsPerCore: 300\naxonTypes: 7\npositiveComparison: above\n',
    );
    const compiled = await cli(['compile', MODEL, '--chip', 'truenorth', '--spec', spec, '-o', program]);
    expect([compiled.code, compiled.out]).toEqual([0, expect.stringContaining('on truenorth-changed')]);
    const { code, out } = await cli(['run', program, '--data', 'mnist', '--limit', '40', '--json']);
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ mismatches: 0 })]);
  });

  it('are refused with everything that is wrong with them', async () => {
    const spec = inFolder('wrong.yaml');
    writeFileSync(spec, 'base: truenorth\naxonPerCore: 700\nmaxDelay: 99\npotentialMax: 7\n');
    const { code, err } = await cli(['compile', MODEL, '--chip', 'truenorth', '--spec', spec]);
    expect(code).toBe(1);
    expect(err).toContain('unknown key "axonPerCore" (did you mean "axonsPerCore"?)');
    expect(err).toContain('maxDelay: is 99; longest delay of a spike; a scheduler has one slot more, ticks: 1..63');
    expect(err).toContain('potentials end at 7, below the largest threshold 262143');
  });
});
