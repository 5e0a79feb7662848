/**
 * Every parameter of a NorthPole-style chip, with range, standard value, unit, status and source. How the numbers turn into cycles is defined
 * in hw-models/northpole. Type, presets, spec files, the spec of a program file and table 1 of docs/northpole.md are derived from this table.
 */
import {
  assumed,
  choice,
  derived,
  following,
  type Parameter,
  published,
  real,
  type SpecOf,
  subset,
  whole,
} from '../../common/parameters/parameter.js';
import { specSchema } from '../../common/parameters/spec-schema.js';
import { NORTHPOLE_SOURCES as SOURCES } from './northpole-sources.js';

const SHAPE =
  `64 x 128 and 32 x 256 give the published operations per cycle (${SOURCES.vmmPatent}, ${SOURCES.precisionPatent}); ` +
  `the speed of ResNet-50 differs by 1 %`;
const PORTS = `split of the 128 bytes per core and cycle behind 3.7 PB/s of 288 cards (${SOURCES.rack})`;
const PIPELINE = 'a short pipeline; nothing is published';
const WIRES = 'ratio of the networks such that none but the published bottlenecks binds; nothing is published';

const SIDE = [1, 64] as const;
/** A pipeline or a hop, in cycles. */
const CYCLES = [1, 64] as const;
const PORT_BYTES = [1, 4096] as const;
const BUFFER_BYTES = [1, 1_048_576] as const;

const wires = (what: string, standard: number, source: string): Parameter<number> =>
  whole([8, 65_536], standard, assumed(what, 'bits', source), { multipleOf: 8 });
const hopCycles = whole(CYCLES, 1, assumed('core to core', 'cycles', PIPELINE));

