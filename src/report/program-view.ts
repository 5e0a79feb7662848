import type { CoreRole, LayerMapping, TrueNorthProgram } from '../ir/program/truenorth.js';

/** What the report draws of a program: small plain data that fits into a result file. */
export interface ProgramView {
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

/** The view of a program. */
export function viewProgram(program: TrueNorthProgram): ProgramView {
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
