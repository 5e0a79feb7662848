import { InvalidArgumentError } from 'commander';
import { fail } from '../../common/diagnostics.js';
import type { PassObserver } from '../../compiler/passes/pass.js';
import { compileNetwork, type TrueNorthCompileOptions, writeProgram } from '../../flow.js';
import { type BoardName, BOARDS } from '../../hw-models/truenorth/board.js';
import { checkPlaces } from '../../hw-models/truenorth/board-faults.js';
import { TRUENORTH } from '../../hw-models/truenorth/spec.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import { parsePlaces } from '../places.js';
import type { Compiled } from './compiled.js';

/** Options of `lodestone compile` that only TrueNorth-style chips have. */
export interface TrueNorthCommandOptions {
  readonly window?: number;
  readonly objective?: 'cores' | 'latency' | 'coreTicks';
  readonly board?: BoardName;
  readonly grid?: readonly [number, number];
  readonly faulty?: string;
}

/** Maps a model onto a TrueNorth-style chip or board. @throws UserError with every finding */
export function compileForTrueNorth(
  model: NetworkGraph,
  options: TrueNorthCommandOptions & { readonly seed: number },
  observe: PassObserver,
): Compiled {
  const { window, objective, seed } = options;
  const request: TrueNorthCompileOptions = {
    chip: 'truenorth',
    seed,
    ...(window === undefined ? {} : { window }),
    ...(objective === undefined ? {} : { objective }),
    spec: specOf(options),
  };
  const compilation = compileNetwork(model, request, observe);
  const { cores, layers, timing } = compilation.program;
  return {
    bytes: writeProgram(compilation),
    table: compilation.table,
    warnings: compilation.warnings,
    passes: compilation.passes,
    summary: {
      cores: cores.nCores,
      ticksPerSample: timing.period,
      latencyTicks: timing.outputStart + timing.outputTicks - timing.inputStart,
      layers,
    },
  };
}

/** The chip or board with its faulty cores, cut down to the grid. @throws UserError for a grid or a core beyond it */
function specOf({ board, grid, faulty }: TrueNorthCommandOptions): TrueNorthSpec {
  const preset = board === undefined ? TRUENORTH : BOARDS[board];
  const faultyCores = faulty === undefined ? [] : parsePlaces(faulty, '--faulty');
  checkPlaces(faultyCores, preset, '--faulty');
  const whole = { ...preset, faultyCores };
  if (grid === undefined) return whole;
  const [gridWidth, gridHeight] = grid;
  if (gridWidth > whole.gridWidth || gridHeight > whole.gridHeight) {
    fail(
      'grid-too-large',
      `--grid ${gridWidth}x${gridHeight}`,
      `"${whole.name}" has ${whole.gridWidth}x${whole.gridHeight} cores`,
      'use a smaller grid, or a larger board (--board ns16e)',
    );
  }
  return { ...whole, gridWidth, gridHeight };
}

/** Reads `8x8`. */
export function parseGrid(text: string): readonly [number, number] {
  const [, columns = '', rows = ''] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  const grid = [Number(columns), Number(rows)] as const;
  const { gridWidth, gridHeight } = BOARDS.ns16e;
  if (columns === '' || grid[0] < 1 || grid[1] < 1 || grid[0] > gridWidth || grid[1] > gridHeight) {
    throw new InvalidArgumentError(
      `It must be columns x rows from 1x1 to ${gridWidth}x${gridHeight}, for example 8x8.`,
    );
  }
  return grid;
}
