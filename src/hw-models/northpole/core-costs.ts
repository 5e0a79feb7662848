/**
 * What the events of a NorthPole-style chip cost, as functions of its parameters, 12 nm, 0.8 V (assumed: the usual supply; none is in print):
 *
 *   multiply-accumulate   e (ba bw + ba + bw + 1), e = 1.68 fJ (0.5 .. 1.9); the wider operand decides, 1 bit travels as 2
 *   byte of memory        8 (50 fJ + 100 fJ sqrt(area of the memory / mm2)): a local memory of 8 KB and the wires to it
 *   byte over a link      0.15 pJ (router; buses are charged likewise) + 8 x 80 fJ x sqrt(area of the core / mm2)
 *   lane operation        half of a 32-bit multiplication and addition: e (32 x 32 + 32) / 2
 *   static power          what the published 74 W of ResNet-50 leave after its events (fitted), and how it changes (see below)
 *
 * Static power of another chip: leakage of its memories (low operating power transistors: 0.8 of the watts) in proportion to their bytes; of the
 * rest half belongs to the card and stays, half follows cores x area x clock. No split is in print: the band has both shares from 0 to 1.
 */
import { type Band, bandOf, hullOf, type Quantity } from '../../common/quantity.js';
import type { NorthPoleEnergyTable } from '../../ir/program/northpole.js';
import { bitProductFj, macBitProducts } from '../costs/arithmetic.js';
import { sramLeakageUw, sramReadPj } from '../costs/sram.js';
import { DALLY, wireFjPerBitMm } from '../costs/wire.js';
import { coreAreaMm2, memoryAreaMm2, NODE_NM } from './core-area.js';
import { FITTED_POWER } from './fitted-power.js';
import { type NorthPoleStructure, PUBLISHED_STRUCTURE } from './structure.js';

/** Supply of the cores in volts; assumed. */
const VOLTS = 0.8;
const ROUTER_PJ_PER_BYTE = 0.15;
const STATIC_SHARE = { low: 0, value: 0.5, high: 1 } as const;

/** Events that cost energy, by the constant that prices them. */
export const EVENT_COSTS = ['mac', 'memoryByte', 'networkByteHop', 'vectorOperation'] as const;
/** A name of {@link EVENT_COSTS}. */
export type EventCost = (typeof EVENT_COSTS)[number];

/** The prices of a chip. `mac` is the band of all four widths, relative to the values: they move together. */
export interface NorthPoleCosts {
  readonly table: NorthPoleEnergyTable;
  readonly relative: Readonly<Record<EventCost, Band>>;
  /** Watts; the band is only of how it changes from the published chip. What the fit leaves open is in costs.ts. */
  readonly static: Quantity;
  /** How static power depends on the fitted one: 1 for the published chip. */
  readonly staticScale: number;
}

/** Three significant digits: no number here has more. */
const rounded = (value: number): number => Number(value.toPrecision(3));

/** pJ per byte that is read or written. */
export function memoryBytePj(chip: Pick<NorthPoleStructure, 'memory'>): Quantity {
  const { memory } = chip;
  const byArea = (mm2: number): number =>
    (8 * (DALLY.localMemoryFjPerBit + DALLY.wireFjPerBitMm * Math.sqrt(mm2))) / 1000;
  const area = memoryAreaMm2(chip);
  // The other way to say it: CACTI, scaled, at the width of the narrowest port.
  const { activationPortBytes } = memory;
  const cacti = (['lop', 'lstp'] as const).map(
    (devices) =>
      sramReadPj({ bytes: memory.bytes, widthBits: 8 * activationPortBytes, nodeNm: NODE_NM, devices }).value /
      activationPortBytes,
  );
  const all = [byArea(area.low), byArea(area.value), byArea(area.high), ...cacti];
  return {
    value: byArea(area.value),
    ...hullOf(all.map((pj) => ({ low: pj, high: pj }))),
    unit: 'pJ',
    status: 'derived',
    source:
      '50 fJ per bit of local memory and 100 fJ per bit and mm of wire (Dally et al., Comm. ACM 63:7, 2020) over the side of the memory; band: its ' +
      'cells, and CACTI 7 scaled to 12 nm',
    nodeNm: NODE_NM,
  };
}

/** pJ per byte and link. */
export function networkByteHopPj(chip: NorthPoleStructure): Quantity {
  const wire = wireFjPerBitMm(VOLTS);
  const area = coreAreaMm2(chip);
  const at = (fj: number, mm2: number): number => ROUTER_PJ_PER_BYTE + (8 * fj * Math.sqrt(mm2)) / 1000;
  const ends = bandOf(area);
  return {
    value: at(wire.value, area.value),
    // Down to a low-swing wire of 40 fJ per bit and mm, up to the rule of 100.
    low: at(wire.value / 2, ends.low) - ROUTER_PJ_PER_BYTE,
    high: at(Math.max(DALLY.wireFjPerBitMm, wire.high ?? 0), ends.high),
    unit: 'pJ',
    status: 'derived',
    source:
      '80 fJ per bit and mm (C V^2 / 4, 500 fF/mm, 0.8 V) over the side of a core, and 0.15 pJ per byte for the router (12 nm, FlooNoC, IEEE TVLSI ' +
      '2025); low: half the wire and no router; high: 100 fJ (Dally et al., Comm. ACM 63:7, 2020)',
    nodeNm: NODE_NM,
    volts: VOLTS,
  };
}

