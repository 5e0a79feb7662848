/** What the report shows of a program on a NorthPole-style chip. */
import { duration, integer, percent, significant } from '../../common/format.js';
import { layerRows } from '../../compiler/targets/northpole/table.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { NorthPoleLayerRow } from '../../ir/trace/northpole-layer-row.js';
import type { ProgramView, ViewColumn } from '../../ir/trace/program-view.js';
import { sampleTime } from './measures.js';

/** What a layer can be bound by, in the order of the colours. */
const BOUNDS: readonly NorthPoleLayerRow['bound'][] = [
  'compute',
  'weights in',
  'activations in',
  'partial sums',
  'vector unit',
  'latency',
];

/** The view of a program. */
export function northPoleView(program: NorthPoleProgram): ProgramView {
  const { spec, batch, cycles } = program;
  return viewOf({
    name: program.name,
    chip: spec.name,
    nClasses: program.outputs.nClasses,
    cores: new Set(program.layers.flatMap(({ mapping }) => [...mapping.cores])).size,
    gridCores: spec.gridWidth * spec.gridHeight,
    batch,
    cycles,
    clockMhz: spec.clockMhz,
    rows: layerRows(program),
  });
}

/** What a view is made of. */
export interface Viewed extends Pick<ProgramView, 'name' | 'chip' | 'nClasses' | 'cores'> {
  /** Cores of the chip. */
  readonly gridCores: number;
  readonly batch: number;
  readonly cycles: number;
  readonly clockMhz: number;
  readonly rows: readonly NorthPoleLayerRow[];
}

/** See {@link northPoleView}. */
export function viewOf({ name, chip, nClasses, cores, gridCores, rows, ...speed }: Viewed): ProgramView {
  const { batch, cycles, clockMhz } = speed;
  const frames = `${integer(batch)} ${batch === 1 ? 'frame' : 'frames'}`;
  return {
    kind: 'program-view',
    target: 'northpole',
    name,
    chip,
    nClasses,
    cores,
    time: sampleTime(speed),
    lead:
      `${integer(gridCores)} cores, layer by layer over the whole array; a batch of ${frames} takes ` +
      `${integer(cycles)} cycles, ${duration(cycles / (clockMhz * 1e6))} at ${significant(clockMhz)} MHz.`,
    layers: { columns: COLUMNS, rows: rows.map((row) => rowOf(row, clockMhz * 1e6)), note: NOTE },
    timeBar: {
      title: 'Layers along the time of a batch, by what bounds them',
      unit: 'cycles',
      pieces: rows.map(({ name: label, cycles: value, bound }) => ({ label, value, group: bound })),
      groups: BOUNDS,
      note: '',
    },
  };
}

const text = (title: string): ViewColumn => ({ title, align: 'text' });
const number = (title: string): ViewColumn => ({ title, align: 'number' });

const COLUMNS: readonly ViewColumn[] = [
  text('layer'),
  text('kind'),
  text('output'),
  text('bits, weights x activations'),
  number('cores'),
  text('split'),
  number('cycles'),
  number('time'),
  number('utilisation'),
  text('bound by'),
  number('weights'),
  number('partial sums'),
  number('activations'),
  number('programs'),
];

const rowOf = (layer: NorthPoleLayerRow, clockHz: number): readonly string[] => [
  layer.name,
  layer.kind,
  layer.shape.join(' x '),
  layer.kind === 'vmm' ? `${layer.weightBits} x ${layer.activationBits}` : `${layer.activationBits}`,
  integer(layer.cores),
  `${layer.rows} x ${layer.columns}, ${layer.outGroups}, ${layer.inGroups}`,
  integer(layer.cycles),
  duration(layer.cycles / clockHz),
  layer.macs === 0 ? '' : percent(layer.utilisation, 1),
  layer.bound,
  integer(layer.modelBytes),
  integer(layer.partialSumBytes),
  integer(layer.activationBytes),
  integer(layer.instructionBytes),
];

const NOTE =
  'Split: rows x columns of the image, groups of output channels, groups of input channels. Utilisation is of the whole array at the ' +
  "layer's precision. The last four columns are bytes over the four networks, per batch.";
