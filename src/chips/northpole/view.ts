/** What the report shows of a program on a NorthPole-style chip. */
import { bitsToText } from '../../common/bit-text.js';
import { duration, integer, percent, significant } from '../../common/format.js';
import { type MemoryUse, memoryUse } from '../../compiler/targets/northpole/memory-plan.js';
import { layerRows } from '../../compiler/targets/northpole/table.js';
import { matrixCycles } from '../../hw-models/northpole/core-use.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { NorthPoleLayerRow } from '../../ir/trace/northpole-layer-row.js';
import type { ProgramView, ViewColumn, ViewSteps, ViewTracks } from '../../ir/trace/program-view.js';
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
  const rows = layerRows(program);
  const view = viewOf({
    name: program.name,
    chip: spec.name,
    nClasses: program.outputs.nClasses,
    cores: new Set(program.layers.flatMap(({ mapping }) => [...mapping.cores])).size,
    gridCores: spec.gridWidth * spec.gridHeight,
    batch,
    cycles,
    clockMhz: spec.clockMhz,
    rows,
  });
  const use = memoryUse(program);
  return {
    ...view,
    steps: stepsOf(program, rows, use),
    tracks: [networkTracks(rows), memoryTracks(program, rows, use)],
  };
}

/** The cores of each layer in their places, what they do and what they hold. */
function stepsOf(program: NorthPoleProgram, rows: readonly NorthPoleLayerRow[], use: readonly MemoryUse[]): ViewSteps {
  const { spec, layers } = program;
  const { gridWidth, gridHeight, clockMhz } = spec;
  return {
    title: 'Floor plan',
    ...{ gridWidth, gridHeight },
    steps: rows.map(({ name, cycles }, l) => {
      const own = new Set(layers[l]?.mapping.cores);
      const bits = new Uint8Array(Math.ceil((gridWidth * gridHeight) / 8));
      for (const core of own) bits[core >> 3]! |= 1 << (core & 7);
      const time = `${integer(cycles)} cycles, ${duration(cycles / (clockMhz * 1e6))}`;
      return { label: name, text: `${integer(own.size)} cores, ${time}`, cores: bitsToText(bits) };
    }),
    use: {
      timeUnit: 'cycles',
      lengths: rows.map(({ cycles }) => cycles),
      part: 'matrix unit',
      busy: matrixCycles(program).map((cycles) => [...cycles]),
      memory: use.map(({ bytes }) => [...bytes]),
      memoryBytes: spec.memory.bytes,
    },
    note: 'Layers follow each other; a core works on many of them.',
  };
}

const lengthsOf = (rows: readonly NorthPoleLayerRow[]) =>
  rows.map(({ name, cycles }) => ({ label: name, length: cycles }));

/** What the four networks carry while a layer works. */
function networkTracks(rows: readonly NorthPoleLayerRow[]): ViewTracks {
  const track = (label: string, bytesOf: (row: NorthPoleLayerRow) => number) => ({
    ...{ label, unit: 'bytes per cycle' },
    values: rows.map((row) => bytesOf(row) / Math.max(1, row.cycles)),
  });
  return {
    ...{ title: 'Load of the four networks', timeUnit: 'cycles', steps: lengthsOf(rows) },
    tracks: [
      track('model network: weights', (row) => row.modelBytes),
      track('partial-sum network', (row) => row.partialSumBytes),
      track('activation network', (row) => row.activationBytes),
      track('instruction network: programs', (row) => row.instructionBytes),
    ],
    note: "Each byte once, however many hops, over the cycles of the layer; a layer's program is sent before it starts.",
  };
}

/** How full the memories are while a layer works. */
function memoryTracks(
  program: NorthPoleProgram,
  rows: readonly NorthPoleLayerRow[],
  use: readonly MemoryUse[],
): ViewTracks {
  const limit = program.spec.memory.bytes;
  return {
    ...{ title: 'Memory in use', timeUnit: 'cycles', steps: lengthsOf(rows) },
    tracks: [
      { label: 'fullest core', unit: 'bytes', values: use.map(({ fullest }) => fullest), limit },
      { label: 'mean of the cores in use', unit: 'bytes', values: use.map(({ mean }) => mean), limit },
    ],
    note: 'Programs and weights of all layers stay; to them come the values that wait for a reader.',
  };
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
const brief = (short: string, column: ViewColumn): ViewColumn => ({ ...column, short });
const detail = (column: ViewColumn): ViewColumn => ({ ...column, isDetail: true });

const COLUMNS: readonly ViewColumn[] = [
  text('layer'),
  detail(text('kind')),
  text('output'),
  brief('bits', text('bits, weights x activations')),
  number('cores'),
  detail(
    brief('split', text('split: rows x columns of the image, groups of output channels, groups of input channels')),
  ),
  number('cycles'),
  number('time'),
  brief('use', number('utilisation of the whole array')),
  text('bound by'),
  brief('weights', number('bytes of weights over the model network')),
  detail(brief('partial sums', number('bytes of partial sums'))),
  brief('activa\u00adtions', number('bytes of activations')),
  detail(brief('pro\u00adgrams', number('bytes of programs over the instruction network'))),
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