/** Everything but energies. The topology of each network is part of the model: one choice. */
export const NORTHPOLE_STRUCTURE_PARAMETERS = {
  gridWidth: whole(SIDE, 16, published('cores in a row', 'cores', SOURCES.science)),
  gridHeight: whole(SIDE, 16, published('rows of cores', 'cores', SOURCES.science)),
  clockMhz: real([1, 10_000], 400, published('clock', 'MHz', `${SOURCES.isscc}, nominal operating point`)),
  opsPerMac: whole(
    [1, 2],
    2,
    assumed('operations that a multiply-accumulate counts as', 'operations', 'the usual count; the papers do not say'),
  ),
  // Narrower values travel in the next wider container.
  precisions: subset(
    [8, 4, 2, 1],
    [8, 4, 2],
    published('operand widths of the VMM, the widest first', 'bits', SOURCES.science),
  ),
  vmm: {
    outputs: whole([8, 256], 64, assumed('adder trees', 'outputs', SHAPE), { multipleOf: 8 }),
    vectorBits: whole([8, 4096], 128, assumed('activation vector of a cycle', 'bits', SHAPE), { multipleOf: 8 }),
    latency: whole(CYCLES, 4, assumed('from operands to partial sum', 'cycles', PIPELINE)),
  },
  memory: {
    bytes: whole([1024, 16_777_216], 786_432, published('unified memory of a core', 'B', SOURCES.science)),
    activationPortBytes: whole(PORT_BYTES, 16, assumed('port of the VMM', 'B/cycle', PORTS)),
    weightPortBytes: whole(PORT_BYTES, 64, assumed('port of the model network', 'B/cycle', PORTS)),
    dataPortBytes: whole(PORT_BYTES, 48, assumed('port of everything else', 'B/cycle', PORTS)),
  },
  weightFillBytes: whole(
    PORT_BYTES,
    128,
    assumed(
      'into one of the two halves of the weight buffer',
      'B/cycle',
      `half of the model network; ${SOURCES.corePatent}`,
    ),
  ),
  partialSums: {
    bits: whole(
      [16, 32],
      32,
      assumed('width of a partial sum', 'bits', 'exact for 8-bit operands up to 2^15 products'),
    ),
    bufferBytes: whole(
      [1, 16_777_216],
      65_536,
      assumed('both halves of the partial-sum buffer', 'B', `128 positions a half; ${SOURCES.corePatent}`),
    ),
  },
  vector: {
    lanes: whole(
      [1, 1024],
      128,
      assumed(
        'epilogue steps of one channel per cycle',
        'lanes',
        `256 operations per cycle (${SOURCES.hotChips}), two per step: multiply and add`,
      ),
    ),
    latency: whole(CYCLES, 4, assumed('from sum to result', 'cycles', PIPELINE)),
  },
  tableEntries: whole(
    [1, 65_536],
    256,
    assumed('table of the activation unit', 'entries', 'every value of an 8-bit input'),
  ),
  outputBufferBytes: whole(BUFFER_BYTES, 8192, assumed('results that wait for the activation network', 'B', PIPELINE)),
  programBufferBytes: whole(BUFFER_BYTES, 16_384, assumed('program buffer, two layers', 'B', SOURCES.schedulePatent)),
  threads: whole([1, 64], 8, published('static threads of a core', 'threads', SOURCES.science)),
  networks: {
    model: {
      topology: choice(
        ['segmentedBus'],
        'segmentedBus',
        assumed('how weights reach the cores', '', SOURCES.weightPatent),
      ),
      wires: wires('wires of a segment', 2048, WIRES),
      hopCycles,
    },
    partialSum: {
      topology: choice(['neighbour'], 'neighbour', published('how partial sums are added up', '', SOURCES.dataPatent)),
      wires: wires('wires of a link', 2048, `all sums of a cycle; ${WIRES}`),
      hopCycles,
    },
    activation: {
      topology: choice(['mesh'], 'mesh', assumed('how activations travel between layers', '', SOURCES.dataPatent)),
      wires: wires('wires of a link', 512, WIRES),
      hopCycles,
    },
    instruction: {
      topology: choice(['rowBus'], 'rowBus', assumed('how programs reach the cores', '', SOURCES.schedulePatent)),
      wires: wires('wires of a bus', 512, WIRES),
      hopCycles,
    },
  },
  layerSyncCycles: whole(
    [0, 1_000_000],
    0,
    assumed(
      'cycles between the last write of a layer and the first step of the next',
      'cycles',
      'the schedule is static, so no handshake',
    ),
  ),
  host: {
    linkGBps: real(
      [0.001, 1000],
      7.88,
      assumed('card to host', 'GB/s', 'PCI Express 3.0 x8: 8 GT/s, 128b/130b, 8 lanes'),
    ),
    linkLatencyUs: real([0, 1e6], 1, assumed('card to host', 'us', 'the order of a PCI Express write')),
    frameBufferBytes: whole(
      [0, 1_073_741_824],
      33_554_432,
      published('frame buffer beside the cores', 'B', SOURCES.science),
    ),
  },
} as const;

const FOLLOWS = 'hw-models/northpole/core-costs.ts';
const picojoules = (what: string): Parameter<number> => following([0, 1000], derived(what, 'pJ', FOLLOWS));

/** Energies per event, and what flows without any event. */
const NORTHPOLE_ENERGY_PARAMETERS = {
  // By the wider operand.
  macPj: {
    8: picojoules('multiply-accumulate, 8 bit'),
    4: picojoules('multiply-accumulate, 4 bit'),
    2: picojoules('multiply-accumulate, 2 bit'),
    1: picojoules('multiply-accumulate, 1 bit'),
  },
  memoryBytePj: picojoules('byte read or written'),
  networkByteHopPj: picojoules('byte over one link (buses: and core reached)'),
  vectorOperationPj: picojoules('lane operation'),
  staticWatts: following([0, 10_000], derived('what flows without any event: leakage, clock tree, card', 'W', FOLLOWS)),
} as const;

/** The whole table, in the order in which it is printed. */
export const NORTHPOLE_PARAMETERS = {
  ...NORTHPOLE_STRUCTURE_PARAMETERS,
  energy: NORTHPOLE_ENERGY_PARAMETERS,
} as const;

/** A chip. */
export interface NorthPoleSpec extends SpecOf<typeof NORTHPOLE_PARAMETERS> {
  /** Name of the preset or of the user's chip. */
  readonly name: string;
}

/** Energy per event in pJ, and what flows without any event in watts. */
export type NorthPoleEnergyTable = NorthPoleSpec['energy'];

/** Structure and bounds of a spec in a file. */
export const northPoleSpecSchema = specSchema(NORTHPOLE_PARAMETERS);