/** pJ per multiply-accumulate with a wider operand of `bits`. */
export function macPj(bits: 8 | 4 | 2 | 1): Quantity {
  const width = Math.max(2, bits);
  const e = bitProductFj(NODE_NM);
  const scale = macBitProducts(width, width) / 1000;
  const { low, high } = bandOf(e);
  return {
    ...e,
    value: e.value * scale,
    low: low * scale,
    high: high * scale,
    unit: 'pJ',
    source: `${macBitProducts(width, width)} bit products; ${e.source}`,
  };
}

/** pJ per lane operation of the vector unit. */
export function vectorOperationPj(): Quantity {
  const e = bitProductFj(NODE_NM);
  const products = 32 * 32 + 32;
  const { low } = bandOf(e);
  return {
    ...e,
    value: (e.value * products) / 2000,
    low: (low * 32) / 1000,
    high: (e.value * products) / 1000,
    unit: 'pJ',
    status: 'assumed',
    source: `half of a 32-bit multiplication and addition (low: an addition; high: all of both); ${e.source}`,
  };
}

/** What leaks from the unified memories in watts. */
function memoryLeakageWatts(chip: NorthPoleStructure, devices: 'lstp' | 'lop' | 'hp'): number {
  const bytes = chip.gridWidth * chip.gridHeight * chip.memory.bytes;
  return sramLeakageUw({ bytes, widthBits: 64, nodeNm: NODE_NM, devices }).value * 1e-6;
}

/** Cores x area x clock, relative to the published chip. */
function sizeOf(chip: NorthPoleStructure): number {
  const of = (one: NorthPoleStructure): number =>
    one.gridWidth * one.gridHeight * coreAreaMm2(one).value * one.clockMhz;
  return of(chip) / of(PUBLISHED_STRUCTURE);
}

const published = (): NorthPoleEnergyTable => ({ ...eventTable(PUBLISHED_STRUCTURE), staticWatts: 0 });

const eventTable = (chip: NorthPoleStructure): Omit<NorthPoleEnergyTable, 'staticWatts'> => ({
  macPj: {
    8: rounded(macPj(8).value),
    4: rounded(macPj(4).value),
    2: rounded(macPj(2).value),
    1: rounded(macPj(1).value),
  },
  memoryBytePj: rounded(memoryBytePj(chip).value),
  networkByteHopPj: rounded(networkByteHopPj(chip).value),
  vectorOperationPj: rounded(vectorOperationPj().value),
});

/** Static power in watts: the published power less the events it was measured with, scaled. */
function staticWatts(chip: NorthPoleStructure): { readonly quantity: Quantity; readonly scale: number } {
  const fitted = FITTED_POWER.watts - FITTED_POWER.eventWatts(published());
  const at = (devices: 'lstp' | 'lop' | 'hp', share: number): number => {
    const leaks = memoryLeakageWatts(PUBLISHED_STRUCTURE, devices);
    return memoryLeakageWatts(chip, devices) + (fitted - leaks) * (1 - share + share * sizeOf(chip));
  };
  const value = at('lop', STATIC_SHARE.value);
  const ends = (['lstp', 'lop', 'hp'] as const).flatMap((devices) => [
    at(devices, STATIC_SHARE.low),
    at(devices, STATIC_SHARE.high),
  ]);
  return {
    quantity: {
      value,
      ...hullOf([value, ...ends].map((watts) => ({ low: watts, high: watts }))),
      unit: 'W',
      status: 'calibrated',
      source: `fitted: ${FITTED_POWER.what} at ${FITTED_POWER.watts} W (${FITTED_POWER.source}), less its events`,
      nodeNm: NODE_NM,
    },
    scale: value / fitted,
  };
}

const relativeBand = (quantity: Quantity): Band => {
  const { low, high } = bandOf(quantity);
  return { low: low / quantity.value, high: high / quantity.value };
};

/** All prices of a chip. */
export function northPoleCosts(chip: NorthPoleStructure): NorthPoleCosts {
  const { quantity, scale } = staticWatts(chip);
  return {
    table: { ...eventTable(chip), staticWatts: rounded(quantity.value) },
    relative: {
      mac: relativeBand(macPj(8)),
      memoryByte: relativeBand(memoryBytePj(chip)),
      networkByteHop: relativeBand(networkByteHopPj(chip)),
      vectorOperation: relativeBand(vectorOperationPj()),
    },
    static: quantity,
    staticScale: scale,
  };
}

/** The energy table that follows from the parameters of a chip. */
export const energyTableOf = (chip: NorthPoleStructure): NorthPoleEnergyTable => northPoleCosts(chip).table;
