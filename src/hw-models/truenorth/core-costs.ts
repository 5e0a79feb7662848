/**
 * Energy, area and idle power of a TrueNorth-style core as functions of its sizes, 28 nm, at a supply V:
 *
 *   row   = 47 fJ C (957 + N) / 1213 (V / 0.775)^2            C bits of a row, N neurons (= rows)
 *   syn   = 1.36 pJ (V / 0.8)^2                               per active axon and connected neuron, whatever the core's size (assumed)
 *   hop   = 2.3 pJ b / 32 pitch / 240 um (V / 0.775)^2        b bits of a packet, pitch ~ sqrt(area)
 *   idle  = 6.8 uW (V / 0.7)^3.7 (0.57 transistors of the memories + 0.43 area of the rest, each relative to the published core)
 *   area  = 0.20 um2 N C + 0.4 um2 scheduler bits + 2900 um2 + 68,100 um2 ((1 - s) + s A / 256)
 *
 * In print: 47 fJ per bit read, 410 bits a row, 2.3 pJ per hop of 240 um, 240 x 390 um, 1.2 million transistors, 2900 um2 of neuron
 * circuit, 6 and 12 transistors per bit (Merolla et al. 2014, Akopyan et al. 2015). Ours: how a row grows with the number of rows
 * (CACTI 7, 64 to 512 rows) and of bits (linear; CACTI has C^1.7, the band's other end), cells of 0.17 .. 0.27 um2 (0.152 in print without
 * periphery), the share s of the rest (router, controller, wires: 73 % of the core) that grows with the axons: 0 .. 1, one half in
 * the value. No split of area or power of the core is in print.
 */
import { type Band, bandOf, type Quantity, timesBand } from '../../common/quantity.js';
import { type CoreStructure, packetBits, rowBits, schedulerBits, STANDARD_CORE } from './core-structure.js';
import { IN_PRINT } from './published-power.js';
import { REFERENCE_VOLTS } from './power-fit.js';
import { TRUENORTH_COSTS } from './cost-table.js';

/** The costs of a core by name, for people. */
export function describedCosts(core: CoreStructure, volts: number): Readonly<Record<string, Quantity>> {
  const { row, synapticOperation, hop, idle, area } = coreCosts(core, volts);
  return {
    'row read (neuron update)': row,
    'synaptic operation': synapticOperation,
    'spike over a link': hop,
    'idle power of a core': idle,
    'area of a core': area,
  };
}

/** What a core costs; every field with its band and supply. */
export interface CoreCosts {
  /** pJ per row read: one per neuron and tick. */
  readonly row: Quantity;
  /** pJ per active axon and connected neuron. */
  readonly synapticOperation: Quantity;
  /** pJ per spike and link of the mesh. */
  readonly hop: Quantity;
  /** uW of a core that is on. */
  readonly idle: Quantity;
  /** um2 of a core. */
  readonly area: Quantity;
}

/** How the costs of a core relate to those of the published one: 1 for {@link STANDARD_CORE}, with a band for all others. */
export interface CoreScale {
  readonly row: Scale;
  readonly hop: Scale;
  readonly idle: Scale;
}

/** A factor with its band. */
type Scale = Band & { readonly value: number };

const NODE_NM = 28;
const LAW = `scaled by the sizes of the core (docs/costs.md) from ${IN_PRINT}`;

/** Rows do not cost in proportion to their number: (957 + N) / (957 + 256) of CACTI 7 for 64 to 512 rows. */
const ROWS_FREE = 957;
/** CACTI's exponent over the bits of a row, where linear is assumed. */
const CACTI_BITS_EXPONENT = 1.7;

const CELL_UM2 = { low: 0.17, value: 0.2, high: 0.27 } as const;
const SCHEDULER_UM2 = 0.4;
const NEURON_UM2 = 2900;
/** What 240 x 390 um leave after memories and neuron. */
const REST_UM2 = 68_100;
/** Share of the rest that grows with the axons. */
const REST_SHARE = { low: 0, value: 0.5, high: 1 } as const;
/** Share of the transistors in the memories: 6 per bit of the rows, 12 per bit of the scheduler, of 1.2 million. */
const MEMORY_SHARE = 0.57;

/** um2 of what is neither memory nor neuron, for a share that grows with the axons. */
const restUm2 = ({ axons }: CoreStructure, share: number): number =>
  REST_UM2 * (1 - share + (share * axons) / STANDARD_CORE.axons);

