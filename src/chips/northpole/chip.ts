/** NorthPole-style chips: arrays of vector-matrix cores on a static schedule, cycle by cycle. */
import { compileNorthPole } from '../../compiler/targets/northpole/compile.js';
import { NORTHPOLE_PASSES } from '../../compiler/targets/northpole/passes.js';
import { northPoleTable } from '../../compiler/targets/northpole/table.js';
import { verifyNorthPole } from '../../compiler/targets/northpole/verify.js';
import { describedCosts } from '../../hw-models/northpole/costs.js';
import { NORTHPOLE_FAULT_SUPPORT } from '../../hw-models/northpole/fault-support.js';
import { NORTHPOLE, NORTHPOLE_SPECS } from '../../hw-models/northpole/spec.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../ir/program/northpole.js';
import { NORTHPOLE_FORMAT } from '../../ir/program/northpole-schema.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';
import type { Chip } from '../chip.js';
import { northPoleBounds } from './bounds.js';
import { NORTHPOLE_COST_PARAMETERS, northPoleExtent, repriceNorthPole } from './extent.js';
import { scopeProblems } from './faults.js';
import { readNorthPoleLayers } from './layers.js';
import { northPoleMeasures } from './measures.js';
import { olderNorthPoleResults } from './older-results.js';
import { NORTHPOLE_OPTIONS, type NorthPoleCompileOptions, northPoleOptionsSchema } from './options.js';
import { openNorthPole } from './runner.js';
import { northPoleSplits } from './splits.js';
import { northPoleStructure } from './structure.js';
import { northPoleView } from './view.js';

/** The chip. */
export const northPole: Chip<NorthPoleProgram, NorthPoleSpec, NorthPoleCompileOptions> = {
  name: 'northpole',
  title: 'NorthPole-style chips',
  specs: NORTHPOLE_SPECS,
  options: NORTHPOLE_OPTIONS,
  optionsSchema: northPoleOptionsSchema,
  passes: NORTHPOLE_PASSES,
  faults: () => NORTHPOLE_FAULT_SUPPORT,
  damages: [],
  engines: ['functional'],
  realWeights: 'quantised',
  format: NORTHPOLE_FORMAT,
  imports: [],
  olderResults: olderNorthPoleResults,
  kit: async () => (await import('./kit/index.js')).northPoleKit,
  validation: async () => (await import('./validation/index.js')).northPoleValidation,

  costs: describedCosts,
  compile: (integer, { spec = NORTHPOLE, options = {}, observe }) => {
    const { batch } = options;
    const { program, warnings, passes } = compileNorthPole(
      integer,
      { spec, ...(batch === undefined ? {} : { batch }) },
      observe,
    );
    return {
      ...{ program, options, warnings, passes, table: northPoleTable(program) },
      splits: () => northPoleSplits(program),
      layers: () => readNorthPoleLayers(program),
    };
  },
  isProgram: (program: ChipProgram): program is NorthPoleProgram => program.kind === 'northpole',
  verify: verifyNorthPole,
  // All of its faults are drawn into the image that a runner loads.
  deploy: ({ program }) => program,
  damage: (program) => program,
  scopeProblems,
  open: openNorthPole,
  measure: northPoleMeasures,
  structure: northPoleStructure,
  bounds: northPoleBounds,
  extent: northPoleExtent,
  costParameters: NORTHPOLE_COST_PARAMETERS,
  reprice: repriceNorthPole,
  view: northPoleView,
};
