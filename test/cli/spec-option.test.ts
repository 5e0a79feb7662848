import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { namedCommands, wholeProgram } from '../../src/cli/whole-program.js';
import { cli, modelPath, SETTING, temporaryFolder } from './harness.js';

const inFolder = temporaryFolder().at;
const MODEL = modelPath('mnist-5core');

/** A spec file that starts from a preset and changes nothing. */
function specFile(base: string): string {
  const path = inFolder(`${base}.yaml`);
  writeFileSync(path, `base: ${base}\nname: own-${base}\n`);
  return path;
}

const standard = CHIPS.map(({ name, specs }) => ({ chip: name, preset: Object.keys(specs.presets)[0] ?? '' }));
/** What a command needs beside its first argument. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  sweep: ['--distortion', 'drop', '--levels', '0', '--chips', '1', '--limit', '1'],
  run: ['--limit', '1'],
  compare: ['--limit', '1'],
  probe: ['--core', '1,1'],
  'conform record': ['-o', inFolder('golden.lst')],
  timeline: ['-o', inFolder('trace.json')],
  'truenorth export': ['-o', inFolder('model.json')],
  'ranc export': ['-o', inFolder('ranc')],
};

const withSpecs = namedCommands(await wholeProgram(SETTING))
  .filter(({ command }) => command.options.some(({ long }) => long === '--spec'))
  .map(({ name, command }) => ({
    name,
    hasChip: command.options.some(({ long }) => long === '--chip'),
    takesModel: command.registeredArguments.length > 0,
  }));
type WithSpec = (typeof withSpecs)[number];

/** A command line over the model with a spec. */
const line = ({ name, takesModel }: WithSpec, spec: string, ...more: readonly string[]): readonly string[] => [
  ...name.split(' '),
  ...(takesModel ? [MODEL] : []),
  ...['--spec', spec, ...more],
  ...(NEEDS[name] ?? []),
];

describe('--spec', () => {
  // Probes and traces are of a chip's kind, and do not tell its spec.
  it.each(withSpecs.filter(({ name, hasChip }) => hasChip && !/^(probe|conform)/.test(name)))(
    'of $name takes the kind of chip from the base of the file',
    async (command) => {
      const { name } = command;
      for (const { chip, preset } of standard) {
        // Faults of a sweep are those of the chip: no spikes drop where there are none.
        if (name === 'sweep' && chip === 'northpole') continue;
        const { code, out, err } = await cli(line(command, specFile(preset), '--json'));
        expect([code, err]).toEqual([0, '']);
        expect(JSON.parse(out)).toMatchObject({ target: chip, chip: `own-${preset}` });
      }
    },
  );

  it.each(withSpecs)('of $name refuses a spec of another kind of chip with one error', async (command) => {
    const { name, hasChip } = command;
    expect(withSpecs.length).toBeGreaterThan(6);
    const own = { timing: 'truenorth', 'truenorth export': 'truenorth', 'ranc export': 'ranc' }[name] ?? 'northpole';
    const chip = hasChip ? ['--chip', own] : [];
    const others = standard.filter((one) => one.chip !== own);
    for (const { preset, chip: other } of others) {
      for (const spec of [preset, specFile(preset)]) {
        const { code, out } = await cli(line(command, spec, ...chip, '--json'));
        expect([code, JSON.parse(out)]).toMatchObject([1, { errors: [{ code: 'spec-of-another-chip' }] }]);
        expect(JSON.parse(out)).toMatchObject({
          errors: { length: 1, 0: { place: `--spec ${spec}`, remedy: expect.stringContaining(`--chip ${other}`) } },
        });
      }
    }
  });

  it('without a known base names every preset', async () => {
    const path = inFolder('odd.yaml');
    for (const [text, message] of [
      ['base: northpol\n', 'base: is "northpol", no preset; did you mean "northpole"?'],
      ['axonTypes: 4\n', 'base: is missing'],
    ] as const) {
      writeFileSync(path, text);
      const { code, err } = await cli(['compile', MODEL, '--spec', path]);
      expect(code).toBe(1);
      expect(err).toContain(message);
      for (const { preset } of standard) expect(err).toContain(preset);
    }
    writeFileSync(path, 'base: [\n');
    expect(await cli(['compile', MODEL, '--spec', path])).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad-yaml'),
    });
  });
});
