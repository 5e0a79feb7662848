/** The specs of NorthPole-style chips. */
import { NORTHPOLE_PRESETS } from '../../hw-models/northpole/spec.js';
import { parseSpecFile, printSpecFile } from '../../hw-models/northpole/spec-file.js';
import { describeSpec } from '../../hw-models/northpole/spec-parameters.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import type { SpecFamily } from '../chip.js';

/** Presets, files, descriptions. */
export const NORTHPOLE_SPEC_FAMILY: SpecFamily<NorthPoleSpec> = {
  presets: NORTHPOLE_PRESETS,
  presetNotes: {
    northpole: 'the chip of the Science paper',
    'northpole-vpx': 'the same on the VPX board',
    'northpole-32x256': 'another shape of the vector-matrix unit',
    'northpole-small': 'scaled down for tests',
  },
  parse: parseSpecFile,
  print: (spec) => printSpecFile(spec),
  describe: (spec) => describeSpec(spec).map((line) => ({ ...line, range: '' })),
};
