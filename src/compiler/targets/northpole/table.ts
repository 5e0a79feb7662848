/** The mapping of a program, one row per layer: for the report and for people. */
import { present } from '../../../common/assert.js';
import { lanesOf, macsPerPosition } from '../../../hw-models/northpole/blocks.js';
import { countLayers } from '../../../hw-models/northpole/counters.js';
import { tensorAt } from '../../../hw-models/northpole/regions.js';
import { passShape, readyCycle } from '../../../hw-models/northpole/timing.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../../ir/program/northpole.js';
import type { NorthPoleLayerRow } from '../../../ir/trace/northpole-layer-row.js';

/** One row per layer, in order; numbers are those of a batch. */
export function layerRows(program: NorthPoleProgram): readonly NorthPoleLayerRow[] {
  const counted = countLayers(program);
  return program.layers.map((layer, l) => {
    const { spec } = program;
    const networks = counted[l]?.networks;
    const { mapping } = layer;
    const cycles = (program.layers[l + 1]?.timing.start ?? program.cycles) - layer.timing.start;
    const input = tensorAt(program, layer.operands[0] ?? -1);
    const output = tensorAt(program, layer.output);
    const weightBits = layer.kind === 'vmm' ? layer.weightBits : 0;
    const lanes = lanesOf(spec, weightBits, Math.min(input.bits, 8));
    const macs = macsIn(program, layer);
    const peak = spec.gridWidth * spec.gridHeight * spec.vmm.outputs * lanes;
    const { shape } = output;
    return {
      name: layer.name,
      kind: layer.kind,
      shape,
      weightBits,
      activationBits: input.bits,
      cores: mapping.cores.length,
      rows: mapping.rows,
      columns: mapping.columns,
      outGroups: mapping.outGroups,
      inGroups: mapping.inGroups,
      macs,
      cycles,
      utilisation: macs / (peak * Math.max(1, cycles)),
      bound: boundOf(program, layer, cycles),
      modelBytes: networks?.model.bytes ?? 0,
      partialSumBytes: networks?.partialSum.bytes ?? 0,
      activationBytes: networks?.activation.bytes ?? 0,
      instructionBytes: networks?.instruction.bytes ?? 0,
    };
  });
}

/** Multiply-accumulates of a batch in the matrix unit. */
function macsIn(program: NorthPoleProgram, layer: NorthPoleLayer): number {
  if (layer.kind !== 'vmm') return 0;
  const [height, width] = tensorAt(program, layer.output).shape;
  return program.batch * height * width * macsPerPosition(layer);
}

/**
 * What the largest part of a layer's cycles is spent on. The units work side by side, so the busiest one decides how long the passes take; on
 * top come cycles in which results wait for the network (activations in) and cycles in which the pipeline fills and empties (latency).
 */
function boundOf(program: NorthPoleProgram, layer: NorthPoleLayer, cycles: number): NorthPoleLayerRow['bound'] {
  const shape = passShape(program, layer);
  const { positions } = layer.mapping;
  const { nPasses, nK, interval, lead, weightPeriod, minPeriod } = shape;
  const { start, end } = layer.timing;
  const units = [
    ['compute', nPasses * nK * positions],
    ['weights in', nPasses * nK * weightPeriod],
    ['vector unit', nPasses * positions * interval],
    ['partial sums', layer.kind === 'vmm' ? nPasses * Math.ceil((lead + positions * interval) / 2) : 0],
  ] as const;
  const busiest = units.reduce((a, b) => (b[1] > a[1] ? b : a));
  const lastReady = readyCycle(program.spec, { start, passPeriod: minPeriod }, shape, nPasses - 1, positions - 1);
  const waiting = end - Math.min(end, lastReady);
  const rest = [busiest, ['activations in', waiting], ['latency', cycles - waiting - busiest[1]]] as const;
  return rest.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

const HEADER = [
  'layer',
  'kind',
  'output',
  'bits w/a',
  'cores',
  'tiles x out x in',
  'cycles',
  'use',
  'bound by',
  'weights kB',
  'sums kB',
  'results kB',
  'program kB',
] as const;
/** Columns of words. */
const LEFT = [0, 1, 2, 8];

/** The rows as text, with the totals below. */
export function northPoleTable(program: NorthPoleProgram): string {
  const rows = layerRows(program);
  const cells = [[...HEADER], ...rows.map(cellsOf)];
  const widths = HEADER.map((_, column) => cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0));
  const lines = cells.map((row) =>
    row
      .map((cell, c) => (LEFT.includes(c) ? cell.padEnd(present(widths[c], 'width')) : cell.padStart(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const { spec, batch, cycles } = program;
  const perFrame = cycles / batch;
  const frames = (spec.clockMhz * 1e6) / perFrame;
  const total = (of: (row: NorthPoleLayerRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  // What the multiply-accumulates of each layer would take with every core busy at its precision.
  const ideal = total((row) => row.utilisation * row.cycles);
  lines.push(
    '',
    `${program.name} on ${spec.name}: batch ${batch}, ${cycles} cycles, ${perFrame.toFixed(0)} per frame, ${frames.toFixed(0)} frames/s at ${spec.clockMhz} MHz`,
    `${(total((row) => row.macs) / batch / 1e6).toFixed(3)} M multiply-accumulates per frame, ${((100 * ideal) / cycles).toFixed(1)} % of what all cores could do`,
  );
  return lines.join('\n');
}

function cellsOf(row: NorthPoleLayerRow): string[] {
  const kilo = (bytes: number): string => (bytes === 0 ? '' : (bytes / 1000).toFixed(1));
  return [
    row.name,
    row.kind,
    row.shape.join(' x '),
    row.kind === 'vmm' ? `${row.weightBits}/${row.activationBits}` : `-/${row.activationBits}`,
    String(row.cores),
    `${row.rows * row.columns} x ${row.outGroups} x ${row.inGroups}`,
    String(row.cycles),
    row.macs === 0 ? '' : `${(100 * row.utilisation).toFixed(1)} %`,
    row.bound,
    kilo(row.modelBytes),
    kilo(row.partialSumBytes),
    kilo(row.activationBytes),
    kilo(row.instructionBytes),
  ];
}
