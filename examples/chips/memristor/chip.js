// A memristor crossbar with converters. Weights are pairs of cells, the sum of a bitline is a current that an ADC of few bits reads; what the ADC
// rounds and clips stands in the integer network (adapt.js), so a chip without noise gives its scores exactly. Read noise is what the chip adds.
//
//   lodestone run MODEL --chip examples/chips/memristor --allow-code --noise read_noise=0.05
import {
  assumed,
  checkNetwork,
  completeReadout,
  defineSpec,
  errorAt,
  fail,
  inferShapes,
  present,
  preset,
  sizeOf,
  whole,
  z,
} from 'lodestone/chips';
import { adaptNetwork } from './adapt.js';
import { openMemristor } from './crossbars.js';

const EXAMPLE = 'an example';

const SPECS = defineSpec({
  chip: 'memristor',
  table: {
    rows: whole([1, 1024], 128, assumed('wordlines of a crossbar', 'rows', EXAMPLE)),
    columns: whole([1, 1024], 256, assumed('bitlines of a crossbar, each a pair of cells per row', 'columns', EXAMPLE)),
    crossbars: whole([1, 65_536], 64, assumed('crossbars of the chip', 'crossbars', EXAMPLE)),
    cellLevels: whole([2, 128], 16, assumed('conductances of a cell, from 0 in equal steps', 'levels', EXAMPLE)),
    adcBits: whole([2, 16], 7, assumed('bits of an ADC, with the sign', 'bits', EXAMPLE)),
    adcShift: whole([0, 15], 0, assumed('lowest bits of a sum that an ADC drops', 'bits', EXAMPLE)),
    readNs: whole([1, 1_000_000], 100, assumed('time of a read with its conversion', 'ns', EXAMPLE)),
  },
  presets: {
    memristor: preset('crossbars of 128 x 256 with 7-bit converters'),
    'memristor-5bit': preset('the same with 5-bit converters that drop a bit', { adcBits: 5, adcShift: 1 }),
  },
  rules: [],
});

const DIGITAL = { reason: 'the memristor chip of the examples has no such part' };
const FAULTS = {
  chip: 'Memristor',
  chips: 'memristor chips',
  faults: { read_noise: true, additive: true, multiplicative: true, drop: DIGITAL, spike_delay: DIGITAL },
  memories: [],
  scope: {},
};

const crossbarSchema = z.strictObject({
  ...{ layer: z.string(), wordlines: z.string(), bitlines: z.string() },
  ...{ rows: z.int().min(1), columns: z.int().min(1), weights: z.instanceof(Int8Array) },
});

const schema = z.strictObject({
  ...{ kind: z.literal('memristor'), name: z.string(), spec: SPECS.schema },
  ...{ inputShape: z.array(z.int()), inputCode: z.any(), outputs: z.any() },
  network: z.unknown().transform((value) => checkNetwork(value, 'network of the memristor chip')),
  crossbars: z.array(crossbarSchema),
});

/** Columns beyond those of a crossbar take another one: how many there are. */
const crossbarsUsed = ({ crossbars, spec }) =>
  crossbars.reduce((sum, { columns }) => sum + Math.ceil(columns / spec.columns), 0);

const verify = (program) => {
  const { name, spec, crossbars } = program;
  const used = crossbarsUsed(program);
  const broken = crossbars
    .filter(({ rows, columns, weights }) => rows > spec.rows || weights.length !== rows * columns)
    .map(({ bitlines }) =>
      errorAt('bad-crossbar', `${name}: ${bitlines}`, 'its sizes contradict each other', 'compile again'),
    );
  if (used <= spec.crossbars) return broken;
  const message = `${used} crossbars are needed, "${spec.name}" has ${spec.crossbars}`;
  return [...broken, errorAt('too-few-crossbars', name, message, `use a spec with at least ${used}, or larger ones`)];
};

/** Crossbars of a layer are read at once, layers one after the other. */
const timeOf = ({ crossbars, spec }) => {
  const reads = new Set(crossbars.map(({ layer }) => layer)).size;
  const unitSeconds = { value: spec.readNs * 1e-9, unit: 's', status: 'assumed', source: 'readNs of the spec' };
  return { unit: 'read', perSample: reads, latency: reads, unitSeconds };
};

