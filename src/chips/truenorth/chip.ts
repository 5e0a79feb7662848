/** TrueNorth-style chips: arrays of neurosynaptic cores, tick by tick. */
import { compileTrueNorth } from '../../compiler/targets/truenorth/compile.js';
import { placementOf } from '../../compiler/targets/truenorth/kept-placement.js';
import { TRUENORTH_PASSES, TRUENORTH_SPIKING_PASSES } from '../../compiler/targets/truenorth/passes.js';
import { mappingTable } from '../../compiler/targets/truenorth/table.js';
import { verifyProgram } from '../../compiler/targets/truenorth/verify.js';
import { BOARDS } from '../../hw-models/truenorth/board.js';
import { boardsOf, mostBoards } from '../../hw-models/truenorth/boards.js';
import { checkPlaces, type CorePlace, withDeadCores } from '../../hw-models/truenorth/board-faults.js';
import { describedCosts } from '../../hw-models/truenorth/core-costs.js';
import { coreStructureOf } from '../../hw-models/truenorth/core-structure.js';
import { DEFAULT_VOLTAGE } from '../../hw-models/truenorth/costs.js';
import { trueNorthFaultSupport } from '../../hw-models/truenorth/fault-support.js';
import { TRUENORTH, TRUENORTH_SPECS } from '../../hw-models/truenorth/spec.js';
import { fail } from '../../common/diagnostics.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../ir/program/truenorth.js';
import { TRUENORTH_FORMAT } from '../../ir/program/truenorth-schema.js';
import { ENGINE_CHOICES } from '../../simulator/engines/batch/choose.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';
import type { Chip } from '../chip.js';
import { trueNorthAlternatives } from './alternatives.js';
import { trueNorthBounds } from './bounds.js';
import { repriceTrueNorth, TRUENORTH_COST_PARAMETERS, trueNorthExtent } from './extent.js';
import { deployTrueNorth } from './faults.js';
import { CPE_FILES } from './import.js';
import { readTrueNorthLayers } from './layers.js';
import { programMeasures } from './measures.js';
import { olderTrueNorthResults } from './older-results.js';
import {
  compilerOptions,
  readPlaces,
  TRUENORTH_OPTIONS,
  type TrueNorthCompileOptions,
  trueNorthOptionsSchema,
} from './options.js';
import { trueNorthMoves } from './moves.js';
import { openTrueNorth } from './runner.js';
import { scopeProblems } from './scope.js';
import { trueNorthSplits } from './splits.js';
import { trueNorthStructure } from './structure.js';
import { trueNorthView } from './view.js';

/** What may be damaged unknown to the compiler. */
export interface TrueNorthDamages {
  /** Cores that are silent; spikes to them vanish. */
  readonly dead: readonly CorePlace[];
}

/** The chip. */
export const trueNorth: Chip<TrueNorthProgram, TrueNorthSpec, TrueNorthCompileOptions, TrueNorthDamages> = {
  name: 'truenorth',
  title: 'TrueNorth-style chips',
  specs: TRUENORTH_SPECS,
  options: TRUENORTH_OPTIONS,
  optionsSchema: trueNorthOptionsSchema,
  passes: TRUENORTH_PASSES,
  spikingPasses: TRUENORTH_SPIKING_PASSES,
  faults: trueNorthFaultSupport,
  damages: [
    {
      key: 'dead',
      argument: '<x,y;...>',
      help: 'cores that fail unknown to the compiler: silent, and spikes to them vanish',
      read: readPlaces,
    },
  ],
  engines: ENGINE_CHOICES,
  realWeights: {
    refused: 'its weights are real numbers, and the synapses of a TrueNorth-style chip are bits',
    remedy: 'take a variant with weights sign, round (2 bits) or stochastic',
  },
  format: TRUENORTH_FORMAT,
  imports: [CPE_FILES],
  olderResults: olderTrueNorthResults,
  kit: async () => (await import('./kit/index.js')).trueNorthKit,
  validation: async () => (await import('./validation/index.js')).trueNorthValidation(trueNorth),

  costs: (spec) => describedCosts(coreStructureOf(spec), DEFAULT_VOLTAGE),
  compile: (integer, { spec = TRUENORTH, options = {}, observe }) => {
    const compilation = compileTrueNorth(
      integer,
      { ...compilerOptions(options), spec: onBoard(spec, options) },
      observe,
    );
    const { program, warnings, passes } = compilation;
    const again = recordOf(options, program);
    return {
      ...{ program, options: again, warnings, passes, table: mappingTable(compilation) },
      splits: () => trueNorthSplits(program),
      alternatives: () => trueNorthAlternatives(compilation),
      layers: () => readTrueNorthLayers(compilation),
    };
  },
  isProgram: (program: ChipProgram): program is TrueNorthProgram => program.kind === 'truenorth',
  verify: verifyProgram,
  deploy: deployTrueNorth,
  damage: (program, { dead }) => (dead === undefined ? program : withDeadCores(program, dead)),
  scopeProblems,
  open: openTrueNorth,
  measure: programMeasures,
  structure: trueNorthStructure,
  bounds: trueNorthBounds,
  extent: trueNorthExtent,
  costParameters: TRUENORTH_COST_PARAMETERS,
  reprice: repriceTrueNorth,
  view: trueNorthView,
  moves: trueNorthMoves,
};

/** Options that are not in the spec; where places were kept, those that the cores have now. */
function recordOf(
  { window, objective, seed, maxCount, pin, keepPlacement }: Partial<TrueNorthCompileOptions>,
  program: TrueNorthProgram,
): Partial<TrueNorthCompileOptions> {
  return {
    ...(window === undefined ? {} : { window }),
    ...(objective === undefined ? {} : { objective }),
    ...(seed === undefined ? {} : { seed }),
    ...(maxCount === undefined ? {} : { maxCount }),
    ...(pin === undefined ? {} : { pin }),
    ...(keepPlacement === undefined ? {} : { keepPlacement: placementOf(program) }),
  };
}

/** The chip or board with its faulty cores, cut down to the grid. @throws UserError for a grid or a core beyond it */
function onBoard(
  spec: TrueNorthSpec,
  { board, boards, grid, faulty = [] }: Partial<TrueNorthCompileOptions>,
): TrueNorthSpec {
  const { name, gridWidth: boardWidth, gridHeight: boardHeight } = board === undefined ? spec : BOARDS[board];
  const one = { ...spec, name, gridWidth: boardWidth, gridHeight: boardHeight };
  const several = typeof boards === 'number' ? boardsOf(one, boards) : one;
  const { gridWidth, gridHeight } = several;
  const whole = { ...several, faultyCores: [...spec.faultyCores, ...faulty] };
  checkPlaces(faulty, boards === 'auto' ? mostBoards(one) : whole, 'faulty core');
  if (boards === 'auto' && grid !== undefined) {
    const message = 'a part of a board is not repeated';
    fail('grid-of-boards', `grid ${grid.join('x')}`, message, 'leave out --grid, or say how many boards there are');
  }
  if (grid === undefined) return whole;
  const [columns, rows] = grid;
  if (columns > gridWidth || rows > gridHeight) {
    fail(
      'grid-too-large',
      `grid ${columns}x${rows}`,
      `"${name}" has ${gridWidth}x${gridHeight} cores`,
      'use a smaller grid, or a larger board',
    );
  }
  return { ...whole, gridWidth: columns, gridHeight: rows };
}
