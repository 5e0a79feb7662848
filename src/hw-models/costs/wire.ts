/**
 * Energy of bits on repeated wires: a random bit charges the wire every fourth time, so it takes C V^2 / 4 per length. C 500 fF/mm with its
 * repeaters: 410 to 530 measured in meshes of 0.15 um to 7 nm, 600 in older models (Keckler et al., IEEE Micro 31:5, 2011). The rule of
 * 100 fJ per bit and mm (Dally et al., Comm. ACM 63:7, 2020) names no supply; it is this one at 0.9 V.
 */
import type { Quantity } from '../../common/quantity.js';

/** Capacitance of a repeated wire in fF per mm. */
const FF_PER_MM = { value: 500, low: 410, high: 600 } as const;

/** fJ per random bit and mm at a supply. */
export function wireFjPerBitMm(volts: number): Quantity {
  const at = (ff: number): number => (ff * volts * volts) / 4;
  return {
    value: at(FF_PER_MM.value),
    low: at(FF_PER_MM.low),
    high: at(FF_PER_MM.high),
    unit: 'fJ',
    status: 'derived',
    source: 'C V^2 / 4 with 500 fF/mm (410 .. 600) of repeated wire',
    volts,
  };
}

/** The rule of thumb of Dally et al., Comm. ACM 63:7 (2020), 14 nm: fJ per bit and mm of wire, and per bit of a local memory of 8 KB. */
export const DALLY = { wireFjPerBitMm: 100, localMemoryFjPerBit: 50 } as const;