const measure = (program) => {
  const conversions = program.crossbars.reduce((sum, { columns }) => sum + columns, 0);
  const cells = program.crossbars.reduce((sum, { rows, columns }) => sum + 2 * rows * columns, 0);
  return {
    cores: crossbarsUsed(program),
    time: timeOf(program),
    metrics: {
      cells: { label: 'cells in use', value: cells, unit: '' },
      conversions: { label: 'conversions per sample', value: conversions, unit: '' },
    },
    energyUj: { unknown: true, reason: 'the example says nothing about energy' },
    energyParts: [],
    loads: [],
  };
};

function compile(integer, { spec = SPECS.presets.memristor, options = {} }) {
  // `adapt` made the network; its crossbars are the dense layers between wordlines and converters.
  const { nodes } = integer;
  const [input, encode] = nodes;
  const last = present(nodes.at(-1), 'output');
  const nClasses = last.kind === 'votes' ? last.nClasses : sizeOf(present(inferShapes(integer).get(last.id), 'shape'));
  const outputs = { ...completeReadout(last.kind === 'scores' ? last : {}, nClasses), nClasses };
  const crossbars = nodes
    .filter(({ kind, id }) => kind === 'dense' && /\.bitlines\d+$/.test(id))
    .map(({ id, input: wordlines, nOut, weights }) => ({
      ...{ layer: id.replace(/\.bitlines\d+$/, ''), wordlines, bitlines: id },
      ...{ rows: weights.length / nOut, columns: nOut, weights },
    }));
  const program = {
    ...{ kind: 'memristor', name: integer.name, spec, outputs },
    ...{ inputShape: input.shape, inputCode: encode.code, network: integer, crossbars },
  };
  const found = verify(program);
  if (found.length > 0) fail(found[0].code, found[0].place, found[0].message, found[0].remedy);
  const rows = crossbars.map(({ bitlines, rows: r, columns }) => `${bitlines.padEnd(24)} ${r} x ${columns}`);
  return {
    ...{ program, options, warnings: [], passes: [], splits: () => [] },
    table: `crossbar                 rows x columns\n${rows.join('\n')}`,
    layers: { unread: 'currents of bitlines are seen by converters only' },
  };
}

/** @type {import('lodestone/chips').Chip} */
export const chip = {
  name: 'memristor',
  title: 'memristor chips',
  specs: SPECS,
  options: [],
  optionsSchema: z.strictObject({}),
  passes: [],
  faults: () => FAULTS,
  damages: [],
  engines: ['crossbars'],
  realWeights: 'quantised',
  format: { kind: 'memristor', schema, check: () => [] },
  imports: [],
  costs: () => ({}),
  adapt: (integer, { spec = SPECS.presets.memristor }) => adaptNetwork(integer, spec),
  compile,
  isProgram: (program) => program.kind === 'memristor',
  verify,
  // Its one fault acts at every read.
  deploy: ({ program }) => program,
  damage: (program) => program,
  scopeProblems: () => [],
  open: (program) => openMemristor(program, measure(program)),
  measure,
  structure: ({ crossbars }) => ({
    nCores: crossbars.length,
    layers: [...new Set(crossbars.map(({ layer }) => layer))],
    stores: [],
  }),
  view: (program) => ({
    ...{ kind: 'program-view', target: 'memristor', name: program.name, chip: program.spec.name },
    ...{ nClasses: program.outputs.nClasses, cores: crossbarsUsed(program), time: timeOf(program) },
    lead: `${crossbarsUsed(program)} crossbars, converters of ${program.spec.adcBits} bits.`,
    layers: {
      columns: [
        { title: 'crossbar', align: 'text' },
        { title: 'rows', align: 'number' },
        { title: 'columns', align: 'number' },
      ],
      rows: program.crossbars.map(({ bitlines, rows, columns }) => [bitlines, String(rows), String(columns)]),
      note: 'Crossbars of one layer are read at once.',
    },
  }),
};