const memoryUm2 = (core: CoreStructure, cell: number): number =>
  cell * core.neurons * rowBits(core) + SCHEDULER_UM2 * schedulerBits(core) + NEURON_UM2;

/** um2 of a core; that of the published one is printed, so its band is a point and what is unknown is how it changes. */
export function coreAreaUm2(core: CoreStructure): Quantity {
  const value = memoryUm2(core, CELL_UM2.value) + restUm2(core, REST_SHARE.value);
  // The printed area holds whatever a cell takes: the rest is what remains of it.
  const areas = [CELL_UM2.low, CELL_UM2.high].flatMap((cell) =>
    [REST_SHARE.low, REST_SHARE.high].map((share) => {
      const remains = memoryUm2(STANDARD_CORE, CELL_UM2.value) - memoryUm2(STANDARD_CORE, cell);
      return memoryUm2(core, cell) + ((REST_UM2 + remains) / REST_UM2) * restUm2(core, share);
    }),
  );
  return {
    value,
    low: Math.min(value, ...areas),
    high: Math.max(value, ...areas),
    unit: 'um2',
    status: 'derived',
    source: LAW,
    nodeNm: NODE_NM,
  };
}

const transistors = (core: CoreStructure): number => 6 * core.neurons * rowBits(core) + 12 * schedulerBits(core);

/** The costs of a core relative to the published one. */
export function coreScale(core: CoreStructure): CoreScale {
  const bits = rowBits(core) / rowBits(STANDARD_CORE);
  const rows = (ROWS_FREE + core.neurons) / (ROWS_FREE + STANDARD_CORE.neurons);
  const idleAt = (share: number): number =>
    (MEMORY_SHARE * transistors(core)) / transistors(STANDARD_CORE) +
    ((1 - MEMORY_SHARE) * (NEURON_UM2 + restUm2(core, share))) / (NEURON_UM2 + REST_UM2);
  const area = coreAreaUm2(core);
  const standard = coreAreaUm2(STANDARD_CORE).value;
  const packet = packetBits(core) / packetBits(STANDARD_CORE);
  const pitch = (um2: number): number => packet * Math.sqrt(um2 / standard);
  const { low, high } = bandOf(area);
  return {
    row: scaleOf(rows * bits, rows * bits ** CACTI_BITS_EXPONENT),
    hop: scaleOf(pitch(area.value), pitch(low), pitch(high)),
    idle: scaleOf(idleAt(REST_SHARE.value), idleAt(REST_SHARE.low), idleAt(REST_SHARE.high)),
  };
}

const scaleOf = (value: number, ...others: readonly number[]): Scale => ({
  value,
  low: Math.min(value, ...others),
  high: Math.max(value, ...others),
});

/** All costs of a core at a supply in volts; 0.7 .. 1.05 are covered by published figures. */
export function coreCosts(core: CoreStructure, volts: number): CoreCosts {
  const { row, synapticOperation, hop, idle } = TRUENORTH_COSTS;
  const scale = coreScale(core);
  const cost = (base: Quantity, exponent: number, atVolts: number, { value, low, high }: Scale): Quantity => {
    const supply = (volts / atVolts) ** exponent;
    const ends = bandOf(base);
    const isPrinted = supply === 1 && value === 1;
    const { unit, nodeNm } = base;
    return {
      unit,
      ...(nodeNm === undefined ? {} : { nodeNm }),
      value: base.value * supply * value,
      low: timesBand(ends, supply * low).low,
      high: timesBand(ends, supply * high).high,
      volts,
      status: base.status === 'published' && !isPrinted ? 'derived' : base.status,
      source: value === 1 ? base.source : `${base.source}; ${LAW}`,
    };
  };
  return {
    row: cost(row, row.exponent, REFERENCE_VOLTS.row, scale.row),
    synapticOperation: cost(
      synapticOperation,
      synapticOperation.exponent,
      REFERENCE_VOLTS.synapticOperation,
      scaleOf(1),
    ),
    hop: cost(hop, hop.exponent, REFERENCE_VOLTS.hop, scale.hop),
    idle: cost(idle, idle.exponent, REFERENCE_VOLTS.idle, scale.idle),
    area: coreAreaUm2(core),
  };
}
