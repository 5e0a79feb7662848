import { InvalidArgumentError } from 'commander';
import { fail } from '../../common/diagnostics.js';
import type { PassObserver } from '../../compiler/passes/pass.js';
import { compileNetwork, type TrueNorthCompileOptions, writeProgram } from '../../flow.js';
import { type BoardName, BOARDS } from '../../hw-models/truenorth/board.js';
import { checkPlaces } from '../../hw-models/truenorth/board-faults.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import { loadTrueNorthSpec } from '../load.js';
import { parsePlaces } from '../places.js';
import type { Compiled } from './compiled.js';

/** Options of `lodestone compile` that TrueNorth-style chips have. */
export interface TrueNorthCommandOptions {
  readonly window?: number;
  readonly objective?: 'cores' | 'latency' | 'coreTicks';
  readonly spec?: string;
  readonly board?: BoardName;
  readonly grid?: readonly [number, number];
  readonly faulty?: string;
}

/** Maps a model onto a TrueNorth-style chip or board. @throws UserError with every finding */
export async function compileForTrueNorth(
  model: NetworkGraph,
  options: TrueNorthCommandOptions & { readonly seed: number },
  observe: PassObserver,
): Promise<Compiled> {
  const { window, objective, seed } = options;
  const { spec, warnings } = await chipOf(options);
  const request: TrueNorthCompileOptions = {
    chip: 'truenorth',
    seed,
    ...(window === undefined ? {} : { window }),
    ...(objective === undefined ? {} : { objective }),
    spec: specOf(spec, options),
  };
  const compilation = compileNetwork(model, request, observe);
  const { cores, layers, timing } = compilation.program;
  return {
    bytes: writeProgram(compilation),
    table: compilation.table,
    warnings: [...warnings, ...compilation.warnings],
    passes: compilation.passes,
    summary: {
      cores: cores.nCores,
      ticksPerSample: timing.period,
      latencyTicks: timing.outputStart + timing.outputTicks - timing.inputStart,
      layers,
    },
  };
}

/** The chip of `--spec` or `--board`. @throws UserError for both, and for a spec that is wrong */
async function chipOf({ spec, board }: TrueNorthCommandOptions): ReturnType<typeof loadTrueNorthSpec> {
  if (spec === undefined || board === undefined) return loadTrueNorthSpec(spec ?? board);
  return fail('two-chips', `--board ${board}`, '--spec names a chip already', 'leave one of the two out');
}

/** The chip with its faulty cores, cut down to the grid. @throws UserError for a grid or a core beyond it */
function specOf(chip: TrueNorthSpec, { grid, faulty }: TrueNorthCommandOptions): TrueNorthSpec {
  const more = faulty === undefined ? [] : parsePlaces(faulty, '--faulty');
  checkPlaces(more, chip, '--faulty');
  const whole = { ...chip, faultyCores: [...chip.faultyCores, ...more] };
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
