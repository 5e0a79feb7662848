/**
 * Energy, area and leakage of a static memory with one port, from its size and the width of an access: power laws fitted to CACTI 7 at 45, 28
 * and 22 nm (1 to 1024 KB, 32 to 512 bits, one bank, 300 K).
 *
 *   read  = K KB^0.555 (w / 64)^0.63     K 2.1, 0.92, 0.55 pJ; rms of the fit 0.25 to 0.18 in ln
 *   area  = A KB^0.945 (w / 64)^0.12
 *   leaks = L KB
 *
 * Below 22 nm CACTI has nothing: energy x sqrt(n / 22), area x n / 22, leakage x 0.79 sqrt(n / 22) (the scaling of the HWComponents
 * package). Numbers in print (test/hw-models/costs/sram.test.ts): at 45 nm 1.0 to 1.5 times as much (Horowitz 2014), at 7 nm 1.0 to 7.6
 * times (Jouppi et al. 2021, the more the smaller the memory). So the band is a factor of 3 to either side, 8 upwards below 22 nm.
 */
import type { Quantity } from '../../common/quantity.js';
import { onTable } from './technology.js';

/** Transistors of the memory: low standby power, low operating power, high performance. */
export type SramDevices = 'lstp' | 'lop' | 'hp';

/** A memory. */
export interface Sram {
  readonly bytes: number;
  /** Bits of an access. */
  readonly widthBits: number;
  readonly nodeNm: number;
  /** Low standby power by default. */
  readonly devices?: SramDevices;
}

/** Columns: 45, 28 and 22 nm. */
const NODES = [45, 28, 22] as const;
const READ_PJ = [2.1, 0.92, 0.55] as const;
const AREA_MM2 = [4.2e-3, 1.73e-3, 1.07e-3] as const;
const LEAKAGE_UW_PER_KB = { lstp: [0.024, 0.1, 0.13], lop: [20, 26, 6.8], hp: [486, 138, 78] } as const;
/** Energy relative to low standby power; lop between 0.5 and 0.64. */
const DEVICE_ENERGY = { lstp: 1, lop: 0.57, hp: 0.9 } as const;
const SMALLEST_NM = 22;
const FACTOR = 3;
const FACTOR_UP_BELOW = 8;

const SOURCE =
  'power law fitted to CACTI 7, scaled below 22 nm as HWComponents does; good to a factor of 3, below 22 nm of 8 upwards';

const kb = ({ bytes }: Sram): number => bytes / 1024;
const shrink = (nodeNm: number): number => Math.min(1, nodeNm / SMALLEST_NM);
const quantity = (value: number, unit: string, { nodeNm }: Sram): Quantity => ({
  value,
  low: value / FACTOR,
  high: value * (nodeNm < SMALLEST_NM ? FACTOR_UP_BELOW : FACTOR),
  unit,
  status: 'derived',
  source: SOURCE,
  nodeNm,
});

/** Energy of a read of `widthBits`. */
export function sramReadPj(sram: Sram): Quantity {
  const { widthBits, nodeNm, devices = 'lstp' } = sram;
  const k = onTable(NODES, READ_PJ, nodeNm) * Math.sqrt(shrink(nodeNm)) * DEVICE_ENERGY[devices];
  return quantity(k * kb(sram) ** 0.555 * (widthBits / 64) ** 0.63, 'pJ', sram);
}

/** Area of the memory with its periphery. */
export function sramAreaMm2(sram: Sram): Quantity {
  const { widthBits, nodeNm } = sram;
  const a = onTable(NODES, AREA_MM2, nodeNm) * shrink(nodeNm);
  return quantity(a * kb(sram) ** 0.945 * (widthBits / 64) ** 0.12, 'mm2', sram);
}

/** What the memory leaks, whatever it does. */
export function sramLeakageUw(sram: Sram): Quantity {
  const { nodeNm, devices = 'lstp' } = sram;
  const small = nodeNm < SMALLEST_NM ? 0.79 * Math.sqrt(shrink(nodeNm)) : 1;
  return quantity(onTable(NODES, LEAKAGE_UW_PER_KB[devices], nodeNm) * small * kb(sram), 'uW', sram);
}
