import type { NorthPoleProgram } from '../ir/program/northpole.js';
import type { CoreRole, LayerMapping, TrueNorthProgram } from '../ir/program/truenorth.js';
import type { NorthPoleLayerRow } from '../ir/trace/northpole-layer-row.js';

/** What the report draws of a program: small plain data that fits into a result file. */
export type ProgramView = TrueNorthView | NorthPoleView;

/** A program on a TrueNorth-style chip. */
export interface TrueNorthView {
  readonly kind: 'program-view';
  readonly name: string;
  readonly chip: string;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly faultyCores: readonly (readonly [number, number])[];
  readonly nClasses: number;
  /** Position, layer (index into `layers`, -1 for the timer) and role of each core, [nCores]. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly coreLayer: readonly number[];
  readonly coreRole: readonly CoreRole[];
  readonly layers: readonly LayerMapping[];
  /** Ticks from one sample to the next, and from a sample's first input to its last output. */
  readonly periodTicks: number;
  readonly latencyTicks: number;
}

/** A program on a NorthPole-style chip. */
export interface NorthPoleView {
  readonly kind: 'northpole-view';
  readonly name: string;
  readonly chip: string;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly nClasses: number;
  readonly batch: number;
  /** Cycles of a batch. */
  readonly cycles: number;
  readonly clockMhz: number;
  readonly layers: readonly NorthPoleLayerRow[];
}

/** The view of a program on a NorthPole-style chip with its layer table. */
export function viewNorthPole(program: NorthPoleProgram, layers: readonly NorthPoleLayerRow[]): NorthPoleView {
  const { spec } = program;
  return {
    kind: 'northpole-view',
    name: program.name,
    chip: spec.name,
    gridWidth: spec.gridWidth,
    gridHeight: spec.gridHeight,
    nClasses: program.outputs.nClasses,
    batch: program.batch,
    cycles: program.cycles,
    clockMhz: spec.clockMhz,
    layers,
  };
}

/** The view of a program on a TrueNorth-style chip. */
export function viewProgram(program: TrueNorthProgram): TrueNorthView {
  return {
    kind: 'program-view',
    name: program.name,
    chip: program.spec.name,
    gridWidth: program.spec.gridWidth,
    gridHeight: program.spec.gridHeight,
    faultyCores: program.spec.faultyCores,
    nClasses: program.outputs.nClasses,
    x: [...program.cores.x],
    y: [...program.cores.y],
    coreLayer: [...program.coreLayer],
    coreRole: program.coreRole,
    layers: program.layers,
    periodTicks: program.timing.period,
    latencyTicks: program.timing.outputStart + program.timing.outputTicks - program.timing.inputStart,
  };
}
