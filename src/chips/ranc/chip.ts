/**
 * RANC (Mack et al., IEEE TCAD 40:11, 2021; github.com/UA-RCL/RANC): an open chip of TrueNorth-like cores with a simulator and Verilog. Networks are
 * lowered by the compiler of TrueNorth-style chips to what RANC expresses exactly.
 */
import { compileTrueNorth } from '../../compiler/targets/truenorth/compile.js';
import { TRUENORTH_PASSES, TRUENORTH_SPIKING_PASSES } from '../../compiler/targets/truenorth/passes.js';
import { mappingTable } from '../../compiler/targets/truenorth/table.js';
import { throwIfErrors } from '../../common/diagnostics.js';
import { RANC_CHIP, RANC_SPECS, type RancChipSpec } from '../../hw-models/ranc/chip-spec.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';
import type { Chip } from '../chip.js';
import { scopeProblems } from '../truenorth/scope.js';
import { trueNorthView } from '../truenorth/view.js';
import { deployRanc, RANC_FAULT_SUPPORT } from './faults.js';
import { RANC_FILES } from './import.js';
import { rancMeasures } from './measures.js';
import { RANC_OPTIONS, type RancCompileOptions, rancOptionsSchema } from './options.js';
import { RANC_FORMAT, type RancProgram } from './program.js';
import { openRanc, RANC_ENGINES } from './runner.js';
import { trueNorthAlternatives } from '../truenorth/alternatives.js';
import { trueNorthSplits } from '../truenorth/splits.js';
import { rancStructure } from './structure.js';
import { rancProgramOf, trueNorthSpecOf } from './truenorth.js';
import { verifyRanc } from './verify.js';

/** The chip. */
export const ranc: Chip<RancProgram, RancChipSpec, RancCompileOptions> = {
  name: 'ranc',
  title: 'RANC-style chips',
  specs: RANC_SPECS,
  options: RANC_OPTIONS,
  optionsSchema: rancOptionsSchema,
  passes: TRUENORTH_PASSES,
  spikingPasses: TRUENORTH_SPIKING_PASSES,
  faults: () => RANC_FAULT_SUPPORT,
  damages: [],
  engines: RANC_ENGINES,
  realWeights: {
    refused: 'its weights are real numbers, and the synapses of RANC are bits',
    remedy: 'take a variant with weights sign, round (2 bits) or stochastic',
  },
  format: RANC_FORMAT,
  imports: [RANC_FILES],
  kit: async () => (await import('./kit/index.js')).rancKit,

  costs: () => ({}),
  compile: (integer, { spec = RANC_CHIP, options = {}, observe }) => {
    throwIfErrors(RANC_SPECS.check(spec, `chip "${spec.name}"`));
    const compilation = compileTrueNorth(integer, { spec: trueNorthSpecOf(spec), unpriced: true, ...options }, observe);
    const { program, warnings } = rancProgramOf(compilation.program, spec);
    throwIfErrors(verifyRanc(program));
    return {
      program,
      options,
      table: mappingTable(compilation),
      warnings: [...compilation.warnings, ...warnings],
      passes: compilation.passes,
      splits: () => trueNorthSplits(compilation.program),
      alternatives: () => trueNorthAlternatives(compilation),
      layers: { unread: 'the packets of RANC are read at its output bus only' },
    };
  },
  isProgram: (program: ChipProgram): program is RancProgram => program.kind === 'ranc',
  verify: verifyRanc,
  deploy: deployRanc,
  damage: (program) => program,
  scopeProblems,
  open: openRanc,
  measure: rancMeasures,
  structure: rancStructure,
  view: trueNorthView,
};
