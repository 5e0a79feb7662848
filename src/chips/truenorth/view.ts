/** What the report shows of a program on a TrueNorth-style chip. */
import { duration, integer, percent } from '../../common/format.js';
import type { ChipProgram } from '../../ir/program/chip-program.js';
import type { CoreRole, LayerMapping, TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { ProgramFrame } from '../../ir/program/truenorth-schema.js';
import type { ProgramView, ViewColumn } from '../../ir/trace/program-view.js';
import { secondsOf } from '../../ir/trace/measures.js';
import { sampleTime } from './measures.js';

/** Roles in the order of the legend; cores of the first one are not marked. */
const ROLES: readonly CoreRole[] = ['layer', 'partial', 'splitter', 'timer'];
const ROLE_TEXTS = ['layer weights', 'partial sums', 'splitter', 'timer'];

/** Cores of layers on a grid. */
export interface PlacedProgram extends Pick<ProgramFrame, 'name' | 'coreRole' | 'layers'>, Pick<ChipProgram, 'kind'> {
  readonly coreLayer: Iterable<number>;
  readonly timing: Pick<ProgramFrame['timing'], 'period' | 'inputStart' | 'outputStart' | 'outputTicks'>;
  readonly outputs: Pick<ProgramFrame['outputs'], 'nClasses'>;
  readonly spec: Pick<TrueNorthSpec, 'name' | 'gridWidth' | 'gridHeight' | 'tickHz'> &
    Partial<Pick<TrueNorthSpec, 'faultyCores'>>;
  readonly cores: { readonly nCores: number; readonly x: Iterable<number>; readonly y: Iterable<number> };
}

/** The view of a program. */
export function trueNorthView(program: PlacedProgram): ProgramView {
  const { spec, cores, outputs, layers } = program;
  const time = sampleTime(program);
  const seconds = secondsOf(time);
  const every = time.perSample === 1 ? 'tick' : 'ticks';
  return {
    kind: 'program-view',
    target: program.kind,
    name: program.name,
    chip: spec.name,
    nClasses: outputs.nClasses,
    cores: cores.nCores,
    time,
    lead:
      `${integer(cores.nCores)} cores; a sample every ${integer(time.perSample)} ${every} (${duration(seconds.perSample)}), its decision after ` +
      `${integer(time.latency)} (${duration(seconds.latency)}).`,
    layers: { columns: COLUMNS, rows: layers.map((layer) => rowOf(layer, 1 / spec.tickHz)), note: NOTE },
    floorPlan: {
      gridWidth: spec.gridWidth,
      gridHeight: spec.gridHeight,
      faultyCores: spec.faultyCores ?? [],
      x: [...cores.x],
      y: [...cores.y],
      layer: [...program.coreLayer],
      role: program.coreRole.map((role) => ROLES.indexOf(role)),
      layers: layers.map(({ name }) => name),
      roles: ROLE_TEXTS,
    },
  };
}

const text = (title: string): ViewColumn => ({ title, align: 'text' });
const number = (title: string): ViewColumn => ({ title, align: 'number' });
const detail = (column: ViewColumn): ViewColumn => ({ ...column, isDetail: true });

const COLUMNS: readonly ViewColumn[] = [
  text('layer'),
  text('scheme'),
  number('fan-in'),
  detail(number('inputs')),
  number('outputs'),
  number('cores'),
  number('partial'),
  detail(number('splitter')),
  detail(number('copies')),
  detail(number('window')),
  number('ticks'),
  number('time'),
  number('axons'),
  number('neurons'),
  text('limited by'),
];

const rowOf = (layer: LayerMapping, tickSeconds: number): readonly string[] => [
  layer.name,
  layer.scheme,
  integer(layer.fanIn),
  integer(layer.nIn),
  integer(layer.nOut),
  integer(layer.cores),
  integer(layer.partialCores),
  integer(layer.splitterCores),
  integer(layer.copies),
  integer(layer.window),
  integer(layer.ticks),
  duration(layer.ticks * tickSeconds),
  percent(layer.axonUse, 0),
  percent(layer.neuronUse, 0),
  layer.limitedBy,
];

const NOTE =
  'Schemes: direct, in one tick; gated, accumulates over a window and fires at a gate tick; partial, partial sums travel as spike ' +
  'counts; count, emits its sum as spikes; merge, maxima merge on the axons without cores. Axons and neurons are the used share of ' +
  "the layer's cores; ticks run from the layer's first input spike to the next layer's.";
